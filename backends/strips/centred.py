"""What comes in and what leaves, over the middle of all that it leads to or comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from archspec.figures.columns import Edge
from archspec.figures.geometry import Point
from archspec.figures.ways import Placed

_WAYS = 3
"""So many ways or more have a middle; of two, one is the way and the other leads past it."""
_NEAR = 8.0
"""A middle that is no further from a way than that is upon it."""


def centred(
    placed: Placed,
    spans: Mapping[int, tuple[float, float]],
    edges: Sequence[Edge],
    last: Collection[int],
) -> Placed:
    """The same with values that come in and leave moved to the middle, where all is free there.

    Args:
        spans: how far each bar reaches from its middle.
        last: the cells that stand in the last column.
    """
    middles, ways = [*placed.middles], dict(placed.ways)
    standing = Counter(placed.column)
    into: dict[int, list[Edge]] = {}
    out: dict[int, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge[0], []).append(edge)
        into.setdefault(edge[1], []).append(edge)
    for number, (x, y) in enumerate(placed.middles):
        if standing[placed.column[number]] > 1:
            continue
        leaving, coming = out.get(number, []), into.get(number, [])
        if not coming and len(leaving) >= _WAYS:
            led = _led([ways[edge] for edge in leaving], y)
            if led is not None:
                middles[number] = (x, led[0][0][1])
                ways |= zip(leaving, led, strict=True)
        elif not leaving and len(coming) == 1 and number in last:
            (edge,) = coming
            bar = edge[0]
            if bar in spans and out[bar] == coming and len(into.get(bar, ())) >= _WAYS:
                comes = [ways[other][-1][1] for other in into[bar]]
                to = _upon(placed.middles[bar][1] + sum(spans[bar]) / 2, comes)
                if len({at for _, at in ways[edge]}) == 1:
                    middles[number] = (x, to)
                    ways[edge] = [(along, to) for along, _ in ways[edge]]
    return Placed(middles, ways, placed.column)


def _led(ways: Sequence[Sequence[Point]], y: float) -> list[list[Point]] | None:
    """Ways that fork at one place, from the middle of the fork on; None where they do not."""
    turns = {way[1][0] if len(way) > 2 else None for way in ways}
    if len(turns) > 1 or None in turns:
        return None
    onwards = [way[1:] if way[2][1] == y and way[2][0] != way[1][0] else way[2:] for way in ways]
    heights = [height for (_, height), *_ in onwards]
    to = _upon((min(heights) + max(heights)) / 2, heights)
    led = []
    for way, (fork, *rest) in zip(ways, onwards, strict=True):
        start, between = (way[0][0], to), [(fork[0], to), fork]
        led.append([start, *([] if fork[1] == to else between), *rest])
    return led


def _upon(middle: float, ways: Sequence[float]) -> float:
    """The way that is next to a middle, if that is near; else the middle."""
    nearest = min(ways, key=lambda way: abs(way - middle))
    return nearest if abs(nearest - middle) <= _NEAR else middle
