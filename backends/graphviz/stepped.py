"""A sheet step by step: boxes, frames and arrows with the step since which they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.figures.buildup import build_up
from archspec.figures.direction import chosen_direction
from archspec.figures.figure import Figure
from archspec.figures.maps import Maps, in_order
from archspec.figures.options import Options
from archspec.figures.picture import ALWAYS
from archspec.ir.graph import Graph

Since = Mapping[str, int]
"""The step of each box, by its name in DOT."""

Drawn = TypeVar("Drawn", Thing, Line)


def steps_of(graph: Graph, options: Options, after: int = 0) -> tuple[Since, Sequence[str]]:
    """The step of each box by its name in DOT, and what the steps are called.

    Args:
        after: how many steps of other figures come before.
    """
    in_a_u = chosen_direction(graph, options) == "U"
    figure = Figure(graph, options, framed=not in_a_u)
    maps = [Maps(box, source=True) for box in figure.sources]
    maps += map(Maps, in_order(figure))
    number = {one.box: n for n, one in enumerate(maps)}
    wires = [(number[arrow.tail], number[arrow.head]) for arrow in figure.arrows]
    found = build_up(figure, maps, wires, in_a_u=in_a_u)
    since = {one.box: step + after for one, step in zip(maps, found.of, strict=True)}
    named = {name(box.path): step for box, step in since.items()}
    for output in figure.outputs:
        named[name(output.name, "output ")] = since[figure.box_of[output.node]]
    return named, found.names


def with_steps(sheet: Sheet, since: Since) -> Sheet:
    """A sheet whose boxes come with their steps.

    An arrow comes when both of its ends are there, and a frame with the first in it.
    """
    frames = []
    for frame in sheet.frames:
        inside = [since[box.name] for box in sheet.boxes if frame.holds(box.middle)]
        frames.append(replace(frame, since=min(inside, default=ALWAYS)))
    lines = [replace(x, since=max(since[x.tail], since[x.head])) for x in sheet.lines]
    return replace(
        sheet,
        boxes=[replace(box, since=since[box.name]) for box in sheet.boxes],
        frames=frames,
        lines=sorted(lines, key=lambda line: line.since),  # what is shared comes with the first
    )


def until(sheet: Sheet, step: int) -> Sheet:
    """What is there with a step; the rest is on the same sheet, but not to be seen."""

    def seen(one: Drawn) -> Drawn:
        unseen = {"style": "invis"} if one.since > step else {}
        return replace(one, attributes={**one.attributes, **unseen})

    return replace(
        sheet,
        boxes=list(map(seen, sheet.boxes)),
        frames=list(map(seen, sheet.frames)),
        lines=list(map(seen, sheet.lines)),
    )


def steps(sheet: Sheet) -> list[int]:
    """The steps with which anything comes; of what is there as a whole, that alone."""
    drawn: list[Thing | Line] = [*sheet.boxes, *sheet.frames, *sheet.lines]
    return sorted({one.since for one in drawn} - {ALWAYS}) or [ALWAYS]
