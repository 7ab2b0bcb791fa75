"""Blocks in a strip or a tower: tiny, without words; and opened, with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archspec.backends.strips.cells import (
    NOTHING,
    SIZE,
    THICK,
    THIN,
    Cell,
    merge,
    outlined,
    plain,
    stepped,
    tiny,
)
from archspec.backends.strips.composed import Spacing, composed
from archspec.backends.strips.grounds import grounds
from archspec.backends.strips.parallel import reading
from archspec.backends.strips.topology import Topology
from archspec.backends.strips.worded import Costs, Worded
from archspec.drawing.columns import Edge
from archspec.drawing.maps import Maps
from archspec.drawing.paint import INK, LINE, Paint
from archspec.drawing.picture import Line, Picture, Polygon, Words
from archspec.drawing.words import shape_words

_SHALLOW = 0.5
"""The scale of arrows in tiny pictures."""
_EDGE, _END, _MARGIN = 5.0, 2.0, 10.0
"""Beside what is in a tiny picture, and before and behind it; around an opened block."""


def _tiny(maps: Maps, upwards: bool, slim: float | None, stretch: float) -> Cell:
    """What has no words: an entrance, a joint, a bar, or a box."""
    if maps.source:
        return NOTHING
    if maps.joint or maps.stacking:
        return merge(maps, 3.5, 0.6, upwards)
    return tiny(maps, upwards, slim, stretch)


def miniature(
    inner: Topology,
    maps: Maps,
    upwards: bool = False,
    narrow: float = 1.0,
    stretch: float = 1.0,
) -> Cell:
    """A block without words, on a ground of its own; arrows touch it at its ends.

    Args:
        maps: the box that the block is else.
        narrow: how much less than usual a box is given along a row of many.
        stretch: how much longer than usual boxes are, across the way.
    """
    how = bool(maps.whose), upwards, narrow, stretch
    if how not in inner.drawn:
        inner.drawn[how] = _miniature(inner, maps, upwards, narrow, stretch)
    return inner.drawn[how]


def _miniature(inner: Topology, maps: Maps, upwards: bool, narrow: float, stretch: float) -> Cell:
    slim = narrow if inner.slim else None
    cells = reading([_tiny(one, upwards, slim, stretch) for one in inner.maps], inner.times)
    gap = 10.0 if slim is None else 4.0 * slim
    spacing = Spacing(gap, _SHALLOW)
    picture, middles = composed(cells, inner.wires, inner.end, spacing, upwards=upwards)
    picture = Picture((*grounds(inner, cells, middles, 2.0), *picture.items))
    (left, top), (right, low) = picture.box
    if upwards:
        half = 0.0, (low - top) / 2 + _END
        picture = picture.moved(0.0, -(top + low) / 2)
        (left, right), (top, low) = (left - _EDGE, right + _EDGE), (-half[1], half[1])
        stubs = [((0.0, top), (0.0, top + _END)), ((0.0, low), (0.0, low - _END))]
    else:
        half = (right - left) / 2 + _END, 0.0
        picture = picture.moved(-(left + right) / 2, 0.0)
        (left, right), (top, low) = (-half[0], half[0]), (top - _EDGE, low + _EDGE)
        stubs = [((left, 0.0), (left + _END, 0.0)), ((right, 0.0), (right - _END, 0.0))]
    touch = (left, top), (right, low)
    lines = (Line(ends, LINE, THIN) for ends in stubs)
    items = outlined(touch, maps), *lines, *picture.items
    return Cell(items, half, top=-left if upwards else -top, ground=touch)


def inset(
    inner: Topology, name: str, notes: Costs, *, upwards: bool = False, in_a_line: bool = False
) -> Picture:
    """A block with its words, on a ground of its own, across whose edges lines lead in and out.

    Args:
        notes: what is said below, box by box.
        in_a_line: whether what goes with a layer stands in one line with it.
    """
    part = Worded(inner, notes, upwards, in_a_line=in_a_line)
    picture = part.picture
    (left, top), (right, low) = picture.box
    before, after = _MARGIN, 0.0 if part.last or part.end is None else _MARGIN
    if upwards:
        left, right, top, low = left - _MARGIN, right + _MARGIN, top - after, low + before
        stubs = [((0.0, low), (0.0, low - before - 1))]
        stubs += [((0.0, top), part.exit)] if after else []
    else:
        left, right, top, low = left - before, right + after, top - _MARGIN, low + _MARGIN
        stubs = [((left, 0.0), (left + before + 1, 0.0))]
        stubs += [((right, 0.0), part.exit)] if after else []
    ground = Polygon(((left, top), (right, top), (right, low), (left, low)), Paint("ground2"))
    lines = (Line(ends, LINE, THICK) for ends in stubs)
    said = Words((left, top - 4), name, SIZE, INK, "start")
    return Picture((ground, *lines, *picture.items, said))


def with_names(
    one: Topology, cells: Sequence[Cell], told: Callable[[str], Cell] | None = None
) -> tuple[list[Cell], dict[Edge, bool], int | None]:
    """Cells and arrows, with the names of what a network gives at their ends; and the last cell.

    What has a note and only leaves has an arrow for it to stand on.

    Args:
        told: draws the size of what leaves a whole network, where that is to be said.
    """
    named = one.names.values()
    leaving = [end for end in one.ends if end not in named and _has_an_arrow(one, end, told)]
    leading = [(number, len(cells) + i) for i, number in enumerate((*named, *leaving))]
    end = None if one.end is None else dict(leading).get(one.end, one.end)
    sizes = (shape_words(one.given(one.maps[number])) for number in leaving)
    ends = [*map(plain, one.names), *(NOTHING if told is None else told(size) for size in sizes)]
    ends = stepped(ends, [cells[number].since for number, _ in leading])
    return (
        [*reading(cells, one.times, one.aside), *ends],
        one.wires | dict.fromkeys(leading, False),
        end,
    )


def _has_an_arrow(one: Topology, end: int, told: Callable[[str], Cell] | None) -> bool:
    """Whether an arrow leads on from where a value leaves: to its size, which a layer that gives a
    vector says itself unless it has a label; or for a note to stand on.
    """
    maps = one.maps[end]
    vector = len(one.given(maps)) == 1 and maps.box.part.label is None
    sized = told is not None and not maps.train_only and not (vector and one.whole)
    return sized or one.note(maps) is not None
