"""The columns of `archspec stats`, in one place: what each is called, holds and looks like.

Tables in every format, the fields of CSV records, `--columns`, `--sort`, the help and the
page of the commands all follow from `COLUMNS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf, prod
from typing import TYPE_CHECKING, Any

from archspec.analysis.units import (
    NOTHING,
    all_dims,
    brief,
    dims,
    exact,
    exact_size,
    per_axis,
    percent,
    ratio,
    size,
    value_dims,
)
from archspec.diagnostics import did_you_mean
from archspec.ops.unknown import UNKNOWN
from archspec.tables.rows import BY, By, Row
from archspec.tables.tables import Column

if TYPE_CHECKING:
    from archspec.analysis.receptive import Field

BESIDES = "+"
"""Behind a receptive field with context (`Field.context`)."""

_ALL: tuple[By | None, ...] = (None, *BY)
_ALONE: tuple[By | None, ...] = (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostColumn(Column):
    """A column of rows.

    Attributes:
        name: as `--columns`, CSV and JSON have it; its `title` will do as well.
        about: what it holds, in few words.
        read: its value, as a program gets it.
        write: the text of a value; `write_exact` with `--exact`.
        cell: what becomes of that text where the value alone does not say everything.
        views: where it can be shown: with layers one by one (None), or put together.
        adds: True where the values of layers add up to that of the network.
        note: what a reader must know of its numbers; it stands above the table.
        folded: True where another column's cells say the same to a person.
    """

    name: str
    about: str
    read: Callable[[Row], Any]
    write: Callable[[Any], str] = str
    write_exact: Callable[[Any], str] | None = None
    cell: Callable[[Row, str], str] | None = None
    views: tuple[By | None, ...] = _ALL
    adds: bool = False
    note: str = ""
    folded: bool = False

    def text(self, row: Row, exactly: bool = False) -> str:
        """What stands in the table."""
        write = (self.write_exact if exactly else None) or self.write
        text = write(self.read(row))
        return self.cell(row, text) if self.cell is not None else text

    def field(self, row: Row) -> Any:
        """What stands in CSV: exact numbers, shapes as in `64x112x112`, and nothing for nothing."""
        value = self.read(row)
        if not isinstance(value, tuple):
            return value
        text = self.write(value)
        return "" if text == NOTHING else text

    def value(self, row: Row) -> str | float | None:
        """What cells are compared by: a text or a number, of shapes how many values they have."""
        value = self.read(row)
        return _volume(value) if isinstance(value, tuple) else value

    def order(self, row: Row) -> Any:
        """Return what rows are sorted by: names from a to z, numbers from the largest.

        Of a shape its number of values counts. What is unknown comes first.
        """
        value = self.value(row)
        value = inf if value is UNKNOWN else value
        return (0, value) if isinstance(value, str) else (1, -(value or 0))


def _fact(name: str, title: str, about: str, **more: Any) -> CostColumn:
    """A column that is read from the row itself."""
    return CostColumn(title, name=name, about=about, read=lambda row: getattr(row, name), **more)


def _shape(name: str, title: str, about: str, **more: Any) -> CostColumn:
    return _fact(name, title, about, right=True, **{"write": dims, "views": _ALONE} | more)


def _count(name: str, title: str, about: str, **more: Any) -> CostColumn:
    """A column of numbers that add up."""
    written = {"write": brief, "write_exact": exact} | more
    return CostColumn(
        title,
        right=True,
        name=name,
        about=about,
        read=lambda row: getattr(row.counts, name),
        adds=True,
        **written,
    )


def _bytes(name: str, title: str, about: str, note: str = "") -> CostColumn:
    return _count(name, title, about, write=size, write_exact=exact_size, note=note)


def _field(
    name: str, title: str, about: str, everything: str = NOTHING, note: str = ""
) -> CostColumn:
    """A column of the receptive field: `field_stride` is its stride, `field` alone its size."""
    part = name.partition("_")[2] or "size"
    return CostColumn(
        title,
        right=True,
        name=name,
        about=about,
        read=lambda row: _seen(row.field, part),
        write=lambda numbers: per_axis(numbers, everything),
        cell=_besides if part == "size" else None,
        views=_ALONE,
        note=note,
    )


def _besides(row: Row, text: str) -> str:
    """The size of a field; where everything is seen besides, a plus says so."""
    return f"{text}{BESIDES}" if row.field is not None and row.field.context else text


def _seen(field: Field | None, part: str) -> tuple[float | None, ...]:
    """One number for each spatial axis of the input, None where everything is seen."""
    if field is None:
        return ()
    if field.unknown:
        return (UNKNOWN,)
    numbers = zip(field.sights, getattr(field, part), strict=True)
    return tuple(None if sight.stencil is None else _number(n) for sight, n in numbers)


def _number(value: Fraction | int) -> float:
    return int(value) if value == int(value) else float(value)


def _volume(shape: tuple[Any, ...]) -> float:
    if any(isinstance(part, tuple) for part in shape):
        return sum(map(_volume, shape))
    return prod(inf if part is None else part for part in shape) if shape else 0


def _what(row: Row, op: str) -> str:
    """The op with its attributes; that it is for training only is said once a block."""
    aside = "(training only)" if row.train_only and not row.marked else ""
    return " ".join(filter(None, (op, row.attributes, aside)))


def shared(row: Row, text: str) -> str:
    """Parameters; where those of another layer are used, a star says so."""
    return "0*" if row.shared is not None and not row.counts.params else text


_LABEL = _fact("path", "Layer", "its place in the tree of blocks", cell=lambda row, _: row.label)
_SHARE = CostColumn(
    "Share",
    bar=True,
    name="share",
    about="of the total of MACs, or of what is sorted by",
    read=lambda _: None,  # `share` says of what
    write=percent,
)

COLUMNS: tuple[CostColumn, ...] = (
    _LABEL,
    _fact("op", "Op", "op and attributes", flexible=True, cell=_what, views=_ALONE),
    _fact("attributes", "Attributes", "attributes alone", views=_ALONE, folded=True),
    _shape("inputs", "Input", "shapes of the operands", write=all_dims),
    _shape("output", "Output", "shape of the output, or of each", write=value_dims),
    _shape("kernel", "Kernel", "size of the window"),
    _fact("layers", "Layers", "how many layers these are", right=True, write=exact, adds=True),
    _fact(
        "instances",
        "Instances",
        "how often the block is there",
        right=True,
        write=lambda number: exact(number or 0),
        views=("block",),
    ),
    _count("weights", "Weights", "trained values that multiply", write=exact),
    _count("biases", "Biases", "trained values that are added", write=exact),
    _count("params", "Params", "weights and biases; shared ones once", write=exact, cell=shared),
    _count("buffers", "Buffers", "values kept but not trained", write=exact),
    _count(
        "macs",
        "MACs",
        "multiply-accumulates",
        note="1 MAC = one multiply-accumulate of a conv or linear layer; FLOPs = 2 x MACs",
    ),
    _count("flops", "FLOPs", "2 x MACs"),
    _count("elementwise", "Elementwise", "other arithmetic, not in the FLOPs"),
    _count("comparisons", "Comparisons", "as in max pooling, not in the FLOPs"),
    _bytes("read_bytes", "Read", "operands and parameters, once each"),
    _bytes("written_bytes", "Written", "the output, unless it is a view"),
    CostColumn(
        "Intensity",
        right=True,
        name="intensity",
        about="operations of any kind per byte moved",
        read=lambda row: row.counts.intensity,
        write=ratio,
        note="intensity: FLOPs, elementwise operations and comparisons per byte read or written",
    ),
    _bytes("output_bytes", "Memory", "size of the output", "memory: a layer's output"),
    _bytes(
        "saved_bytes",
        "Saved",
        "kept for the backward pass",
        "saved: what autograd keeps for the backward pass",
    ),
    _field(
        "field",
        "Field",
        "size of the receptive field",
        "all",
        "field: what a position sees of the first input in evaluation, in pixels",
    ),
    _field("field_stride", "Stride", "from one field to the next"),
    _field("field_offset", "Offset", "where the first field begins"),
    _SHARE,
    _bytes("params_bytes", "Param bytes", "size of the parameters"),
    _bytes("buffers_bytes", "Buffer bytes", "size of the buffers"),
    _fact(
        "shared",
        "Shared",
        "whose parameters it uses",
        write=lambda path: path or "",
        views=_ALONE,
        folded=True,
    ),
    _fact(
        "train_only",
        "Training",
        "whether it runs in training only",
        write=lambda only: "only" if only else "",
        folded=True,
    ),
)

MACS = next(column for column in COLUMNS if column.name == "macs")
EVERY = "all"

_USUAL: dict[By | None, tuple[str, ...]] = {
    None: ("op", "output", "params", "macs", "output_bytes"),
    "op": ("layers", "params", "macs", "output_bytes", "share"),
    "block": ("instances", "layers", "params", "macs", "output_bytes", "share"),
    "stage": ("layers", "params", "macs", "output_bytes", "share"),
}


def available(by: By | None) -> list[CostColumn]:
    """The columns of a view; first what its rows are called."""
    label = _LABEL if by is None else replace(_LABEL, name=by, title=by.capitalize())
    return [label, *(c for c in COLUMNS if by in c.views and c is not _LABEL)]


def column(name: str, by: By | None) -> CostColumn:
    """The column of a name or a title, whatever its capitals.

    Raises:
        ValueError: where there is none, or not in this view; says what there is instead.
    """
    name = name.strip()
    known = _named(available(by))
    if found := known.get(name.lower()):
        return found
    elsewhere = _named(COLUMNS).get(name.lower())
    if elsewhere is None:
        near = did_you_mean(name, known)
        there = ", ".join(c.name for c in available(by))
        raise ValueError(f"there is no column `{name}`; {near or f'there are {there}'}")
    if by is None:
        raise ValueError(f"`{name}` needs --by {elsewhere.views[0]}")
    raise ValueError(f"`{name}` is of single layers, and --by {by} puts them together")


def _named(columns: Iterable[CostColumn]) -> dict[str, CostColumn]:
    columns = list(columns)
    return {c.title.lower(): c for c in columns} | {c.name: c for c in columns}


def usual(by: By | None, *, flat: bool = False) -> list[CostColumn]:
    """The columns of a table where none are asked for; those of sorted rows show the share."""
    names = dict.fromkeys([*_USUAL[by], "share"] if flat else _USUAL[by])
    return [available(by)[0], *(column(name, by) for name in names)]


def records(by: By | None) -> list[CostColumn]:
    """The columns of CSV where none are asked for: all but those that others give."""
    return [c for c in available(by) if c is not _SHARE and (by or c.name != "layers")]


def chosen(text: str, by: By | None, default: list[CostColumn]) -> list[CostColumn]:
    """The columns that `--columns` asks for; what the rows are called always comes first.

    Args:
        text: names with commas between; after a `+` they are added to the default, and `all`
            is every column.

    Raises:
        ValueError: for a name that `column` does not know, and where there is none.
    """
    added, names = text.lstrip().startswith("+"), [n.strip(" +") for n in text.split(",")]
    if not any(names):
        raise ValueError("names with commas between are wanted, such as op,params,macs")
    found = default if added else available(by)[:1]
    for name in filter(None, names):
        if name.lower() == EVERY:
            found = [*found, *(c for c in available(by) if not c.folded or c in default)]
        else:
            found = [*found, column(name, by)]
    return list({c.name: c for c in found}.values())


def share(of: CostColumn, whole: Row) -> CostColumn:
    """The column of shares of the network's total; nothing for what is not in the total."""
    total = of.read(whole)
    return replace(
        _SHARE,
        title=f"Share of {of.title}",
        read=lambda row: of.read(row) / total if total and not row.train_only else None,
    )
