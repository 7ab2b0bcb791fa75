"""Arrows side by side, where a box reads one value as several of its operands, as x · x does.

A layout knows one way from a box to another. So each further one leads by way of a cell in which
nothing is drawn, and is drawn as one arrow past it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from archspec.backends.strips.cells import NOTHING, Cell
from archspec.figures.columns import Edge
from archspec.figures.geometry import Point
from archspec.figures.paint import LINE
from archspec.figures.picture import Line

_NEAR = 7.0
"""From the axis a further arrow is always so far away."""
_CLEAR = 4.0
"""How much further from the axis than what it comes to a further arrow needs room, for its head."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """Cells and arrows, with one cell more for each further arrow of a pair.

    Attributes:
        kept: where the cells that were given are.
        heads: what an arrow leads to by way of each cell that was put in.
        aside: the arrows that carry another value than the first of their cell.
    """

    cells: list[Cell]
    wires: dict[Edge, bool]
    end: int | None
    last: list[int]
    kept: list[int]
    heads: dict[int, int]
    aside: set[Edge]

    def way(self, edge: Edge, ways: Mapping[Edge, Sequence[Point]]) -> Sequence[Point] | None:
        """The way of an arrow, past what was put in; None for the second part of one."""
        tail, head = edge
        if tail in self.heads:
            return None
        if head not in self.heads:
            return ways[edge]
        first, second = ways[edge], ways[head, self.heads[head]]
        return [*first, *(second[1:] if second[0] == first[-1] else second)]


def reading(
    cells: Sequence[Cell], times: Mapping[Edge, int], aside: Collection[Edge] = ()
) -> list[Cell]:
    """Cells that know what they read again.

    Args:
        times: how many arrows lead from a cell to another, where these are several.
        aside: arrows that carry another value than the first of their cell.
    """
    again: dict[int, list[int]] = {}
    for (tail, head), count in times.items():
        again.setdefault(head, []).extend([tail] * (count - 1))
    others: dict[int, list[int]] = {}
    for tail, head in aside:
        others.setdefault(head, []).append(tail)
    made = list(cells)
    for n in {*again, *others}:
        made[n] = replace(made[n], again=(*again.get(n, ()),), aside=(*others.get(n, ()),))
    return made


def parallel(
    cells: Sequence[Cell],
    wires: Mapping[Edge, bool],
    end: int | None,
    last: Collection[int],
    scale: float = 1.0,
    upwards: bool = False,
) -> Parallel:
    """The cells and arrows of a figure, with all arrows of cells that read a value again.

    Args:
        scale, upwards: of what is drawn, as for `composed`.
    """
    made: list[Cell] = []
    kept: list[int] = []
    between: list[tuple[int, int, int]] = []
    for number, cell in enumerate(cells):
        for tail in cell.again:
            between.append((tail, len(made), number))
            made.append(replace(_passed(cell, scale, upwards), since=cell.since))
        kept.append(len(made))
        made.append(replace(cell, open=True) if cell.again and cell.bar is None else cell)
    found = {(kept[tail], kept[head]): dashed for (tail, head), dashed in wires.items()}
    for tail, via, head in between:
        found[kept[tail], via] = found[via, kept[head]] = wires[tail, head]
    heads = {via: kept[head] for _, via, head in between}
    final = None if end is None else kept[end]
    aside = {(kept[tail], kept[n]) for n, cell in enumerate(cells) for tail in cell.aside}
    return Parallel(made, found, final, [kept[n] for n in last], kept, heads, aside)


def _passed(head: Cell, scale: float, upwards: bool) -> Cell:
    """What an arrow leads past, as high as another one must be to come to its head from above."""
    if head.bar is not None:
        return NOTHING
    high = max(head.half[not upwards] - _NEAR * scale, 0.0) + _CLEAR * scale
    return Cell(
        (Line(((0.0, 0.0), (-high, 0.0) if upwards else (0.0, -high)), LINE, 0.0),), (0.0, 0.0)
    )
