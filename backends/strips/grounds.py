"""Grounds under what is made of itself, level upon level, as a fractal's expansions are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.strips.cells import Cell
from archspec.backends.strips.recursion import branching
from archspec.backends.strips.topology import Topology
from archspec.drawing.geometry import Point, around
from archspec.drawing.paint import Paint
from archspec.drawing.picture import Polygon
from archspec.graph import Instance, Node

_DARKER = 0.09
_FURTHER = 0.4
"""How much darker a ground is than the one around, and how much further this reaches, of that."""


def grounds(
    one: Topology, cells: Sequence[Cell], middles: Sequence[Point], margin: float
) -> Iterator[Polygon]:
    """A ground for each instance of a block that holds several of itself; the larger first.

    Args:
        margin: how far the innermost reaches beyond the boxes.
    """
    recursive = branching(one.figure.graph.recursive)
    held: dict[Instance, list[int]] = {}
    for number, maps in enumerate(one.maps):
        part = maps.box.part
        scope = part.scope if isinstance(part, Node) else part.parent
        for instance in scope.ancestors() if scope is not None and not maps.source else ():
            if instance in recursive:
                held.setdefault(instance, []).append(number)
    several = {instance: numbers for instance, numbers in held.items() if len(numbers) > 1}
    depths = {one: sum(outer in several for outer in one.ancestors()) for one in several}
    deepest = max(depths.values(), default=0)
    for instance in sorted(several, key=lambda instance: -len(several[instance])):
        depth = depths[instance]
        beyond = margin + margin * _FURTHER * (deepest - depth)
        boxes = [(*cells[n].box, middles[n]) for n in several[instance]]
        (left, top), (right, low) = around(
            (x + dx, y + dy) for *corners, (x, y) in boxes for dx, dy in corners
        )
        left, top, right, low = left - beyond, top - beyond, right + beyond, low + beyond
        corners = ((left, top), (right, top), (right, low), (left, low))
        since = min(cells[number].since for number in several[instance])
        yield Polygon(corners, Paint("ground", "line", _DARKER * depth), since=since)
