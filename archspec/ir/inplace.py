"""Ops in place that overwrite a value which is needed elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from archspec.ir.graph import Node, Output

MOST = 6
"""So many needs are told of a value."""


class Need(NamedTuple):
    """Something else that needs a value: a node, or the network's outputs or inputs.

    `aliased` is true where it needs another value in the same memory.
    """

    value: Node
    aliased: bool
    by: Node | Literal["output", "input"]


def overwriting(
    nodes: Iterable[Node], outputs: Iterable[Output]
) -> Iterator[tuple[Node, tuple[Need, ...]]]:
    """Yield each node in place that overwrites what is needed elsewhere, with what needs it.

    A node that is no longer in place when the next one is asked for overwrites nothing.
    """
    nodes = list(nodes)
    if not any(node.op.in_place for node in nodes):
        return
    readers: dict[Node, list[Node]] = {}
    for node in nodes:
        for source in node.op.read(node.inputs):
            readers.setdefault(source, []).append(node)
    returned = {output.node for output in outputs}

    def needs(value: Node, reader: Node, aliased: bool) -> Iterator[Need]:
        others = (one for one in readers[value] if one is not reader)
        yield from (Need(value, aliased, one) for one in islice(others, 3))
        if value in returned:
            yield Need(value, aliased, "output")
        if value.op.internal:
            yield Need(value, aliased, "input")

    # What else needs the memory that a node's value may share with those before it; empty for most.
    shared: dict[Node, tuple[Need, ...]] = {}
    for node in nodes:
        if not node.inputs:
            continue
        source = node.inputs[0]
        if node.op.in_place:
            found = (*needs(source, node, False), *shared.get(source, ()))[:MOST]
            if found:
                yield node, found
        if node.op.in_place or node.op.passes_on or (node.op.merges and len(node.inputs) == 1):
            shared[node] = (*needs(source, node, True), *shared.get(source, ()))[:MOST]
