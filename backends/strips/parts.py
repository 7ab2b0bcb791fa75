"""Blocks in a strip or a tower: tiny, without words; and opened, with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archspec.backends.strips.cells import (
    NOTHING,
    SIZE,
    THICK,
    THIN,
    Cell,
    entrance,
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
from archspec.figures.columns import Edge
from archspec.figures.geometry import around, laid, seen
from archspec.figures.maps import Maps
from archspec.figures.paint import INK, LINE, Paint
from archspec.figures.picture import Line, Picture, Polygon, Words
from archspec.figures.words import shape_words

_SHALLOW = 0.5
"""The scale of arrows in tiny pictures."""
_EDGE, _END, _MARGIN = 5.0, 2.0, 10.0
"""Beside what is in a tiny picture, and before and behind it; around an opened block."""
_OUTLINE = 1.5
"""By so much the line around a box may reach beyond where arrows touch it."""


def _tiny(maps: Maps, upwards: bool, slim: float | None, stretch: float) -> Cell:
    """What has no words: a joint, a bar, or a box."""
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
    way_in = entrance(upwards, _SHALLOW, alone=len(inner.sources) == 1)
    cells = [_tiny(one, upwards, slim, stretch) for one in inner.maps[len(inner.sources) :]]
    cells = reading([*[way_in] * len(inner.sources), *cells], inner.times)
    gap = 10.0 if slim is None else 4.0 * slim
    spacing = Spacing(gap, _SHALLOW)
    picture, middles = composed(cells, inner.wires, inner.end, spacing, upwards=upwards)
    under = (*grounds(inner, cells, middles, 2.0),)
    at = [laid(point, upwards) for point in middles]
    (left, top), (right, low) = around(
        laid(corner, upwards) for corner in Picture((*under, *picture.items)).box
    )
    begin, end = left - _END, right + _END
    entries = [at[number] for number in inner.sources]
    reached = entries or [(at[0][0] - cells[0].half[upwards], 0.0)]
    stubs = [((begin, y), (_reached(left, x), y)) for x, y in reached]
    if inner.end is not None:
        leaves = at[inner.end][0] + cells[inner.end].half[upwards]
        stubs.append(((end, 0.0), (_reached(right, leaves), 0.0)))
    lines = (Line(tuple(seen(p, upwards) for p in ends), LINE, THIN) for ends in stubs)
    shift = seen((-(left + right) / 2, 0.0), upwards)
    inside = Picture((*under, *lines, *picture.items)).moved(*shift).items
    half = (right - left) / 2 + _END
    ground = around(seen(p, upwards) for p in ((-half, top - _EDGE), (half, low + _EDGE)))
    return Cell(
        (outlined(ground, maps), *inside),
        (0.0, half) if upwards else (half, 0.0),
        top=_EDGE - top,
        ground=ground,
        ports=tuple(y for _, y in entries if y),
    )


def _reached(edge: float, near: float) -> float:
    """How far a line leads from beyond a picture: to its edge, or where a ground lies between, on.

    Args:
        near: where what it leads to is.
    """
    return near if abs(near - edge) > _OUTLINE else edge


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
        stubs = [((x, low), (x, _reached(low - before, y) - 1)) for x, y in part.entries]
        stubs += [((0.0, top), part.exit)] if after else []
    else:
        left, right, top, low = left - before, right + after, top - _MARGIN, low + _MARGIN
        stubs = [((left, y), (_reached(left + before, x) + 1, y)) for x, y in part.entries]
        stubs += [((right, 0.0), part.exit)] if after else []
    ground = Polygon(((left, top), (right, top), (right, low), (left, low)), Paint("ground2"))
    lines = (Line(ends, LINE, THICK) for ends in stubs)
    said = Words((left, top - 4), name, SIZE, INK, "start")
    within, items = picture.items[: part.under], picture.items[part.under :]
    return Picture((ground, *within, *lines, *items, said))


def with_names(
    one: Topology, cells: Sequence[Cell], told: Callable[[str], Cell] | None = None
) -> tuple[list[Cell], dict[Edge, bool], int | None]:
    """Cells and arrows, with the names of what a network gives at their ends; and the last cell.

    What has a note and only leaves has an arrow for it to stand on.

    Args:
        told: draws the size of what leaves a whole network, where that is to be said.
    """
    named = one.named.values()
    leaving = [end for end in one.ends if end not in named and _has_an_arrow(one, end, told)]
    leading = [(number, len(cells) + i) for i, number in enumerate((*named, *leaving))]
    end = None if one.end is None else dict(leading).get(one.end, one.end)
    sizes = (shape_words(one.given(one.maps[number])) for number in leaving)
    ends = [*map(plain, one.called()), *(NOTHING if told is None else told(size) for size in sizes)]
    ends = stepped(ends, [cells[number].since for number, _ in leading])
    wires = one.wires | {edge: edge[0] in one.for_losses for edge in leading}
    return [*reading(cells, one.times, one.aside), *ends], wires, end


def _has_an_arrow(one: Topology, end: int, told: Callable[[str], Cell] | None) -> bool:
    """Whether an arrow leads on from where a value leaves: to its size, which a layer that gives a
    vector at the end says itself unless it has a label; or for a note to stand on.
    """
    maps = one.maps[end]
    vector = len(one.given(maps)) == 1 and maps.box.part.label is None and end not in one.for_losses
    sized = told is not None and not maps.train_only and not (vector and one.whole)
    return sized or one.note(maps) is not None
