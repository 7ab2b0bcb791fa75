"""Random edits of random graphs: they are made or refused, and what is made is whole."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline
from archspec.analysis import cost
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.ir.dump import dump
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from archspec.ir.verify import verify
from tests.edits import edited
from tests.frozen import NETWORKS
from tests.pieces import graph_of
from tests.strategies import shared_specs, sized_specs, specs
from tests.sweeping import drawn, rounds

LARGE = 700
"""Networks of more nodes are left to the tests of speed."""


def check_told(graph: Graph) -> None:
    """Tables, figures and the dump tell of the same nodes, and count the same."""
    verify(graph)
    ops = [node for node in graph.nodes if not node.op.internal]
    counted = cost.stats(graph)
    assert [layer.path for layer in counted.layers] == [node.path for node in ops]
    numbers = sum(t.count for _, tensors in graph.owners() for t in tensors if t.trainable)
    assert counted.totals.params + counted.train_only.params == numbers
    lines = dump(graph).splitlines()
    assert sum(" -> [" in line for line in lines) == len(ops)
    boxes = re.findall(r'^\t+(?:"([^"]+)"|(\w+)) \[label', pipeline.render(graph) or "", re.M)
    known = {part.path for part in (*graph.nodes, *graph.instances)}
    known |= {f"output {output.name}" for output in graph.outputs}
    assert {a or b for a, b in boxes} - {"node", "graph", "edge"} <= known


UNSAYABLE = re.compile(r"uses the tensors of .*: `share` gives|nest more than|nest deeper than")
"""Why no spec says a graph; nothing else is a reason."""


def check_unsayable(error: ArchspecError) -> None:
    (diagnostic,) = error.diagnostics
    assert diagnostic.code == "E609" and UNSAYABLE.search(diagnostic.found or ""), error


def check_written(graph: Graph) -> bool:
    """Whether a spec says the graph; it is the graph, then, when it is read again."""
    try:
        text = pipeline.to_spec(graph)
    except ArchspecError as error:
        check_unsayable(error)
        return False
    again = build(load_source(Source("lifted.yaml", text)))
    assert difference(graph, again, "names") is None
    assert cost.stats(again).totals == cost.stats(graph).totals
    return True


@pytest.mark.sweep
def test_edits_of_networks() -> None:
    """At least four in five are accepted, and nearly all of these can be written as a spec."""
    found: Counter[str] = Counter()
    for draw in rounds(8, 3_000):
        graph = pipeline.elaborate(draw.choice(NETWORKS))
        if len(graph.nodes) > LARGE:
            continue
        before = graph.copy()
        try:
            made = edited(graph, draw)
        except ArchspecError:
            found["refused"] += 1
            continue
        finally:
            assert difference(before, graph) is None
        check_told(made)
        found["written" if check_written(made) else "not written"] += 1
    accepted = found["written"] + found["not written"]
    assert accepted >= 0.8 * found.total()
    assert found["written"] >= 0.95 * accepted


SOME = st.integers(0, 2**32).map(random.Random)


@drawn(3_000, 12)
@given(specs() | shared_specs() | sized_specs(), SOME, st.integers(1, 3))
def test_edits_of_random_graphs(text: str, draw: random.Random, count: int) -> None:
    try:
        made = edited(graph_of(text), draw, count)
    except ArchspecError as error:
        assert {d.code for d in error.diagnostics} <= {"E422", "E423"}
        return
    check_told(made)
    check_written(made)


@drawn(500, 3)
@given(specs() | shared_specs(), SOME)
def test_the_module_of_an_edited_graph_computes_what_it_says(
    text: str, draw: random.Random
) -> None:
    """The interpreter runs the graph, node by node; the module is that of its spec."""
    try:
        made = edited(graph_of(text), draw)
    except ArchspecError:
        return
    try:
        pipeline.check_module(made)
    except ArchspecError as error:
        check_unsayable(error)
