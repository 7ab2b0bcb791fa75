"""Strips: all of the figure in one line, legible on a slide, every arrow at its boxes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from math import inf
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from archspec import pipeline, zoo
from archspec.backends.base import find
from archspec.backends.graphviz import engine
from archspec.backends.graphviz.glyphs import contours
from archspec.backends.strips.entrances import unentered
from archspec.backends.strips.flowing import flowing
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.scene import Strip
from archspec.backends.strips.slide import Slide
from archspec.backends.strips.topology import topology
from archspec.backends.strips.tower import Tower
from archspec.backends.strips.within import within
from archspec.backends.strips.worded import Worded
from archspec.figures.detail import LEVELS, Detail, Level
from archspec.figures.figure import Figure
from archspec.figures.geometry import Point
from archspec.figures.lines import Arrows
from archspec.figures.measure import width
from archspec.figures.options import Options, Style
from archspec.figures.paint import INK
from archspec.figures.picture import Line, Oval, Picture, Polygon, Words, corners
from archspec.figures.slides import LEGIBLE, pixels
from archspec.frontend.loading import families
from archspec.ir.graph import Graph, Instance
from tests.engines import drawn_by, each_engine
from tests.formats import MAGIC, png_pixels
from tests.networks import network
from tests.pieces import graph_of
from tests.rectangles import crossing
from tests.slides import gap, heads, is_box, misplaced_words, rectangle, slide
from tests.sweeping import some

FAMILIES = [path.stem for path in families()]
NAMES = [entry.name for entry in zoo.networks()]
NEAR = 1.6
"""Points; a line's thickness and a little."""
BESIDE = 6.0
"""So near an arrow ends to words that it leads to."""
OVER = 7.0
"""So far above a box the way back runs that its weights are used again on."""


backend: Any = find("strips")


def drawn(graph: Graph, options: Options) -> Picture:
    """The picture with its title."""
    picture: Picture = backend.picture(graph, options)
    return picture


FORMS = ["strip", "tower"]


# --- legible ------------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NAMES, 30))
def test_words_can_be_read_from_a_slide(name: str) -> None:
    """All words, of the figure that nobody has told anything about, on 1280 by 720 pixels."""
    picture = drawn(network(name), Options(style="strip"))
    (left, top), (right, low) = picture.box
    fitting = min(1280 / (right - left + 28), 720 / (low - top + 28))
    least = min(item.size for item in picture.items if isinstance(item, Words))
    assert least * fitting >= LEGIBLE == 14.0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_stages_and_repeats_are_said(name: str, form: Style) -> None:
    """What stands at the top of the spec has its name, and what is drawn once says how often."""
    graph = network(name)
    said = " ".join(drawn(graph, Options(style=form)).words()).replace("_", " ").casefold()
    for part in graph.root.children:
        stage = isinstance(part, Instance) and part.block is None and any(part.nodes())
        if stage and not part.name.isdigit():
            name = (part.label or part.name.replace("_", " ")).casefold()
            only = part.children[0] if len(part.children) == 1 else None
            kind = ((isinstance(only, Instance) and only.kind) or "").casefold()
            assert (kind if name.removesuffix("s") in kind else name) in said
    assert all(int(n) > 1 for n in re.findall(r"(?<!\S)(\d+)×(?!\S)", said))


def test_more_is_folded_where_there_is_less_room() -> None:
    whole = Options(style="strip", level="block")
    shown = {n: Plan(network(n), whole).whole.maps for n in ("resnet50", "polynet")}
    assert len(shown["polynet"]) > 2 * len(shown["resnet50"])
    assert pixels(Strip(Plan(network("polynet"), whole)).together(())) < 5
    assert "stage1" in " ".join(drawn(network("polynet"), Options(style="strip")).words())


def test_what_is_asked_for_stays() -> None:
    whole = drawn(network("efficientnet_b0"), Options(style="strip", level="layer"))
    assert sum("depthwise" in text or "conv" in text for text in whole.words()) > 30
    assert pixels(whole) < LEGIBLE


# --- what is drawn is the figure ----------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_box_and_an_arrow_for_each(name: str, level: Level) -> None:
    """NetworkX's quotient of the graph by the boxes has the same edges."""
    figure = Figure(network(name), Detail(level=level, fuse=True), framed=False)
    found = topology(figure)
    assert [m.box for m in found.maps[: len(figure.sources)]] == figure.sources
    assert {m.box for m in found.maps} == {*figure.sources, *figure.folding.boxes}
    edges = set()
    for tail, head in figure.graph.dag.edges():
        ends = [figure.box_of.get(figure.graph.by_path[path]) for path in (tail, head)]
        if ends[0] is not ends[1] and None not in ends:
            edges.add(tuple(ends))
    wired = {(found.maps[tail].box, found.maps[head].box) for tail, head in found.wires}
    assert wired == edges
    assert all(tail < head for tail, head in found.wires)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_block_within_is_its_own_topology(name: str) -> None:
    """As many paths lead through what is tiny as through the block by itself, switches aside."""
    graph = network(name)
    seen = set()
    for maps in Plan(graph, Options(style="strip", level="block")).whole.maps:
        part = maps.box.part
        inner = within(graph, part) if isinstance(part, Instance) and part.block else None
        if inner is None or not isinstance(part, Instance) or part.block in seen:
            continue
        seen.add(part.block)
        whole = flowing(topology(inner.figure))
        if inner.bodies:  # of dense layers as many ways are seen as in what is in them
            detail = Detail(only=inner.figure.detail.only)
            whole = topology(Figure(graph, detail, framed=False))
        assert paths(inner.wires, len(inner.maps)) == paths(whole.wires, len(whole.maps))


def paths(wires: Any, count: int) -> int:
    """Ways from what reads nothing to what is read by nothing."""
    after: dict[int, list[int]] = {n: [] for n in range(count)}
    for tail, head in wires:
        after[tail].append(head)
    fed = {head for _, head in wires}
    ways = {number: int(number not in fed) for number in range(count)}
    for number in range(count):
        for head in after[number]:
            ways[head] += ways[number]
    return sum(ways[n] for n in range(count) if not after[n])


def test_a_value_from_outside_that_one_box_reads_is_no_box() -> None:
    graph = network("resnet50")
    one = within(graph, next(i for i in graph.instances if i.path == "layer1.1"))
    assert one is not None
    assert len(one.sources) == 1  # it is added to, too
    whole = topology(one.figure)
    assert unentered(whole).form == one.form == whole.form
    chain = topology(Figure(network("vgg16"), Detail(only="classifier", fuse=True), framed=False))
    assert len(chain.sources) == 1
    assert len(unentered(chain).sources) == 0  # one box alone reads it
    assert unentered(chain).form == chain.form


# --- geometry -----------------------------------------------------------------------------------


def pictures() -> list[Any]:
    """Ways to draw each family; what has hundreds of blocks is not drawn block by block."""
    told = [Options(style="strip"), Options(style="tower")]
    told.append(Options(style="strip", level="block", repeat="none"))
    told.append(Options(style="strip", annotate=("params", "rf"), legend=True))
    large = {"polynet", "multi_resnet"}
    return [
        (name, options)
        for name in FAMILIES
        for options in told
        if name not in large or options.repeat != "none"
    ]


@pytest.mark.parametrize(("name", "options"), pictures(), ids=lambda value: str(value)[:24])
def test_arrows_end_at_boxes_and_nothing_lies_on_anything(name: str, options: Options) -> None:
    picture = drawn(network(name), options)
    boxes = [rectangle(item) for item in picture.items if is_box(item)]
    rings = [rectangle(item) for item in picture.items if isinstance(item, Oval)]
    grounds = [
        rectangle(item)
        for item in picture.items
        if isinstance(item, Polygon) and len(item.points) == 4 and item.line is None
    ]
    tips = [head.points[0] for head in heads(picture)]
    assert tips or len(boxes) < 2
    sizes = [
        rectangle(item)
        for item in picture.items
        if isinstance(item, Words) and re.fullmatch(r"\d+(×\d+)+|copy.*", item.text)
    ]
    back = [  # half the way back, over what it goes round
        item.points[0]
        for item in picture.items
        if isinstance(item, Polygon)
        and len(item.points) == 3
        and item.points[0][0] < item.points[1][0]
    ]
    for tip in tips:  # that of what the network gives leads to its size; one stands in a key
        near = min(gap(tip, box) for box in (*boxes, *rings, *grounds))
        size = min((gap(tip, box) for box in sizes), default=inf)
        over = tip in back and near == pytest.approx(OVER)
        assert near < NEAR or size < BESIDE or over, tip
    words = [rectangle(item) for item in picture.items if isinstance(item, Words)]
    assert crossing(words) == []
    assert misplaced_words(picture) == []
    for pair in crossing(boxes, words):
        one, other = sorted(pair)  # type: ignore[call-overload]
        assert one[1] <= other[1] and other[2] <= one[2] and other[3] <= one[3], pair


def test_a_bar_is_as_high_as_what_comes_to_it() -> None:
    picture = drawn(network("googlenet"), Options(style="strip", only="inception", level="layer"))
    bars = [i for i in picture.items if is_box(i) and i.fill.role == "bar"]
    (bar,) = (rectangle(item) for item in bars)
    tips = [head.points[0] for head in heads(picture)]
    heights = [y for x, y in tips if abs(x - bar[0]) < NEAR]
    assert len(heights) == 4
    assert bar[1] < min(heights) and max(heights) < bar[3]


# --- formats ------------------------------------------------------------------------------------


@each_engine
@pytest.mark.parametrize("format", ["png", "pdf", "svg", "dot"])
def test_all_formats_are_written(format: str, by: engine.Engine, tmp_path: Path) -> None:
    file = tmp_path / f"x.{format}"
    with drawn_by(by):
        pipeline.render(
            network("densenet121"), file, options=Options(style="strip", size="1280x720")
        )
    data = file.read_bytes()
    assert data.startswith(MAGIC[format])
    if format == "png":
        assert png_pixels(data) == (1280, 720)


def test_svg_turns_its_words() -> None:
    tree = ET.fromstring(backend.svg(network("vgg16")))
    texts = [e for e in tree.iter() if e.tag.endswith("text")]
    turned = [e for e in texts if e.get("transform", "").startswith("rotate(90 ")]
    assert {"2×2 max pool, /2", "FC 4096"} <= {str(e.text) for e in turned}
    level = {str(e.text) for e in texts} - {str(e.text) for e in turned}
    assert level == {"VGG-16", "features", "512×7×7", "classifier", "× 2", "× 3"}


@pytest.mark.parametrize("form", FORMS)
def test_side_by_side(form: Style) -> None:
    """Together they are as legible as one alone; the feet of towers are on one line."""
    names = ["alexnet", "nin_imagenet"]
    both = backend.picture([network(n) for n in names], Options(style=form))
    assert pixels(both) > 0.9 * LEGIBLE
    assert {"AlexNet", "NiN"} & set(both.words())
    if form == "tower":
        feet = [i.at[1] for i in both.items if isinstance(i, Words) and "224×224" in i.text]
        assert len(feet) == 2 and feet[0] == pytest.approx(feet[1])


def test_larger_words_show_less() -> None:
    shown = [
        len(list(drawn(network("resnet50"), Options(style="strip", font_scale=k)).words()))
        for k in (1.0, 1.6)
    ]
    assert shown[1] < shown[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "TB"}, "a strip goes from left to right, or in a U"),
        ({"style": "tower", "direction": "U"}, "a tower goes from bottom to top"),
        ({"style": "tower", "direction": "LR"}, "a tower goes from bottom to top"),
        ({"residuals": True}, "no frames round residuals"),
        ({"view": "tree"}, "no other view"),
    ],
)
def test_what_a_strip_cannot_show(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(**{"style": "strip", **options})


# --- turned words as shapes ---------------------------------------------------------------------

FONT = Path(engine.__file__).with_name("fonts") / "LiberationSans-Regular.ttf"


@pytest.mark.parametrize("text", ["conv 7×7, 64, /2", "Bög@8%&", "a", "⊕ fehlt", "dropout 0.5"])
def test_letters_are_those_of_the_font(text: str) -> None:
    """Pillow, which reads the font by itself, makes the same picture of them, turned."""
    size = 480
    words = Words((160.0, 20.0), text, size, INK, anchor="start", turned=True)
    ours = Image.new("L", (800, int(width(text, size)) + 60))
    pen = ImageDraw.Draw(ours)
    for curve, hole in contours(words):
        pen.polygon([round_to(p) for p in flattened(curve)], fill=0 if hole else 255)
    level = Image.new("L", (ours.height, ours.width))
    ink = ImageDraw.Draw(level)
    font = ImageFont.truetype(str(FONT), size)
    x = 20.0
    for letter in text:  # each by itself: kerning is not ours
        ink.text((x, ours.width - 160), letter, font=font, fill=255, anchor="ls")
        x += width(letter, size)
    theirs = level.transpose(Image.Transpose.ROTATE_270)
    theirs = theirs.transform(
        ours.size, Image.Transform.AFFINE, (1, 0, theirs.width - ours.width, 0, 1, 0)
    )
    differing = ImageChops.difference(ours, theirs).histogram()
    wrong = sum(differing[128:])
    inked = sum(theirs.histogram()[128:])
    assert inked > 1_000
    assert wrong < 0.06 * inked


def round_to(point: Point) -> tuple[float, float]:
    return point[0], point[1]


def flattened(curve: list[Point]) -> list[Point]:
    """A Bezier curve as points."""
    found = [curve[0]]
    for i in range(0, len(curve) - 1, 3):
        a, b, c, d = curve[i : i + 4]
        for step in range(1, 9):
            t = step / 8
            found.append(
                tuple(  # type: ignore[arg-type]
                    (1 - t) ** 3 * p + 3 * t * (1 - t) ** 2 * q + 3 * t * t * (1 - t) * r + t**3 * s
                    for p, q, r, s in zip(a, b, c, d, strict=True)
                )
            )
    return found


def test_a_picture_grows_with_its_words() -> None:
    turned = Words((3.0, 4.0), "abc", 10.0, INK, turned=True)
    larger = Picture((turned, Line(((0.0, 0.0), (2.0, 1.0)), INK))).scaled(2.0)
    assert corners(larger.items[0]) == tuple(
        tuple(2 * n for n in corner) for corner in corners(turned)
    )
    assert larger.items[1] == Line(((0.0, 0.0), (4.0, 2.0)), INK)


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "boxes"), [(2, 2), (3, 3), (4, 3), (32, 3), (1, 0), (64, 0)]
)  # a depthwise convolution is no bundle of paths
@pytest.mark.parametrize("upwards", [False, True])
def test_groups_are_paths(groups: int, boxes: int, upwards: bool) -> None:
    """As many as three, with what one computes, and dots between where there are more.

    Arrows lead into each, and from each to a bar that says that they are concatenated.
    """
    channels = 192 if groups == 3 else 64
    conv = f"{{conv: {{out_channels: 192, kernel_size: 3, groups: {groups}}}}}"
    text = f"{{name: N, inputs: {{x: [{channels}, 8, 8]}}, graph: [{conv}, batch_norm, relu]}}"
    graph = graph_of(text)
    whole = Figure(graph, Options(fuse=True), framed=False)
    picture = Worded(topology(whole), lambda _: (), upwards, entrances=True).picture
    words = list(picture.words())
    assert words.count(f"3×3 conv, {192 // groups}") == (boxes or (groups == 1))
    assert (f"{groups} paths" in words) == (boxes > 0)
    said = f"{channels // groups} of {channels} channels each"
    assert (said in words) == ("concat, batch norm, ReLU" in words) == (boxes > 0)
    assert ("batch norm, ReLU" in words) == (boxes == 0)
    dots = [i for i in picture.items if isinstance(i, Oval) and i.radii[0] < 2]
    assert len(dots) == (6 if groups in (4, 32) else 0)
    assert len(heads(picture)) == 2 * (boxes + 1)


@pytest.mark.parametrize("x", [255.95, 287.15, 0.1 + 0.2, 1e3 / 7])
@pytest.mark.parametrize("turned", [False, True])
def test_a_line_reaches_its_head(x: float, turned: bool) -> None:
    """Wherever it stands: its last part is no shorter for how floats are rounded."""
    way = [(0.0, -29.6), (x, -29.6), (x, -7.0)]
    if turned:
        way = [(b, a) for a, b in way]
    *lines, tip = Arrows(radius=4.0, thick=1.2).along(way, False)
    assert isinstance(tip, Polygon) and tip.points[0] == way[-1]
    (_, (a, b), (c, d)) = tip.points
    last = lines[-1]
    assert isinstance(last, Line)
    assert last.points[-1] == pytest.approx(((a + c) / 2, (b + d) / 2))


@pytest.mark.parametrize("name", ["fcn32s", "fcn16s"])
def test_layers_touch_in_a_tower_that_is_too_tall(name: str) -> None:
    """Words are legible then, and no box is lost; what several read, or blocks, stands apart."""
    one = slide(network(name), style="tower")
    form = one.form
    assert isinstance(form, Tower) and form.close and one.size >= LEGIBLE
    assert not Slide(Tower(form.plan), one.room, one.least).size >= LEGIBLE
    maps = form.plan.whole.maps
    boxes = [i for i in form.line.items if isinstance(i, Polygon) and len(i.points) == 4]
    shapes = [corners(item) for item in boxes if item.fill.role not in ("ground", "ground2")]
    drawn = sum(not (m.source or m.joint) for m in maps)
    assert drawn <= len(shapes)
    touch = [
        (one, other)
        for one in shapes
        for other in shapes
        if abs(one[0][1] - other[1][1]) < 2 and abs(one[0][0] - other[0][0]) < 0.1
    ]
    several = [group for group in form._groups if len(group) > 1]
    assert len(touch) == sum(len(group) - 1 for group in several) > 2
