"""A layout of our own: a U of rows by resolution.

Boxes stand in columns, in the order in which they run, and the row says the resolution, so that
the way down is on the left, the way up on the right, and skips lie straight between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from archspec.analysis.bypass import signal
from archspec.analysis.receptive import spacing
from archspec.figures.figure import Arrow, Figure
from archspec.figures.folding import Box
from archspec.figures.geometry import Place, Point, around, overlap
from archspec.ir.graph import Node

GAP = 22.0
"""Between columns."""

LANE = 12.0
_ASIDE = (0.0, 4.0, -4.0, 8.0, -8.0)
ROW = 20.0


@dataclass(slots=True)
class Layout:
    """A figure with a place for everything.

    Attributes:
        ways: the corners of each arrow, from tail to head.
    """

    places: dict[Box, Place] = field(default_factory=dict)
    ways: dict[Arrow, list[Point]] = field(default_factory=dict)


def scales(figure: Figure) -> dict[Box, Fraction]:
    """How far apart the positions of a box's maps lie in the input, where it has maps."""
    apart = spacing(figure.graph)
    found: dict[Box, Fraction] = {}
    for box in [*figure.sources, *figure.folding.boxes]:
        last = list(box.nodes())[-1]
        if any(side > 1 for shape in box.shapes for side in shape[1:]) and last in apart:
            found[box] = apart[last]
    return found


def in_a_u(figure: Figure, sizes: Mapping[Box, tuple[float, float]]) -> Layout:
    """Rows by resolution, the finest at the top.

    Args:
        sizes: width and height of each box, in points.
    """
    grid = _Grid(figure, sizes)
    return Layout(grid.places, {arrow: grid.way(arrow) for arrow in figure.arrows})


def is_a_u(figure: Figure) -> bool:
    """Whether a figure is one of an encoder and a decoder.

    Layers lead up again to two resolutions or more; or values of two resolutions or more go
    straight to where their resolution is reached again.
    """
    scale = scales(figure)
    bridged = {step for _, step in _bridges(figure, scale)}
    regained = {
        scale[arrow.head]
        for arrow in figure.arrows
        if _single(arrow.head)
        and arrow.head in scale
        and scale[arrow.head] < scale.get(arrow.tail, 0)
    }
    return len(bridged) > 1 or len(regained) > 1


def copies(figure: Figure) -> set[Arrow]:
    """The arrows that carry a value across a U, to where its resolution is reached again."""
    return {arrow for arrow, _ in _bridges(figure, scales(figure))}


def _bridges(figure: Figure, scale: Mapping[Box, Fraction]) -> Iterator[tuple[Arrow, int]]:
    """Arrows within a row whose head depends on a coarser one too, and the row."""
    row = _rows(figure, scale)
    deepest = _deepest(figure, row)
    for arrow in figure.arrows:
        step = row[arrow.tail]
        if step == row[arrow.head] and deepest[arrow.tail] <= step + 1 < deepest[arrow.head]:
            yield arrow, step


def _deepest(figure: Figure, row: Mapping[Box, int]) -> dict[Box, int]:
    """The lowest row of all that a box depends on."""
    found = dict(row)
    for arrow in figure.arrows:
        found[arrow.head] = max(found[arrow.head], found[arrow.tail])
    return found


def _single(box: Box) -> bool:
    """Whether it is a layer that reads one value."""
    return isinstance(box.part, Node) and len(signal(box.part)) == 1


def _rows(figure: Figure, scale: Mapping[Box, Fraction]) -> dict[Box, int]:
    """The row of each box: an even one for each resolution, and between two of them an odd one.

    A layer that leads from one resolution to another stands between the two; vectors and single
    pixels stay in the row they come from.
    """
    steps = {step: 2 * number for number, step in enumerate(sorted(set(scale.values())))}
    home = {box: steps[step] for box, step in scale.items()}
    found = dict(home)
    for arrow in figure.arrows:
        found.setdefault(arrow.tail, 0)
        before, head = home.get(arrow.tail), arrow.head
        if head not in home:
            found.setdefault(head, found[arrow.tail])
        elif isinstance(head.part, Node) and before not in (None, home[head]) and not arrow.refers:
            found[head] = home[head] + (1 if before > home[head] else -1)
    return found


class _Grid:
    """Boxes in rows and columns, with free lanes between these for arrows."""

    def __init__(self, figure: Figure, sizes: Mapping[Box, tuple[float, float]]) -> None:
        self.figure, self.sizes = figure, sizes
        self.row = _rows(figure, scales(figure))
        self.column = self._columns()
        self.cells: dict[tuple[int, int], list[Box]] = {}
        for box, c in self.column.items():
            self.cells.setdefault((self.row[box], c), []).append(box)
        self.lanes: dict[tuple[str, int], dict[Box, int]] = {}
        self.lefts: dict[int, float] = {}
        self.tops: dict[int, float] = {}
        self.places: dict[Box, Place] = {}
        self._place()

    def _columns(self) -> dict[Box, int]:
        """A box stands right of what it reads in its own row, and not left of anything it reads.

        Between two rows the way down and the way up have columns of their own. What is cut to
        the size of another value stands just before its reader, which is near that value.
        """
        found: dict[Box, int] = dict.fromkeys(self.figure.sources, 0)
        taken: dict[tuple[int, int], Box] = {}
        arrows = [arrow for arrow in self.figure.arrows if not arrow.refers]
        for arrow in arrows:
            row = self.row[arrow.head]
            step = int(self.row[arrow.tail] == row)
            column = max(found.get(arrow.head, 0), found.setdefault(arrow.tail, 0) + step)
            while row % 2 and taken.setdefault((row, column), arrow.head) is not arrow.head:
                column += 1
            found[arrow.head] = column
        for box in {arrow.head for arrow in self.figure.arrows if arrow.refers}:
            readers = [a.head for a in arrows if a.tail is box]
            if readers and all(self.row[head] == self.row[box] for head in readers):
                found[box] = max(found[box], min(found[head] for head in readers) - 1)
        return found | self._mirrored(found)

    def _mirrored(self, found: Mapping[Box, int]) -> dict[Box, int]:
        """The columns of the way up, moved so that it begins in one, as the way down does.

        What leads from one row to the next stands below what reads it.
        """
        deepest = _deepest(self.figure, self.row)
        up = {box for box in found if deepest[box] > self.row[box]}
        firsts: dict[int, int] = {}
        for box in up:
            row = self.row[box]
            firsts[row] = min(firsts.get(row, found[box]), found[box])
        start = max((first for row, first in firsts.items() if row % 2 == 0), default=0)
        moved = {
            box: column + start - firsts[self.row[box]]
            for box, column in found.items()
            if box in up and self.row[box] % 2 == 0
        }
        taken: set[tuple[int, int]] = set()
        for box in (box for box in found if box in up and self.row[box] % 2):
            heads = [
                moved[arrow.head]
                for arrow in self.figure.arrows
                if arrow.tail is box and not arrow.refers and arrow.head in moved
            ]
            column = min(heads, default=start)
            while (self.row[box], column) in taken:
                column += 1
            taken.add((self.row[box], column))
            moved[box] = column
        return moved

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
        xs, x = {}, 0.0
        for c in range(max(widths, default=0) + 1):
            x += GAP
            self.lefts[c] = x - GAP / 2
            xs[c] = x + widths.get(c, 0.0) / 2
            x += widths.get(c, 0.0)
        ys, y = {}, 0.0
        for r in sorted(set(self.row.values())):
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
            side = tail.right if head.x > tail.x else tail.left
            into = head.left if head.x > tail.x else head.right
            tries = [[side, (head.x, tail.y), end], [start, (tail.x, head.y), into]]
        elif abs(tail.y - head.y) < 1:
            tries = [[tail.right, (head.left[0], tail.y)]]
        else:
            tries = [[tail.right, (turn, tail.y), (turn, head.y), head.left]]
        way = next((way for way in tries if not self._blocked(way, arrow)), None)
        return way if way is not None else self._round(arrow)

    def _round(self, arrow: Arrow) -> list[Point]:
        """By the free lanes between columns and rows; what a box gives has its own line in each."""
        tail, head = self.places[arrow.tail], self.places[arrow.head]
        before, after = self.column[arrow.tail] + 1, self.column[arrow.head]
        above = min(self.row[arrow.tail], self.row[arrow.head])
        out = self.lefts.get(before, tail.right[0] + GAP / 2) + self._aside("x", before, arrow.tail)
        turn = self.lefts[after] + self._aside("x", after, arrow.tail)
        if before == after:  # one lane leads there
            return [tail.right, (turn, tail.y), (turn, head.y), head.left]
        lane = self.tops[above] + self._aside("y", above, arrow.tail)
        corners = [(out, tail.y), (out, lane), (turn, lane), (turn, head.y)]
        return [tail.right, *corners, head.left]

    def _aside(self, axis: str, number: int, tail: Box) -> float:
        """How far from the middle of a lane the line of a box runs."""
        lines = self.lanes.setdefault((axis, number), {})
        place = lines.setdefault(tail, len(lines)) % len(_ASIDE)
        return _ASIDE[place]

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
        return any(overlap(around(line), place.corners) for place in near for line in pairwise(way))
