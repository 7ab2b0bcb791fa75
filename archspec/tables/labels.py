"""Names beside points, none over another: a place for each on the paper that is still free.

The paper is a grid of small cells, and a row of it is one whole number, a bit a cell, so that
to ask whether a box is free takes one operation a row. Each name takes the nearest free place
around its point, first where points crowd. A name that is walled in sends those away that its
line would cross, and they look for another place: rip-up and reroute, as circuits are routed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, floor, hypot, pi, sin

Point = tuple[float, float]
Cell = tuple[int, int]

_CELL = 1.5
_GAP = 2.0
_RINGS = (0, 3, 7, 12, 18, 26, 36, 48, 62, 78, 96, 120, 150, 190, 240)
_TURNS = (0, 16, 8, 24, 4, 28, 12, 20, *(turn for turn in range(32) if turn % 4))
"""Directions in parts of a turn, best first: to the right, to the left, above, below."""
_LED = 6.0
"""From this distance on, a line leads from the point to its name."""
_CROWD = 60.0
_DOT = 4.0
_TRIES = 6
"""So often a name is placed; when it is sent away once more, it stays away."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with a radius, and the size of the name that is to stand in it or beside it.

    Attributes:
        round: whether it is a disk, and a name may stand in it.
    """

    x: float
    y: float
    radius: float
    width: float
    height: float
    round: bool = True

    @property
    def roomy(self) -> bool:
        """Whether the name fits into the point itself."""
        return self.round and hypot(self.width + 2 * _GAP, self.height) <= 2 * self.radius


@dataclass(frozen=True, slots=True)
class Place:
    """The lower left corner of a name, and where the line to its point begins, if it has one."""

    x: float
    y: float
    start: Point | None


def arrange(spots: Sequence[Spot], width: float, height: float) -> list[Place | None]:
    """A place for each name on a paper of that size; None where no place is free.

    A name stands in the middle of a point that is large enough. Neither names nor lines cross a
    name, and none covers the middle of a smaller point. Lines cross points only for names that
    find no place otherwise.
    """
    paper = _Paper(spots, floor(width / _CELL), floor(height / _CELL))
    crowd = [
        sum(hypot(spot.x - other.x, spot.y - other.y) < _CROWD for other in spots) for spot in spots
    ]
    queue = deque(sorted(range(len(spots)), key=lambda i: (not spots[i].roomy, -crowd[i])))
    tries: Counter[int] = Counter()
    while queue:
        index = queue.popleft()
        tries[index] += 1
        found = paper.best(index, by_force=tries[index] < _TRIES)
        if found is not None:
            place, in_the_way = found
            for other in in_the_way:
                paper.drop(other)
            paper.put(index, place)
            queue += [other for other in in_the_way if tries[other] < _TRIES]
    return [paper.places.get(index) for index in range(len(spots))]


def _candidates(spot: Spot) -> Iterator[Place]:
    """Places in and around a point, the best first."""
    if spot.roomy:
        yield Place(spot.x - spot.width / 2, spot.y - spot.height / 2, None)
    for ring in _RINGS:
        for turn in _TURNS:
            x, y = cos(turn * pi / 16), sin(turn * pi / 16)
            near = spot.radius + _GAP + ring
            end = spot.x + near * x, spot.y + near * y
            corner = end[0] + (x - 1) * spot.width / 2, end[1] + (y - 1) * spot.height / 2
            yield Place(*corner, end if ring >= _LED else None)


def _way(spot: Spot, place: Place) -> Iterator[Cell]:
    """The cells under the line from a name to its point, short of both."""
    if place.start is None:
        return
    x, y = place.start[0] - spot.x, place.start[1] - spot.y
    length = hypot(x, y)
    at = min(spot.radius, _DOT) + 2 * _CELL
    while at < length - _CELL:
        yield floor((spot.y + at * y / length) / _CELL), floor((spot.x + at * x / length) / _CELL)
        at += _CELL / 2


@dataclass(slots=True)
class _Paper:
    """What stands where: the bits of dots, names and lines, row by row."""

    spots: Sequence[Spot]
    columns: int
    rows: int
    dots: list[int] = field(init=False)
    names: list[int] = field(init=False)
    lines: list[int] = field(init=False)
    owners: dict[Cell, int] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dots, self.names, self.lines = ([0] * self.rows for _ in range(3))
        for spot in self.spots:
            if spot.roomy:  # its middle is for its name
                continue
            reach = min(spot.radius, _DOT)
            corner = spot.x - reach, spot.y - reach
            for row, mask in self.box(*corner, 2 * reach, 2 * reach):
                self.dots[row] |= mask

    def box(self, x: float, y: float, width: float, height: float) -> Iterator[Cell]:
        """The rows that a box covers, each with the bits of its cells; cut off at the edges."""
        left, right = max(floor(x / _CELL), 0), min(ceil((x + width) / _CELL), self.columns)
        mask = ((1 << max(right - left, 0)) - 1) << left
        for row in range(max(floor(y / _CELL), 0), min(ceil((y + height) / _CELL), self.rows)):
            yield row, mask

    def name(self, index: int, place: Place) -> Iterator[Cell]:
        """The rows and bits of a name."""
        return self.box(place.x, place.y, self.spots[index].width, self.spots[index].height)

    def best(self, index: int, by_force: bool) -> tuple[Place, set[int]] | None:
        """The best place for a name, and the names that must go for it.

        Best is where its line crosses nothing, then where it crosses points, then, by force,
        where it crosses as few names as can be.
        """
        spot = self.spots[index]
        found: tuple[tuple[int, bool], Place, set[int]] | None = None
        for place in _candidates(spot):
            if not self.free(index, place):
                continue
            way = set(_way(spot, place))
            names = {self.owners[cell] for cell in way if cell in self.owners}
            over = any(0 <= r < self.rows and self.dots[r] >> max(c, 0) & 1 for r, c in way)
            if not names and not over:
                return place, names
            if (by_force or not names) and (found is None or (len(names), over) < found[0]):
                found = (len(names), over), place, names
        return found[1:] if found is not None else None

    def free(self, index: int, place: Place) -> bool:
        """Whether a name fits on the paper, and on nothing else."""
        spot = self.spots[index]
        right, above = place.x + spot.width, place.y + spot.height
        if place.x < 0 or place.y < 0 or right > self.columns * _CELL or above > self.rows * _CELL:
            return False
        return not any(
            (self.dots[row] | self.names[row] | self.lines[row]) & mask
            for row, mask in self.name(index, place)
        )

    def put(self, index: int, place: Place) -> None:
        """Write a name, and draw its line."""
        self.places[index] = place
        for row, mask in self.name(index, place):
            self.names[row] |= mask
            self.owners |= dict.fromkeys(_cells(row, mask), index)
        self.draw(index)

    def drop(self, index: int) -> None:
        """Take a name away, with its line but not with those that run over that."""
        place = self.places.pop(index)
        for row, mask in self.name(index, place):
            self.names[row] &= ~mask
            for cell in _cells(row, mask):
                del self.owners[cell]
        self.lines = [0] * self.rows
        for other in self.places:
            self.draw(other)

    def draw(self, index: int) -> None:
        for row, column in _way(self.spots[index], self.places[index]):
            if 0 <= row < self.rows and column >= 0:
                self.lines[row] |= 1 << column


def _cells(row: int, mask: int) -> Iterator[Cell]:
    """The cells of a row whose bits are set, which are side by side."""
    last = mask.bit_length()
    return ((row, column) for column in range(last - mask.bit_count(), last))
