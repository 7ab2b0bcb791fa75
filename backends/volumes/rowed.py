"""A line that goes on in rows, as text does: cut where few arrows run.

Each row is laid out by itself, with a place at its left edge for the arrows that come from the row
above to one head, and a place at its right edge for those that go on to one head below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from archspec.figures.bands import Slot
from archspec.figures.columns import Edge
from archspec.figures.geometry import Point, turning
from archspec.figures.ways import Placed, lay_out

_HEADS = 2
"""To so many heads may arrows lead from one row to the next."""
_BETWEEN, _STEP = 30.0, 6.0
"""Between rows; between arrows that turn in one place."""
_EDGE = Slot(0.0, 0.0, 2.0, 2.0, (0.0, 0.0))
"""Where arrows leave a row, and where they come into one."""


def cut(
    column: Sequence[int], edges: Sequence[Edge], wides: Sequence[float], count: int
) -> list[int] | None:
    """The row of each slot, so that the widest row is as narrow as can be.

    Args:
        column: of each slot.
        wides: of columns.
        count: of rows.

    Returns:
        None where there are not so many places at which few arrows run.
    """
    passing: list[set[int]] = [set() for _ in wides]
    for tail, head in edges:
        for c in range(column[tail], column[head]):
            passing[c].add(head)
    ends = [c + 1 for c in range(len(wides) - 1) if len(passing[c]) <= _HEADS]
    upto = [sum(wides[:c]) for c in range(len(wides) + 1)]
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}  # the widest, by where rows end
    for last in [*[False] * (count - 1), True]:
        found: dict[int, tuple[float, list[int]]] = {}
        for end in [len(wides)] if last else ends:
            tried = [
                (max(widest, upto[end] - upto[start]), [*before, end])
                for start, (widest, before) in best.items()
                if start < end
            ]
            if tried:
                found[end] = min(tried)
        best = found
    if not best:
        return None
    _, begun = best[len(wides)]
    return [sum(end <= c for end in begun) for c in column]


@dataclass(frozen=True, slots=True)
class Cut:
    """What stands in rows one below another.

    Attributes:
        slots, edges, end, gap: as for a layout in a single row.
        column, row: of each slot.
    """

    slots: Sequence[Slot]
    edges: Sequence[Edge]
    column: Sequence[int]
    row: Sequence[int]
    end: int | None
    gap: float

    def placed(self) -> Placed:
        """Places for slots, and ways for edges."""
        rows = [_Row(self, number) for number in range(max(self.row) + 1)]
        low = 0.0
        for one in rows:
            top, bottom = one.reach
            one.drop = low - top
            low += bottom - top + _BETWEEN + _STEP * len(one.goes)
        middles = [rows[number].middle(("", slot)) for slot, number in enumerate(self.row)]
        ways = {edge: _way(rows, edge, self.row) for edge in self.edges}
        return Placed(middles, ways, self.column)


class _Row:
    """A row by itself.

    Attributes:
        comes, goes: the heads of the arrows that come from the row before and go on to the next,
            the nearest first.
        inner: the arrow in it that an edge is, or a part of an edge.
        drop: how much lower it stands than by itself.
    """

    def __init__(self, whole: Cut, number: int) -> None:
        row = whole.row
        borders = number, number + 1
        passing = ({h for t, h in whole.edges if row[t] < b <= row[h]} for b in borders)
        self.comes, self.goes = (sorted(heads, key=whole.column.__getitem__) for heads in passing)
        names: list[tuple[str, int]] = [("gate", 0)]  # what comes in has one place, after it
        names += [("in", head) for head in self.comes]
        names += [("", slot) for slot, own in enumerate(row) if own == number]
        names += [("out", head) for head in self.goes]
        names = names if self.comes else names[1:]
        self.at = {name: place for place, name in enumerate(names)}
        self.inner: dict[Edge, Edge] = {}
        for tail, head in whole.edges:
            start = ("", tail) if row[tail] == number else ("in", head)
            stop = ("", head) if row[head] == number else ("out", head)
            if row[tail] <= number <= row[head]:
                self.inner[tail, head] = self.at[start], self.at[stop]
        gates = [(0, self.at["in", head]) for head in self.comes]
        last = [self.at["out", head] for head in self.goes]
        self.slots = [_EDGE if kind else whole.slots[slot] for kind, slot in names]
        straight = dict.fromkeys([*gates, *self.inner.values()])
        main = last[0] if last else self.at.get(("", -1 if whole.end is None else whole.end))
        self.made = lay_out(self.slots, list(straight), main, whole.gap, last)
        self.left = min(
            x - slot.left for slot, (x, _) in zip(self.slots, self.made.middles, strict=True)
        )
        self.drop = 0.0

    @property
    def reach(self) -> Point:
        """How far it reaches up and down, by itself."""
        placed = list(zip(self.slots, self.made.middles, strict=True))
        along = [y for way in self.made.ways.values() for _, y in way]
        tops = [y - slot.up for slot, (_, y) in placed]
        return min([*tops, *along]), max([*(y + slot.down for slot, (_, y) in placed), *along])

    @property
    def low(self) -> float:
        return self.reach[1] + self.drop

    def _moved(self, point: Point) -> Point:
        return point[0] - self.left, point[1] + self.drop

    def middle(self, name: tuple[str, int]) -> Point:
        """Of a slot, or of the place where the arrows to a head come in or go out."""
        return self._moved(self.made.middles[self.at[name]])

    def way(self, edge: Edge) -> list[Point]:
        """What of an edge lies in it."""
        return [self._moved(point) for point in self.made.ways[self.inner[edge]]]


def _way(rows: Sequence[_Row], edge: Edge, row: Sequence[int]) -> list[Point]:
    """From the tail's row to the head's: down beside each row, back below it, and in again."""
    tail, head = edge
    way = rows[row[tail]].way(edge)
    for one, other in pairwise(rows[row[tail] : row[head] + 1]):
        by_height = sorted(one.goes, key=lambda h: -one.middle(("out", h))[1])
        place = by_height.index(head)  # what leaves lower turns before what leaves above it
        right = way[-1][0] + place * _STEP
        lane = one.low + _BETWEEN / 2 + place * _STEP
        left = other.middle(("in", head))[0] - (len(by_height) - 1 - place) * _STEP
        into = other.way(edge)
        way += [(right, way[-1][1]), (right, lane), (left, lane), (left, into[0][1]), *into]
    return list(turning(way))
