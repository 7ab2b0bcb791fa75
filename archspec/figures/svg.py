"""Picture -> SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from archspec.figures.geometry import Point
from archspec.figures.measure import FONT
from archspec.figures.paint import Paint
from archspec.figures.picture import Item, Line, Outline, Oval, Picture, Polygon, Words
from archspec.figures.theme import Theme


def to_svg(
    picture: Picture, theme: Theme, page: Point | None = None, outline: Outline | None = None
) -> str:
    """The picture as an SVG document, of a page's size in points if given; its words are text.

    Args:
        outline: of the sheet that it is drawn on, unless it is as large as the picture.
    """
    sheet = outline or picture.outline(page)
    left, top, wide, high = map(_number if page is None else _exact, sheet)
    width, height = map(_exact, page) if page is not None else (wide, high)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="{left} {top} {wide} {high}" font-family="{FONT}" stroke-linejoin="round">',
        *([] if theme.transparent else [_paper(left, top, wide, high, theme)]),
        *(_element(item, theme) for item in picture.items),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _paper(left: str, top: str, wide: str, high: str, theme: Theme) -> str:
    return f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{theme.paper}"/>'


def _element(item: Item, theme: Theme) -> str:
    if isinstance(item, Words):
        x, y = map(_number, item.at)
        anchor = "" if item.anchor == "start" else f' text-anchor="{item.anchor}"'
        angle = _number(item.angle)
        turn = f' transform="rotate({angle} {x} {y})"' if item.angle else ""
        return (
            f'<text x="{x}" y="{y}"{turn} font-size="{_number(item.size)}" '
            f'fill="{item.paint.colour(theme)}"{anchor} xml:space="preserve">'
            f"{escape(item.text, quote=False)}</text>"
        )
    dash = "4,3" if item.dashed else ""
    if isinstance(item, Polygon) and item.dotted:
        dash = ",".join(_number(k * item.thick) for k in (1.0, 1.5))
    pen = "".join(_pen(item.line, item.thick, dash, theme))
    if isinstance(item, Line):
        return f'<polyline points="{_points(item.points)}" fill="none"{pen}/>'
    fill = f' fill="{item.fill.colour(theme)}"'
    if isinstance(item, Oval):
        (x, y), (rx, ry) = map(_number, item.middle), map(_number, item.radii)
        return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}"{fill}{pen}/>'
    return f'<polygon points="{_points(item.points)}"{fill}{pen}/>'


def _pen(line: Paint | None, thick: float, dash: str, theme: Theme) -> Iterator[str]:
    if line is None:
        return
    yield f' stroke="{line.colour(theme)}"'
    if thick != 1:
        yield f' stroke-width="{_number(thick)}"'
    if dash:
        yield f' stroke-dasharray="{dash}"'


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _exact(value: float) -> str:
    """So that a page has the proportions that were asked for."""
    return f"{value:.10g}"


def _number(value: float) -> str:
    """Two decimals at most, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
