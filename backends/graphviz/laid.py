"""Graphviz's layout -> sheet: where it puts what a DOT text has.

Its attribute `pos` has five digits, too few in a wide figure for an arrow to end at its box. What
it says that it draws has hundredths of a point, so places are taken from there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import graphviz

from archspec.backends.graphviz import engine
from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.figures.geometry import Point, around, middle
from archspec.figures.measure import width

_STRUCTURE = ("name", "pos", "width", "height", "bb", "lp", "lwidth", "lheight", "tail", "head")
_PLAIN = "plain"

_EXACT = 1e4
"""Coordinates below have tenths of a point in `pos`."""

_LEVEL = 0.5
ABOVE = 2.0
"""How far words are above a level arrow."""

_REACH = 20.0
"""Further from the end of an arrow's line there is no box that the arrow leads to."""


def laid_out(dot: str) -> Sheet:
    """The places that Graphviz gives to what a DOT text has.

    Raises:
        ArchspecError: E603 where there is no Graphviz.
    """
    found = json.loads(engine.draw(dot, "json"))
    things = found.get("objects", [])
    boxes = {thing["_gvid"]: _box(thing) for thing in things if "bb" not in thing}
    return Sheet(
        boxes=[*boxes.values()],
        frames=[_frame(thing) for thing in things if "bb" in thing],
        lines=[
            _line(edge, boxes[edge["tail"]], boxes[edge["head"]]) for edge in found.get("edges", [])
        ],
        attributes={key: found[key] for key in ("bgcolor", "fontname", "pad") if key in found},
    )


def _box(thing: Mapping[str, Any]) -> Thing:
    drawn = _drawn(thing)
    x, y = middle(around(drawn)) if drawn else _read(thing["pos"])
    w, h = float(thing["width"]) * 36, float(thing["height"]) * 36
    return Thing(thing["name"], _attributes(thing), (x - w, y - h), (x + w, y + h))


def _frame(thing: Mapping[str, Any]) -> Thing:
    x0, y0, x1, y1 = map(float, thing["bb"].split(","))
    low, high = around(_drawn(thing) or [(x0, y0), (x1, y1)])
    word = _read(thing["lp"]) if "lp" in thing else None
    inherited = ("nodesep", "ranksep", "rankdir", "pad", "bgcolor", "layout")
    attributes = {k: v for k, v in _attributes(thing).items() if k not in inherited}
    return Thing(thing["name"], attributes, low, high, word)


def _line(edge: Mapping[str, Any], tail: Thing, head: Thing) -> Line:
    pos = edge["pos"].split()
    tip = _read(pos.pop(0)[2:]) if pos[0].startswith("e,") else None
    curve = tuple(_drawn(edge) or map(_read, pos))
    if tip is not None and max(map(abs, tip)) >= _EXACT:
        tip = _tip(curve[-1], _drawn(edge, "_hdraw_"), head) or tip
    word = _read(edge["lp"]) if "lp" in edge else None
    attributes = _attributes(edge)
    if word is not None and attributes["label"].startswith(" "):
        # A space before words keeps them off the arrow, but SVG has it not; the place has.
        size = float(attributes.get("fontsize", "10"))
        attributes["label"] = attributes["label"].removeprefix(" ").replace("\\n ", "\\n")
        word = word[0] + width(" ", size) / 2, word[1]
    return _clear(Line(tail.name, head.name, attributes, curve, tip, word))


def _clear(line: Line) -> Line:
    """An arrow whose words stand above it, and not on it, where it is level."""
    corners, level = line.words(), line.curve[0][1]
    if corners is None or any(abs(y - level) > _LEVEL for _, y in line.curve):
        return line
    (x, _), ((_, low), (_, high)) = line.word or corners[0], corners
    return replace(line, word=(x, level + (high - low) / 2 + ABOVE))


def _tip(end: Point, corners: list[Point], box: Thing) -> Point | None:
    """Where an arrow meets its box, that goes on from its line as the head does which is drawn."""
    if not corners:
        return None
    far = max(corners, key=lambda corner: math.dist(corner, end))
    length = math.dist(far, end) or 1.0
    (x, y), (ux, uy) = end, ((far[0] - end[0]) / length, (far[1] - end[1]) / length)
    low, high = 0.0, _REACH
    if box.holds(end) or not box.holds((x + high * ux, y + high * uy)):
        return None
    for _ in range(20):
        half = (low + high) / 2
        low, high = (low, half) if box.holds((x + half * ux, y + half * uy)) else (half, high)
    return x + high * ux, y + high * uy


def _drawn(thing: Mapping[str, Any], what: str = "_draw_") -> list[Point]:
    """The points of what is drawn of a thing."""
    found: list[Point] = []
    for operation in thing.get(what, ()):
        found += ((x, y) for x, y in operation.get("points", ()))
        if "rect" in operation:
            x, y, across, up = operation["rect"]
            found += (x - across, y - up), (x + across, y + up)
    return found


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


def _read(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)
