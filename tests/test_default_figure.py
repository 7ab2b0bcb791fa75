"""The figure that nobody has told anything about: legible on a slide, with all of the spec."""

from __future__ import annotations

import re
import shlex
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline, zoo
from archspec.backends.strips.arranged import arranged
from archspec.backends.strips.kept import Kept
from archspec.backends.strips.levels import BOTTOM, UP
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Slide
from archspec.backends.strips.ushape import U
from archspec.backends.strips.within import has_more
from archspec.cli.app import main as cli
from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.figures.legible import Illegible
from archspec.figures.options import Options, panels
from archspec.figures.slides import LEGIBLE
from archspec.frontend.loading import load_source
from archspec.ir.graph import Graph
from tests.saved_svg import SVG
from tests.sweeping import some

DOCS = Path(__file__).parents[1] / "docs"
SPECS = Path(__file__).parent / "specs"
NAMES = [entry.name for entry in zoo.networks()]
SLIDE = (1280.0, 720.0)


def least_pixels(svg: str) -> float:
    """How high the least words of a document are on a slide of 1280 by 720 pixels."""
    root = ET.fromstring(svg)
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    scale = min(SLIDE[0] / wide, SLIDE[1] / high)
    sizes = []

    def read(element: ET.Element, scale: float) -> None:
        for found in re.findall(r"scale\(([\d.]+)", element.get("transform", "")):
            scale *= float(found)
        if element.tag == f"{SVG}text":
            sizes.append(scale * float(element.get("font-size", 0)))
        for inner in element:
            read(inner, scale)

    read(root, scale)
    return min(sizes)


def rendered(arguments: list[str], folder: Path) -> tuple[str, str]:
    """The SVG that a command writes, and what it says."""
    file = folder / "figure.svg"
    with warnings.catch_warnings():
        warnings.simplefilter("error", Illegible)
        result = CliRunner().invoke(cli, ["render", *arguments, "-o", str(file)])
    assert result.exit_code == 0, result.output
    return file.read_text(encoding="utf-8"), result.stderr


def slides(graph: Graph) -> list[Slide]:
    return [s for s in arranged(panels(graph, Options())).each if isinstance(s, Slide)]


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NAMES, 30))
def test_every_network_can_be_read(name: str, tmp_path: Path) -> None:
    """No word is too small, nothing is warned of, and what was chosen is told in one line."""
    svg, said = rendered([name], tmp_path)
    assert least_pixels(svg) >= LEGIBLE == 14.0
    assert "warning" not in said
    *chosen, wrote = said.splitlines()
    assert wrote.startswith("wrote ") and len(chosen) <= 1


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NAMES, 30))
def test_all_of_a_network_is_there(name: str) -> None:
    """Each node is in a box, as often as the box says; each part at the top has a place.

    Drop-path's choice of a column is left out, as is told.
    """
    graph = pipeline.elaborate(name)
    (shown,) = slides(graph)
    whole = shown.form.plan.whole
    boxes = [box for maps in whole.maps for box in (maps.box, *maps.leading, *maps.passing)]
    inside = [node for box in boxes for node in box.nodes()]
    assert len(inside) == len(set(inside))
    left_out = {node for maps in shown.form.plan.left_out for node in maps.box.nodes()}
    assert left_out == {node for node in graph.nodes if node.op.name == "choose_column"}
    assert bool(left_out) == ("switches of training are left out" in shown.chosen())
    merges = {node for node in graph.nodes if node.op.merges} | left_out
    assert set(graph.nodes) - set(inside) <= merges
    for part in graph.root.children:
        nodes = set(getattr(part, "nodes", lambda part=part: [part])())
        assert not nodes - merges or nodes & set(inside), part


@pytest.mark.parametrize("name", ["pyramid", "retina", "streams"])
def test_several_inputs_and_outputs(name: str, tmp_path: Path) -> None:
    """Scales and heads, streams and scores: each has its place, and the name it has in the spec."""
    spec = SPECS / f"{name}.yaml"
    svg, said = rendered([str(spec)], tmp_path)
    assert least_pixels(svg) >= LEGIBLE and "warning" not in said
    words = {text.text for text in ET.fromstring(svg).iter(f"{SVG}text")}
    graph = pipeline.elaborate(spec)
    said = {part.rstrip(",") for text in words if text for part in text.split()}
    assert {output.name for output in graph.outputs} <= said
    assert all(any(str(w).split()[:1] == [i.path] for w in words) for i in graph.inputs)


@pytest.mark.parametrize("name", ["pyramid", "retina"])
def test_a_pyramid_stands_by_level(name: str) -> None:
    """As a U does: the way up as high as what it adds, and the heads of a level beside it."""
    (slide,) = slides(pipeline.elaborate(SPECS / f"{name}.yaml"))
    form = slide.form
    assert isinstance(form, U)
    whole = form.plan.whole
    for output, number in whole.names.items():
        place = form.at[number]
        level = int(output[-1])
        assert place.side == (UP if level < 5 else BOTTOM)
        others = [m for name, m in whole.names.items() if int(name[-1]) == level]
        assert {form.at[other] for other in others} == {place}


COMMANDS = re.findall(
    r"^\$ archspec render (.*) -o \S+\.svg$", (DOCS / "gallery.md").read_text(), re.MULTILINE
)


@pytest.mark.parametrize("command", [c for c in COMMANDS if not re.search("volumes|planes", c)])
def test_what_lectures_show_can_be_read(command: str, tmp_path: Path) -> None:
    """But where every layer is asked for."""
    svg, said = rendered(shlex.split(command), tmp_path)
    assert "--level layer" in command or least_pixels(svg) >= LEGIBLE
    assert "warning" not in said


@pytest.mark.parametrize(
    "names", [["unet", "unet"], ["resnet18", "resnet34", "resnet50", "--style", "strip"]]
)
def test_what_can_be_read_alone_can_be_read_together(names: list[str], tmp_path: Path) -> None:
    """There is space between figures, for which less of each is shown if need be."""
    svg, said = rendered([*names, "--size", "16:9"], tmp_path)
    assert least_pixels(svg) >= LEGIBLE and "warning" not in said


def test_what_is_chosen_can_be_undone(tmp_path: Path) -> None:
    svg, said = rendered(["resnet18"], tmp_path)
    first, _ = said.splitlines()
    assert first.startswith("drew a strip; ") and "blocks are tiny" in first and "×N" in first
    assert "batch norm" not in re.sub(r"(?s)<desc.*?</desc>", "", svg).split("Basic block")[0]
    more = rendered(["resnet18", "--level", "layer", "--force"], tmp_path)
    assert "--level layer shows all" in first and more[1].startswith("wrote ")
    assert more[0].count("batch norm") > 10


@pytest.mark.parametrize(
    ("arguments", "form"),
    [
        (["lenet5"], "a strip"),
        (["googlenet", "--only", "inception"], "all its words"),
        (["lenet5", "alexnet"], "a tower for each, side by side"),
        (["resnet50", "--from", "layer1", "--to", "layer2"], "a strip"),
        (["resnet18", "resnet18", "--only", "layer1.0", "--only", "layer2.0"], "all its words for"),
    ],
)
def test_the_form_suits_what_is_shown(arguments: list[str], form: str, tmp_path: Path) -> None:
    assert rendered(arguments, tmp_path)[1].startswith(f"drew {form}")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["unet"], "drew a U; "),
        (["unet", "fcn8s"], "drew a U for each, side by side; "),
        (["resnet18"], "drew boxes, a row for each resolution, as there is no clean U"),
        (["unet", "--style", "blocks"], "wrote "),
        (["unet", "--level", "layer"], "wrote "),
    ],
)
def test_a_u_is_the_best_there_is(more: list[str], said: str, tmp_path: Path) -> None:
    svg, told = rendered([*more, "--direction", "U"], tmp_path)
    assert told.startswith(said)
    assert ('class="node"' in svg) == (not said.startswith("drew a U"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet50"], "blocks are tiny, 2 opened;"),
        ([str(SPECS / "pyramid.yaml")], "blocks are boxes, 2 opened"),
        (["inception_v4"], "blocks are tiny, 1 of 6 kinds opened;"),
    ],
)
def test_it_is_told_what_found_no_room(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Of the kinds of blocks, how many are opened beside the network."""
    assert said in rendered(arguments, tmp_path)[1]


@pytest.mark.parametrize(
    "more",
    [["--level", "layer"], ["--residuals"], ["--direction", "TB"], ["--annotate", "attributes"]],
)  # fmt: skip
def test_boxes_are_drawn_where_these_alone_can_show_it(more: list[str], tmp_path: Path) -> None:
    svg, said = rendered(["lenet5", *more], tmp_path)
    assert "drew" not in said and 'class="node"' in svg


# --- what is not done twice ---------------------------------------------------------------------


def test_what_is_kept_is_made_once_and_no_sooner_than_asked_for() -> None:
    made: list[int] = []

    def squares() -> Iterator[int]:
        for number in range(3):
            made.append(number)
            yield number**2

    kept = Kept(squares())
    assert next(iter(kept)) == 0 and made == [0]
    ahead = iter(kept)
    assert [next(ahead), next(ahead)] == [0, 1]
    assert list(kept) == list(kept) == [0, 1, 4] and made == [0, 1, 2]
    assert list(ahead) == [4]


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NAMES, 8))
def test_what_has_more_boxes_for_certain_has(name: str) -> None:
    """As few as there are when each stands for itself are never said to be too few."""
    graph = pipeline.elaborate(name)
    plan = Plan(graph, Options(repeat="none"))
    boxes = sum(not maps.source for maps in plan.whole.maps)
    assert has_more(graph, Options(), 0) and not has_more(graph, Options(), boxes)


def test_what_is_only_asked_for_its_size_is_no_box_for_certain() -> None:
    """What nothing flows from is left out of figures."""
    text = """
name: n
inputs: {x: [3, 8, 8]}
graph:
  - {id: a, conv: {out_channels: 4, kernel_size: 3}}
  - {id: like, conv: {out_channels: 4, kernel_size: 3}}
  - {id: c, from: x, crop: {like: like}}
  - {id: b, conv: {out_channels: 4, kernel_size: 1}}
"""
    graph = build(load_source(Source("n.yaml", text)))
    plan = Plan(graph, Options(repeat="none"))
    assert [maps.box.path for maps in plan.left_out] == ["like"]
    assert has_more(graph, Options(), 1) and not has_more(graph, Options(), 2)
    assert not has_more(graph, Options(level="block"), 1)
