"""Points and rectangles, with lengths in points of 1/72 inch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


def overlap(one: Corners, other: Corners) -> bool:
    """Whether two rectangles do; those that touch do not."""
    ((a, b), (c, d)), ((e, f), (g, h)) = one, other
    return a < g and e < c and b < h and f < d


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
