"""Cells and the arrows between them, as a picture whose longest way lies along its axis."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from math import inf
from typing import NamedTuple

from archspec.backends.strips import arcs
from archspec.backends.strips.captions import captions
from archspec.backends.strips.cells import FINE, THICK, THIN, Cell
from archspec.backends.strips.centred import centred
from archspec.backends.strips.parallel import parallel
from archspec.figures.bands import Slot
from archspec.figures.columns import Edge
from archspec.figures.geometry import Corners, Point, moved, seen
from archspec.figures.lines import Arrows
from archspec.figures.paint import LINE, Paint
from archspec.figures.picture import Item, Line, Picture, Polygon, corners
from archspec.figures.ways import Placed, lay_out

_RADIUS = 4.0
_MANY = 20
"""Boxes in a row from which on arcs over it are fine."""
_BEYOND = 4.0
"""How much further a bar reaches than what comes to it."""

_NEARLY = 0.01

Span = tuple[float, float]


class Spacing(NamedTuple):
    """How far apart cells stand.

    Attributes:
        gap: between columns.
        scale: of arrows, and of what lies between cells; not of cells themselves.
        stops: where the middle of each cell stands along the way, if further on than it would.
        centred: whether what comes in and what leaves stands over the middle of all between them.
    """

    gap: float
    scale: float = 1.0
    stops: Sequence[float] = ()
    centred: bool = False


def composed(
    cells: Sequence[Cell],
    wires: Mapping[Edge, bool],
    end: int | None,
    spacing: Spacing,
    last: Collection[int] = (),
    upwards: bool = False,
) -> tuple[Picture, list[Point]]:
    """A picture of cells and arrows, and where the middles of cells are in it."""
    made = Composed(cells, wires, end, spacing, last, upwards)
    return made.picture, made.middles


class Composed:
    """Cells and arrows, each with its place.

    Args:
        wires: which cell reads which, by number, and whether the arrow is dashed.
        end: the cell that the longest way leads to.
        last: the cells that stand in the last column.
        upwards: whether it goes from bottom to top, and not from left to right.

    Attributes:
        cells: as they were given.
        middles: where the middles of cells are.
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        wires: Mapping[Edge, bool],
        end: int | None,
        spacing: Spacing,
        last: Collection[int] = (),
        upwards: bool = False,
    ) -> None:
        gap, scale, stops, middle = spacing
        self.cells, self.scale, self.upwards = cells, scale, upwards
        self.given = given = parallel(cells, wires, end, last, scale, upwards)
        operands = Counter(head for _, head in given.wires)
        slots = [slot(cell, scale, upwards, operands[n]) for n, cell in enumerate(given.cells)]
        self.rows = arcs.rows(len(slots), list(given.wires), given.end, given.last)
        curved = {edge for _, within in self.rows for edge in within}
        self.edges = [edge for edge in given.wires if edge not in curved]
        self.sizes = [_arched(cell, scale, upwards) for cell in given.cells]
        for row, _ in self.rows:
            high = arcs.height(row, slots, gap)
            for box in row:
                slots[box] = replace(slots[box], up=self.sizes[box][1] + high)
        placed, self.spans = laid_out(
            slots, self.edges, given.end, gap, given.last, given.aside, middle=middle
        )
        if stops:
            wanted = dict(zip(given.kept, stops, strict=True))
            placed = _moved_on(placed, slots, wanted)
        self.slots, self.placed = slots, placed
        self._at = [seen((x * scale, y * scale), upwards) for x, y in placed.middles]
        self.middles = [self._at[number] for number in given.kept]

    @cached_property
    def picture(self) -> Picture:
        """Arrows, cells over these, and what is said beside cells."""
        given, scale, upwards = self.given, self.scale, self.upwards
        items = [*Picture((*self._arrows(), *self._arcs())).scaled(scale).items]
        said: list[tuple[Cell, Corners]] = []
        for number, (cell, (x, y)) in enumerate(zip(given.cells, self._at, strict=True)):
            drawn: tuple[Item, ...] = () if number in given.heads else cell.items
            covered = (-cell.half[0], -cell.half[1]), cell.half
            if number in self.spans:
                half = self.slots[number].half[0]
                drawn = _raised(cell, half, self.spans[number], scale, upwards)
                covered = corners(drawn[0])
            items += Picture(drawn).moved(x, y).items
            said.append((cell, moved(covered, x, y)))
        items += captions(said, items, upwards)
        return Picture(tuple(items))

    @property
    def _thick(self) -> float:
        return THICK if self.scale == 1 else THIN

    def _arrows(self) -> Iterator[Item]:
        """The arrows that run along columns and between them."""
        given, since = self.given, [cell.since for cell in self.given.cells]
        arrows = Arrows(_RADIUS, self._thick)
        led = {e: way for e in self.edges if (way := given.way(e, self.placed.ways))}
        ways = {edge: [seen(point, self.upwards) for point in way] for edge, way in led.items()}
        steps = {edge: max(since[end] for end in edge) for edge in ways}
        arrows.expect(ways.values(), steps.values())
        for edge, way in ways.items():
            yield from arrows.along(way, given.wires[edge], steps[edge])

    def _arcs(self) -> Iterator[Item]:
        """The arcs over rows."""
        since = [cell.since for cell in self.given.cells]
        for row, within in self.rows:
            fine = self.scale != 1 or len(row) > _MANY
            thick = FINE if fine else self._thick
            curves = arcs.drawn(row, within, self.placed.middles, self.sizes, thick, since)
            yield from map(_turned, curves) if self.upwards else curves


def laid_out(
    slots: Sequence[Slot],
    edges: Sequence[Edge],
    end: int | None,
    gap: float,
    last: Collection[int] = (),
    aside: Collection[Edge] = (),
    *,
    middle: bool = False,
) -> tuple[Placed, dict[int, Span]]:
    """Where slots stand and arrows run from left to right, and how far each bar reaches.

    Args:
        middle: whether what comes in and what leaves stands over the middle of all between them.
    """
    placed = lay_out(slots, edges, end, gap, last, aside)
    bars = _Bars(placed, slots, edges)
    spans = {number: bars.raised(number) for number, one in enumerate(slots) if one.tall}
    return centred(placed, spans, edges, last) if middle else placed, spans


def _moved_on(placed: Placed, slots: Sequence[Slot], stops: Mapping[int, float]) -> Placed:
    """The same with columns where slots are to stand, or further on; arrows before are longer.

    Arrows turn where they did, so far from the column that they come from.
    """
    column = placed.column
    begins, further = [inf] * (max(column) + 1), [0.0] * (max(column) + 1)
    for number, (slot, place) in enumerate(zip(slots, column, strict=True)):
        x = placed.middles[number][0]
        begins[place] = min(begins[place], x - slot.left)
        further[place] = max(further[place], stops.get(number, x) - x)
    shifts = list(accumulate(further, max))

    def moved(point: Point) -> Point:
        place = bisect(begins, point[0] + _NEARLY) - 1
        return point[0] + shifts[max(place, 0)], point[1]

    ways = {edge: [*map(moved, way)] for edge, way in placed.ways.items()}
    return Placed([*map(moved, placed.middles)], ways, column)


def _turned(item: Line | Polygon) -> Item:
    """A shape of the layout as it is seen in what goes upwards."""
    return replace(item, points=tuple(seen(point, True) for point in item.points))


def _arched(cell: Cell, scale: float, upwards: bool) -> Point:
    """Half of how far a cell reaches along the row, and how far above its middle arcs touch it."""
    half = cell.half[::-1] if upwards else cell.half
    return half[0] / scale, (half[1] if cell.top is None else cell.top) / scale


def slot(cell: Cell, scale: float = 1.0, upwards: bool = False, operands: int = 1) -> Slot:
    """The room that a cell takes, in a layout from left to right.

    Args:
        operands: how many arrows come to it; each of several has a place of its own.
    """
    (left, top), (right, low) = (tuple(n / scale for n in corner) for corner in cell.box)
    right -= cell.over / scale
    half = cell.half[0] / scale, cell.half[1] / scale
    tall = cell.bar is not None
    apart = operands > 1
    block = cell.ground is not None
    opened = cell.open or (apart and not tall and not block)
    reach = (low, -top, -left, right) if upwards else (-left, right, -top, low)
    touched = half[::-1] if upwards else half
    return Slot(
        *reach,
        touched,
        opened,
        opened,
        tall=tall,
        apart=apart,
        noted=cell.noted,
        first=cell.first,
        ports=tuple(port / scale for port in cell.ports) if apart and block else None,
    )


def _raised(cell: Cell, half: float, span: Span, scale: float, upwards: bool) -> tuple[Item, ...]:
    """What is drawn of a bar that reaches so far; a formula stays where it is."""
    assert cell.bar is not None
    bar = _bar(cell.bar, half, span, scale, upwards)
    return (replace(bar, since=cell.since), *cell.items[1:])


def _bar(fill: Paint, half: float, span: Span, scale: float, upwards: bool) -> Polygon:
    low, high = span
    corners = ((-half, low), (half, low), (half, high), (-half, high))
    points = tuple(seen((x * scale, y * scale), upwards) for x, y in corners)
    return Polygon(points, fill, LINE, THICK if scale == 1 else THIN)


class _Bars:
    """How far bars reach in a layout."""

    def __init__(self, placed: Placed, slots: Sequence[Slot], edges: Sequence[Edge]) -> None:
        self.placed, self.slots, self.column = placed, slots, placed.column
        self.into: dict[int, list[Edge]] = {}
        self.furthest: dict[tuple[int, float], int] = {}
        """The last column that lines from a slot lead to at a height."""
        self.beside: dict[int, list[int]] = {}
        for edge in edges:
            tail, head = edge
            self.into.setdefault(head, []).append(edge)
            along = tail, _height(placed.ways[edge])
            self.furthest[along] = max(self.furthest.get(along, 0), self.column[head])
        for number, place in enumerate(self.column):
            self.beside.setdefault(place, []).append(number)

    def raised(self, number: int) -> Span:
        """How far a bar reaches, as far as what comes to it and then goes straight on.

        Where something else stands in its column, it stays as it is.
        """
        y = self.placed.middles[number][1]
        half = self.slots[number].half[1]
        ways = {edge: self.placed.ways[edge] for edge in self.into.get(number, ())}
        heights = {edge: _height(way) for edge, way in ways.items()}
        heights = {edge: h for edge, h in heights.items() if not self._goes_on(edge, h)}
        low = min([y - half, *(h - _BEYOND for h in heights.values())])
        high = max([y + half, *(h + _BEYOND for h in heights.values())])
        for other in self.beside[self.column[number]]:
            slot, middle = self.slots[other], self.placed.middles[other][1]
            if other != number and middle - slot.up < high and low < middle + slot.down:
                return -half, half
        for edge, height in heights.items():
            way = ways[edge]
            if height != y:
                way[-2:] = [(way[-1][0], height)]
                if len(way) > 1 and way[-2] == way[-1]:
                    way.pop()
        return low - y, high - y

    def _goes_on(self, edge: Edge, height: float) -> bool:
        """Whether the line along which an arrow comes leads on to something further right."""
        tail, head = edge
        return self.furthest[tail, height] > self.column[head]


def _height(way: Sequence[Point]) -> float:
    """At which an arrow comes to its gap, from where it turns to its head."""
    return way[-3][1] if len(way) > 2 and way[-2][0] == way[-3][0] else way[-1][1]
