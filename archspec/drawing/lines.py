"""Arrows along their ways: each stretch drawn once, whoever shares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from archspec.drawing.geometry import Point, rounded
from archspec.drawing.paint import LINE, Paint
from archspec.drawing.picture import Item, Line, Polygon

_HEAD, _SPREAD = 6.0, 2.4
"""Length and half the width of an arrow's head."""

Interval = tuple[float, float]


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
        self.ends: set[Point] = set()
        self.expected: dict[tuple[bool, float], list[Interval]] = {}
        """The same of all ways, drawn or yet to be."""

    def expect(self, ways: Iterable[Sequence[Point]]) -> None:
        """Learn which ways will be drawn, so that where they fork and meet no corner is rounded.

        A corner that is rounded does not reach the line that goes straight on from it.
        """
        for way in ways:
            for a, b in pairwise(way):
                line, interval = _line(a, b)
                self.expected[line] = _with(interval, self.expected.get(line, []))

    def _forks(self, corner: Point) -> bool:
        """Whether more than two lines lead from a corner."""
        x, y = corner
        arms = 0
        for line, at in (((True, x), y), ((False, y), x)):
            for low, high in self.expected.get(line, ()):
                arms += (low < at <= high) + (low <= at < high)
        return arms > 2

    def along(self, way: Sequence[Point], dashed: bool) -> Iterator[Item]:
        """A line along a way of level and upright parts, and its head."""
        tip = head(way[-2:], self.thick)
        for part in self._new([*way[:-1], neck(way[-2:], self.thick)]):
            if len(part) > 1:
                corners = rounded(part, self.radius, self._forks) if self.radius else part
                yield Line(tuple(corners), self.line, self.thick, dashed)
        if way[-1] not in self.ends:
            yield Polygon(tip.points, self.line)
            self.ends.add(way[-1])

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


def _with(whole: Interval, others: Sequence[Interval]) -> list[Interval]:
    """Intervals that are apart, and another one, as such intervals again."""
    low, high = whole
    near = [(a, b) for a, b in others if a <= high and low <= b]
    apart = [(a, b) for a, b in others if not (a <= high and low <= b)]
    starts, ends = zip(whole, *near, strict=True)
    return [*apart, (min(starts), max(ends))]


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
