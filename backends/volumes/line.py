"""Where everything stands in a picture that is a line with arches, or a U."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from archspec.backends.volumes import words
from archspec.backends.volumes.cells import SMALL, Cell
from archspec.backends.volumes.packing import Front, Sky, profile
from archspec.backends.volumes.spine import Arch, Spine
from archspec.figures.geometry import Corners, Point, around, overlap
from archspec.figures.maps import Link, Maps
from archspec.figures.measure import width
from archspec.figures.paint import FAINT, INK, LINE, Paint
from archspec.figures.picture import Item, Polygon, Words

GAP, ARROW, SHORT = 8.0, 15.5, 12.5
"""Between shapes, and the length of an arrow on the axis, to a joint the second."""
_OFF, _DOWN, _ASIDE = 5.0, 13.0, 3.0
"""From a cell to a way that leaves its axis, down to a head at the least, and from words."""

_CLEAR = 9.0
"""Between arches, and between one and what it leads over."""

_TAG = 8.0
"""Half of a tag's height, without that of more lines."""

_ROW = 10.0
"""Between a copy across a U and what is in the row below."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A box with words that stands on an arch."""

    maps: Maps
    lines: tuple[str, ...]

    @property
    def half(self) -> Point:
        wide = max(width(line, SMALL) for line in self.lines)
        return wide / 2 + 5, _TAG + (len(self.lines) - 1) * 0.6 * SMALL

    def items(self, middle: Point) -> Iterator[Item]:
        (x, y), (a, b) = middle, self.half
        box = ((x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b))
        yield Polygon(box, Paint(self.maps.kind), LINE, 0.8, self.maps.train_only)
        for number, line in enumerate(self.lines):
            low = y + (number - (len(self.lines) - 1) / 2) * 1.2 * SMALL + 0.36 * SMALL
            yield Words((x, low), line, SMALL, INK)


@dataclass(slots=True)
class Laid:
    """A picture with places for everything.

    Attributes:
        middles: of cells.
        ways: the corners of the arrow of each link.
        tags: the middles of boxes on arches.
        said: words on arches, and what is written below several cells.
    """

    middles: list[Point] = field(default_factory=list)
    ways: dict[Link, list[Point]] = field(default_factory=dict)
    tags: dict[Maps, Point] = field(default_factory=dict)
    said: list[Item] = field(default_factory=list)

    def clear(self, tags: Mapping[Maps, Tag]) -> bool:
        """Whether boxes on arches lie on nothing, and no other arrow leads through one."""
        boxes = {}
        for maps, (x, y) in self.tags.items():
            a, b = tags[maps].half
            boxes[maps] = (x - a, y - b), (x + a, y + b)
        if any(overlap(one, other) for one, other in combinations(boxes.values(), 2)):
            return False
        for link, way in self.ways.items():
            for ends in pairwise(way):
                line = around(ends)
                for maps, box in boxes.items():
                    own = maps in (link.tail, link.head)
                    if _through(line, _within(box, _OWN) if own else box):
                        return False
        return True


_OWN = 0.5
"""How far the arrows to a box and from it may lead into it."""


def _within(box: Corners, by: float) -> Corners:
    (left, top), (right, low) = box
    return (left + by, top + by), (right - by, low - by)


def _through(line: Corners, box: Corners) -> bool:
    """Whether a level or upright line leads through a box, or along its edge."""
    ((a, b), (c, d)), ((e, f), (g, h)) = line, box
    return a < g and e < c + 0.01 and b < h and f < d + 0.01


class Across:
    """Lays cells out along an axis, and what leads past some of them above.

    Args:
        tags: what stands on arches.
        drops: how low each cell stands, in a U.
        room: words before a cell, under the arrow to it.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        spine: Spine,
        links: Sequence[Link],
        tags: Mapping[Maps, Tag],
        drops: Sequence[float] | None,
    ) -> None:
        self.cells, self.spine, self.tags = cells, spine, tags
        self.in_a_u = drops is not None
        self.ys = list(drops) if drops is not None else [0.0] * len(cells)
        self.number = {maps: n for n, cell in enumerate(cells) for maps in cell.run}
        self.links = links
        self.left = {self.number[arch.tail] for arch in spine.arches}
        self.sky = Sky()
        self.buses: dict[Maps, float] = {}
        self.xs: list[float] = []
        self.laid = Laid()

    def lay(self) -> Laid:
        """Cells first, then the arrows between neighbours, then arches, the shortest first.

        Of those that end by themselves, to the right of where they begin, the last comes first,
        so that none begins below the box of another.
        """
        self._pack()
        self.laid.middles = list(zip(self.xs, self.ys, strict=True))
        for cell, (x, y) in zip(self.cells, self.laid.middles, strict=True):
            for piece in (*cell.covered, *cell.written):
                (left, top), (right, _) = around(piece)
                self.sky.take(x + left - 2, x + right + 2, y + top)
        straight = self.spine.straight
        for link in self.links:
            pair = link.tail, link.head
            if pair in straight and self.number[link.tail] != self.number[link.head]:
                self.laid.ways[link] = self._straight(link)
        for arch in sorted(self.spine.arches, key=self._span):
            self._arch(arch)
        return self.laid

    # --- along the axis -------------------------------------------------------------------

    def _pack(self) -> None:
        front, edge = Front(), 0.0
        for number, cell in enumerate(self.cells):
            y = self.ys[number]
            shapes = [*cell.covered, *cell.written]
            moved = profile(([(a, b + y) for a, b in shape] for shape in shapes), GAP / 3)
            left, right = cell.reach
            arrow = SHORT if cell.above else ARROW
            x = edge + arrow - left if number else 0.0
            if self.in_a_u and number:  # rows reach into one another: so does nothing else
                low = self._from_below(number) if y < self.ys[number - 1] else None
                into = min(a for shape in shapes for a, _ in shape) if low is None else low[0]
                x = max(x, edge + arrow - into)
            free = front.free(moved, GAP)
            x = max([x, *self._wide(number), *([] if free is None else [free])])
            self.xs.append(x)
            front.take(moved, x)
            edge = x + right
            if number in self.left:  # and an arrow's head behind the way up
                edge = max(edge, x + self._behind(number) - _OFF)
            if self.in_a_u:
                edge = max(edge, x + max(a for shape in shapes for a, _ in shape))

    def _wide(self, number: int) -> Iterator[float]:
        """Where a cell must stand so that tags on arches to it have room."""
        for arch in self.spine.arches:
            if arch.head is None or self.number[arch.head] != number:
                continue
            tail = self.number[arch.tail]
            wide = self._length(arch) + ARROW * bool(arch.tags)
            wide = max(wide, width(_said(arch), SMALL) + 24) if _said(arch) else wide
            if tail < number and wide:
                start = self.xs[tail] + self._top(arch.tail)[0]
                yield start + wide - self._entry(arch)[0]

    def _straight(self, link: Link) -> list[Point]:
        tail, head = self.number[link.tail], self.number[link.head]
        start = self.xs[tail] + self.cells[tail].reach[1], self.ys[tail]
        end = self.xs[head] + self.cells[head].reach[0], self.ys[head]
        if start[1] == end[1]:
            return [start, end]
        if start[1] > end[1] and (low := self._from_below(head)) is not None:
            x, y = self._place(link.head, low)
            return [start, (x, start[1]), (x, y)]
        beside = (x for piece in self.cells[tail].written for x, y in piece if y > 0)
        turn = max([start[0] + ARROW / 3, *(self.xs[tail] + x + _ASIDE for x in beside)])
        return [start, (turn, start[1]), (turn, end[1]), end]

    def _from_below(self, number: int) -> Point | None:
        """Where a cell is reached from below."""
        cell = self.cells[number]
        return (0.0, cell.half[1]) if cell.above else cell.foot

    # --- arches ---------------------------------------------------------------------------

    def _span(self, arch: Arch) -> float:
        if arch.head is None:
            return -self._place(arch.tail, self._top(arch.tail))[0]
        return (
            self._place(arch.head, self._entry(arch))[0]
            - self._place(arch.tail, self._top(arch.tail))[0]
        )

    def _place(self, maps: Maps, at: Point) -> Point:
        number = self.number[maps]
        return self.xs[number] + at[0], self.ys[number] + at[1]

    def _top(self, maps: Maps) -> Point:
        """Where a way past others leaves maps, in their cell."""
        cell = self.cells[self.number[maps]]
        return cell.tops.get(maps, (0.0, -cell.half[1]))

    def _entry(self, arch: Arch) -> Point:
        """Where one comes to maps, in their cell."""
        assert arch.head is not None
        cell = self.cells[self.number[arch.head]]
        return cell.sides.get(arch.links[-1], self._top(arch.head))

    def _across(self, arch: Arch) -> list[Point] | None:
        """Straight to a joint in the same row of a U, where nothing is in the way."""
        if not self.in_a_u or arch.head is None:
            return None
        tail, head = self.number[arch.tail], self.number[arch.head]
        y = self.ys[head]
        cell = self.cells[head]
        if self.ys[tail] != y or not (cell.above or arch.links[-1] is cell.copied) or tail == head:
            return None
        if self.cells[tail].run[-1] is not arch.tail:
            return None
        start = self.xs[tail] + self.cells[tail].reach[1]
        end = self.xs[head] + cell.reach[0]
        between = range(tail + 1, head)
        boxes = [
            (self.ys[n] + self.cells[n].box[0][1], self.ys[n] + self.cells[n].box[1][1])
            for n in between
        ]
        high = max([0.0, *(self.tags[m].half[1] for m in arch.tags)]) + 3
        if any(top < y + high and y - high < low for top, low in boxes):
            return None
        return [(start, y), (end, y)]

    def _arch(self, arch: Arch) -> None:
        way = self._across(arch) or self._over(arch)
        self._cut(arch, way)

    def _over(self, arch: Arch) -> list[Point]:
        """From the tail, along above all between, down to the head."""
        way = self._start(arch.tail)
        start, y0 = way[-1]
        x1, y1 = start + self._length(arch), y0
        if arch.head is not None:
            x1, y1 = self._place(arch.head, self._entry(arch))
        tall = max([0.0, *(self.tags[m].half[1] for m in arch.tags)])
        said = SMALL * 1.3 if _said(arch) else 0.0
        bus = arch.head if not (tall or said or self._own(arch)) else None
        lane = min(self.sky.over(start - 2, x1 + 2, bus) - _CLEAR - tall, y1 - _DOWN, y0 - 8)
        if bus is not None:  # what comes to one place shares a lane
            shared = self.buses.setdefault(bus, lane)
            lane = shared if shared <= lane else lane
        top = lane - tall - said - 2
        self.sky.take(min(start, x1) - 2, max(start, x1) + 2, top, bus)
        return [*way, (start, lane), (x1, lane), *([(x1, y1)] if arch.head is not None else [])]

    def _start(self, tail: Maps) -> list[Point]:
        """How a way past others begins: behind the last slice of a solid, or above one."""
        number = self.number[tail]
        above = tail in self.cells[number].tops and not self._hidden(tail)
        if self._leaves(number) is tail or not above:
            x, y = self.xs[number] + self.cells[number].reach[1], self.ys[number]
            return [(x, y), (self.xs[number] + self._behind(number), y)]
        return [self._place(tail, self._top(tail))]

    def _leaves(self, number: int) -> Maps | None:
        """The maps that ways past others leave on the axis: the last, but of vectors."""
        cell = self.cells[number]
        vector = len(cell.run[0].shape) < 2 and not cell.above
        return None if vector else cell.run[-1]

    def _behind(self, number: int) -> float:
        """Where a way up runs that leaves a cell on its axis: right of all of it that is above."""
        cell = self.cells[number]
        pieces = (*cell.covered, *(() if cell.above else cell.written))
        return max(cell.reach[1], *(x for piece in pieces for x, y in piece if y <= 0)) + _OFF

    def _own(self, arch: Arch) -> bool:
        """Whether an arch comes to a place of its own."""
        assert arch.head is not None
        return arch.links[-1] in self.cells[self.number[arch.head]].sides

    def _length(self, arch: Arch) -> float:
        """That tags ask for on an arch."""
        return sum(2 * self.tags[maps].half[0] + ARROW for maps in arch.tags)

    def _hidden(self, maps: Maps) -> bool:
        """Whether its upper edge lies before the side of a larger slice."""
        cell = self.cells[self.number[maps]]
        return min(y for _, y in cell.tops.values()) < cell.tops[maps][1] - 0.16 * cell.half[1]

    def _along(self, arch: Arch, x0: float, x1: float) -> list[Point]:
        """From where to where each tag on a level stretch reaches."""
        wide = sum(2 * self.tags[m].half[0] for m in arch.tags)
        step = 20.0 if arch.head is None else (x1 - x0 - wide) / (len(arch.tags) + 1)
        found = []
        for maps in arch.tags:
            x0 += step
            found.append((x0, x0 + 2 * self.tags[maps].half[0]))
            x0 = found[-1][1]
        return found

    def _cut(self, arch: Arch, way: list[Point]) -> None:
        """An arch into the arrows of its links, with its tags on its longest level part."""
        spans = [n for n in range(len(way) - 1) if way[n][1] == way[n + 1][1]]
        along = max(spans, key=lambda n: abs(way[n + 1][0] - way[n][0]))
        (x0, y), (x1, _) = way[along], way[along + 1]
        points = way[: along + 1]
        places = self._along(arch, x0, x1)
        for link, maps, (left, right) in zip(arch.links, arch.tags, places, strict=False):
            self.laid.tags[maps] = (left + right) / 2, y
            self.laid.ways[link] = [*points, (left, y)]
            points = [(right, y)]
        if arch.head is not None:
            self.laid.ways[arch.links[-1]] = [*points, *way[along + 1 :]]
        text = _said(arch)
        if text and not arch.tags and width(text, SMALL) < abs(x1 - x0) - 6:
            ends = [maps for maps in (arch.tail, arch.head) if maps is not None]
            since = max(self.cells[self.number[maps]].since for maps in ends)
            self.laid.said.append(Words(((x0 + x1) / 2, y - 4), text, SMALL, FAINT, since=since))


def _said(arch: Arch) -> str:
    """What happens on the way."""
    return ", ".join(filter(None, map(words.on_the_way, arch.links)))
