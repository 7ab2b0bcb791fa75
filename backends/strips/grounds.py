"""Grounds under what is made of itself, level upon level, as a fractal's expansions are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from archspec.backends.strips.cells import Cell
from archspec.backends.strips.recursion import branching
from archspec.backends.strips.topology import Topology
from archspec.figures.geometry import Point, around
from archspec.figures.paint import Paint
from archspec.figures.picture import Polygon
from archspec.ir.graph import Instance, Node

_DARKER = 0.09
_FURTHER = 0.4
"""How much darker a ground is than the one around, and how much further this reaches, of that."""
_ABOVE = 4.5
"""How much higher it reaches for words above what ends it."""


def grounds(
    one: Topology, cells: Sequence[Cell], middles: Sequence[Point], margin: float
) -> Iterator[Polygon]:
    """A ground for each instance of a block that holds several of itself; the larger first.

    What joins all that an instance gives stands on its ground, and the words above that.

    Args:
        margin: how far the innermost reaches beyond the boxes.
    """
    held = _held(one)
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
        words = _ABOVE if any(cells[n].flush for n in several[instance]) else 0.0
        left, top, right, low = left - beyond, top - beyond - words, right + beyond, low + beyond
        corners = ((left, top), (right, top), (right, low), (left, low))
        since = min(cells[number].since for number in several[instance])
        yield Polygon(corners, Paint("ground", "line", _DARKER * depth), since=since)


def flush(one: Topology, cells: Sequence[Cell]) -> list[Cell]:
    """Cells, of which those that end a ground have their words no further right than they reach."""
    last = {numbers[-1] for numbers in _held(one).values() if len(numbers) > 1}
    return [replace(cell, flush=True) if n in last else cell for n, cell in enumerate(cells)]


def _held(one: Topology) -> dict[Instance, list[int]]:
    """The boxes of each instance of such a block, by number, and what joins all that it gives."""
    recursive = branching(one.figure.graph.recursive)
    held: dict[Instance, list[int]] = {}
    for number, maps in enumerate(one.maps) if recursive else ():
        part = maps.box.part
        scope = part.scope if isinstance(part, Node) else part.parent
        for instance in scope.ancestors() if scope is not None and not maps.source else ():
            if instance in recursive:
                held.setdefault(instance, []).append(number)
    return {instance: [*numbers, *_joining(one, numbers)] for instance, numbers in held.items()}


def _joining(one: Topology, numbers: Sequence[int]) -> list[int]:
    """The merge that alone reads what leaves these boxes, and reads nothing else; or nothing."""
    own = set(numbers)
    heads = {head for number in own for head in one.after[number]} - own
    if len(heads) != 1 or not own.isdisjoint(one.ends):
        return []
    (head,) = heads
    maps = one.maps[head]
    return [head] if (maps.joint or maps.stacking) and own.issuperset(one.before[head]) else []
