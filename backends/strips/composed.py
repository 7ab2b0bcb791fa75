"""Cells and the arrows between them, as a picture whose longest way lies along its axis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from archspec.backends.strips.cells import THICK, THIN, Cell
from archspec.drawing.bands import Edge, Placed, Slot, columns, lay_out
from archspec.drawing.geometry import Point
from archspec.drawing.lines import Arrows
from archspec.drawing.paint import LINE, Paint
from archspec.drawing.picture import Item, Picture, Polygon

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
    placed, spans = laid_out(cells, list(wires), end, gap, scale, last, upwards)
    arrows = Arrows(_RADIUS, THICK if scale == 1 else THIN)
    items: list[Item] = []
    for edge, dashed in wires.items():
        items += arrows.along([_seen(point, upwards) for point in placed.ways[edge]], dashed)
    items = [*Picture(tuple(items)).scaled(scale).items]
    middles = [_seen((x * scale, y * scale), upwards) for x, y in placed.middles]
    for number, (cell, (x, y)) in enumerate(zip(cells, middles, strict=True)):
        drawn: tuple[Item, ...] = cell.items
        if number in spans:
            half = cell.half[upwards] / scale
            drawn = (_bar(half, spans[number], scale, upwards),)
        items += Picture(drawn).moved(x, y).items
    return Picture(tuple(items)), middles


def laid_out(
    cells: Sequence[Cell],
    edges: Sequence[Edge],
    end: int | None,
    gap: float,
    scale: float = 1.0,
    last: Collection[int] = (),
    upwards: bool = False,
) -> tuple[Placed, dict[int, Span]]:
    """Where cells stand and arrows run from left to right, and how far each bar reaches."""
    slots = [_slot(cell, scale, upwards) for cell in cells]
    placed = lay_out(slots, edges, end, gap, last)
    column = columns(len(slots), edges, last)
    return placed, {
        number: _raised(number, placed, slots, edges, column)
        for number, cell in enumerate(cells)
        if cell.bar
    }


def _seen(point: Point, upwards: bool) -> Point:
    """Where on the picture a point of the layout is, which goes from left to right."""
    return (point[1], -point[0]) if upwards else point


def _slot(cell: Cell, scale: float, upwards: bool) -> Slot:
    (left, top), (right, low) = (tuple(n / scale for n in corner) for corner in cell.box)
    half = cell.half[0] / scale, cell.half[1] / scale
    if upwards:
        return Slot(low, -top, -left, right, half[::-1], cell.open, cell.open)
    return Slot(-left, right, -top, low, half, cell.open, cell.open)


def _bar(half: float, span: Span, scale: float, upwards: bool) -> Polygon:
    low, high = span
    corners = ((-half, low), (half, low), (half, high), (-half, high))
    points = tuple(_seen((x * scale, y * scale), upwards) for x, y in corners)
    return Polygon(points, Paint("bar"), LINE, THICK if scale == 1 else THIN)


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
    heights = {edge: _height(placed.ways[edge]) for edge in edges if edge[1] == number}
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


def _height(way: Sequence[Point]) -> float:
    """At which an arrow comes to its gap, from where it turns to its head."""
    return way[-3][1] if len(way) > 2 and way[-2][0] == way[-3][0] else way[-1][1]
