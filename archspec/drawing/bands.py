"""A layout from left to right: the longest way straight on, the other ways above and below it.

What is drawn stands in columns, by the longest way from an input. The network is cut into paths:
the longest to its end, then the longest of what is left, and so on. A path lies along an axis as
a band, with the bands that leave it and come back to it stacked above and below, each as near as
what stands in its columns lets it. Arrows run along axes, which bands keep free, and change height
between columns only, where nothing stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from archspec.drawing.columns import Edge, columns, paths
from archspec.drawing.geometry import Point
from archspec.drawing.turns import Key, Turn, lanes

GAP = 20.0
"""Between columns."""

_STEP = 6.0
"""Between arrows that change height in one gap."""

_HEAD = 8.0
"""Room for an arrow's head."""

_ROOM = 7.5
"""Between where an arrow turns and its head's tip, at least."""

_EARLY = 4.0
"""So soon an arrow turns where there is little room."""

_APART = 9.0
_LANE = (-8.0, 5.0)
"""What an arrow is given above and below it; above there may be a word."""

_LONG, _MANY = 3, 3
"""From so many columns on a way is long, and so many long ways to one slot share a lane."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in a column: its reach from its middle on the axis, words included.

    Attributes:
        half: from its middle to where arrows touch it, at its sides and above or below.
        above, below: whether arrows may come to it from there.
        drop: how much lower it stands than its axis, if it is on the longest path.
        tall: whether it grows as high as what comes to it.
    """

    left: float
    right: float
    up: float
    down: float
    half: Point
    above: bool = False
    below: bool = False
    drop: float = 0.0
    tall: bool = False


@dataclass(slots=True)
class _Band:
    """A path, or a lane for arrows alone.

    Attributes:
        slots: from left to right.
        tails: where it comes from.
        heads: where it leads to.
        span: its columns.
        contour: how far it and what is stacked on it reach above and below its axis, by column.
    """

    slots: list[int]
    tails: list[int]
    heads: list[int]
    span: range
    parent: int | None = None
    offset: float = 0.0
    axis: float = 0.0
    contour: dict[int, Point] = field(default_factory=dict)


@dataclass(slots=True)
class Placed:
    """Where the middles of slots are, and the corners of the ways between them."""

    middles: list[Point]
    ways: dict[Edge, list[Point]]


def lay_out(
    slots: Sequence[Slot],
    edges: Sequence[Edge],
    end: int | None = None,
    gap: float = GAP,
    last: Collection[int] = (),
) -> Placed:
    """Places for slots, and ways for edges that run through none of them.

    Args:
        edges: without repetitions; the tail of each is before its head in `slots`.
        end: where the longest path ends; otherwise it is the last of the last column.
        gap: between columns.
        last: what stands in the last column, wherever what it reads is; nothing reads it.
    """
    if not slots:
        return Placed([], {})
    return _Bands(slots, edges, end, gap, last).placed()


class _Bands:
    def __init__(
        self,
        slots: Sequence[Slot],
        edges: Sequence[Edge],
        end: int | None,
        gap: float,
        last: Collection[int],
    ) -> None:
        self.slots, self.edges, self.gap = slots, edges, gap
        self.before: list[list[int]] = [[] for _ in slots]
        self.after: list[list[int]] = [[] for _ in slots]
        for tail, head in edges:
            self.before[head].append(tail)
            self.after[tail].append(head)
        self.column = columns(len(slots), edges, last)
        self.standing: dict[int, list[int]] = {}
        """The slots in each column."""
        for i, column in enumerate(self.column):
            self.standing.setdefault(column, []).append(i)
        self.bands: list[_Band] = []
        self.band_of: dict[int, int] = {}
        self.lane: dict[Edge, int] = {}
        """The band along which an edge runs, where it passes columns."""
        self._cut(end)
        for band in self.bands[1:]:
            band.parent = self._parent(band)
        self._stack()

    # --- paths ----------------------------------------------------------------------------

    def _cut(self, end: int | None) -> None:
        """Into paths, each from its end back as far as it is longest; then lanes for the rest."""
        straight: set[Edge] = set()
        for path in paths(self.column, self.edges, end):
            straight.update(self._path(path))
        rest: dict[tuple[bool, int], list[Edge]] = {}
        for edge in self.edges:
            if edge not in straight and self._far(edge):
                bus = self._on_a_bus(edge)
                rest.setdefault((bus, edge[bus]), []).append(edge)
        for edges in rest.values():
            tails, heads = (list(dict.fromkeys(ends)) for ends in zip(*edges, strict=True))
            first = min(self.column[t] for t in tails) + 1
            span = range(first, max(self.column[h] for h in heads))
            self._add(_Band([], tails, heads, span), edges)

    def _path(self, path: list[int]) -> list[Edge]:
        tails, heads = self.before[path[0]], self.after[path[-1]]
        into = [(max(tails, key=lambda t: self.column[t]), path[0])] if tails else []
        out = [(path[-1], min(heads, key=lambda h: self.column[h]))] if heads else []
        out = [edge for edge in out if self.slots[edge[1]].tall or not self._on_a_bus(edge)]
        first = min([self.column[path[0]], *(self.column[t] + 1 for t, _ in into)])
        last = max([self.column[path[-1]], *(self.column[h] - 1 for _, h in out)])
        band = _Band(path, [t for t, _ in into], [h for _, h in out], range(first, last + 1))
        edges = [*pairwise(path), *into]
        self._add(band, [*(e for e in edges if self.bands or self._far(e)), *out])
        return [*edges, *out]

    def _far(self, edge: Edge) -> bool:
        return self._length(edge) > 1

    def _length(self, edge: Edge) -> int:
        return self.column[edge[1]] - self.column[edge[0]]

    def _on_a_bus(self, edge: Edge) -> bool:
        """Whether a way is long, and one of several that come to the same slot from afar."""
        if self._length(edge) < _LONG:
            return False
        tails = self.before[edge[1]]
        return sum(self._length((tail, edge[1])) >= _LONG for tail in tails) >= _MANY

    def _add(self, band: _Band, edges: Sequence[Edge]) -> None:
        for i in band.slots:
            self.band_of[i] = len(self.bands)
        self.lane.update(dict.fromkeys(edges, len(self.bands)))
        self.bands.append(band)

    def _parent(self, band: _Band) -> int:
        """The band on which this one is stacked: the nearest that holds all its ends.

        The ends of a band lie in bands that were cut before it.
        """
        ends = {self.band_of[i] for i in (*band.tails, *band.heads)}
        while len(ends) > 1:
            latest = max(ends)
            ends.remove(latest)
            ends.add(self.bands[latest].parent or 0)
        return ends.pop() if ends else 0

    # --- heights --------------------------------------------------------------------------

    def _stack(self) -> None:
        """Bands on bands, the shortest next to the axis, and then all on one paper."""
        children: dict[int, list[_Band]] = {}
        for band in self.bands[1:]:
            assert band.parent is not None
            children.setdefault(band.parent, []).append(band)
        for number in range(len(self.bands) - 1, -1, -1):  # those stacked on a band come after it
            band = self.bands[number]
            self._outline(band)
            placed: dict[float, list[range]] = {}
            nearer: dict[range, _Band] = {}
            for child in sorted(children.get(number, ()), key=lambda c: len(c.span)):
                child.offset = self._offset(band, child, nearer)
                if child.slots:
                    nearer.setdefault(child.span, child)
                step = _STEP if child.slots and child.offset > 0 else -_STEP
                while any(_meet(child.span, span) for span in placed.get(child.offset, ())):
                    child.offset += step
                placed.setdefault(child.offset, []).append(child.span)
                _join(band.contour, child.contour, child.offset)
        for band in self.bands[1:]:
            assert band.parent is not None
            band.axis = self.bands[band.parent].axis + band.offset

    def _outline(self, band: _Band) -> None:
        """The contour of a band without what is stacked on it."""
        band.contour = dict.fromkeys(band.span, _LANE)
        for i in band.slots:
            slot, drop = self.slots[i], self._drop(i)
            band.contour[self.column[i]] = (drop - slot.up, drop + slot.down)

    def _drop(self, i: int) -> float:
        return self.slots[i].drop if self.band_of[i] == 0 else 0.0

    def _offset(self, band: _Band, child: _Band, nearer: Mapping[range, _Band]) -> float:
        """How much lower a band lies than the axis of the one it is stacked on.

        What goes round another that is stacked there already goes round on the side of that.

        Args:
            nearer: the paths that are stacked there; of each span the first.
        """
        about = [(band.contour.get(c, (0.0, 0.0)), own) for c, own in child.contour.items()]
        above = min((near[0] - own[1] for near, own in about), default=0.0) - _APART
        below = max((near[1] - own[0] for near, own in about), default=0.0) + _APART
        if child.slots:
            round_it = (o.offset for span, o in nearer.items() if _holds(child.span, span))
            passed = next(round_it, None)
            side = -above <= below if passed is None else passed < 0
            return above if side else below
        levels = {self._drop(i) for i in (*child.tails, *child.heads)}
        level = levels.pop()
        return level if not levels and level <= above else above

    # --- the paper ------------------------------------------------------------------------

    def placed(self) -> Placed:
        ys = [self.bands[self.band_of[i]].axis + self._drop(i) for i in range(len(self.slots))]
        heights = {edge: self._height(edge, ys) for edge in self.edges}
        turns = self._turns(heights, ys)
        xs, at = self._across(turns)
        middles = list(zip(xs, ys, strict=True))
        ways = {}
        for tail, head in self.edges:
            way = self._way((tail, head), xs, ys, heights[tail, head], at)
            ways[tail, head] = [p for n, p in enumerate(way) if n == 0 or p != way[n - 1]]
        return Placed(middles, ways)

    def _height(self, edge: Edge, ys: Sequence[float]) -> float:
        """Of the part of an arrow that passes columns."""
        return self.bands[self.lane[edge]].axis if edge in self.lane else ys[edge[0]]

    def _from_above(self, edge: Edge, height: float, ys: Sequence[float]) -> bool:
        """Whether an arrow may come down, or up, to a joint within its column."""
        head = edge[1]
        slot = self.slots[head]
        free = slot.above if height < ys[head] else slot.below
        room = abs(height - ys[head]) - slot.half[1]
        if not free or room < _HEAD or edge not in self.lane:
            return False
        low, high = sorted((height, ys[head]))
        others = (i for i in self.standing[self.column[head]] if i != head)
        return all(
            ys[i] + self.slots[i].down < low or ys[i] - self.slots[i].up > high for i in others
        )

    def _turns(self, heights: dict[Edge, float], ys: Sequence[float]) -> dict[int, dict[Key, int]]:
        """In which lane of its gap what turns, by gap."""
        found: dict[int, dict[Key, Turn]] = {}

        def turn(gap: int, key: Key, left: float, right: float) -> None:
            turn = found.setdefault(gap, {}).setdefault(key, Turn(key))
            turn.left.add(left)
            turn.right.add(right)

        for (tail, head), height in heights.items():
            out = height if (tail, head) in self.lane else ys[head]
            if ys[tail] != out:
                turn(self.column[tail] + 1, ("from", tail), ys[tail], out)
            if out != ys[head] and not self._from_above((tail, head), height, ys):
                turn(self.column[head], ("to", head), out, ys[head])
        return {gap: lanes(list(turns.values())) for gap, turns in found.items()}

    def _across(self, turns: dict[int, dict[Key, int]]) -> tuple[list[float], dict[Key, float]]:
        """The middles of slots, and where in its gap each arrow turns."""
        columns = max(self.column) + 1
        lefts, rights = [0.0] * columns, [0.0] * columns
        for slot, c in zip(self.slots, self.column, strict=True):
            lefts[c], rights[c] = max(lefts[c], slot.left), max(rights[c], slot.right)
        at: dict[Key, float] = {}
        first = self.gap / 2 if self.gap / 2 >= _ROOM else min(self.gap / 2, _EARLY)
        middles, x = [], 0.0
        for c in range(columns):
            if c > 0:
                for key, lane in turns.get(c, {}).items():
                    at[key] = x + first + lane * _STEP
                last = max(turns.get(c, {}).values(), default=None)
                if last is None:
                    x += self.gap
                else:  # room for a head after the last turn
                    x += max(self.gap, first + _ROOM) + last * _STEP
            middles.append(x + lefts[c])
            x += lefts[c] + rights[c]
        return [middles[c] for c in self.column], at

    def _way(
        self,
        edge: Edge,
        xs: Sequence[float],
        ys: Sequence[float],
        height: float,
        at: dict[Key, float],
    ) -> list[Point]:
        tail, head = edge
        (x0, y0), (x1, y1) = (xs[tail], ys[tail]), (xs[head], ys[head])
        start, end = (x0 + self.slots[tail].half[0], y0), (x1 - self.slots[head].half[0], y1)
        if edge not in self.lane:
            turn = at.get(("from", tail), start[0])
            return [start, (turn, y0), (turn, y1), end]
        way = [start]
        if height != y0:
            turn = at["from", tail]
            way += [(turn, y0), (turn, height)]
        if height != y1:
            if self._from_above(edge, height, ys):
                half = self.slots[head].half[1]
                return [*way, (x1, height), (x1, y1 - half if height < y1 else y1 + half)]
            turn = at["to", head]
            way += [(turn, height), (turn, y1)]
        return [*way, end]


def _meet(one: range, other: range) -> bool:
    """Whether one span begins right after the other, so that their arrows turn in one gap."""
    return one.stop == other.start or other.stop == one.start


def _holds(one: range, other: range) -> bool:
    """Whether one span has all columns of the other, and more."""
    return one != other and one.start <= other.start and other.stop <= one.stop


def _join(contour: dict[int, Point], other: dict[int, Point], offset: float) -> None:
    """Widen a contour by another one that is so much lower."""
    for c, (top, low) in other.items():
        here = contour.get(c, (0.0, 0.0))
        contour[c] = min(here[0], top + offset), max(here[1], low + offset)
