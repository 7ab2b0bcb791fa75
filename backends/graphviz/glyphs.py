"""Words as shapes, for what Graphviz cannot write: text that is turned."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import cos, radians, sin
from typing import Any

from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from archspec.backends.graphviz.fonts import FILE
from archspec.figures.geometry import Point
from archspec.figures.measure import width
from archspec.figures.picture import Words

Contour = list[Point]
"""A closed Bezier curve of 3n + 1 points."""


def contours(words: Words) -> Iterator[tuple[Contour, bool]]:
    """The outlines of turned words, each with whether it is a hole in the one around it.

    Letters that the font lacks come as its sign for those.
    """
    font = _font()
    scale = words.size / font["head"].unitsPerEm
    names = font.getBestCmap()
    (x, y), turn = words.start, radians(words.angle)
    across, down = cos(turn), sin(turn)
    for letter in words.text:
        for outline, hole in _outlines(names.get(ord(letter), ".notdef")):
            # What is right in the font is along the line here, and what is up, across it.
            sizes = ((u * scale, v * scale) for u, v in outline)
            yield [(x + u * across + v * down, y + u * down - v * across) for u, v in sizes], hole
        x += across * width(letter, words.size)
        y += down * width(letter, words.size)


@cache
def _font() -> Any:
    return TTFont(str(FILE))


@cache
def _outlines(name: str) -> list[tuple[Contour, bool]]:
    """The curves of a letter, in the font's units; what goes round the other way is a hole."""
    glyphs = _font().getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    found: list[Contour] = []
    for operation, points in pen.value:
        if operation == "moveTo":
            found.append([points[0]])
        elif operation == "lineTo":
            found[-1] += _line(found[-1][-1], points[0])
        elif operation == "qCurveTo":
            for control, end in _quadratics(found[-1], points):
                found[-1] += _cubic(found[-1][-1], control, end)
        elif operation == "closePath" and found[-1][0] != found[-1][-1]:
            found[-1] += _line(found[-1][-1], found[-1][0])
    holes = [(curve, _area(curve) > 0) for curve in found if len(curve) > 1]
    return sorted(holes, key=lambda pair: pair[1])


def _quadratics(curve: Contour, points: tuple[Any, ...]) -> list[tuple[Point, Point]]:
    if points[-1] is None:  # a curve without a point on it begins between two of its controls
        first, last = points[0], points[-2]
        start = (first[0] + last[0]) / 2, (first[1] + last[1]) / 2
        curve[:] = [start]
        points = (*points[:-1], start)
    found: list[tuple[Point, Point]] = decomposeQuadraticSegment(points)
    return found


def _line(start: Point, end: Point) -> Contour:
    """A straight line as a cubic curve."""
    (a, b), (c, d) = start, end
    return [(a + (c - a) / 3, b + (d - b) / 3), (c - (c - a) / 3, d - (d - b) / 3), end]


def _cubic(start: Point, control: Point, end: Point) -> Contour:
    """A quadratic curve as a cubic one."""
    near, far = (tuple(p[i] + (control[i] - p[i]) * 2 / 3 for i in (0, 1)) for p in (start, end))
    return [(near[0], near[1]), (far[0], far[1]), end]


def _area(curve: Contour) -> float:
    """Twice the signed area within the corners of a curve; holes in TrueType have one above 0."""
    corners = curve[::3]
    return sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    )
