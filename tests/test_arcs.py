"""Dense connections as arcs, concatenations of concatenations as one, fractals in their columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec import pipeline, zoo
from archspec.backends.base import find
from archspec.backends.strips import arcs
from archspec.backends.strips.dissolved import dissolved
from archspec.backends.strips.flowing import flowing, switches
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.topology import Topology, topology
from archspec.backends.strips.within import within
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.geometry import Point
from archspec.figures.options import Options
from archspec.figures.picture import Line, Picture, Polygon, Words, corners
from archspec.figures.slides import LEGIBLE, pixels
from archspec.ir.graph import Graph, Instance
from tests.networks import network
from tests.rectangles import Rectangle
from tests.slides import heads
from tests.sweeping import some

DENSE = [e.name for e in zoo.networks() if e.name.startswith("densenet")]
FRACTAL = [e.name for e in zoo.networks() if e.name.startswith("fractalnet")]
NEAR = 1.6

backend: Any = find("strips")


def dense_block(layers: int) -> Graph:
    return pipeline.elaborate("densenet_40_12", params={"depths": [layers] * 3})


def written(text: str, tmp_path: Path) -> Graph:
    file = tmp_path / "spec.yaml"
    file.write_text(text)
    return pipeline.elaborate(str(file))


def curves(picture: Picture) -> list[Line]:
    """Lines that are no line from corner to rounded corner: arcs."""
    return [i for i in picture.items if isinstance(i, Line) and len(i.points) > 30]


def boxes(picture: Picture) -> list[Rectangle]:
    """Boxes, bars, and the grounds of tiny blocks."""
    found = [i for i in picture.items if isinstance(i, Polygon) and len(i.points) == 4]
    return [(*corners(item)[0], *corners(item)[1]) for item in found]


# --- which, and how many ------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [2, 3, 4, 8, 12])
def test_an_arc_from_each_to_each_later_one(layers: int) -> None:
    """Between x, n layers and their concatenation, but for neighbours, who have straight arrows."""
    graph = dense_block(layers)
    options = Options(style="strip", only="dense_block", level="block")
    whole = Plan(graph, options).whole
    assert len(whole.maps) == layers + 2
    assert set(whole.wires) == set(combinations(range(layers + 2), 2))
    picture = backend.picture(graph, options)
    assert len(curves(picture)) == (layers + 2) * (layers + 1) // 2 - (layers + 1)


FLAT = """
name: flat
inputs: {image: [3, 8, 8]}
graph:
  - {id: stem, conv: {out_channels: 4, kernel_size: 1}}
  - {id: l1, conv: {out_channels: 4, kernel_size: 1}}
  - concat: [stem, l1]
  - {id: l2, conv: {out_channels: 4, kernel_size: 1}}
  - concat: [stem, l1, l2]
  - {id: l3, conv: {out_channels: 4, kernel_size: 1}}
  - concat: [stem, l1, l2, l3]
  - flatten
"""
RUNNING = """
name: running
inputs: {image: [3, 8, 8]}
graph:
  - {id: stem, conv: {out_channels: 4, kernel_size: 1}}
  - for: {i: range(3)}
    graph:
      - concat:
          - []
          - - conv: {out_channels: 4, kernel_size: 1}
  - flatten
"""
BLOCKS = """
name: blocks
inputs: {image: [3, 8, 8]}
blocks:
  layer:
    graph:
      - concat:
          - - conv: {out_channels: 4, kernel_size: 1}
          - []
graph:
  - {id: stem, conv: {out_channels: 4, kernel_size: 1}}
  - repeat: 3
    layer:
  - flatten
"""
SUMS = """
name: sums
inputs: {image: [3, 8, 8]}
graph:
  - {id: stem, conv: {out_channels: 4, kernel_size: 1}}
  - {id: l1, conv: {out_channels: 4, kernel_size: 1}}
  - add: [stem, l1]
  - {id: l2, conv: {out_channels: 4, kernel_size: 1}}
  - add: [stem, l1, l2]
  - {id: l3, conv: {out_channels: 4, kernel_size: 1}}
  - add: [stem, l1, l2, l3]
  - flatten
"""


@pytest.mark.parametrize("text", [FLAT, RUNNING, BLOCKS, SUMS], ids=lambda t: t.split()[1])
def test_however_it_is_written(text: str, tmp_path: Path) -> None:
    """All say: each of three layers reads the stem and the layers before it, and so does the end.

    Sums are signs in the row, and so neighbours of theirs have arcs, too.
    """
    picture = backend.picture(written(text, tmp_path), Options(style="strip", level="block"))
    assert len(curves(picture)) == 6
    bars = [i for i in picture.items if isinstance(i, Polygon) and i.fill.role == "bar"]
    assert len(bars) == (0 if text is SUMS else 1)


def test_what_lies_side_by_side_has_arcs_each(tmp_path: Path) -> None:
    text = """
name: two
inputs: {left: [3, 8, 8], right: [3, 8, 8]}
blocks: {layer: {graph: [{concat: [[], [{conv: {out_channels: 4, kernel_size: 1}}]]}]}}
graph:
  - {id: a, from: left, graph: [{repeat: 4, layer: }]}
  - {id: b, from: right, graph: [{repeat: 5, layer: }]}
  - concat: [a, b]
"""
    picture = backend.picture(written(text, tmp_path), Options(style="strip", level="block"))
    assert len(curves(picture)) == 10 + 15
    bars = [i for i in picture.items if isinstance(i, Polygon) and i.fill.role == "bar"]
    assert len(bars) == 3


def test_dense_layers_that_fork_stay_as_they_are(tmp_path: Path) -> None:
    """Where an arrow from each to each would be a tangle, concatenations are bars."""
    text = """
name: forked
inputs: {image: [3, 8, 8]}
graph:
  - {id: stem, conv: {out_channels: 4, kernel_size: 1}}
  - for: {i: range(4)}
    graph:
      - concat:
          - []
          - - conv: {out_channels: 4, kernel_size: 1}
          - - conv: {out_channels: 4, kernel_size: 3, padding: 1}
  - flatten
"""
    picture = backend.picture(written(text, tmp_path), Options(style="strip", level="block"))
    assert not curves(picture)
    bars = [i for i in picture.items if isinstance(i, Polygon) and i.fill.role == "bar"]
    assert len(bars) == 4


@pytest.mark.parametrize(
    "name", ["resnet50", "googlenet", "unet", "ror3_110", "dla34", "inception_resnet_v2", "wavenet"]
)
def test_what_is_not_dense_has_no_arcs(name: str) -> None:
    assert not curves(backend.picture(network(name), Options(style="strip")))


@given(st.integers(2, 12), st.data())
@settings(max_examples=200, deadline=None)
def test_arcs_lie_over_rows(count: int, data: st.DataObject) -> None:
    """NetworkX agrees that boxes of a row follow one another, and which ways pass others."""
    pairs = list(combinations(range(count), 2))
    edges = sorted(data.draw(st.sets(st.sampled_from(pairs), min_size=1)))
    graph: nx.DiGraph = nx.DiGraph(edges)
    seen: set[int] = set()
    for row, over in arcs.rows(count, edges, max(graph)):
        assert nx.is_path(graph, row)
        place = {box: i for i, box in enumerate(row)}
        assert all(place[head] - place[tail] > 1 for tail, head in over)
        within = {(a, b) for a, b in edges if a in place and b in place}
        assert set(over) == {(a, b) for a, b in within if place[b] - place[a] > 1}
        crossing = [
            (one, other)
            for one in over
            for other in over
            if place[one[0]] < place[other[0]] < place[one[1]] < place[other[1]]
        ]
        assert crossing
        assert seen.isdisjoint(row[1:-1])
        seen.update(row)


# --- geometry -----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["strip", "tower"])
@pytest.mark.parametrize("layers", [3, 4, 8])
def test_arcs_lead_from_box_to_box_and_through_none(layers: int, style: Any) -> None:
    """Each arc stands on two stems, which touch boxes, and keeps off all boxes and words."""
    picture = backend.picture(dense_block(layers), Options(style=style, only="dense_block"))
    everything = boxes(picture)
    words = [
        (*a, *b) for a, b in map(corners, picture.items) if a != b and (a, b) in _words(picture)
    ]
    stems = [i for i in picture.items if isinstance(i, Line) and len(i.points) == 2]
    found = curves(picture)
    assert found
    upwards = style == "tower"
    for arc in found:
        for end in (arc.points[0], arc.points[-1]):
            ways = [stem for stem in stems if any(_near(end, p, 1e-6) for p in stem.points)]
            assert ways, end
            other = {p for stem in ways for p in stem.points if not _near(end, p, 1e-6)}
            tips = [head.points[0] for head in heads(picture)]
            reached = [*other, *(t for t in tips if any(_near(t, p, 9.0) for p in other))]
            assert any(_touches(point, box) for point in reached for box in everything), end
        for point in arc.points:
            assert not any(_inside(point, box) for box in (*everything, *words)), point
    tops = [min(p[1 - upwards] for p in arc.points) for arc in found]
    spans = [abs(arc.points[-1][upwards] - arc.points[0][upwards]) for arc in found]
    order = sorted(range(len(found)), key=spans.__getitem__)
    assert all(tops[b] <= tops[a] + 1e-6 for a, b in pairwise(order))


def _words(picture: Picture) -> set[Any]:
    return {corners(item) for item in picture.items if isinstance(item, Words)}


def _near(one: Point, other: Point, far: float) -> bool:
    return abs(one[0] - other[0]) < far and abs(one[1] - other[1]) < far


def _inside(point: Point, box: Any) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]


def _touches(point: Point, box: Rectangle) -> bool:
    wide = (box[0] - NEAR, box[1] - NEAR, box[2] + NEAR, box[3] + NEAR)
    narrow = (box[0] + NEAR, box[1] + NEAR, box[2] - NEAR, box[3] - NEAR)
    return _inside(point, wide) and not _inside(point, narrow)


@pytest.mark.parametrize("name", ["densenet121", "densenet_40_12", "densenet161"])
def test_a_whole_densenet_shows_its_dense_blocks(name: str) -> None:
    """Each dense block with all its layers, all their arcs, and how many they are; legible."""
    graph = network(name)
    picture = backend.picture(graph, Options(style="strip"))
    blocks = [i for i in _instances(graph) if i.block and i.block.name == "dense_block"]
    depths = [sum(isinstance(c, Instance) for c in block.children) for block in blocks]
    assert len(curves(picture)) == sum((n + 2) * (n + 1) // 2 - (n + 1) for n in depths)
    said = " ".join(picture.words())
    assert all(f"{depth} layers" in said or f"{depth} × Dense" in said for depth in depths)
    assert said.count("Transition") >= len(depths) - 1
    assert "Dense layer" in said
    assert pixels(picture) >= 0.98 * LEGIBLE


def _instances(graph: Graph) -> Iterator[Instance]:
    waiting: list[Any] = [graph.root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Instance):
            yield one
            waiting += reversed(one.children)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(DENSE, 5))
def test_every_densenet_is_legible(name: str) -> None:
    picture = backend.picture(network(name), Options(style="strip"))
    assert pixels(picture) >= 0.98 * LEGIBLE


def test_a_thousand_layers_take_no_long_time(tmp_path: Path) -> None:
    """What would have half a million arcs keeps its blocks."""
    graph = written(BLOCKS.replace("repeat: 3", "repeat: 1000"), tmp_path)
    found = dissolved(topology(Figure(graph, Detail(level="block"), framed=False)))
    assert len(found.wires) < 2_000


# --- nested concatenations ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "block"), [("inception_v3", "inception_e"), ("inception_v4", "inception_c")]
)
def test_nested_concatenations_are_one(name: str, block: str) -> None:
    """All branches lead to one bar, which is as high as they are apart."""
    picture = backend.picture(network(name), Options(style="strip", only=block))
    bars = [i for i in picture.items if isinstance(i, Polygon) and i.fill.role == "bar"]
    assert len(bars) == 1
    (left, top), (_, low) = corners(bars[0])
    tips = [head.points[0] for head in heads(picture)]
    heights = {round(y) for x, y in tips if abs(x - left) < NEAR}
    assert len(heights) == 6
    assert top < min(heights) and max(heights) < low


def test_paths_stay_as_many_where_concatenations_are_joined(tmp_path: Path) -> None:
    text = """
name: nested
inputs: {image: [3, 8, 8]}
graph:
  - concat:
      - - conv: {out_channels: 4, kernel_size: 1}
      - - concat:
            - - conv: {out_channels: 4, kernel_size: 1}
            - - concat: [[{conv: {out_channels: 4, kernel_size: 1}}], []]
"""
    one = topology(Figure(written(text, tmp_path), framed=False))
    joined = dissolved(one)
    assert len([m for m in one.maps if m.stacking]) == 3
    assert len([m for m in joined.maps if m.stacking]) == 1
    assert _paths(one) == _paths(joined) == 4


def _paths(one: Topology) -> int:
    graph: nx.DiGraph = nx.DiGraph(list(one.wires))
    ways = dict.fromkeys(graph, 0)
    for node in nx.topological_sort(graph):
        ways[node] = sum(ways[n] for n in graph.predecessors(node)) or 1
    return sum(ways[n] for n in graph if not graph.out_degree(n))


# --- FractalNet ---------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [2, 3, 4, 5])
def test_a_fractal_block_is_a_fractal(columns: int) -> None:
    """f(n + 1) has one way more than two f(n) in a row; its convolutions are 1 + 2 + 4 + …."""
    graph = network("fractalnet20", columns=columns)
    inner = within(graph, next(i for i in _instances(graph) if i.path == "block1"))
    assert inner is not None
    convolutions = [m for m in inner.maps if not (m.source or m.joint) and m.kind == "convolution"]
    assert len(convolutions) == 2**columns - 1
    assert len([m for m in inner.maps if m.joint]) == 2 ** (columns - 2)
    ways = 1
    for _ in range(columns - 1):
        ways = 1 + ways**2
    assert _paths(inner) == ways


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_columns_of_a_fractal_are_lines(style: Any) -> None:
    """The convolutions of each column are in a line, those of all columns apart, in their order."""
    picture = backend.picture(network("fractalnet40_32"), Options(style=style, only="block1"))
    across = 0 if style == "tower" else 1
    lines: dict[float, int] = {}
    for item in picture.items:
        if isinstance(item, Polygon) and item.fill.role == "convolution":
            low, high = corners(item)
            middle = round((low[across] + high[across]) / 2, 3)
            lines[middle] = lines.get(middle, 0) + 1
    assert [lines[at] for at in sorted(lines)] == [1, 2, 4, 8]


@pytest.mark.parametrize("name", ["fractalnet20", "fractalnet40_32"])
def test_the_recursion_has_grounds(name: str) -> None:
    """Each of a fractal's fractals lies within the ground of the one it is made for."""
    picture = backend.picture(network(name), Options(style="tower", only="block1"))
    grounds = [
        (*corners(i)[0], *corners(i)[1])
        for i in picture.items
        if isinstance(i, Polygon) and i.fill.role == "ground"
    ]
    columns = 3 if name == "fractalnet20" else 4
    assert len(grounds) == 2 ** (columns - 1) - 1
    inside = [
        sum(
            a != b and b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]
            for b in grounds
        )
        for a in grounds
    ]
    assert [inside.count(depth) for depth in range(columns - 1)] == [
        2**depth for depth in range(columns - 1)
    ]


def test_switches_of_training_are_left_out_unless_asked_for() -> None:
    graph = network("fractalnet20")
    assert [m.box.path for m in switches(topology(Figure(graph, Detail(level="block"))))] == [
        "chosen"
    ]
    shown = " ".join(backend.picture(graph, Options(style="strip")).words())
    assert "choose" not in shown
    for asked in ({"level": "layer"}, {"annotate": ("attributes",), "level": "block"}):
        assert "choose" in " ".join(backend.picture(graph, Options(style="strip", **asked)).words())
    plan = Plan(graph, Options(style="strip", level="block"))
    assert [maps.box.path for maps in plan.left_out] == ["chosen"]


@pytest.mark.parametrize("name", ["unet", "spatial_transformer", "googlenet", "highway"])
def test_nothing_else_is_a_switch(name: str) -> None:
    one = topology(Figure(network(name), framed=False))
    assert switches(one) == []
    assert flowing(one) is one
