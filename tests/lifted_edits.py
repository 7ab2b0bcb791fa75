"""Small changes of graphs, of which lifted files should show no more than they are."""

from __future__ import annotations

import random

import archspec
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph, Node
from archspec.ops import REGISTRY
from archspec.ops.base import Op
from archspec.ops.types import OpError

SWAPS = {
    "relu": "tanh",
    "relu6": "relu",
    "silu": "relu",
    "gelu": "relu",
    "tanh": "relu",
    "sigmoid": "tanh",
    "max_pool": "avg_pool",
    "batch_norm": "instance_norm",
}


def op_changed(graph: Graph, rng: random.Random, *, everywhere: bool) -> str | None:
    """Put another op of the same shape in a node's place; return what was changed, if anything.

    Args:
        graph: the graph, which is changed in place.
        rng: what chooses the node.
        everywhere: whether it is changed in all instances of its block.
    """
    able = [node for node in graph.nodes if node.op.name in SWAPS and node.derived is None]
    rng.shuffle(able)
    for node in able[:20]:
        chosen = counterparts(graph, node) if everywhere else [node]
        if any(_shares(graph, one) for one in chosen):
            continue
        before = [one.op for one in chosen]
        for one in chosen:
            one.op = _swapped(one)
        if all(_inferred(one) == one.output for one in chosen):
            return f"{node.path}: {before[0].name} -> {node.op.name}"
        for one, op in zip(chosen, before, strict=True):
            one.op = op
    return None


def _swapped(node: Node) -> Op:
    new = REGISTRY[SWAPS[node.op.name]]
    given = node.op.model_dump(exclude_unset=True)
    return new(**{key: value for key, value in given.items() if key in new.model_fields})


def widened(graph: Graph, rng: random.Random, *, everywhere: bool) -> str | None:
    """Give a convolution twice the channels, where what reads it takes them; return which.

    Arguments as those of `op_changed`.
    """
    able = [n for n in graph.nodes if n.op.name == "conv" and n.output[0] > 1]
    rng.shuffle(able)
    for node in able[:40]:
        chosen = counterparts(graph, node) if everywhere else [node]
        before = [(n, n.op, n.output) for n in graph.nodes]
        if any(_shares(graph, one) or getattr(one.op, "groups", 1) > 1 for one in chosen):
            continue
        for one in chosen:
            one.op = one.op.model_copy(update={"out_channels": 2 * one.output[0]})
        if _spread(graph):
            return f"{node.path}: {node.output[0]} channels"
        for n, op, output in before:
            n.op, n.output = op, output
    return None


def counterparts(graph: Graph, node: Node) -> list[Node]:
    """The nodes that stand where it does in all instances of its block, itself among them."""
    unit = node.scope.unit
    if unit.block is None:
        return [node]
    inside = unit.relative(node.path)
    paths = [
        f"{instance.path}.{inside}"
        for instance in graph.instances
        if instance.block is not None and instance.block.name == unit.block.name
    ]
    found = [graph.by_path[path] for path in paths if path in graph.by_path]
    return [one for one in found if one.op.name == node.op.name]


def _shares(graph: Graph, node: Node) -> bool:
    return node.shared or any(other.lender is node for other in graph.nodes)


def _inferred(node: Node) -> tuple[int, ...] | None:
    try:
        return node.op.infer(*node.input_shapes)
    except (OpError, ValueError, TypeError):
        return None


def _spread(graph: Graph) -> bool:
    """Infer all shapes anew; whether all can be, and the outputs keep theirs."""
    wanted = [output.node.output for output in graph.outputs]
    former = {node: node.output for node in graph.nodes}
    for node in graph.nodes:
        if not node.inputs:
            continue
        shape = _inferred(node)
        fed = any(one.output != former[one] for one in node.inputs)
        if shape is None or (node.op.name == "conv_transpose" and (fed or shape != node.output)):
            return False  # which may start as an interpolation of each channel by itself
        node.output = shape
    return [output.node.output for output in graph.outputs] == wanted


# --- as users do it -----------------------------------------------------------------------

Edited = tuple[str, Graph]
"""What was changed, and the graph in which it is."""
FOLLOWING = ("batch_norm", "instance_norm", "relu", "relu6", "silu", "gelu", "tanh")


def swapped(graph: Graph, rng: random.Random, *, everywhere: bool) -> Edited | None:
    """Another op in a node's place, by the editor: a copy with it; None where nothing can be.

    Arguments as those of `op_changed`.
    """
    able = [n for n in graph.nodes if n.op.name in SWAPS and n.derived is None]
    rng.shuffle(able)
    for node in able[:20]:
        chosen = counterparts(graph, node) if everywhere else [node]
        if any(_shares(graph, one) or one.op != node.op for one in chosen):
            continue
        found = _replaced(graph, {one: _swapped(one) for one in chosen})
        if found is not None:
            return f"{node.path}: {node.op.name} -> {SWAPS[node.op.name]}", found
    return None


def broadened(graph: Graph, rng: random.Random, *, everywhere: bool) -> Edited | None:
    """Twice the channels of a convolution and of the depthwise ones behind it, by the editor.

    Arguments and what is returned as those of `swapped`.
    """
    able = [n for n in graph.nodes if n.op.name == "conv" and n.output[0] > 1]
    rng.shuffle(able)
    for node in able[:40]:
        chosen = counterparts(graph, node) if everywhere else [node]
        if any(_shares(graph, one) or getattr(one.op, "groups", 1) > 1 for one in chosen):
            continue
        ops = {n: n.op.model_copy(update={"out_channels": 2 * n.output[0]}) for n in chosen}
        wide = {*chosen}
        for n in graph.nodes:
            if not n.inputs or n.inputs[0] not in wide or n in wide:
                continue
            groups = getattr(n.op, "groups", 1)
            if n.op.name == "conv" and groups == n.output[0] == n.inputs[0].output[0]:
                update = {"out_channels": 2 * groups, "groups": 2 * groups}
                ops[n] = n.op.model_copy(update=update)
                wide.add(n)
            elif n.op.name in FOLLOWING:
                wide.add(n)
        found = _replaced(graph, ops)
        if found is not None:
            return f"{node.path}: {node.output[0]} channels", found
    return None


def _replaced(graph: Graph, ops: dict[Node, Op]) -> Graph | None:
    """A copy with other ops in the places of some nodes, if there is one."""
    try:
        with archspec.edit(graph) as editor:
            for node, op in ops.items():
                editor.replace(node, op)
    except ArchspecError:
        return None
    return editor.graph
