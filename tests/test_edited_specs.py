"""Edits after which no block says what all its instances are: the graph has a spec all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

import archspec
from archspec import pipeline
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.ir.edit import Editor, edit
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from tests.pieces import graph_of

SHARED = """
name: Recurrent
inputs: {x: [4, 8, 8]}
blocks:
  unit:
    graph:
      - {id: conv1, conv: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}
      - {id: norm, batch_norm: }
      - relu
      - {id: conv2, conv: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}
graph:
  - {id: first, unit: }
  - {id: second, share: first}
  - {id: third, share: {of: first, own: [batch_norm]}}
  - {id: end, relu: }
"""

LISTED = """
name: Listed
inputs: {x: [4, 8, 8]}
blocks:
  path: {graph: [{id: conv, conv: 4}, {id: act, relu: }]}
graph:
  - {id: stem, conv: 4}
  - {id: side, relu: }
  - id: sum
    add:
      - id: paths
        each: 3
        path:
  - id: all
    concat:
      - id: rows
        each: 3
        graph: [{id: conv, conv: 4}, {id: act, tanh: }]
  - {id: end, relu: }
"""

STRANDS = """
name: Fractal
inputs: {x: [4, 8, 8]}
blocks:
  strands:
    params: {n: int}
    graph:
      - {id: inner, when: n == 1, conv: 4}
      - when: n > 1
        parallel:
          - {id: a, strands: $(n - 1)}
          - [{id: b, conv: 4}, {id: act, relu: }]
graph:
  - {id: fractal, strands: 3}
  - mean: [identity]
"""


def again(graph: Graph) -> Graph:
    """The graph of the spec of a graph."""
    return build(load_source(Source("lifted.yaml", pipeline.to_spec(graph))))


Change = Callable[[Editor], object]
CASES: list[tuple[str, Change]] = [
    (SHARED, lambda e: e.replace("second.2", "tanh")),
    (SHARED, lambda e: e.remove("first.norm")),
    (SHARED, lambda e: e.output("inner", "second.conv1")),
    (SHARED, lambda e: e.insert("relu", after="third.conv2", id="more")),
    (SHARED, lambda e: e.replace("second.conv1", "conv", out_channels=4, kernel_size=1)),
    (SHARED, lambda e: e.replace("first.conv1", "conv", out_channels=4, kernel_size=1)),
    (LISTED, lambda e: e.replace("paths.1.act", "tanh")),
    (LISTED, lambda e: e.replace("paths.0.conv", "batch_norm")),
    (LISTED, lambda e: e.insert("relu", before="paths.2.conv")),
    (LISTED, lambda e: e.output("inner", "paths.1.conv")),
    (LISTED, lambda e: e.output("inner", "rows.1.conv")),
    (LISTED, lambda e: e.inline("rows.1")),
    (LISTED, lambda e: e.inline("rows")),
    (LISTED, lambda e: e.rename("rows.2", "last")),
    (LISTED, lambda e: e.remove("sum", branch=1)),
    (LISTED, lambda e: e.replace("paths.1", e.node("paths.0"))),
    (LISTED, lambda e: e.replace("paths.2.conv", e.node("side"))),
    (LISTED, lambda e: e.insert("add", after="rows.1.act", also=["rows.0.conv"])),
    (STRANDS, lambda e: e.output("inner", "fractal.a.a.inner")),
    (STRANDS, lambda e: e.output("inner", "fractal.b")),
    (STRANDS, lambda e: e.insert("tanh", after="fractal.a.b")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "change"), CASES)
def test_what_is_edited_is_written(text: str, change: Change) -> None:
    editor = Editor(graph_of(text))
    change(editor)
    made = editor.commit()
    found = again(made)
    assert difference(made, found, "names") is None
    assert pipeline.stats(found).totals == pipeline.stats(made).totals
    pipeline.check_module(made)


def test_what_share_cannot_say_is_refused_by_name() -> None:
    with edit(graph_of(SHARED)) as editor:
        editor.rename("second.conv1", "other")
    with pytest.raises(ArchspecError, match=r"`second\.other` uses the tensors of `first\.conv1`"):
        pipeline.to_spec(editor.graph)


def test_what_is_not_edited_stays_a_list() -> None:
    with edit(graph_of(LISTED)) as editor:
        editor.inline("rows.1")
    roles = {scope.path: scope.role for scope in editor.graph.instances}
    assert roles["paths"] == "list" and roles["rows"] == roles["rows.0"] == "group"


def test_nothing_is_no_network() -> None:
    editor = Editor(graph_of("name: One\ninputs: {x: [4]}\ngraph: [{id: act, relu: }]"))
    editor.remove("act")
    with pytest.raises(ArchspecError, match="nothing is computed"):
        editor.commit()


def test_what_was_put_in_can_be_replaced() -> None:
    with edit(graph_of(SHARED)) as editor:
        put = editor.insert("relu", after="first.conv1")
        more = editor.insert("conv_transpose", after=put, out_channels=4, kernel_size=1)
        editor.replace(more, "tanh")
    assert [n.op.name for n in editor.graph.nodes][2:4] == ["relu", "tanh"]


@pytest.mark.parametrize("inside", ["relu", "conv"])
def test_a_block_that_is_called_as_an_op_gets_another_name(inside: str) -> None:
    build_ = archspec.Builder("Named")
    value = build_.input("x", [4, 8, 8])
    with build_.block("relu", id="first"):
        given = {"out_channels": 4} if inside == "conv" else {}
        value = build_(inside, value, **given)
    build_("relu", value)
    made = build_.graph()
    assert difference(made, again(made), "names") is None


def test_instances_of_one_block_may_nest_deep() -> None:
    build_ = archspec.Builder("Deep")
    value = build_.input("x", [4, 8, 8])
    with contextlib.ExitStack() as scopes:
        for _ in range(40):
            scopes.enter_context(build_.block("unit", id="inner"))
            value = build_("conv", value, out_channels=4)
    made = build_.graph()
    assert difference(made, again(made), "names") is None


def test_a_block_shares_with_another_that_calls_its_parts_alike() -> None:
    text = """
name: Two
inputs: {x: [4, 8, 8]}
blocks:
  first: {graph: [{id: conv, conv: 4}, {id: norm, batch_norm: }, relu]}
  second: {graph: [{id: conv, conv: 4}, {id: norm, batch_norm: }, tanh, {id: more, conv: 4}]}
graph:
  - {id: one, first: }
  - {id: two, share: {of: one, own: [.norm, .more]}, second: }
"""
    graph = graph_of(text)
    owners = [node.owner.path for node in graph.nodes if node.tensors()]
    assert owners == ["one.conv", "one.norm", "one.conv", "two.norm", "two.more"]
    pipeline.check_module(graph)
    with pytest.raises(ArchspecError, match=r"no counterpart of `two\.more`"):
        graph_of(text.replace(", .more]", "]"))


def test_what_stands_in_a_round_is_read_by_its_path() -> None:
    body = "graph: [{id: conv, conv: 4}, {id: act, relu: }]"
    text = LISTED.replace(f"path: {{{body}}}", f"path: {{{body}, outputs: [act, conv]}}")
    assert text != LISTED
    graph = graph_of(text + "outputs: {end: end, row: rows.2.conv, path: paths.0.conv}\n")
    assert [o.node.path for o in graph.outputs] == ["end", "rows.2.conv", "paths.0.conv"]
    pipeline.check_module(graph)
