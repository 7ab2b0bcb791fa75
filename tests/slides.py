"""Strips and towers on a slide, and what stands in their pictures."""

from __future__ import annotations

from math import hypot
from typing import Any, TypeGuard

from archspec.backends.strips.arranged import arranged
from archspec.backends.strips.slide import Slide
from archspec.drawing.geometry import Point
from archspec.drawing.options import Options, panels
from archspec.drawing.picture import Picture, Polygon, corners
from archspec.graph import Graph
from tests.rectangles import Rectangle


def slide(graph: Graph, **asked: Any) -> Slide:
    """The only figure of a network, on its way to a picture."""
    (one,) = arranged(panels(graph, Options(**asked))).each
    assert isinstance(one, Slide)
    return one


def is_box(item: Any) -> TypeGuard[Polygon]:
    """Whether an item is a rectangle with an outline: a box or a bar."""
    return isinstance(item, Polygon) and len(item.points) == 4 and item.line is not None


def heads(picture: Picture) -> list[Polygon]:
    """The heads of arrows, each with its tip as its first point."""
    return [one for one in picture.items if isinstance(one, Polygon) and len(one.points) == 3]


def rectangle(item: Any) -> Rectangle:
    """What an item covers."""
    (left, top), (right, low) = corners(item)
    return left, top, right, low


def gap(point: Point, box: Rectangle) -> float:
    """How far a point is from a rectangle's outline or, outside, from itself."""
    x, y = point
    dx, dy = max(box[0] - x, 0, x - box[2]), max(box[1] - y, 0, y - box[3])
    if dx or dy:
        return hypot(dx, dy)
    return min(x - box[0], box[2] - x, y - box[1], box[3] - y)
