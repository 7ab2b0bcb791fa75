"""How the numbers of a layer are computed: its op's own methods, run on terms.

`infer`, `tensors` and `work` are given operands and attributes that remember what is done to
them (`archspec.analysis.term`). So nothing is said here that an op computes elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import prod
from typing import Any, Literal

from archspec.analysis.cost import Layer
from archspec.analysis.memory import Kept
from archspec.analysis.term import Term, named, names, numbers
from archspec.ir.graph import Node
from archspec.ops import Shape
from archspec.ops.base import Op
from archspec.ops.derived import Axis, compute
from archspec.ops.tape import WIDTHS
from archspec.ops.unknown import UNKNOWN

Subject = Literal[
    "members", "attributes", "shape", "parameters", "buffers", "work", "memory", "field"
]
"""What is told of a part; of what is within it where it is no layer."""

_SPATIAL = ((), ("length",), ("height", "width"), ("depth", "height", "width"))


@dataclass(frozen=True, slots=True)
class Line:
    """One number, and how it is computed.

    Attributes:
        subject: what it is a part of.
        what: what it is; `height, width` where two are alike.
        names: the arithmetic in names, or "" where it has none: `2·padding + 1`.
        numbers: the arithmetic in numbers: `2·3 + 1`.
        value: what that gives; None for what is no number.
        unit: `B` for bytes, else "".
        note: what else is to be said of it.
    """

    subject: Subject
    what: str
    names: str
    numbers: str
    value: int | float | Fraction | None
    unit: str = ""
    note: str = ""

    @property
    def result(self) -> str:
        """What it gives, as it is written: counts as `9,408`, sizes as `1000`; bytes as `8 B`."""
        if self.value is None or self.value is UNKNOWN:
            return "" if self.value is None else str(UNKNOWN)
        size = self.subject in ("attributes", "shape", "field")
        number = str(self.value) if size else f"{self.value:,}"
        return f"{number} {self.unit}" if self.unit else number

    @property
    def steps(self) -> tuple[str, ...]:
        """In names, in numbers, and what these give; none that is empty or says the same again."""
        plain = self.result.removesuffix(f" {self.unit}")
        steps = (self.names, self.numbers if self.numbers != plain else "", self.result)
        found = tuple(step for step in steps if step)
        return found[1:] if len(found) > 1 and found[0] == found[1] else found


def line(
    subject: Subject, what: str, value: Any, *, unit: str = "", note: str = "", size: bool = False
) -> Line:
    """The line of a number that may be a term; a `size` is written without thousands."""
    plain = value.tree.number if hasattr(value, "tree") else value
    return Line(subject, what, names(value), numbers(value, thousands=not size), plain, unit, note)


def axis_names(rank: int, *, features_last: bool = False) -> tuple[str, ...]:
    """What the axes of a value are called, the batch left out."""
    if not 0 < rank <= len(_SPATIAL):
        return tuple(f"axis {i}" for i in range(rank))
    spatial = _SPATIAL[rank - 1]
    return (*spatial, "features") if features_last or rank == 1 else ("channels", *spatial)


# --- an op that is given terms ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What an op computes with, as terms: its attributes, its operands and its output.

    Attributes:
        found: the output's shape, with the arithmetic that led to it.
        flowing: how many of the operands are read for more than an attribute's sake.
    """

    op: Op
    inputs: tuple[Shape, ...]
    output: Shape
    found: Shape
    flowing: int

    @classmethod
    def of(cls, op: Op, operands: Sequence[tuple[str, Shape]]) -> Given:
        """Those of an op with its operands, each with its name, which need not be its own.

        An operand that an attribute names bears that one's name: `like.height`.
        """
        told = [f"{name}." for name in op.references if getattr(op, name) is not None]
        flowing = len(operands) - len(told)
        owners = [f"{name}." if flowing > 1 else "" for name, _ in operands[:flowing]]
        shapes = zip((shape for _, shape in operands), [*owners, *told], strict=True)
        inputs = tuple(_named(shape, owner, op) for shape, owner in shapes)
        given = _with_terms(op)
        found = given.infer(*inputs)
        output = tuple(map(int, found))
        kept = flowing == 1 and _same(found, inputs[0])
        output = inputs[0] if kept else _named(output, "output.", op)
        return cls(given, inputs, output, found, flowing)

    @classmethod
    def of_node(cls, node: Node) -> Given:
        """Those of a node."""
        paths = [n.path for n in node.inputs]
        return cls.of(node.op, [(_short(n.path, paths), n.output) for n in node.inputs])


def _with_terms(op: Op) -> Op:
    """An op whose attributes are terms; but for the kernel those at their default may be left out,
    as they are in `Op.brief`."""
    values = {}
    for name, field in type(op).model_fields.items():
        value = getattr(op, name)
        usual = not field.is_required() and value == field.default
        told = not usual or name == "kernel_size"
        values[name] = named(value, "" if op.internal else name, told=told)
    return type(op).model_construct(_fields_set=op.model_fields_set, **values)


def _named(shape: Shape, owner: str, op: Op) -> Shape:
    axes = axis_names(len(shape), features_last=op.features_last)
    return tuple(named(n, owner + axis, told=True) for n, axis in zip(shape, axes, strict=True))


def _same(one: Shape, other: Shape) -> bool:
    """Whether two shapes are not only equal, but one was taken over from the other."""
    return len(one) == len(other) and all(map(_taken, one, other))


def _taken(one: Any, other: Any) -> bool:
    return isinstance(one, Term) and isinstance(other, Term) and one.tree == other.tree


def _short(path: str, others: Iterable[str] = ()) -> str:
    """The end of a path that names: as little of it as tells it from others.

    At least the last part that is no number, with what follows it.
    """
    parts = path.split(".")
    start = next((i for i in reversed(range(len(parts))) if not parts[i].isdigit()), 0)
    ends = (".".join(parts[i:]) for i in range(start, -1, -1))
    rest = [other for other in others if other != path]
    return next(e for e in ends if e == path or not any(f".{o}".endswith(f".{e}") for o in rest))


# --- lines -----------------------------------------------------------------------------------


def attribute_lines(node: Node) -> Iterator[Line]:
    """Those attributes that follow from the sizes of values, and how."""

    def size(axis: Axis) -> Any:
        value = axis.value
        return named(value.output[axis.axis], f"{_short(value.path)}.{_axis(value, axis.axis)}")

    for name, tree in (node.derived or {}).items():
        value = compute(tree, size)
        parts = value if isinstance(value, tuple) else (value,)
        for i, part in enumerate(parts):
            what = name if parts is not value else f"{name}[{i}]"
            if isinstance(part, int | float):
                yield line("attributes", what, part, size=True)


def _axis(node: Node, axis: int) -> str:
    return axis_names(len(node.output))[axis]


def shape_lines(given: Given) -> Iterator[Line]:
    """The sizes of the output, axis by axis; neighbours that are computed alike share a line."""
    axes = axis_names(len(given.found), features_last=given.op.features_last)
    if given.inputs and _same(given.found, given.inputs[0]):
        yield Line("shape", ", ".join(axes), "", "", None, note="unchanged")
        return
    lines = [line("shape", a, n, size=True) for a, n in zip(axes, given.found, strict=True)]
    for (figures, value), alike in groupby(lines, lambda entry: (entry.numbers, entry.value)):
        first, *others = alike
        what = ", ".join(entry.what for entry in (first, *others))
        place = axes.index(first.what)
        flowing = (shape for shape in given.inputs[: given.flowing] if len(shape) > place)
        kept = any(_taken(given.found[place], shape[place]) for shape in flowing)
        note = "unchanged" if kept else ""
        yield Line("shape", what, "" if kept else first.names, figures, value, note=note)


def tensor_lines(node: Node, given: Given) -> Iterator[Line]:
    """The values of each parameter and buffer, and how many are trained together."""
    tensors = given.op.tensors(*given.inputs)
    where = f"those of {node.owner.path}, counted there" if node.shared else ""
    for subject in ("parameters", "buffers"):
        several = [t for t in tensors if t.trainable == (subject == "parameters")]
        for tensor in several:
            yield line(subject, tensor.name, tensor.count, note=where)
        if len(several) > 1:
            total = sum(named(int(tensor.count), tensor.name) for tensor in several)
            yield line(subject, "sum", total, note=where)


def work_lines(given: Given, batch: int, training: bool) -> Iterator[Line]:
    """Multiply-accumulates, other arithmetic and comparisons of the whole batch."""
    work, times = given.op.work(given.inputs, given.output, training), named(batch, "batch")
    counts = {"MACs": work.macs, "elementwise": work.elementwise, "comparisons": work.comparisons}
    for what, each in counts.items():
        if each is UNKNOWN:
            yield Line("work", what, "", "", UNKNOWN, note="its op does not say")
            continue
        count = times * each
        if count:
            yield line("work", what, count)
        if count and what == "MACs":
            yield line("work", "FLOPs", 2 * named(int(count), "MACs"))


def memory_lines(
    node: Node, given: Given, layer: Layer, saved: Iterable[Kept], batch: int, training: bool
) -> Iterator[Line]:
    """Bytes of its value, of its parameters and buffers, and of what autograd keeps for it.

    Args:
        layer: its costs, with that batch.
        saved: what it is the first to keep.
    """

    yield output_line(node, given, layer, batch)
    if layer.params:
        count = named(layer.params, "parameters")
        size = count * _width(layer.params_bytes, layer.params)
        yield line("memory", "parameters", size, unit="B")
        if training:
            yield line("memory", "gradients", size, unit="B", note="one for each parameter")
    if layer.buffers:
        kept = [t for t in given.op.tensors(*given.inputs) if not t.trainable]
        long = sum(int(t.count) for t in kept if t.dtype == "long")
        floats = layer.buffers - long
        counters = named(long, "counters", told=True) * WIDTHS["int64"]
        each = _width(layer.buffers_bytes - int(counters), floats)
        yield line("memory", "buffers", named(floats, "buffers") * each + counters, unit="B")
    if layer.saved_bytes is UNKNOWN:
        yield Line("memory", "saved", "", "", UNKNOWN, "B", "its op does not say")
    else:
        yield from _saved_lines(node, list(saved))


def output_line(node: Node, given: Given, layer: Layer, batch: int) -> Line:
    """The bytes of its value."""
    values = named(batch, "batch") * prod(given.output)
    note = "written over its operand" if node.op.in_place else ""
    if node.inputs and node.op.passes_on and not layer.written_bytes:
        note = "its operand itself, or a view of it"
    each = _width(layer.output_bytes, int(values))
    return line("memory", "output", values * each, unit="B", note=note)


def _width(size: int, count: int) -> Any:
    """Bytes of each of so many values."""
    return named(size // max(count, 1), "bytes", told=True)


def _saved_lines(node: Node, saved: list[Kept]) -> Iterator[Line]:
    """A line for each tensor that is kept because of a node, and their sum."""
    for kept in saved:
        note = _kept_word(node, kept)
        size = prod(named(kept.shape, "")) * named(kept.width, "", told=True)
        yield line("memory", "saved", size, unit="B", note=note)
    if len(saved) > 1:
        total = sum(named(prod(k.shape) * k.width, "") for k in saved)
        yield line("memory", "saved together", total, unit="B")
    if not saved:
        note = "nothing more than earlier layers keep"
        yield Line("memory", "saved", "", "", 0, "B", note)


def _kept_word(node: Node, kept: Kept) -> str:
    """What it is that is kept because of a node."""
    if kept.result:
        return "its output" if kept.maker is node else f"the output of {kept.maker.path}"
    return "made on the way" if kept.kind == "activations" else kept.kind


def computed(op: Op) -> str:
    """Return what running an op takes, in words.

    "" where it is the same small thing for every value, and where the op does not say.
    """
    unsaid = "operations" in type(op).unsaid()
    return "" if unsaid else " ".join((type(op).work.__doc__ or "").split())
