"""What stands in an SVG file that a page saved: boxes, frames, lines and words, with places."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from archspec.figures.measure import width as text_width

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """A rectangle in the figure's coordinates."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area, by: float = 0.5) -> bool:
        """Whether two areas overlap by more than `by` along both axes."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > by and down > by

    def holds(self, other: Area, by: float = 0.5) -> bool:
        """Whether the other lies within, to `by`."""
        return (
            other.left >= self.left - by
            and other.top >= self.top - by
            and other.right <= self.right + by
            and other.bottom <= self.bottom + by
        )

    def strictly(self, point: Point, by: float = 1.0) -> bool:
        """Whether a point lies inside, further than `by` from the border."""
        x, y = point
        return self.left + by < x < self.right - by and self.top + by < y < self.bottom - by


@dataclass(frozen=True)
class Line:
    """A drawn edge: the part it is drawn in, its ends there, and the layer whose value it is."""

    within: int
    tail: int | None
    head: int | None
    value: int
    points: list[Point]
    dashes: str | None


@dataclass(frozen=True)
class Words:
    """A text, and where it stands; `owner` is the box or frame it stands in, None on a line.

    `shape` has the corners of what it covers, where that is turned.
    """

    text: str
    area: Area
    owner: int | None
    shape: tuple[Point, ...] = ()


class SavedSvg:
    """A parsed file; parts are known by their position in the page's data."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        self.boxes: dict[int, Area] = {}
        self.frames: dict[int, Area] = {}
        self.lines: list[Line] = []
        self.words: list[Words] = []
        body = next(g for g in self.root if g.tag == f"{SVG}g")
        for group in body:
            shift = _shift(group)
            owner = group.get("data-part") or group.get("data-frame")
            if group.get("data-part") is not None:
                self.boxes[int(group.attrib["data-part"])] = _outline(group, shift)
            elif group.get("data-frame") is not None:
                self.frames[int(group.attrib["data-frame"])] = _outline(group, shift)
            else:
                self.lines.append(_line(group, shift))
            for text_element in group.iter(f"{SVG}text"):
                area = _text_area(text_element, shift)
                number = int(owner) if owner is not None else None
                self.words.append(Words(text_element.text or "", area, number))


def _shift(group: ET.Element) -> Point:
    found = re.fullmatch(r"translate\((-?[\d.]+) (-?[\d.]+)\)", group.attrib["transform"])
    assert found is not None
    return float(found[1]), float(found[2])


def _outline(group: ET.Element, shift: Point) -> Area:
    """All of a box's own outlines together: a run has a second card behind."""
    areas = []
    for shape in group:
        get = {k: float(v) for k, v in shape.attrib.items() if re.fullmatch(r"-?[\d.]+", v)}
        if shape.tag == f"{SVG}rect":
            x, y = get.get("x", 0.0), get.get("y", 0.0)
            areas.append((x, y, x + get["width"], y + get["height"]))
        elif shape.tag == f"{SVG}circle":
            cx, cy, r = get["cx"], get["cy"], get["r"]
            areas.append((cx - r, cy - r, cx + r, cy + r))
    left, top = min(a[0] for a in areas), min(a[1] for a in areas)
    right, bottom = max(a[2] for a in areas), max(a[3] for a in areas)
    return Area(left + shift[0], top + shift[1], right + shift[0], bottom + shift[1])


def _line(group: ET.Element, shift: Point) -> Line:
    def end(name: str) -> int | None:
        given = group.attrib[f"data-{name}"]
        return int(given) if given else None

    path = next(p for p in group if p.tag == f"{SVG}path")
    points = [(x + shift[0], y + shift[1]) for x, y in _along(path.attrib["d"])]
    within, value = int(group.attrib["data-within"]), int(group.attrib["data-value"])
    dashes = path.get("stroke-dasharray")
    return Line(within, end("tail"), end("head"), value, points, dashes)


def _along(d: str) -> Iterator[Point]:
    """Points along a path of M, L, C and Q, a few units apart."""
    at: Point = (0.0, 0.0)
    for letter, rest in re.findall(r"([MLCQ])([^MLCQ]*)", d):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", rest)]
        ends = [at, *zip(numbers[::2], numbers[1::2], strict=True)]
        if letter == "M":
            ends = ends[1:]
        steps = max(2, int(sum(math.dist(a, b) for a, b in pairwise(ends)) / 3))
        for i in range(steps + 1):
            yield _bezier(ends, i / steps)
        at = ends[-1]


def _bezier(points: list[Point], t: float) -> Point:
    """De Casteljau's algorithm."""
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
    return points[0]


def _text_area(element: ET.Element, shift: Point) -> Area:
    size = float(element.attrib["font-size"])
    wide = text_width(element.text or "", size)
    anchor = element.get("text-anchor", "start")
    x = float(element.attrib["x"]) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    y = float(element.attrib["y"])
    left, top = x + shift[0], y - 0.72 * size + shift[1]
    return Area(left, top, left + wide, y + 0.2 * size + shift[1])
