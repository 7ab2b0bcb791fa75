"""What stands in an SVG file that `render` wrote: the page, boxes and words, with their places."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archspec.figures.measure import width
from tests import convex
from tests.saved_svg import SVG, Area, Words

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_ASCENT, _DESCENT = 0.72, 0.2
"""Of capitals and of letters that go below the line, in ems."""


@dataclass
class DrawnSvg:
    """A parsed file; all areas are in the coordinates of its viewBox.

    Attributes:
        boxes: outlines of nodes, by their names in DOT; none in pictures of feature maps.
        words: every text; its owner, if any, is a position in `owners`.
        owners: the names of nodes; of what else there are words in, nothing.
    """

    page: Area
    boxes: dict[str, Area] = field(default_factory=dict)
    words: list[Words] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)

    def outside(self, by: float = 0.5) -> list[str]:
        """Words and boxes that are not wholly on the page."""
        found = [w.text for w in self.words if not self.page.holds(w.area, by)]
        return found + [name for name, area in self.boxes.items() if not self.page.holds(area, by)]

    def overlapping(self, by: float = 1.0) -> list[tuple[str, str]]:
        """Words that are written over other words."""
        return [
            (a.text, b.text)
            for a, b in _near([(w.area, w) for w in self.words])
            if a is not b
            if a.area.meets(b.area, by)
            if not (a.shape or b.shape) or convex.meet(_shape(a), _shape(b))
        ]

    def too_wide(self, by: float = 1.0) -> list[tuple[str, str]]:
        """Words in a box that reach over its outline."""
        return [
            (self.owners[w.owner], w.text)
            for w in self.words
            if w.owner is not None
            and (box := self.boxes.get(self.owners[w.owner])) is not None
            and not box.holds(w.area, by)
        ]


def _shape(words: Words) -> convex.Shape:
    area = words.area
    return words.shape or convex.corners((area.left, area.top, area.right, area.bottom))


def _near(areas: Sequence[tuple[Area, Words]]) -> Iterator[tuple[Words, Words]]:
    """Pairs that overlap from left to right, by a sweep."""
    active: list[tuple[Area, Words]] = []
    for area, thing in sorted(areas, key=lambda pair: pair[0].left):
        active = [(a, t) for a, t in active if a.right > area.left]
        yield from ((t, thing) for _, t in active)
        active.append((area, thing))


def drawn(text: str) -> DrawnSvg:
    """An SVG document, by Graphviz or of our own, which must be well-formed."""
    root = ET.fromstring(text)
    left, top, wide, high = (float(n) for n in root.attrib["viewBox"].split())
    made = DrawnSvg(Area(left, top, left + wide, top + high))
    graph = next((g for g in root if g.get("class") == "graph"), None)
    if graph is None:
        for element in root.iter(f"{SVG}text"):
            made.words.append(_turned(element, _text(element, 1.0, (0.0, 0.0))))
        return made
    numbers = re.findall(_NUMBER, graph.attrib["transform"])
    scale, shift = float(numbers[0]), (float(numbers[3]), float(numbers[4]))
    for group in [graph, *(g for g in graph if g.tag == f"{SVG}g")]:
        title = next((e.text or "" for e in group if e.tag == f"{SVG}title"), "")
        node = group.get("class") == "node" and title != "legend "
        made.owners.append(title if node else "")
        elements = group.iter() if group is not graph else iter(group)
        for element in elements:
            if element.tag == f"{SVG}text":
                area = _text(element, scale, shift)
                made.words.append(Words(element.text or "", area, len(made.owners) - 1))
            elif node:
                points = list(_points(element))
                if points:
                    area = _round(points, scale, shift)
                    made.boxes[title] = _both(made.boxes.get(title, area), area)
    return made


def _points(element: ET.Element) -> Iterator[tuple[float, float]]:
    if element.tag == f"{SVG}ellipse":
        cx, cy, rx, ry = (float(element.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
        yield from ((cx - rx, cy - ry), (cx + rx, cy + ry))
        return
    numbers = [
        float(n) for n in re.findall(_NUMBER, element.get("points", "") + element.get("d", ""))
    ]
    yield from zip(numbers[::2], numbers[1::2], strict=True)


def _round(points: Sequence[tuple[float, float]], scale: float, by: tuple[float, float]) -> Area:
    xs, ys = zip(*points, strict=True)
    return Area(
        scale * (min(xs) + by[0]),
        scale * (min(ys) + by[1]),
        scale * (max(xs) + by[0]),
        scale * (max(ys) + by[1]),
    )


def _both(one: Area, other: Area) -> Area:
    return Area(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _turned(element: ET.Element, area: Area) -> Words:
    """A text of a document of our own, which may be turned about a point."""
    turn = re.fullmatch(
        rf"rotate\(({_NUMBER}) ({_NUMBER}) ({_NUMBER})\)", element.get("transform", "")
    )
    if turn is None:
        return Words(element.text or "", area, None)
    angle, x, y = math.radians(float(turn[1])), float(turn[2]), float(turn[3])
    shape = tuple(
        (
            x + (a - x) * math.cos(angle) - (b - y) * math.sin(angle),
            y + (a - x) * math.sin(angle) + (b - y) * math.cos(angle),
        )
        for a, b in convex.corners((area.left, area.top, area.right, area.bottom))
    )
    return Words(element.text or "", _round(shape, 1.0, (0.0, 0.0)), None, shape)


def _text(element: ET.Element, scale: float, shift: tuple[float, float]) -> Area:
    """What a line of text covers, in the metrics of the font that figures name first."""
    size = float(element.attrib["font-size"])
    wide = width(element.text or "", size)
    anchor = element.get("text-anchor", "start")
    x = float(element.attrib["x"]) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    y = float(element.attrib["y"])
    return _round([(x, y - _ASCENT * size), (x + wide, y + _DESCENT * size)], scale, shift)
