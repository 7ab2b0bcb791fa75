"""Rectangles as (left, top, right, bottom), and which of many overlap: without archspec's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

Rectangle = tuple[float, float, float, float]

TINY = 0.01


def crossing(ones: Iterable[Rectangle], others: Iterable[Rectangle] = ()) -> list[object]:
    """Which rectangles overlap, among themselves or with others: a sweep from left to right."""
    boxes = [(box, False) for box in ones]
    among = not (other := [(box, True) for box in others])
    found: list[object] = []
    reaching: list[tuple[Rectangle, bool]] = []
    for box, kind in sorted([*boxes, *other]):
        reaching = [(b, k) for b, k in reaching if b[2] > box[0] + TINY]
        found += [
            (b, box)
            for b, k in reaching
            if (among or k is not kind) and b[1] < box[3] - TINY and box[1] < b[3] - TINY
        ]
        reaching.append((box, kind))
    return found


def lines(way: Iterable[tuple[float, float]]) -> Iterator[Rectangle]:
    """The level and upright lines from corner to corner of a way."""
    for (x0, y0), (x1, y1) in pairwise(way):
        assert x0 == x1 or y0 == y1
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
