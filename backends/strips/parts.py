"""Blocks in a strip or a tower: tiny, without words; and opened, with them."""

from __future__ import annotations

from archspec.backends.strips import words
from archspec.backends.strips.cells import NOTHING, SIZE, THICK, Cell, bar, joint, level, tiny
from archspec.backends.strips.composed import composed
from archspec.backends.strips.topology import Topology
from archspec.drawing.maps import Maps
from archspec.drawing.paint import INK, LINE, Paint
from archspec.drawing.picture import Line, Picture, Polygon, Words

_SHALLOW = 0.5
"""The scale of arrows in tiny pictures."""
_EDGE, _MARGIN = 5.0, 10.0


def _merging(maps: Maps, upwards: bool, radius: float, size: float) -> Cell | None:
    """What is alike with words and without: an entrance, a joint, a bar; None for a box."""
    if maps.source:
        return NOTHING
    if maps.joint:
        return joint(maps, radius)
    return bar(size, upwards) if maps.stacking else None


def miniature(inner: Topology, upwards: bool = False) -> Cell:
    """A block without words, on a ground of its own; arrows touch it at its ends."""
    cells = [_merging(m, upwards, 3.5, 0.6) or tiny(m, upwards) for m in inner.maps]
    picture, _ = composed(cells, inner.wires, inner.end, 12.0, _SHALLOW, upwards=upwards)
    (left, top), (right, low) = picture.box
    if upwards:
        half = 0.0, (low - top) / 2
        picture = picture.moved(0.0, -(top + low) / 2)
        (left, right), (top, low) = (left - _EDGE, right + _EDGE), (-half[1], half[1])
    else:
        half = (right - left) / 2, 0.0
        picture = picture.moved(-(left + right) / 2, 0.0)
        (left, right), (top, low) = (-half[0], half[0]), (top - _EDGE, low + _EDGE)
    ground = Polygon(((left, top), (right, top), (right, low), (left, low)), Paint("ground2"))
    return Cell((ground, *picture.items), half)


def inset(inner: Topology, name: str, upwards: bool = False) -> Picture:
    """A block with its words, on a ground of its own."""
    cells = [_merging(m, upwards, 7.0, 1.0) or level(words.level(m), m) for m in inner.maps]
    count = len(cells)
    ends = {(end, count + n): False for n, end in enumerate(inner.ends)}
    if len(ends) == 1 and inner.end == count - 1:
        ends = {}  # a value that leaves at the end of all
    cells += [NOTHING] * len(ends)
    last = range(count, len(cells))
    picture, _ = composed(cells, inner.wires | ends, inner.end, 16.0, last=last, upwards=upwards)
    (left, top), (right, low) = picture.box
    before, after = _MARGIN, 0.0 if ends else _MARGIN
    if upwards:
        left, right, top, low = left - _MARGIN, right + _MARGIN, top - after, low + before
        stubs = [((0.0, low), (0.0, low - before - 1))]
        stubs += [((0.0, top), (0.0, top + after + 1))] if after else []
    else:
        left, right, top, low = left - before, right + after, top - _MARGIN, low + _MARGIN
        stubs = [((left, 0.0), (left + before + 1, 0.0))]
        stubs += [((right, 0.0), (right - after - 1, 0.0))] if after else []
    ground = Polygon(((left, top), (right, top), (right, low), (left, low)), Paint("ground2"))
    lines = (Line(ends, LINE, THICK) for ends in stubs)
    said = Words((left, top - 4), name, SIZE, INK, "start")
    return Picture((ground, *lines, *picture.items, said))
