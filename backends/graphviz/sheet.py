"""A figure that is laid out: everything has its place, and can be moved.

Graphviz says where things stand (`-Tjson`), and draws what stands somewhere already (`nop2`). In
between, a figure may be cut into rows, or set beside another one. Lengths are in points, and y
grows upwards, as in Graphviz.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import graphviz

from archspec.backends.graphviz import engine, style
from archspec.backends.graphviz.printed import Viewport
from archspec.drawing.geometry import Corners, Point, around
from archspec.drawing.measure import extent, width

Move = Callable[[Point], Point]

_STRUCTURE = ("name", "pos", "width", "height", "bb", "lp", "lwidth", "lheight", "tail", "head")
_PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Thing:
    """A box or a frame: the corners at the lower left and at the upper right."""

    name: str
    attributes: Mapping[str, str]
    low: Point
    high: Point
    word: Point | None = None

    @property
    def middle(self) -> Point:
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    def moved(self, move: Move) -> Thing:
        word = None if self.word is None else move(self.word)
        return replace(self, low=move(self.low), high=move(self.high), word=word)

    def words(self) -> tuple[Point, Point] | None:
        """The corners of a frame's name."""
        return _words(self)


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow: a Bezier curve of 3n + 1 points, the tip of its head, and where its words stand."""

    tail: str
    head: str
    attributes: Mapping[str, str]
    curve: tuple[Point, ...]
    tip: Point | None = None
    word: Point | None = None

    def moved(self, move: Move) -> Line:
        return replace(
            self,
            curve=tuple(map(move, self.curve)),
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
            places = {"pos": " ".join(map(_point, line.curve))}
            if line.tip is not None:
                places["pos"] = f"e,{_point(line.tip)} {places['pos']}"
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


def laid_out(dot: str) -> Sheet:
    """The places that Graphviz gives to what a DOT text has.

    Raises:
        ArchspecError: E603 where there is no Graphviz.
    """
    found = json.loads(engine.draw(dot, "json"))
    things = found.get("objects", [])
    names = {thing["_gvid"]: thing["name"] for thing in things}
    return Sheet(
        boxes=[_box(thing) for thing in things if "bb" not in thing],
        frames=[_frame(thing) for thing in things if "bb" in thing],
        lines=[_line(edge, names) for edge in found.get("edges", [])],
        attributes={key: found[key] for key in ("bgcolor", "fontname", "pad") if key in found},
    )


def _box(thing: Mapping[str, Any]) -> Thing:
    x, y = _read(thing["pos"])
    w, h = float(thing["width"]) * 36, float(thing["height"]) * 36
    return Thing(thing["name"], _attributes(thing), (x - w, y - h), (x + w, y + h))


def _frame(thing: Mapping[str, Any]) -> Thing:
    x0, y0, x1, y1 = map(float, thing["bb"].split(","))
    word = _read(thing["lp"]) if "lp" in thing else None
    inherited = ("nodesep", "ranksep", "rankdir", "pad", "bgcolor", "layout")
    attributes = {k: v for k, v in _attributes(thing).items() if k not in inherited}
    return Thing(thing["name"], attributes, (x0, y0), (x1, y1), word)


def _line(edge: Mapping[str, Any], names: Mapping[int, str]) -> Line:
    pos = edge["pos"].split()
    tip = _read(pos.pop(0)[2:]) if pos[0].startswith("e,") else None
    word = _read(edge["lp"]) if "lp" in edge else None
    curve = tuple(map(_read, pos))
    attributes = _attributes(edge)
    if word is not None and attributes["label"].startswith(" "):
        # A space before words keeps them off the arrow, but SVG has it not; the place has.
        size = float(attributes.get("fontsize", "10"))
        attributes["label"] = attributes["label"].removeprefix(" ").replace("\\n ", "\\n")
        word = word[0] + width(" ", size) / 2, word[1]
    return Line(names[edge["tail"]], names[edge["head"]], attributes, curve, tip, word)


def _attributes(thing: Mapping[str, Any]) -> dict[str, str]:
    """What it looks like; a label in Graphviz's markup is put in the brackets that JSON drops."""
    found = {
        key: value
        for key, value in thing.items()
        if isinstance(value, str) and value and key not in _STRUCTURE and key[0] != "_"
    }
    if found.get("shape") == _PLAIN:
        return found | {"label": f"<{found['label']}>"}
    if "label" in found:
        found["label"] = graphviz.nohtml(found["label"])
    return found


def _common(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Attributes that all have alike."""
    first, *others = given or [{}]
    return {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}


def _without(attributes: Mapping[str, str], common: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in attributes.items() if key not in common}


def _read(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)


def _point(point: Point) -> str:
    return ",".join(map(_number, point))


def _number(value: float) -> str:
    return f"{value:.2f}"
