"""Words beside what is drawn without any, where there is room: a bar, what is for training only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.strips.cells import SIZE, Cell
from archspec.backends.strips.topology import Topology
from archspec.figures.geometry import Corners, Point, around, overlap
from archspec.figures.maps import Maps
from archspec.figures.opwords import op_name
from archspec.figures.paint import FAINT
from archspec.figures.picture import Anchor, Item, Line, Polygon, Words, corners
from archspec.ir.graph import Node

_NEAR, _CLEAR = 4.0, 0.5
"""From what words stand beside; and from anything else to their left or right, at the least."""
_HEIGHT = 0.72
"""Of the size of words: how high capitals are."""


def training_only(one: Topology, cells: Sequence[Cell]) -> list[Cell]:
    """Cells, the first of those for training only with the words that say so of all.

    Those that hang on a run of boxes say where.
    """
    first = next((n for n, maps in enumerate(one.maps) if maps.train_only), None)
    if first is None or all(maps.train_only or maps.source for maps in one.maps):
        return list(cells)
    found = []
    for number, (cell, maps) in enumerate(zip(cells, one.maps, strict=True)):
        said = ["training only"] if number == first else []
        if maps.after:
            said.append(f"after {' and '.join(maps.after)}")
        found.append(replace(cell, said=", ".join(said)) if said else cell)
    return found


def named_bar(cell: Cell, maps: Maps) -> Cell:
    """A bar with the name of what it does."""
    part = maps.box.part
    if cell.bar is None or not isinstance(part, Node):
        return cell
    return replace(cell, said=op_name(part))


def captions(
    cells: Sequence[tuple[Cell, Corners]], items: Sequence[Item], upwards: bool
) -> Iterator[Words]:
    """What is said beside cells: above or below, or at their sides; what has no room is not said.

    Args:
        cells: with the corners of what is drawn of each.
        items: all that is drawn.
    """
    taken: list[Corners] | None = None
    for cell, box in cells:
        if not cell.said:
            continue
        if taken is None:
            taken = [part for item in items for part in _covered(item)]
        places = [
            (words, _kept_clear(words)) for words in _places(cell, _whole(cell, box), upwards)
        ]
        reach = around(corner for _, covered in places for corner in covered)
        near = [other for other in taken if overlap(reach, other)]
        for words, covered in places:
            if not any(overlap(covered, other) for other in near):
                taken.append(covered)
                yield words
                break


def _whole(cell: Cell, box: Corners) -> Corners:
    """The corners of what is drawn of a cell, with the box behind it if it stands for several."""
    if cell.bar is not None:
        return box
    boxes = [corners(item) for item in cell.items if isinstance(item, Polygon)]
    ((left, top), (right, low)), (x, y) = box, cell.half
    (a, b), (c, d) = around(point for each in boxes for point in each)
    return (left + a + x, top + b + y), (right + c - x, low + d - y)


def _places(cell: Cell, box: Corners, upwards: bool) -> Iterator[Words]:
    """Where the words of a cell may stand, the best place first: next to it, or a line beneath."""
    (left, top), (right, low) = box
    over, under, height = (
        top - _NEAR,
        low + _NEAR + _HEIGHT * SIZE,
        (top + low + _HEIGHT * SIZE) / 2,
    )
    along: list[tuple[Point, Anchor]] = [
        ((right, y), "end") if end else (((left + right) / 2, y), "middle")
        for end in dict.fromkeys((cell.flush, False))
        for y in (over, under)
    ]
    across: list[tuple[Point, Anchor]] = [
        ((right + _NEAR, height), "start"),
        ((left - _NEAR, height), "end"),
    ]
    beneath: list[tuple[Point, Anchor]] = [
        ((left, under), "start"),
        ((left, under + SIZE), "start"),
    ]
    lengthwise = (cell.bar is not None) != upwards
    order = [*along, *across, *beneath] if lengthwise else [*across, *along[::-1]]
    since = cell.since
    return (Words(point, cell.said, SIZE, FAINT, anchor, since=since) for point, anchor in order)


def _kept_clear(words: Words) -> Corners:
    """What words cover, and a little at their left and right."""
    (left, top), (right, low) = corners(words)
    return (left - _CLEAR, top), (right + _CLEAR, low)


def _covered(item: Item) -> Iterator[Corners]:
    """What an item covers, a line stretch by stretch."""
    if not isinstance(item, Line):
        yield corners(item)
        return
    for stretch in pairwise(item.points):
        (left, top), (right, low) = around(stretch)
        half = item.thick / 2
        yield (left - half, top - half), (right + half, low + half)
