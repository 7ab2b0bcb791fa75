"""Equality of graphs: what each sense asks for, and what it says where two are not equal."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import ArchspecError
from archspec.ir.equality import canonical, difference, equal
from archspec.ir.graph import Graph, Node
from tests.edits import edited
from tests.pieces import graph_of
from tests.strategies import shared_specs, specs
from tests.sweeping import drawn

NET = """
name: Net
inputs: {x: [4, 8, 8], y: [4, 8, 8]}
params: {width: 4}
blocks:
  grow: {graph: [{id: up, upsample: {size: [$(2 * input.height), 8]}}]}
  unit:
    params: {channels: int}
    graph: [{id: conv, conv: {out_channels: $channels, bias: false}}, batch_norm, relu]
graph:
  - {id: a, from: x, unit: $width, label: A, doc: the first}
  - {id: b, from: y, unit: $width, share: a}
  - {id: small, max_pool: 2}
  - {id: large, grow: }
  - {id: like, from: small, note: up, upsample: {like: a}}
  - {id: sum, add: [large, like]}
  - {id: extra, from: b, global_avg_pool: }
outputs: {main: sum, aux: {from: extra, train_only: true, loss_weight: 0.5}}
init: {conv: {weight: zeros}}
"""


def at(graph: Graph, path: str) -> Node:
    return next(node for node in graph.nodes if node.path == path)


def set_op(path: str, **attributes: object) -> Callable[[Graph], None]:
    def change(graph: Graph) -> None:
        node = at(graph, path)
        node.op = node.op.model_copy(update=attributes)

    return change


def set_node(path: str, name: str, value: object) -> Callable[[Graph], None]:
    return lambda graph: setattr(at(graph, path), name, value)


def set_scope(number: int, name: str, value: object) -> Callable[[Graph], None]:
    return lambda graph: setattr(graph.instances[number], name, value)


def swap_operands(graph: Graph) -> None:
    at(graph, "sum").inputs = at(graph, "sum").inputs[::-1]


def swap_nodes(graph: Graph) -> None:
    """Let two parts of which neither reads the other stand the other way round."""
    for row in (graph.nodes, graph.root.children):
        first, second = (n for n, one in enumerate(row) if one.path.startswith(("large", "like")))
        row[first], row[second] = row[second], row[first]


def set_output(number: int, **values: object) -> Callable[[Graph], None]:
    def change(graph: Graph) -> None:
        graph.outputs[number] = replace(graph.outputs[number], **values)  # type: ignore[arg-type]

    return change


def rename(graph: Graph) -> None:
    at(graph, "sum").path = "total"


CHANGES: dict[str, tuple[Callable[[Graph], None], str]] = {
    "attribute": (set_op("a.conv", padding=1), "structure"),
    "operands": (swap_operands, "structure"),
    "lender": (set_node("b.conv", "lender", None), "structure"),
    "role": (set_scope(1, "role", "group"), "names"),
    "stale": (set_scope(1, "stale", True), "instances"),
    "passed": (set_scope(1, "passed", frozenset()), "instances"),
    "declared": (lambda g: setattr(g, "declared", {}), "instances"),
    "shape": (set_node("sum", "output", (4, 9, 9)), "structure"),
    "derived": (set_node("large.up", "derived", None), "structure"),
    "an output": (lambda g: g.outputs.pop(), "structure"),
    "inputs": (lambda g: g.inputs.reverse(), "structure"),
    "order": (swap_nodes, "names"),
    "path": (rename, "names"),
    "train_only": (set_node("extra", "train_only", False), "names"),
    "name of an output": (set_output(0, name="head"), "names"),
    "loss weight": (set_output(1, loss_weight=0.25), "names"),
    "block": (set_scope(1, "block", None), "instances"),
    "parameter": (set_scope(1, "params", {"channels": 5}), "instances"),
    "type of a parameter": (set_scope(1, "params", {"channels": True}), "instances"),
    "label": (set_scope(1, "label", "B"), "instances"),
    "doc": (set_scope(1, "doc", ""), "instances"),
    "note": (lambda g: g.root.notes.clear(), "instances"),
    "what feeds": (set_scope(2, "inputs", ()), "instances"),
    "init": (lambda g: setattr(g, "init", ()), "instances"),
    "label of a node": (set_node("sum", "label", "S"), "instances"),
}


@pytest.mark.parametrize(("change", "first"), CHANGES.values(), ids=CHANGES)
def test_a_difference_is_seen_from_its_level_on(
    change: Callable[[Graph], None], first: str
) -> None:
    graph = graph_of(NET)
    other = copy.deepcopy(graph)
    assert equal(graph, other)
    change(other)
    levels = ["structure", "names", "instances"]
    found = [difference(graph, other, level) is not None for level in levels]  # type: ignore[arg-type]
    assert found == [levels.index(level) >= levels.index(first) for level in levels]
    assert found == [difference(other, graph, level) is not None for level in levels]  # type: ignore[arg-type]


def test_what_differs_is_said() -> None:
    graph, other = graph_of(NET), graph_of(NET)
    set_op("a.conv", padding=1)(other)
    found = difference(graph, other)
    assert found is not None and "`a.conv` is `conv out_channels=4 bias=False` and" in found
    rename(other)
    assert difference(graph, other, "names") == "`sum` stands where `total` does"


def test_what_an_attribute_calls_its_operand_does_not_count() -> None:
    graph, other = (
        graph_of(NET),
        graph_of(
            NET.replace("id: a,", "id: q,")
            .replace("{like: a}", "{like: q}")
            .replace("share: a", "share: q")
        ),
    )
    assert equal(graph, other, "structure") and not equal(graph, other, "names")


def test_structure_is_told_from_order_and_names_whatever_these_are() -> None:
    """Nodes that look the same are told apart by what they lead to."""
    head = "name: T\ninputs: {x: [4]}\ngraph:\n"
    one = (
        head
        + "- {id: a, relu: }\n- {id: b, from: x, relu: }\n- {from: b, tanh: }\n- subtract: [a]\n"
    )
    two = (
        head
        + "- {id: q, relu: }\n- {id: p, from: x, relu: }\n- {from: q, tanh: }\n- subtract: [p]\n"
    )
    one, two = (t.replace("- subtract: [", "- subtract: [[], ") for t in (one, two))
    crossed = two.replace("[[], p]", "[[], q]").replace("- {id: p, from: x, relu: }\n", "")
    assert equal(graph_of(one), graph_of(two), "structure")
    assert not equal(graph_of(one), graph_of(crossed), "structure")
    assert len(canonical(graph_of(one))) == 5


def test_length_is_not_too_much() -> None:
    long = "name: Long\ninputs: {x: [4]}\ngraph: [{repeat: 20_000, relu: }]\n"
    assert equal(graph_of(long), graph_of(long))
    assert equal(graph_of(long), graph_of(long), "structure")


def test_there_are_three_levels() -> None:
    with pytest.raises(ValueError, match="'all' is none of structure, names, instances"):
        difference(graph_of(NET), graph_of(NET), "all")  # type: ignore[arg-type]


def isomorphic(one: Graph, other: Graph) -> bool:
    """Whether NetworkX finds an isomorphism that keeps operands, inputs and outputs in order."""

    def made(graph: Graph) -> nx.MultiDiGraph[str]:
        dag = graph.dag.copy()
        for node, row in dag.nodes(data=True):
            it = row.pop("node")
            ends = [n for n, output in enumerate(graph.outputs) if output.node is it]
            place = graph.inputs.index(it) if it in graph.inputs else None
            row["told"] = repr((it.op.unnamed(), it.output, ends, place))
            if it.lender is not None:
                dag.add_edge(node, it.owner.path, operand="tensors")
        return dag

    return bool(
        nx.is_isomorphic(
            made(one),
            made(other),
            node_match=lambda a, b: a["told"] == b["told"],
            edge_match=lambda a, b: (
                sorted(str(e["operand"]) for e in a.values())
                == sorted(str(e["operand"]) for e in b.values())
            ),
        )
    )


@drawn(2_000, 12)
@given(specs() | shared_specs(), st.integers(0, 2**32))
def test_structure_is_what_networkx_calls_isomorphic(text: str, seed: int) -> None:
    graph = graph_of(text)
    try:
        other = edited(graph, random.Random(seed))
    except ArchspecError:
        other = graph_of(text)
    if all(node.derived is None for node in (*graph.nodes, *other.nodes)):
        assert equal(graph, other, "structure") == isomorphic(graph, other)


def test_parameters_that_are_stale_do_not_count() -> None:
    graph, other = graph_of(NET), graph_of(NET)
    for one, width in ((graph, 4), (other, 5)):
        one.instances[1].stale, one.instances[1].params = True, {"channels": width}
    assert equal(graph, other)
