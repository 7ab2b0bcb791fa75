"""What stands where on a sheet, and along which points curves go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from archspec.figures.geometry import Corners, Point, around, overlap

_STEPS = 12
"""Points on each piece of a curve that are looked at."""


def segments(curve: Sequence[Point]) -> Iterator[Corners]:
    """Small boxes along a curve."""
    return map(around, pairwise(along(curve)))


def along(curve: Sequence[Point]) -> Iterator[Point]:
    """Points on a curve."""
    yield curve[0]
    for at in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[at : at + 4]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            s = 1 - t
            weights = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            yield (
                sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
            )


_CELL = 100.0


class Index:
    """Rectangles by the cells of a grid that they touch, so that looking is fast."""

    def __init__(self, rectangles: Iterable[Corners]) -> None:
        self.cells: dict[tuple[int, int], list[Corners]] = {}
        for rectangle in rectangles:
            for cell in _cells(rectangle):
                self.cells.setdefault(cell, []).append(rectangle)

    def meets(self, corners: Corners, but: Collection[Corners] = ()) -> bool:
        """Whether any lies in part within these corners, some aside."""
        return any(overlap(corners, other) and other not in but for other in self.near(corners))

    def near(self, corners: Corners) -> Iterator[Corners]:
        """Those in the same cells; some come several times."""
        return (other for cell in _cells(corners) for other in self.cells.get(cell, ()))


def _cells(corners: Corners) -> Iterator[tuple[int, int]]:
    low, high = corners
    for x in range(int(low[0] // _CELL), int(high[0] // _CELL) + 1):
        for y in range(int(low[1] // _CELL), int(high[1] // _CELL) + 1):
            yield x, y
