"""A layout from left to right: the longest way straight on, the other ways above and below it.

Arrows run along the axes of bands, and change height between columns only, where nothing stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from archspec.figures.bands import HOOK, STEP, Bands, Slot
from archspec.figures.columns import Edge
from archspec.figures.geometry import Point
from archspec.figures.turns import Key, Turn, lanes

GAP = 20.0
"""Between columns."""

_HEAD = 8.0
"""Room for an arrow's head."""

_LEAST, _ROOM = 7.5, 10.0
"""Between where an arrow turns and its head's tip, at least; and where there is room."""

_CLEAR = 9.0
"""Between words beside an arrow and what this leads to."""

_OUTLINE = 2.0
"""By so much the line around a box may reach beyond where arrows touch it."""

_SIDE = 13.0
"""How far from the middle of a slot several arrows come to its side, at the most."""

_EARLY = 4.0
"""So soon an arrow turns where there is little room."""

_ROUND = 4.0
"""How much more room a rounded corner takes before a head, where a gap has it."""


@dataclass(slots=True)
class Placed:
    """Where the middles of slots are, the corners of the ways between them, and slots' columns."""

    middles: list[Point]
    ways: dict[Edge, list[Point]]
    column: Sequence[int]


def lay_out(
    slots: Sequence[Slot],
    edges: Sequence[Edge],
    end: int | None = None,
    gap: float = GAP,
    last: Collection[int] = (),
    aside: Collection[Edge] = (),
) -> Placed:
    """Places for slots, and ways for edges that run through none of them.

    Args:
        edges: without repetitions; the tail of each is before its head in `slots`.
        end: where the longest path ends; otherwise it is the last of the last column.
        gap: between columns.
        last: what stands in the last column, wherever what it reads is; nothing reads it.
        aside: edges that carry another value of their tail than the first, and so leave it at its
            top, where they can.
    """
    if not slots:
        return Placed([], {}, [])
    return _Ways(Bands(slots, edges, end, last, aside), gap).placed()


class _Ways:
    """Arrows between the slots of bands, and the columns with room for these.

    Args:
        gap: between columns.
    """

    def __init__(self, bands: Bands, gap: float) -> None:
        self.bands, self.gap = bands, gap
        self.ys = bands.heights
        self.ports = self._ports()

    def placed(self) -> Placed:
        heights = {edge: self._height(edge) for edge in self.bands.edges}
        xs, at = self._across(self._turns(heights))
        ways = {}
        for edge, height in heights.items():
            way = self._way(edge, xs, height, at)
            ways[edge] = [p for n, p in enumerate(way) if n == 0 or p != way[n - 1]]
        return Placed(list(zip(xs, self.ys, strict=True)), ways, self.bands.column)

    def _height(self, edge: Edge) -> float:
        """Of the part of an arrow that passes columns."""
        bands = self.bands
        return bands.bands[bands.lane[edge]].axis if edge in bands.lane else self.ys[edge[0]]

    def _from_above(self, edge: Edge, height: float) -> bool:
        """Whether an arrow may come down, or up, to a joint within its column."""
        head = edge[1]
        slot = self.bands.slots[head]
        free = slot.above if height < self.ys[head] else slot.below
        room = abs(height - self.ys[head]) - slot.half[1]
        if not free or room < _HEAD or edge not in self.bands.lane:
            return False
        low, high = sorted((height, self.ys[head]))
        others = (i for i in self.bands.standing[self.bands.column[head]] if i != head)
        return all(
            self.ys[i] + self.bands.slots[i].down < low
            or self.ys[i] - self.bands.slots[i].up > high
            for i in others
        )

    def _rises(self, edge: Edge, height: float) -> bool:
        """Whether an arrow leaves the top of its tail, over which nothing else stands."""
        bands, (tail, _) = self.bands, edge
        slot, y = bands.slots[tail], self.ys[tail]
        plain = 0 < slot.half[1] >= slot.up - _OUTLINE and height < y - slot.half[1]
        if edge not in bands.aside or edge not in bands.lane or not plain:
            return False
        others = (i for i in bands.standing[bands.column[tail]] if i != tail)
        return all(not height < self.ys[i] + bands.slots[i].down < y for i in others)

    def _approach(self, edge: Edge, height: float) -> float:
        """At which height an arrow comes to its head's column, to go on to its side or its top.

        To a joint each operand has an arrow of its own: one from the left, others from above and
        below.
        """
        _, head = edge
        slot, y = self.bands.slots[head], self.ys[head]
        if edge in self.ports:
            return y + self.ports[edge]
        if height == y or not slot.apart or self.bands.previous.get(head) == edge[0]:
            return y
        if height < y:
            return y - slot.half[1] - HOOK if slot.above else y
        return y + slot.half[1] + HOOK if slot.below else y

    def _ports(self) -> dict[Edge, float]:
        """How far from the middle of their head arrows come to its side, but those straight on.

        Those from above come above the middle, the nearest next to it, and so below.
        """
        coming: dict[tuple[int, bool], list[tuple[float, Edge]]] = {}
        for edge in self.bands.edges:
            tail, head = edge
            away = self._height(edge) - self.ys[head]
            sided = self.bands.slots[head].ports is not None
            if sided and away and self.bands.previous.get(head) != tail:
                coming.setdefault((head, away < 0), []).append((abs(away), edge))
        found: dict[Edge, float] = {}
        for (head, above), edges in coming.items():
            ports = self.bands.slots[head].ports or ()
            heights = sorted((port for port in ports if (port < 0) == above and port), key=abs)
            if len(heights) < len(edges):
                step = min(HOOK, _SIDE / len(edges)) * (-1 if above else 1)
                heights = [step * n for n in range(1, len(edges) + 1)]
            found.update(zip((edge for _, edge in sorted(edges)), heights, strict=False))
        return found

    def _turns(self, heights: dict[Edge, float]) -> dict[int, dict[Key, int]]:
        """In which lane of its gap what turns, by gap."""
        found: dict[int, dict[Key, Turn]] = {}

        def turn(gap: int, key: Key, left: float, right: float) -> None:
            turn = found.setdefault(gap, {}).setdefault(key, Turn(key))
            turn.left.add(left)
            turn.right.add(right)

        for (tail, head), height in heights.items():
            last = self._approach((tail, head), height)
            out = height if (tail, head) in self.bands.lane else last
            if self.ys[tail] != out and not self._rises((tail, head), height):
                turn(self.bands.column[tail] + 1, ("from", tail), self.ys[tail], out)
            if out != last and not self._from_above((tail, head), height):
                turn(self.bands.column[head], self._to((tail, head)), out, last)
        return {gap: lanes(list(turns.values())) for gap, turns in found.items()}

    def _across(self, turns: dict[int, dict[Key, int]]) -> tuple[list[float], dict[Key, float]]:
        """The middles of slots, and where in its gap each arrow turns."""
        columns = max(self.bands.column) + 1
        lefts, rights, boxes = [0.0] * columns, [0.0] * columns, [0.0] * columns
        for slot, c in zip(self.bands.slots, self.bands.column, strict=True):
            lefts[c], rights[c] = max(lefts[c], slot.left), max(rights[c], slot.right)
            boxes[c] = max(boxes[c], slot.half[0] if slot.noted else slot.right)
        at: dict[Key, float] = {}
        half = self.gap / 2
        first = min(half, max(self.gap - _ROOM - _ROUND, _EARLY))
        room = _ROOM if self.gap > _ROOM else _LEAST
        middles: list[float] = []
        x = 0.0
        for c in range(columns):
            if c > 0:
                for key, lane in turns.get(c, {}).items():
                    at[key] = x + first + lane * STEP
                last = max(turns.get(c, {}).values(), default=None)
                if last is None:  # words stand in the gap, beside the arrow
                    x = max(middles[-1] + boxes[c - 1] + self.gap, x + min(self.gap, _CLEAR))
                else:  # room for a head after the last turn
                    x += max(self.gap, first + room) + last * STEP
            middles.append(x + lefts[c])
            x += lefts[c] + rights[c]
        return [middles[c] for c in self.bands.column], at

    def _to(self, edge: Edge) -> Key:
        """What turns together on its way to a slot; what comes to a place of its own, alone."""
        return ("to", *edge) if edge in self.ports else ("to", edge[1])

    def _way(
        self,
        edge: Edge,
        xs: Sequence[float],
        height: float,
        at: dict[Key, float],
    ) -> list[Point]:
        tail, head = edge
        (x0, y0), (x1, y1) = (xs[tail], self.ys[tail]), (xs[head], self.ys[head])
        half = self.bands.slots[head].half
        way, y = [(x0 + self.bands.slots[tail].half[0], y0)], y0
        last = self._approach(edge, height)
        if self._rises(edge, height):
            way, y = [(x0, y0 - self.bands.slots[tail].half[1]), (x0, height)], height
        elif edge not in self.bands.lane:
            turn, y = at.get(("from", tail), way[0][0]), last
            way += [(turn, y0), (turn, y)]
        elif height != y0:
            turn, y = at["from", tail], height
            way += [(turn, y0), (turn, y)]
        if y != y1 and self._from_above(edge, height):
            last = y
        elif y != last:
            turn = at[self._to(edge)]
            way += [(turn, y), (turn, last)]
        if last == y1 or edge in self.ports:
            return [*way, (x1 - half[0], last)]
        return [*way, (x1, last), (x1, y1 - half[1] if last < y1 else y1 + half[1])]
