"""Arrows in an SVG file that `render` wrote: whether each joins the boxes that it names.

And whether everything about them is to be seen: heads meet sides and no corners, no line is drawn
twice, and no box or frame stands on words. All lengths are in the points of the figure before it
is scaled to a page.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archspec.figures.measure import width
from tests.saved_svg import SVG, Area, Point

NEAR = 3.5
"""How far from a box's outline an arrow may begin or end; a thick head's point is cut by 3."""

CORNER = 3.0
"""How far from a corner an arrow's head ends, half of which is as wide."""

TWICE = 2.0
"""How long two lines may be one above the other, as where they cross."""

_FRAMED = 12.0
"""The size of words in frames, at the most."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_STEPS = 24


@dataclass(frozen=True)
class Outline:
    """What bounds a box: a closed line through points, round corners and all."""

    points: tuple[Point, ...]
    oval: bool = False

    @property
    def area(self) -> Area:
        xs, ys = zip(*self.points, strict=True)
        return Area(min(xs), min(ys), max(xs), max(ys))

    def distance(self, point: Point) -> float:
        """From a point to the nearest one of the outline, whether it lies inside or outside."""
        ends = [*self.points, self.points[0]]
        return min(_apart(point, a, b) for a, b in pairwise(ends))

    def from_corner(self, point: Point) -> float:
        """From a point to the nearest corner of the rectangle round it; an ellipse has none."""
        if self.oval:
            return math.inf
        area = self.area
        return min(
            math.dist(point, (x, y))
            for x in (area.left, area.right)
            for y in (area.top, area.bottom)
        )


def _apart(point: Point, a: Point, b: Point) -> float:
    """How far a point is from a straight line between two others."""
    (x, y), (dx, dy) = (point[0] - a[0], point[1] - a[1]), (b[0] - a[0], b[1] - a[1])
    length = dx * dx + dy * dy
    t = min(max((x * dx + y * dy) / length, 0.0), 1.0) if length else 0.0
    return math.hypot(x - t * dx, y - t * dy)


@dataclass(frozen=True)
class Drawn:
    """An arrow: points along its pieces, from where it begins to where its tip is.

    It is in one piece, but where another arrow from the same box has drawn what is between.
    """

    tail: str
    head: str
    pieces: tuple[tuple[Point, ...], ...]
    headed: bool

    @property
    def start(self) -> Point:
        return self.pieces[0][0]

    @property
    def tip(self) -> Point:
        return self.pieces[-1][-1]

    @property
    def way(self) -> tuple[Point, ...]:
        return tuple(point for piece in self.pieces for point in piece)


@dataclass(frozen=True)
class Written:
    """A line of words beside an arrow or in a frame; `after` counts what is drawn before them."""

    text: str
    area: Area
    after: int


class Arrows:
    """The boxes and arrows of a file, boxes by their names in DOT."""

    def __init__(self, svg: str) -> None:
        root = ET.fromstring(svg)
        self.outlines: dict[str, Outline] = {}
        self.drawn: list[Drawn] = []
        self.frames: list[tuple[str, Area, int]] = []
        self.words: list[Written] = []
        self.titles: dict[str, list[str]] = {}
        for number, group in enumerate(root.iter(f"{SVG}g")):
            title = group.findtext(f"{SVG}title", "")
            outline = _outline(group) if group.get("class") in ("node", "cluster") else None
            if group.get("class") == "node":
                if outline is not None:
                    self.outlines[title] = outline
            elif group.get("class") == "edge":
                tail, _, head = title.partition("->")
                headed = any(shape.tag == f"{SVG}polygon" for shape in group)
                self.drawn.append(Drawn(tail, head, tuple(_pieces(group)), headed))
            elif group.get("class") == "cluster" and outline is not None:
                self.frames.append((title, outline.area, number))
                self.titles[title] = [text.text or "" for text in group.iter(f"{SVG}text")]
            if group.get("class") in ("edge", "cluster"):
                for text in group.iter(f"{SVG}text"):
                    self.words.append(Written(text.text or "", _covered(text), number))

    def problems(
        self, wanted: Iterable[tuple[str, str]], near: float = NEAR, *, lanes: bool = False
    ) -> list[str]:
        """What is wrong: arrows that are missing or too many, and ends that are nowhere.

        And lines that are drawn twice, or not at all, and words on which something stands.

        Args:
            wanted: the tail and the head of each arrow there is to be.
            lanes: whether arrows of several boxes may share a line, as in a U.
        """
        found = Counter((arrow.tail, arrow.head) for arrow in self.drawn)
        expected = Counter(wanted)
        said = [f"missing: {pair}" for pair in (expected - found).elements()]
        said += [f"too many: {pair}" for pair in (found - expected).elements()]
        for arrow in self.drawn:
            said += self._ends(arrow, near)
        doubled = () if lanes else self._doubled()
        return [*said, *self._gaps(), *doubled, *self._hidden(), *self._unnamed()]

    def _ends(self, arrow: Drawn, near: float) -> Iterator[str]:
        for what, name, at in (
            ("begins", arrow.tail, arrow.start),
            ("ends", arrow.head, arrow.tip),
        ):
            outline = self.outlines.get(name)
            off = math.inf if outline is None else outline.distance(at)
            if what == "begins" and off > near and self._on_another(arrow, at):
                continue
            if off > near:
                yield f"{arrow.tail} -> {arrow.head} {what} {off:.1f} off {name}"
            elif what == "ends" and arrow.headed and outline is not None:
                least = min(CORNER, _half(outline)) - 0.1
                if outline.from_corner(at) < least:
                    yield f"{arrow.tail} -> {arrow.head} ends at a corner of {name}"

    def _on_another(self, arrow: Drawn, point: Point) -> bool:
        """Whether a point lies on the line of another arrow that begins at the same box."""
        return any(
            _apart(point, a, b) < 0.1
            for other in self.drawn
            if other.tail == arrow.tail and other is not arrow
            for piece in other.pieces
            for a, b in pairwise(piece)
        )

    def _gaps(self) -> Iterator[str]:
        """Where an arrow is in pieces, and no other arrow of the same box draws what is between."""
        for arrow in self.drawn:
            for before, after in pairwise(arrow.pieces):
                if not all(self._on_another(arrow, end) for end in (before[-1], after[0])):
                    yield f"{arrow.tail} -> {arrow.head} has a gap"

    def _doubled(self) -> Iterator[str]:
        """Level and upright lines that are drawn twice, and so look thicker than others."""
        runs: dict[tuple[int, float], list[tuple[float, float, Drawn]]] = {}
        for arrow in self.drawn:
            for a, b in (pair for piece in arrow.pieces for pair in pairwise(piece)):
                for axis in (0, 1):
                    if a[1 - axis] == b[1 - axis] and a[axis] != b[axis]:
                        ends = sorted((a[axis], b[axis]))
                        runs.setdefault((axis, a[1 - axis]), []).append((*ends, arrow))
        for spans in runs.values():
            spans.sort(key=lambda span: span[:2])
            for (_, end, one), (start, last, other) in pairwise(spans):
                pairs = {(arrow.tail, arrow.head) for arrow in (one, other)}
                if len(pairs) > 1 and min(end, last) - start > TWICE:
                    yield f"{one.tail} -> {one.head} and {other.tail} -> {other.head} are one line"

    def _hidden(self) -> Iterator[str]:
        """Words that a box stands on, or a frame that is drawn after them."""
        boxes = [(name, outline.area) for name, outline in self.outlines.items()]
        for words in self.words:
            later = [(name, area) for name, area, number in self.frames if number > words.after]
            for name, area in (*boxes, *later):
                if area.meets(words.area, by=1.0):
                    yield f"{words.text!r} is under {name}"

    def _unnamed(self) -> Iterator[str]:
        """Frames that go on in another row, and have room for their name, without it."""
        for name, area, _ in self.frames:
            first = self.titles.get(name.rpartition(" ")[0], [])
            goes_on = re.search(r" \d+$", name) and first and not self.titles[name]
            widest = max((width(line, _FRAMED) for line in first), default=0.0)
            if goes_on and area.right - area.left > widest + 2 * _FRAMED:
                yield f"{name} has no name"


def _half(outline: Outline) -> float:
    """Half of a box's shorter side, at which an arrow cannot be further from two corners."""
    area = outline.area
    return min(area.right - area.left, area.bottom - area.top) / 2


def _covered(element: ET.Element) -> Area:
    """What a line of words covers."""
    size = float(element.attrib["font-size"])
    wide = width(element.text or "", size)
    anchor = element.get("text-anchor", "start")
    left = float(element.attrib["x"]) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    y = float(element.attrib["y"])
    return Area(left, y - 0.72 * size, left + wide, y + 0.2 * size)


def _outline(group: ET.Element) -> Outline | None:
    """The outer one of a box's outlines: what repeats has two."""
    found: list[Outline] = []
    for shape in group:
        if shape.tag == f"{SVG}ellipse":
            cx, cy, rx, ry = (float(shape.attrib[key]) for key in ("cx", "cy", "rx", "ry"))
            turns = (2 * math.pi * k / 360 for k in range(360))
            points = ((cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in turns)
            found.append(Outline(tuple(points), oval=True))
        elif shape.tag == f"{SVG}polygon":
            found.append(Outline(tuple(_points(shape))))
        elif shape.tag == f"{SVG}path":
            found.append(Outline(tuple(_along(_points(shape)))))
    sized = [outline for outline in found if outline.points]
    return max(sized, key=lambda o: o.area.right - o.area.left) if sized else None


def _points(shape: ET.Element) -> list[Point]:
    numbers = [float(n) for n in _NUMBER.findall(shape.get("points", "") + shape.get("d", ""))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _along(points: Sequence[Point]) -> Iterator[Point]:
    """Points along a Bezier curve of 3n + 1 points; only the ends of what is straight."""
    yield points[0]
    for at in range(0, len(points) - 3, 3):
        piece = [*points[at : at + 4]]
        level = any(len({point[axis] for point in piece}) == 1 for axis in (0, 1))
        steps = 1 if level else _STEPS
        yield from (_bezier(piece, k / steps) for k in range(1, steps + 1))


def _pieces(group: ET.Element) -> Iterator[tuple[Point, ...]]:
    """Points along each piece of an arrow's line, and the tip of its head.

    Raises:
        AssertionError: where there is no line, or a head is apart from it.
    """
    paths = [shape for shape in group if shape.tag == f"{SVG}path"]
    assert paths
    heads = [shape for shape in group if shape.tag == f"{SVG}polygon"]
    for number, path in enumerate(paths, 1):
        assert re.fullmatch(r"M[^MLC]*C[^MLC]*", path.attrib["d"]), path.attrib["d"]
        points = _points(path)
        tips = [_tip(_points(*heads), points[-1])] if heads and number == len(paths) else []
        yield (*_along(points), *tips)
    assert len(heads) < 2


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
