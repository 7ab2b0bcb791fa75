"""What may be written in two ways means one thing: the graphs are the same, names included."""

from __future__ import annotations

import pytest

from archspec.ir.equality import difference
from tests.pieces import graph_of

HEAD = "name: T\ninputs: {x: [8, 12, 12]}\n"


ALIKE = {
    "lines": (
        "- conv: {out_channels: $(max(2,\n    4)), kernel_size: $([1,\n     2][0])}",
        "- conv: {out_channels: 4, kernel_size: 1}",
    ),
    "lines of a block": ("- conv:\n    out_channels: $(max(2,\n      4)\n      - 1)", "- conv: 3"),
    "an index in a text": (
        "- {for: {r: [[a, 1], [b, 2]]}, id: n$r[0], label: of $input.channels, conv: $r[1]}",
        "- {id: na, conv: 1}\n- {id: nb, conv: 2}",
    ),
    "a dot in a reference": (
        "- {for: {r: [a, b]}, id: n$r, graph: [{id: q, relu: }]}\n"
        "- add: [na.q, {each: {r: [[b]]}, from: n$r[0].q}]",
        "- {for: {r: [a, b]}, id: n$r, graph: [{id: q, relu: }]}\n- add: [na.q, nb.q]",
    ),
    "a list under for": (
        "- {for: {n: [$(2 + 2), 8]}, conv: $n}",
        '- {for: {n: "[2 + 2, 8]"}, conv: $n}',
    ),
    "words under for": ("- {for: {n: [relu, tanh]}, $n: }", "- relu\n- tanh"),
    "a branch for every round that is there already": (
        "- {for: {i: range(3)}, id: a$i, conv: 8}\n- add: [{each: {i: range(3)}, from: a$i}]",
        "- {for: {i: range(3)}, id: a$i, conv: 8}\n- add: [a0, a1, a2]",
    ),
    "a value that is there already": (
        "- {id: a, relu: }\n- {id: t, tanh: }\n- {from: a}\n- add: [identity, t]",
        "- {id: a, relu: }\n- {id: t, tanh: }\n- add: [a, t]",
    ),
    "a branch that is there already": (
        "- {id: a, relu: }\n- tanh\n- add: [identity, {when: true, from: a}]",
        "- {id: a, relu: }\n- tanh\n- add: [identity, a]",
    ),
    "a place": (
        "- {id: a, relu: }\n- {id: here, graph: []}\n- tanh\n- conv: 8\n- add: [here, identity]",
        "- {id: a, relu: }\n- tanh\n- conv: 8\n- add: [a, identity]",
    ),
    "a place elsewhere": (
        "- {id: a, relu: }\n- {id: t, tanh: }\n- {id: here, from: a, graph: []}\n- add: [here, t]",
        "- {id: a, relu: }\n- {id: t, tanh: }\n- add: [a, t]",
    ),
    "conv": ("- conv: 4", "- conv: {out_channels: 4, kernel_size: 1}"),
    "identity": ("- add: [identity, [relu]]", "- add: [[], [relu]]"),
    "identity-of-several": (
        "- parallel: [[relu], identity]\n- mean: [identity]",
        "- parallel: [[relu], []]\n- mean: [[]]",
    ),
}


@pytest.mark.parametrize("one, other", ALIKE.values(), ids=ALIKE)
def test_they_mean_the_same(one: str, other: str) -> None:
    graphs = [graph_of(HEAD + "graph:\n" + text) for text in (one, other)]
    assert difference(*graphs, "names") is None


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


def test_a_place_is_no_instance_and_no_module() -> None:
    graph = graph_of(HEAD + "graph:\n- relu\n- {id: here, graph: []}\n- add: [here, [conv: 8]]")
    assert [child.path for child in graph.root.children] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "body",
    [
        "- {id: x, relu: }\n- {id: g, graph: [{id: x, conv: 8}, relu]}\n- add: [x, identity]",
        "- {id: a, relu: }\n- {id: g, graph: [tanh, add: [a, identity], {id: b, relu: }]}\n"
        "- {id: h, graph: [{id: a, conv: 8}, relu]}\n- add: [a, g.b, identity]",
    ],
)
def test_an_id_may_be_that_of_a_node_outside_where_nobody_reads_it(body: str) -> None:
    graph = graph_of(HEAD.replace("x:", "image:") + "graph:\n" + body)
    assert not graph.remarks
    assert graph.nodes[-1].inputs[0].id in ("x", "a")
    assert graph.nodes[-1].inputs[0].scope is graph.root
