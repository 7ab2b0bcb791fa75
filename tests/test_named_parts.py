"""Parts go by what figures call them, too, and each network of several has its own."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from archspec.analysis.parts import all_named, one_named
from archspec.cli.app import main as cli
from archspec.diagnostics import ArchspecError
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.options import Options, panels
from archspec.ir.graph import Graph
from tests.pieces import graph_of

SPEC = """
name: Tiny
label: Tiny net
inputs: {image: [3, 8, 8]}
blocks:
  unit: {label: Unit, graph: [{conv: {out_channels: 3}}, relu]}
graph:
  - {id: a, unit: }
  - {id: b, label: Second, unit: }
  - {id: c, label: Last, conv: {out_channels: 4}}
"""
PLAIN = "name: Plain\ninputs: {image: [3, 8, 8]}\ngraph: [relu, {id: g, graph: [relu]}]"


@pytest.fixture
def tiny() -> Graph:
    return graph_of(SPEC)


@pytest.fixture
def plain() -> Graph:
    return graph_of(PLAIN)


def test_labels_name_parts(tiny: Graph) -> None:
    assert [part.path for part in all_named(tiny, ["Unit"])] == ["a", "b"]
    assert [part.path for part in all_named(tiny, ["Second"])] == ["b"]
    assert one_named(tiny, "Last") is tiny.by_path["c"]


def test_a_path_comes_before_a_label() -> None:
    graph = graph_of(SPEC.replace("label: Second", "label: a"))
    assert [part.path for part in all_named(graph, ["a"])] == ["a"]


def test_what_has_no_name_is_looked_up(tiny: Graph) -> None:
    with pytest.raises(ArchspecError, match="`Tiny net` has no block or part") as told:
        all_named(tiny, ["xyz"])
    (found,) = told.value.diagnostics
    assert found.hint == "`archspec stats` prints the paths"


def test_a_whole_network_stands_beside_a_part(plain: Graph, tiny: Graph) -> None:
    figures = panels([plain, tiny], Options(only=("", "unit")))
    assert [options.only for _, options in figures] == [None, "unit"]


def test_a_part_of_one_network_alone_is_explained(plain: Graph, tiny: Graph) -> None:
    with pytest.raises(ArchspecError, match="network `Plain` has no") as told:
        panels([plain, tiny], Options(only="unit"))
    (found,) = told.value.diagnostics
    assert found.hint is not None and '""' in found.hint


@pytest.mark.parametrize(("label", "frames"), [("", 0), ("label: Left one, ", 1)])
def test_a_label_keeps_the_frame_of_a_branch(label: str, frames: int) -> None:
    graph = graph_of(f"""
name: Two
inputs: {{image: [3, 8, 8]}}
blocks:
  stream: {{graph: [{{conv: {{out_channels: 3}}}}, relu, {{max_pool: 2}}]}}
graph:
  - {{id: a, {label}from: image, stream: }}
  - {{id: b, from: image, stream: }}
  - add: [a, b]
""")
    found = Figure(graph, Detail(level="layer", fuse=True)).folding.frames
    assert [frame.instance.label for frame in found] == ["Left one"] * frames


@pytest.mark.parametrize("format_", ["html", "latex", "beamer"])
def test_tables_for_slides_are_called_as_figures_are(format_: str) -> None:
    shown = CliRunner().invoke(cli, ["stats", "vgg16", "--format", format_, "--depth", "1"])
    assert shown.exit_code == 0
    assert "VGG-16: " in shown.output and "(vgg16)" not in shown.output
