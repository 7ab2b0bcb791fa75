"""A figure as a file's bytes, on a page as large as was asked for, to the point and the pixel."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from archspec.backends.graphviz.engine import draw
from archspec.figures.geometry import Point
from archspec.figures.paper import Paper


@dataclass(frozen=True, slots=True)
class Viewport:
    """How large a page is, in points, and how much a figure is enlarged, whose middle is its own.

    By a scale alone Graphviz fills a page to a point or two, and leaves a margin in PDF.
    """

    size: Point
    scale: float = 1.0

    @property
    def attributes(self) -> dict[str, str]:
        """Of a graph in DOT."""
        width, height = self.size
        return {"viewport": f"{width:.6f},{height:.6f},{self.scale:.9f}", "margin": "0"}


def printed(
    dot: Callable[[Viewport | None], str], size: Point, format: str, paper: Paper | None
) -> bytes:
    """A figure in a format, on a page if there is one.

    Args:
        dot: gives the figure, in which everything has its place, as DOT text.
        size: the figure's width and height, in the proportions of the page.

    Raises:
        ArchspecError: E603 where no engine can draw it.
    """
    if paper is None:
        return draw(dot(None), format)
    if format == "svg":  # in which old Graphviz rounds a scale to hundredths
        return _sized(draw(dot(Viewport(size)), format), size, paper.size)
    if format == "dot":
        return dot(Viewport(paper.size, paper.size[0] / size[0])).encode()
    resolution = paper.resolution if format == "png" else 72.0
    wide, high = (dots * 72 / resolution for dots in paper.whole(resolution))
    return draw(dot(Viewport((wide, high), wide / size[0])), format, resolution)


_HEADER = re.compile(rb'<svg width="[\d.]+pt" height="[\d.]+pt"\s+viewBox="[-\d. ]+"')


def _sized(svg: bytes, size: Point, page: Point) -> bytes:
    """An SVG shown at the size of a page; what is in it keeps its coordinates."""
    (wide, high), (width, height) = size, page
    shown = f'width="{width:.10g}pt" height="{height:.10g}pt"'
    header = f'<svg {shown}\n viewBox="0 0 {wide:.6f} {high:.6f}"'
    return _HEADER.sub(header.encode(), svg, count=1)
