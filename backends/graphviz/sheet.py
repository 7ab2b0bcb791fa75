"""A figure that is laid out: everything has its place, and can be moved.

It is read from Graphviz's layout, and drawn by `nop2`, which draws what stands somewhere already.
In between, a figure may be cut into rows, or set beside another one. Lengths are in points, and y
grows upwards, as in Graphviz.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import graphviz

from archspec.backends.graphviz import style
from archspec.backends.graphviz.names import spelled
from archspec.backends.graphviz.printed import Viewport
from archspec.figures.geometry import Corners, Point, around, middle
from archspec.figures.measure import extent
from archspec.figures.picture import ALWAYS

Move = Callable[[Point], Point]

OVALS = ("circle", "oval")


@dataclass(frozen=True, slots=True)
class Thing:
    """A box or a frame: the corners at the lower left and at the upper right.

    Attributes:
        since: the step with which it comes.
    """

    name: str
    attributes: Mapping[str, str]
    low: Point
    high: Point
    word: Point | None = None
    since: int = ALWAYS

    @property
    def middle(self) -> Point:
        return middle((self.low, self.high))

    def holds(self, point: Point) -> bool:
        """Whether a point lies within the outline, a rectangle or an ellipse."""
        x, y = (2 * abs(point[i] - self.middle[i]) / (self.high[i] - self.low[i]) for i in (0, 1))
        return x * x + y * y <= 1 if self.attributes.get("shape") in OVALS else max(x, y) <= 1

    def moved(self, move: Move) -> Thing:
        word = None if self.word is None else move(self.word)
        return replace(self, low=move(self.low), high=move(self.high), word=word)

    def words(self) -> tuple[Point, Point] | None:
        """The corners of a frame's name."""
        return _words(self)


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow: a Bezier curve of 3n + 1 points, the tip of its head, and where its words stand.

    Attributes:
        pieces: what is drawn of the curve, the last up to the tip; all of it where there are none.
        since: the step with which it comes.
    """

    tail: str
    head: str
    attributes: Mapping[str, str]
    curve: tuple[Point, ...]
    tip: Point | None = None
    word: Point | None = None
    pieces: tuple[tuple[Point, ...], ...] = ()
    since: int = ALWAYS

    def moved(self, move: Move) -> Line:
        return replace(
            self,
            curve=tuple(map(move, self.curve)),
            pieces=tuple(tuple(map(move, piece)) for piece in self.pieces),
            tip=None if self.tip is None else move(self.tip),
            word=None if self.word is None else move(self.word),
        )

    def words(self) -> Corners | None:
        """The corners of what is written beside it."""
        return _words(self)


@dataclass(frozen=True)
class Sheet:
    """Boxes, frames and arrows, each at its place."""

    boxes: Sequence[Thing]
    frames: Sequence[Thing]
    lines: Sequence[Line]
    attributes: Mapping[str, str]

    @cached_property
    def bounds(self) -> Corners:
        """The corners of all that is drawn."""
        points = [p for thing in (*self.boxes, *self.frames) for p in (thing.low, thing.high)]
        for frame in self.frames:
            points += frame.words() or ()
        for line in self.lines:
            points += line.curve
            points += line.words() or ()
        return around(points)

    @property
    def size(self) -> Point:
        """Width and height."""
        (x0, y0), (x1, y1) = self.bounds
        return x1 - x0, y1 - y0

    def said(self) -> Iterator[str]:
        """What is to be read in each box, its lines with commas; titles and legends aside."""
        for box in self.boxes:
            words, shape = box.attributes.get("label", ""), box.attributes.get("shape")
            seen = box.attributes.get("style") != "invis"
            if words and seen and shape not in ("plain", "plaintext"):
                yield ", ".join(spelled(words))

    def moved(self, move: Move, prefix: str = "") -> Sheet:
        """All of it elsewhere, perhaps with other names."""
        return replace(
            self,
            boxes=[replace(b.moved(move), name=prefix + b.name) for b in self.boxes],
            frames=[replace(f.moved(move), name=f"{f.name} {prefix}".strip()) for f in self.frames],
            lines=[
                replace(x.moved(move), tail=prefix + x.tail, head=prefix + x.head)
                for x in self.lines
            ],
        )

    def dot(self, viewport: Viewport | None = None) -> str:
        """As DOT text, in which all have their places; as it is seen by way of a viewport."""
        seen = viewport.attributes if viewport is not None else {}
        drawing = graphviz.Digraph(graph_attr={**self.attributes, **seen, "layout": "nop2"})
        for frame in self.frames:
            with drawing.subgraph(name=frame.name) as cluster:
                places = {"bb": ",".join(map(_number, (*frame.low, *frame.high)))}
                if frame.word is not None:
                    places["lp"] = _point(frame.word)
                cluster.attr(**frame.attributes, **places)
        common = _common([box.attributes for box in self.boxes])
        drawing.node_attr.update(common)
        for box in self.boxes:
            (x0, y0), (x1, y1) = box.low, box.high
            ring = style.ring(box.attributes)
            places = {
                "pos": _point(box.middle),
                "width": f"{(x1 - x0 - ring) / 72:.4f}",
                "height": f"{(y1 - y0 - ring) / 72:.4f}",
                "fixedsize": "shape",
            }
            drawing.node(box.name, **_without(box.attributes, common) | places)
        common = _common([line.attributes for line in self.lines])
        drawing.edge_attr.update(common)
        for line in self.lines:
            pieces = [" ".join(map(_point, piece)) for piece in line.pieces or (line.curve,)]
            if line.tip is not None:
                pieces[-1] = f"e,{_point(line.tip)} {pieces[-1]}"
            places = {"pos": ";".join(pieces)}
            if line.word is not None:
                places["lp"] = _point(line.word)
            drawing.edge(line.tail, line.head, **_without(line.attributes, common), **places)
        return str(drawing.source)


def _words(drawn: Thing | Line) -> Corners | None:
    if drawn.word is None:
        return None
    lines = re.split(r"\\[ln]", drawn.attributes.get("label", "").removesuffix(r"\l"))
    width, height = extent(lines, float(drawn.attributes.get("fontsize", "10")))
    x, y = drawn.word
    return (x - width / 2, y - height / 2), (x + width / 2, y + height / 2)


def _common(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Attributes that all have alike."""
    first, *others = given or [{}]
    return {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}


def _without(attributes: Mapping[str, str], common: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if key not in common}


def _point(point: Point) -> str:
    return ",".join(map(_number, point))


def _number(value: float) -> str:
    return f"{value:.2f}"
