"""Where the arrows of a U run, when everything that they join has its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from archspec.backends.strips.levels import UP, Levels, Place, Step
from archspec.backends.strips.standing import Part
from archspec.backends.strips.steps import HALF, inner, shared
from archspec.figures.columns import Edge
from archspec.figures.geometry import Corners, Point, turning
from archspec.figures.picture import Anchor

_BESIDE = HALF + 3.0
"""From the middle of a thick arrow to words beside it."""
_NEARLY = 0.01
_TURN = 12.0
"""How far an arrow runs on after its corner, at the least."""
_SECOND = 15.0
"""From a thick arrow to the line of the same value beside it."""
_RAISED = 4.0
"""How much higher than the middle between rows a line runs, for words over what is below."""

StepKind = Literal["wire", "copy", "step", "more"]


@dataclass(frozen=True, slots=True)
class Run:
    """An arrow, with its corners.

    Attributes:
        step: what it is, if it leads from level to level.
        words: where what is said beside it begins, or ends.
    """

    kind: StepKind
    edge: Edge
    points: list[Point]
    step: Step | None = None
    words: Point = (0.0, 0.0)
    anchor: Anchor = "start"

    @property
    def thick(self) -> bool:
        """Whether it stands for what pools or enlarges."""
        return self.step is not None and bool(self.step.by)


def runs(found: Levels, parts: Mapping[Place, Part], between: Mapping[int, float]) -> Iterator[Run]:
    """All arrows of a U.

    Args:
        between: the height of the middle between each row and the one above it.
    """
    at = {number: place for place, own in found.parts.items() for number in own}
    touches = {number: box for one in parts.values() for number, box in one.touches.items()}
    for edge in found.copies:
        place = at[edge[0]]
        out, into = parts[place].out[edge[0]], parts[Place(UP, place.row)].into[edge]
        points = [*out[:-1], *_between(out[-1], into[0]), *into[1:]]
        yield Run("copy", edge, [*turning(points)])
    for one in parts.values():
        for edge, way in one.ways.items():
            yield Run("wire", edge, way)
    for step in found.steps:
        start, end = at[step.tail], at[step.head]
        middle = between[max(start.row, end.row)]
        others = [box for number, box in touches.items() if at[number] == start]
        boxes = touches[step.tail], touches[step.head]
        seconds = [edge for edge in found.more if edge[0] == step.tail]
        run = _step(step, boxes, middle, others, down=end.side != UP, second=bool(seconds))
        yield run
        for edge in seconds:
            x = run.points[0][0] - _SECOND
            yield Run("more", edge, _second(x, touches[edge[0]], touches[edge[1]], middle))


def _between(one: Point, other: Point) -> list[Point]:
    """Straight on, or from height to height half the way."""
    (x0, y0), (x1, y1) = one, other
    middle = (x0 + x1) / 2
    return [] if abs(y0 - y1) < _NEARLY else [(middle, y0), (middle, y1)]


def _step(
    step: Step,
    boxes: tuple[Corners, Corners],
    middle: float,
    others: list[Corners],
    *,
    down: bool,
    second: bool,
) -> Run:
    """Straight, or round one corner out of a side or into one, or by way of the gap between rows.

    Args:
        boxes: what it joins.
        middle: the height of the middle of that gap.
        others: what stands beside the first of these.
        second: whether the first gives its value to something else, too.
    """
    ((left, top), (right, low)), ((a, b), (c, d)) = boxes
    y0, y1 = (low, b) if down else (top, d)
    edge = step.tail, step.head
    common = shared(inner(left + _SECOND * second, right), inner(a, c))
    if common is not None:
        x = sum(common) / 2
        aside = x - _BESIDE if down else x + _BESIDE
        points = [(x, y0), (x, y1)]
        return Run("step", edge, points, step, (aside, middle), "end" if down else "start")
    x, to = (left + right) / 2, (a + c) / 2
    if down and a - x >= _TURN:
        height = (b + d) / 2
        points = [(x, y0), (x, height), (a, height)]
        return Run("step", edge, points, step, (x - _BESIDE, middle), "end")
    if not down and to - right >= _TURN and right >= max(box[1][0] for box in others):
        height = (top + low) / 2
        points = [(right, height), (to, height), (to, y1)]
        return Run("step", edge, points, step, (to + _BESIDE, middle), "start")
    y = middle if step.by else middle - _RAISED
    points = [(x, y0), (x, y), (to, y), (to, y1)]
    if to < x or not down:
        return Run("step", edge, points, step, (max(x, to) + _BESIDE, middle), "start")
    return Run("step", edge, points, step, (x - _BESIDE, middle), "end")


def _second(x: float, tail: Corners, head: Corners, middle: float) -> list[Point]:
    """The way of a value from the part below to what stands on a copy, from beneath."""
    x, top = max(x, tail[0][0] + 3.0), tail[0][1]
    (a, _), (c, low) = head
    if a + 4 <= x <= c - 4:
        return [(x, top), (x, low)]
    y, to = middle - _RAISED, (a + c) / 2
    return [(x, top), (x, y), (to, y), (to, low)]
