"""Arcs over a row: what reads many of those before it, where many do, as in a dense block.

Along a way, boxes stand in a row. Ways past some of them are drawn at right angles, one
beside the other, as long as none begins below another and ends beyond it. Where they do, and lead
from some boxes to several and to some from several, nobody could follow them: they are arcs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from math import cos, pi, sin

from archspec.figures.bands import Slot
from archspec.figures.columns import Edge, columns, paths
from archspec.figures.geometry import Point
from archspec.figures.lines import head, neck
from archspec.figures.paint import LINE, Paint
from archspec.figures.picture import Line, Polygon

LIFT = 9.0
"""From the tallest box to where arcs begin: room for an arrow's head."""
STEEP = 0.36
"""The height of an arc, of how far it reaches."""
_SMOOTH = 40
"""Lines that stand for an arc."""
_HALF_CIRCLE = [
    (cos(angle), sin(angle)) for angle in (pi * step / _SMOOTH for step in range(_SMOOTH + 1))
]
_CLEAR, _PALER, _THINNEST = 8, 0.6, 0.5
"""So many boxes in a row have arcs as dark and thick as other lines; how much paler, and how thin,
those of very many are."""
_MOST = 1_000_000
"""Boxes that arcs pass, all together, from which on none are looked for."""

Row = list[int]
"""Boxes in a row, from the first that an arc leaves to the last that one comes to."""


def rows(
    count: int, edges: Sequence[Edge], end: int | None, last: Collection[int] = ()
) -> list[tuple[Row, list[Edge]]]:
    """The rows of boxes that have arcs over them, and these arcs.

    Args:
        end: the box that the longest way leads to.
        last: the boxes that stand in the last column.
    """
    found: list[tuple[Row, list[Edge]]] = []
    place: dict[int, tuple[int, int]] = {}
    lines = paths(columns(count, edges, last), edges, end)
    for line, path in enumerate(lines):
        place.update((box, (line, i)) for i, box in enumerate(path))
    past: list[list[Edge]] = [[] for _ in lines]
    for tail, to in edges:
        (line, i), (other, j) = place[tail], place[to]
        if line == other and j - i > 1:
            past[line].append((i, j))
    for path, ways in zip(lines, past, strict=True):
        for first, final in _tangles(ways):
            within = [(a, b) for a, b in ways if first <= a and b <= final]
            out, into = (Counter(ends) for ends in zip(*within, strict=True))
            if max(out.values()) > 1 and max(into.values()) > 1:
                arcs = [(path[a], path[b]) for a, b in within]
                found.append((path[first : final + 1], arcs))
    return found


def _tangles(past: Sequence[Edge]) -> list[Edge]:
    """The first and the last place of what crosses one another; these do not overlap."""
    if not past or sum(b - a for a, b in past) > _MOST:
        return []
    reach: dict[int, int] = {}
    into: dict[int, list[int]] = {}
    for a, b in past:
        reach[a] = max(reach.get(a, 0), b)
        into.setdefault(b, []).append(a)
    spans: list[Edge] = []
    for b, starts in into.items():  # from the nearest on, so that each place is looked at once
        furthest, c = 0, b - 1
        for a in sorted(starts, reverse=True):
            furthest = max([furthest, *(reach.get(i, 0) for i in range(a + 1, c + 1))])
            c = a
            if furthest > b:
                spans.append((a, furthest))
    found: list[Edge] = []
    for a, b in sorted(spans):
        if found and a < found[-1][1]:
            found[-1] = found[-1][0], max(b, found[-1][1])
        else:
            found.append((a, b))
    return found


def drawn(
    row: Row,
    arcs: Sequence[Edge],
    middles: Sequence[Point],
    sizes: Sequence[Point],
    thick: float,
    since: Sequence[int],
) -> Iterator[Line | Polygon]:
    """Arcs over a row, from the tops of boxes to the tops of others; where many end is one head.

    Args:
        middles: of all boxes, on the row's axis or below it.
        sizes: half the width of each box, and how far above its middle its top is.
        thick: of lines; heads grow with it. Where many lie over one another, they are thinner and
            paler, so that each can be seen.
        since: the step with which each box comes.
    """
    few = min(1.0, _CLEAR / max(len(row), 1))
    line = LINE if few == 1 else Paint("line", "ground2", _PALER * (1 - few))
    thin = thick * max(few, _THINNEST)
    tops = {box: middles[box][1] - sizes[box][1] for box in row}
    roof = min(tops.values()) - LIFT * thick

    def foot(box: int, side: int) -> float:
        return middles[box][0] + side * min(0.45 * sizes[box][0], 8.0)

    leaving: dict[int, int] = {}
    coming: dict[int, int] = {}
    for tail, to in arcs:
        both = max(since[tail], since[to])
        leaving[tail] = min(leaving.get(tail, both), both)
        coming[to] = min(coming.get(to, both), both)
    for tail, step in leaving.items():
        x = foot(tail, 1)
        yield Line(((x, tops[tail]), (x, roof)), LINE, thick, since=step)
    for tail, to in arcs:
        curve = tuple(_arc(foot(tail, 1), foot(to, -1), roof))
        yield Line(curve, line, thin, since=max(since[tail], since[to]))
    for to, step in coming.items():
        x = foot(to, -1)
        last = (x, roof), (x, tops[to])
        yield Line((last[0], neck(last, thick)), LINE, thick, since=step)
        yield replace(head(last, thick), since=step)


def _arc(start: float, stop: float, roof: float) -> Iterator[Point]:
    middle, half = (start + stop) / 2, (stop - start) / 2
    high = 2 * half * STEEP
    return ((middle - half * across, roof - high * up) for across, up in _HALF_CIRCLE)


def height(row: Row, slots: Sequence[Slot], gap: float) -> float:
    """How high arcs rise over the tops of a row, about."""
    across = sum(slots[box].left + slots[box].right for box in row) + gap * (len(row) - 1)
    return LIFT + STEEP * across
