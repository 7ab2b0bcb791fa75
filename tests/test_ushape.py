"""U's: down on the left, up on the right, mirrored; copies straight; legible; else a strip."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline, zoo
from archspec.analysis.bypass import signal
from archspec.backends.base import find
from archspec.backends.graphviz import engine
from archspec.backends.strips.levels import DOWN, UP, Levels, levels
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Slide
from archspec.backends.strips.ushape import U
from archspec.figures.direction import chosen_direction
from archspec.figures.geometry import Corners, Point
from archspec.figures.options import Options
from archspec.figures.picture import Line, Oval, Picture, Polygon, Words
from archspec.figures.slides import LEGIBLE
from archspec.figures.theme import NAMES
from archspec.ir.graph import Graph, Node
from tests.engines import drawn_by, each_engine
from tests.formats import MAGIC, png_pixels
from tests.pieces import graph_of
from tests.rectangles import Rectangle, crossing
from tests.slides import gap, heads, is_box, rectangle, slide
from tests.sweeping import some
from tests.u_nets import TANGLED, U_NETS, u_net

NEAR = 1.6
"""Points; a line's thickness and a little."""
ZOO = ["unet", "unet_rgb", "unet_padded", "fcn16s", "fcn8s"]
DEPTHS = [2, 3, 4, 5]

INTERTWINED = ["gated from below", "a ResNet, and blocks of two inputs"]
"""What is a U where its blocks are folded."""

backend: Any = find("strips")


@cache
def network(name: str) -> Graph:
    """By its name in the zoo, with a depth behind it, or of those that strangers write."""
    if name in U_NETS or name in TANGLED:
        return graph_of({**U_NETS, **TANGLED}[name])
    name, _, depth = name.partition(" of depth ")
    return pipeline.elaborate(name, params={"depth": int(depth)} if depth else {})


ALL = [*ZOO, *(f"{name} of depth {n}" for name in ("unet", "unet_padded") for n in DEPTHS), *U_NETS]
every = pytest.mark.parametrize("name", ALL)
every_level = pytest.mark.parametrize("level", [None, "block", "layer"])


@cache
def shown(name: str, **told: Any) -> Slide:
    """What is drawn of a network, on its way to a picture."""
    return slide(network(name), style="strip", **told)


def form(name: str, **told: Any) -> U | None:
    """The U, if that is what is drawn."""
    found = shown(name, **told).form
    return found if isinstance(found, U) else None


@cache
def drawn(name: str, **told: Any) -> Picture:
    picture: Picture = backend.picture(network(name), Options(style="strip", **told))
    return picture


# --- it is a U, and legible ---------------------------------------------------------------------


@every
def test_it_is_a_u_and_can_be_read_from_a_slide(name: str) -> None:
    assert chosen_direction(network(name), Options(style="strip")) == "U"
    assert form(name) is not None
    picture = drawn(name)
    (left, top), (right, low) = picture.box
    fitting = min(1280 / (right - left + 28), 720 / (low - top + 28))
    least = min(item.size for item in picture.items if isinstance(item, Words))
    assert least * fitting >= LEGIBLE == 14.0


@pytest.mark.sweep
@pytest.mark.parametrize("name", some([entry.name for entry in zoo.networks()], 15))
def test_the_zoo_has_no_other_u(name: str) -> None:
    graph = pipeline.elaborate(name)
    assert (chosen_direction(graph, Options(style="strip")) == "U") is (name in ZOO)


@pytest.mark.parametrize("name", TANGLED)
def test_what_has_no_clean_u_is_a_strip(name: str) -> None:
    assert chosen_direction(network(name), Options(style="strip")) == "U"
    for told in ({}, {"direction": "U"}, {"level": "layer"}):
        assert form(name, **told) is None
        assert any(item.turned for item in drawn(name, **told).items if isinstance(item, Words))


def test_thick_arrows_say_what_they_cost() -> None:
    """As boxes do, whose lines end in no comma."""
    said = list(drawn("unet", annotate=("params", "macs")).words())
    assert "64×392², 32.83K parameters, 1.26G MACs" in said and "64×284²" in said
    assert not [line for line in said if line.endswith(",")]


def test_directions() -> None:
    assert form("unet", direction="LR") is None
    assert form("unet", direction="U") is not None
    assert form("lenet", direction="U") is None  # it has no way up


def test_as_much_is_shown_as_can_be_read() -> None:
    """Layers where there is room; else blocks, opened beside the U."""
    assert "3×3 conv" in " ".join(drawn("unet").words())
    assert drawn("unet of depth 5").words()
    six = list(drawn("six levels").words())
    assert six.count("double") == 13
    assert "double, one of 13" in six  # above the block, opened
    assert "batch norm, ReLU" in six
    whole = form("unet", level="block")
    assert whole is not None and len(whole.plan.whole.maps) < 30


# --- what is drawn is the network ---------------------------------------------------------------


@every
@every_level
def test_each_box_and_each_value_has_its_place(name: str, level: Any) -> None:
    whole = Plan(network(name), Options(style="strip", level=level)).whole
    found = levels(whole)
    if found is None:
        assert level != "block" and name in INTERTWINED
        return
    assert sorted(_numbers(found)) == list(range(len(whole.maps)))
    number = {box: i for i, maps in enumerate(whole.maps) for box in (maps.box, *maps.passing)}
    owner = {i: box for box, own in found.within.items() for i in own}
    for i, edge in ((i, edge) for edge, i in found.across.items()):
        assert {(edge[0], i), (i, edge[1])} <= {
            (number[a.tail], number[a.head]) for a in whole.figure.arrows
        }
    unseen = {*found.across.values(), *(i for step in found.steps for i in step.by)}
    wanted = set()
    for arrow in whole.figure.arrows:
        part = arrow.head.part
        reads = not isinstance(part, Node) or arrow.value in signal(part)
        edge = tuple(owner.get(number[box], number[box]) for box in (arrow.tail, arrow.head))
        if reads and edge[0] != edge[1] and unseen.isdisjoint(edge):
            wanted.add(edge)
    led = {(step.tail, step.head) for step in found.steps if not step.by}
    direct = {edge for edge in found.copies if edge not in found.across}
    assert wanted == {*found.wires, *direct, *found.more, *led}


def _numbers(found: Levels) -> Iterator[int]:
    """The boxes that are drawn, or said."""
    for own in (*found.parts.values(), *found.within.values(), *(s.by for s in found.steps)):
        yield from own
    yield from found.across.values()


@every
def test_levels_are_resolutions(name: str) -> None:
    """In a row maps are about as large; each row has smaller ones than that above it."""
    made = form(name)
    assert made is not None
    sides: dict[int, list[int]] = {}
    for place, own in made.found.parts.items():
        for number in own:
            shape = made.plan.whole.maps[number].shape
            if max(shape[1:], default=1) > 1:
                sides.setdefault(place.row, []).append(min(shape[1:]))
    for fine, coarse in pairwise(sorted(sides)):
        if name.startswith("fcn") or "padded" in name or name in U_NETS:
            assert min(sides[fine]) > max(sides[coarse])
        assert max(sides[fine]) > max(sides[coarse])


def test_the_paper_s_figure_is_all_there() -> None:
    """Ronneberger et al. 2015, figure 1: sizes of maps, their channels, and what arrows mean."""
    words = list(drawn("unet").words())
    sizes = {(int(c), int(n)) for text in words for c, n in re.findall(r"^(\d+)×(\d+)²$", text)}
    down = [(64, 570), (64, 568), (128, 282), (128, 280), (256, 138), (256, 136), (512, 66)]
    low = [(512, 64), (1024, 30), (1024, 28)]
    pooled = [(64, 284), (128, 140), (256, 68), (512, 32)]
    up = [(1024, 56), (512, 54), (512, 52), (512, 104), (256, 102), (256, 100)]
    up += [(256, 200), (128, 198), (128, 196), (128, 392), (64, 390), (64, 388)]
    assert sizes == {(1, 572), (2, 388), *down, *low, *pooled, *up, *_enlarged()}
    assert words.count("3×3 conv") == 18 and words.count("1×1 conv") == 1
    assert sum("ReLU" in text for text in words) == 18
    assert {"copy and crop", "2×2 max pool, /2", "image", "1×572²"} <= set(words)
    assert "up-conv: 2×2 transposed conv, ×2" in words


def _enlarged() -> list[tuple[int, int]]:
    """Channels and sides that the up-convolutions give: half of the channels below."""
    return [(512, 56), (256, 104), (128, 200), (64, 392)]


def test_arrows_say_what_they_are_where_they_differ() -> None:
    text = u_net(2).replace("max_pool: 2", "avg_pool: 2", 1)
    picture = backend.picture(graph_of(text), Options(style="strip"))
    words = list(picture.words())
    assert words.count("2×2 avg pool, /2") == words.count("2×2 max pool, /2") == 1
    assert "pooling" in words and "up-conv: 2×2 transposed conv, ×2" in words


def test_stages_are_named() -> None:
    text = """
name: u
inputs: {x: [1, 32, 32]}
graph:
  - id: encoder
    graph:
      - {id: a, conv: {out_channels: 4, kernel_size: 3, padding: 1}}
      - max_pool: 2
      - {id: b, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
      - max_pool: 2
  - {id: bottleneck, graph: [{id: c, conv: {out_channels: 8, kernel_size: 3, padding: 1}}]}
  - id: decoder
    graph:
      - upsample: 2
      - concat: [encoder.b, []]
      - conv: {out_channels: 8, kernel_size: 3, padding: 1}
      - upsample: 2
      - concat: [encoder.a, []]
      - conv: {out_channels: 4, kernel_size: 3, padding: 1}
"""
    graph = graph_of(text)
    picture = backend.picture(graph, Options(style="strip"))
    at = {item.text: item.at for item in picture.items if isinstance(item, Words)}
    (left, _), (right, _) = picture.box
    middle = (left + right) / 2
    assert at["encoder"][0] < middle < at["decoder"][0]
    assert at["bottleneck"][1] > max(at["encoder"][1], at["decoder"][1])


# --- geometry -----------------------------------------------------------------------------------


@every
def test_it_goes_down_on_the_left_and_up_on_the_right(name: str) -> None:
    """Each row is lower than the one above; both sides begin as far from the middle."""
    made = form(name)
    assert made is not None
    parts, _ = made._standing(30.0)
    inner: dict[int, dict[int, float]] = {}
    rows: dict[int, list[Corners]] = {}
    for place, one in parts.items():
        first, last = (one.touches[number] for number in made.found.ends[place])
        rows.setdefault(place.row, []).extend(one.touches.values())
        if place.side == DOWN:
            assert max(box[1][0] for box in one.touches.values()) <= 0
            inner.setdefault(place.row, {})[DOWN] = -last[1][0]
        elif place.side == UP:
            assert first[0][0] >= 0
            inner.setdefault(place.row, {})[UP] = first[0][0]
    for sides in inner.values():
        assert len(sides) == 1 or sides[DOWN] == pytest.approx(sides[UP])
    for upper, lower in pairwise(sorted(rows)):
        assert max(box[1][1] for box in rows[upper]) < min(box[0][1] for box in rows[lower])
    for side in (DOWN, UP):
        edges = [sides[side] for _, sides in sorted(inner.items()) if side in sides]
        assert edges == sorted(edges, reverse=True)


@every
def test_copies_run_straight_across(name: str) -> None:
    """At one height; only what leaves before the end of its level comes round a corner."""
    made = form(name)
    assert made is not None
    _, runs = made._standing(30.0)
    for run in runs:
        if run.kind != "copy":
            continue
        (tail, head), points = run.edge, run.points
        assert points[-1][0] - points[0][0] >= 20
        leaves_last = tail == made.found.ends[made.at[tail]][1]
        merges_first = head == made.found.ends[made.at[head]][0]
        if leaves_last and merges_first:
            assert len(points) == 2 and points[0][1] == pytest.approx(points[1][1])
    copied = {tail for tail, _ in made.found.copies}
    lines = [i for i in drawn(name).items if isinstance(i, Line) and i.line.role == "faint"]
    assert len(lines) >= len(copied) + bool(copied)  # and one in the key


def is_thick(item: Any) -> bool:
    return isinstance(item, Polygon) and len(item.points) > 6


PICTURES = [
    *((name, {}) for name in ALL),
    *((name, {"level": "block"}) for name in ALL),
    *((name, {"annotate": ("params",), "legend": True}) for name in ["unet", "residual"]),
]


@pytest.mark.parametrize(("name", "told"), PICTURES, ids=lambda value: str(value)[:30])
def test_arrows_end_at_boxes_and_nothing_lies_on_anything(name: str, told: dict[str, Any]) -> None:
    picture = drawn(name, **told)
    items = picture.items
    boxes = [rectangle(i) for i in items if is_box(i)]
    rings = [rectangle(i) for i in items if isinstance(i, Oval)]
    grounds = [
        rectangle(i)
        for i in items
        if isinstance(i, Polygon) and len(i.points) == 4 and i.line is None
    ]
    words = [rectangle(i) for i in items if isinstance(i, Words)]
    tips = [head.points[0] for head in heads(picture)]
    thick = [i for i in items if is_thick(i)]
    for tip in tips:
        assert min(gap(tip, box) for box in (*boxes, *rings, *grounds)) < NEAR, tip
    astray = [a for a in thick if not all(_near(p, boxes, rings, grounds) for p in ends(a))]
    assert len(astray) == len({arrow.fill.role for arrow in thick})  # one of each in the key
    assert crossing(words) == []
    for pair in crossing(boxes, words):
        one, other = sorted(pair, key=lambda r: (r[2] - r[0]) * (r[3] - r[1]), reverse=True)  # type: ignore[index]
        assert one[0] <= other[0] and one[1] <= other[1], pair
        assert other[2] <= one[2] and other[3] <= one[3], pair
    assert _clear(thick, words)
    lines = [
        (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))
        for i in items
        if isinstance(i, Line)
        for a, b in pairwise(i.points)
    ]
    assert crossing([(a, b - 0.3, c, d + 0.3) for a, b, c, d in lines], words) == []


def ends(arrow: Polygon) -> tuple[Point, Point]:
    """Where a thick arrow begins, and its tip."""
    (x0, y0), (x1, y1) = arrow.points[0], arrow.points[-1]
    return ((x0 + x1) / 2, (y0 + y1) / 2), arrow.points[len(arrow.points) // 2]


def _near(point: Point, *boxes: list[Rectangle]) -> bool:
    return min(gap(point, box) for some in boxes for box in some) < NEAR


def _clear(arrows: list[Polygon], words: list[Rectangle]) -> bool:
    """Whether no corner of an arrow is in a word, and no word in its shaft."""
    for arrow in arrows:
        points = arrow.points
        for (x0, y0), (x1, y1) in pairwise([*points, points[0]]):
            line = min(x0, x1) - 0.3, min(y0, y1) - 0.3, max(x0, x1) + 0.3, max(y0, y1) + 0.3
            if (x0 == x1 or y0 == y1) and crossing([line], words):
                return False
    return True


def test_there_are_checks_for_tangles() -> None:
    """What has arrows over boxes is refused, and shown as a strip."""
    made = shown.__wrapped__("unet").form
    assert isinstance(made, U) and made._is_clear()
    place = next(place for place in made.parts if place.side == UP)
    made.parts[place] = made.parts[place].moved(-150.0, 0.0)
    assert not made._is_clear()


# --- colours and formats ------------------------------------------------------------------------


@pytest.mark.parametrize("theme", sorted({*NAMES} - {"textbook"}))  # whose tints are by role
def test_arrows_have_the_colours_of_their_ops(theme: str) -> None:
    options = Options(style="strip", theme=theme)
    svg = backend.svg(network("unet"), options)
    for role in ("pooling", "upsampling"):
        assert svg.count(f'fill="{options.theme.fills[role]}"') == 4 + 1  # and in the key


@each_engine
@pytest.mark.parametrize("format", ["png", "pdf", "svg", "dot"])
def test_all_formats_are_written(format: str, by: engine.Engine, tmp_path: Path) -> None:
    file = tmp_path / f"u.{format}"
    with drawn_by(by):
        pipeline.render(network("unet"), file, options=Options(style="strip", size="1280x720"))
    data = file.read_bytes()
    assert data.startswith(MAGIC[format])
    if format == "png":
        assert png_pixels(data) == (1280, 720)


def test_svg_says_what_is_drawn() -> None:
    root = ET.fromstring(backend.svg(network("unet"), Options(style="strip")))
    texts = [e for e in root.iter() if e.tag.endswith("text")]
    assert not any("rotate" in e.get("transform", "") for e in texts)  # one reads it as it stands
    said = "".join(root.itertext())
    assert "2×2 max pool" in said and "crop" in said


def test_side_by_side() -> None:
    both = backend.picture([network("unet"), network("lenet")], Options(style="strip"))
    assert {"U-Net", "LeNet-5"} & set(both.words())


def test_larger_words_show_less() -> None:
    plain, large = (list(drawn("unet_padded", font_scale=k).words()) for k in (1.0, 1.4))
    assert len(large) < len(plain)
