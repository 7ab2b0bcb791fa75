"""Words beside arrows, put where their arrows do not strike them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.backends.graphviz.room import Index, segments
from archspec.backends.graphviz.sheet import Line, Sheet
from archspec.figures.geometry import Corners, Point, overlap

_STEP, _STEPS = 2.0, 10
_LEAST = 1.0
"""What a line may cut off a corner of the rectangle round words, in which no letter is."""


def with_words_in_the_clear(sheet: Sheet) -> Sheet:
    """Words that their own arrow runs through, a little above, below or beside it, if that is free.

    Where nothing near is free they stay.
    """
    boxes = Index((box.low, box.high) for box in sheet.boxes)
    drawn = Index(part for line in sheet.lines for part in segments(line.curve))
    said = {id(line): words for line in sheet.lines if (words := line.words()) is not None}
    written = Index(said.values())

    def free(place: Corners, own: Corners) -> bool:
        taken = boxes.meets(place) or drawn.meets(_within(place))
        return not taken and not written.meets(place, (own,))

    def placed(line: Line) -> Line:
        own = said.get(id(line))
        if own is None or line.word is None:
            return line
        if not any(overlap(_within(own), part) for part in segments(line.curve)):
            return line
        for dx, dy in _near():
            place = _moved(own[0], dx, dy), _moved(own[1], dx, dy)
            if free(place, own):
                return replace(line, word=_moved(line.word, dx, dy))
        return line

    return replace(sheet, lines=[placed(line) for line in sheet.lines])


def _near() -> Iterator[Point]:
    """Ways to go, the shortest first; straight up or down rather than aslant."""
    for far in (step * _STEP for step in range(1, _STEPS + 1)):
        yield from ((0.0, far), (0.0, -far), (-far, far / 2), (far, far / 2))
        yield from ((-far, -far / 2), (far, -far / 2))


def _moved(point: Point, dx: float, dy: float) -> Point:
    return point[0] + dx, point[1] + dy


def _within(corners: Corners) -> Corners:
    (left, low), (right, high) = corners
    return (left + _LEAST, low + _LEAST), (right - _LEAST, high - _LEAST)
