"""At which heights a network stands: its longest way on an axis, others above and below it.

What is drawn stands in columns, by the longest way from an input. The network is cut into paths:
the longest to its end, then the longest of what is left, and so on. A path lies along an axis as
a band, with the bands that leave it and come back to it stacked above and below, each as near as
what stands in its columns lets it. Arrows run along axes, which bands keep free.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from archspec.figures.columns import Edge, columns, paths
from archspec.figures.geometry import Point

STEP = 6.0
"""Between arrows that change height in one gap."""


HOOK = 10.0
"""How far above or below a joint an arrow passes that comes to it from there."""


_APART = 9.0
_LANE = (-8.0, 5.0)
"""What an arrow is given above and below it; above there may be a word."""

_CLOSED = 1e3
"""Slots that reach so far down leave no room below them: see where a U's parts make them so."""

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
        apart: whether each operand is to have a place of its own, in their order.
        noted: whether what reaches furthest right are words beside the arrow that leaves it.
        first: whether it stands in the first column, wherever what reads it is.
        ports: at which heights from its middle arrows may come to its side besides those that go
            straight on, where each operand comes there; None where they come to its top.
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
    apart: bool = False
    noted: bool = False
    first: bool = False
    ports: tuple[float, ...] | None = None


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


class Bands:
    """The paths of a network and their axes.

    Args:
        edges: without repetitions; the tail of each is before its head in `slots`.
        end: where the longest path ends; otherwise it is the last of the last column.
        last: what stands in the last column, wherever what it reads is; nothing reads it.
        aside: edges that carry another value than what goes straight on.
    """

    def __init__(
        self,
        slots: Sequence[Slot],
        edges: Sequence[Edge],
        end: int | None,
        last: Collection[int],
        aside: Collection[Edge] = (),
    ) -> None:
        self.edges, self.aside = edges, aside
        self.before: list[list[int]] = [[] for _ in slots]
        self.after: list[list[int]] = [[] for _ in slots]
        self.rank: dict[Edge, int] = {}
        """Which operand of its head the tail of an edge is."""
        for tail, head in edges:
            self.rank[tail, head] = len(self.before[head])
            self.before[head].append(tail)
            self.after[tail].append(head)
        self.slots = [_roomy(slot) if slot.apart else slot for slot in slots]
        first = [number for number, slot in enumerate(slots) if slot.first]
        self.column = columns(len(slots), edges, last, first)
        self.standing: dict[int, list[int]] = {}
        """The slots in each column."""
        for i, column in enumerate(self.column):
            self.standing.setdefault(column, []).append(i)
        self.bands: list[_Band] = []
        self.band_of: dict[int, int] = {}
        self.previous: dict[int, int] = {}
        """What stands before a slot in its path."""
        self.lane: dict[Edge, int] = {}
        """The band along which an edge runs, where it passes columns."""
        self._cut(end)
        for band in self.bands[1:]:
            band.parent = self._parent(band)
        self._stack()
        self.heights = [
            self.bands[self.band_of[i]].axis + self._drop(i) for i in range(len(self.slots))
        ]
        """Of the middles of slots."""

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
        if self._length(edge) < _LONG and edge not in self.aside:
            return False
        tails = self.before[edge[1]]
        return sum(self._length((tail, edge[1])) >= _LONG for tail in tails) >= _MANY

    def _add(self, band: _Band, edges: Sequence[Edge]) -> None:
        self.band_of |= dict.fromkeys(band.slots, len(self.bands))
        self.previous |= {head: tail for tail, head in pairwise(band.slots)}
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
            inner = [(self._after(band, child), child) for child in children.get(number, ())]
            for after, child in sorted(inner, key=lambda each: (len(each[1].span), abs(each[0]))):
                below = after or _passes_under(child, children[number])
                child.offset = self._offset(band, child, nearer, below)
                if child.slots:
                    nearer.setdefault(child.span, child)
                step = STEP if child.slots and child.offset > 0 else -STEP
                while any(_meet(child.span, span) for span in placed.get(child.offset, ())):
                    child.offset += step
                placed.setdefault(child.offset, []).append(child.span)
                _join(band.contour, child.contour, child.offset)
        for band in self.bands[1:]:
            assert band.parent is not None
            band.axis = self.bands[band.parent].axis + band.offset

    def _after(self, band: _Band, child: _Band) -> int:
        """How many operands after the band's own one that of a path comes, or before if negative.

        0 where that says nothing of where it stands: ways round something lead above it.
        """
        if not child.slots or len(child.heads) != 1:
            return 0
        (head,) = child.heads
        own = self.previous.get(head)
        ordered = self.slots[head].apart and (self.slots[head].tall or not child.tails)
        if own is None or not ordered or self.bands[self.band_of[head]] is not band:
            return 0
        return self.rank[child.slots[-1], head] - self.rank[own, head]

    def _outline(self, band: _Band) -> None:
        """The contour of a band without what is stacked on it."""
        band.contour = dict.fromkeys(band.span, _LANE)
        for i in band.slots:
            slot, drop = self.slots[i], self._drop(i)
            band.contour[self.column[i]] = (drop - slot.up, drop + slot.down)

    def _drop(self, i: int) -> float:
        return self.slots[i].drop if self.band_of[i] == 0 else 0.0

    def _offset(
        self, band: _Band, child: _Band, nearer: Mapping[range, _Band], after: int
    ) -> float:
        """How much lower a band lies than the axis of the one it is stacked on.

        Operands of a bar stand in their order, and so does what begins at inputs, where there is
        room on either side. What goes round another that is stacked there already goes round on
        the side of that.

        Args:
            nearer: the paths that are stacked there; of each span the first.
            after: how many operands after the band's own one its own comes.
        """
        about = [(band.contour.get(c, (0.0, 0.0)), own) for c, own in child.contour.items()]
        above = min((near[0] - own[1] for near, own in about), default=0.0) - _APART
        below = max((near[1] - own[0] for near, own in about), default=0.0) + _APART
        if after:
            return above if after < 0 else below
        if child.slots and not (child.tails or band.tails) and below < _CLOSED:
            return above if child.slots[0] < band.slots[0] else below
        if child.slots:
            round_it = (o.offset for span, o in nearer.items() if _holds(child.span, span))
            passed = next(round_it, None)
            side = -above <= below if passed is None else passed < 0
            return above if side else below
        levels = {self._drop(i) for i in (*child.tails, *child.heads)}
        level = levels.pop()
        return level if not levels and level <= above else above


def _passes_under(path: _Band, others: Sequence[_Band]) -> bool:
    """Whether a side path to an end of the figure would cross a way that comes down from above."""
    side = bool(path.tails) and not path.heads
    return side and any(not one.slots and one.span.stop in path.span for one in others)


def _roomy(slot: Slot) -> Slot:
    """A slot to which arrows may come from above and below, with room for these."""
    up, down = slot.up, slot.down
    if slot.above:
        up = max(up, slot.half[1] + HOOK + STEP / 2)
    if slot.below:
        down = max(down, slot.half[1] + HOOK + STEP / 2)
    return replace(slot, up=up, down=down)


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
