"""Graphs made by hand are those that a spec would make."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack

import pytest

import archspec
from archspec import Builder
from archspec.diagnostics import ArchspecError
from archspec.ir.equality import difference
from archspec.ir.verify import Unsound
from tests.pieces import graph_of


def residual(build: Builder, x: object, id: str | None = None) -> object:
    with build.block("residual", {"channels": 8}, id=id):
        y = build("conv", x, out_channels=8, kernel_size=3, padding=1, id="conv")  # type: ignore[arg-type]
        y = build("batch_norm", y, id="norm")
        y = build("add", y, x)  # type: ignore[arg-type]
        return build("relu", y)


def test_a_graph_made_by_hand_is_that_of_its_spec() -> None:
    spec = """
name: Small
inputs: {image: [3, 8, 8]}
blocks:
  residual:
    params: {channels: int}
    graph:
      - add:
        - - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
          - {id: norm, batch_norm: }
        - []
      - relu
graph:
  - {id: stem, label: Stem, conv: 8}
  - {id: first, residual: 8}
  - {id: again, residual: 8, share: first}
  - {id: small, max_pool: 2}
  - {upsample: {like: first}}
  - {id: head, graph: [global_avg_pool, flatten, {id: fc, linear: 10}]}
outputs: {y: head, aux: {from: small, train_only: true, loss_weight: 0.5}}
"""
    build = Builder("Small")
    x = build("conv", build.input("image", [3, 8, 8]), out_channels=8, id="stem", label="Stem")
    first = x = residual(build, x, "first")  # type: ignore[assignment]
    with build.block("residual", {"channels": 8}, id="again"):
        owners = {node.path.rpartition(".")[2]: node for node in first.scope.children}
        shared = {"id": "conv", "share": owners["conv"]}
        y = build("conv", x, out_channels=8, kernel_size=3, padding=1, **shared)
        y = build("batch_norm", y, id="norm", share=owners["norm"])
        x = build("relu", build("add", y, x))
    small = build("max_pool", x, kernel_size=2, id="small")
    x = build("upsample", small, like=first)
    with build.group("head"):
        x = build("flatten", build("global_avg_pool", x))
        x = build("linear", x, out_features=10, id="fc")
    build.output("y", x)
    build.output("aux", small, train_only=True, loss_weight=0.5)
    graph = build.graph()
    assert difference(graph_of(spec), graph) is None
    assert archspec.stats(graph).totals == archspec.stats(graph_of(spec)).totals


def test_what_a_block_reads_becomes_its_inputs() -> None:
    build = Builder("Two")
    a, b = build.input("a", [4]), build.input("b", [4])
    with build.block("outer") as outer, build.block("inner") as inner:
        x = build("subtract", a, b)
        y = build("tanh", build("relu", x))
        build.returns(main=y, side=x)
    build.output("main", y)
    build.output("side", x)
    graph = build.graph()
    assert inner.inputs == outer.inputs == (a, b)
    assert inner.block is not None and inner.block.inputs == ("a", "b")
    assert {*inner.outputs} == {"main", "side"} and [*outer.outputs.values()] == [y, x]
    assert [node.path for node in graph.nodes] == ["a", "b", "0.0.0", "0.0.1", "0.0.2"]
    assert "0.0.2" in archspec.dump(graph) or "%outer" in archspec.dump(graph)


def test_the_last_value_is_the_output() -> None:
    build = Builder("One")
    build("relu", build.input("x", [4]))
    graph = build.graph()
    assert [(o.name, o.node.path) for o in graph.outputs] == [("output", "0")]
    with pytest.raises(ArchspecError, match="the graph is made"):
        build("relu", graph.nodes[-1])


def test_numbers_are_ids() -> None:
    build = Builder("One")
    x = build("relu", build.input("x", [4]), id="7")
    build("relu", x)
    assert [node.path for node in build.graph().nodes] == ["x", "7", "8"]


def empty(build: Builder) -> None:
    with build.block("unit"):
        pass


def foreign(build: Builder) -> None:
    build("relu", Builder("Other").input("y", [3]))
    build.graph()


def wordless(build: Builder) -> None:
    x = build.input("x", [3])
    with build.block("unit"):
        build.returns(**{"class": build("relu", x)})


def deep(build: Builder) -> None:
    with build.block("unit"), build.group("inside"):
        build.graph()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda b: b("relu"), "`relu` reads one value, and is given 0"),
        (lambda b: b("conv", b.input("x", [3]), out_channels=4), "`conv` cannot read `x` [3]"),
        (lambda b: b("rellu", b.input("x", [3])), "there is no op `rellu`"),
        (lambda b: b("relu", b.input("x", [3]), slope=1), "no attribute `slope`"),
        (lambda b: b("relu", b.input("x", [3]), id="x"), "`x` is there already"),
        (lambda b: b("relu", b.input("x", [3]), id="a.b"), "`a.b` cannot be an id"),
        (lambda b: b.input("x", [3, 0]), "impossible shape"),
        (lambda b: b.input("0", [3]), "cannot be the name of an input"),
        (lambda b: b("crop", b.input("x", [3, 8, 8]), like="x"), "'x' is no node"),
        (lambda b: b.returns(), "the network gives what `output` says"),
        (lambda b: b(None, b.input("x", [3])), "None is no op"),
        (lambda b: b("relu", "x"), "'x' is no node"),
        (lambda b: b("add", [b.input("x", [3])]), "is no node"),
        (lambda b: b("relu", b.input("x", [3]), id=3.5), "3.5 cannot be an id"),
        (lambda b: b("conv", b.input("x", [3, 4]), out_channels=4, share="0"), "'0' is no node"),
        (lambda b: b("relu", b.input("x", [3]), label="a\nb"), "is not one line of text"),
        (lambda b: b("relu", b.input("x", [3]), doc=None), "None cannot be a doc"),
        (lambda b: b.input("y", 3), "impossible shape, 3"),
        (lambda b: b.input(3, [3]), "3 cannot be the name of an input"),
        (lambda b: b.input("a b", [3]), "begins with a letter"),
        (lambda b: b.input("identity", [3]), "it is what feeds a merge"),
        (lambda b: [b.input("x", [3]), b.input("x", [3])], "`x` is there already"),
        (lambda b: b.output("a b", b.input("x", [3])), "cannot be the name of an output"),
        (lambda b: b.output("y", "x"), "'x' is no node"),
        (lambda b: b.output("y", b.input("x", [3]), loss_weight=-1), "above 0: -1"),
        (lambda b: b.group(None).__enter__(), "a group has to have an id"),
        (lambda b: b.block(None).__enter__(), "None cannot be the name of a block"),
        (lambda b: b.block("graph").__enter__(), "it hides the key of that name"),
        (lambda b: b.block("doc").__enter__(), "the word is kept for the language"),
        (lambda b: b.block("unit", [1]).__enter__(), "it is no mapping"),
        (foreign, "`0` (relu) would read `y`, which is no node of the graph"),
        (wordless, "`class` cannot be the name of an output"),
        (lambda _: Builder("Bad", year="1998"), "'1998' cannot be a year"),
        (lambda _: Builder("Bad", source=3), "3 cannot be a source"),
        (empty, "`0` (unit) holds nothing"),
        (lambda _: Builder("a\nb"), "is not one line of text"),
        (lambda _: Builder(3), "3 cannot be the name of a network"),  # type: ignore[arg-type]
        (deep, "is still open"),
    ],
)
def test_what_cannot_be_built_is_refused(make: Callable[[Builder], object], why: str) -> None:
    with pytest.raises(ArchspecError, match=re.escape(why)):
        make(Builder("Bad"))


def test_inputs_and_outputs_may_be_called_as_modules_have_attributes() -> None:
    build = Builder("One")
    build.output("training", build("relu", build.input("forward", [4])))
    graph = build.graph()
    assert difference(graph, graph_of(archspec.to_spec(graph))) is None


def test_what_nothing_needs_is_refused() -> None:
    build = Builder("Loose")
    x = build.input("x", [4])
    build("relu", x)
    build.output("y", build("tanh", x))
    with pytest.raises(Unsound, match="`0` \\(relu\\) is needed by no output"):
        build.graph()


def test_depth_is_not_too_much() -> None:
    build = Builder("Deep")
    x = build.input("x", [4])
    with ExitStack() as stack:
        for depth in range(300):
            stack.enter_context(build.block("deep", {"depth": depth}))
        build("relu", x)
    graph = build.graph()
    assert len(graph.instances) == 301 and graph.nodes[-1].path.count(".") == 300
    assert difference(graph, graph.copy()) is None
    assert len(archspec.dump(graph).splitlines()) == 304
