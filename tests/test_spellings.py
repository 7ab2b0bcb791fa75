"""What may be written in two ways means one thing: the graphs are the same, names included."""

from __future__ import annotations

import pytest

from archspec.graph import Graph
from tests.pieces import graph_of

HEAD = "name: T\ninputs: {x: [8, 12, 12]}\n"


def rows(graph: Graph) -> list[object]:
    """All that tells two graphs apart: nodes with their places, ops and operands, and outputs."""
    nodes = [
        (n.path, n.id, n.op.name, n.op.model_dump(), [i.path for i in n.inputs], n.owner)
        for n in graph.nodes
    ]
    return [*nodes, *((o.name, o.node.path) for o in graph.outputs)]


ALIKE = {
    "conv": ("- conv: 4", "- conv: {out_channels: 4, kernel_size: 1}"),
    "identity": ("- add: [identity, [relu]]", "- add: [[], [relu]]"),
    "identity-of-several": (
        "- parallel: [[relu], identity]\n- mean: [identity]",
        "- parallel: [[relu], []]\n- mean: [[]]",
    ),
}


@pytest.mark.parametrize("one, other", ALIKE.values(), ids=ALIKE)
def test_they_mean_the_same(one: str, other: str) -> None:
    assert rows(graph_of(HEAD + "graph:\n" + one)) == rows(graph_of(HEAD + "graph:\n" + other))


def test_the_op_identity_is_a_node_of_its_own() -> None:
    graph = graph_of(HEAD + "graph:\n- add: [identity, [identity], [relu]]")
    assert [n.op.name for n in graph.nodes] == ["input", "identity", "relu", "add"]


@pytest.mark.parametrize(
    "activation, op, inplace",
    [("relu", "relu", True), ("silu", "silu", False), ("gelu", "gelu", None), ("null", None, None)],
)
def test_conv_bn_takes_an_activation(activation: str, op: str | None, inplace: bool | None) -> None:
    graph = graph_of(
        f"{HEAD}use: [blocks/conv.yaml]\n"
        f"graph: [conv_bn: {{out_channels: 4, activation: {activation}}}]"
    )
    last = graph.nodes[-1].op
    assert last.name == (op or "batch_norm")
    assert last.model_dump().get("inplace") == inplace
