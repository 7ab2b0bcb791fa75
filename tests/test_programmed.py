"""What is made of a graph that was changed by hand follows the graph, not the spec it came from."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec import pipeline
from archspec.diagnostics import ArchspecError
from archspec.ir.equality import equal
from archspec.ir.graph import Graph
from archspec.ir.verify import Unsound
from archspec.lifting.checked import Lifted, lifted
from tests.pieces import graph_of

SPEC = """
name: Small
inputs: {x: [8, 6, 6]}
blocks:
  unit:
    params: {channels: int}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
      - {id: norm, batch_norm: }
      - relu
graph:
  - for: {i: range(3)}
    id: unit$(i + 1)
    unit: $(8 * 2 ** i)
  - global_avg_pool
  - flatten
  - {id: fc, linear: 4}
"""


def without_norms(graph: Graph) -> Graph:
    """The graph with its batch norms taken out of the lists, and their readers rewired."""
    for node in [n for n in graph.nodes if n.op.name == "batch_norm"]:
        (source,) = node.inputs
        for reader in graph.readers[node]:
            reader.inputs = tuple(source if one is node else one for one in reader.inputs)
        graph.nodes.remove(node)
        node.scope.children.remove(node)
    for node in graph.nodes:  # positions do not count what is gone
        if node.op.name == "relu":
            node.path = node.path.replace(".2", ".1")
    return graph


def fresh(graph: Graph) -> Graph:
    """A copy of which nothing is cached."""
    return copy.deepcopy(graph)


def test_what_is_taken_out_is_gone_everywhere() -> None:
    graph = fresh(without_norms(graph_of(SPEC)))
    layers = [row.op for row in pipeline.stats(graph).layers]
    assert "batch_norm" not in layers and layers.count("conv") == 3
    drawn = pipeline.render(graph)
    assert drawn is not None and "norm" not in drawn
    text = pipeline.source(graph)
    assert text == pipeline.source(graph_of(SPEC.replace("      - {id: norm, batch_norm: }\n", "")))
    assert "batch_norm" not in pipeline.to_spec(graph)
    pipeline.check_module(graph)


def test_a_graph_without_provenance_has_the_source_of_its_lift() -> None:
    graph = graph_of(SPEC)
    wanted = pipeline.stats(graph).totals.params
    graph.provenance = graph.origin = None
    assert pipeline.stats(graph).totals.params == wanted
    assert pipeline.source(graph) == pipeline.source(graph_of(pipeline.to_spec(graph)))


def test_what_does_not_hold_together_is_refused() -> None:
    graph = graph_of(SPEC)
    graph.nodes.pop(1)
    with pytest.raises(Unsound, match="the tree and the nodes differ"):
        pipeline.stats(graph)


def test_what_no_spec_says_is_refused() -> None:
    graph = graph_of(SPEC)
    graph.nodes[-1].path = "f-c"
    with pytest.raises(ArchspecError, match="E422"):
        pipeline.source(fresh(graph))


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    graph, path = graph_of(SPEC), tmp_path / "net.yaml"
    archspec.save(graph, path)
    archspec.save(graph, path)  # it holds just that
    other = graph_of(SPEC.replace("linear: 4", "linear: 5"))
    with pytest.raises(ArchspecError, match="force=True overwrites it"):
        archspec.save(other, path)
    assert equal(archspec.load(path), graph, "names")
    archspec.save(other, path, force=True)
    assert archspec.load(path).by_path["fc"].output == (5,)


def test_scopes_that_nest_too_deep_are_refused() -> None:
    build = archspec.Builder("Deep")
    x = build.input("x", [4, 8, 8])
    with contextlib.ExitStack() as scopes:
        for i in range(300):
            scopes.enter_context(build.group(f"g{i}"))
        build("relu", x)
    with pytest.raises(ArchspecError, match="E609"):
        archspec.stats(build.graph())


def test_a_graph_that_stays_is_lifted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Graph] = []

    def counting(graph: Graph) -> Lifted:
        counted.append(graph)
        return lifted(graph)

    monkeypatch.setattr("archspec.lifting.remembered.lifted", counting)
    with archspec.edit(graph_of(SPEC)) as editor:
        editor.replace("unit2.conv", "conv", out_channels=16, kernel_size=1)
    graph = editor.graph
    archspec.stats(graph)
    pipeline.source(graph)
    text = archspec.to_spec(graph)
    assert counted == [graph]
    graph.by_path["unit2.conv"].label = "other"
    assert "label: other" in archspec.to_spec(graph)
    graph.instances[1].notes[graph.by_path["unit1.conv"]] = "noted"
    assert "noted" in archspec.to_spec(graph)
    blocks = {one.block for one in graph.instances if one.block is not None}
    for number, block in enumerate(blocks):
        block.name = f"renamed{number}"
    assert "renamed0" in archspec.to_spec(graph) and "renamed0" not in text
    assert len(counted) == 4


@pytest.mark.parametrize("path", [None, 3])
def test_what_is_no_path_is_refused_before_anything_else(path: Any) -> None:
    with pytest.raises(TypeError, match=f"and not to {path}"):
        archspec.save(graph_of(SPEC), path)
