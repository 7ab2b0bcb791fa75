"""Figures on a page: in rows that fill it, side by side, under a title and over a legend."""

from __future__ import annotations

import math
import re
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline
from archspec.backends.graphviz import backend
from archspec.backends.graphviz.arranged import arranged
from archspec.backends.graphviz.folded import Folded, split
from archspec.backends.graphviz.sheet import Line, Sheet, Thing
from archspec.cli.app import main as cli
from archspec.diagnostics import ArchspecError
from archspec.elaboration.build import build
from archspec.figures.detail import Level
from archspec.figures.figure import Figure
from archspec.figures.geometry import Point
from archspec.figures.legible import Illegible
from archspec.figures.options import Options, Style, panels
from archspec.frontend.loading import families, load
from tests.networks import network
from tests.saved_svg import SVG

pytestmark = pytest.mark.filterwarnings("ignore::archspec.figures.legible.Illegible")

FAMILIES = [path.stem for path in families()]
LEVELS: tuple[Level, ...] = ("stage", "block")
WIDE = Options(level="block", direction="LR", size="16:9")


@cache
def slide(name: str, level: Level) -> Sheet:
    return arranged([network(name)], Options(level=level, direction="LR", size="16:9"))


def seen(sheet: Sheet) -> list[Thing]:
    return [box for box in sheet.boxes if box.attributes.get("style") != "invis"]


def apart(one: Thing, other: Thing) -> bool:
    return any(
        one.high[i] <= other.low[i] + 0.5 or other.high[i] <= one.low[i] + 0.5 for i in (0, 1)
    )


def along(line: Line) -> list[Point]:
    """Points on a Bezier curve, by Bernstein's polynomials."""
    found = []
    for at in range(0, len(line.curve) - 3, 3):
        piece = line.curve[at : at + 4]
        for t in (k / 16 for k in range(17)):
            s = 1 - t
            weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            x, y = (sum(w * p[i] for w, p in zip(weights, piece, strict=True)) for i in (0, 1))
            found.append((x, y))
    return found


# --- a slide ------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_slide_shows_what_the_figure_has(name: str, level: Level) -> None:
    figure = Figure(network(name), Options(level=level))
    sheet = slide(name, level)
    boxes = Counter(box.name for box in seen(sheet) if not box.name.startswith((" ", "output ")))
    assert boxes == Counter(box.path for box in [*figure.sources, *figure.folding.boxes])
    arrows = Counter((x.tail, x.head) for x in sheet.lines if not x.head.startswith("output "))
    assert arrows == Counter((a.tail.path, a.head.path) for a in figure.arrows)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAMILIES)
def test_boxes_on_a_slide_are_apart_and_arrows_meet_none(name: str, level: Level) -> None:
    sheet = slide(name, level)
    assert all(apart(a, b) for a, b in combinations(seen(sheet), 2))
    for line in sheet.lines:
        others = [box for box in seen(sheet) if box.name not in (line.tail, line.head)]
        for x, y in along(line):
            for box in others:
                inside = box.low[0] + 1 < x < box.high[0] - 1 and box.low[1] + 1 < y
                assert not (inside and y < box.high[1] - 1), (line.tail, line.head, box.name)


@pytest.mark.parametrize(
    ("size", "width", "height"), [("16:9", 960, 540), ("4:3", 960, 720), ("1920x1080", 1440, 810)]
)
def test_a_page_has_its_size(size: str, width: int, height: int) -> None:
    for name in ("googlenet", "unet"):
        svg = backend.svg(network(name), Options(level="block", size=size))
        found = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
        assert found is not None
        assert float(found[1]) == pytest.approx(width, abs=1)
        assert float(found[2]) == pytest.approx(height, abs=1)


def test_rows_are_read_as_text_is() -> None:
    """VGG-16: all from left to right, in rows from top to bottom, that fill a slide."""
    sheet = arranged([network("vgg")], Options(direction="LR", size="16:9", fuse=True))
    places = {box.name: box.middle for box in seen(sheet)}
    order = [box.path for box in Figure(network("vgg"), Options(fuse=True)).folding.boxes]
    backward = 0
    for before, after in pairwise(order):
        (x0, y0), (x1, y1) = places[before], places[after]
        assert (x1 > x0 and abs(y1 - y0) < 40) or y1 < y0 - 40
        backward += x1 < x0
    assert backward > 1
    low, high = sheet.bounds
    assert (high[0] - low[0]) / (high[1] - low[1]) == pytest.approx(16 / 9, rel=0.01)


coordinates = st.floats(-100, 100).map(lambda x: round(x, 3))


@given(st.lists(st.tuples(coordinates, coordinates), min_size=8, max_size=8), st.floats(0.1, 0.9))
def test_a_curve_is_cut_where_it_was(points: list[Point], part: float) -> None:
    """Two cubics from the left to the right, cut at a place that they cross."""
    points = [(-200.0, 0.0), *points[:2], points[2], *points[3:5], (200.0, 0.0)]
    x = -200 + 400 * part
    before, after = split(points, x)
    assert before[0] == points[0] and after[-1] == points[-1]
    assert before[-1] == pytest.approx(after[0]) and before[-1][0] == pytest.approx(x, abs=1e-3)
    line, first, second = (Line("", "", {}, tuple(p)) for p in (points, before, after))
    assert len(along(first)) + len(along(second)) == len(along(line)) + 17
    for x, y in along(first) + along(second):
        near = min(abs(x - a) + abs(y - b) for a, b in dense(line))
        assert near < 5


def dense(line: Line) -> list[Point]:
    found = []
    for at in range(0, len(line.curve) - 3, 3):
        a, b, c, d = line.curve[at : at + 4]
        for t in (k / 200 for k in range(201)):
            s = 1 - t
            w = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
            x, y = (w[0] * a[i] + w[1] * b[i] + w[2] * c[i] + w[3] * d[i] for i in (0, 1))
            found.append((x, y))
    return found


@pytest.mark.parametrize("size", ["", "16:", "0:9", "9", "16x9x2", "16:9000", "-1:2", "1:1\n"])
def test_what_is_no_size_is_told(size: str) -> None:
    with pytest.raises(ValueError, match="no page's size"):
        Options(size=size)


# --- side by side -------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_figures_stand_side_by_side(direction: str) -> None:
    graphs = [network("lenet"), network("alexnet")]
    sheet = arranged(graphs, Options(direction=direction, level="stage"))  # type: ignore[arg-type]
    groups = [[b for b in sheet.boxes if b.name.startswith(f"{n} ")] for n in (1, 2)]
    single = [arranged([graph], Options(level="stage", direction="TB")) for graph in graphs]
    assert [len(group) for group in groups] == [len(one.boxes) for one in single]
    axis = 0 if direction == "TB" else 1
    spans = [(min(b.low[axis] for b in g), max(b.high[axis] for b in g)) for g in groups]
    assert spans[0][1] < spans[1][0] if axis == 0 else spans[1][1] < spans[0][0]
    heads = [max(b.high[1] for b in group) for group in groups]
    assert direction == "LR" or heads[0] == pytest.approx(heads[1])
    words = [t.text for t in ET.fromstring(backend.svg(graphs, Options())).iter(f"{SVG}text")]
    assert words.count("LeNet-5") == 1 and words.count("AlexNet") == 1


def test_the_same_network_twice_is_two_figures() -> None:
    sheet = arranged([network("lenet")] * 2, Options())
    assert len({box.name for box in sheet.boxes}) == len(sheet.boxes)
    assert all(line.tail[0] == line.head[0] for line in sheet.lines)


@pytest.mark.parametrize("options", [Options(legend=True), Options(legend=True, direction="U")])
def test_a_legend_stands_below(options: Options) -> None:
    sheet = arranged([network("unet")], options)
    (legend,) = [box for box in sheet.boxes if box.name == "legend "]
    assert all(legend.high[1] < box.low[1] for box in sheet.boxes if box is not legend)
    words = {
        t.text for t in ET.fromstring(backend.svg(network("unet"), options)).iter(f"{SVG}text")
    }
    assert {"convolution", "pooling"} <= words


# --- which way ----------------------------------------------------------------------------


def test_an_encoder_with_a_decoder_is_a_u_by_itself() -> None:
    us = {name for name in FAMILIES if "layout=nop2" in backend.dot(network(name), Options())}
    assert us == {"unet"}
    assert "layout=nop2" in backend.dot(build(load("fcn8s")), Options())


def test_a_frame_has_its_name_where_no_arrow_runs() -> None:
    """From left to right an identity shortcut would run through the name at the upper left."""
    sheet = arranged([network("resnet")], Options(direction="LR", fuse=True))
    for frame in sheet.frames:
        assert frame.word is not None
        x, y = frame.word
        for line in sheet.lines:
            assert all(abs(px - x) > 12 or abs(py - y) > 4 for px, py in along(line)), frame.name


def test_bad_options_are_told() -> None:
    with pytest.raises(ArchspecError):
        arranged([network("lenet")], Options(only="nothing"))


# --- parts by themselves ------------------------------------------------------------------


def test_several_parts_are_several_figures() -> None:
    cells = ("inception_a", "inception_b", "inception_c")
    one = [(g.name, o.only) for g, o in panels([network("inception_v4")], Options(only=cells))]
    assert one == [("Inception-v4", cell) for cell in cells]
    two = [network("resnet"), network("resnext")]
    paired = panels(two, Options(only=("bottleneck", "layer1.0")))
    assert [(g, o.only) for g, o in paired] == list(
        zip(two, ("bottleneck", "layer1.0"), strict=True)
    )
    assert [o.only for _, o in panels(two, Options(only="layer1.1"))] == ["layer1.1"] * 2
    assert [o.only for _, o in panels(two, Options())] == [None, None]
    with pytest.raises(ValueError, match="3 parts of 2 networks"):
        panels(two, Options(only=cells))
    sheet = arranged([network("inception_v4")], Options(only=cells, size="16:9"))
    titles = [b.attributes["label"] for b in sheet.boxes if b.name.endswith(" title")]
    assert titles == [f"Inception-{letter}" for letter in "ABC"]  # labels of blocks say it all


def test_figures_on_a_page_go_the_way_in_which_they_are_larger() -> None:
    """Which of the ways it is, is found by trying all of them."""
    graphs = [network("lenet"), network("alexnet")]
    best = fitting_scale(arranged(graphs, Options(size="16:9", level="stage")))
    for direction in ("TB", "LR"):
        told = Options(size="16:9", level="stage", direction=direction)  # type: ignore[arg-type]
        assert best * 1.1 >= fitting_scale(arranged(graphs, told))


def fitting_scale(sheet: Sheet) -> float:
    """By how much a sheet with the corners of its page is scaled."""
    (x0, _), (x1, _) = sheet.bounds
    return 960 / (x1 - x0)


@pytest.mark.parametrize("size", ["16:9", "9:16", None])
@pytest.mark.parametrize("name", ["googlenet", "unet", "highway", "lenet"])
def test_a_legend_is_no_wider_than_its_figure(name: str, size: str | None) -> None:
    sheet = arranged([network(name)], Options(level="block", legend=True, size=size))
    (legend,) = [box for box in sheet.boxes if box.name == "legend "]
    others = [box for box in seen(sheet) if box is not legend]
    (left, _), (right, _) = replace(sheet, boxes=others).bounds
    assert legend.high[0] - legend.low[0] <= max(right - left, 300.0) + 20.0


def test_parts_say_where_they_begin_and_end() -> None:
    sheet = arranged([network("resnet18")], Options(only=("layer1.0", "layer2.0"), size="16:9"))
    labels = [box.attributes.get("label", "") for box in sheet.boxes]
    assert [label for label in labels if "ResNet-18" in label] == [
        f"ResNet-18 · layer{i}.0" for i in (1, 2)
    ]
    assert [label for label in labels if "put" in label] == [
        *(r"input\n64×56×56", r"output\n64×56×56"),
        *(r"input\n64×56×56", r"output\n128×28×28"),
    ]
    several = arranged([network("unet")], Options(only="top.below.decoder"))
    assert any(r"input\n" in box.attributes.get("label", "") for box in several.boxes)


# --- rows --------------------------------------------------------------------------------


def cut(sheet: Sheet) -> list[Line]:
    """The arrows that run back to the beginning of another row."""
    return [x for x in sheet.lines if any(b[0] < a[0] - 30 for a, b in pairwise(along(x)))]


BLOCKS = [
    (["googlenet"], Options(only="inception")),
    (["vgg16"], Options(start="features.4", end="features.9")),
    (["nin"], Options(only="mlpconv1")),
    (["inception_v4"], Options(only="reduction_a")),
    (["resnet50", "resnext50_32x4d"], Options(only="layer1.1")),
    (["plain18", "resnet18"], Options(only="layer1.0")),
]


@pytest.mark.parametrize(("names", "part"), BLOCKS, ids=str)
def test_what_can_be_read_in_one_row_is_not_cut(names: list[str], part: Options) -> None:
    graphs = [network(name) for name in names]
    sheet = arranged(graphs, replace(part, fuse=True, size="16:9", direction="LR"))
    assert not cut(sheet)
    assert fitting_scale(sheet) >= 1.0


ACROSS = [name for name in FAMILIES if name != "unet"]  # of which all arrows cross every cut
SLIDES = [(name, level) for name in ACROSS for level in ("block", "stage")]


@pytest.mark.parametrize(("name", "level"), SLIDES)
def test_rows_fill_a_slide(name: str, level: Level) -> None:
    """No third of it is empty, no row is left with a box or two, and rows are about as long."""
    sheet = slide(name, level)
    if not cut(sheet):
        return
    ((left, low), (right, high)), content = sheet.bounds, seen(sheet)
    xs = [x for line in sheet.lines for x, _ in line.curve]
    ys = [y for box in (*content, *sheet.frames) for y in (box.low[1], box.high[1])]
    ys += [y for line in sheet.lines for _, y in line.curve]
    assert max(xs) - min(xs) > (right - left) * 2 / 3
    assert max(ys) - min(ys) > (high - low) * 2 / 3
    rows = in_order(sheet)
    assert len(rows[-1]) > 2
    ends = [max(box.high[0] for box in row) - min(box.low[0] for box in row) for row in rows]
    if name != "wavenet":  # whose layers all have arrows to one sum, which are not cut
        assert sorted(ends)[len(ends) // 2] > max(ends) * 2 / 3


def in_order(sheet: Sheet) -> list[list[Thing]]:
    """The boxes of each row, which begins where an arrow has run back to."""
    boxes = [box for box in seen(sheet) if not box.name.startswith(" ")]
    tops = sorted({max(y for _, y in level_back(line)) for line in cut(sheet)}, reverse=True)
    rows: list[list[Thing]] = [[] for _ in range(len(tops) + 1)]
    for box in boxes:
        rows[sum(top > box.middle[1] for top in tops)].append(box)
    return [row for row in rows if row]


def level_back(line: Line) -> list[Point]:
    """The points between which an arrow runs back."""
    back = [pair for pair in pairwise(line.curve) if pair[1][0] < pair[0][0] - 30]
    return [point for pair in back for point in pair]


def test_words_are_as_large_as_rows_let_them_be() -> None:
    """No other cut of AlexNet's boxes in rows of equal length gives words that are larger."""
    sheet = slide("alexnet", "block")
    scale = fitting_scale(sheet)
    (whole,) = laid_out_alone("alexnet")
    for count in range(1, 8):
        length = whole.size[0] / count
        page = 960 / (length + 60), 540 / (count * (whole.size[1] + 26))
        assert scale > 0.8 * min(page)


def laid_out_alone(name: str) -> list[Sheet]:
    """A network from left to right in one row."""
    return [arranged([network(name)], Options(level="block", direction="LR"))]


def test_a_row_is_as_long_as_others_with_more_boxes() -> None:
    """Its spaces are wider, and boxes, heads of arrows and words are as they were."""
    sheet = arranged([network("vgg16")], Options(level="block", fuse=True, direction="LR"))
    (left, _), (right, _) = sheet.bounds
    lows = sorted(box.low[0] for box in sheet.boxes)
    cuts = [low - 8 for low in lows[6::6]]
    plain, wide = (Folded(sheet, cuts, length).sheet() for length in (0.0, (right - left) / 2))
    assert wide.size[0] > plain.size[0] + 100
    for before, after in zip(plain.boxes, wide.boxes, strict=True):
        assert after.high[0] - after.low[0] == pytest.approx(before.high[0] - before.low[0])
    for before, after in zip(plain.lines, wide.lines, strict=True):
        assert before.tip is not None and after.tip is not None
        far = [math.dist(line.curve[-1], line.tip or (0, 0)) for line in (before, after)]
        assert far[0] == pytest.approx(far[1])
    heads = {box.name: box for box in wide.boxes}
    for line in wide.lines:
        assert line.tip is not None
        assert abs(line.tip[0] - heads[line.head].low[0]) < 2


def test_a_frame_that_goes_on_keeps_its_name() -> None:
    sheet = arranged([network("densenet121")], Options(level="block", fuse=True, size="16:9"))
    pieces = [f for f in sheet.frames if f.name.startswith("cluster_features")]
    assert len(pieces) > 1
    for piece in pieces:
        words = piece.words()
        assert words is not None and piece.attributes["label"] == r"features\l"
        (left, low), (right, high) = words
        assert piece.low[0] < left and right < piece.high[0]
        assert piece.low[1] < low and high < piece.high[1]


def test_what_goes_to_several_in_another_row_leaves_in_one_line() -> None:
    sheet = arranged(
        [network("inception_v4")], Options(only="inception_v4_stem", fuse=True, size="16:9")
    )
    by_tail: dict[str, list[Line]] = {}
    for line in cut(sheet):
        by_tail.setdefault(line.tail, []).append(line)
    forks = [lines for lines in by_tail.values() if len(lines) > 1]
    boxes = {box.name: box for box in sheet.boxes}
    assert forks
    for lines in forks:
        tail = boxes[lines[0].tail]
        starts = {x.curve[:4] for x in lines}
        assert len(starts) == 1  # and on the level of the box, as far as sums of floats are exact
        assert [y for _, y in starts.pop()] == pytest.approx([tail.middle[1]] * 4, rel=1e-12)
        for corners in filter(None, (x.words() for x in lines)):
            assert corners[0][1] > tail.middle[1]


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "inception_v4"])
def test_words_are_clear_of_straight_arrows(name: str) -> None:
    sheet = arranged([network(name)], Options(level="block", direction="TB"))
    upright = [x for x in sheet.lines if len({round(x) for x, _ in x.curve}) == 1]
    found = [(line, line.words()) for line in upright]
    assert any(corners for _, corners in found)
    for line, corners in found:
        assert (
            corners is None or corners[0][0] >= line.curve[0][0] + 1.5
        )  # an arrow is a point wide


@pytest.mark.parametrize("name", ["densenet_40_12", "efficientnet"])
def test_no_arrow_runs_along_the_edge_of_its_frame(name: str) -> None:
    """Unless the frame is that of what it skips, it runs well within it, or well outside."""
    part = {"densenet_40_12": "Dense layer", "efficientnet": "se"}[name]
    graph = network(name)
    inside = Options(only="features.denseblock1" if part == "Dense layer" else "mbconv")
    sheet = arranged([graph], replace(inside, direction="LR"))
    frames = [frame for frame in sheet.frames if part in frame.attributes.get("label", "")]
    assert frames
    for frame in frames:
        for line in sheet.lines:
            for edge in (frame.low[1], frame.high[1]):
                near = [
                    x
                    for x, y in along(line)
                    if frame.low[0] < x < frame.high[0] and abs(y - edge) < 3
                ]
                assert not near or max(near) - min(near) < 40


PARTS = [
    ("efficientnet", Options(only="mbconv")),
    ("densenet121", Options(only="features.denseblock1", fuse=True)),
    ("inception_v4", Options(only="inception_v4_stem", fuse=True)),
    ("googlenet", Options(level="block", repeat="alike")),
]


@pytest.mark.parametrize(("name", "shown"), PARTS)
def test_words_in_rows_stand_on_no_box_and_on_no_other_words(name: str, shown: Options) -> None:
    sheet = arranged([network(name)], replace(shown, size="16:9", direction="LR"))
    words = [corners for line in sheet.lines if (corners := line.words())]
    assert words and cut(sheet)
    things = [Thing("", {}, *corners) for corners in words]
    boxes = [box for box in seen(sheet) if not box.name.startswith(" ")]
    assert all(apart(word, box) for word in things for box in boxes)
    assert all(apart(one, other) for one, other in combinations(things, 2))


def test_only_what_suits_a_u_is_drawn_as_one() -> None:
    graphs = [network("unet"), network("lenet")]
    sheet = arranged(graphs, Options(level="block", size="16:9"))
    rows = {round(box.middle[1]) for box in seen(sheet) if box.name.startswith("2 ")}
    assert len(rows) <= 6  # a title, and LeNet in rows of two or three, as large as they can be


def test_a_figure_is_not_cut_to_be_larger_than_the_one_below_it() -> None:
    options = Options(size="16:9", fuse=True, direction="LR")
    alone, both = (
        arranged([network(name) for name in names], options)
        for names in (["lenet5_d2l"], ["lenet5_d2l", "alexnet"])
    )
    assert cut(both)
    assert {x.head[0] for x in cut(both)} == {"2"}
    assert fitting_scale(both) < fitting_scale(alone)


# --- words --------------------------------------------------------------------------------


@pytest.mark.parametrize(("style", "name"), [("blocks", "resnet_cifar"), ("planes", "resnet110")])
def test_words_that_are_too_small_to_read_are_told(
    style: Style, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = network(name)
    small = Options(size="16:9", style=style, level="layer", repeat="none")
    with pytest.warns(Illegible, match="pixels high"):
        pipeline.render([graph], tmp_path / "x.svg", options=small)
    arguments = ["render", name, "-o", str(tmp_path / "y.svg"), "--size", "16:9"]
    result = CliRunner().invoke(
        cli, [*arguments, "--style", style, "--level", "layer", "--no-repeat"]
    )
    assert result.exit_code == 0 and result.output.count("warning: words are") == 1
    large = Options(size="16:9", level="stage")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipeline.render([graph], tmp_path / "z.svg", options=large)
    assert capsys.readouterr().err == ""
