"""Residual paths: what is added to a skip, where it is drawn open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.analysis.bypass import Flow, crossings
from archspec.figures.folding import Box, Frame, run_of
from archspec.figures.repeats import nodes_of
from archspec.ir.graph import Graph, Node

Group = tuple[Box | Frame, ...]
"""What stands side by side."""


def residuals(graph: Graph, inside: Sequence[Box | Frame]) -> list[Group]:
    """What an identity or a projection goes around on its way to a sum; the larger ones first.

    Raises:
        ArchspecError: E405 where the merges span too much to be looked through.
    """
    bodies: dict[Node, list[frozenset[Node]]] = {}
    for crossing in crossings(Flow(graph, mode="train")):
        if any(reader.op.sums for reader, _ in crossing.exits):
            for node in crossing.body:
                bodies.setdefault(node, []).append(crossing.body)
    found = list(_groups(inside, bodies))
    return sorted(found, key=lambda group: -sum(len(_nodes(entry)) for entry in group))


def _groups(
    inside: Sequence[Box | Frame], bodies: dict[Node, list[frozenset[Node]]]
) -> Iterator[Group]:
    nodes = {entry: _nodes(entry) for entry in inside}
    near = {body: None for held in nodes.values() for node in held for body in bodies.get(node, ())}
    for body in near:
        group = tuple(entry for entry in inside if nodes[entry] <= body)
        if sum(len(nodes[entry]) for entry in group) == len(body):
            yield group
    for entry in inside:
        if isinstance(entry, Frame):
            yield from _groups(entry.inside, bodies)


def _nodes(entry: Box | Frame) -> frozenset[Node]:
    """Of the members in a row."""
    return frozenset(node for member in run_of(entry) for node in nodes_of(member))
