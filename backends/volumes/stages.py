"""Brackets below a line of solids, with the names of stages that are several of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archspec.backends.volumes import words
from archspec.backends.volumes.cells import LEADING, PEN, SMALL, Cell
from archspec.figures.folding import Box
from archspec.figures.geometry import Point
from archspec.figures.maps import Maps
from archspec.figures.measure import width
from archspec.figures.paint import INK, LINE
from archspec.figures.picture import Item, Line, Words, corners
from archspec.figures.words import shown
from archspec.ir.graph import Instance

_TICK, _BELOW = 4.0, 7.0

Stage = tuple[str, int, int]
"""Its name, its first and its last place."""


def stages(runs: Sequence[Sequence[Maps]], everything: Sequence[Instance]) -> Iterator[Stage]:
    """The parts that are several places in a row, and of one resolution; the outermost of them.

    Args:
        runs: the maps at each place.
    """
    places: dict[Instance, set[int]] = {}
    for number, run in enumerate(runs):
        for scope in {one for maps in run for one in _around(maps.box)}:
            places.setdefault(scope, set()).add(number)
    taken: set[int] = set()
    for scope, found in sorted(places.items(), key=lambda each: -len(each[1])):
        first, last = min(found), max(found)
        name = words.part_name(scope)
        held = [maps for n in found for maps in runs[n]]
        if (
            len(found) == last - first + 1
            and sum(not runs[n][0].joint for n in found) > 1
            and not taken & found
            and name
            and words.is_said_of_one(name, everything)
            and all(scope in _around(maps.box) and len(maps.shape) > 1 for maps in held)
            and len({maps.shape[1:] for maps in held}) == 1
        ):
            taken |= found
            yield name, first, last


def _around(box: Box) -> list[Instance]:
    """The parts that hold all of a box, but for the network, innermost first."""
    first, *others = dict.fromkeys(node.scope for node in box.nodes())
    around = [one for one in first.ancestors() if one.parent is not None]
    for scope in others:
        outer = set(scope.ancestors())
        around = [one for one in around if one in outer]
    return around


def brackets(
    found: Iterable[Stage], cells: Sequence[Cell], middles: Sequence[Point]
) -> Iterator[Item]:
    """A bracket for each, below all that stands over it."""
    standing: list[tuple[float, float, float]] = []
    for cell, (x, y) in zip(cells, middles, strict=True):
        for piece in cell.covered:
            xs, ys = zip(*piece, strict=True)
            standing.append((x + min(xs), x + max(xs), y + max(ys)))
        for item in cell.items:
            if isinstance(item, Words):
                (left, _), (right, low) = corners(item)
                standing.append((x + left, x + right, y + low))
    for name, first, last in found:
        left, right = (
            middles[first][0] - cells[first].half[0],
            middles[last][0] + cells[last].half[0],
        )
        half = max(right - left, width(name, SMALL)) / 2 + 1
        middle = (left + right) / 2
        near = (low for a, b, low in standing if a < middle + half and middle - half < b)
        y = max(near) + _BELOW
        ends = (left, y - _TICK), (left, y), (right, y), (right, y - _TICK)
        since = max(cell.since for cell in cells[first : last + 1])
        yield Line(ends, LINE, PEN, since=since)
        yield Words((middle, y + LEADING * SMALL), shown(name), SMALL, INK, since=since)
