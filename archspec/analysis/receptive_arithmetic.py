"""How the receptive field of a layer follows from those of its operands.

Where an op slides a window over a map, by the recurrences of the literature: the field grows by
(k - 1) strides of the operand's, and the stride by the window's own (Araujo et al. 2019). What the
window is, its op says (`Op.stencils`). Where positions differ, as on an enlarged map, or where
paths meet, by the pixels that the widest position sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from archspec.analysis.arithmetic import Given, Line, axis_names, line
from archspec.analysis.receptive import CONTEXT, Field, Sight
from archspec.analysis.term import named
from archspec.ir.graph import Node
from archspec.ops.stencil import STILL, Along, Interval
from archspec.ops.unknown import UNKNOWN


class _Way(NamedTuple):
    """An operand that sees something: how, and how it is read, in plain numbers and in terms."""

    sight: Sight
    size: int
    along: Along | None
    terms: Along | None

    @property
    def unchanged(self) -> bool:
        """True where each position sees what one of the operand's does."""
        return self.sight.axis is None or self.along is None or self.along.stencil is STILL

    @property
    def plain(self) -> bool:
        """True where windows of one size slide over positions that all see equally much."""
        if self.along is None or self.sight.stencil is None:
            return False
        stencils = (self.along.stencil, self.sight.stencil)
        return all(s.period == 1 and s.ends[0] is not None for s in stencils) and isinstance(
            self.sight.stencil.shift, int
        )


def field_lines(node: Node, given: Given, fields: Mapping[Node, Field]) -> Iterator[Line]:
    """The size of the field and its stride, along each axis of the input, in pixels of that.

    Args:
        fields: of the network's nodes (`receptive.fields`). A node that is not among them has
            none, and no line.
    """
    field = fields.get(node)
    if field is None:
        return
    if not node.inputs:
        yield Line("field", "size", "", "1", 1, note="the input itself")
        yield Line("field", "stride", "", "1", 1)
        return
    if field.unknown:
        note = "an op on the way does not say which positions it reads"
        yield Line("field", "size", "", "", UNKNOWN, note=note)
        return
    axes = axis_names(len(field.extent) + 1)[1:]
    if field.whole:
        note = "each position sees all of the input"
        yield from _merged("size", axes, [_seen(n, note) for n in field.extent])
        return
    ways = [list(_ways(node, given, fields, i)) for i in range(len(axes))]
    for what, found in (("size", _size), ("stride", _stride)):
        lines = [found(field, axis, some) for axis, some in enumerate(ways)]
        yield from _merged(what, axes, lines)
    if field.context:
        yield Line("field", "besides", "", "", None, note=f"all of the input, {CONTEXT}")


def _merged(what: str, axes: tuple[str, ...], lines: list[Line]) -> Iterator[Line]:
    """The lines of the axes; neighbours that are computed alike share one."""
    place = 0
    for _, alike in groupby(lines, key=lambda entry: (entry.numbers, entry.value, entry.note)):
        several = list(alike)
        along = axes[place : place + len(several)]
        place += len(several)
        first = several[0]
        name = what if len(several) == len(axes) else f"{what} ({', '.join(along)})"
        yield Line("field", name, first.names, first.numbers, first.value, note=first.note)


def _ways(node: Node, given: Given, fields: Mapping[Node, Field], axis: int) -> Iterator[_Way]:
    readings = node.op.stencils(node.input_shapes, node.output) or ()
    terms = given.op.stencils(given.inputs, given.output) or ()
    for operand, reading, term in zip(node.inputs, readings, terms, strict=False):
        field = fields.get(operand)
        if field is None or (field.spread and not fields[node].whole):
            continue
        sight = field.sights[axis]
        place = sight.axis
        along = reading[place] if place is not None else None
        yield _Way(sight, field.size[axis], along, term[place] if place is not None else None)


def _seen(number: int | Fraction, note: str = "") -> Line:
    """Return the line of a number that takes no arithmetic."""
    return Line("field", "", "", str(number), number, note=note)


def _computed(value: Any, before: int | Fraction, note: str = "") -> Line:
    """One that does; where it changes nothing, that is said."""
    found = line("field", "", value, size=True, note=note)
    return _seen(before, "unchanged") if found.numbers == str(before) else found


# --- size --------------------------------------------------------------------------------------


def _size(field: Field, axis: int, ways: list[_Way]) -> Line:
    size = field.size[axis]
    if field.sights[axis].stencil is None:
        return _seen(size, "all of the input")
    if all(way.unchanged for way in ways):
        sizes = list(dict.fromkeys(way.size for way in ways))
        if sizes == [size]:
            return _seen(size, "unchanged")
        if max(sizes) == size:
            numbers = ", ".join(map(str, sizes))
            return Line("field", "", "", f"max({numbers})", size, note="of its operands' fields")
    if len(ways) == 1 and ways[0].plain:
        (way,) = ways
        first, last = _ends(way)
        before = named(way.size, "field.size", told=True)
        found = _computed(before + (last - first) * _jump(way), way.size)
        if found.value == size:
            return found
    return _widest(field, axis, size)


def _ends(way: _Way) -> Interval:
    """Of what a position reads the first and the last, as terms."""
    stencil = way.terms.stencil if way.terms is not None else STILL
    return stencil.ends[0] or (0, 0)


def _jump(way: _Way) -> Any:
    stencil = way.sight.stencil or STILL
    return named(_plain(stencil.rate), "field.stride", told=True)


def _plain(rate: Fraction) -> int | Fraction:
    return int(rate) if rate.denominator == 1 else rate


def _widest(field: Field, axis: int, size: int) -> Line:
    """From the first to the last pixel that the position sees which sees most."""
    along, stencil = field.sights[axis]
    if stencil is None:
        return _seen(size)
    count = 1 if along is None else field.shape[along]
    ends = ((i, e) for i, e in enumerate(map(stencil.at, range(min(count, stencil.period)))) if e)
    position, (first, last) = max(ends, key=lambda entry: entry[1][1] - entry[1][0])
    if int(first) != first or int(last) != last:
        return _seen(size, "at most")
    pixels = named(int(last), "last") - named(int(first), "first", told=True) + 1
    note = f"position {position} sees pixels {first} to {last}".replace("-", "−")
    return line("field", "", pixels, size=True, note=note)


# --- stride ------------------------------------------------------------------------------------


def _stride(field: Field, axis: int, ways: list[_Way]) -> Line:
    stride = field.stride[axis]
    known = _plain(stride)
    if field.sights[axis].stencil is None:
        return _seen(known)
    if all(way.unchanged for way in ways):
        same = all((way.sight.stencil or STILL).rate == stride for way in ways)
        return _seen(known, "unchanged" if same else "on average")
    if len(ways) == 1 and ways[0].along is not None and ways[0].terms is not None:
        own, shown = ways[0].along.stencil, ways[0].terms.stencil
        times: Any = shown.shift if own.period == 1 else int(own.shift)
        before = _plain((ways[0].sight.stencil or STILL).rate)
        found = _computed(times * _jump(ways[0]) / own.period, before)
        if found.value == stride:
            return found
    return _seen(known, "on average")
