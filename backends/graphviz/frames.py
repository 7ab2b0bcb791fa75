"""Frames, and their names, put where no arrow strikes them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.backends.graphviz.room import Index, along, segments
from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.figures.geometry import Corners, Point, holds

_INSET = 8.0
_TRIES = 16
_CLEAR = 8.0
_ALONG = 30.0
"""How long an arrow runs near an edge that is not only crossed."""


def with_names_in_the_clear(sheet: Sheet) -> Sheet:
    """Each frame's name at the first place along its edges that is free, or where it was."""
    if not any(frame.word for frame in sheet.frames):
        return sheet
    found = _Clear(sheet)
    return replace(sheet, frames=[found.named(frame) for frame in sheet.frames])


def with_edges_in_the_clear(sheet: Sheet) -> Sheet:
    """Frames a little higher where what begins or ends in them would run along their edges."""
    lines = [(line, list(along(line.curve))) for line in sheet.lines]
    boxes = {box.name: box for box in sheet.boxes}
    return replace(sheet, frames=[_grown(frame, lines, boxes) for frame in sheet.frames])


def _grown(
    frame: Thing, lines: Sequence[tuple[Line, list[Point]]], boxes: Mapping[str, Thing]
) -> Thing:
    (left, low), (right, high) = frame.low, frame.high
    for line, points in lines:
        if not any(_within(boxes[end], frame) for end in (line.tail, line.head)):
            continue
        words = line.words()
        if words is not None and left < words[0][0] and words[1][0] < right:
            (_, below), (_, above) = words
            low = below - _CLEAR / 2 if below < frame.low[1] < above else low
            high = above + _CLEAR / 2 if below < frame.high[1] < above else high
        for edge in (low, high):
            near = [x for x, y in points if left < x < right and abs(y - edge) < _CLEAR / 2]
            if near and max(near) - min(near) > _ALONG:
                low, high = (low - _CLEAR, high) if edge == low else (low, high + _CLEAR)
    return replace(frame, low=(left, low), high=(right, high))


def _within(box: Thing, frame: Thing) -> bool:
    return all(frame.low[i] < box.middle[i] < frame.high[i] for i in (0, 1))


class _Clear:
    def __init__(self, sheet: Sheet) -> None:
        self.boxes = Index((box.low, box.high) for box in sheet.boxes)
        self.frames = Index((frame.low, frame.high) for frame in sheet.frames)
        self.lines = Index(
            part for line in sheet.lines for part in (*segments(line.curve), *_words(line))
        )

    def named(self, frame: Thing) -> Thing:
        corners = frame.words()
        if corners is None:
            return frame
        (x0, y0), (x1, y1) = corners
        half = (x1 - x0) / 2, (y1 - y0) / 2
        around = {rectangle for rectangle in self.frames.near(corners) if holds(rectangle, corners)}
        around.add((frame.low, frame.high))
        for x, y in _corners(frame, half):
            place = (x - half[0], y - half[1]), (x + half[0], y + half[1])
            if self.boxes.meets(place) or self.lines.meets(place):
                continue
            if not self.frames.meets(place, around):  # a frame within it would be drawn over words
                return replace(frame, word=(x, y))
        return frame


def _corners(frame: Thing, half: Point) -> Iterator[Point]:
    """Where the middle of a name may be: at its place, along the upper edge, then the others."""
    assert frame.word is not None
    yield frame.word
    left, right = frame.low[0] + _INSET + half[0], frame.high[0] - _INSET - half[0]
    top, bottom = frame.word[1], frame.low[1] + _INSET / 2 + half[1]
    across = [left + (right - left) * step / _TRIES for step in range(_TRIES + 1)]
    down = [top + (bottom - top) * step / _TRIES for step in range(_TRIES + 1)]
    if right >= left:
        yield from ((x, top) for x in across)
    for x in (left, right):
        yield from ((x, y) for y in down)
    if right >= left:
        yield from ((x, bottom) for x in across)


def _words(line: Line) -> list[Corners]:
    corners = line.words()
    return [] if corners is None else [corners]
