"""Layouts of our own: a U of rows by resolution, and rows that fill a slide.

Boxes stand in columns, in the order in which they run. In a U the row says the resolution, so
that the way down is on the left, the way up on the right, and skips lie straight between. On a
slide a long figure is cut into rows, as text is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from archspec.analysis.receptive import fields
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box

Point = tuple[float, float]

GAP = 22.0
"""Between columns; arrows with a shape written on them get more."""

LANE = 14.0
ROW = 34.0


@dataclass(slots=True)
class Place:
    """Where a box stands: its centre and its size, in points; y grows downwards."""

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


@dataclass(slots=True)
class Layout:
    """A figure with a place for everything.

    Attributes:
        ways: the corners of each arrow, from tail to head.
        labels: where the words on an arrow stand.
    """

    places: dict[Box, Place] = field(default_factory=dict)
    ways: dict[Arrow, list[Point]] = field(default_factory=dict)
    labels: dict[Arrow, Point] = field(default_factory=dict)


def scales(figure: Figure) -> dict[Box, Fraction]:
    """How far apart the positions of a box's maps lie in the input, where it has maps."""
    seen = fields(figure.graph)
    found: dict[Box, Fraction] = {}
    for box in [*figure.sources, *figure.folding.boxes]:
        field = seen.get(list(box.nodes())[-1])
        if any(side > 1 for shape in box.shapes for side in shape[1:]) and field is not None:
            found[box] = max(field.stride, default=Fraction(1))
    return found


def in_a_u(
    figure: Figure, sizes: Mapping[Box, tuple[float, float]], words: Mapping[Arrow, float]
) -> Layout:
    """Rows by resolution, the finest at the top.

    Args:
        sizes: width and height of each box, in points.
        words: width of what is written on each arrow that bears any.
    """
    grid = _Grid(figure, sizes, words)
    layout = Layout(grid.places)
    for arrow in figure.arrows:
        way = grid.way(arrow)
        a, b = max(pairwise(way), key=lambda ends: abs(ends[0][0] - ends[1][0]))
        layout.ways[arrow] = way
        layout.labels[arrow] = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    return layout


def _rows(figure: Figure) -> dict[Box, int]:
    """The row of each box; vectors and single pixels stay in the row they come from."""
    scale = scales(figure)
    steps = {step: number for number, step in enumerate(sorted(set(scale.values())))}
    found = {box: steps[step] for box, step in scale.items()}
    for arrow in figure.arrows:
        found.setdefault(arrow.tail, 0)
        found.setdefault(arrow.head, found[arrow.tail])
    return found


class _Grid:
    """Boxes in rows and columns, with free lanes between these for arrows."""

    def __init__(
        self,
        figure: Figure,
        sizes: Mapping[Box, tuple[float, float]],
        words: Mapping[Arrow, float],
    ) -> None:
        self.figure, self.sizes, self.words = figure, sizes, words
        self.row = _rows(figure)
        self.column = self._columns()
        self.cells: dict[tuple[int, int], list[Box]] = {}
        for box, c in self.column.items():
            self.cells.setdefault((self.row[box], c), []).append(box)
        self.lefts: dict[int, float] = {}
        self.tops: dict[int, float] = {}
        self.places: dict[Box, Place] = {}
        self._place()

    def _columns(self) -> dict[Box, int]:
        """A box stands right of what it reads in its own row, and not left of anything it reads."""
        found: dict[Box, int] = dict.fromkeys(self.figure.sources, 0)
        for arrow in self.figure.arrows:
            step = int(self.row[arrow.tail] == self.row[arrow.head] and not arrow.refers)
            before = found.setdefault(arrow.tail, 0)
            found[arrow.head] = max(found.get(arrow.head, 0), before + step)
        return found

    def _place(self) -> None:
        deepest: dict[Box, int] = {}
        for arrow in self.figure.arrows:
            deepest[arrow.head] = max(deepest.get(arrow.head, 0), self.row[arrow.tail])
        heights = {
            cell: sum(self.sizes[box][1] + LANE for box in boxes) - LANE
            for cell, boxes in self.cells.items()
        }
        middles = self._middles(heights)
        for (r, c), boxes in self.cells.items():
            boxes.sort(key=lambda box: deepest.get(box, 0))  # what comes from below stands below
            y = middles[1][r] - heights[r, c] / 2
            for box in boxes:
                width, height = self.sizes[box]
                self.places[box] = Place(middles[0][c], y + height / 2, width, height)
                y += height + LANE

    def _middles(
        self, heights: Mapping[tuple[int, int], float]
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Of columns and rows; the lanes left of the ones and above the others are noted."""
        widths: dict[int, float] = {}
        for box, c in self.column.items():
            widths[c] = max(widths.get(c, 0.0), self.sizes[box][0])
        room: dict[int, float] = {}
        for arrow, width in self.words.items():
            c = self.column[arrow.head]
            if self.row[arrow.tail] == self.row[arrow.head] and self.column[arrow.tail] == c - 1:
                room[c] = max(room.get(c, 0.0), width)
        xs, x = {}, 0.0
        for c in range(max(widths, default=0) + 1):
            x += GAP + room.get(c, 0.0)
            self.lefts[c] = x - GAP / 2
            xs[c] = x + widths.get(c, 0.0) / 2
            x += widths.get(c, 0.0)
        ys, y = {}, 0.0
        for r in range(max(self.row.values(), default=0) + 1):
            height = max((size for (at, _), size in heights.items() if at == r), default=0.0)
            self.tops[r] = y - ROW / 2
            ys[r] = y + height / 2
            y += height + ROW
        return xs, ys

    def way(self, arrow: Arrow) -> list[Point]:
        """Straight, round one corner, or by the free lanes where boxes are in the way."""
        tail, head = self.places[arrow.tail], self.places[arrow.head]
        turn = self.lefts[self.column[arrow.head]]  # late: there is room for words before it
        down = head.y > tail.y
        start, end = (tail.bottom, head.top) if down else (tail.top, head.bottom)
        if abs(tail.x - head.x) < 1:
            tries = [[start, (start[0], end[1])]]
        elif self.row[arrow.tail] != self.row[arrow.head]:
            tries = [[tail.right, (head.x, tail.y), end]]
        elif abs(tail.y - head.y) < 1:
            tries = [[tail.right, (head.left[0], tail.y)]]
        else:
            tries = [[tail.right, (turn, tail.y), (turn, head.y), head.left]]
        out = self.lefts.get(self.column[arrow.tail] + 1, tail.right[0] + GAP / 2)
        above = self.tops[min(self.row[arrow.tail], self.row[arrow.head])]
        round_ = [tail.right, (out, tail.y), (out, above), (turn, above), (turn, head.y), head.left]
        return next((way for way in tries if not self._blocked(way, arrow)), round_)

    def _blocked(self, way: list[Point], arrow: Arrow) -> bool:
        """Whether a box that the arrow does not join lies in the way."""
        (low, high) = sorted((self.row[arrow.tail], self.row[arrow.head]))
        first, last = sorted((self.column[arrow.tail], self.column[arrow.head]))
        near = (
            self.places[box]
            for r in range(low, high + 1)
            for c in range(first, last + 1)
            for box in self.cells.get((r, c), ())
            if box is not arrow.tail and box is not arrow.head
        )
        return any(crosses(a, b, place) for place in near for a, b in pairwise(way))


def crosses(a: Point, b: Point, place: Place) -> bool:
    """Whether a level or an upright line runs through a box."""
    (x0, x1), (y0, y1) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return x0 < place.right[0] and x1 > place.left[0] and y0 < place.bottom[1] and y1 > place.top[1]
