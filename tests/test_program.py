"""The plan of a network is made once, and anew where the network has changed."""

from __future__ import annotations

import gc
import weakref

import pytest

import archspec
from archspec import pipeline
from archspec.backends.torch import backend
from archspec.backends.torch.helpers import FILES
from archspec.backends.torch.source import write
from archspec.codegen import program
from archspec.codegen.target import Target
from archspec.ir.graph import Graph
from tests.pieces import graph_of

SPEC = """
name: Net
inputs: {image: [3, 8, 8]}
blocks:
  unit: {params: {channels: int}, graph: [{add: [[{conv: {out_channels: $channels}}, relu], []]}]}
graph:
  - {id: stem, conv: 4}
  - {id: first, unit: 4}
  - {id: second, unit: 4}
  - {id: aux, from: first, graph: [flatten, {linear: 2}]}
  - {id: fc, from: second, graph: [flatten, {linear: 2}]}
outputs: {fc: fc, aux: {from: aux, train_only: true}}
"""


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Graph]:
    """The graphs that are planned."""
    found: list[Graph] = []
    plan = program._planned

    def noted(graph: Graph, target: Target) -> program.Program:
        found.append(graph)
        return plan(graph, target)

    monkeypatch.setattr(program, "_planned", noted)
    return found


def test_one_plan_serves_the_numbers_and_the_source(plans: list[Graph]) -> None:
    graph, text = graph_of(SPEC), backend.source(graph_of(SPEC))
    plans.clear()
    pipeline.stats(graph)
    pipeline.stats(graph, mode="eval")
    probed = write(graph, probe=True)[0]
    assert backend.source(graph) == backend.source(graph) == text
    assert write(graph, probe=True)[0] == probed != text
    assert plans == [graph]


def test_what_is_changed_is_planned_anew(plans: list[Graph]) -> None:
    graph = graph_of(SPEC)
    backend.source(graph)
    graph.name = "Other"
    assert "class Other(" in backend.source(graph)
    graph.instances[1].kind = graph.instances[2].kind = "Step"
    assert "class Step(" in backend.source(graph)
    assert len(plans) == 3
    with archspec.edit(graph) as editor:
        editor.replace("stem", "conv", out_channels=4, kernel_size=3, padding=1)
    assert "nn.Conv2d(3, 4, kernel_size=3" in backend.source(pipeline.programmed(editor.graph))


def test_a_name_that_a_file_comes_to_carry_is_no_longer_a_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = graph_of(SPEC)
    assert "class Unit(" in backend.source(graph)
    monkeypatch.setitem(FILES, "Unit", "reshape.py")
    assert "class Unit2(" in backend.source(graph)


def test_a_plan_goes_with_its_graph() -> None:
    graph = graph_of(SPEC)
    backend.source(graph)
    gone = weakref.ref(graph)
    del graph
    gc.collect()
    assert gone() is None
