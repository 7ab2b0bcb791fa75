"""Arrows in an SVG file that `render` wrote: whether each joins the boxes that it names.

All lengths are in the points of the figure before it is scaled to a page.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.saved_svg import SVG, Point

NEAR = 3.5
"""How far from a box's outline an arrow may begin or end; a thick head's point is cut by 3."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_STEPS = 24


@dataclass(frozen=True)
class Outline:
    """What bounds a box: a rectangle, or the ellipse within it."""

    low: Point
    high: Point
    oval: bool

    def distance(self, point: Point) -> float:
        """From a point to the nearest one of the outline, whether it lies inside or outside."""
        (x0, y0), (x1, y1) = self.low, self.high
        if self.oval:
            middle, radii = ((x0 + x1) / 2, (y0 + y1) / 2), ((x1 - x0) / 2, (y1 - y0) / 2)
            turns = (2 * math.pi * k / 360 for k in range(360))
            return min(
                math.dist(
                    point, (middle[0] + radii[0] * math.cos(a), middle[1] + radii[1] * math.sin(a))
                )
                for a in turns
            )
        x, y = point
        if x0 <= x <= x1 and y0 <= y <= y1:
            return min(x - x0, x1 - x, y - y0, y1 - y)
        return math.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1))


@dataclass(frozen=True)
class Drawn:
    """An arrow: where it begins, where its tip is, and points along it."""

    tail: str
    head: str
    way: tuple[Point, ...]

    @property
    def start(self) -> Point:
        return self.way[0]

    @property
    def tip(self) -> Point:
        return self.way[-1]


class Arrows:
    """The boxes and arrows of a file, boxes by their names in DOT."""

    def __init__(self, svg: str) -> None:
        root = ET.fromstring(svg)
        self.outlines: dict[str, Outline] = {}
        self.drawn: list[Drawn] = []
        for group in root.iter(f"{SVG}g"):
            title = group.findtext(f"{SVG}title", "")
            if group.get("class") == "node":
                outline = _outline(group)
                if outline is not None:
                    self.outlines[title] = outline
            elif group.get("class") == "edge":
                tail, _, head = title.partition("->")
                self.drawn.append(Drawn(tail, head, tuple(_way(group))))

    def problems(self, wanted: Iterable[tuple[str, str]], near: float = NEAR) -> list[str]:
        """What is wrong: arrows that are missing or too many, and ends that are nowhere.

        Args:
            wanted: the tail and the head of each arrow there is to be.
        """
        found = Counter((arrow.tail, arrow.head) for arrow in self.drawn)
        expected = Counter(wanted)
        said = [f"missing: {pair}" for pair in (expected - found).elements()]
        said += [f"too many: {pair}" for pair in (found - expected).elements()]
        for arrow in self.drawn:
            for what, name, at in (
                ("begins", arrow.tail, arrow.start),
                ("ends", arrow.head, arrow.tip),
            ):
                outline = self.outlines.get(name)
                off = math.inf if outline is None else outline.distance(at)
                if off > near:
                    said.append(f"{arrow.tail} -> {arrow.head} {what} {off:.1f} off {name}")
        return said


def _outline(group: ET.Element) -> Outline | None:
    """All of a box's outlines together: what repeats has two."""
    xs: list[float] = []
    ys: list[float] = []
    oval = False
    for shape in group:
        if shape.tag == f"{SVG}ellipse":
            cx, cy, rx, ry = (float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
            xs, ys, oval = [*xs, cx - rx, cx + rx], [*ys, cy - ry, cy + ry], True
        elif shape.tag in (f"{SVG}polygon", f"{SVG}path"):
            points = _points(shape)
            xs, ys = [*xs, *(x for x, _ in points)], [*ys, *(y for _, y in points)]
    return Outline((min(xs), min(ys)), (max(xs), max(ys)), oval) if xs else None


def _points(shape: ET.Element) -> list[Point]:
    numbers = [float(n) for n in _NUMBER.findall(shape.get("points", "") + shape.get("d", ""))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _way(group: ET.Element) -> Iterator[Point]:
    """Points along an arrow's line, and the tip of its head.

    Raises:
        AssertionError: where it is not one line, or its head is apart from the line.
    """
    (path,) = (shape for shape in group if shape.tag == f"{SVG}path")
    assert re.fullmatch(r"M[^MLC]*C[^MLC]*", path.attrib["d"]), path.attrib["d"]
    points = _points(path)
    yield points[0]
    for at in range(0, len(points) - 3, 3):
        piece = points[at : at + 4]
        yield from (_bezier(piece, k / _STEPS) for k in range(1, _STEPS + 1))
    heads = [shape for shape in group if shape.tag == f"{SVG}polygon"]
    if heads:
        (head,) = heads
        yield _tip(_points(head), points[-1])


def _tip(head: list[Point], end: Point) -> Point:
    """The sharpest corner of an arrow's head, in which its line ends."""
    corners = head[:-1]
    assert len(corners) == 3 and head[-1] == head[0]
    sides = {corner: math.dist(*(c for c in corners if c != corner)) for corner in corners}
    tip = min(corners, key=sides.__getitem__)
    long = max(sides.values())
    assert max(math.dist(end, corner) for corner in corners) < 2 * long, "the head is elsewhere"
    return tip


def _bezier(points: list[Point], t: float) -> Point:
    """De Casteljau's algorithm."""
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]
