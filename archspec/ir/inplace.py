"""Ops in place that overwrite a value which is needed elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from archspec.ir.graph import Node, Output
from archspec.ops.tape import Storage, Tape, Value

MOST = 6
"""So many needs are told of a value."""


class Need(NamedTuple):
    """Something else that needs a value: a node, a gradient, the network's outputs or inputs.

    `aliased` is true where it needs another value in the same memory.
    """

    value: Node
    aliased: bool
    by: Node | Literal["output", "input", "gradient"]


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
    modes = [_Run(training=True), _Run(training=False)]

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
            for mode in modes:
                mode.run(node)
            continue
        source = node.inputs[0]
        if node.op.in_place:
            found = (*needs(source, node, False), *shared.get(source, ()))[:MOST]
            keeper = next(filter(None, (mode.spoiled_by(node) for mode in modes)), None)
            if keeper is not None and not found:
                found = (Need(keeper, keeper is not source, "gradient"),)
            if found:
                yield node, found
        for mode in modes:
            mode.run(node)
        if node.op.in_place or node.op.passes_on or (node.op.merges and len(node.inputs) == 1):
            shared[node] = (*needs(source, node, True), *shared.get(source, ()))[:MOST]


class _Run:
    """A forward pass in one mode, of which autograd keeps values for the gradients."""

    def __init__(self, *, training: bool) -> None:
        self.tape = Tape(training=training, autograd=True)
        self.values: dict[Node, Value] = {}
        self.kept: dict[Storage, Node] = {}

    def run(self, node: Node) -> None:
        """Note what a node keeps."""
        if not node.inputs:
            self.values[node] = self.tape.tensor((2, *node.output))
            return
        before = len(self.tape.kernels)
        self.values[node] = node.op.trace(self.tape, *(self.values[n] for n in node.inputs))
        for kernel in self.tape.kernels[before:]:
            for storage in kernel.keeps:
                self.kept.setdefault(storage, node)

    def spoiled_by(self, node: Node) -> Node | None:
        """What has kept the memory that a node in place writes to, if anything has."""
        tape = Tape(training=self.tape.training, autograd=True)
        node.op.trace(tape, *(self.values[n] for n in node.inputs))
        written = (kernel.out.storage for kernel in tape.kernels)
        return next((self.kept[storage] for storage in written if storage in self.kept), None)
