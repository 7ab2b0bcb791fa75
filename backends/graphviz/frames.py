"""Frames, and their names, put where no arrow strikes them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.drawing.geometry import Corners, Point, around, overlap

_INSET = 8.0
_TRIES = 16
_CLEAR = 8.0
_ALONG = 30.0
"""How long an arrow runs near an edge that is not only crossed."""

_STEPS = 12
"""Points on each piece of a curve that are looked at."""


def with_names_in_the_clear(sheet: Sheet) -> Sheet:
    """Each frame's name at the first place along its edges that is free, or where it was."""
    if not any(frame.word for frame in sheet.frames):
        return sheet
    found = _Clear(sheet)
    return replace(sheet, frames=[found.named(frame) for frame in sheet.frames])


def with_edges_in_the_clear(sheet: Sheet) -> Sheet:
    """Frames a little higher where what begins or ends in them would run along their edges."""
    lines = [(line, list(_along(line.curve))) for line in sheet.lines]
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
        self.boxes = _Index((box.low, box.high) for box in sheet.boxes)
        self.lines = _Index(
            part for line in sheet.lines for part in (*_segments(line), *_words(line))
        )

    def named(self, frame: Thing) -> Thing:
        corners = frame.words()
        if corners is None:
            return frame
        (x0, y0), (x1, y1) = corners
        half = (x1 - x0) / 2, (y1 - y0) / 2
        for x, y in _corners(frame, half):
            low, high = (x - half[0], y - half[1]), (x + half[0], y + half[1])
            if not self.boxes.meets((low, high)) and not self.lines.meets((low, high)):
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


def _segments(line: Line) -> Iterator[Corners]:
    """Small boxes along a curve."""
    return map(around, pairwise(_along(line.curve)))


def _along(curve: Sequence[Point]) -> Iterator[Point]:
    yield curve[0]
    for at in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[at : at + 4]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            s = 1 - t
            weights = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            yield (
                sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
            )


_CELL = 100.0


class _Index:
    """Rectangles by the cells of a grid that they touch, so that looking is fast."""

    def __init__(self, rectangles: Iterable[Corners]) -> None:
        self.cells: dict[tuple[int, int], list[Corners]] = {}
        for rectangle in rectangles:
            for cell in _cells(rectangle):
                self.cells.setdefault(cell, []).append(rectangle)

    def meets(self, corners: Corners) -> bool:
        """Whether any lies in part within these corners."""
        near = (other for cell in _cells(corners) for other in self.cells.get(cell, ()))
        return any(overlap(corners, other) for other in near)


def _cells(corners: Corners) -> Iterator[tuple[int, int]]:
    low, high = corners
    for x in range(int(low[0] // _CELL), int(high[0] // _CELL) + 1):
        for y in range(int(low[1] // _CELL), int(high[1] // _CELL) + 1):
            yield x, y
