"""Points and rectangles, with lengths in points of 1/72 inch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import hypot

Point = tuple[float, float]

Corners = tuple[Point, Point]
"""Of a rectangle: the least coordinates, and the greatest; a level or upright line is one, too."""


def around(points: Iterable[Point]) -> Corners:
    """The smallest rectangle that holds points, of which there is one at least."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))


def middle(corners: Corners) -> Point:
    """Of a rectangle."""
    (x0, y0), (x1, y1) = corners
    return (x0 + x1) / 2, (y0 + y1) / 2


def moved(corners: Corners, dx: float, dy: float) -> Corners:
    """The corners of a box elsewhere."""
    (left, top), (right, low) = corners
    return (left + dx, top + dy), (right + dx, low + dy)


def seen(point: Point, upwards: bool) -> Point:
    """Where a point of what goes from left to right is, if that is drawn from bottom to top."""
    return (point[1], -point[0]) if upwards else point


def laid(point: Point, upwards: bool) -> Point:
    """Where a point that is seen would be, if what it is of went from left to right."""
    return (-point[1], point[0]) if upwards else point


def overlap(one: Corners, other: Corners) -> bool:
    """Whether two rectangles do; those that touch do not."""
    ((a, b), (c, d)), ((e, f), (g, h)) = one, other
    return a < g and e < c and b < h and f < d


def meet(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether two convex shapes overlap, which no line along an edge of either parts."""
    for shape in (one, other):
        for (x0, y0), (x1, y1) in pairwise((*shape, shape[0])):
            ours, theirs = (
                [(x * (y1 - y0) + y * (x0 - x1)) for x, y in points] for points in (one, other)
            )
            if max(ours) <= min(theirs) or max(theirs) <= min(ours):
                return False
    return True


def turning(way: Sequence[Point]) -> Iterator[Point]:
    """The ends of a way of level and upright lines, and the points at which it turns."""
    points = [point for point, _ in groupby(way)]
    yield points[0]
    for around in zip(points, points[1:], points[2:], strict=False):
        if all(len({point[axis] for point in around}) > 1 for axis in (0, 1)):
            yield around[1]
    yield points[-1]


def holds(one: Corners, other: Corners) -> bool:
    """Whether the other rectangle lies within this one."""
    ((a, b), (c, d)), ((e, f), (g, h)) = one, other
    return a <= e and g <= c and b <= f and h <= d


@dataclass(slots=True)
class Place:
    """Where a box stands: its centre and its size; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        return self.x, self.y - self.height / 2

    @property
    def bottom(self) -> Point:
        return self.x, self.y + self.height / 2

    @property
    def corners(self) -> Corners:
        return (self.left[0], self.top[1]), (self.right[0], self.bottom[1])


def rounded(
    way: Sequence[Point], radius: float, sharp: Callable[[Point], bool] = lambda _: False
) -> Iterator[Point]:
    """A way whose corners are rounded, each by as much as its sides have room for.

    Args:
        sharp: whether a corner stays as it is.
    """
    for i, corner in enumerate(way):
        if i in (0, len(way) - 1) or sharp(corner):
            yield corner
            continue
        before, after = way[i - 1], way[i + 1]
        ends = (i == 1, i == len(way) - 2)  # where a side has no other corner
        sides = (_apart(corner, other) for other in (before, after))
        turn = min(radius, *(s if end else s / 2 for s, end in zip(sides, ends, strict=True)))
        first, last = _towards(corner, before, turn), _towards(corner, after, turn)
        for step in range(_STEPS + 1):
            t = step / _STEPS
            x, y = (
                (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
                for a, b, c in zip(first, corner, last, strict=True)
            )
            yield x, y


_STEPS = 5
"""Lines that stand for the quarter of a circle."""


def _apart(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _towards(point: Point, other: Point, far: float) -> Point:
    share = far / max(_apart(point, other), 1e-9)
    return point[0] + (other[0] - point[0]) * share, point[1] + (other[1] - point[1]) * share
