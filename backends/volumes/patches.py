"""From plane to plane: what a kernel sees, and lines from there to what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archspec.backends.volumes.cells import PEN, paint_of
from archspec.figures import solids
from archspec.figures.geometry import Point
from archspec.figures.maps import Link, Maps, Selected
from archspec.figures.paint import LINE, Paint
from archspec.figures.picture import Item, Line, Polygon
from archspec.ir.graph import Node

_PEN = (LINE, 1.3)
_FROM, _TO = (0.6, 0.7), (0.22, 0.3)
"""Where on a plane a patch's middle is, and where what it makes; parts of its sides."""

_DOT = 3.0


@dataclass(frozen=True, slots=True)
class Ray:
    """A link that runs straight from one cell to the next, and where these are."""

    link: Link
    start: Point
    start_half: Point
    end: Point
    end_half: Point
    scale: solids.Scale
    selected: Selected


def _glass(maps: Maps, selected: Selected) -> Paint:
    """The colour of a plane where a kernel lies on it."""
    return replace(paint_of(maps, selected), other="line", share=0.4)


def rays(ray: Ray) -> list[Item] | None:
    """Lines to a vector's ends, or from a kernel's patch; None where there is no such thing."""
    part = ray.link.head.box.part
    if not isinstance(part, Node):
        return None
    if len(ray.link.head.shape) < 2:
        return list(_full(ray))
    shape = ray.link.tail.shape
    if len(shape) < 2 or ray.link.tail.box.times > 1:
        return None
    kernel = part.op.kernel_sizes(len(shape) - 1)
    return list(_patch(ray, kernel)) if kernel else None


def _full(ray: Ray) -> Iterator[Line]:
    """Everything is read: lines from the upper and from the lower corner."""
    stack = solids.stack(ray.link.tail.shape, ray.scale)
    _, shift = stack.plane(stack.count - 1)
    (x0, y0), (x1, y1) = ray.start, ray.end
    right, left = x0 + ray.start_half[0], x1 - ray.end_half[0]
    yield Line(((right, y0 - ray.start_half[1] + shift), (left, y1 - ray.end_half[1])), *_PEN)
    yield Line(((right, y0 + ray.start_half[1]), (left, y1 + ray.end_half[1])), *_PEN)


def _patch(ray: Ray, kernel: tuple[int, ...]) -> Iterator[Item]:
    tail, head = (solids.stack(maps.shape, ray.scale) for maps in (ray.link.tail, ray.link.head))
    space = ray.link.tail.shape[1:]
    high = tail.height * min(kernel[0] / space[0], 1)
    wide = tail.width * min(kernel[-1] / space[-1], 1) if len(space) > 1 else tail.width
    glass, made = (_glass(maps, ray.selected) for maps in (ray.link.tail, ray.link.head))
    left, top = _front(tail, ray.start, ray.start_half)
    x = left + (tail.width - wide) * _FROM[0]
    y = top + (tail.height - high) * _FROM[1]
    yield Polygon(((x, y), (x + wide, y), (x + wide, y + high), (x, y + high)), glass, LINE, PEN)
    left, top = _front(head, ray.end, ray.end_half)
    at = left + head.width * _TO[0], top + head.height * _TO[1]
    yield Line(((x + wide, y), at), *_PEN)
    yield Line(((x + wide, y + high), at), *_PEN)
    dot = min(_DOT, head.width / 2, head.height / 2) / 2
    square = [(at[0] + a * dot, at[1] + b * dot) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    yield Polygon(tuple(square), made, LINE, PEN)


def _front(stack: solids.Stack, middle: Point, half: Point) -> Point:
    """The upper left corner of the foremost plane."""
    right, down = stack.plane(stack.count - 1)
    return middle[0] - half[0] + right, middle[1] - half[1] + down
