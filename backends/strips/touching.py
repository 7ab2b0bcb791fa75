"""Layers that follow one another, as boxes upon one another that touch: for what is tall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archspec.backends.strips.cells import Cell
from archspec.backends.strips.topology import Topology
from archspec.figures.columns import Edge
from archspec.figures.geometry import Point
from archspec.figures.maps import Maps
from archspec.figures.picture import Item, Picture


@dataclass(frozen=True, slots=True)
class Stood:
    """Boxes, some of which are one cell.

    Attributes:
        cells: what stands by itself.
        place: the number of the cell that each box is in, by the box's number.
        above: how far the middle of a box is above that of its cell.
    """

    cells: list[Cell]
    place: dict[int, int]
    above: dict[int, float]

    def wires(self, wires: Mapping[Edge, bool]) -> dict[Edge, bool]:
        """Arrows between boxes, as those between cells."""
        found = {(self.place[tail], self.place[head]): d for (tail, head), d in wires.items()}
        return {edge: dashed for edge, dashed in found.items() if edge[0] != edge[1]}

    def middles(self, middles: Sequence[Point]) -> list[Point]:
        """Where the middles of boxes are, where those of cells are known."""
        places = ((middles[self.place[box]], self.above[box]) for box in range(len(self.place)))
        return [(x, y - above) for (x, y), above in places]


def stood(cells: Sequence[Cell], groups: Sequence[Sequence[int]]) -> Stood:
    """Boxes in groups, each of which is one cell, its first box at the foot."""
    place: dict[int, int] = {}
    above: dict[int, float] = {}
    for number, group in enumerate(groups):
        y = -sum(cells[box].half[1] for box in group)
        for box in group:
            place[box] = number
            above[box] = y + cells[box].half[1]
            y += 2 * cells[box].half[1]
    whole = [_upon([cells[box] for box in group]) for group in groups]
    again = [replace(cell, again=tuple(place[box] for box in cell.again)) for cell in whole]
    return Stood(again, place, above)


def runs(one: Topology) -> list[list[int]]:
    """Layers that follow one another, each of which reads the one before alone; others alone."""
    before, after = one.before, one.after
    found: dict[int, list[int]] = {}
    for number, maps in enumerate(one.maps):
        found[number] = [number]
        if _is_layer(maps) and len(before[number]) == 1:
            (tail,) = before[number]
            alone = after[tail] == [number] and one.note(one.maps[tail]) is None
            if alone and tail not in one.ends and _is_layer(one.maps[tail]):
                found[tail].append(number)
                found[number] = found[tail]
    return list({id(run): run for run in found.values()}.values())


def _is_layer(maps: Maps) -> bool:
    return not (maps.source or maps.signed or maps.folded)


def _upon(cells: Sequence[Cell]) -> Cell:
    """Boxes upon one another, the first at the foot, that touch."""
    if len(cells) == 1:
        return cells[0]
    high = sum(cell.half[1] for cell in cells)
    y = high
    items: list[Item] = []
    for cell in cells:
        y -= cell.half[1]
        items += Picture(cell.items).moved(0.0, y).items
        y -= cell.half[1]
    half = max(cell.half[0] for cell in cells), high
    return Cell(tuple(items), half, since=min(cell.since for cell in cells))
