"""What a block holds, where that makes a small picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from archspec.analysis.bypass import signal, weighted
from archspec.backends.strips.dissolved import dissolved
from archspec.backends.strips.entrances import unentered
from archspec.backends.strips.flowing import flowing
from archspec.backends.strips.topology import LONG, MANY, Topology, settled, topology
from archspec.figures.detail import Detail, Selection
from archspec.figures.figure import Figure
from archspec.figures.options import Options
from archspec.figures.slides import told as is_told
from archspec.ir.graph import Graph, Instance, Node

_LONGEST = 64
"""Boxes in a row with arcs over it, which needs no room for words, from which on it is none."""


Insides = dict[Detail, Topology]
"""What is known to be in instances, by what is shown of each."""


def within(graph: Graph, instance: Instance, body: Node | None = None) -> Topology | None:
    """What a folded instance holds, where that makes a small picture; its blocks are folded else.

    Returns None where even that is too much, and for a single box.

    Args:
        body: where it is to end, if not where the instance does.
    """
    return fitting(graph, instance, body)[1]


def fitting(
    graph: Graph,
    instance: Instance,
    body: Node | None = None,
    least: int = 0,
    told: Detail | None = None,
    known: Insides | None = None,
) -> tuple[int, Topology | None]:
    """What `within` gives, and how much of it is folded; that is a number to compare.

    Args:
        least: how much is to be folded at the least; then a single block in a group makes a small
            picture, too, as those of other groups have several.
        told: what is folded whatever the room, and whether nothing is to be drawn once, with ×N.
        known: what has been looked into, to which is added what is.
    """
    known = {} if known is None else known
    number = least
    for number, (detail, dense) in enumerate(_details(instance, body, told or Detail())):
        if number < least:
            continue
        if detail not in known:
            shown = topology(Figure(graph, detail, framed=False))
            known[detail] = unentered(dissolved(settled(flowing(shown))))
        found = known[detail]
        recursive = found.figure.graph.recursive if detail.level == "block" else ()
        recurs = any(instance in list(part.ancestors())[1:] for part in recursive)
        if is_small(found, 3 if recurs else 1) or (dense and _is_dense(found)):
            boxes = [maps for maps in found.maps if not maps.source]
            folded = any(maps.folded for maps in boxes[:1])
            alone = least > 0 and instance.block is None and folded
            return number, found if len(boxes) > 1 or alone else None
    return number + 1, None


def is_small(one: Topology, times: int = 1) -> bool:
    """Whether it is a small picture; or so many times as large."""
    return len(one.maps) <= MANY * times and one.length <= LONG * times


def has_more(graph: Graph, options: Options, boxes: int) -> bool:
    """Whether there are more boxes than so many for certain, where each stands for itself.

    Where nothing is folded, every layer with weights is a box, unless nothing flows from it.
    """
    if is_told(options) or options.collapse:
        return False
    ends = {output.node for output in graph.outputs}
    layers = (
        node
        for node in Selection(graph, options).nodes
        if weighted(node)
        and (node in ends or any(node in signal(one) for one in graph.readers.get(node, ())))
    )
    return next(islice(layers, boxes, None), None) is not None


def _is_dense(one: Topology) -> bool:
    """Whether it is a row of a few boxes with arcs over it."""
    if not one.in_a_row or one.length > _LONGEST + 2:
        return False
    return bool(one.rows)


def _details(instance: Instance, body: Node | None, told: Detail) -> Iterator[tuple[Detail, bool]]:
    """What is tried in turn, and whether it may be a row with arcs over it."""
    end = None if body is None else body.path
    whole = Detail(only=instance.path, end=end, fuse=True, repeat="none", shapes="none")
    whole = replace(whole, collapse=told.collapse)
    equal = whole if told.repeat == "none" else replace(whole, repeat="equal")
    blocks = replace(equal, level="block")
    yield whole, False
    yield equal, False
    yield blocks, True
    yield equal, True
    if told.repeat != "none":
        yield replace(blocks, repeat="alike"), False
