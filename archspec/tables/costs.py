"""`Stats` as a table, as records and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from archspec.analysis.cost import Counts, Layer, Stats
from archspec.analysis.receptive import CONTEXT
from archspec.analysis.units import exact_size, size
from archspec.ops import Shape
from archspec.ops.types import show
from archspec.tables import columns, cs231n, memory, rows
from archspec.tables.columns import CostColumn
from archspec.tables.headers import setting, title
from archspec.tables.records import document
from archspec.tables.rows import By, Row
from archspec.tables.tables import Line, LineKind, Table, separated

Style = Literal["cs231n"]
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True, slots=True)
class View:
    """What a table shows of the costs, and how.

    Attributes:
        depth: how many levels of blocks to open, 0 for the sums alone; None for all.
        columns: as `--columns` has them; None for the usual ones.
        sort: the column that rows are sorted by; they stand under whole paths then.
        top: how many rows to show: those of the most MACs unless `sort` says otherwise.
        by: what layers are put together by.
        exact: whether all numbers are written out.
        style: a table of its own, of which `columns` may choose some; None for the usual one.

    Raises:
        ValueError: for a column that there is not, and for what does not go together.
    """

    depth: int | None = None
    columns: str | None = None
    sort: str | None = None
    top: int | None = None
    by: By | None = None
    exact: bool = False
    style: Style | None = None

    def __post_init__(self) -> None:
        if self.style is not None:
            if replace(self, columns=None, style=None) != View():
                raise ValueError(
                    "--style says what is shown; of what else does, it allows --columns alone"
                )
            cs231n.chosen(self.columns)
            return
        if self.depth is not None and self.by in ("op", "stage"):
            raise ValueError(f"--depth folds blocks, and --by {self.by} has none")
        if self.columns is not None:
            columns.chosen(self.columns, self.by, [])
        if self.sort is not None:
            columns.column(self.sort, self.by)

    @property
    def order(self) -> CostColumn | None:
        """The column that rows are sorted by, if they are."""
        name = self.sort or ("macs" if self.top is not None else None)
        return columns.column(name, self.by) if name is not None else None

    def shown(self, stats: Stats, usual: list[CostColumn]) -> list[CostColumn]:
        """The columns; the share is of what the rows are sorted by, or else of the MACs.

        What the rows are sorted by is among the usual ones.
        """
        if self.order is not None and self.order not in usual:
            place = len(usual) - usual[-1].bar  # the share stays last
            usual = [*usual[:place], self.order, *usual[place:]]
        if self.columns is not None:
            usual = columns.chosen(self.columns, self.by, usual)
        of = self.order if self.order is not None and self.order.adds else columns.MACS
        share = columns.share(of, next(rows.whole(stats)))
        return [share if column.bar else column for column in usual]

    def rows(self, stats: Stats, *, tree: bool) -> tuple[list[Row], int]:
        """The rows, and how many more there are; indented (`tree`) if nothing else is asked."""
        order = self.order
        if self.by is not None:
            found = rows.together(stats, self.by, self.depth)
        elif tree and order is None:
            found = list(rows.tree(stats, self.depth))
        else:
            found = list(rows.flat(stats, self.depth))
        if order is not None:
            found.sort(key=order.order)
        return found[: self.top], len(found) - len(found[: self.top])


def table(stats: Stats, view: View | None = None, *, tree: bool = True) -> Table:
    """The table of layers with subtotals for every block instance.

    Args:
        tree: whether rows can be indented; otherwise they stand under whole paths, without
            lines for the blocks that are open.
    """
    view = view or View()
    shown = view.shown(stats, columns.usual(view.by, flat=view.order is not None))
    found, hidden = view.rows(stats, tree=tree)
    lines = [_line(row, shown, view.exact) for row in found]
    lines += [_line(row, shown, view.exact, total=True) for row in rows.whole(stats)]
    inputs, outputs = (", ".join(_shapes(named)) for named in (stats.inputs, stats.outputs))
    return Table(
        f"{title(stats)}: {inputs} -> {outputs}",
        shown,
        lines,
        (setting(stats), *dict.fromkeys(column.note for column in shown if column.note)),
        (*_remarks(view, shown, found, hidden), *_facts(stats, exactly=view.exact)),
    )


def _line(row: Row, shown: list[CostColumn], exactly: bool, *, total: bool = False) -> Line:
    kind: LineKind = "block" if row.open else "row"
    if total and not row.train_only:
        kind = "total"
    elif row.train_only and not row.open:
        kind = "aside"
    cells = tuple(column.text(row, exactly) for column in shown)
    return Line(cells, kind, row.level, tuple(column.value(row) for column in shown))


def _shapes(named: dict[str, Shape]) -> list[str]:
    return [f"{name} {show(shape)}" for name, shape in named.items()]


def _remarks(view: View, shown: list[CostColumn], found: list[Row], hidden: int) -> Iterator[str]:
    """What must be known of the rows."""
    if hidden and view.order is not None:
        rest = f"{hidden:,} more row" + ("s" if hidden > 1 else "")
        yield f"{rest} not shown: these {len(found):,} come first by {view.order.title}"
    if any(row.instances for row in found):
        yield "what is in a block within a block counts for both"
    if any(column.cell is columns.shared for column in shown) and any(
        row.shared is not None and not row.counts.params for row in found
    ):
        yield "* uses the parameters of an earlier layer, where they are counted"
    named = {column.name for column in shown}
    if "field" in named and any(row.field is not None and row.field.context for row in found):
        yield f"{columns.BESIDES} and all of the input, {CONTEXT}"


def _facts(stats: Stats, *, exactly: bool) -> Iterator[str]:
    totals, bytes_ = stats.totals, exact_size if exactly else size
    yield f"parameters: {totals.params:,} ({bytes_(totals.params_bytes)})"
    if totals.buffers:
        yield f"buffers: {totals.buffers:,} ({bytes_(totals.buffers_bytes)})"
    yield f"MACs: {totals.macs:,}"
    yield f"FLOPs: {totals.flops:,}"
    yield (
        f"not in the FLOPs: {totals.elementwise:,} elementwise operations,"
        f" {totals.comparisons:,} comparisons"
    )
    yield f"activations: {bytes_(totals.output_bytes)}, the sum of all outputs"
    if stats.memory is not None:
        yield from memory.facts(stats.memory, bytes_)
    for op, unsaid in stats.unknown.items():
        yield f"unknown: `{op}` does not say its {', '.join(unsaid)}"


# --- for programs -------------------------------------------------------------------------

_COUNTED = (*(f.name for f in fields(Counts)), "params", "flops", "intensity")
_TOLD = tuple(f.name for f in fields(Layer) if f.name not in _COUNTED and f.name != "field")


def _counted(counts: Counts) -> dict[str, Any]:
    return {name: getattr(counts, name) for name in _COUNTED}


def record(layer: Layer) -> dict[str, Any]:
    """A layer as JSON has it."""
    told = {name: getattr(layer, name) for name in _TOLD}
    field = layer.field.as_json() if layer.field is not None else None
    return {**told, "field": field, **_counted(layer)}


def as_dict(stats: Stats, view: View | None = None) -> dict[str, Any]:
    """What `--format json` prints: every layer and, if a view is asked for, its rows."""
    data: dict[str, Any] = {
        "name": stats.name,
        "variant": stats.variant,
        "batch": stats.batch,
        "dtype": stats.dtype,
        "mode": stats.mode,
        "inputs": stats.inputs,
        "outputs": stats.outputs,
        "totals": _sums(stats.totals) | {"train_only": _sums(stats.train_only)},
    }
    if stats.memory is not None:
        whole = memory.record(stats.memory)
        data["totals"] |= {name: whole[name] for name in ("saved_bytes", "peak_bytes")}
        data["memory"] = whole
    if stats.unknown:
        data["unknown"] = {op: list(unsaid) for op, unsaid in stats.unknown.items()}
    if view is not None and view != View(exact=view.exact):
        shown, found = _records(stats, view)
        data["rows"] = [{column.name: column.read(row) for column in shown} for row in found]
    return data | {"layers": [record(layer) for layer in stats.layers]}


def _sums(totals: Counts) -> dict[str, Any]:
    return _counted(totals) | {"activations_bytes": totals.output_bytes}


def as_json(stats: Stats, view: View | None = None) -> str:
    """JSON with a line for each entry and each row."""
    return document(as_dict(stats, view))


def as_csv(stats: Stats, view: View | None = None) -> str:
    """A record a row; numbers exact, shapes as in `64x112x112`."""
    shown, found = _records(stats, view or View())
    lines = [{column.name: column.field(row) for column in shown} for row in found]
    return separated(lines, [column.name for column in shown])


def _records(stats: Stats, view: View) -> tuple[list[CostColumn], list[Row]]:
    return view.shown(stats, columns.records(view.by)), view.rows(stats, tree=False)[0]
