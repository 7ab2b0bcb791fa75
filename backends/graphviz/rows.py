"""A long figure in rows, as text is set: what runs from left to right goes on below.

The figure is cut between boxes, where few arrows cross. Which rows it has is chosen by how large
words are then, and among rows with which they are about as large, by how even and how plain these
are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf

from archspec.backends.graphviz.folded import INDENT, Folded
from archspec.backends.graphviz.page import HEADING, MARGIN, Fit, best, fit, scale_of
from archspec.backends.graphviz.sheet import Sheet
from archspec.figures.geometry import Point

_MOST_ROWS = 24
_FINER, _COARSER = 1.06, 1.25
"""From one length of rows that is tried to the next; where boxes are many, fewer are."""

_MANY = 400
"""Boxes."""

_BOTHER = 0.05
"""By what part a figure may be higher for each arrow that need not be cut."""

_FOLD = 6.0
"""What it costs to have rows, in the unit of an arrow that is cut."""

_LONE = {1: 6.0, 2: 1.5}
"""What it costs that a row has so few boxes."""

_WIDOW = 40.0
"""What it costs besides that it is the last row."""

_TIDY = 0.75
"""By how much words may be smaller where no row is a widow."""

_ONE_ROW = 1.0
"""The scale at which what stands in one row is not cut: words have 16 pixels on a slide."""

_UNEVEN = 8.0
"""What it costs that a row is shorter than the page is wide, by the square of what is free."""

_FRAME = 2.5
"""What it costs to cut a frame, where to cut what one box gives costs 1."""

_CROSSING = 3.0
"""To cut what n boxes give costs n to this power: ways that run back side by side are a maze."""

_FURTHER = 100.0
"""By how much rows may stand further from one another than they need, to fill a page."""


@dataclass(frozen=True)
class _Folding:
    """One way to cut a figure."""

    cutter: _Cutter
    cuts: tuple[float, ...]

    @cached_property
    def size(self) -> Point:
        return Folded(self.cutter.sheet, self.cuts).sheet().size

    def bother(self, length: float) -> float:
        """What is bothersome about its rows, were they to be so long."""
        return self.cutter.bother(self.cuts, length)

    @property
    def widow(self) -> bool:
        """Whether hardly anything is left for the last row."""
        return bool(self.cuts) and self.cutter.count(self.cuts[-1], self.cutter.right) in _LONE


def in_rows(sheets: Sequence[Sheet], page: Point) -> tuple[list[Sheet], float]:
    """Figures that stand one below another, each in as many rows as suit a page.

    All have one scale, so that what is narrow enough for the page at the scale of the others is
    not cut. Besides, how bothersome the rows are.

    Args:
        page: the page's width and height in points.
    """
    ways = [list(_foldings(sheet)) for sheet in sheets]
    whole = [way for each in ways for way in each if not way.cuts]
    if scale_of(_size(whole), page) >= _ONE_ROW:
        return _filling(whole, page), 0.0
    found: list[tuple[Fit, tuple[float, list[_Folding]]]] = []
    for across in sorted({way.size[0] for each in ways for way in each}):
        chosen = [_narrow(each, across) for each in ways]
        size = _size(chosen)
        length = page[0] / scale_of(size, page) - 2 * MARGIN
        bother = sum(way.bother(length) for way in chosen)
        found.append((fit(size, page, bother), (bother, chosen)))
    largest = max(each.worth for each, _ in found)
    tidy = [
        (each, (bother, chosen))
        for each, (bother, chosen) in found
        if each.worth >= _TIDY * largest and not any(way.widow for way in chosen)
    ]
    _, (bother, chosen) = best(tidy or found)
    return _filling(chosen, page), bother


def _size(ways: Sequence[_Folding]) -> Point:
    """Of figures that stand one below another, each under its title."""
    return max(way.size[0] for way in ways), sum(way.size[1] + HEADING for way in ways)


def _filling(ways: Sequence[_Folding], page: Point) -> list[Sheet]:
    """Figures in rows that are as long as the page is wide, and as far apart as it has room."""
    size = _size(ways)
    scale = scale_of(size, page)
    spaces = sum(len(way.cuts) for way in ways)
    free = page[1] / scale - 2 * MARGIN - size[1]
    apart = min(max(free, 0.0) / max(spaces, 1), _FURTHER)
    room = page[0] / scale - 2 * MARGIN
    made = []
    for way in ways:
        if not way.cuts:
            made.append(way.cutter.sheet)
            continue
        longest = max(row.length for row in Folded(way.cutter.sheet, way.cuts).rows)
        length = longest + room - way.size[0]
        made.append(Folded(way.cutter.sheet, way.cuts, length, apart).sheet())
    return made


def _foldings(sheet: Sheet) -> Iterator[_Folding]:
    """Ways to cut a figure, with rows of many lengths."""
    cutter = _Cutter(sheet)
    length, _ = sheet.size
    ways: dict[tuple[float, ...], None] = {(): None}
    most = min(len(cutter.cuts) + 1, _MOST_ROWS)
    step = _COARSER if len(sheet.boxes) > _MANY else _FINER  # each takes its time
    while length > sheet.size[0] / most:
        length /= step
        ways.setdefault(cutter.chosen(length))
    for cuts in ways:
        yield _Folding(cutter, cuts)


def _narrow(ways: Sequence[_Folding], across: float) -> _Folding:
    """The lowest of the ways that are no wider, or else the narrowest."""
    found = [way for way in ways if way.size[0] <= across]
    if not found:
        return min(ways, key=lambda way: way.size[0])
    return min(found, key=lambda way: way.size[1] * (1 + _BOTHER * way.bother(across)))


class _Cutter:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        (self.left, _), (self.right, _) = sheet.bounds
        self.cuts = sorted(set(self._gaps()))
        self.middles = sorted(box.middle[0] for box in sheet.boxes)
        boxes = {box.name: box for box in sheet.boxes}
        spans: dict[tuple[str, str], tuple[float, float]] = {}
        for line in sheet.lines:
            value = line.tail, line.attributes.get("style", "")
            start, end = spans.get(value, (inf, -inf))
            left, right = boxes[line.tail].high[0], boxes[line.head].low[0]
            spans[value] = min(start, left), max(end, right)
        crossing = _over(spans.values(), self.cuts)
        framed = _over([(frame.low[0], frame.high[0]) for frame in sheet.frames], self.cuts)
        self.cost: dict[float, float] = {
            c: crossing[c] ** _CROSSING + _FRAME * framed[c] for c in self.cuts
        }

    def _gaps(self) -> Iterator[float]:
        """Where a vertical line meets no box: near the next one, so that words stay before it.

        Where a frame begins between two boxes, also before the frame; where one ends, after it.
        """
        reach = self.left
        edges = sorted(x for frame in self.sheet.frames for x in (frame.low[0], frame.high[0]))
        for box in sorted(self.sheet.boxes, key=lambda box: box.low[0]):
            low = box.low[0]
            if low > reach + 2 * INDENT and reach > self.left:
                yield max((reach + low) / 2, low - INDENT)
                for x in edges[bisect_right(edges, reach) : bisect_left(edges, low)]:
                    yield x - 2.0
                    yield x + 2.0
            reach = max(reach, box.high[0])

    def bother(self, cuts: tuple[float, ...], length: float) -> float:
        """What it costs to cut there: to have rows at all, uneven ones, and each arrow but one."""
        if not cuts:
            return 0.0
        rows = sum(self._row(*ends, length) for ends in pairwise((self.left, *cuts, self.right)))
        return _FOLD + rows + sum(self.cost[cut] - 1 for cut in cuts)

    def _row(self, start: float, end: float, length: float) -> float:
        """What is bothersome about a row, where the longest are so long."""
        free = max(1 - (end - start) / length, 0.0)
        lone = _LONE.get(self.count(start, end), 0.0)
        widow = _WIDOW if lone and end == self.right else 0.0
        return lone + widow + _UNEVEN * free * free

    def count(self, start: float, end: float) -> int:
        """How many boxes a row has."""
        return bisect_left(self.middles, end) - bisect_left(self.middles, start)

    def chosen(self, length: float) -> tuple[float, ...]:
        """Cuts that leave rows that are no longer, where there are such, at the least cost."""
        ends = [*self.cuts, self.right]
        starts = [self.left, *self.cuts]
        least: list[float] = [inf] * len(starts) + [0.0]  # from each start to the end of all
        after = [len(ends)] * len(starts)
        for i in range(len(starts) - 1, -1, -1):
            last = max(bisect_right(ends, starts[i] + length), i + 1)
            for j in range(i, last):
                cost = self._row(starts[i], ends[j], length) + least[j + 1]
                if j < len(self.cuts):
                    cost += self.cost[ends[j]]
                if cost < least[i]:
                    least[i], after[i] = cost, j
        found, i = [], 0
        while after[i] < len(self.cuts):
            found.append(ends[after[i]])
            i = after[i] + 1
        return tuple(found)


def _over(spans: Iterable[tuple[float, float]], places: Iterable[float]) -> dict[float, int]:
    """How many spans each place lies within."""
    starts, ends = (sorted(side) for side in zip(*spans, strict=True)) if spans else ([], [])
    return {place: bisect_left(starts, place) - bisect_right(ends, place) for place in places}
