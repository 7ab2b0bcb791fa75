"""Words beside what is drawn without any, where there is room: a bar, what is for training only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.strips.cells import SIZE, Cell
from archspec.backends.strips.topology import Topology
from archspec.drawing.geometry import Corners, Point, around, overlap
from archspec.drawing.maps import Maps
from archspec.drawing.opwords import op_name
from archspec.drawing.paint import FAINT
from archspec.drawing.picture import Anchor, Item, Line, Words, corners
from archspec.graph import Node

_NEAR, _CLEAR = 4.0, 0.5
"""From what words stand beside; and from anything else to their left or right, at the least."""
_HEIGHT = 0.72
"""Of the size of words: how high capitals are."""


def training_only(one: Topology, cells: Sequence[Cell]) -> list[Cell]:
    """Cells, the first of those for training only with the words that say so of all."""
    first = next((n for n, maps in enumerate(one.maps) if maps.train_only), None)
    if first is None or all(maps.train_only or maps.source for maps in one.maps):
        return list(cells)
    return [replace(c, said="training only") if n == first else c for n, c in enumerate(cells)]


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
        places = [(words, _kept_clear(words)) for words in _places(cell, box, upwards)]
        reach = around(corner for _, covered in places for corner in covered)
        near = [other for other in taken if overlap(reach, other)]
        for words, covered in places:
            if not any(overlap(covered, other) for other in near):
                taken.append(covered)
                yield words
                break


def _places(cell: Cell, box: Corners, upwards: bool) -> Iterator[Words]:
    """Where the words of a cell may stand, the best place first."""
    (left, top), (right, low) = box
    middle, height = (left + right) / 2, (top + low + _HEIGHT * SIZE) / 2
    above: tuple[Point, Anchor] = (middle, top - _NEAR), "middle"
    below: tuple[Point, Anchor] = (middle, low + _NEAR + _HEIGHT * SIZE), "middle"
    after: tuple[Point, Anchor] = (right + _NEAR, height), "start"
    before: tuple[Point, Anchor] = (left - _NEAR, height), "end"
    lengthwise = (cell.bar is not None) != upwards
    order = (above, below, after, before) if lengthwise else (after, before, below, above)
    return (Words(at, cell.said, SIZE, FAINT, anchor, since=cell.since) for at, anchor in order)


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
