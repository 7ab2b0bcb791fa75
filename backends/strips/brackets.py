"""Brackets under a strip, with the names of its stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archspec.backends.strips.cells import LEADING, RISE, SIZE, THICK
from archspec.figures.geometry import Point
from archspec.figures.measure import width
from archspec.figures.paint import FAINT, INK, LINE
from archspec.figures.picture import Anchor, Item, Line, Picture, Words

_TICK = 4.0
_BELOW = 8.0
_ROW = LEADING * SIZE

Stage = tuple[Sequence[str], int, int]
"""Its name and what leaves it, if that is said; its first and its last cell."""
Extent = tuple[float, float]


def upright_brackets(
    stages: Iterable[Stage], places: Sequence[Extent], left: float, since: Sequence[int]
) -> Iterator[Item]:
    """A bracket a stage, left of what reaches to `left`.

    Args:
        places: the upper and lower edge of each cell.
        since: the step with which each comes; a bracket comes with the last in it.
    """
    lanes: dict[float, list[Extent]] = {}
    further = left - _BELOW
    for stage in stages:
        lines, (top, low) = stage[0], _extent(stage, places)
        middle, half = (top + low) / 2, len(lines) * _ROW / 2
        high, deep = min(top, middle - half), max(low, middle + half)
        free = (x for x, taken in lanes.items() if all(deep <= a or b <= high for a, b in taken))
        x = next(free, further)
        if x == further:
            further -= _BELOW + _TICK + _across(lines) + SIZE
        lanes.setdefault(x, []).append((high, deep))
        ends = (x + _TICK, top), (x, top), (x, low), (x + _TICK, low)
        step = _whole(stage, since)
        yield Line(ends, LINE, THICK, since=step)
        y = middle - half + _ROW / 2 + RISE * SIZE
        yield from _written(lines, (x - 4, y), "end", step)


def brackets(
    stages: Iterable[Stage], places: Sequence[Extent], low: float, since: Sequence[int]
) -> Iterator[Item]:
    """A bracket a stage, below what reaches down to `low`.

    Args:
        places: the left and right edge of each cell.
        since: the step with which each comes; a bracket comes with the last in it.
    """
    y = low + _BELOW
    found = list(stages)
    for group in _nested(found):
        rows = [*_row(group, places, y, since)]
        yield from rows
        y = Picture(tuple(rows)).box[1][1] + _BELOW


def _nested(stages: Sequence[Stage]) -> Iterator[list[Stage]]:
    """Stages in rows, those that hold others further out than these."""
    left = list(stages)
    while left:
        inner = [one for one in left if not any(_holds(one, other) for other in left)]
        yield inner
        left = [one for one in left if one not in inner]


def _holds(outer: Stage, inner: Stage) -> bool:
    """Whether a stage has all cells of another one, and more."""
    (_, first, last), (_, start, end) = outer, inner
    return first <= start and end <= last and (first, last) != (start, end)


def _row(
    stages: Sequence[Stage], places: Sequence[Extent], y: float, since: Sequence[int]
) -> Iterator[Item]:
    """Brackets at one height, and their names below them, in as many rows as they need."""
    ends: list[float] = []
    high = _ROW * max(len(lines) for lines, *_ in stages)
    for stage in sorted(stages, key=lambda stage: places[stage[1]][0]):
        lines, (left, right) = stage[0], _extent(stage, places)
        corners = (left, y - _TICK), (left, y), (right, y), (right, y - _TICK)
        step = _whole(stage, since)
        yield Line(corners, LINE, THICK, since=step)
        middle, half = (left + right) / 2, _across(lines) / 2
        row = next((n for n, end in enumerate(ends) if end < middle - half), len(ends))
        ends[row : row + 1] = [middle + half + SIZE / 2]
        yield from _written(lines, (middle, y + high * row + _ROW), "middle", step)


def _across(lines: Sequence[str]) -> float:
    return max(width(line, SIZE) for line in lines)


def _written(lines: Sequence[str], at: Point, anchor: Anchor, step: int) -> Iterator[Words]:
    """A name, and below it what leaves the stage."""
    for number, line in enumerate(lines):
        place = at[0], at[1] + number * _ROW
        yield Words(place, line, SIZE, FAINT if number else INK, anchor, since=step)


def _whole(stage: Stage, since: Sequence[int]) -> int:
    """The step with which all of a stage is there."""
    _, first, last = stage
    return max(since[first : last + 1])


def _extent(stage: Stage, places: Sequence[Extent]) -> Extent:
    """From the first edge of a stage's cells to their last."""
    _, first, last = stage
    starts, ends = zip(*places[first : last + 1], strict=True)
    return min(starts), max(ends)
