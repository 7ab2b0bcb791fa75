"""Shapes pushed together from left to right until they nearly touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle, islice, pairwise
from math import floor, inf

from archspec.figures.geometry import Point

ROW = 4.0
"""Heights within which shapes are told apart."""


Profile = dict[int, tuple[float, float]]
"""How far something reaches to the left and to the right, by rows."""


def profile(shapes: Iterable[Sequence[Point]], room: float) -> Profile:
    """That of convex shapes.

    Args:
        room: how much further each reaches up and down.
    """
    lefts: dict[int, float] = {}
    rights: dict[int, float] = {}
    for shape in shapes:
        for ends in pairwise((*shape, shape[0])):
            first, xs = _rows(ends, room)
            for row, (one, other) in enumerate(pairwise(xs), first):
                left, right = (one, other) if one < other else (other, one)
                if left < lefts.get(row, inf):
                    lefts[row] = left
                if right > rights.get(row, -inf):
                    rights[row] = right
    return {row: (left, rights[row]) for row, left in lefts.items()}


def _rows(ends: tuple[Point, Point], room: float) -> tuple[int, list[float]]:
    """The first row along an edge, and where this is at the border of each row and the next."""
    (x0, y0), (x1, y1) = ends if ends[0][1] <= ends[1][1] else ends[::-1]
    low, high = floor((y0 - room) / ROW), floor((y1 + room) / ROW)
    if y0 == y1:
        return low, list(islice(cycle((x0, x1)), high - low + 2))  # from end to end in each
    slope = (x1 - x0) / (y1 - y0)
    return low, [x0 + slope * (min(max(row * ROW, y0), y1) - y0) for row in range(low, high + 2)]


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
