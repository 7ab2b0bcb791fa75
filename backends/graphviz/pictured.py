"""Picture -> DOT in which everything has its place, so that Graphviz makes PDF and PNG of it.

Shapes are the graph's background, in the language `xdot` that Graphviz draws itself with; words
are nodes without an outline, so that names are quoted in one place alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import graphviz

from archspec.backends.graphviz.names import label
from archspec.backends.graphviz.printed import Viewport
from archspec.figures.geometry import Point
from archspec.figures.measure import FONT, width
from archspec.figures.picture import Item, Line, Outline, Oval, Picture, Polygon, Words
from archspec.figures.theme import Theme

_NEXT = " \\\n"
"""A line's end that means nothing; Graphviz 2 reads no longer than 16 KiB on without one."""

_MIDDLE = 0.27
"""Of a font's size: how far the middle of a line, as Graphviz sets it, is above its baseline."""


def to_dot(
    picture: Picture,
    theme: Theme,
    outline: Outline | None = None,
    viewport: Viewport | None = None,
) -> str:
    """The picture as DOT text, to be drawn by `nop2`; as it is seen by way of a viewport.

    Args:
        outline: of the sheet that it is drawn on, unless it is as large as the picture.
    """
    shapes = [item for item in picture.items if not isinstance(item, Words) or item.angle]
    graph = graphviz.Digraph(
        graph_attr={
            "layout": "nop2",
            "bgcolor": "transparent" if theme.transparent else theme.paper,
            "pad": "0",
            **({} if viewport is None else viewport.attributes),
            "_background": _NEXT.join(_drawn(item, theme) for item in shapes),
        },
        node_attr={
            "shape": "box",
            "style": "invis",
            "label": "",
            "fixedsize": "shape",
            "fontname": FONT,
            "margin": "0",
        },
    )
    left, top, wide, high = outline or picture.outline()
    graph.node("page", pos=_point((left + wide / 2, top + high / 2)), **_size(wide, high))
    words = (item for item in picture.items if isinstance(item, Words) and not item.angle)
    for number, item in enumerate(words):
        across = width(item.text, item.size)
        x, y = item.left + across / 2, item.at[1] - _MIDDLE * item.size
        graph.node(
            f"words{number}",
            label([item.text]),
            pos=_point((x, y)),
            style="",
            peripheries="0",
            fontsize=f"{item.size:g}",
            fontcolor=item.paint.colour(theme),
            **_size(across, item.size),
        )
    return str(graph.source)


def _size(across: float, high: float) -> dict[str, str]:
    return {"width": f"{across / 72:.4f}", "height": f"{high / 72:.4f}"}


def _drawn(item: Item, theme: Theme) -> str:
    return (_NEXT if isinstance(item, Words) else " ").join(_operations(item, theme))


def _operations(item: Item, theme: Theme) -> Iterator[str]:
    """Pen, fill and shape; the pen of a shape without an outline has the colour of its fill."""
    if isinstance(item, Words):
        yield from _letters(item, theme)
        return
    if isinstance(item, Line):
        yield from ("c", _text(item.line.colour(theme)))
    else:
        yield from ("c", _text((item.line or item.fill).colour(theme)))
        yield from ("C", _text(item.fill.colour(theme)))
    yield from ("S", _text(f"setlinewidth({item.thick:g})"))
    dotted = isinstance(item, Polygon) and item.dotted
    yield from ("S", _text("dotted" if dotted else "dashed" if item.dashed else "solid"))
    if isinstance(item, Oval):
        yield f"E {_numbers([item.middle])} {item.radii[0]:.2f} {item.radii[1]:.2f}"
    else:
        operation = "L" if isinstance(item, Line) else "P"
        yield f"{operation} {len(item.points)} {_numbers(item.points)}"


def _letters(words: Words, theme: Theme) -> Iterator[str]:
    """Turned words, letter by letter."""
    from archspec.backends.graphviz.glyphs import contours  # for few figures

    yield from ("S", _text("setlinewidth(0)"), "S", _text("solid"))
    for curve, hole in contours(words):
        colour = (words.ground if hole else words.paint).colour(theme)
        yield from ("c", _text(colour), "C", _text(colour))
        yield f"b {len(curve)} {_numbers(curve)}"


def _text(text: str) -> str:
    return f"{len(text)} -{text}"


def _numbers(points: Sequence[Point]) -> str:
    """In Graphviz y grows upwards."""
    return " ".join(f"{x:.2f} {-y:.2f}" for x, y in points)


def _point(point: Point) -> str:
    return f"{point[0]:.2f},{-point[1]:.2f}"
