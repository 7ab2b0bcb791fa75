"""How a layer's numbers are computed, or those of all that a block holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from archspec.analysis.arithmetic import (
    Given,
    Line,
    Subject,
    attribute_lines,
    computed,
    line,
    memory_lines,
    shape_lines,
    tensor_lines,
    work_lines,
)
from archspec.analysis.cost import Counts, Group, Layer, Mode, Stats
from archspec.analysis.memory import Kept
from archspec.analysis.parts import block_name
from archspec.analysis.receptive import fields
from archspec.analysis.receptive_arithmetic import field_lines
from archspec.analysis.term import named
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops import Shape
from archspec.ops.tape import Dtype
from archspec.ops.types import show
from archspec.ops.unknown import UNKNOWN


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic of a layer, or of a block.

    Attributes:
        name, variant: the network it is a part of.
        path: its own.
        kind: the op, or the block; "" for a group with an id.
        attributes: the op's, in few words, as in `7x7, 64, s2, p3`.
        alike: where it is one of several equal neighbours, the paths of all of them.
        inputs, outputs: the layers whose values it reads and gives, by their paths, and the shapes
            of these values without the batch axis.
        batch, dtype, mode: what the numbers hold for.
        computed: what running the op takes, in words.
        train_only: True where it runs in training alone.
        lines: the arithmetic.
        doc: what the spec says of the part, of its block, and of the block's parameters.
    """

    name: str
    variant: str | None
    path: str
    kind: str
    attributes: str
    alike: tuple[str, ...]
    inputs: tuple[tuple[str, Shape], ...]
    outputs: tuple[tuple[str, Shape], ...]
    batch: int
    dtype: Dtype
    mode: Mode
    computed: str
    train_only: bool
    lines: tuple[Line, ...]
    doc: tuple[str, ...] = ()

    told: ClassVar[Callable[[Explanation], str] | None] = None
    tabled: ClassVar[Callable[[Explanation], str] | None] = None
    """Make a text of it, and a table for a notebook. What can, says so (archspec.notebook)."""

    def __str__(self) -> str:
        return repr(self) if Explanation.told is None else Explanation.told(self)

    def __repr__(self) -> str:
        name = " ".join(filter(None, (self.name, self.variant)))
        return f"<{name}: the arithmetic of {self.path}>"

    def _repr_html_(self) -> str | None:
        return None if Explanation.tabled is None else Explanation.tabled(self)


class Explainer:
    """Explains the parts of a network.

    Args:
        counted: the network's costs, with the memory it needs.
        kept: what autograd keeps in the same setting, by the node that is the first to.
    """

    def __init__(self, graph: Graph, counted: Stats, kept: Mapping[Node, Sequence[Kept]]) -> None:
        self.counted, self.kept = counted, kept
        self.rows = {row.path: row for row in _rows(counted.tree)}
        self.fields = fields(graph)

    def of(self, part: Node | Instance) -> Explanation:
        """How the numbers of a layer are computed, or those of a block or a group."""
        row = self.rows.get(part.path)
        if isinstance(part, Instance):
            assert isinstance(row, Group)
            kind, attributes, words = block_name(part) or "", "", ""
            outputs, lines = part.output, self._group_lines(part, row)
        else:
            kind, outputs = part.op.name, (part,)
            attributes = part.brief if part.inputs else ""
            words = computed(part.op) if part.inputs else ""
            lines = self._node_lines(part, row)
        return Explanation(
            self.counted.name,
            self.counted.variant,
            part.path,
            kind,
            attributes,
            self._alike(part),
            tuple((node.path, node.output) for node in part.inputs),
            tuple((node.path, node.output) for node in outputs),
            self.counted.batch,
            self.counted.dtype,
            self.counted.mode,
            words,
            _train_only(row),
            tuple(lines),
            tuple(_docs(part)),
        )

    def _alike(self, part: Node | Instance) -> tuple[str, ...]:
        """The paths of a part and its neighbours that are equal to it; () where none is."""
        around = part.scope if isinstance(part, Node) else part.parent
        group = self.rows.get(around.path) if around is not None else None
        for run in _runs(group) if isinstance(group, Group) else ():
            paths = tuple(row.path for row in run)
            if part.path in paths and len(paths) > 1:
                return paths
        return ()

    def _node_lines(self, node: Node, row: Layer | Group | None) -> Iterator[Line]:
        given = Given.of_node(node)
        batch, training = self.counted.batch, self.counted.mode == "train"
        yield from attribute_lines(node)
        yield from shape_lines(given)
        yield from tensor_lines(node, given)
        yield from work_lines(given, batch, training)
        if isinstance(row, Layer):
            yield from memory_lines(node, given, row, self.kept.get(node, ()), batch, training)
        yield from field_lines(node, given, self.fields)

    def _group_lines(self, instance: Instance, group: Group) -> Iterator[Line]:
        runs = _runs(group)
        yield from map(_member, runs)
        for subject, what, quantity, unit in _QUANTITIES:
            if quantity(group) is UNKNOWN:
                yield Line(subject, what, "", "", UNKNOWN, note="an op in it does not say")
                continue
            addends = [
                len(alike) * named(count, _name(alike[0]), told=True)
                for run in runs
                for count, alike in _equal(run, quantity)
                if count
            ]
            if addends:
                yield line(subject, what, sum(addends), unit=unit)
            if what == "MACs" and addends:
                yield line(subject, "FLOPs", 2 * named(group.totals.macs, "MACs"))
        for output in instance.output[:1]:
            for entry in field_lines(output, Given.of_node(output), self.fields):
                value = entry.value
                yield Line("field", entry.what, "", "", value, note=f"that of {output.path}")


def _train_only(row: Layer | Group | None) -> bool:
    """Whether there is something that runs, and in training alone."""
    if isinstance(row, Group):
        return row.train_only and bool(row.children)
    return row is not None and row.train_only


# --- a block -----------------------------------------------------------------------------------


def _rows(group: Group) -> Iterator[Group | Layer]:
    yield group
    for child in group.children:
        if isinstance(child, Group):
            yield from _rows(child)
        else:
            yield child


def _runs(group: Group) -> list[list[Group | Layer]]:
    """What a group holds, equal neighbours together."""
    return [list(run) for _, run in groupby(group.children, _likeness)]


def _likeness(row: Group | Layer) -> tuple[object, ...]:
    """What neighbours have in common that are one part, several times.

    The rest may differ: in a ConvNeXt each block is dropped more often than the one before.
    """
    if isinstance(row, Layer):
        return (row.op, row.inputs, row.output, row.params, row.macs, row.shared)
    return (row.block, row.outputs, tuple(map(_likeness, row.children)))


def _equal(
    run: list[Group | Layer], quantity: Callable[[Group | Layer], int]
) -> Iterator[tuple[int, list[Group | Layer]]]:
    """The members of a run by how much each has: the first may keep what they all read."""
    for count, several in groupby(run, quantity):
        yield count, list(several)


def _counted(quantity: Callable[[Counts], int]) -> Callable[[Group | Layer], int]:
    return lambda row: quantity(row.totals if isinstance(row, Group) else row)


_QUANTITIES: tuple[tuple[Subject, str, Callable[[Group | Layer], int], str], ...] = (
    ("parameters", "sum", _counted(lambda counts: counts.params), ""),
    ("buffers", "sum", _counted(lambda counts: counts.buffers), ""),
    ("work", "MACs", _counted(lambda counts: counts.macs), ""),
    ("work", "elementwise", _counted(lambda counts: counts.elementwise), ""),
    ("work", "comparisons", _counted(lambda counts: counts.comparisons), ""),
    ("memory", "outputs", _counted(lambda counts: counts.output_bytes), "B"),
    ("memory", "parameters", _counted(lambda counts: counts.params_bytes), "B"),
    ("memory", "buffers", _counted(lambda counts: counts.buffers_bytes), "B"),
    ("memory", "saved", _counted(lambda counts: counts.saved_bytes), "B"),
)
"""What is summed over the members of a block."""


def _member(run: list[Group | Layer]) -> Line:
    """What a block holds: one thing, or several equal ones in a row."""
    first = run[0]
    called = [_last(row) for row in run]
    members = ", ".join(called) if len(run) <= 3 else f"{called[0]} to {called[-1]}"
    kind, attributes = _kind(first), first.attributes if isinstance(first, Layer) else ""
    words = f"{kind} ×{len(run)}" if len(run) > 1 else kind
    shapes = first.outputs if isinstance(first, Group) else (first.output,)
    note = f"{words} {attributes}".rstrip() + f", gives {', '.join(map(show, shapes))}"
    return Line("members", members, "", "", None, note=note)


def _kind(row: Group | Layer) -> str:
    return row.op if isinstance(row, Layer) else row.block or "group"


def _name(row: Group | Layer) -> str:
    """What a member is called in a sum: its own name, or its kind and its number."""
    name = _last(row)
    return f"{_kind(row)} {name}" if name.isdigit() else name


def _last(row: Group | Layer) -> str:
    return row.path.rpartition(".")[2]


def _docs(part: Node | Instance) -> Iterator[str]:
    """What is said of a part in the spec, then of its block, then of the block's parameters."""
    if part.doc:
        yield part.doc
    if not isinstance(part, Instance) or part.block is None:
        return
    if part.block.doc:
        yield part.block.doc
    for name, param in () if part.stale else part.block.params.items():
        if param.doc:
            yield f"{name}: {param.doc}"
