"""At which sizes a network is compared in float64: smaller ones, where its own would take long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.ir.graph import Graph, Node
from archspec.ops.base import Op
from archspec.ops.types import OpError, Shape

QUICK = 2**29
"""Multiply-accumulates of one sample that are done quickly, in float64, too."""

DIVISORS = (1, 2, 3, 4, 5, 6, 8, 12, 16)


@dataclass(frozen=True)
class Setting:
    """What a network is run on.

    Attributes:
        sizes: of the inputs, without the batch axis.
        evaluated, trained: samples in each mode.
    """

    sizes: tuple[Shape, ...]
    evaluated: int = 2
    trained: int = 2


def quick_setting(graph: Graph) -> Setting:
    """The setting in which a network is compared in a time that is bearable.

    Two samples at the largest of a few sizes that take `QUICK` or less or, where none does, at the
    smallest: where every op runs with the tensors it has, and no axis is 1 that is longer at the
    inputs' own sizes. Those are kept where some layer pins them. If that still takes long, there
    are two samples in training only, or in evaluation only where training takes no statistics.
    """
    own = tuple(n.output for n in graph.inputs)
    best = own
    for divisor in DIVISORS:
        sizes = tuple((*s[:1], *(-(-size // divisor) for size in s[1:])) for s in own)
        macs = _macs_at(graph, sizes)
        if macs is not None:
            best = sizes
            if macs <= QUICK:
                return Setting(best)
    if any(n.op.batch_values(*n.input_shapes) is not None for n in graph.nodes if n.inputs):
        return Setting(best, evaluated=1)
    return Setting(best, trained=1)


def _macs_at(graph: Graph, sizes: Sequence[Shape]) -> int | None:
    """Multiply-accumulates where the inputs have these sizes; None where it cannot run there."""
    shapes: dict[Node, Shape] = dict(zip(graph.inputs, sizes, strict=True))
    macs = 0
    for node in graph.nodes:
        if node in shapes:
            continue
        inputs = tuple(shapes[operand] for operand in node.inputs)
        try:
            op = node.op_at(lambda axis: shapes[axis.value][axis.axis])
            shape = op.infer(*inputs)
        except (OpError, ArithmeticError, TypeError, ValueError):
            return None
        if not _fits(node, op, inputs) or _collapsed(node, shape):
            return None
        shapes[node] = shape
        macs += op.macs(inputs, shape)
    return macs


def _fits(node: Node, op: Op, inputs: tuple[Shape, ...]) -> bool:
    """Whether the op, built for the graph's own sizes, takes these."""
    if op.built_for(*inputs) != node.op.built_for(*node.input_shapes):
        return False
    return op.tensors(*inputs) == node.tensors()


def _collapsed(node: Node, shape: Shape) -> bool:
    return any(now < 2 <= own for now, own in zip(shape[1:], node.output[1:], strict=False))
