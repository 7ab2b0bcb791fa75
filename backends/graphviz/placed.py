"""Figures whose layout is our own: DOT in which everything has its place.

Graphviz's `nop2` only draws what is placed already, so every format comes out as any other figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import name
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box
from archspec.drawing.grid import Layout, Point, in_a_u
from archspec.drawing.measure import extent, width
from archspec.drawing.words import shape_words

_HEAD = 6.0
"""Length of an arrow's head, which a way leaves free."""

_CIRCLE = 21.6
_FONT, _SMALL = 12.0, 10.0


def draw_in_a_u(canvas: Canvas, figure: Figure, looks: Mapping[Box, style.Look]) -> None:
    """Boxes and arrows in rows by resolution; frames are left out, as rows say what they would."""
    words = {a: shape_words(a.value.output) for a in figure.arrows if a.news and not a.refers}
    sizes = {box: size_of(look) for box, look in looks.items()}
    layout = in_a_u(figure, sizes, {a: width(w, _SMALL) + 10 for a, w in words.items()})
    for box, place in layout.places.items():
        canvas.box(
            name(box.path),
            looks[box],
            pos=_point((place.x, place.y)),
            width=f"{place.width / 72:.3f}",
            height=f"{place.height / 72:.3f}",
            fixedsize="shape",
        )
    for arrow in figure.arrows:
        _arrow(canvas, arrow, layout, words.get(arrow))


def size_of(look: style.Look) -> tuple[float, float]:
    """What a box needs for its words."""
    across, high = extent(look.lines, float(look.attributes.get("fontsize", _FONT)))
    shape = look.attributes.get("shape")
    if shape == "circle":
        return _CIRCLE, _CIRCLE
    if shape == "oval":
        return across * 1.3 + 10, high * 1.3 + 8
    return across + 20, high + 10


def _arrow(canvas: Canvas, arrow: Arrow, layout: Layout, word: str | None) -> None:
    look = style.of_arrow(arrow)
    way = layout.ways[arrow]
    *_, (x0, y0), (x1, y1) = way
    length = max(abs(x1 - x0) + abs(y1 - y0), _HEAD)
    end = (x1 - (x1 - x0) / length * _HEAD, y1 - (y1 - y0) / length * _HEAD)
    corners = [*way[:-1], end]
    curve = [corners[0]]
    for a, b in pairwise(corners):
        curve += [a, b, b]
    look["pos"] = " ".join([f"e,{_point(way[-1])}", *map(_point, curve)])
    if word is not None:
        x, y = layout.labels[arrow]
        look["lp"] = _point((x, y - _SMALL * 0.7))
    words = [word] if word is not None else []
    canvas.arrow(name(arrow.tail.path), name(arrow.head.path), look, words)


def _point(point: Point) -> str:
    """In Graphviz y grows upwards."""
    return f"{point[0]:.1f},{-point[1]:.1f}"
