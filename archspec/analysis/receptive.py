"""Receptive fields: which part of the input each position of a layer can depend on.

The field is the theoretical one, as in the literature: the input is taken to go on beyond its
borders, so a field may be larger than the input and may start before it. Several paths give
the smallest box that holds the fields of all. Modules are in evaluation: a batch norm with
running statistics works position by position. Araujo et al. 2019, Computing receptive fields
of convolutional neural networks, Distill, has the recurrences for plain windows; here each op
says what it reads, as a `Stencil`, so that enlarged maps are exact, too.

What sees all of the input and is one value for all positions, as a gate of squeeze-and-excitation
is, tells no position from another. Where it meets a map it is set aside: the field is the map's,
and marked as having context besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from math import ceil, floor, prod
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from archspec.ir.graph import Graph, Node, reach
from archspec.ops import Shape
from archspec.ops.stencil import (
    STILL,
    Along,
    Interval,
    Reading,
    Stencil,
    adaptive,
    everything,
    over_maps,
)
from archspec.ops.unknown import UNKNOWN


class Sight(NamedTuple):
    """What a value sees along one spatial axis of the input.

    `axis` is the axis of the value along which it changes, None where it does not. `stencil`
    leads from there to the pixels; it is None where everything is seen.
    """

    axis: int | None
    stencil: Stencil | None


ALL = Sight(None, None)

CONTEXT = "through what is one value for the whole map, as a gate is"
"""How everything is seen besides (`Field.context`)."""

Sights = tuple[Sight, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field of a layer, in pixels of the input.

    A position of a layer is all its channels there; a vector is one position.

    Attributes:
        sights: by spatial axis of the input.
        extent: the spatial sizes of the input.
        shape: of the layer's value.
        spread: True where all positions have one value that sees everything.
        context: True where everything is seen besides, through values of that kind.
        unknown: True where an op on the way does not say what it reads.
    """

    sights: Sights
    extent: Shape
    shape: Shape
    spread: bool = False
    context: bool = False
    unknown: bool = False

    @property
    def whole(self) -> bool:
        """True where each position sees all of the input, along every axis."""
        return not self.unknown and all(sight.stencil is None for sight in self.sights)

    @property
    def bounded(self) -> bool:
        """True where no position sees all of the input along any axis because of one op."""
        return not self.unknown and all(sight.stencil is not None for sight in self.sights)

    @property
    def size(self) -> tuple[int, ...]:
        """Pixels from the first to the last that a position depends on, along each axis.

        Where positions differ, as on an enlarged map, the largest; where everything is seen,
        the input's size.
        """
        if self.unknown:
            return (UNKNOWN,) * len(self.sights)
        return tuple(
            whole
            if stencil is None
            else ceil(stencil.widest(1 if axis is None else self.shape[axis]))
            for (axis, stencil), whole in zip(self.sights, self.extent, strict=True)
        )

    @property
    def stride(self) -> tuple[Fraction, ...]:
        """Pixels from one position's field to the next one's, on average; 0 for everything."""
        if self.unknown:
            return (UNKNOWN,) * len(self.sights)
        return tuple(s.stencil.rate if s.stencil is not None else Fraction(0) for s in self.sights)

    @property
    def offset(self) -> tuple[int, ...]:
        """The pixel where the field of the layer's first position starts, counted from 0.

        Negative in the padding. Where the first position reads nothing, as in the gaps that a
        transposed convolution leaves, that of the first one that does.
        """
        if self.unknown:
            return (UNKNOWN,) * len(self.sights)
        return tuple(map(_start, self.sights))

    def at(self, *position: int) -> tuple[Interval | None, ...]:
        """First and last pixel seen by one position of the layer, along each axis of the input.

        `position` counts along all axes of the layer's value but the channels. Ends may lie
        beyond the input's borders; None stands for a position that depends on nothing.
        """
        return tuple(
            (0, whole - 1)
            if sight.stencil is None
            else sight.stencil.at(0 if sight.axis is None else (0, *position)[sight.axis])
            for sight, whole in zip(self.sights, self.extent, strict=True)
        )

    def as_json(self) -> dict[str, Any]:
        """Return `{"unknown": true}`, `{"whole": true}`, or size, stride and offset by axis.

        Strides that are not whole are rounded to floating-point numbers. Where there is
        context, `"context": true`.
        """
        if self.unknown:
            return {"unknown": True}
        if self.whole:
            return {"whole": True}
        stride = [int(s) if s.denominator == 1 else float(s) for s in self.stride]
        found = {"size": list(self.size), "stride": stride, "offset": list(self.offset)}
        return found | {"context": True} if self.context else found


def fields(graph: Graph, source: Node | None = None) -> dict[Node, Field]:
    """The receptive field of every node, in one pass.

    Args:
        source: the input that is looked at, by default the network's first. Its spatial axes
            are all but the first, so a vector has none.

    Returns:
        Fields of the nodes that depend on `source`, itself included; of no node where it has
        no spatial axes.
    """
    source = source or graph.inputs[0]
    extent = source.output[1:]
    if not extent:
        return {}
    sights = tuple(Sight(axis, STILL) for axis in range(1, len(source.output)))
    found = {source: Field(sights, extent, source.output)}
    for node in graph.nodes:
        if node in found:
            continue
        readings = node.op.stencils(node.input_shapes, node.output)
        if _untold(node, readings, found):
            found[node] = Field((ALL,) * len(extent), extent, node.output, unknown=True)
        elif parts := list(_parts(node, readings or (), found)):
            found[node] = _field(node, parts, extent)
    return found


def _untold(node: Node, readings: tuple[Reading, ...] | None, found: Mapping[Node, Field]) -> bool:
    """Whether nobody says what a node sees: not its op, or not that of a value it reads."""
    read = node.inputs if readings is None else node.inputs[: len(readings)]
    seen = [found[operand] for operand in read if operand in found]
    return bool(seen) and (readings is None or any(field.unknown for field in seen))


def _field(node: Node, parts: list[tuple[Field, Sights]], extent: Shape) -> Field:
    """The field of a node that sees something through these operands."""
    before = [field for field, _ in parts]
    flowing = [sights for field, sights in parts if not field.spread]
    sights = reduce(partial(_either, node.output), flowing or [sights for _, sights in parts])
    whole = all(sight.stencil is None for sight in sights)
    spread = whole and (prod(node.output[1:]) == 1 or not flowing)
    aside = bool(flowing) and len(flowing) < len(parts)
    context = not whole and (aside or any(field.context for field in before))
    return Field(sights, extent, node.output, spread, context)


_SPACINGS: WeakKeyDictionary[Graph, Mapping[Node, Fraction]] = WeakKeyDictionary()
"""Of the graphs that are alive: several figures of one are tried before it is drawn."""


def spacing(graph: Graph) -> Mapping[Node, Fraction]:
    """How far apart neighbouring positions of maps lie in the first input, in pixels.

    On average, and along the axis where that is most. A position lies where it did when all
    positions are read at once and as many given, as by a norm; and where another operand has it
    that is weighed by what sees everything, as by squeeze and excitation.

    Returns:
        Spacings of the nodes that depend on the input; 0 of what has no positions of its own.
    """
    if graph not in _SPACINGS:
        _SPACINGS[graph] = _spacing(graph)
    return _SPACINGS[graph]


def _spacing(graph: Graph) -> dict[Node, Fraction]:
    source = graph.inputs[0]
    if len(source.output) < 2:
        return {}
    found = {source: tuple(Sight(axis, STILL) for axis in range(1, len(source.output)))}
    for node in graph.nodes:
        readings = node.op.stencils(node.input_shapes, node.output)
        if readings is None:
            readings = tuple(_assumed(shape, node.output) for shape in node.input_shapes)
        parts = [
            tuple(
                _through(_kept(reading, operand.output, node.output), sight, operand.output)
                for sight in found[operand]
            )
            for operand, reading in zip(node.inputs, readings, strict=False)
            if operand in found
        ]
        placed = [sights for sights in parts if all(s.stencil is not None for s in sights)]
        if parts and node not in found:
            found[node] = reduce(partial(_either, node.output), placed or parts)
    rates = {node: [s.stencil.rate for s in sights if s.stencil] for node, sights in found.items()}
    return {node: max(some, default=Fraction(0)) for node, some in rates.items()}


def _assumed(before: Shape, after: Shape) -> Reading:
    """What an op that does not say reads, for a figure's layout: as many positions for each."""
    if len(before) != len(after):
        return everything(len(before))
    return over_maps(map(adaptive, before[1:], after[1:]))


def _kept(reading: Reading, before: Shape, after: Shape) -> Reading:
    """A reading, position by position along axes of which all is read and as much given."""
    if len(before) != len(after):
        return reading
    sizes = zip(reading, before, after, strict=True)
    return tuple(
        Along(axis, STILL) if along is None and size == given > 1 else along
        for axis, (along, size, given) in enumerate(sizes)
    )


def network_field(graph: Graph, known: Mapping[Node, Field] | None = None) -> Field | None:
    """The receptive field of a network: the largest before its layers see everything.

    A global pooling or a dense layer on a map sees all of the input, whatever lies before it. So
    a classifier is known by the field of what it pools, and a network whose output is a map by
    that of the output: of all layers on the way to an output in evaluation the largest field
    that is bounded along every axis, context aside.

    Args:
        known: what `fields` has found, to save finding it again.

    Returns:
        None where the first input has no spatial axes, or no output depends on it; one that is
        unknown where that of a layer on the way is.
    """
    known = fields(graph) if known is None else known
    used = reach(o.node for o in graph.outputs if not o.train_only)
    if untold := [known[n] for n in graph.nodes if n in used and n in known and known[n].unknown]:
        return untold[-1]
    last_first = (known[n] for n in reversed(graph.nodes) if n in used and n in known)
    bounded = (field for field in last_first if field.bounded)
    return max(bounded, key=lambda field: prod(field.size), default=None)


def _start(sight: Sight) -> int:
    if sight.stencil is None:
        return 0
    return next(floor(ends[0]) for ends in sight.stencil.ends if ends is not None)


def _parts(
    node: Node, readings: tuple[Reading, ...], found: Mapping[Node, Field]
) -> Iterator[tuple[Field, Sights]]:
    """The fields of a node's operands, each with what the node sees through it, if anything."""
    for operand, reading in zip(node.inputs, readings, strict=False):
        field = found.get(operand)
        if field is not None:
            sights = tuple(_through(reading, sight, operand.output) for sight in field.sights)
            if all(s.stencil is None or any(s.stencil.ends) for s in sights):
                yield field, sights


def _through(reading: Reading, sight: Sight, shape: Shape) -> Sight:
    """What is seen through an operand of the given shape that sees `sight` itself."""
    axis, stencil = sight
    if axis is None or stencil is None:
        return sight
    along = reading[axis]
    if along is None:
        return Sight(None, stencil) if shape[axis] == 1 else ALL
    if along.stencil is STILL:
        return sight if along.axis == axis else Sight(along.axis, stencil)
    return Sight(along.axis, along.stencil.after(stencil))


def _either(output: Shape, a: Sights, b: Sights) -> Sights:
    """The smallest box that holds both fields of a value."""
    return tuple(_both(x, y, output) for x, y in zip(a, b, strict=True))


def _both(a: Sight, b: Sight, output: Shape) -> Sight:
    if a == b:
        return a
    if a.stencil is None or b.stencil is None:
        return ALL
    axes = {axis for axis in (a.axis, b.axis) if axis is not None}
    if len(axes) > 1:
        return ALL  # one path turned the map: what is seen moves along two axes at once
    if not axes:
        return Sight(None, a.stencil.union(b.stencil, 1))
    (axis,) = axes
    first, second = _along(a.axis, a.stencil), _along(b.axis, b.stencil)
    return Sight(axis, first.union(second, output[axis]))


def _along(axis: int | None, stencil: Stencil) -> Stencil:
    """The stencil, or its first position for all, where it runs along no axis."""
    return stencil if axis is not None else Stencil((stencil.at(0),), 0)
