"""Convex polygons, and which of many overlap: without archspec's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import hypot

from tests.rectangles import TINY, Rectangle

Point = tuple[float, float]
Shape = Sequence[Point]


def around(shape: Shape) -> Rectangle:
    xs, ys = zip(*shape, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def corners(box: Rectangle) -> Shape:
    left, top, right, low = box
    return (left, top), (right, top), (right, low), (left, low)


def edges(shape: Shape) -> Iterator[tuple[Point, Point]]:
    return pairwise((*shape, shape[0]))


def meet(one: Shape, other: Shape) -> bool:
    """Whether two convex shapes overlap: no line along an edge of either parts them."""
    for shape in (one, other):
        for (x0, y0), (x1, y1) in edges(shape):
            across = y1 - y0, x0 - x1
            long = hypot(*across)
            if long < TINY:
                continue
            a, b = (
                [(x * across[0] + y * across[1]) / long for x, y in points]
                for points in (one, other)
            )
            if max(a) <= min(b) + TINY or max(b) <= min(a) + TINY:
                return False
    return True


def meeting(*groups: Iterable[Shape]) -> list[tuple[Shape, Shape]]:
    """Which shapes overlap with which of another group: a sweep from left to right."""
    shapes = [(around(s), s, kind) for kind, some in enumerate(groups) for s in some]
    found: list[tuple[Shape, Shape]] = []
    reaching: list[tuple[Rectangle, Shape, int]] = []
    for box, shape, kind in sorted(shapes, key=lambda each: each[0]):
        reaching = [each for each in reaching if each[0][2] > box[0] + TINY]
        for b, s, k in reaching:
            if k != kind and b[1] < box[3] - TINY and box[1] < b[3] - TINY and meet(s, shape):
                found.append((s, shape))
        reaching.append((box, shape, kind))
    return found


def apart(point: Point, shape: Shape) -> float:
    """How far a point is from the outline of a shape."""
    found = []
    for (x0, y0), (x1, y1) in edges(shape):
        dx, dy = x1 - x0, y1 - y0
        long = dx * dx + dy * dy
        share = ((point[0] - x0) * dx + (point[1] - y0) * dy) / long if long else 0.0
        share = min(max(share, 0.0), 1.0)
        found.append(hypot(point[0] - x0 - share * dx, point[1] - y0 - share * dy))
    return min(found)
