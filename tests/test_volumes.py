"""Volumes and planes: the maps of the figure, nothing on anything, and the same in all formats."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline, zoo
from archspec.backends.base import PICTURES
from archspec.backends.graphviz import engine
from archspec.backends.graphviz.pictured import to_dot
from archspec.backends.volumes import backend
from archspec.backends.volumes.cells import MOST, THICK
from archspec.backends.volumes.fitting import fitted_scenes
from archspec.backends.volumes.rowed import cut
from archspec.backends.volumes.scene import Scene
from archspec.elaboration.build import build
from archspec.figures import solids
from archspec.figures.columns import Edge
from archspec.figures.detail import LEVELS, Level
from archspec.figures.folding import Box
from archspec.figures.geometry import Corners
from archspec.figures.maps import Maps
from archspec.figures.measure import width
from archspec.figures.options import Options, Style
from archspec.figures.paint import FAINT
from archspec.figures.picture import (
    TITLE,
    Line,
    Oval,
    Picture,
    Polygon,
    Words,
    beside,
    titled,
)
from archspec.figures.slides import LEGIBLE, SLIDE
from archspec.figures.svg import to_svg
from archspec.figures.theme import LIGHT
from archspec.frontend.loading import families, load
from archspec.ir.graph import Graph, Node
from tests import convex
from tests.convex import Shape
from tests.effort import within
from tests.engines import drawn_by, each_engine
from tests.formats import MAGIC
from tests.networks import network
from tests.pieces import graph_of
from tests.rectangles import Rectangle, crossing, lines
from tests.saved_svg import SVG
from tests.sweeping import some

IN_ROWS = ["googlenet", "inception_v3", "fcn32s"]
FAMILIES = [path.stem for path in families()]
FOLDED = """
batch_norm instance_norm layer_norm group_norm local_response_norm relu relu6 leaky_relu prelu
elu selu celu gelu silu mish hardswish hardsigmoid hardtanh softplus sigmoid scaled_sigmoid tanh
scaled_tanh abs square exp softmax log_softmax dropout spatial_dropout alpha_dropout
feature_alpha_dropout drop_path choose_column identity flatten reshape permute scale
channel_affine channel_pad channel_select channel_slice channel_shuffle pad crop subsample
"""
PASSING = frozenset(FOLDED.split())


@cache
def scene(name: str, level: Level | None, style: Style, direction: str | None = "LR") -> Scene:
    """As it is drawn where there is room for all that is told."""
    options = Options(level=level, style=style, direction=direction)  # type: ignore[arg-type]
    drawn = Scene(network(name), options)
    return drawn if drawn.measures.clear else Scene(network(name), options, lined=False)


def shown(graph: Graph, options: Options) -> Scene:
    """As it is drawn on a slide."""
    (drawn,) = fitted_scenes([(graph, options)]).each
    assert isinstance(drawn, Scene)
    return drawn


each_family = pytest.mark.parametrize("name", FAMILIES)
FIGURES = [
    (name, level)
    for number, name in enumerate(FAMILIES)
    for level in LEVELS
    if level != "layer" or number % 3 == 0
]
"""Every family, and every third one layer by layer, which are large."""
each_figure = pytest.mark.parametrize(("name", "level"), FIGURES)


# --- what is drawn is what the figure has ---------------------------------------------------


def flow(graph: Graph, boxes: dict[str, Box]) -> nx.DiGraph:
    """The quotient of the graph by its boxes, without operands of which a size alone is read."""
    found: nx.DiGraph = nx.DiGraph()
    found.add_nodes_from(dict.fromkeys(boxes.values()))
    for tail, head, operand in graph.dag.edges(data="operand"):
        node = graph.by_path[head]
        named = sum(getattr(node.op, key) is not None for key in node.op.references)
        carried = operand < len(node.inputs) - named
        if carried and {tail, head} <= boxes.keys() and boxes[tail] is not boxes[head]:
            found.add_edge(boxes[tail], boxes[head])
    return found


def passing(box: Box) -> bool:
    return all(node.op.name in PASSING or in_vain(node) for node in box.nodes())


def in_vain(node: Node) -> bool:
    """Of a pooling to the size that is there already, nothing is to be seen."""
    return node.op.name.startswith("adaptive") and node.output == node.input_shapes[0]


@each_figure
def test_volumes_are_the_boxes_that_compute(name: str, level: Level) -> None:
    drawn = scene(name, level, "volumes")
    quotient = flow(network(name), {n.path: box for n, box in drawn.figure.box_of.items()})
    group: dict[Box, Box] = {}
    for box in nx.topological_sort(quotient):
        before = list(quotient.predecessors(box))
        group[box] = group[before[0]] if len(before) == 1 and passing(box) else box
    maps = drawn.selected.of
    assert {box: maps[box].box for box in group} == group
    links = {(link.tail.box, link.head.box) for link in drawn.selected.links}
    joined = {(group[tail], group[head]) for tail, head in quotient.edges()}
    assert links == {(tail, head) for tail, head in joined if tail is not head}
    assert len(links) == len(drawn.selected.links)


@each_figure
def test_arrows_join_what_does_not_touch(name: str, level: Level) -> None:
    """A solid is a chain; each link that is not one of its seams has an arrow of its own."""
    drawn = scene(name, level, "volumes")
    graph: nx.DiGraph = nx.DiGraph((link.tail, link.head) for link in drawn.selected.links)
    graph.add_nodes_from(drawn.selected.maps)
    seams = [pair for cell in drawn.cells for pair in pairwise(cell.run)]
    assert set(seams) <= set(graph.edges())
    standing = [*(maps for cell in drawn.cells for maps in cell.run), *drawn.tags]
    assert sorted(m.box.path for m in standing) == sorted(m.box.path for m in graph)
    ways = {(link.tail, link.head) for link in drawn.laid.ways}
    assert ways == set(graph.edges()) - set(seams)


@each_figure
def test_what_touches_has_one_resolution(name: str, level: Level) -> None:
    """But for poolings at the end of a solid; borders of convolutions are no other resolution."""
    drawn = scene(name, level, "volumes")
    for cell in drawn.cells:
        sides = [maps.shape[1:] for maps in cell.run]
        sampled = [maps.kind == "pooling" for maps in cell.run]
        last = len(sides) - next((n for n, s in enumerate(reversed(sampled)) if not s), 0)
        assert len({len(side) for side in sides}) == 1
        for one, other in pairwise(sides[:last]):
            ratio = [max(a, b) / min(a, b) for a, b in zip(one, other, strict=True)]
            assert all(r < 2 for r in ratio)


def test_a_stage_of_vgg_is_one_solid_with_its_pooling() -> None:
    drawn = scene("vgg", "layer", "volumes")
    kinds = [[m.kind for m in cell.run for _ in range(m.box.times)] for cell in drawn.cells[1:]]
    for count, stage in zip((2, 2, 3, 3, 3), kinds, strict=False):
        pools = stage[count:]
        assert stage[:count] == ["convolution"] * count
        assert set(pools) == {"pooling"}
    assert len(kinds) == 5 + 3


def test_slices_touch() -> None:
    """Each begins in the middle of the side of the one before."""
    for name in ("vgg", "unet", "resnet"):
        for cell in scene(name, "layer", "volumes").cells:
            solid = [piece for piece in cell.outline if len(piece) == 6]
            for before, after in pairwise(solid):
                (_, right, back, *_), (left, _, _, _, far, _) = before, after
                side = (right[0] + back[0]) / 2
                assert (left[0] + far[0]) / 2 == pytest.approx(side)


def test_many_equals_are_counted() -> None:
    text = "name: n\ninputs: {x: [8, 16, 16]}\ngraph:\n  - repeat: 9\n    conv: {out_channels: 8}\n"
    graph = graph_of(text)
    drawn = shown(graph, Options(style="volumes", level="layer"))
    assert [m.box.times for m in drawn.cells[1].run] == [9]
    assert "1×1 conv × 9" in drawn.picture().words()
    assert len([i for i in drawn.cells[1].items if not isinstance(i, Words)]) == 3 * MOST


# --- nothing lies on anything -----------------------------------------------------------------


def flat(corners: Corners) -> Rectangle:
    return (*corners[0], *corners[1])


def standing(drawn: Scene) -> dict[Maps, list[Shape]]:
    """What all maps cover, those of one cell together."""
    found: dict[Maps, list[Shape]] = {}
    for cell, (x, y) in zip(drawn.cells, drawn.laid.middles, strict=True):
        pieces: list[Shape] = [[(a + x, b + y) for a, b in piece] for piece in cell.covered]
        found.update(dict.fromkeys(cell.run, pieces))
    for maps, (x, y) in drawn.laid.tags.items():
        a, b = drawn.tags[maps].half
        found[maps] = [convex.corners((x - a, y - b, x + a, y + b))]
    return found


def check_apart(drawn: Scene) -> None:
    cover, ways = standing(drawn), drawn.laid.ways
    groups = list({id(pieces): pieces for pieces in cover.values()}.values())
    assert convex.meeting(*groups) == []
    items = drawn.picture().items
    written = [item.outline for item in items if isinstance(item, Words)]
    assert convex.meeting(*([words] for words in written)) == []
    solid = [
        [(a + x, b + y) for a, b in piece]
        for cell, (x, y) in zip(drawn.cells, drawn.laid.middles, strict=True)
        if not cell.above
        for piece in cell.covered
    ]
    assert convex.meeting(solid, written) == []
    for link, way in ways.items():
        for end, maps in ((way[0], link.tail), (way[-1], link.head)):
            assert min(convex.apart(end, piece) for piece in cover[maps]) < NEAR
    inner = [_shrunk(piece) for pieces in groups for piece in pieces]
    thin = [convex.corners(line) for way in ways.values() for line in lines(way)]
    assert convex.meeting(inner, thin) == []
    assert list(confused({(id(k.tail), id(k.head)): way for k, way in ways.items()})) == []


NEAR = 1.5
"""Points; what a circle is smaller than the square round it comes on top."""


def _shrunk(piece: Shape) -> Shape:
    """A little smaller, so that what ends on its outline is not in it."""
    x, y = (sum(n) / len(piece) for n in zip(*piece, strict=True))
    return [(x + (a - x) * 0.97, y + (b - y) * 0.97) for a, b in piece]


def confused(ways: Mapping[Edge, Sequence[tuple[float, float]]]) -> Iterator[tuple[Edge, Edge]]:
    """Ways that run along one line though they share no end: who could tell which is which?"""
    found: dict[tuple[bool, float], list[tuple[float, float, Edge]]] = {}
    for edge, way in ways.items():
        for left, top, right, low in lines(way):
            upright = left == right
            start, end = (top, low) if upright else (left, right)
            if start < end:
                along = found.setdefault((upright, left if upright else top), [])
                along.append((start, end, edge))
    for along in found.values():
        along.sort()
        for i, (_, end, edge) in enumerate(along):
            for start, _, other in along[i + 1 :]:
                if start >= end:
                    break
                if not set(edge) & set(other):
                    yield edge, other


@pytest.mark.parametrize("style", ["volumes", "planes"])
@each_figure
def test_nothing_lies_on_anything(name: str, level: Level, style: Style) -> None:
    check_apart(scene(name, level, style))


@each_family
def test_every_way_is_drawn_once(name: str) -> None:
    """Points along each way lie on just one line, but for heads and corners."""
    drawn = scene(name, "block", "volumes")
    strokes = [i.points for i in drawn.picture().items if isinstance(i, Line) and i.thick == THICK]
    strips = [
        (min(a, c), min(b, d), max(a, c), max(b, d))
        for points in strokes
        for (a, b), (c, d) in pairwise(points)
        if a == c or b == d
    ]
    ways = list(drawn.laid.ways.values())
    turns = {point for way in ways for point in way}
    for way in ways:
        for (x0, y0), (x1, y1) in pairwise(way):
            for share in (0.11, 0.27, 0.43, 0.59):
                x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
                if any(abs(x - a) + abs(y - b) < 6 * THICK + 0.1 for a, b in turns):
                    continue
                over = [s for s in strips if s[0] <= x <= s[2] and s[1] <= y <= s[3]]
                assert len([s for s in over if (s[0] == s[2]) == (x0 == x1)]) == 1


@pytest.mark.parametrize("name", FAMILIES)
def test_nothing_lies_on_anything_in_a_u(name: str) -> None:
    check_apart(scene(name, "block", "volumes", "U"))


def test_an_overlap_is_noticed() -> None:
    assert crossing([(0, 0, 2, 2), (1, 1, 3, 3)]) and not crossing([(0, 0, 2, 2), (2, 0, 3, 2)])
    assert crossing([(0, 0, 2, 2)], [(-1, 1, 3, 1)]) and not crossing(
        [(0, 0, 2, 2)], [(0, 2, 5, 2)]
    )
    assert list(confused({(0, 1): [(0, 0), (5, 0)], (2, 3): [(4, 0), (9, 0)]}))
    assert not list(confused({(0, 1): [(0, 0), (5, 0)], (0, 3): [(4, 0), (9, 0)]}))
    assert crossing([(0, 0, 2, 2)], [(1, -1, 1, 5)]) and crossing([(1, -1, 1, 5)], [(0, 0, 2, 2)])
    here, over, beside = (convex.corners((x, 0, x + 2, 2)) for x in (0, 1, 2))
    assert convex.meeting([here, over], [beside]) == [(over, beside)]
    assert convex.meeting([here], [over], [beside]) == [(here, over), (over, beside)]


def test_what_is_a_u_by_itself() -> None:
    asked = {name: scene(name, "block", "volumes", None).in_a_u for name in FAMILIES}
    assert [name for name, is_one in asked.items() if is_one] == ["unet"]
    assert not scene("unet", "block", "volumes", "LR").in_a_u


def test_a_u_net_is_a_u() -> None:
    """Down on the left, up on the right; each copy straight across, to its place in a solid.

    Beside it, in that row, are the maps that come from below, then what both become.
    """
    drawn = scene("unet", "layer", "volumes", None)
    rows: dict[float, list[Maps]] = {}
    for cell, (x, y) in zip(drawn.cells, drawn.laid.middles, strict=True):
        rows.setdefault(y, []).extend(cell.run)
        if cell.copied is not None:
            up, put_together, *_ = cell.run
            assert put_together is cell.copied.head and put_together.stacking
            (way,) = (way for link, way in drawn.laid.ways.items() if link.head is up)
            assert cell.foot is not None and way[-1] == (x + cell.foot[0], y + cell.foot[1])
            across = drawn.laid.ways[cell.copied][-1]
            assert across[1] == y and across[0] < way[-1][0]
            assert drawn.selected.kinds[up] == "upsampling"
            sides = {piece[0][1] - piece[5][1] for piece in cell.outline}
            assert max(sides) - min(sides) < 1e-9
    assert len(rows) == 5
    ys = [y for _, y in drawn.laid.middles]
    deepest = ys.index(max(ys))
    assert ys[: deepest + 1] == sorted(ys[: deepest + 1])
    assert ys[deepest:] == sorted(ys[deepest:], reverse=True)
    assert [sum(maps.stacking for maps in rows[y]) for y in sorted(rows)] == [1, 1, 1, 1, 0]
    copies = [way for link, way in drawn.laid.ways.items() if link.head.stacking and len(way) == 2]
    assert sorted(way[0][1] for way in copies) == sorted(rows)[:4]


@pytest.mark.parametrize("name", ["resnet18", "voxresnet"])
def test_skips_arch_over_what_they_skip(name: str) -> None:
    """A sum stands on the axis: what is added flows through it, each operand by its own arrow."""
    drawn = shown(pipeline.elaborate(name), Options(style="volumes"))
    axis = drawn.laid.middles[0][1]
    joints = [cell.run[0] for cell in drawn.cells if cell.above]
    assert len(joints) == {"resnet18": 8, "voxresnet": 7}[name]
    cover = standing(drawn)
    ways = drawn.laid.ways
    for joint in joints:
        (straight,) = (k for k, way in ways.items() if k.head is joint and way[-1][1] == axis)
        assert ways[straight][0][1] == axis
        after = [way for link, way in ways.items() if link.tail is joint and len(way) == 2]
        assert [way[0][1] for way in after] == [axis] * (joint is not drawn.selected.maps[-1])
        over = [way for link, way in ways.items() if link.head is joint and link is not straight]
        assert len(over) == len(drawn.selected.into[joint]) - 1 >= 1
        assert len({way[-1] for way in over}) == len(over)
        for way in over:
            (left, high), (right, _) = way[-3], way[-2]
            for maps, pieces in cover.items():
                xs = [x for piece in pieces for x, _ in piece]
                if maps not in drawn.tags and left < min(xs) and max(xs) < right:
                    assert high < min(y for piece in pieces for _, y in piece)


def test_a_stage_of_several_solids_has_a_bracket() -> None:
    drawn = shown(pipeline.elaborate("resnet18"), Options(style="volumes"))
    named = [name for name, _, _ in drawn.brackets]
    assert named == ["layer1", "layer2", "layer3", "layer4"]
    for _, first, last in drawn.brackets:
        run = [maps for cell in drawn.cells[first : last + 1] for maps in cell.run]
        assert len({maps.shape for maps in run}) == 1 and len(run) == 6


def test_what_feeds_a_sum_is_not_for_training_only() -> None:
    """VoxResNet's classifiers are outputs in training, and what they say is always summed."""
    text = " ".join(
        shown(pipeline.elaborate("voxresnet"), Options(style="volumes")).picture().words()
    )
    assert "training only" not in text and "c1, own loss" in text


def test_one_colour_for_what_enlarges() -> None:
    for name in ("unet", "voxresnet", "fcn8s"):
        drawn = shown(pipeline.elaborate(name), Options(style="volumes"))
        kinds = {drawn.selected.kinds[m] for m in drawn.selected.maps if "transposed" in m.box.path}
        made = {
            (m.box.part.op.category == "upsampling", drawn.selected.kinds[m] == "upsampling")
            for m in drawn.selected.maps
            if isinstance(m.box.part, Node)
        }
        assert kinds <= {"upsampling"} and made == {(True, True), (False, False)}


# --- on a slide ---------------------------------------------------------------------------------


NETWORKS = [entry.name for entry in zoo.networks()]


def check_slide(drawn: Picture) -> None:
    """Words of 14 pixels, and most of a slide filled: three quarters of its width or its height."""
    _, _, wide, high = drawn.outline()
    by = min(1280 / wide, 720 / high)
    least = min(item.size for item in drawn.items if isinstance(item, Words))
    assert least * by >= LEGIBLE == 14.0
    assert max(wide * by / 1280, high * by / 720) == pytest.approx(1)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NETWORKS, 12))
def test_words_can_be_read_from_a_slide(name: str) -> None:
    """All of the figure that nobody has told anything about; and nothing lies on anything."""
    options = Options(style="volumes")
    graph = pipeline.elaborate(name)
    check_slide(backend.picture(graph, options))
    check_apart(shown(graph, options))


@pytest.mark.parametrize(
    "name",
    [
        "lenet5",
        "alexnet",
        "vgg16",
        "resnet18",
        "efficientnet_b0",
        "highway",
        "bn_inception",
        *IN_ROWS,
        "wavenet",
        "densenet121",
    ],
)
def test_planes_can_be_read_from_a_slide(name: str) -> None:
    graph, options = pipeline.elaborate(name), Options(style="planes")
    check_slide(backend.picture(graph, options))
    check_apart(shown(graph, options))


def test_equal_planes_are_one_where_there_is_no_room_for_all() -> None:
    drawn = shown(pipeline.elaborate("voxresnet"), Options(style="planes"))
    assert {"conv1a … conv1b", "32@80×80×80 × 2"} <= set(drawn.picture().words())
    assert sum(len(cell.run) > 1 for cell in drawn.cells) == 1


@pytest.mark.parametrize("name", IN_ROWS)
def test_planes_go_on_in_rows(name: str) -> None:
    """From left to right, rows below one another; all planes stand in one, in their order."""
    drawn = shown(pipeline.elaborate(name), Options(style="planes"))
    assert drawn.lines == max(drawn.line) + 1 > 1
    places = list(zip(drawn.line, drawn.laid.middles, drawn.cells, strict=True))
    for one, other in pairwise(range(drawn.lines)):
        low = max(y + cell.box[1][1] for line, (_, y), cell in places if line == one)
        top = min(y + cell.box[0][1] for line, (_, y), cell in places if line == other)
        assert low < top
    for link, way in drawn.laid.ways.items():
        tail, head = (drawn.number[maps] for maps in (link.tail, link.head))
        assert drawn.line[tail] <= drawn.line[head] <= drawn.line[tail] + 1
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(way))
        for number, end in ((tail, way[0]), (head, way[-1])):
            (x, y), (wide, high) = drawn.laid.middles[number], drawn.cells[number].half
            assert abs(end[0] - x) <= wide + 0.01 and abs(end[1] - y) <= high + 0.01


def test_rows_are_cut_where_few_arrows_run() -> None:
    """As evenly as that lets them; and not where three values are read further on."""
    chain = [(n, n + 1) for n in range(5)]
    assert cut([*range(6)], chain, [1.0] * 6, 2) == [0, 0, 0, 1, 1, 1]
    assert cut([*range(6)], chain, [5.0, 1, 1, 1, 1, 1], 2) == [0, 1, 1, 1, 1, 1]
    dense = [(a, b) for b in range(5) for a in range(b)]
    assert cut([*range(5)], dense, [1.0] * 5, 2) == [0, 0, 0, 1, 1]
    assert cut([*range(5)], dense, [1.0] * 5, 3) == [0, 0, 0, 1, 2]
    assert cut([*range(5)], dense, [1.0] * 5, 4) is None
    assert cut([0, 1], [(0, 1)], [1.0, 1.0], 3) is None


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "unet", "alexnet", "densenet121", "fcn8s"])
def test_a_slide_is_full(name: str) -> None:
    """The largest map is as high as most of it, and nearly all of its width is used."""
    drawn = shown(pipeline.elaborate(name), Options(style="volumes", size="16:9"))
    (left, top), (right, low) = drawn.picture().box
    by = 960 / max(right - left + 28, (low - top + 54) * 16 / 9)
    assert (right - left) * by > 0.9 * 960
    assert (low - top) * by > 0.78 * 540
    highest = max(cell.half[1] * 2 for cell in drawn.cells)
    if not drawn.in_a_u:
        assert highest * by > 0.66 * 540


def test_no_size_is_laid_out_twice_or_where_it_cannot_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[tuple[Scene, solids.Scale]] = []
    box = vars(Scene)["box"].fget

    def measured(scene: Scene) -> Corners:
        laid.append((scene, scene.scale))
        return box(scene)

    monkeypatch.setattr(Scene, "box", property(measured))
    shown(network("resnet18"), Options(style="volumes"))
    times = Counter((scene.figure, scale) for scene, scale in laid)
    assert len(times) > 50 and set(times.values()) == {1}
    least = (scene.least for scene, _ in laid)
    large = [size for size in least if size[0] > SLIDE[0] or size[1] > SLIDE[1]]
    assert len(large) <= 2  # one for each way to draw it, to see whether anything lies on another


def test_more_is_folded_where_there_is_less_room() -> None:
    levels = {
        name: shown(pipeline.elaborate(name), Options(style="volumes")).figure.detail.level
        for name in ("resnet18", "resnet152")
    }
    assert levels == {"resnet18": None, "resnet152": "block"}
    told = shown(pipeline.elaborate("resnet152"), Options(style="volumes", level="stage"))
    assert told.figure.detail.level == "stage"


def test_networks_together_have_one_scale() -> None:
    graphs = [pipeline.elaborate(name) for name in ("lenet5", "alexnet")]
    both = fitted_scenes([(graph, Options(style="volumes")) for graph in graphs]).each
    scales = {drawn.scale for drawn in both if isinstance(drawn, Scene)}
    assert len(scales) == 1


def test_larger_maps_have_their_own_words() -> None:
    """`×2` under what makes maps larger, and never `/2`."""
    for name in ("unet", "voxresnet", "fcn8s"):
        for level in ("layer", "block"):
            text = " ".join(scene(name.removesuffix("8s"), level, "volumes").picture().words())
            assert "transposed conv ×" in text or "transposed" not in text
            assert not re.search(r"transposed conv\s*/", text)


# --- sizes ------------------------------------------------------------------------------------


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_is_larger(one: int, other: int) -> None:
    less, more = sorted((one, other))
    for scale in (solids.side, solids.thickness, solids.height, solids.edge, solids.upright):
        assert (scale(less) < scale(more)) == (less < more)
    assert solids.planes(less) <= solids.planes(more) <= more
    assert solids.stack((less, 9, 9)).extent <= solids.stack((more, 9, 9)).extent


def test_all_ranks_have_a_solid() -> None:
    image, sequence, scan = (solids.solid(s) for s in ((8, 40, 40), (8, 40), (8, 40, 40, 40)))
    assert image == scan
    assert (sequence.width, sequence.height) == (image.width, image.height)
    assert sequence.deep < image.deep
    flat, deep = solids.solid((8, 20, 40, 40)), solids.solid((8, 80, 40, 40))
    assert flat.height < scan.height < deep.height
    small = solids.solid((4096,)), solids.solid((512, 7, 7)), solids.solid((3, 224, 224))
    assert all(3 < side < 240 for solid in small for side in solid.extent)


def test_faces_make_the_silhouette() -> None:
    box = solids.solid((64, 56, 56))
    points = [p for face in solids.faces(box, 5, 7) for p in face]
    assert (min(x for x, _ in points), min(y for _, y in points)) == (5, 7)
    assert max(x for x, _ in points) == pytest.approx(5 + box.extent[0])
    assert max(y for _, y in points) == pytest.approx(7 + box.extent[1])


# --- files ------------------------------------------------------------------------------------


def texts(svg: str) -> list[str]:
    return sorted(t.text or "" for t in ET.fromstring(svg.encode()).iter(f"{SVG}text"))


def check_page(svg: str) -> None:
    """All that is drawn is inside of the page."""
    root = ET.fromstring(svg.encode())
    left, top, across, high = map(float, root.attrib["viewBox"].split())
    for element in root:
        if element.tag == f"{SVG}text":
            wide = width(element.text or "", float(element.attrib["font-size"]))
            anchor = {"middle": 0.5, "end": 1.0}.get(element.attrib.get("text-anchor", ""), 0.0)
            x, y = float(element.attrib["x"]) - anchor * wide, float(element.attrib["y"])
            points = [(x, y), (x + wide, y - float(element.attrib["font-size"]))]
        else:
            numbers = [float(n) for n in re.split("[ ,]", element.attrib.get("points", "")) if n]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
        for x, y in points:
            assert left <= x <= left + across and top <= y <= top + high


@pytest.mark.parametrize("style", ["volumes", "planes"])
@each_figure
def test_both_formats_hold_the_words_on_a_page(name: str, level: Level, style: Style) -> None:
    picture = scene(name, level, style).picture()
    svg, dot = to_svg(picture, LIGHT), to_dot(picture, LIGHT)
    check_page(svg)
    assert texts(svg) == sorted(picture.words())
    labels = re.findall(r'^\twords\d+ \[label="?(.*?)"? fontcolor=', dot, re.MULTILINE)
    level_words = [i for i in picture.items if isinstance(i, Words) and not i.slant]
    assert sorted(labels) == sorted(item.text for item in level_words)


@each_engine
@pytest.mark.parametrize("style", ["volumes", "planes"])
def test_engines_draw_what_we_draw(style: Style, by: engine.Engine) -> None:
    """Both of them, the same words at the same places, on a page of the same size."""
    options = Options(style=style, legend=True)
    ours = ET.fromstring(backend.svg(network("unet"), options).encode())
    size = [float(ours.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    with drawn_by(by):
        drawn = engine.draw(backend.dot(network("unet"), options), "svg").decode()
    root = ET.fromstring(drawn.encode())
    picture = backend.picture(network("unet"), options)
    level_words = [i.text for i in picture.items if isinstance(i, Words) and not i.slant]
    assert texts(drawn) == sorted(level_words)
    found = [float(root.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    assert found == pytest.approx(size, abs=1.5)
    shapes = ("polygon", "polyline", "ellipse")
    assert [len(list(root.iter(f"{SVG}{s}"))) for s in shapes] == [
        len(list(ours.iter(f"{SVG}{s}"))) + (s == "polygon") for s in shapes
    ]


@pytest.mark.parametrize("format", PICTURES)
def test_every_format_is_written(
    format: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for style in ("volumes", "planes"):
        path = tmp_path / f"{style}.{format}"
        pipeline.render(network("lenet"), path, options=Options(style=style))  # type: ignore[arg-type]
        assert path.read_bytes().startswith(MAGIC[format])
    assert capfd.readouterr() == ("", "")


NASTY = [
    "<b>x</b>",
    'say "hi"',
    "back\\slash\\n\\N\\l\\",
    'odd\\"',
    "R&D &lt;x&gt; &amp; &#65;",
    "]]> <!-- -- -->",
    "ütf ⊕ 漢字",
    "tab\tnew\nline\x00",
    "two  spaces ",
]


@pytest.mark.parametrize("name", NASTY)
def test_special_characters_come_out_right(name: str) -> None:
    clean = "".join(c if c.isprintable() else "\ufffd" for c in name)
    shown = " ".join(clean.split())
    graph = build(load("lenet"))
    graph.name = graph.by_path["c1"].path = name
    graph.by_path["image"].path = name + "!"
    for style in ("volumes", "planes"):
        options = Options(style=style)  # type: ignore[arg-type]
        for svg in (backend.svg(graph, options), engine.draw(backend.dot(graph, options), "svg")):
            text = svg if isinstance(svg, str) else svg.decode()
            assert {shown, " ".join(f"{clean}!".split())} <= set(texts(text))


def test_svg_needs_no_graphviz() -> None:
    program = (
        "import sys, archspec\n"
        "from archspec.backends.base import find\n"
        "assert '</svg>' in find('volumes').svg(archspec.load('lenet'))\n"
        "assert not {'graphviz', 'pygraphviz'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_text_is_the_same_every_time() -> None:
    options = Options(style="volumes")
    again = build(load("googlenet"))
    assert backend.svg(network("googlenet"), options) == backend.svg(again, options)
    assert backend.dot(network("googlenet"), options) == backend.dot(again, options)


# --- what is written ----------------------------------------------------------------------------


def test_lenet_is_lecuns_figure() -> None:
    """The words of Fig. 2 of LeCun et al. 1998, and a patch of 5 of 32 pixels."""
    drawn = scene("lenet", "layer", "planes")
    found = list(drawn.picture().words())
    for word in ("1@32×32", "6@28×28", "6@14×14", "16@10×10", "16@5×5", "120", "84", "10"):
        assert word in found
    assert found.count("convolutions") + found.count("convolutions 5×5") == 2
    assert found.count("full") == found.count("connection") == 3
    planes = [len([i for i in cell.items if not isinstance(i, Words)]) for cell in drawn.cells]
    assert planes == [1, 6, 6, 16, 16, 1, 1, 1]


def test_more_maps_than_squares_are_told_by_dots() -> None:
    """Sixteen maps are drawn one by one; beside so many squares for more stand three dots."""
    drawn = scene("vgg", "layer", "planes")
    for cell in drawn.cells:
        maps = cell.run[0]
        if len(maps.shape) > 1:
            squares = sum(isinstance(item, Polygon) for item in cell.items)
            dots = sum(isinstance(item, Oval) for item in cell.items)
            assert (squares, dots) == (min(maps.shape[0], 16), 3 * (maps.shape[0] > 16))


def test_kernels_are_tinted_and_planes_fill_a_slide() -> None:
    """What a kernel sees is a shade of the maps that it lies on, and no hole in them."""
    drawn = shown(pipeline.elaborate("lenet5"), Options(style="planes", size="16:9"))
    picture = drawn.picture()
    windows = [i.fill for i in picture.items if isinstance(i, Polygon) and i.fill.other == "line"]
    assert {paint.role for paint in windows} == {"ground2", "convolution", "pooling"}
    _, _, wide, high = picture.outline()
    tops = {i.at[1] for i in picture.items if isinstance(i, Words) and "@" in i.text}
    assert len(tops) == 1  # sizes of maps are in one line
    assert not [i for i in picture.items if isinstance(i, Words) and i.paint == FAINT]
    assert 10 * 1280 / (wide + 28) >= 17  # pixels of words on a slide, and these are its width
    assert high * 1280 / wide > 0.4 * 720


def test_notes_and_a_legend_are_written() -> None:
    options = Options(style="volumes", annotate=("params",), legend=True)
    found = list(Scene(network("lenet"), options).picture().words())
    assert {"156 parameters", "convolution", "pooling", "fully connected"} <= set(found)


@pytest.mark.parametrize("more", [{"view": "tree"}, {"direction": "TB"}, {"style": "cubes"}])
def test_what_volumes_have_not_is_told(more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="volumes"):
        Options(**{"style": "volumes", **more})  # type: ignore[arg-type]


def test_several_networks_are_one_picture(tmp_path: Path) -> None:
    graphs, options = [network("lenet"), network("alexnet")], Options(style="volumes")
    pipeline.render(graphs, tmp_path / "both.svg", options=options)
    found = texts((tmp_path / "both.svg").read_text())
    assert {"LeNet-5", "AlexNet"} <= set(found)
    assert {"32×32", "224×224", "120", "4096"} <= set(found)
    assert found == sorted(backend.picture(graphs, options).words())


def test_outputs_are_told_apart() -> None:
    found = " ".join(scene("googlenet", "block", "volumes").picture().words())
    assert "output aux1, training only" in found and "output logits" in found


def test_pictures_stand_beside_one_another() -> None:
    pictures = [scene(name, "layer", "volumes").picture() for name in ("lenet", "alexnet", "unet")]
    titles = ["LeNet", "", "U-Net"]
    row = beside(pictures, titles)
    said = [w for picture in pictures for w in picture.words()]
    assert sorted(row.words()) == sorted([*said, "LeNet", "U-Net"])
    check_page(to_svg(row, LIGHT))
    assert len({i.at[1] for i in row.items if isinstance(i, Words) and i.size == TITLE}) == 1
    boxes, start = [], 0
    for picture in (titled(*each) for each in zip(pictures, titles, strict=True)):
        items = row.items[start : start + len(picture.items)]
        boxes.append(flat(Picture(items).box))
        start += len(picture.items)
    assert crossing(boxes) == []
    assert row.axis == 0


def test_nothing_is_larger_than_a_page() -> None:
    huge = 2**31 - 1
    shapes = [(huge,), (huge, 7, 7), (3, huge, huge), (huge, huge), (4096,), (1, 1, 1)]
    fitting = solids.fitting(shapes)
    for shape in shapes:
        assert 0 < max(solids.solid(shape, fitting).extent) < 260
        assert 0 < max(solids.stack(shape, fitting).extent) < 320
    assert solids.fitting([(3, 224, 224), (512, 7, 7), (4096,)]) == solids.Scale()


def test_a_network_of_a_thousand_layers_is_drawn_in_seconds() -> None:
    graph = build(load("resnet1202"))
    with within(10):
        Scene(graph, Options(style="volumes", repeat="none")).picture()


def test_a_picture_fills_a_page() -> None:
    options = Options(style="planes", size="16:9")
    root = ET.fromstring(backend.svg(network("lenet"), options))
    assert (root.attrib["width"], root.attrib["height"]) == ("960pt", "540pt")
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width / height == pytest.approx(16 / 9, rel=1e-3)
    drawn = engine.draw(backend.dot(network("lenet"), options), "svg").decode()
    assert re.search(r'<svg width="960pt" height="540pt"', drawn)
