"""Which boxes and arrows a figure has: the graph, or its quotient by folded instances."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from archspec.graph import Graph, Instance, Node
from archspec.ops.base import Shape

Box = Node | Instance
"""What is drawn as one box: a node, or an instance whose inside is not shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """A value on its way from one box to another.

    Attributes:
        value: the node whose value it is; within `tail`, or `tail` itself.
        operand: its position where the head is a node; None where the head is an instance.
        skip: True where the same two boxes are also joined by a longer way.
        news: True where the value's shape is to be written: at the first arrow that leaves the
            box where it changed, and at a skip round boxes of other shapes.
        only: True where, skips aside, no other box reads what the tail gives.
    """

    value: Node
    tail: Box
    head: Box
    operand: int | None
    skip: bool
    news: bool
    only: bool


@dataclass(eq=False)
class View:
    """A graph as it is shown: instances more than `depth` levels down are one box each.

    The network itself is level 0, so `depth=0` folds every instance and None folds nothing.
    A box that holds other boxes is neither drawn nor an end of an arrow: its nodes are.
    """

    graph: Graph
    depth: int | None = None

    def folds(self, instance: Instance) -> bool:
        """Whether the instance is one box."""
        return self.depth is not None and self._level(instance) > self.depth

    def _level(self, instance: Instance) -> int:
        return sum(1 for _ in instance.ancestors()) - 1

    @cached_property
    def box_of(self) -> dict[Node, Box]:
        """The box each node is drawn as, or within."""
        boxes: dict[Node, Box] = {node: node for node in self.graph.nodes}
        pending: list[Instance] = [self.graph.root]
        while pending:
            instance = pending.pop()
            if self.folds(instance):
                boxes.update((node, instance) for node in instance.nodes())
            else:
                pending += [c for c in instance.children if isinstance(c, Instance)]
        return boxes

    @cached_property
    def arrows(self) -> list[Arrow]:
        """In execution order of the heads, then by operand.

        A folded head reads each value once; a node has an arrow for each operand.
        """
        edges = list(self._edges())
        after: dict[Box, dict[Box, None]] = {}
        for _, tail, head, _ in edges:
            after.setdefault(tail, {})[head] = None
        skips = _skips(after)
        told: set[Node] = set()
        arrows = []
        for value, tail, head, operand in edges:
            skip = (tail, head) in skips
            if skip:
                news = any(value.output not in shapes_of(box) for box in after[tail])
            else:
                news = value not in told and _changes(tail, value)
                told.add(value)
            only = all(box is head or (tail, box) in skips for box in after[tail])
            arrows.append(Arrow(value, tail, head, operand, skip, news, only))
        return arrows

    def _edges(self) -> Iterator[tuple[Node, Box, Box, int | None]]:
        seen: set[tuple[Node, Box]] = set()
        for node in self.graph.nodes:
            head = self.box_of[node]
            for operand, value in enumerate(node.inputs):
                tail = self.box_of[value]
                if head is node:
                    yield value, tail, head, operand
                elif tail is not head and (value, head) not in seen:
                    seen.add((value, head))
                    yield value, tail, head, None


def shapes_of(box: Box) -> list[Shape]:
    """The shapes of a box's values, each once."""
    values = (box,) if isinstance(box, Node) else box.output
    return list(dict.fromkeys(node.output for node in values))


def _changes(tail: Box, value: Node) -> bool:
    """Whether the shape is not to be seen in the box itself, nor on the way into it."""
    if isinstance(tail, Instance):
        return shapes_of(tail) != [value.output]
    return bool(tail.inputs) and value.output != tail.input_shapes[0]


def _skips(after: dict[Box, dict[Box, None]]) -> set[tuple[Box, Box]]:
    """The edges that a longer way goes round: an identity branch, a U-Net's copy.

    `after` holds the boxes that each box leads to, in execution order.
    """
    rank: dict[Box, int] = {}
    for tail, heads in after.items():  # in an order in which all ways to a tail came before it
        for head in heads:
            rank[head] = max(rank.get(head, 0), rank.get(tail, 0) + 1)
    skips: set[tuple[Box, Box]] = set()
    for tail, heads in after.items():
        far = [h for h in heads if rank[h] > rank.get(tail, 0) + 1]
        if far and len(heads) > 1:
            limit = max(rank[h] for h in far)
            reached: set[Box] = set()
            pending = list(heads)
            while pending:
                new = [h for h in after.get(pending.pop(), ()) if h not in reached]
                near = [h for h in new if rank[h] <= limit]
                reached.update(near)
                pending += near
            skips.update((tail, h) for h in far if h in reached)
    return skips
