"""Random edits of a graph, each of which is likely to be one that somebody could mean."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import compress

from archspec.ir.builder import Builder
from archspec.ir.edit import Editor
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops import OpError

POINTWISE = ["relu", "tanh", "sigmoid", "gelu", "identity", "silu"]
NAMES = ["edited", "other", "stage", "7", "12", None]

Edit = Callable[[Editor, Graph, random.Random], object]


def ops(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if not node.op.internal]


def telling(graph: Graph) -> list[list[Node]]:
    """The nodes of what is hard to say: recursion, sharing, rounds, several ends, deep groups."""
    recursive, found = graph.recursive, [list[Node]() for _ in range(5)]
    lenders = {node.owner for node in graph.nodes if node.shared}
    for node in ops(graph):
        around = [*node.scope.ancestors()]
        several = any(len(s.output) > 1 or len(s.inputs) > 1 for s in around if s.block)
        hard = (
            not recursive.isdisjoint(around),
            node.shared or node in lenders,
            any(scope.role == "list" for scope in around),
            several,
            sum(scope.role == "group" for scope in around) > 1,
        )
        for nodes in compress(found, hard):
            nodes.append(node)
    return [nodes for nodes in found if nodes]


def some_op(graph: Graph, draw: random.Random) -> Node:
    """A node; half of the time one of what is hard to say, where there is such."""
    kinds = telling(graph) if draw.random() < 0.5 else []
    return draw.choice(draw.choice(kinds) if kinds else ops(graph))


def inner(graph: Graph) -> list[Instance]:
    return [scope for scope in graph.instances if scope.parent is not None]


def alike(graph: Graph, node: Node) -> list[Node]:
    """The values of a node's shape that stand before it."""
    before = graph.nodes[: graph.nodes.index(node)]
    return [one for one in before if one.output == node.output]


def pointwise(node: Node, draw: random.Random) -> tuple[str, dict[str, object]]:
    """An op that takes any value of this shape and keeps the shape."""
    found: list[tuple[str, dict[str, object]]] = [(name, {}) for name in POINTWISE]
    if len(node.output) == 3:
        found += [("batch_norm", {}), ("conv", {"out_channels": node.output[0]})] * 3
    if len(node.output) == 1:
        found += [("linear", {"out_features": node.output[0]})] * 3
    return draw.choice(found)


def replace_op(editor: Editor, graph: Graph, draw: random.Random) -> object:
    node = some_op(graph, draw)
    fields = type(node.op).model_fields
    if "out_channels" in fields and draw.random() < 0.7:
        wider = node.op.model_copy(update={"out_channels": 2 * node.output[0]})
        return editor.replace(node, wider)
    if "bias" in fields and draw.random() < 0.7:
        return editor.replace(node, node.op.model_copy(update={"bias": not node.op.bias}))  # type: ignore[attr-defined]
    chosen = [n for n in ops(graph) if n.op.local and not n.op.merges and len(n.inputs) == 1]
    name, attributes = pointwise(node, draw)
    return editor.replace(draw.choice(chosen or [node]), name, **attributes)


def redirect(editor: Editor, graph: Graph, draw: random.Random) -> object:
    pairs = [
        (node, alike(graph, node)) for node in draw.sample(ops(graph), min(8, len(ops(graph))))
    ]
    node, others = draw.choice([pair for pair in pairs if pair[1]] or pairs)
    return editor.replace(node, draw.choice(others or graph.nodes))


def fits(node: Node, branch: int) -> bool:
    """Whether a merge can do without one of its branches."""
    rest = [*node.input_shapes[:branch], *node.input_shapes[branch + 1 :]]
    try:
        return node.op.infer(*rest) == node.output
    except OpError:
        return False


def remove(editor: Editor, graph: Graph, draw: random.Random) -> object:
    kept = [
        n for n in ops(graph)
        if len({*n.inputs} - {*n.references.values()}) == 1 and n.inputs[0].output == n.output
    ]  # fmt: skip
    return editor.remove(draw.choice(kept or ops(graph)))


def remove_branch(editor: Editor, graph: Graph, draw: random.Random) -> object:
    found = [
        (node, branch)
        for node in ops(graph)
        for branch in range(len(node.inputs) - len(node.references))
        if node.op.merges and len(node.inputs) > 1 and fits(node, branch)
    ]
    if not found:
        return remove(editor, graph, draw)
    node, branch = draw.choice(found)
    return editor.remove(node, branch=branch)


def remove_instance(editor: Editor, graph: Graph, draw: random.Random) -> object:
    found = [
        i for i in inner(graph)
        if len(i.inputs) == len(i.output) == 1 and i.inputs[0].output == i.output[0].output
    ]  # fmt: skip
    return editor.remove(draw.choice(found)) if found else remove(editor, graph, draw)


def rename(editor: Editor, graph: Graph, draw: random.Random) -> object:
    part = some_op(graph, draw) if draw.random() < 0.3 else None
    return editor.rename(part or draw.choice([*graph.nodes, *inner(graph)]), draw.choice(NAMES))


def insert(editor: Editor, graph: Graph, draw: random.Random) -> object:
    if draw.random() < 0.5:
        value = some_op(graph, draw)
        name, attributes = pointwise(value, draw)
        return editor.insert(name, after=value, id=draw.choice(NAMES), **attributes)
    reader: Node | Instance = some_op(graph, draw)
    if draw.random() < 0.3:
        reader = draw.choice([one for one in inner(graph) if one.inputs] or [reader])
    operand = draw.randrange(len(reader.inputs))
    name, attributes = pointwise(reader.inputs[operand], draw)
    return editor.insert(name, before=reader, operand=operand, **attributes)


def insert_merge(editor: Editor, graph: Graph, draw: random.Random) -> object:
    value = some_op(graph, draw)
    others = alike(graph, value) or [value]
    op = draw.choice(["add", "multiply", "mean"])
    return editor.insert(op, after=value, also=[draw.choice(others)])


def replace_instance(editor: Editor, graph: Graph, draw: random.Random) -> object:
    def ends(one: Instance) -> tuple[object, ...]:
        return [v.output for v in one.inputs], [v.output for v in one.output]

    pairs = [
        (a, b) for a in draw.sample(inner(graph), min(12, len(inner(graph))))
        for b in inner(graph)
        if a is not b and ends(a) == ends(b) and not {a, b} & {*a.ancestors()} & {*b.ancestors()}
    ]  # fmt: skip
    pairs = [(a, b) for a, b in pairs if a not in b.ancestors() and b not in a.ancestors()]
    if not pairs:
        return insert(editor, graph, draw)
    a, b = draw.choice(pairs)
    return editor.replace(a, b)


def replace_by_graph(editor: Editor, graph: Graph, draw: random.Random) -> object:
    """Another network in the place of an instance of one value that keeps its shape."""
    found = [
        i for i in inner(graph)
        if len(i.inputs) == len(i.output) == 1 and i.inputs[0].output == i.output[0].output
    ]  # fmt: skip
    if not found:
        return insert(editor, graph, draw)
    place = draw.choice(found)
    build = Builder(draw.choice(["Other", graph.name]))
    value = build.input(draw.choice(["x", "image"]), place.inputs[0].output)
    with build.group("stage"):
        name, attributes = pointwise(value, draw)
        value = build(name, value, id=draw.choice(["edited", None]), **attributes)
    return editor.replace(place, build("add", value, build("relu", value)) and build.graph())


def outputs(editor: Editor, graph: Graph, draw: random.Random) -> object:
    if len(graph.outputs) > 1 and draw.random() < 0.5:
        return editor.remove_output(draw.choice(graph.outputs).name)
    return editor.output("side", some_op(graph, draw), train_only=draw.random() < 0.5)


def inline(editor: Editor, graph: Graph, draw: random.Random) -> object:
    found = inner(graph)
    return editor.inline(draw.choice(found)) if found else insert(editor, graph, draw)


def cut(editor: Editor, graph: Graph, draw: random.Random) -> object:
    """Let the network end earlier."""
    for output in graph.outputs[1:]:
        editor.remove_output(output.name)
    return editor.output(graph.outputs[0].name, draw.choice(ops(graph)))


EDITS: tuple[Edit, ...] = (
    replace_op, redirect, remove, remove_branch, remove_instance, rename, insert, insert_merge,
    replace_instance, replace_by_graph, outputs, inline, cut,
)  # fmt: skip


def edited(graph: Graph, draw: random.Random, count: int = 1) -> Graph:
    """The graph after some random edits.

    Raises:
        ArchspecError: where one of them, or all of them together, are refused.
    """
    editor = Editor(graph)
    for _ in range(count):
        draw.choice(EDITS)(editor, graph, draw)
    return editor.commit()
