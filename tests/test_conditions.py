"""`when` and `else`: what is left out is as if it were not written."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from tests.pieces import DUMPER, graph_of
from tests.strategies import specs
from tests.sweeping import drawn


def small(graph: str, more: str = "") -> Graph:
    return graph_of(f"name: Small\ninputs: {{x: [8, 6, 6]}}\n{more}\ngraph: {graph}\n")


# --- leaving out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("with_condition", "without"),
    [
        ("[tanh, {when: false, relu: }]", "[tanh]"),
        ("[{id: a, tanh: }, sigmoid, {from: a, when: false, relu: }]",
         "[{id: a, tanh: }, sigmoid]"),
        ("[concat: [[], {when: false, conv: {out_channels: 8}}]]", "[concat: [[]]]"),
        ("[add: [[], {when: false, graph: []}]]", "[add: [[]]]"),
        ("[add: [[], [{when: false, relu: }]]]", "[add: [[], []]]"),
        ("[{parallel: [[], {when: false, relu: }, [tanh]]}, {add: [[]]}]",
         "[{parallel: [[], [tanh]]}, {add: [[]]}]"),
        ("[add: [[], {id: a, when: false, conv: {out_channels: 8}}], conv: {out_channels: 2}]",
         "[add: [[]], conv: {out_channels: 2}]"),
        ("[add: [[], {id: a, each: {i: range(3)}, when: i > 0, conv: {out_channels: 8}}]]",
         "[add: [[], {id: a, each: {i: range(2)}, conv: {out_channels: 8}}]]"),
        ("[{add: [[], {id: a, each: {i: range(3)}, when: false, relu: }]}, tanh]",
         "[add: [[]], tanh]"),
        ("[{repeat: 2, when: false, relu: }, tanh]", "[tanh]"),
        ("[{id: a, relu: }, {when: false, share: a}, tanh]", "[{id: a, relu: }, tanh]"),
        ("[{when: false, id: g, graph: [relu]}, tanh]", "[tanh]"),
        ("[{graph: [{when: false, relu: }]}, tanh]", "[{graph: []}, tanh]"),
        ("[{id: g, graph: [{when: false, relu: }]}, tanh]", "[{id: g, graph: []}, tanh]"),
        ("[{id: 5, graph: [{when: false, relu: }]}, tanh]", "[{id: 5, graph: []}, tanh]"),
        ("[{id: g, graph: [{id: h, label: a, doc: b, graph: [{when: false, relu: }]}]}, tanh]",
         "[{id: g, graph: [{id: h, graph: []}]}, tanh]"),
        ("[relu, {id: g, graph: [{when: false, relu: , else: []}]}, {add: [g, [tanh]]}]",
         "[relu, {id: g, graph: []}, {add: [g, [tanh]]}]"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_as_if_it_were_not_written(with_condition: str, without: str) -> None:
    assert difference(small(with_condition), small(without)) is None


def places(tree: Any) -> Iterator[tuple[list[Any], int, bool]]:
    """Every place of a spec in which a node stands: a list, where in it, whether it is a branch.

    A network, a block and a merge may not be written with nothing in them, and keep their last.
    """
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in ("graph", "else") and isinstance(value, list):
                whole = key == "graph" and bool({"params", "inputs"} & {*tree})
                yield from ((value, i, False) for i in range(len(value)) if not whole or i)
            elif isinstance(value, list):  # branches, or anything else
                yield from ((value, i, True) for i, v in enumerate(value) if i and is_branch(v))
                yield from ((v, i, True) for v in value if is_body(v) for i in range(len(v)))
            yield from places(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from places(value)


def is_branch(tree: Any) -> bool:
    return isinstance(tree, dict) and not {"for", "repeat", "else"} & {*tree}


def is_body(tree: Any) -> bool:
    return isinstance(tree, list) and any(isinstance(v, dict | str) for v in tree)


def built(spec: dict[str, Any]) -> Graph | None:
    """The graph of a spec; None where it is refused."""
    try:
        return graph_of(yaml.dump(spec, Dumper=DUMPER, sort_keys=False))
    except ArchspecError:
        return None


@drawn(5_000, 40)
@given(specs(), st.data())
def test_leaving_out_a_node_gives_the_graph_without_it(text: str, data: st.DataObject) -> None:
    spec = yaml.safe_load(text)
    spec.pop("init", None)
    found = [branch for _, _, branch in places(spec)]
    wanted = data.draw(st.booleans())  # in branches, which are few, as often as elsewhere
    of_a_kind = [n for n, branch in enumerate(found) if branch is wanted]
    assume(of_a_kind)
    number = data.draw(st.sampled_from(of_a_kind))
    left_out, deleted = copy.deepcopy(spec), copy.deepcopy(spec)
    here, i, _ = list(places(left_out))[number]
    there = list(places(deleted))[number][0]
    node = here[i] if isinstance(here[i], dict) else {here[i]: None}
    node.pop("else", None)
    here[i] = {**node, "when": False}
    del there[i]
    one, other = built(left_out), built(deleted)
    if one is None or other is None:
        assert one is other
    else:
        assert difference(one, other) is None


# --- else -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[{when: false, relu: , else: tanh}]", "[tanh]"),
        ("[{when: true, relu: , else: tanh}]", "[relu]"),
        ("[{id: a, when: false, relu: , else: tanh}, {from: a, sigmoid: }]",
         "[{id: a, tanh: }, {from: a, sigmoid: }]"),
        ("[{id: a, when: false, relu: , else: {id: b, tanh: }}, {from: b, sigmoid: }]",
         "[{id: b, tanh: }, {from: b, sigmoid: }]"),
        ("[{id: a, when: false, relu: , else: [tanh, sigmoid]}]",
         "[{id: a, graph: [tanh, sigmoid]}]"),
        ("[{when: false, relu: , else: []}]", "[{graph: []}]"),
        ("[{id: a, relu: }, {from: x, when: false, tanh: , else: sigmoid}, {add: [[], a]}]",
         "[{id: a, relu: }, {from: x, sigmoid: }, {add: [[], a]}]"),
        ("[{id: a, relu: }, tanh, {add: [[], {from: a, when: false, tanh: , else: []}]}]",
         "[{id: a, relu: }, tanh, {add: [[], a]}]"),
        ("[{id: a, when: false, relu: , else: {when: false, tanh: , else: sigmoid}}]",
         "[{id: a, sigmoid: }]"),
        ("[{when: false, relu: , else: {when: false, tanh: }}, sigmoid]", "[sigmoid]"),
        ("[{when: false, relu: , else: {repeat: 2, tanh: }}]", "[tanh, tanh]"),
        ("[{for: {i: range(3)}, id: a$i, when: i > 1, relu: , else: tanh}]",
         "[{id: a0, tanh: }, {id: a1, tanh: }, {id: a2, relu: }]"),
        ("[add: [[], {when: false, relu: , else: tanh}]]", "[add: [[], [tanh]]]"),
        ("[add: [[], {when: false, relu: , else: []}]]", "[add: [[], []]]"),
        ("[add: [[], {when: true, relu: , else: []}]]", "[add: [[], [relu]]]"),
        ("[add: [[], {each: {i: range(2)}, when: i > 0, relu: , else: tanh}]]",
         "[add: [[], [tanh], [relu]]]"),
        ("[{id: a, conv: {out_channels: 8}}, {id: b, when: false, relu: , else: {share: a}}]",
         "[{id: a, conv: {out_channels: 8}}, {id: b, share: a}]"),
    ],
)  # fmt: skip
def test_else_is_what_stands_in_its_place(written: str, meant: str) -> None:
    assert difference(small(written), small(meant)) is None


def test_either_round_of_a_list_stands_at_its_position() -> None:
    rounds = "{id: p, each: {i: range(2)}, when: i > 0, graph: [relu, tanh], else: tanh}"
    paths = [n.path for n in small(f"[add: [[], {rounds}]]").nodes]
    assert paths == ["x", "p.0", "p.1.0", "p.1.1", "1"]


def test_both_sides_of_a_condition_are_compiled() -> None:
    blocks = """
blocks:
  unit:
    params: {wide: bool, skip: bool}
    graph:
      - id: conv1
        when: wide
        conv: {out_channels: 8, kernel_size: 3, padding: 1}
        else: {conv: {out_channels: 8}}
      - concat: [[], {when: skip, conv: {out_channels: 4}}]
      - id: middle
        when: wide
        graph: [conv: {out_channels: 8}, relu]
        else: {when: skip, tanh: , else: {id: slope, prelu: }}
      - {id: last, conv: {out_channels: 8}}
"""
    units = [
        f"unit: {{wide: {w}, skip: {s}}}" for w in ("true", "false") for s in ("true", "false")
    ]
    graph = small(f"[{', '.join(units)}]", blocks)
    assert backend.check(graph, device="cpu").nodes == len(graph.nodes) - 1
