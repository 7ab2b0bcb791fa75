"""Positions: numbers that are ids, and weights that no condition may move."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph
from tests.pieces import graph_of


def small(graph: str, more: str = "") -> Graph:
    return graph_of(f"name: Small\ninputs: {{x: [4, 6, 6]}}\n{more}\ngraph: {graph}\n")


def paths(graph: Graph) -> list[str]:
    return [n.path for n in graph.nodes[1:]]


CONV = "conv: {out_channels: 4}"


@pytest.mark.parametrize(
    ("graph", "wanted"),
    [
        (f"[relu, {{id: 7, {CONV}}}, tanh, {CONV}]", ["0", "7", "8", "9"]),
        (f"[relu, {{id: 7, {CONV}}}, {{id: a, tanh: }}, {CONV}]", ["0", "7", "a", "9"]),
        (f"[{{id: 3, {CONV}}}, {{id: 1, {CONV}}}, relu]", ["3", "1", "2"]),
        (f'[{{id: "2", {CONV}}}, relu]', ["2", "3"]),
        (f"[{{id: 010, {CONV}}}, relu]", ["10", "11"]),
        (f"[{{for: {{i: range(3)}}, id: $(2 * i), {CONV}}}, relu]", ["0", "2", "4", "5"]),
        (f"[{{for: {{i: [1, 3]}}, id: $(i)0, {CONV}}}, relu]", ["10", "30", "31"]),
        (f"[{{id: 5, graph: [{CONV}, {{id: 4, {CONV}}}]}}, relu]", ["5.0", "5.4", "6"]),
        (f"[{{id: 2, add: [[], {{id: 6, {CONV}}}]}}, relu]", ["6", "2", "3"]),
        (f"[{{id: 7, {CONV}}}, relu, {{from: 7, tanh: }}, {{add: [[], 8]}}]", None),
        (f"[{{id: 7, {CONV}}}, {{id: 8, relu: }}, {{from: 7, tanh: }}, {{add: [[], 8]}}]",
         ["7", "8", "9", "10"]),
        (f"[{{id: g, graph: [{{id: 2, {CONV}}}, relu]}}, {{add: [[], g.2]}}]", ["g.2", "g.3", "1"]),
        (f"[{{id: 1, graph: [{{id: 2, {CONV}}}, relu]}}, {{add: [[], 1.2]}}]", ["1.2", "1.3", "2"]),
        (f"[{{id: 2, {CONV}}}, relu, {{id: 3, {CONV}}}]", None),
        (f"[{{id: -1, {CONV}}}]", None),
        (f"[{{id: 1.5, {CONV}}}]", None),
        (f"[{{for: {{i: [0]}}, id: 0$i, {CONV}}}]", None),
    ],
)  # fmt: skip
def test_a_number_is_an_id_from_which_counting_goes_on(graph: str, wanted: Any) -> None:
    if wanted is None:
        with pytest.raises(ArchspecError):
            small(graph)
        return
    found = small(graph)
    assert paths(found) == wanted
    assert all(n.id is None or not n.id.isdigit() for n in found.nodes)  # it is its position
    module = backend.compile(found, device="meta")
    weights = {f"{n.path}.{t.name}" for n, tensors in found.owners() for t in tensors}
    assert {*module.state_dict()} == weights
    backend.check(found, device="cpu")


PARAMS = "params: {a: true, b: {any: 2}, l: [1, 2]}"


@pytest.mark.parametrize(
    "graph",
    [
        f"[{{when: a, relu: }}, {CONV}]",
        f"[{{id: r, when: a, relu: }}, {CONV}]",
        f"[{{when: not a, relu: }}, {CONV}]",
        "[{when: a, graph: [relu, tanh]}, {conv_transpose: {out_channels: 4}}]",
        f"[{{graph: [{{when: a, relu: }}]}}, {CONV}]",
        f"[{{id: g, graph: [{{when: a, relu: }}, {CONV}]}}]",
        f"[{{add: [[], {{when: a, relu: }}]}}, {CONV}]",
        f"[{{add: [[], [{{when: a, relu: }}]]}}, {CONV}]",
        f"[{{add: [[], {{each: {{i: l}}, when: i > 1, relu: }}]}}, {CONV}]",
        f"[{{add: [[], {{each: {{i: l}}, when: i > 1, {CONV}}}]}}]",
        f"[{{repeat: 2, graph: [{CONV}, {{when: a, relu: }}]}}]",
        f"[{{for: {{i: range(b)}}, graph: [{CONV}, {{when: i > 0, relu: }}]}}]",
        f"[{{for: {{i: range(b)}}, when: i > 0, {CONV}}}]",
        f"[{{when: a, relu: , else: [relu, tanh]}}, {CONV}]",
        f"[{{when: a, relu: , else: {{id: 4, tanh: }}}}, {CONV}]",
        f"[{{when: a, relu: , else: {{when: b > 1, tanh: }}}}, {CONV}]",
        f"[{{when: a, {CONV}}}, {{when: a, {CONV}}}]",
        "[{when: a, relu: }, unit]",
        "[{id: o, conv: {out_channels: 2}}, {when: a, relu: }, "
        "{deform_conv: {out_channels: 4, branches: [x, o]}}]",
        f"[{{id: g, graph: [{{when: a, relu: }}]}}, {CONV}]",
        f"[{{id: g, graph: [{{id: h, graph: [{{when: a, relu: }}]}}]}}, {CONV}]",
        f"[{{id: g, graph: [{{id: h, graph: []}}, {{when: a, relu: , else: []}}]}}, {CONV}]",
        "[choice: true]",
    ],
)
def test_weights_behind_a_condition_have_an_id(graph: str) -> None:
    blocks = f"""
{PARAMS}
blocks:
  unit: {{graph: [{CONV}]}}
  choice: {{params: {{c: bool}}, graph: [{{when: c, relu: }}, {CONV}]}}
"""
    with pytest.raises(ArchspecError) as caught:
        small(graph, blocks)
    assert {d.code for d in caught.value.diagnostics} == {"E420"}


@pytest.mark.parametrize(
    "graph",
    [
        f"[{CONV}, {{when: a, relu: }}]",
        f"[{{when: a, {CONV}}}]",
        f"[{{when: a, graph: [{CONV}, relu, {CONV}]}}]",
        f"[{{when: a, relu: }}, {{id: c, {CONV}}}, relu]",
        f"[{{when: a, relu: }}, {{id: 7, {CONV}}}, {CONV}]",
        f"[{{when: a, relu: }}, {{id: g, graph: [{CONV}, {CONV}]}}]",
        f"[{{id: g, graph: [{{when: a, relu: }}, tanh]}}, {CONV}]",
        f"[{{id: g, graph: [{{when: a, relu: , else: tanh}}]}}, {CONV}]",
        f"[{{id: g, graph: [{{id: h, graph: []}}, {{when: a, {CONV}}}]}}, {{id: c, {CONV}}}]",
        f"[{{when: true, relu: }}, {CONV}, {{when: 1 > 2, relu: }}, {CONV}]",
        f"[{{for: {{i: range(3), n: [4, 4, 4]}}, graph: [{{when: i > 0, relu: }}, {CONV}]}}]",
        f"[{{for: {{i: range(2)}}, id: g$i, graph: [{{when: i > 0, relu: }}, {CONV}]}}]",
        f"[{{for: {{i: [1, 2]}}, graph: [{{for: {{j: range(i)}}, when: j > 0, elu: }}, {CONV}]}}]",
        f"[{{when: a, relu: , else: tanh}}, {CONV}]",
        f"[{{when: a, {CONV}, else: {{{CONV}}}}}, {CONV}]",
        f"[{{when: a, graph: [relu, {CONV}], else: [{CONV}, relu]}}, {CONV}]",
        f"[{{when: a, relu: , else: {{when: b > 1, tanh: , else: sigmoid}}}}, {CONV}]",
        f"[{{when: a, add: [[], [relu]], else: [relu, {{id: g, graph: [{CONV}]}}]}}, {CONV}]",
        f"[{{add: [[], {{id: p, each: {{i: l}}, when: i > 1, {CONV}}}]}}, {CONV}]",
        f"[{{id: a1, {CONV}}}, {{when: a, relu: }}, {{share: a1}}]",
        "[{when: a, relu: }, tanh, {add: [[], [relu]]}]",
        "[{when: a, relu: }, act]",
    ],
)
def test_what_cannot_move_or_has_no_weights_needs_none(graph: str) -> None:
    small(graph, f"{PARAMS}\nblocks: {{act: {{graph: [relu]}}}}")


def test_a_toggle_moves_no_weights() -> None:
    """The keys that are there with and without are those of the same tensors."""
    text = (
        """[conv: {out_channels: 4}, {when: a, batch_norm: }, {id: 2, conv: {out_channels: 4}}]"""
    )
    keys = [
        {n.path for n, _ in small(text, f"params: {{a: {a}}}").owners()} for a in ("true", "false")
    ]
    assert keys == [{"0", "1", "2"}, {"0", "2"}]
