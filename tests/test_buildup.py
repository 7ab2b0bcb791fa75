"""Figures step by step: nothing moves, each step adds, and the last is the whole figure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline, zoo
from archspec.backends.graphviz import engine
from archspec.backends.strips.plan import Plan
from archspec.cli.app import main as cli
from archspec.diagnostics import ArchspecError
from archspec.figures.detail import Level
from archspec.figures.lines import Arrows
from archspec.figures.options import Options
from archspec.figures.picture import Line, Picture
from tests.engines import drawn_by, each_engine
from tests.formats import MAGIC, png_pixels
from tests.pieces import graph_of
from tests.sweeping import some
from tests.test_described import told

STAGES = ["conv1 … maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool … fc"]
LEVELS = ["encoder", *["down … encoder"] * 4, *["up … decoder"] * 3, "up … score"]

# What is drawn, how, and what its steps are called.
FIGURES: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "strip": (["resnet18"], {}, STAGES),
    "tower": (["resnet50"], {"style": "tower", "legend": True}, STAGES),
    "page": (["resnet18"], {"size": "16:9"}, STAGES),
    "volumes": (["resnet18"], {"style": "volumes"}, STAGES),
    "planes": (["lenet"], {"style": "planes"}, ["c1 … s2", "c3 … s4", "c5 … output"]),
    "U": (["unet"], {}, LEVELS),
    "U of volumes": (["unet"], {"style": "volumes"}, LEVELS),
    "groups": (["convnext_tiny"], {}, ["stage1", "stage2", "stage3", "stage4", "norm … fc"]),
    "heads": (
        ["googlenet"],
        {},
        [
            "conv1 … maxpool1",
            "conv2 … maxpool2",
            "inception3a … maxpool3",
            "inception4a … maxpool4",
            "inception5a … inception5b",
            "avgpool … fc",
            "for training only",
        ],
    ),
    "branches": (
        ["googlenet"],
        {"only": "inception"},
        ["branch1", "branch2", "branch3", "branch4", "concat"],
    ),
    "bypass": (["resnet18"], {"only": "layer1.0"}, ["conv1", "conv2", "add … ReLU"]),
    "levels": (["resnet50"], {"style": "levels"}, ["network", "layer1", "Bottleneck"]),
    "arcs": (
        ["densenet_40_12"],
        {"only": "dense_block"},
        [f"denselayer{n}" for n in range(1, 13)],
    ),
    "towers": (
        ["lenet", "nin_imagenet"],
        {},
        [
            *(f"LeNet-5, {name}" for name in ("c1 … s2", "c3 … s4", "c5 … output")),
            *(f"NiN (ImageNet), mlpconv{n}" for n in range(1, 5)),
        ],
    ),
}

BOXES: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "in rows": (["resnet18"], {"level": "block", "size": "16:9"}, STAGES),
    "in a U": (["unet"], {"level": "block"}, LEVELS),
    "side by side": (
        ["plain18", "resnet18"],
        {"only": "layer1.0", "fuse": True, "legend": True},
        [
            *(f"Plain block, {name}" for name in ("conv1", "conv2")),
            *(f"Basic block, {name}" for name in ("conv1", "conv2", "add … ReLU")),
        ],
    ),
}


def steps(names: list[str], **options: Any) -> list[str]:
    graphs = [pipeline.elaborate(name) for name in names]
    built = pipeline.build_up(graphs, Path("figure.svg"), options=Options(**options))
    return [drawn.decode() for drawn in built.values()]


def whole(names: list[str], folder: Path, **options: Any) -> str:
    file = folder / "whole.svg"
    graphs = [pipeline.elaborate(name) for name in names]
    pipeline.render(graphs, file, options=Options(**options))
    return file.read_text(encoding="utf-8")


def drawn(svg: str) -> Counter[tuple[object, ...]]:
    """What is to be seen in a document, with its place."""
    root = ET.fromstring(svg)
    leaves = (each for each in root.iter() if not len(each) and each.tag.split("}")[1] in _SHAPES)
    return Counter((each.tag, *sorted(each.attrib.items()), each.text or "") for each in leaves)


_SHAPES = ("polygon", "polyline", "path", "ellipse", "rect", "text")


def sheet(svg: str) -> tuple[str | None, ...]:
    root = ET.fromstring(svg)
    return tuple(root.get(key) for key in ("width", "height", "viewBox"))


def check(names: list[str], options: dict[str, Any], called: list[str], folder: Path) -> None:
    found = steps(names, **options)
    everything = whole(names, folder, **options)
    name, said = told(everything)
    count = len(called)
    assert [told(svg)[0] for svg in found] == [
        f"{name}, step {n} of {count}: {step}" for n, step in enumerate(called, 1)
    ]
    assert told(found[-1])[1] == said
    assert {sheet(svg) for svg in found} == {sheet(everything)}
    title = Counter(each for each in drawn(everything) if each[-1] == name)
    before = title
    for svg in found:
        now = drawn(svg)
        assert before < now, told(svg)[0]
        before = now
    assert before == drawn(everything)


@pytest.mark.parametrize("form", FIGURES)
def test_each_step_adds_to_the_one_before(form: str, tmp_path: Path) -> None:
    check(*FIGURES[form], tmp_path)


@each_engine
@pytest.mark.parametrize("form", BOXES)
def test_both_engines_leave_boxes_where_they_are(
    by: engine.Engine, form: str, tmp_path: Path
) -> None:
    names, options, called = BOXES[form]
    with drawn_by(by):
        check(names, {"style": "blocks", **options}, called, tmp_path)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some([entry.name for entry in zoo.networks()], 20))
def test_nothing_comes_before_what_it_reads(name: str) -> None:
    graph = pipeline.elaborate(name)
    for level in get_args(Level)[1:]:
        plan = Plan(graph, Options(level=level))
        of, names = plan.steps.of, plan.steps.names
        assert sorted({*of}) == list(range(1, len(names) + 1))
        assert all(names) and 1 <= len(names) <= (20 if level == "block" else 100)
        for tail, head in plan.whole.wires:
            assert plan.whole.maps[head].train_only or of[tail] <= of[head]


_ENDS = st.lists(st.integers(0, 20), min_size=2, max_size=2, unique=True)


@given(st.lists(st.tuples(_ENDS, st.integers(0, 5)), min_size=1, max_size=8))
def test_what_several_arrows_share_comes_with_the_first(ways: list[tuple[list[int], int]]) -> None:
    """At every place of every arrow; stretches overlap by their thickness."""
    arrows = Arrows(thick=0.2)
    arrows.expect([[(x, 0.0) for x in ends] for ends, _ in ways], [step for _, step in ways])
    for (start, end), since in ways:
        found = list(arrows._stretches((start, 0.0), (end, 0.0), since))
        for half in range(2 * min(start, end) + 1, 2 * max(start, end), 2):
            there = {step for (a, _), (b, _), step in found if min(a, b) < half / 2 < max(a, b)}
            first = min(step for ends, step in ways if min(ends) < half / 2 < max(ends))
            assert there == {min(first, since)}


def test_a_line_that_arrows_share_comes_with_the_first() -> None:
    """Whichever is drawn first; there is none that begins in the air, and none that ends there."""
    straight, turning = ((0.0, 0.0), (90.0, 0.0)), ((0.0, 0.0), (20.0, 0.0), (20.0, 30.0))
    arrows = Arrows(thick=2.0)
    arrows.expect([straight, turning], [2, 1])
    items = (*arrows.along(straight, False, 2), *arrows.along(turning, False, 1))
    lines = [item for item in items if isinstance(item, Line)]
    assert [(line.points, line.since) for line in lines] == [
        (((0.0, 0.0), (21.0, 0.0)), 1),  # as far as the line that turns there is thick
        (((19.0, 0.0), (78.0, 0.0)), 2),
        (((20.0, 0.0), (20.0, 18.0)), 1),
    ]
    assert [len(Picture(items).until(step).items) for step in (0, 1, 2)] == [0, 3, 5]


# --- files --------------------------------------------------------------------------------


def render(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["render", *arguments, "--steps"], catch_exceptions=False)


@pytest.mark.parametrize("format", ["svg", "pdf", "png"])
def test_a_file_is_written_for_each_step(format: str, tmp_path: Path) -> None:
    file = tmp_path / f"x.{format}"
    result = render("lenet", "-o", str(file), "--size", "640x360")
    assert result.exit_code == 0
    written = [tmp_path / f"x.{n}.{format}" for n in (1, 2, 3)]
    assert result.stderr.splitlines()[1:] == [f"wrote {path}" for path in written]
    assert sorted(tmp_path.iterdir()) == written
    assert all(path.read_bytes().startswith(MAGIC[format]) for path in written)
    assert len({path.read_bytes() for path in written}) == 3
    if format == "png":
        assert {png_pixels(path.read_bytes()) for path in written} == {(640, 360)}


def test_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "x.3.svg").write_text("mine")
    arguments = "lenet", "-o", str(tmp_path / "x.svg")
    result = render(*arguments)
    assert result.exit_code == 2 and "x.3.svg` exists" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.3.svg"]
    assert render(*arguments, "--force").exit_code == 0
    assert len(list(tmp_path.iterdir())) == 3 and "<svg" in (tmp_path / "x.3.svg").read_text()


def test_a_name_without_its_format_has_the_number_at_its_end(tmp_path: Path) -> None:
    result = render("lenet", "-o", str(tmp_path / "v1.2"), "--format", "svg")
    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v1.2.1", "v1.2.2", "v1.2.3"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--steps writes several files: name them with -o"),
        (("-o", "-"), "--steps writes several files: name them with -o"),
        (("-o", "/dev/stdout", "--format", "svg"), "--steps writes several files"),
        (("-o", "{}/x.html"), "E608.*`html` has no steps"),
        (("-o", "{}/x.dot"), "E608.*`dot` has no steps"),
        (("-o", "{}/x.svg", "--view", "tree"), "E608.*the view `tree` has no steps"),
        (("-o", "{}/x.svg", "--view", "unravel"), "E608.*the view `unravel` has no steps"),
        (("-o", "{}/x.gif"), "E601.*no figure can be written as `gif`"),
        (("-o", "{}/none/x.svg"), "E101.*there is no such folder"),
        (("-o", "{}", "--format", "svg"), "E101.*it is a folder"),
    ],
)
def test_what_has_no_steps_is_refused(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    result = render("resnet20", *(each.format(tmp_path) for each in arguments))
    assert result.exit_code == 2 and re.search(message, result.stderr), result.stderr
    assert not list(tmp_path.iterdir())


def test_more_steps_than_anyone_shows_are_refused() -> None:
    graph = graph_of(LONG)
    for style in ("strip", "blocks", "volumes"):
        options = Options(style=style, repeat="none", level="layer")
        with pytest.raises(ArchspecError, match=r"E608.*the figure has 101 steps") as caught:
            pipeline.build_up(graph, Path("long.svg"), options=options)
        assert "--level" in str(caught.value)


LONG = """
name: Long
inputs: {x: [8]}
graph:
  - repeat: 101
    graph: [linear: 8]
"""
