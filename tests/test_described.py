"""SVG says what it shows to who does not see it; chart points that are near differ in colour."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from math import dist
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline
from archspec.backends.graphviz import engine
from archspec.backends.graphviz.names import label, spelled
from archspec.cli.app import main as cli
from archspec.figures.options import Options
from archspec.tables.chart import palette, shapes
from archspec.tables.plot import COLOURS
from archspec.util.svg import described, listing
from tests.engines import drawn_by, each_engine
from tests.pieces import graph_of
from tests.saved_svg import SVG


def told(text: str) -> tuple[str, str]:
    """The title and the description of a document, which is one picture."""
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    title, description = list(root)[:2]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert "%3" not in text
    return title.text or "", description.text or ""


def figure(folder: Path, names: list[str], **options: object) -> str:
    file = folder / "figure.svg"
    graphs = [pipeline.elaborate(name) for name in names]
    pipeline.render(graphs, file, options=Options(**options))  # type: ignore[arg-type]
    return file.read_text(encoding="utf-8")


@each_engine
def test_figures_are_described(by: engine.Engine, tmp_path: Path) -> None:
    with drawn_by(by):
        title, said = told(figure(tmp_path, ["resnet18"], style="blocks", level="stage"))
        assert title == "ResNet-18"
        assert said.startswith("13 boxes: image, 3×224×224; 7×7 conv, 64, stride 2, pad 3; ")
        assert "layer1, 64×56×56" in said and said.endswith("FC 1000; output, 1000")
        boxes = {"style": "blocks", "level": "stage", "size": "16:9", "legend": True}
        for more in (boxes, {"view": "tree", "title": "", "level": "stage"}):
            title, said = told(figure(tmp_path, ["resnet18"], **more))
            assert title == "ResNet-18" and "7×7 conv, 64" in said
        u = told(figure(tmp_path, ["unet"], style="blocks", level="block"))
        assert u[0] == "U-Net" and "Double conv, encoder, 64×568×568" in u[1]


def test_paths_are_described(tmp_path: Path) -> None:
    options = {"view": "unravel", "start": "layer1.0", "end": "layer1.1"}
    title, said = told(figure(tmp_path, ["resnet20"], **options))
    assert title == "ResNet-20" and "f₁, layer1.0" in said


@pytest.mark.parametrize("style", ["blocks", "volumes", "planes"])
def test_a_title_is_that_of_the_file(style: str, tmp_path: Path) -> None:
    names = ["lenet", "alexnet"]
    assert told(figure(tmp_path, names, style=style))[0] == "LeNet-5, AlexNet"
    assert told(figure(tmp_path, names, style=style, title="Two of them"))[0] == "Two of them"
    assert told(figure(tmp_path, names, style=style, title=""))[0] == "LeNet-5, AlexNet"
    assert told(figure(tmp_path, names, style=style, title=("A", "B")))[0] == "A, B"


def test_maps_are_described(tmp_path: Path) -> None:
    title, said = told(figure(tmp_path, ["lenet"], style="volumes"))
    assert title == "LeNet-5"
    assert said.startswith(
        "6 volumes: 1, image, 32×32; 6, 5×5 conv, 2×2 avg pool, 28, 14; 16, 10, 5; "
    )
    assert "6@28×28" in told(figure(tmp_path, ["lenet"], style="planes"))[1]


@pytest.mark.parametrize("name", ['a & b < c > "d"', "]]>", "</title><script>", "\\\\N \\\\n"])
@pytest.mark.parametrize("style", ["blocks", "volumes"])
def test_any_name_is_text(name: str, style: str, tmp_path: Path) -> None:
    node = f"{{conv: {{out_channels: 3}}, label: {name!r}}}"
    text = f"name: {name!r}\ninputs: {{x: [3, 8, 8]}}\ngraph: [{node}]"
    graph = graph_of(text)
    file = tmp_path / "x.svg"
    pipeline.render(graph, file, options=Options(style=style))  # type: ignore[arg-type]
    title, said = told(file.read_text(encoding="utf-8"))
    plain = " ".join(graph.name.split())
    assert title == plain and plain.split()[0] in said


LINE = st.text(alphabet='ab\\\\nl&<>;é"', min_size=1, max_size=8)


@given(st.lists(LINE, min_size=1, max_size=4))
def test_labels_are_read_as_they_were_written(lines: list[str]) -> None:
    for left in (False, True):
        assert spelled(str(label(lines, left))) == lines


def test_what_no_xml_holds_becomes_a_sign() -> None:
    made = described(b"<svg a='b'><g/></svg>", "a\x00\ud800\n b", "\u202e")
    root = ET.fromstring(made.decode().replace("<svg", f"<svg xmlns='{SVG[1:-1]}'"))
    sign = "\N{REPLACEMENT CHARACTER}"
    assert [element.text for element in root][:2] == [f"a{sign}{sign} b", sign]


@pytest.mark.parametrize("drawn", [b"", b"\xff\xfe", b"<svgs/>", b"(['-Tsvg'], 'digraph {}')"])
def test_what_is_no_svg_stays(drawn: bytes) -> None:
    assert described(drawn, "a", "b") == drawn


def test_a_long_list_is_cut() -> None:
    things = [str(number) for number in range(1_000)]
    said = listing("boxes", things)
    assert said.startswith("1,000 boxes: 0; 1; ") and said.endswith("; 59; and 940 more")
    assert listing("boxes", things[:2]) == "2 boxes: 0; 1"


# --- charts -------------------------------------------------------------------------------


def test_charts_are_described(tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    assert (
        CliRunner().invoke(cli, ["compare", "lenet", "alexnet", "--plot", str(file)]).exit_code == 0
    )
    title, said = told(file.read_text(encoding="utf-8"))
    assert title == "multiply-accumulates, batch 1 against parameters"
    assert said.startswith("2 networks: LeNet-5: 61.71K parameters, ") and "AlexNet: 61.10M" in said
    paths = tmp_path / "paths.svg"
    assert CliRunner().invoke(cli, ["paths", "resnet20", "--plot", str(paths)]).exit_code == 0
    title, said = told(paths.read_text(encoding="utf-8"))
    assert title.startswith("ResNet for CIFAR (resnet20)") and "length of a path" in said


POINTS = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(st.lists(st.lists(POINTS, min_size=1, max_size=3), max_size=40))
def test_no_series_has_a_colour_that_is_nearer_than_need_be(
    series: list[list[tuple[float, float]]],
) -> None:
    chosen = palette(series)
    assert len(set(chosen[: len(COLOURS)])) == min(len(series), len(COLOURS))
    assert all(a != b for a, b in pairwise(chosen))
    for number, colour in enumerate(chosen):
        room = dict.fromkeys(range(len(COLOURS)), float("inf"))
        for other, taken in zip(series[:number], chosen, strict=False):
            near = min(dist(a, b) for a in series[number] for b in other)
            room[taken] = min(room[taken], near)
        others = [r for c, r in room.items() if number == 0 or c != chosen[number - 1]]
        assert room[colour] == max(others)


@given(st.lists(st.integers(0, 6), max_size=40))
def test_series_differ_in_shape_as_well_as_in_colour(colours: list[int]) -> None:
    found = shapes(colours)
    assert len(set(found[:7])) == min(len(found), 7)  # without any colour
    for colour in set(colours):
        own = [s for s, c in zip(found, colours, strict=True) if c == colour]
        assert len(set(own)) == min(len(own), 10)


FAMILIES = [
    "resnet50",
    "vgg16",
    "densenet121",
    "googlenet",
    "alexnet",
    "nin",
    "squeezenet1_1",
    "dla34",
    "efficientnet_b0",
    "xception",
    "convnext_tiny",
    "inception_v3",
    "inception_v4",
    "mobilenet",
    "resnext50_32x4d",
    "bn_inception",
    "polynet",
    "zfnet",
    "inception_resnet_v2",
    "fcn8s",
    "wrn28_10",
    "unet",
    "lenet",
    "highway_2",
    "preact_resnet200",
]


def test_neighbours_in_a_large_chart_have_colours_of_their_own(tmp_path: Path) -> None:
    """Of 25 families, where there are seven colours, no two within a twentieth of the paper."""
    file = tmp_path / "chart.svg"
    done = CliRunner().invoke(cli, ["compare", *FAMILIES, "--plot", str(file)])
    assert done.exit_code == 0, done.output
    root = ET.parse(file).getroot()
    across, high = (float(root.get(key, "").removesuffix("pt")) for key in ("width", "height"))
    points: list[tuple[str, float, float]] = []
    for group in root.iter(f"{SVG}g"):
        for use in group.iter(f"{SVG}use"):
            if group.get("id", "").startswith("PathCollection_"):
                fill = re.search(r"fill: (#\w+)", use.get("style", ""))
                colour = fill[1] if fill is not None else "#000000"
                at = float(use.get("x", 0)) / across, float(use.get("y", 0)) / high
                points.append((colour, *at))
    assert len(points) == len(FAMILIES)
    near = [(a, b) for i, a in enumerate(points) for b in points[:i] if dist(a[1:], b[1:]) < 0.05]
    assert near and not [pair for pair in near if pair[0][0] == pair[1][0]]
