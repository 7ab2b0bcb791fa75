"""Ops in place that overwrite a value which is needed elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

from archspec.ir.graph import Node, Output
from archspec.ops import Op, Shape
from archspec.ops.tape import Tape

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
    modes = [_Memory(training=True), _Memory(training=False)]
    trained = cache(lambda: _trained(nodes))

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
            keepers = () if found else (mode.spoiled_by(node) for mode in modes)
            for keeper in islice(filter(None, keepers), 1):
                if keeper in trained():
                    found = (Need(keeper, keeper is not source, "gradient"),)
            if found:
                yield node, found
        if node.op.in_place or node.op.passes_on or (node.op.merges and len(node.inputs) == 1):
            shared[node] = (*needs(source, node, True), *shared.get(source, ()))[:MOST]
            for mode in modes:
                mode.note(node)


class _Effect(NamedTuple):
    """What an op does with memory: gives its operand's, writes to that, keeps what it gives."""

    shares: bool
    writes: bool
    keeps: bool


class _Memory:
    """Which values share memory in one mode, and what is kept there for the gradients."""

    def __init__(self, *, training: bool) -> None:
        self.training = training
        self.made: dict[Node, Node] = {}  # what made the memory of a value that shares it
        self.keepers: dict[Node, Node] = {}  # by what made the memory
        self.effects: dict[tuple[Op, tuple[Shape, ...]], _Effect] = {}

    def note(self, node: Node) -> None:
        """Note whose memory a value has, and whether it is kept there."""
        effect = self.effect(node)
        if effect.shares:
            self.made[node] = self.maker(node.inputs[0])
            if effect.keeps:
                self.keepers.setdefault(self.made[node], node)

    def maker(self, value: Node) -> Node:
        return self.made.get(value, value)

    def spoiled_by(self, node: Node) -> Node | None:
        """What keeps the memory that a node in place writes to, if anything does."""
        if not self.effect(node).writes:
            return None
        maker = self.maker(node.inputs[0])
        if maker.inputs and self.effect(maker).keeps:
            return maker
        return self.keepers.get(maker)

    def effect(self, node: Node) -> _Effect:
        """What an op does, as its kernels say where everything has a gradient."""
        key = node.op, node.input_shapes
        if key not in self.effects:
            tape = Tape(training=self.training, autograd=True)
            values = [replace(tape.tensor((2, *s)), grad=True) for s in node.input_shapes]
            out, before = node.op.trace(tape, *values).storage, values[0].storage
            written = any(kernel.out.storage is before for kernel in tape.kernels)
            kept = any(out in kernel.keeps for kernel in tape.kernels)
            self.effects[key] = _Effect(out is before, written, kept)
        return self.effects[key]


def _trained(nodes: Iterable[Node]) -> set[Node]:
    """Those whose values depend on what is trained, and so have gradients."""
    found: set[Node] = set()
    for node in nodes:
        if any(t.trainable for t in node.tensors()) or not found.isdisjoint(node.inputs):
            found.add(node)
    return found
