"""Thick arrows, from level to level of a U, and a key to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from archspec.backends.strips.cells import RISE, SIZE
from archspec.figures.geometry import Point
from archspec.figures.lines import Arrows, towards
from archspec.figures.measure import width
from archspec.figures.paint import INK, LINE, Paint
from archspec.figures.picture import Item, Line, Picture, Polygon, Words

HALF = 6.5
"""Of the width of a thick arrow's head."""
EDGE = HALF + 1.5
"""How far from a corner it is at the least."""
_SHAFT, _LENGTH, _BAR = 2.8, 8.0, 5.0
_BOLD = 2.2
_ROW = 26.0
"""From row to row of a key."""

COPY = Paint("faint")

Interval = tuple[float, float]

NEARLY = 2.0
"""By so much intervals may miss each other, in whose middle an arrow then is."""


def inner(low: float, high: float) -> Interval:
    """Where on a side, from its one end to the other, the head of a thick arrow has room."""
    room = min(EDGE, (high - low) / 2)
    return low + room, high - room


def shared(one: Interval, other: Interval) -> Interval | None:
    """What two intervals have in common."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high + NEARLY else None


def thick(way: Sequence[Point], fill: Paint) -> Polygon:
    """An arrow along a way of level and upright parts, as one shape with an outline."""
    (x1, y1), (ux, uy) = way[-1], towards(way[-2:])
    neck = x1 - ux * _LENGTH, y1 - uy * _LENGTH
    shaft = [*way[:-1], neck]
    one, other = (list(_beside(shaft, side * _SHAFT)) for side in (1.0, -1.0))
    head = [(neck[0] - uy * s * HALF, neck[1] + ux * s * HALF) for s in (1.0, -1.0)]
    return Polygon((*one, head[0], (x1, y1), head[1], *reversed(other)), fill, LINE, 0.8)


def _beside(way: Sequence[Point], far: float) -> Iterator[Point]:
    """The corners of a line so far to the right of a way, as one looks along it."""
    sides = [_normal(one, other) for one, other in pairwise(way)]
    for point, before, after in zip(way, [sides[0], *sides], [*sides, sides[-1]], strict=True):
        across = {before, after}
        yield (
            point[0] + far * sum(x for x, _ in across),
            point[1] + far * sum(y for _, y in across),
        )


def _normal(one: Point, other: Point) -> Point:
    (x0, y0), (x1, y1) = one, other
    return float((y0 > y1) - (y0 < y1)), float((x1 > x0) - (x1 < x0))


def copied() -> Arrows:
    """What draws the arrows of copies."""
    return Arrows(4.0, _BOLD, COPY)


def key(entries: Iterable[tuple[Paint, int | None, str]], across: float) -> Picture:
    """What arrows and bars mean, in rows no longer than so much, if they hold more than one entry.

    Args:
        entries: the colour of each, whether it goes up (-1), down (1) or across (0), or is a bar
            (None), and what it stands for.
    """
    rows: list[list[Item]] = []
    x = 0.0
    for fill, turn, text in entries:
        sign, begin = _sign(fill, turn)
        end = begin + width(text, SIZE)
        if not rows or x + end > across:
            rows.append([])
            x = 0.0
        said = Words((begin, RISE * SIZE), text, SIZE, INK, "start")
        rows[-1] += Picture((*sign, said)).moved(x, len(rows) * _ROW).items
        x += end + 22
    return Picture(tuple(item for row in rows for item in row))


def _sign(fill: Paint, turn: int | None) -> tuple[Sequence[Item], float]:
    """What stands in a key for an arrow or a bar, and where words begin beside it."""
    if turn is None:
        corners = ((0.0, -10.0), (_BAR, -10.0), (_BAR, 10.0), (0.0, 10.0))
        return [Polygon(corners, fill, LINE)], _BAR + 5
    if turn:
        return [thick(((HALF, -turn * 10.0), (HALF, turn * 10.0)), fill)], 2 * HALF + 5
    return [Line(((0.0, 0.0), (26.0, 0.0)), fill, _BOLD)], 31.0
