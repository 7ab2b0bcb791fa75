"""Cells and the arrows between them, as a picture whose longest way lies along its axis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from archspec.backends.strips import arcs
from archspec.backends.strips.cells import FINE, THICK, THIN, Cell
from archspec.drawing.bands import Placed, Slot, lay_out
from archspec.drawing.columns import Edge, columns
from archspec.drawing.geometry import Point
from archspec.drawing.lines import Arrows
from archspec.drawing.paint import LINE, Paint
from archspec.drawing.picture import Item, Line, Picture, Polygon

_RADIUS = 4.0
_BEYOND = 4.0
"""How much further a bar reaches than what comes to it."""

Span = tuple[float, float]


def composed(
    cells: Sequence[Cell],
    wires: Mapping[Edge, bool],
    end: int | None,
    gap: float,
    scale: float = 1.0,
    last: Collection[int] = (),
    upwards: bool = False,
) -> tuple[Picture, list[Point]]:
    """A picture of cells and arrows, and where the middles of cells are in it.

    Args:
        wires: which cell reads which, by number, and whether the arrow is dashed.
        end: the cell that the longest way leads to.
        scale: of arrows, and of what lies between cells; not of cells themselves.
        last: the cells that stand in the last column.
        upwards: whether it goes from bottom to top, and not from left to right.
    """
    slots = [slot(cell, scale, upwards) for cell in cells]
    rows = arcs.rows(len(slots), list(wires), end, last)
    curved = {edge for _, within in rows for edge in within}
    edges = [edge for edge in wires if edge not in curved]
    sizes = [_arched(cell, scale, upwards) for cell in cells]
    for row, _ in rows:
        high = arcs.height(row, slots, gap)
        for box in row:
            slots[box] = replace(slots[box], up=sizes[box][1] + high)
    placed, spans = laid_out(slots, edges, end, gap, last)
    thick = THICK if scale == 1 else THIN
    arrows = Arrows(_RADIUS, thick)
    items: list[Item] = []
    for edge in edges:
        way = [_seen(point, upwards) for point in placed.ways[edge]]
        items += arrows.along(way, wires[edge])
    for row, within in rows:
        curves = arcs.drawn(row, within, placed.middles, sizes, thick if scale == 1 else FINE)
        items += (_turned(item, upwards) for item in curves)
    items = [*Picture(tuple(items)).scaled(scale).items]
    middles = [_seen((x * scale, y * scale), upwards) for x, y in placed.middles]
    for number, (cell, (x, y)) in enumerate(zip(cells, middles, strict=True)):
        drawn: tuple[Item, ...] = cell.items
        if number in spans:
            assert cell.bar is not None
            half = slots[number].half[0]
            drawn = (_bar(cell.bar, half, spans[number], scale, upwards),)
        items += Picture(drawn).moved(x, y).items
    return Picture(tuple(items)), middles


def laid_out(
    slots: Sequence[Slot],
    edges: Sequence[Edge],
    end: int | None,
    gap: float,
    last: Collection[int] = (),
) -> tuple[Placed, dict[int, Span]]:
    """Where slots stand and arrows run from left to right, and how far each bar reaches."""
    placed = lay_out(slots, edges, end, gap, last)
    column = columns(len(slots), edges, last)
    return placed, {
        number: _raised(number, placed, slots, edges, column)
        for number, one in enumerate(slots)
        if one.tall
    }


def _seen(point: Point, upwards: bool) -> Point:
    """Where on the picture a point of the layout is, which goes from left to right."""
    return (point[1], -point[0]) if upwards else point


def _turned(item: Line | Polygon, upwards: bool) -> Item:
    """A shape of the layout as it is seen."""
    return replace(item, points=tuple(_seen(point, upwards) for point in item.points))


def _arched(cell: Cell, scale: float, upwards: bool) -> Point:
    """Half of how far a cell reaches along the row, and how far above its middle arcs touch it."""
    half = cell.half[::-1] if upwards else cell.half
    return half[0] / scale, (half[1] if cell.top is None else cell.top) / scale


def slot(cell: Cell, scale: float = 1.0, upwards: bool = False) -> Slot:
    """The room that a cell takes, in a layout from left to right."""
    (left, top), (right, low) = (tuple(n / scale for n in corner) for corner in cell.box)
    half = cell.half[0] / scale, cell.half[1] / scale
    tall = cell.bar is not None
    if upwards:
        return Slot(low, -top, -left, right, half[::-1], cell.open, cell.open, tall=tall)
    return Slot(-left, right, -top, low, half, cell.open, cell.open, tall=tall)


def _bar(fill: Paint, half: float, span: Span, scale: float, upwards: bool) -> Polygon:
    low, high = span
    corners = ((-half, low), (half, low), (half, high), (-half, high))
    points = tuple(_seen((x * scale, y * scale), upwards) for x, y in corners)
    return Polygon(points, fill, LINE, THICK if scale == 1 else THIN)


def _raised(
    number: int,
    placed: Placed,
    slots: Sequence[Slot],
    edges: Sequence[Edge],
    column: Sequence[int],
) -> Span:
    """How far a bar reaches, which is as far as what comes to it and then goes straight on.

    Where something else stands in its column, it stays as it is.
    """
    y = placed.middles[number][1]
    half = slots[number].half[1]
    heights = {
        edge: _height(placed.ways[edge])
        for edge in edges
        if edge[1] == number and not _goes_on(edge, placed, edges, column)
    }
    low = min([y - half, *(h - _BEYOND for h in heights.values())])
    high = max([y + half, *(h + _BEYOND for h in heights.values())])
    for other, slot in enumerate(slots):
        middle = placed.middles[other][1]
        beside = other != number and column[other] == column[number]
        if beside and middle - slot.up < high and low < middle + slot.down:
            return -half, half
    for edge, height in heights.items():
        way = placed.ways[edge]
        if height != y:
            way[-2:] = [(way[-1][0], height)]
            if len(way) > 1 and way[-2] == way[-1]:
                way.pop()
    return low - y, high - y


def _goes_on(edge: Edge, placed: Placed, edges: Sequence[Edge], column: Sequence[int]) -> bool:
    """Whether the line along which an arrow comes leads on to something else further right."""
    tail, head = edge
    height = _height(placed.ways[edge])
    return any(
        other != edge and column[other[1]] > column[head] and height == _height(placed.ways[other])
        for other in edges
        if other[0] == tail
    )


def _height(way: Sequence[Point]) -> float:
    """At which an arrow comes to its gap, from where it turns to its head."""
    return way[-3][1] if len(way) > 2 and way[-2][0] == way[-3][0] else way[-1][1]
