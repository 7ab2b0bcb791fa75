"""Strips and towers on a slide, and what stands in their pictures."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import Any, TypeGuard

from archspec.backends.strips.arranged import arranged
from archspec.backends.strips.slide import Slide
from archspec.figures.geometry import Point, around
from archspec.figures.options import Options, panels
from archspec.figures.picture import Line, Picture, Polygon, Words, corners
from archspec.ir.graph import Graph
from tests.rectangles import Rectangle, crossing

_NEAR = 6.0
"""Points; so near a name stands to what has it."""
_MERGES = {"concat", "mean"}


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


def misplaced_words(picture: Picture) -> list[str]:
    """Words that a line runs through, and names of merges that stand away from all their bars."""
    words = [item for item in picture.items if isinstance(item, Words)]
    lines = [item for item in picture.items if isinstance(item, Line)]
    thin = [(*a, *b) for a, b in (around(s) for n in lines for s in pairwise(n.points))]
    bars = [
        rectangle(item)
        for item in picture.items
        if is_box(item) and item.fill.role in ("bar", "merge")
    ]
    struck = {box for pair in crossing(thin, map(rectangle, words)) for box in pair}
    away = [
        one
        for one in words
        if one.text in _MERGES and not any(_beside(rectangle(one), bar, one.size) for bar in bars)
    ]
    return [one.text for one in (*(w for w in words if rectangle(w) in struck), *away)]


def _beside(words: Rectangle, bar: Rectangle, line: float) -> bool:
    """Whether words stand next to a bar, or a line beneath it where there is no room."""
    return _between(words, bar) < _NEAR + (line if words[1] > bar[3] else 0)


def _between(one: Rectangle, other: Rectangle) -> float:
    """How far one rectangle is from another, across or along."""
    return max(one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3])


def gap(point: Point, box: Rectangle) -> float:
    """How far a point is from a rectangle's outline or, outside, from itself."""
    x, y = point
    dx, dy = max(box[0] - x, 0, x - box[2]), max(box[1] - y, 0, y - box[3])
    if dx or dy:
        return hypot(dx, dy)
    return min(x - box[0], box[2] - x, y - box[1], box[3] - y)
