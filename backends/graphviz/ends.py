"""Where arrows touch boxes: on a side, so far from its corners that the whole head meets it.

Graphviz ends an arrow at the rectangle of its box, wherever the line meets it: at a rounded corner
that is short of the box, and at a sharp one half of the head is beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.backends.graphviz.room import Index, segments
from archspec.backends.graphviz.sheet import OVALS, Line, Sheet, Thing
from archspec.figures.geometry import Corners, Point

_ROUNDING = 12.0
"""The radius of a rounded corner, of a box whose sides are three times as long or longer."""

_HEAD = 6.0
"""From a sharp corner: half the width of an arrow's head, and what its point is cut by."""


def with_ends_on_sides(sheet: Sheet) -> Sheet:
    """Arrows whose ends are at corners of boxes, or near them, moved along a side.

    Where another box is then in the way, they come to the other side of the corner.
    """
    boxes = {box.name: box for box in sheet.boxes}
    taken = Index((box.low, box.high) for box in sheet.boxes)

    def placed(line: Line, *, forward: bool) -> Line:
        own = [(box.low, box.high) for box in (boxes[line.tail], boxes[line.head])]
        tries = [*_moved(line, boxes[line.head if forward else line.tail], forward)]
        if len(tries) == 1:
            return tries[0]
        free = (x for x in tries if not any(taken.meets(s, own) for s in _end(x, forward)))
        return next(free, tries[0])

    both = (placed(placed(line, forward=True), forward=False) for line in sheet.lines)
    return replace(sheet, lines=list(both))


def _end(line: Line, forward: bool) -> Iterator[Corners]:
    """What of an arrow is near its head, or its tail."""
    return segments(line.curve[-4:] if forward else line.curve[:4])


def _moved(line: Line, box: Thing, forward: bool) -> Iterator[Line]:
    """An arrow whose head, or tail, is where it may be, the nearest place first.

    With an end that point is moved that says which way the line goes there.
    """
    curve = line.curve if forward else line.curve[::-1]
    end = line.tip if forward and line.tip is not None else curve[-1]
    for dx, dy in _ways_off(box, end):
        moved = (*curve[:-2], *((x + dx, y + dy) for x, y in curve[-2:]))
        if forward:
            tip = None if line.tip is None else (end[0] + dx, end[1] + dy)
            yield replace(line, curve=moved, tip=tip)
        else:
            yield replace(line, curve=moved[::-1])


def _ways_off(box: Thing, end: Point) -> Iterator[Point]:
    """How far an end may be moved to stand on a side of its box, off the corners."""
    if box.attributes.get("shape") in OVALS:
        yield 0.0, 0.0
        return
    inset = corner(box)
    near = [abs(box.low[i] - end[i]) < abs(box.high[i] - end[i]) for i in (0, 1)]
    sides = [box.low[i] if near[i] else box.high[i] for i in (0, 1)]
    inner = [min(max(end[i], box.low[i] + inset), box.high[i] - inset) for i in (0, 1)]
    off = [abs(sides[i] - end[i]) for i in (0, 1)]
    at = off.index(min(off))  # the axis across which its side lies
    yield (0.0, inner[1] - end[1]) if at == 0 else (inner[0] - end[0], 0.0)
    if max(off) < inset:
        x, y = (inner[i] if i == at else sides[i] for i in (0, 1))
        yield x - end[0], y - end[1]


def corner(box: Thing) -> float:
    """How near a corner no arrow ends at a side of a box, half of a short one at the most."""
    sides = [box.high[i] - box.low[i] for i in (0, 1)]
    if "rounded" in box.attributes.get("style", ""):
        return min(_ROUNDING, *(side / 3 for side in sides))
    return min(_HEAD, *(side / 2 for side in sides))
