"""The layout of our own: boxes apart, arrows round them, rows by resolution."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest

from archspec.backends.graphviz import backend, style
from archspec.backends.graphviz.placed import size_of
from archspec.figures.detail import LEVELS, Level
from archspec.figures.figure import Figure
from archspec.figures.geometry import Place, Point, around, overlap
from archspec.figures.grid import Layout, copies, in_a_u
from archspec.figures.measure import width
from archspec.figures.options import Options
from archspec.frontend.loading import families
from archspec.ir.graph import Graph
from tests.networks import network
from tests.saved_svg import SVG
from tests.strategies import graph_of

FAMILIES = [path.stem for path in families()]


def laid_out(name: str, level: Level) -> tuple[Figure, Layout]:
    return in_rows(network(name), level)


def in_rows(graph: Graph, level: Level) -> tuple[Figure, Layout]:
    figure = Figure(graph, Options(level=level))
    looks = {box: style.of_source(box) for box in figure.sources}
    looks |= {box: style.of_box(box) for box in figure.folding.boxes}
    sizes = {box: size_of(look) for box, look in looks.items()}
    return figure, in_a_u(figure, sizes)


def apart(one: Place, other: Place) -> bool:
    return (
        abs(one.x - other.x) >= (one.width + other.width) / 2
        or abs(one.y - other.y) >= (one.height + other.height) / 2
    )


def turns_back(way: list[Point]) -> bool:
    """Whether a way goes back along the line it came by."""
    way = [
        point for before, point in pairwise([None, *way]) if point is not None and point != before
    ]
    return any(
        (a[axis] - b[axis]) * (c[axis] - b[axis]) > 0
        for a, b, c in zip(way, way[1:], way[2:], strict=False)
        for axis in (0, 1)
        if a[1 - axis] == b[1 - axis] == c[1 - axis]
    )


def test_no_arrow_turns_back() -> None:
    """Where a column away is the lane that leads there, it goes up to no other and down again."""
    shrinks = "{kernel_size: 3, stride: 2, padding: 1}"
    grows = "{out_channels: 4, like: a3, kernel_size: 3, stride: 2, padding: 1}"
    text = f"""name: N
inputs: {{image: [3, 6]}}
graph:
  - conv: {{out_channels: 4, kernel_size: 3, padding: 1}}
  - relu
  - {{id: a3, relu: }}
  - max_pool: {shrinks}
  - conv_transpose: {grows}
  - conv: {{out_channels: 4}}
"""
    _, layout = in_rows(graph_of(text), "stage")
    assert not any(turns_back(way) for way in layout.ways.values())


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "layer"])
@pytest.mark.parametrize("name", FAMILIES)
def test_boxes_are_apart_and_arrows_go_round_them(name: str, level: Level) -> None:
    figure, layout = laid_out(name, level)
    places = layout.places
    assert set(places) == {*figure.sources, *figure.folding.boxes}
    assert all(apart(places[a], places[b]) for a, b in combinations(places, 2))
    for arrow, way in layout.ways.items():
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(way))
        assert not turns_back(way)
        for box, place in places.items():
            if box is not arrow.tail and box is not arrow.head:
                assert not any(overlap(around(line), place.corners) for line in pairwise(way)), (
                    box.path
                )


def test_a_u_net_is_a_u() -> None:
    """Straight down on the left, straight up on the right, each skip across in its row."""
    figure, layout = laid_out("unet", "block")
    at = {box.path: layout.places[box] for box in layout.places}
    down = [at["top.encoder"], at["top.below.encoder"], at["top.below.below.encoder"]]
    up = [at["top.decoder"], at["top.below.decoder"], at["top.below.below.decoder"]]
    assert all(a.y < b.y and a.x == b.x for a, b in pairwise(down))
    assert all(a.y < b.y and a.x == b.x for a, b in pairwise(up))
    assert down[0].x < up[0].x
    assert [a.y for a in down] == [a.y for a in up]
    skips = [a for a in figure.arrows if a.head.path.endswith(".4") and not a.refers]
    assert len(skips) == 4
    assert all(layout.ways[s][0][0] < layout.ways[s][-1][0] for s in skips)


def test_it_is_drawn_as_it_was_laid_out() -> None:
    options = Options(level="block", direction="U")
    root = ET.fromstring(backend.svg(network("unet"), options))
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert words.count("concat") == 4 and "64×568×568" in words
    assert len([g for g in root.iter(f"{SVG}g") if g.get("class") == "edge"]) == len(
        Figure(network("unet"), options).arrows
    )
    assert re.match(r"digraph \{\s+graph \[[^]]*layout=nop2", backend.dot(network("unet"), options))


def test_widths_are_helveticas() -> None:
    """AFM: H 722, e 556, l 222, o 556, space 278, a digit 556 thousandths of an em."""
    assert width("Hello 1", 1000) == pytest.approx(722 + 556 + 222 + 222 + 556 + 278 + 556)


def test_copies_lie_straight_across_a_u() -> None:
    figure = Figure(network("unet"), Options(level="block"), framed=False)
    found = {(arrow.tail.path, arrow.head.part.op.name) for arrow in copies(figure)}  # type: ignore[union-attr]
    levels = ["top", "top.below", "top.below.below", "top.below.below.below"]
    assert found == {(f"{level}.encoder", "crop") for level in levels}
    layout = laid_out("unet", "block")[1]
    for arrow, way in layout.ways.items():
        if (arrow.tail.path, arrow.head.path) in {
            (a.tail.path, a.head.path) for a in copies(figure)
        }:
            assert len(way) == 2 and way[0][1] == way[1][1]
    svg = backend.svg(network("unet"), Options(level="block", legend=True))
    assert svg.count('stroke-width="2"') >= 4 and ">copy<" in svg
    assert not copies(Figure(network("resnet"), Options(), framed=False))
