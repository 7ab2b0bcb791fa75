"""Arrows along their ways: each stretch drawn once, whoever shares it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain, pairwise, repeat

from archspec.figures.geometry import Point, rounded
from archspec.figures.paint import LINE, Paint
from archspec.figures.picture import ALWAYS, Item, Line, Polygon

_HEAD, _SPREAD = 6.0, 2.4
"""Length and half the width of an arrow's head."""

Interval = tuple[float, float]
Stretch = tuple[float, float, int]
"""An interval of a line, and the step with which it comes."""


def head(last: Sequence[Point], thick: float) -> Polygon:
    """The head of an arrow whose last part, level or upright, leads from one point to the other."""
    ux, uy = towards(last)
    x, y = neck(last, thick)
    spread = _SPREAD * thick
    sides = [(x + s * uy * spread, y + s * ux * spread) for s in (1, -1)]
    return Polygon((last[1], *sides), LINE)


def neck(last: Sequence[Point], thick: float) -> Point:
    """Where the line of an arrow ends and its head begins, exactly upon its last part."""
    ux, uy = towards(last)
    _, (x, y) = last
    return x - ux * _HEAD * thick, y - uy * _HEAD * thick


def towards(last: Sequence[Point]) -> Point:
    """The direction of a level or upright line, of the length 1; of a point, nothing."""
    (x0, y0), (x1, y1) = last
    length = max(abs(x1 - x0) + abs(y1 - y0), 1e-9)
    return (x1 - x0) / length, (y1 - y0) / length


class Arrows:
    """Draws arrows, and remembers where lines run.

    A line that is drawn twice comes out bolder than the others.

    Args:
        radius: of rounded corners.
        thick: of lines; heads grow with it.
    """

    def __init__(self, radius: float = 0.0, thick: float = 1.0, line: Paint = LINE) -> None:
        self.radius, self.thick, self.line = radius, thick, line
        self.drawn: dict[tuple[bool, float], list[Interval]] = {}
        """What is drawn of each upright (True) and each level line, in intervals that are apart."""
        self.expected: dict[tuple[bool, float], list[Interval]] = {}
        """The same of all ways, drawn or yet to be: many share a line, few intervals are apart."""
        self.ends: set[Point] = set()
        self.coming: dict[tuple[bool, float], list[Stretch]] = {}
        """All that is on each line, drawn or yet to be, each interval with its step."""
        self.earliest: dict[tuple[bool, float], list[Stretch]] = {}
        """The same in stretches that are apart, each with the first of the steps there."""
        self.first: dict[tuple[bool, float], int] = {}
        """The first step with which anything is on a line."""
        self.tips: dict[Point, int] = {}

    def expect(self, ways: Iterable[Sequence[Point]], steps: Iterable[int] = ()) -> None:
        """Learn which ways will be drawn, so that where they fork and meet no corner is rounded.

        A corner that is rounded does not reach the line that goes straight on from it.

        Args:
            steps: with which each comes; what several share comes with the first of them.
        """
        for way, since in zip(ways, chain(steps, repeat(ALWAYS)), strict=False):
            for a, b in pairwise(way):
                line, interval = _line(a, b)
                self.expected[line] = _with(interval, self.expected.get(line, []))
                self.coming.setdefault(line, []).append((*interval, since))
                self.earliest.pop(line, None)
                self.first[line] = min(self.first.get(line, since), since)
            self.tips[way[-1]] = min(self.tips.get(way[-1], since), since)

    def _forks(self, corner: Point) -> bool:
        """Whether more than two lines lead from a corner."""
        x, y = corner
        arms = 0
        for line, at in (((True, x), y), ((False, y), x)):
            for low, high in self.expected.get(line, ()):
                arms += (low < at <= high) + (low <= at < high)
        return arms > 2

    def along(self, way: Sequence[Point], dashed: bool, since: int = ALWAYS) -> Iterator[Item]:
        """A line along a way of level and upright parts, and its head, there from a step on."""
        tip = head(way[-2:], self.thick)
        for new in self._new([*way[:-1], neck(way[-2:], self.thick)]):
            for part, step in self._stepped(new, since) if len(new) > 1 else ():
                corners = rounded(part, self.radius, self._forks) if self.radius else part
                yield Line(tuple(corners), self.line, self.thick, dashed, step)
        if way[-1] not in self.ends:
            yield Polygon(tip.points, self.line, since=self.tips.get(way[-1], since))
            self.ends.add(way[-1])

    def _stepped(self, way: Sequence[Point], since: int) -> Iterator[tuple[list[Point], int]]:
        """A way in parts, each with its step, of which there are several where others share it."""
        part, now = [way[0]], since
        for a, b in pairwise(way):
            for start, end, step in self._stretches(a, b, since):
                if step != now:
                    if len(part) > 1:
                        yield part, now
                    part, now = [start], step
                part.append(end)
        yield part, now

    def _stretches(self, a: Point, b: Point, since: int) -> Iterator[tuple[Point, Point, int]]:
        """From where to where a line comes with one step; stretches overlap, so that none shows.

        What is shared reaches as far as what turns there is thick.
        """
        line, (low, high) = _line(a, b)
        if self.first.get(line, since) >= since:
            yield a, b, since
            return
        reach = self.thick / 2
        earlier = [
            (first - reach, last + reach, step)
            for first, last, step in self._earliest(line, low, high)
            if step < since
        ]
        if not earlier:
            yield a, b, since
            return
        inner = sorted({x for one in earlier for x in one[:2] if low < x < high})
        steps = [
            min((step for x, y, step in earlier if x <= one and other <= y), default=since)
            for one, other in pairwise([low, *inner, high])
        ]
        forward = a < b
        if not forward:
            inner, steps = inner[::-1], steps[::-1]
        start = a
        for cut, (step, after) in zip(inner, pairwise(steps), strict=True):
            if step != after:
                yield start, _on(line, cut), step
                start = _on(line, cut - self.thick if forward else cut + self.thick)
        yield start, b, steps[-1]

    def _earliest(self, line: tuple[bool, float], low: float, high: float) -> Sequence[Stretch]:
        """What is on a line between two places, as stretches with the first step of each."""
        if line not in self.earliest:
            self.earliest[line] = _first_steps(self.coming.get(line, ()))
        found = self.earliest[line]
        begin = bisect_right(found, low, key=lambda stretch: stretch[1])
        return found[begin : bisect_left(found, high, key=lambda stretch: stretch[0])]

    def _new(self, way: Sequence[Point]) -> Iterator[list[Point]]:
        """The parts of a way along which nothing is drawn yet, corners within a part kept."""
        part = [way[0]]
        for a, b in pairwise(way):
            line, interval = _line(a, b)
            upright, fixed = line
            start, end = (a[1], b[1]) if upright else (a[0], b[0])
            before = self.drawn.setdefault(line, [])
            for low, high in _without(interval, before, start > end):
                first, last = (high, low) if start > end else (low, high)
                if first != start:
                    yield part
                    part = [(fixed, first) if upright else (first, fixed)]
                part.append((fixed, last) if upright else (last, fixed))
            if part[-1] != b:
                yield part
                part = [b]
            self.drawn[line] = _with(interval, before)
        yield part


def _line(a: Point, b: Point) -> tuple[tuple[bool, float], Interval]:
    """The upright (True) or level line that two points lie on, and the interval between them."""
    upright = a[0] == b[0]
    start, end = (a[1], b[1]) if upright else (a[0], b[0])
    return (upright, a[0] if upright else a[1]), (min(start, end), max(start, end))


def _on(line: tuple[bool, float], along: float) -> Point:
    """A point of a level line, or of an upright one."""
    upright, fixed = line
    return (fixed, along) if upright else (along, fixed)


def _with(whole: Interval, others: Sequence[Interval]) -> list[Interval]:
    """Intervals that are apart, and another one, as such intervals again."""
    low, high = whole
    near = [(a, b) for a, b in others if a <= high and low <= b]
    apart = [(a, b) for a, b in others if not (a <= high and low <= b)]
    starts, ends = zip(whole, *near, strict=True)
    return [*apart, (min(starts), max(ends))]


def _first_steps(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches as such that are apart and in order, each with the first step of those there."""
    coming = sorted(stretches)
    places = sorted({place for low, high, _ in coming for place in (low, high)})
    here: list[tuple[int, float]] = []
    found: list[Stretch] = []
    at = 0
    for low, high in pairwise(places):
        while at < len(coming) and coming[at][0] == low:
            heappush(here, (coming[at][2], coming[at][1]))
            at += 1
        while here and here[0][1] <= low:
            heappop(here)
        if here:
            found.append((low, high, here[0][0]))
    return found


def _without(whole: Interval, others: Iterable[Interval], backwards: bool) -> list[Interval]:
    """What is left of an interval, in the order in which it is passed."""
    left = [whole]
    for low, high in others:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, low)), (max(a, high), b))
            if part[0] < part[1]
        ]
    return sorted(left, reverse=backwards)
