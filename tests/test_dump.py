"""Graphs as text: every part is there, and what is put in changes the lines it changes."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given

import archspec
from archspec import pipeline
from archspec.ir.dump import dump
from archspec.ir.graph import Graph
from tests.frozen import NETWORKS
from tests.pieces import graph_of
from tests.strategies import shared_specs, specs
from tests.sweeping import drawn, some

HEAD = "name: T\ninputs: {x: [4, 8, 8]}\n"


def lines(text: str) -> list[str]:
    return dump(graph_of(HEAD + text)).splitlines()


def is_whole(graph: Graph) -> bool:
    """Whether there is a line for each node and each scope, as deep as it stands."""
    found = dump(graph).splitlines()
    ends = len(graph.params) + len(graph.inputs) + 1, len(graph.outputs)
    body = [one for one in found[ends[0] : -ends[1]] if not one.strip().startswith("return ")]
    depths, scopes = [], [list(graph.root.children)[::-1]]
    while scopes:
        if not scopes[-1]:
            scopes.pop()
            continue
        part = scopes[-1].pop()
        depths.append((len(scopes) - 1, part in graph.nodes[-1:] or hasattr(part, "op")))
        if not hasattr(part, "op"):
            scopes.append(list(part.children)[::-1])
    said = [((len(one) - len(one.lstrip())) // 2, " -> [" in one) for one in body]
    return said == depths


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NETWORKS, 8))
def test_a_network_is_told_whole(name: str) -> None:
    assert is_whole(pipeline.elaborate(name))


@drawn(2_000, 15)
@given(specs())
def test_any_graph_is_told_whole(text: str) -> None:
    assert is_whole(graph_of(text))


@drawn(2_000, 15)
@given(shared_specs())
def test_any_graph_that_shares_is_told_whole(text: str) -> None:
    assert is_whole(graph_of(text))


def test_what_a_dump_says() -> None:
    text = """
params: {width: 4, flags: [true, null]}
blocks:
  pair: {inputs: [a, b], params: {n: 1}, graph: [{subtract: [a, b]}, {repeat: $n, relu: }]}
  two: {graph: [{id: p, relu: }, {id: q, tanh: }], outputs: [p, q]}
  half: {graph: [{upsample: {size: [$(2 * input.height), 8]}}]}
graph:
  - {id: c, label: C, doc: first, conv: {out_channels: $width, bias: false}}
  - relu
  - {note: d, parallel: [[], [tanh]]}
  - pair
  - {id: t, two: }
  - {add: [t.q, []]}
  - {id: g, graph: [{id: c, conv: {out_channels: 4, bias: false}, share: c}, sigmoid]}
  - {crop: {like: g.c}}
  - {id: end, half: }
outputs: {main: end, aux: {from: g.c, train_only: true, loss_weight: 0.5}}
"""
    assert lines(text) == [
        "network T",
        "param width = 4",
        "param flags = [true, null]",
        "input x: [4, 8, 8]",
        'c: conv 4 bias=false -> [4, 8, 8] "C"',
        "%relu: relu -> [4, 8, 8]",
        'tanh -> [4, 8, 8] note "d"',
        "pair(n=1) <- %relu, ^",
        "  subtract (a, b) -> [4, 8, 8]",
        "  relu -> [4, 8, 8]",
        "t: two",
        "  p: relu -> [4, 8, 8]",
        "  q: tanh -> [4, 8, 8]",
        "  return p = p, q = q",
        "add (t.q, t.p) -> [4, 8, 8]",
        "g: group",
        "  c: conv 4 bias=false -> [4, 8, 8] shares c",
        "  sigmoid -> [4, 8, 8]",
        "crop like=g.c -> [4, 8, 8]",
        "end: half",
        "  upsample size=[16, 8] = [(2 * input[1]), 8] -> [4, 16, 8]",
        "output main = end",
        "output aux = g.c, for training only, loss weight 0.5",
    ]


@pytest.mark.parametrize("place", [0, 1, 4, 5])
def test_a_node_more_is_a_line_more(place: int) -> None:
    """Where one node alone reads what it is put behind."""
    items = [
        "relu", "{id: a, relu: }", "{add: [[tanh], [relu, tanh]]}", "{add: [[tanh, relu], [tanh]]}",
        "{id: g, graph: [relu, {multiply: [[], a]}]}", "sigmoid",
    ]  # fmt: skip
    text = "graph: [{}]".format
    more = [*items[:place], "softplus", *items[place:]]
    changed = difflib.ndiff(lines(text(", ".join(items))), lines(text(", ".join(more))))
    assert [one for one in changed if one[0] in "+-"] == ["+ softplus -> [4, 8, 8]"]


def test_it_is_in_the_api() -> None:
    assert archspec.dump("resnet18", num_classes=5).endswith("linear 5 -> [5]\noutput fc = fc\n")


def test_length_is_not_too_much() -> None:
    assert len(lines("graph: [{repeat: 20_000, relu: }]")) == 20_003
