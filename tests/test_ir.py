"""The graph by itself: copied, pickled, and known by nothing but what it holds."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from archspec import pipeline
from archspec.analysis import cost
from archspec.diagnostics import Source, Span
from archspec.ir.equality import difference
from archspec.ir.graph import Definition, Graph, Instance, Node, Output, Parameter
from archspec.ops import REGISTRY
from archspec.ops.shape import Input
from tests.frozen import NETWORKS
from tests.strategies import graph_of
from tests.sweeping import some

WAYS: dict[str, Callable[[Graph], Graph]] = {
    "copied": Graph.copy,
    "deeply copied": copy.deepcopy,
    "pickled": lambda graph: pickle.loads(pickle.dumps(graph)),
}
LONG = "name: Long\ninputs: {x: [4]}\ngraph: [{repeat: 20_000, relu: }]\n"
DEEP = """
name: Deep
inputs: {x: [4]}
blocks: {deep: {params: {n: int}, graph: [relu, {when: n > 1, deep: $(n - 1)}]}}
graph: [deep: 20]
"""


def is_apart(one: Graph, other: Graph) -> bool:
    """Whether two graphs have no node and no scope in common."""
    parts: list[set[int]] = [{*map(id, (*g.nodes, *g.instances))} for g in (one, other)]
    return parts[0].isdisjoint(parts[1])


def holds_together(graph: Graph) -> bool:
    """Whether the nodes, and what they read and stand in, are the graph's own."""
    own, scopes = {*graph.nodes}, {*graph.instances}
    return all(own.issuperset(n.inputs) and n.scope in scopes for n in graph.nodes) and all(
        child in (scopes if isinstance(child, Instance) else own)
        for scope in scopes
        for child in scope.children
    )


@pytest.mark.sweep
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", some(NETWORKS, 8))
def test_a_network_is_copied_whole(name: str, way: str) -> None:
    graph = pipeline.elaborate(name)
    other = WAYS[way](graph)
    assert is_apart(graph, other) and holds_together(other)
    assert difference(graph, other) is None
    assert pipeline.source(graph) == pipeline.source(other)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", [LONG, DEEP], ids=["long", "deep"])
def test_neither_length_nor_depth_is_too_much(text: str, way: str) -> None:
    graph = graph_of(text)
    other = WAYS[way](graph)
    assert difference(graph, other) is None and holds_together(other)


def nested(depth: int) -> Graph:
    """A network of as many blocks within each other, a relu in the innermost."""
    span = Span(Source("spec.yaml", "graph: []"), 1, 1, 6)
    root = Instance("", "", None, None, {}, (), span)
    x = Node("x", Input(shape=(4,)), (), (4,), root, span)
    root.inputs = root.output = (x,)
    scope, block = root, Definition("deep", params={"n": Parameter("n", "int")})
    for n in range(depth):
        path = f"{scope.path}.0" if scope.path else "0"
        inner = Instance(path, "0", scope, block, {"n": n}, (x,), span)
        scope.children.append(inner)
        scope = inner
    node = Node(f"{scope.path}.0", REGISTRY["relu"](), (x,), (4,), scope, span)
    scope.children.append(node)
    for one in scope.ancestors():
        one.output = (node,)
    return Graph("Nested", [x, node], root, [x], [Output("output", node)], {})


@pytest.mark.parametrize("way", WAYS)
def test_neither_are_blocks_within_blocks(way: str) -> None:
    graph = nested(300)
    other = WAYS[way](graph)
    assert is_apart(graph, other) and holds_together(other)
    assert difference(graph, other) is None


def test_a_copy_has_new_parts_and_the_ops_of_the_original() -> None:
    graph = pipeline.elaborate("resnet18")
    other = graph.copy()
    assert all(a.op is b.op for a, b in zip(graph.nodes, other.nodes, strict=True))
    other.nodes[-1].label = "changed"
    assert difference(graph, other) == "`fc` has the label None and 'changed'"
    blocks = {i.block for i in other.instances}
    assert len(blocks) == len({i.block for i in graph.instances})


def test_the_graph_is_complete_without_its_provenance() -> None:
    """No number, table, check or figure reads how it came about."""
    graph = pipeline.elaborate("resnet50")
    counted, drawn = cost.stats(graph), pipeline.render(graph)
    graph.provenance = None
    pipeline.check(graph)
    assert cost.stats(graph) == counted
    assert pipeline.render(graph) == drawn
