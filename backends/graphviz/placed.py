"""Figures whose layout is our own: DOT in which everything has its place.

Graphviz's `nop2` only draws what is placed already, so every format comes out as any other figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import name
from archspec.figures.figure import Arrow, Figure
from archspec.figures.folding import Box
from archspec.figures.geometry import Place, Point
from archspec.figures.grid import Layout, copies, in_a_u
from archspec.figures.measure import extent
from archspec.figures.words import shape_words

_HEAD = 6.0
"""Length of an arrow's head, which a way leaves free."""

_CIRCLE = 21.6
_FONT = 12.0


def draw_in_a_u(canvas: Canvas, figure: Figure, looks: Mapping[Box, style.Look]) -> None:
    """Boxes and arrows in rows by resolution; frames are left out, as rows say what they would."""
    told = {box: _with_ends(figure, box, look) for box, look in looks.items()}
    words = canvas.theme.font_scale
    layout = in_a_u(figure, {box: size_of(look, words) for box, look in told.items()})
    for box, place in layout.places.items():
        ring = style.ring(told[box].attributes)
        # with a margin Graphviz takes the box for one as wide as its words with margins
        canvas.box(name(box.path), told[box], **standing(place, ring), margin="0")
    across = copies(figure)
    for arrow in figure.arrows:
        _arrow(canvas, arrow, layout, arrow in across)


def standing(place: Place, ring: float = 0.0) -> dict[str, str]:
    """The attributes of a box that has its place already.

    Args:
        ring: what a second outline adds to its width and height.
    """
    return {
        "pos": point((place.x, place.y)),
        "width": f"{(place.width - ring) / 72:.3f}",
        "height": f"{(place.height - ring) / 72:.3f}",
        "fixedsize": "shape",
    }


def _with_ends(figure: Figure, box: Box, look: style.Look) -> style.Look:
    """Shapes stand in the boxes, which leaves the ways free, and so do the outputs' names."""
    news = any(a.news and not a.refers for a in figure.arrows if a.tail is box)
    ends = [output for output in figure.outputs if figure.box_of[output.node] is box]
    shapes = [shape_words(shape) for shape in box.shapes] if news or ends else []
    names = [f"→ {output.name}" for output in ends]
    more = [line for line in (*shapes, *names) if line not in look.lines]
    if look.attributes.get("shape") == "circle":
        return look
    size = {"fontsize": f"{_FONT:g}"} if style.is_bar(box) else {}
    return style.Look((*look.lines, *more), look.attributes | size)


def size_of(look: style.Look, words: float = 1.0) -> tuple[float, float]:
    """What a box needs for its words, which are so much larger than usual."""
    across, high = extent(look.lines, float(look.attributes.get("fontsize", _FONT)) * words)
    shape = look.attributes.get("shape")
    if shape == "circle":
        return _CIRCLE * words, _CIRCLE * words
    if shape == "oval":
        return across * 1.3 + 10, high * 1.3 + 8
    ring = style.ring(look.attributes)
    return across + 20 + ring, high + 10 + ring


def _arrow(canvas: Canvas, arrow: Arrow, layout: Layout, across: bool) -> None:
    way = layout.ways[arrow]
    *_, (x0, y0), (x1, y1) = way
    length = max(abs(x1 - x0) + abs(y1 - y0), _HEAD)
    end = (x1 - (x1 - x0) / length * _HEAD, y1 - (y1 - y0) / length * _HEAD)
    corners = [*way[:-1], end]
    look = style.of_arrow(arrow) | {"pos": f"e,{point(way[-1])} {spline(corners)}"}
    if across:
        look["penwidth"] = "2"
    canvas.arrow(name(arrow.tail.path), name(arrow.head.path), look)


def spline(corners: list[Point]) -> str:
    """Straight lines from corner to corner."""
    curve = [corners[0]]
    for a, b in pairwise(corners):
        curve += [a, b, b]
    return " ".join(map(point, curve))


def point(place: Point) -> str:
    """In Graphviz y grows upwards."""
    return f"{place[0]:.1f},{-place[1]:.1f}"
