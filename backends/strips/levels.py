"""Which boxes of a network stand where in a U: its levels, the steps between them, the copies.

The spine of a U is the way from the input to the output that leads through the coarsest maps. It
goes down, from resolution to resolution, and up again. What stands on it at one resolution is a
part: one of the way down, one of the way up, and the bottom. Everything else has to lie within a
part, or on the way across from a part to its counterpart. What has other ways is no clean U.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from archspec.analysis.bypass import weighted
from archspec.backends.strips.topology import Topology
from archspec.figures.columns import Edge
from archspec.figures.grid import scales
from archspec.figures.marks import passes_on
from archspec.ir.graph import Node

MANY = 160
"""Boxes that are too many for any picture."""

_COARSER = Fraction(5, 4)
"""How much further apart positions are in maps of another level."""

DOWN, BOTTOM, UP = range(3)


class Place(NamedTuple):
    """A part: on which side of the U, and at which of its resolutions, the finest first."""

    side: int
    row: int


@dataclass(frozen=True, slots=True)
class Step:
    """A way from one part to the next.

    Attributes:
        by: the boxes that the arrow itself stands for: what pools, what enlarges.
    """

    tail: int
    head: int
    by: tuple[int, ...] = ()


@dataclass(slots=True)
class Levels:
    """A U.

    Attributes:
        parts: the numbers of the boxes that stand in each part, those that are read first.
        ends: the first and the last box of the spine in each part.
        steps: from part to part, along the spine.
        wires: within parts.
        copies: from the way down to the way up, within a row.
        more: other values that the way up reads from the part below it.
        within: what only passes on what another box gives, and is said in that box, by its number.
        across: the same of what lies on a copy.
    """

    parts: dict[Place, list[int]]
    ends: dict[Place, Edge]
    steps: list[Step]
    wires: list[Edge] = field(default_factory=list)
    copies: list[Edge] = field(default_factory=list)
    more: list[Edge] = field(default_factory=list)
    within: dict[int, list[int]] = field(default_factory=dict)
    across: dict[Edge, int] = field(default_factory=dict)

    @property
    def branches(self) -> bool:
        """Whether ways come together within a part."""
        heads = [head for _, head in self.wires]
        return len(heads) > len(set(heads))


def levels(shown: Topology) -> Levels | None:
    """The U that a network is; None where it is none, or no clean one."""
    fits = 1 < len(shown.maps) <= MANY and not shown.times
    return _Reader(shown).levels() if fits else None


class _Reader:
    """Finds the levels of a network.

    Attributes:
        before, after: what each box reads, and what reads it; of what reads a size alone nothing.
        place: the part of each box that has one.
        owner: of what is said in another box, that box.
        arrows: the boxes that arrows stand for.
    """

    def __init__(self, shown: Topology) -> None:
        self.shown, self.maps = shown, shown.maps
        number = {maps.box: i for i, maps in enumerate(shown.maps)}
        number |= {box: i for i, maps in enumerate(shown.maps) for box in maps.passing}
        number |= {box: i for i, maps in enumerate(shown.maps) for box in maps.leading}
        self.edges = sorted(
            {
                (number[arrow.tail], number[arrow.head])
                for arrow in shown.figure.arrows
                if not arrow.refers
                and {arrow.tail, arrow.head} <= number.keys()  # what is left out has none
                and number[arrow.tail] != number[arrow.head]
            }
        )
        self.before: list[list[int]] = [[] for _ in self.maps]
        self.after: list[list[int]] = [[] for _ in self.maps]
        for tail, head in self.edges:
            self.before[head].append(tail)
            self.after[tail].append(head)
        self.row = self._rows()
        self.spine = self._spine()
        self.place: dict[int, Place] = {}
        self.owner: dict[int, int] = {}
        self.arrows: set[int] = set()

    def levels(self) -> Levels | None:
        """The levels, where all that there is has a place."""
        places = self._places()
        if places is None:
            return None
        self.place = dict(zip(self.spine, places, strict=True))
        self._join(self.spine)
        steps = list(self._steps())
        aside = [i for i in range(len(self.maps)) if self._is_aside(i)]
        if not self._put(aside):
            return None
        self._join(aside)
        order = dict.fromkeys(places)
        if order.keys() - {self.place[number] for number in self.spine}:
            return None
        on = {place: [i for i in self.spine if self.place[i] == place] for place in order}
        made = Levels({}, {place: (own[0], own[-1]) for place, own in on.items()}, steps)
        made.across = dict(self._passed_across(aside))
        for number, owner in self.owner.items():
            made.within.setdefault(owner, []).append(number)
        for place in order:
            made.parts[place] = sorted(i for i, at in self.place.items() if at == place)
        return made if self._wired(made) else None

    # --- the spine ------------------------------------------------------------------------

    def _rows(self) -> list[int]:
        """The number of each box's resolution; vectors stand where they come from."""
        scale = scales(self.shown.figure)
        number: dict[Fraction, int] = {}
        last: Fraction | None = None
        for step in sorted(set(scale.values())):
            if last is None or step >= last * _COARSER:
                last = step
            number[step] = len({*number.values()}) - (last is not step)
        found: list[int] = []
        for maps, tails in zip(self.maps, self.before, strict=True):
            own = scale.get(maps.box)
            here = max((found[tail] for tail in tails), default=0)
            found.append(here if own is None else number[own])
        return found

    def _spine(self) -> list[int]:
        """The longest of the ways up to an output that lead through the coarsest maps."""
        best: list[tuple[int, int]] = []
        came: list[int | None] = []
        for tails, row in zip(self.before, self.row, strict=True):
            tail = max(tails, key=lambda i: best[i], default=None)
            deepest, length = (0, 0) if tail is None else best[tail]
            best.append((max(deepest, row), length + 1))
            came.append(tail)
        ends = self.shown.ends
        up = [end for end in ends if self.row[end] < best[end][0]]
        at: int | None = max(up or ends, key=lambda end: best[end], default=None)
        spine: list[int] = []
        while at is not None:
            spine.append(at)
            at = came[at]
        return spine[::-1]

    def _places(self) -> list[Place] | None:
        """The parts along the spine; None where it does not go down once, and then up."""
        rows = [self.row[number] for number in self.spine]
        if not rows or rows[0] == max(rows) or rows[-1] == max(rows):
            return None
        low = max(rows)
        first, last = rows.index(low), len(rows) - 1 - rows[::-1].index(low)
        down, bottom, up = rows[:first], rows[first : last + 1], rows[last + 1 :]
        if down != sorted(down) or up != sorted(up, reverse=True) or set(bottom) != {low}:
            return None
        return [
            *(Place(DOWN, row) for row in down),
            *(Place(BOTTOM, row) for row in bottom),
            *(Place(UP, row) for row in up),
        ]

    def _steps(self) -> Iterator[Step]:
        """The steps along the spine; what arrows stand for is on it no more."""
        k = 1
        while k < len(self.spine):
            tail = self.spine[k - 1]
            if self.place[tail] != self.place[self.spine[k]]:
                by = self._arrow(k)
                for number in by:
                    self.spine.remove(number)
                    del self.place[number]
                self.arrows.update(by)
                yield Step(tail, self.spine[k], by)
            k += 1

    def _arrow(self, k: int) -> tuple[int, ...]:
        """What of the spine, from one of its boxes on, the arrow to its level stands for.

        What pools and what enlarges is an arrow, where more follows on its level; and so is the
        convolution that only adapts what was enlarged to what it is merged with.
        """
        number, place = self.spine[k], self.place[self.spine[k]]
        following = [i for i in self.spine[k + 1 : k + 3] if self.place[i] == place]
        if not following or not self._is_link(number):
            return ()
        has_weights = self._has_weights(number)
        if place.side != UP:
            return () if has_weights else (number,)
        if not self._is_op(number):
            return (number,) if self._merges(following[0]) else ()
        if len(following) == 2 and not has_weights and self._merges(following[1]):
            second = following[0]
            if self._is_link(second) and self._is_op(second) and self._has_weights(second):
                return number, second
        return (number,)

    def _shown(self, number: int) -> int:
        """The box in which one is said, which may be itself."""
        return self.owner.get(number, number)

    def _is_op(self, number: int) -> bool:
        return isinstance(self.maps[number].box.part, Node)

    def _has_weights(self, number: int) -> bool:
        return any(map(weighted, self.maps[number].box.nodes()))

    def _merges(self, number: int) -> bool:
        return len(self.before[number]) > 1

    def _is_boxed(self, number: int) -> bool:
        maps = self.maps[number]
        return not (maps.source or maps.joint or maps.stacking)

    def _is_link(self, number: int) -> bool:
        """Whether a box is alone, and stands between two others."""
        alone = len(self.before[number]) == len(self.after[number]) == 1
        single = self._is_boxed(number) and self.maps[number].box.times == 1
        return alone and single and number not in self.shown.ends and number not in self.owner

    # --- what is beside the spine ---------------------------------------------------------

    def _is_aside(self, number: int) -> bool:
        return number not in self.place and number not in self.arrows and number not in self.owner

    def _passes(self, number: int) -> bool:
        """Whether a box reads one value and makes no maps that one would draw."""
        if len(self.before[number]) != 1 or not self._is_boxed(number):
            return False
        parts = self.maps[number].box.parts
        return all(isinstance(part, Node) and passes_on(part) for part in parts)

    def _join(self, numbers: list[int]) -> None:
        """Say a dropout, or what else only passes on, in the box that nothing else reads."""
        for number in numbers[:]:
            (tail, *_) = [*self.before[number], number]
            owner = self._shown(tail)
            joins = self._passes(number) and self._is_boxed(owner) and tail not in self.shown.ends
            if (
                joins
                and self.after[tail] == [number]
                and self.place.get(owner) == self.place[number]
            ):
                self.owner[number] = owner
                numbers.remove(number)
                del self.place[number]

    def _put(self, aside: Sequence[int]) -> bool:
        """Give each of these its part; whether there is one for all."""
        leads: list[set[Place]] = [set() for _ in self.maps]
        for number in range(len(self.maps) - 1, -1, -1):
            for head in self.after[number]:
                at = self.place.get(self._shown(head))
                leads[number] |= leads[head] if at is None else {at}
        for number in aside:
            tails = [self._shown(tail) for tail in self.before[number]]
            if not self.arrows.isdisjoint(tails):
                return False
            place = _between({self.place[tail] for tail in tails}, leads[number])
            if place is None:
                return False
            self.place[number] = place
        return True

    def _passed_across(self, aside: Sequence[int]) -> Iterator[tuple[Edge, int]]:
        """What only passes on what is copied; the edge has it in words, and it is no box more."""
        for number in aside:
            if not self._passes(number) or len(self.after[number]) != 1:
                continue
            tail, head = self._shown(self.before[number][0]), self._shown(self.after[number][0])
            if self.place[tail].side == DOWN and self.place[number].side == UP:
                del self.place[number]
                yield (tail, head), number

    def _wired(self, made: Levels) -> bool:
        """Give each edge its kind; whether it has one."""
        made.copies += made.across
        unseen = {*self.arrows, *made.across.values()}
        steps = {(step.tail, step.head) for step in made.steps}
        order = list(made.ends)
        for edge in dict.fromkeys((self._shown(a), self._shown(b)) for a, b in self.edges):
            tail, head = edge
            if tail == head or not unseen.isdisjoint(edge) or edge in steps:
                continue
            start, end = self.place[tail], self.place[head]
            if start == end:
                made.wires.append(edge)
            elif (start.side, end.side, start.row) == (DOWN, UP, end.row):
                made.copies += [edge] if edge not in made.across else []
            elif (
                end.side == UP
                and order.index(end) == order.index(start) + 1
                and tail == made.ends[start][1]
            ):
                made.more.append(edge)
            else:
                return False
        return True


def _between(comes: set[Place], leads: set[Place]) -> Place | None:
    """Where a box beside the spine stands, by the parts that it reads and those it leads to."""
    if not comes:
        return next(iter(leads)) if len(leads) == 1 else None
    if len(comes) == 1:
        (start,) = comes
        across = Place(UP, start.row)
        if leads <= {start}:
            return start
        if start.side == DOWN and leads <= {start, across}:
            return across if leads == {across} else start
        return None
    rows = {place.row for place in comes if place.side == UP}
    rows |= {place.row for place in comes if place.side == DOWN}
    across = Place(UP, min(rows))
    below = {place for place in comes if place.row > across.row and place.side != DOWN}
    rest = comes - below
    return across if rest <= {across, Place(DOWN, across.row)} and leads == {across} else None
