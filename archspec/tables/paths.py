"""The paths of a network as a table, as records, as JSON and as a chart."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from archspec.analysis.paths import Lengths, Paths
from archspec.tables.headers import title
from archspec.tables.plot import Sheet, drawing, panels, saved
from archspec.tables.records import document
from archspec.tables.tables import Column, Line, Table, separated

By = Literal["blocks", "layers", "deletion"]
BY: tuple[By, ...] = ("blocks", "layers", "deletion")
Range = tuple[int, int]

_LONGEST = 10**21
"""Counts from here on are rounded, unless all digits are asked for."""

_LEAST = 0.0001
"""Lengths that are rarer than this are told together."""


def table(paths: Paths, by: By, *, span: Range | None = None, exact: bool = False) -> Table:
    """A line for each length, or for each block and what deleting it leaves.

    Args:
        span: lengths whose share is told instead of the central 95%.
        exact: write every digit of large counts.
    """
    head = []
    columns: tuple[Column, ...]
    if paths.deleted:
        left = f"{_number(paths.count, exact)} of {_number(paths.whole, exact)} paths"
        head.append(
            f"without {', '.join(paths.deleted)}: {left} ({_share(paths.count, paths.whole)})"
        )
    if by == "deletion":
        columns = (Column("Without"), Column("Block"), Column("Paths", right=True), _bar("Left"))
        lines = list(_deletions(paths, exact))
        head.append("the paths that are left when a block is deleted and its bypass stays")
    else:
        columns = (Column(by.capitalize()), Column("Paths", right=True), _bar("Share"))
        lines = list(_lengths(_told(paths, by), exact))
        head.append(_meaning(paths, by))
    total = f"{_number(paths.count, exact)}{_power(paths.count)}"
    return Table(
        f"{title(paths)}: {total} {'path' if paths.count == 1 else 'paths'} from"
        f" {', '.join(paths.inputs)} to {', '.join(paths.outputs)}",
        columns,
        lines,
        head,
        tuple(_facts(paths, by, span)) if paths.count else (),
    )


def _meaning(paths: Paths, by: By) -> str:
    if by == "layers":
        return "length in layers: the convolutions and linear layers on a path"
    what = "those that have a bypass" if paths.block is None else f"those called `{paths.block}`"
    return f"length in blocks: of {what}, how many a path crosses"


def _bar(title: str) -> Column:
    return Column(title, bar=True)


def _told(paths: Paths, by: By) -> Lengths:
    lengths = paths.layers if by == "layers" else paths.blocks
    if lengths is None:
        raise ValueError("no block of the network has a bypass")
    return lengths


def _lengths(lengths: Lengths, exact: bool) -> Iterator[Line]:
    """A line a length; the rare ones at either end have one together."""
    total, most = lengths.paths, max(lengths.counts, default=0)
    present = [n for n, count in enumerate(lengths.counts) if count]
    common = _common(lengths)
    before = [n for n in present if n < common[0]]
    after = [n for n in present if n > common[-1]]
    for group in filter(None, (before, *([n] for n in common), after)):
        count = sum(lengths.counts[n] for n in group)
        name = str(group[0]) if len(group) == 1 else f"{group[0]}-{group[-1]}"
        cells = (name, _number(count, exact), _share(count, total))
        yield Line(cells, values=(group[0], count, count / most))


def _common(lengths: Lengths) -> list[int]:
    """The lengths that occur, from the first to the last that is not rare."""
    present = [n for n, count in enumerate(lengths.counts) if count]
    often = [n for n in present if lengths.counts[n] / lengths.paths >= _LEAST] or present
    return [n for n in present if often[0] <= n <= often[-1]]


def _deletions(paths: Paths, exact: bool) -> Iterator[Line]:
    for deletion in paths.deletions:
        left = deletion.left
        cells = (
            deletion.path,
            deletion.block or "",
            _number(left, exact),
            _share(left, paths.count),
        )
        yield Line(cells, values=(deletion.path, deletion.block, left, left / paths.count))


def _facts(paths: Paths, by: By, span: Range | None) -> Iterator[str]:
    if paths.blocks is not None:
        yield _summary("blocks", paths.blocks, span if by == "blocks" else None)
    yield _summary("layers", paths.layers, span if by == "layers" else None)
    if paths.blocks is None:
        yield "no block has a bypass"
    elif paths.deletions:
        most, least = paths.deletions[0], paths.deletions[-1]
        words = f"deleting one block leaves {_share(most.left, paths.count)} of the paths"
        if least.left != most.left:
            words += f" (`{most.path}`) to {_share(least.left, paths.count)} (`{least.path}`)"
            words += f", on average {_percent(paths.left()[1])}"
        yield words


def _summary(name: By, lengths: Lengths, span: Range | None) -> str:
    """How long paths are: their range, mean and deviation, and how many are in a range."""
    if span is None and lengths.shortest == lengths.longest:
        return f"{name}: {lengths.longest} on every path"
    first, last = span or lengths.central()
    text = (
        f"{name}: {lengths.shortest} to {lengths.longest}, mean {lengths.mean:.2f},"
        f" sd {lengths.deviation:.2f}"
    )
    if span is None and (first, last) == (lengths.shortest, lengths.longest):
        return text
    verb = "cross" if name == "blocks" else "have"
    return f"{text}; {_percent(lengths.share(first, last))} of the paths {verb} {first} to {last}"


def _number(count: int, exact: bool) -> str:
    if exact or count < _LONGEST:
        return f"{count:,}"
    return f"{Decimal(count):.4e}".replace("e+", "e")


def _power(count: int) -> str:
    """` (2^54)`, where it is one of at least three digits."""
    return f" (2^{count.bit_length() - 1})" if count > 99 and not count & (count - 1) else ""


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else 0.0)


def _percent(share: float) -> str:
    return f"{share:.2%}" if share >= _LEAST / 2 or not share else f"{100 * share:.1e}%"


# --- for programs -------------------------------------------------------------------------


def _records(paths: Paths, by: By) -> list[dict[str, Any]]:
    total = paths.count or 1
    if by == "deletion":
        return [
            {"path": d.path, "block": d.block, "paths": d.left, "share": d.left / total}
            for d in paths.deletions
        ]
    counts = enumerate(_told(paths, by).counts)
    return [{"length": n, "paths": count, "share": count / total} for n, count in counts if count]


def as_csv(paths: Paths, by: By) -> str:
    """A record a length, or a block that may be deleted; counts exact."""
    first = ("path", "block") if by == "deletion" else ("length",)
    return separated(_records(paths, by), (*first, "paths", "share"))


def as_json(paths: Paths, by: By, span: Range | None = None) -> str:
    """Everything, counts as exact integers; a line for each length and each deletion.

    `by` says what `span` is a range of.
    """
    data = {
        "name": paths.name,
        "variant": paths.variant,
        "inputs": {name: list(shape) for name, shape in paths.inputs.items()},
        "outputs": {name: list(shape) for name, shape in paths.outputs.items()},
        "block": paths.block,
        "deleted": list(paths.deleted),
        "paths_before": paths.whole,
        "paths": paths.count,
        "layers": _length_record(paths, "layers", span if by == "layers" else None),
        "blocks": None,
        "deletions": _records(paths, "deletion"),
        "left_after_deleting": paths.left(),
    }
    if paths.blocks is not None:
        data["blocks"] = {
            "count": len(paths.deletions),
            **_length_record(paths, "blocks", span if by == "blocks" else None),
        }
    return document(data)


def _length_record(paths: Paths, by: By, span: Range | None) -> dict[str, Any]:
    lengths = _told(paths, by)
    first, last = span or lengths.central()
    return {
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "mean": lengths.mean,
        "deviation": lengths.deviation,
        "range": [first, last],
        "range_share": lengths.share(first, last),
        "lengths": _records(paths, by),
    }


# --- as a chart ---------------------------------------------------------------------------


def chart(
    paths: Paths,
    format: str,
    sheet: Sheet,
    by: By | None = None,
    span: tuple[int, int] | None = None,
) -> bytes:
    """The distributions of the lengths, and what is left without so many blocks, as a file.

    Args:
        by, span: lengths to show in a stronger colour, by default the central 95% of each kind.

    Raises:
        ArchspecError: E601 where matplotlib is not installed.
    """
    wanted = [paths.layers] if paths.blocks is None else [paths.layers, paths.blocks]
    count = len(wanted) + (len(paths.deletions) > 0)
    own = f"{title(paths)}: {_number(paths.count, False)}{_power(paths.count)} paths"
    with drawing(sheet):
        figure, axes = panels(sheet, (_WIDTH * count, _HEIGHT), count)
        heading = own if sheet.title is None else sheet.title
        if heading:
            figure.suptitle(heading)
        for lengths, name, on in zip(wanted, ("layers", "blocks"), axes, strict=False):
            _distribution(on, lengths, name, sheet, span if name == by else None)
        if paths.deletions:
            _survival(axes[-1], paths, sheet)
        told = "; ".join(ax.get_xlabel() for ax in axes)
        return saved(figure, format, sheet, heading or own, told)


_WIDTH, _HEIGHT = 3.6, 3.0
_LOGARITHMIC = 1.0
"""Where fewer per cent than these are left, the scale is logarithmic."""


def _distribution(
    axes: Any, lengths: Lengths, name: str, sheet: Sheet, span: tuple[int, int] | None = None
) -> None:
    """A bar a length that occurs, those of a span in a stronger colour."""
    first, last = span or lengths.central()
    present = _common(lengths)
    axes.bar(
        present,
        [100 * lengths.counts[n] / lengths.paths for n in present],
        width=0.8 * min((b - a for a, b in pairwise(present)), default=1),
        color=[sheet.colours[0 if first <= n <= last else 5] for n in present],
    )
    axes.set_title(f"{first} to {last}: {_percent(lengths.share(first, last))}")
    axes.set_xlabel(f"length of a path in {name}")
    axes.set_ylabel("% of the paths")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="x", visible=False)


def _survival(axes: Any, paths: Paths, sheet: Sheet) -> None:
    left = [100 * share for share in paths.left()]
    while left and not left[-1]:  # nothing is left, which a logarithm cannot show
        left.pop()
    axes.plot(range(len(left)), left, color=sheet.colours[1], marker="." if len(left) < 100 else "")
    if min(left) < _LOGARITHMIC:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("e-0", "e-"))
        axes.set_ylim(top=300)
    else:
        axes.set_ylim(bottom=0)
    axes.set_title("mean over all choices")
    axes.set_xlabel("deleted blocks")
    axes.set_ylabel("% of the paths that are left")
    axes.xaxis.get_major_locator().set_params(integer=True)
