"""Shapes pushed together from left to right until they nearly touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import floor

from archspec.drawing.geometry import Point

ROW = 4.0
"""Heights within which shapes are told apart."""


Profile = dict[int, tuple[float, float]]
"""How far something reaches to the left and to the right, by rows."""


def profile(shapes: Iterable[Sequence[Point]], room: float) -> Profile:
    """That of convex shapes.

    Args:
        room: how much further each reaches up and down.
    """
    found: Profile = {}
    for shape in shapes:
        for row, left, right in _rows(shape, room):
            low, high = found.get(row, (left, right))
            found[row] = min(low, left), max(high, right)
    return found


def _rows(shape: Sequence[Point], room: float) -> Iterator[tuple[int, float, float]]:
    """The rows along each edge of a shape, and from where to where it is in each."""
    for ends in pairwise((*shape, shape[0])):
        (x0, y0), (x1, y1) = sorted(ends, key=lambda end: end[1])
        low, high = floor((y0 - room) / ROW), floor((y1 + room) / ROW)
        if x0 == x1 or y0 == y1:
            left, right = min(x0, x1), max(x0, x1)
            yield from ((row, left, right) for row in range(low, high + 1))
            continue
        slope = (x1 - x0) / (y1 - y0)
        for row in range(low, high + 1):
            a = x0 + slope * (min(max(row * ROW, y0), y1) - y0)
            b = x0 + slope * (min(max((row + 1) * ROW, y0), y1) - y0)
            yield row, min(a, b), max(a, b)


class Front:
    """How far to the right a paper is taken, by rows."""

    def __init__(self) -> None:
        self.right: dict[int, float] = {}

    def free(self, shapes: Profile, gap: float) -> float | None:
        """How far right shapes must go so as to leave a gap; None where nothing is in the way."""
        needed = (
            self.right[row] + gap - left for row, (left, _) in shapes.items() if row in self.right
        )
        return max(needed, default=None)

    def take(self, shapes: Profile, dx: float) -> None:
        """Note shapes that are moved so far to the right."""
        for row, (_, right) in shapes.items():
            self.right[row] = max(self.right.get(row, right + dx), right + dx)


class Sky:
    """How far up a paper is taken, by places along it, and by whom."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float, float, object]] = []

    def take(self, left: float, right: float, top: float, by: object = None) -> None:
        """Note that all below a height is taken between two places."""
        self.spans.append((left, right, top, by))

    def over(self, left: float, right: float, but: object = None) -> float:
        """The highest that others have taken between two places; 0 or less."""
        tops = (
            top
            for a, b, top, by in self.spans
            if a < right and left < b and (but is None or by is not but)
        )
        return min(tops, default=0.0)
