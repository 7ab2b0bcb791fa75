"""Brackets under a strip, with the names of its stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archspec.backends.strips.cells import SIZE, THICK
from archspec.drawing.measure import width
from archspec.drawing.paint import INK, LINE
from archspec.drawing.picture import Item, Line, Words

_TICK = 4.0
_BELOW = 8.0
_ROW = 1.2 * SIZE


def upright_brackets(
    stages: Iterable[tuple[str, int, int]], places: Sequence[tuple[float, float]], left: float
) -> Iterator[Item]:
    """A bracket a stage, left of what reaches to `left`; `places` are upper and lower edges."""
    lanes: list[tuple[float, list[tuple[float, float]]]] = []
    x = left - _BELOW
    for name, first, last in stages:
        top = min(places[i][0] for i in range(first, last + 1))
        low = max(places[i][1] for i in range(first, last + 1))
        near = [at for at, taken in lanes if all(low < a or b < top for a, b in taken)]
        if near:
            here = near[0]
        else:
            here, x = x, x - _BELOW - _TICK - width(name, SIZE) - SIZE
            lanes.append((here, []))
        next(taken for at, taken in lanes if at == here).append((top - SIZE, low + SIZE))
        corners = ((here + _TICK, top), (here, top), (here, low), (here + _TICK, low))
        yield Line(corners, LINE, THICK)
        yield Words((here - 4, (top + low) / 2 + 0.36 * SIZE), name, SIZE, INK, "end")


def brackets(
    stages: Iterable[tuple[str, int, int]], places: Sequence[tuple[float, float]], low: float
) -> Iterator[Item]:
    """A bracket a stage, below what reaches down to `low`.

    Args:
        stages: names, each with the first and the last cell of the stage.
        places: the left and right edge of each cell.
    """
    ends: list[float] = []
    y = low + _BELOW
    for name, first, last in sorted(stages, key=lambda stage: places[stage[1]][0]):
        left = min(places[i][0] for i in range(first, last + 1))
        right = max(places[i][1] for i in range(first, last + 1))
        yield Line(((left, y - _TICK), (left, y), (right, y), (right, y - _TICK)), LINE, THICK)
        middle, half = (left + right) / 2, width(name, SIZE) / 2
        row = next((n for n, end in enumerate(ends) if end < middle - half), len(ends))
        ends[row : row + 1] = [middle + half + SIZE / 2]
        yield Words((middle, y + _ROW * (row + 1)), name, SIZE, INK)
