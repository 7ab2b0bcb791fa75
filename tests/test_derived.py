"""Sizes that follow the input: what a module compiled at one size does at another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archspec.analysis.check import pinned
from archspec.backends.torch import check as checking
from archspec.build import build
from archspec.diagnostics import ArchspecError, Source
from archspec.graph import Graph
from archspec.loading import load_source
from tests.pieces import graph_of
from tests.strategies import sized_specs
from tests.sweeping import drawn


def at(text: str, graph: Graph, sizes: tuple[int, ...]) -> Graph | None:
    """The graph of a spec whose inputs have other spatial sizes; None where there is none."""
    shapes = {
        n.path: (n.output[0], *sizes[: len(n.output) - 1]) if len(n.output) > 1 else n.output
        for n in graph.inputs
    }
    try:
        return build(load_source(Source("spec.yaml", text)), inputs=shapes)
    except ArchspecError:
        return None


OTHERS = [(9, 8, 6), (12, 14, 10), (5, 6, 7), (4, 9, 5), (7, 6, 8), (16, 13, 11), (3, 4, 4)]


@drawn(2_000, sample=60)
@given(sized_specs(), st.sampled_from(OTHERS), st.sampled_from(OTHERS))
def test_a_module_follows_its_input_or_check_says_where_it_does_not(
    text: str, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    """At three sizes: that of the spec, and two others."""
    graph = graph_of(text)
    checking.check(graph, device="cpu")
    for sizes in (first, second):
        resized = at(text, graph, sizes)
        if resized is not None and not pinned(graph, resized):
            checking.check(graph, device="cpu", resized=resized)
