"""Levels of detail: boxes and arrows are the graph's quotient, and ×N multiplies back."""

from __future__ import annotations

from collections import Counter
from functools import cache

import networkx as nx
import pytest

import archspec
from archspec import pipeline
from archspec.backends.graphviz import backend
from archspec.build import build
from archspec.diagnostics import ArchspecError, Source
from archspec.drawing.detail import LEVELS, Detail
from archspec.drawing.figure import Figure
from archspec.drawing.folding import Box, nodes_of
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.graph import Graph
from archspec.loading import families, load, load_source

FAMILIES = [path.stem for path in families()]
DETAILS = [
    *(Detail(level=level) for level in LEVELS),
    Detail(level="layer", fuse=True),
    Detail(level="block", fuse=True, repeat=False),
    Detail(depth=1),
]


@cache
def network(name: str) -> Graph:
    return archspec.load(name) if "@" in name else build(load(name))


def shown(name: str, **detail: object) -> Figure:
    return Figure(network(name), Detail(**detail))  # type: ignore[arg-type]


def boxes(figure: Figure) -> dict[str, int]:
    return {box.path: box.times for box in figure.folding.boxes}


@pytest.mark.parametrize("detail", DETAILS, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_figure_is_the_quotient_of_the_graph(name: str, detail: Detail) -> None:
    """Every layer is in one box, and arrows are the edges between boxes, no more and no less."""
    graph = network(name)
    figure = Figure(graph, detail)
    everywhere = [figure.sources, figure.folding.boxes]
    parts = {box: {n.path for n in box.nodes()} for some in everywhere for box in some}
    assert Counter(path for part in parts.values() for path in part) == Counter(list(graph.dag))
    dag = nx.DiGraph(graph.dag.edges())
    dag.add_nodes_from(graph.dag)
    box_of = {path: box for box, part in parts.items() for path in part}
    edges = {(box_of[a], box_of[b]) for a, b in dag.edges() if box_of[a] is not box_of[b]}
    assert {(arrow.tail, arrow.head) for arrow in figure.arrows} == edges


@pytest.mark.parametrize("detail", DETAILS, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_repeats_multiply_back(name: str, detail: Detail) -> None:
    """What stands for N has N equal members in a row, each reading the one before alone."""
    graph = network(name)
    for box in Figure(graph, detail).folding.boxes:
        assert detail.repeat or box.times == 1
        sizes = [[n.op.name for n in nodes_of(member)] for member in box.members]
        assert all(size == sizes[0] for size in sizes)
        assert box.times * len(sizes[0]) == len(list(box.nodes()))
        weights = [sum(t.count for n in nodes_of(m) for t in n.tensors()) for m in box.members]
        assert len(set(weights)) == 1
        for before, after in zip(box.members, box.members[1:], strict=False):
            last, first = set(nodes_of(before)), set(nodes_of(after))
            read = {s for n in first for s in n.inputs} - first
            assert read <= last
            outside = {n for n in graph.nodes if set(n.inputs) & last} - last
            assert outside <= first


def test_a_first_block_that_differs_stays_apart() -> None:
    found = boxes(shown("resnet@resnet50", level="block"))
    assert found["layer1.0"] == 1 and found["layer1.1"] == 2 and found["layer3.1"] == 5
    assert boxes(shown("resnet_cifar@resnet1202", level="block"))["layer3.1"] == 199


def test_levels() -> None:
    assert set(boxes(shown("googlenet", level="network"))) == {""}
    stages = boxes(shown("resnet@resnet18", level="stage"))
    assert set(stages) >= {"conv1", "layer1", "layer4", "fc"} and "layer1.0" not in stages
    assert "inception3a" in boxes(shown("googlenet", level="block"))
    assert "top.encoder" in boxes(shown("unet", level="block"))  # what recurs is open
    assert len(boxes(shown("lenet", level="layer"))) == len(network("lenet").nodes) - 1


def test_parts_are_opened_and_folded_by_name() -> None:
    opened = boxes(shown("googlenet", level="block", expand=("inception4a",)))
    assert "inception4a.branch1.conv" in opened or "inception4a.branch1" in opened
    assert "inception4b" in opened
    folded = boxes(shown("googlenet", collapse=("inception",)))
    assert "inception5b" in folded and "conv1.conv" in folded
    inner = boxes(shown("resnet@resnet18", level="stage", expand=("layer2.1",)))
    assert {"layer2.0", "layer2.1.conv1", "layer1"} <= set(inner)


def test_a_block_by_itself() -> None:
    figure = shown("googlenet", only="inception", fuse=True)
    assert [box.path for box in figure.sources] == ["maxpool2"]
    assert [output.node.path for output in figure.outputs] == ["inception3a.4"]
    assert len(figure.folding.boxes) == 8  # six convolutions, a pooling, the concatenation
    fused = next(box for box in figure.folding.boxes if box.path == "inception3a.branch1.conv")
    assert [n.op.name for n in fused.nodes()] == ["conv", "relu"]


def test_from_here_to_there() -> None:
    figure = shown("resnet@resnet18", start="layer2.0", end="layer2.1", level="block")
    assert list(boxes(figure)) == ["layer2.0", "layer2.1"]
    assert [box.path for box in figure.sources] == ["layer1.1.6"]
    assert [output.node.path for output in figure.outputs] == ["layer2.1.6"]


@pytest.mark.parametrize(
    "detail",
    [
        {"only": "inceptoin"},
        {"expand": ("x",)},
        {"start": "fc", "end": "conv1"},
        {"end": "nowhere"},
    ],
)
def test_what_is_not_there(detail: dict[str, object]) -> None:
    with pytest.raises(ArchspecError) as caught:
        shown("googlenet", **detail)
    assert caught.value.diagnostics[0].code == "E108"


SHARED = """
name: Shared
inputs: {image: [4, 8, 8]}
blocks: {unit: {graph: [{conv: {out_channels: 4}}, relu]}}
graph:
  - {id: first, unit: }
  - {id: other, unit: }
  - {id: again, share: other}
  - {id: twice, share: other}
"""


def test_what_shares_weights_is_no_repeat_of_what_does_not() -> None:
    figure = Figure(build(load_source(Source("<spec>", SHARED))), Detail(level="block"))
    assert [(box.path, box.times) for box in figure.folding.boxes] == [("first", 2), ("again", 2)]
    assert isinstance(figure.folding.boxes[0], Box)


# --- what boxes say ------------------------------------------------------------------------


def test_notes_add_up() -> None:
    graph = network("resnet@resnet18")
    stats = pipeline.stats(graph)
    figure = Figure(graph, Detail(level="block", fuse=True))
    notes = Notes(stats, ("params", "macs", "memory", "rf"))
    said = {box.path: notes.of(box) for box in figure.folding.boxes}
    assert said["layer1.0"] == ("147.97K parameters", "462.42M MACs", "11.24 MB", "sees 43×43")
    assert said["fc"] == ("513.00K parameters", "512.00K MACs", "4.00 kB")
    layers = {layer.path: layer for layer in stats.layers}
    counted = [layers[n.path] for box in figure.folding.boxes for n in box.nodes()]
    assert sum(layer.params for layer in counted) == stats.totals.params


def test_a_legend_tells_what_is_there() -> None:
    dot = backend.dot(network("googlenet"), Options(level="block", legend=True))
    legend = next(line for line in dot.splitlines() if "legend" in line)
    for words in ("convolution", "pooling", "block, folded", "in training only"):
        assert (words in legend) == (words != "convolution")
    assert "legend" not in backend.dot(network("lenet"))
