"""Where Graphviz puts things: branches in the order in which they are written, by either engine."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from itertools import pairwise

import pygraphviz
import pytest

from archspec.backends.graphviz import backend
from archspec.backends.graphviz.names import name
from archspec.elaboration.build import build
from archspec.figures.figure import Figure
from archspec.figures.options import Direction, Options
from archspec.frontend.loading import load
from archspec.ir.graph import Graph

Point = tuple[float, float]


def by_dot(text: str) -> bytes:
    return subprocess.run(
        ["dot", "-Tjson0"], input=text.encode(), capture_output=True, check=True
    ).stdout


def by_pygraphviz(text: str) -> bytes:
    drawn = pygraphviz.AGraph(string=text).draw(format="json0", prog="dot")
    assert isinstance(drawn, bytes)
    return drawn


ENGINES = [
    pytest.param(by_pygraphviz, id="pygraphviz"),
    pytest.param(
        by_dot,
        id="dot",
        marks=pytest.mark.skipif(shutil.which("dot") is None, reason="no `dot` on PATH"),
    ),
]


def places(drawn: bytes) -> dict[str, Point]:
    found: dict[str, Point] = {}
    for thing in json.loads(drawn)["objects"]:
        if "pos" in thing:
            x, y = map(float, thing["pos"].split(","))
            found[thing["name"]] = (x, -y)
    return found


def across(at: Point, direction: Direction) -> float:
    """Left to right in a figure from top to bottom, top to bottom in one from left to right."""
    return at[0] if direction == "TB" else at[1]


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_paths_of_an_inception_block(engine: object, direction: Direction) -> None:
    """1×1, 3×3, 5×5 and pooling, beside one another and beginning together."""
    options = Options(only="inception", fuse=True, direction=direction)
    assert callable(engine)
    at = places(engine(backend.dot(build(load("googlenet")), options)))
    heads = [f"inception3a.{n}" for n in ("branch1.conv", "branch2.0.conv", "branch3.0.conv")]
    found = [across(at[head], direction) for head in [*heads, "inception3a.branch4.0"]]
    assert found == sorted(found) and len(set(found)) == 4
    along = {at[head][direction == "TB"] for head in heads}
    assert len(along) == 1 or direction == "LR"  # where boxes are as wide as what is in them


def disordered(graph: Graph, options: Options, at: dict[str, Point]) -> list[str]:
    """The merges whose operands, skips aside, do not come from one side to the other."""
    figure = Figure(graph, options)
    operands: dict[str, list[float]] = {}
    for arrow in figure.arrows:
        if arrow.operand is not None and not arrow.skip and not arrow.refers:
            place = across(at[name(arrow.tail.path)], options.direction)
            operands.setdefault(arrow.head.path, []).append(place)
    return [
        path
        for path, found in operands.items()
        if len(set(found)) == len(found) and any(a > b for a, b in pairwise(found))
    ]


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize(
    "spec",
    ["inception_v4", "inception_resnet", "squeezenet", "resnet", "preact_resnet", "xception"],
)
def test_branches_lie_as_they_are_written(spec: str, direction: Direction) -> None:
    """In frames as well, whether they fork within or before them."""
    graph = build(load(spec))
    options = Options(fuse=True, direction=direction)
    at = places(by_pygraphviz(backend.dot(graph, options)))
    assert disordered(graph, options, at) == []


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize(
    "spec", ["resnet", "googlenet", "xception", "inception_v4", "dla", "fractalnet"]
)
def test_the_order_makes_arrows_hardly_longer(spec: str, direction: Direction) -> None:
    """Beside the same figure in which nothing says where branches begin."""
    text = backend.dot(build(load(spec)), Options(fuse=True, direction=direction))
    free = re.sub(r"minlen=\d+", "", text)
    assert free != text
    assert length(by_pygraphviz(text)) < 1.15 * length(by_pygraphviz(free))


def length(drawn: bytes) -> float:
    """Of all arrows, along the points that bend them."""
    total = 0.0
    for edge in json.loads(drawn).get("edges", []):
        points = [tuple(map(float, p.removeprefix("e,").split(","))) for p in edge["pos"].split()]
        total += sum(math.dist(a, b) for a, b in pairwise([*points[1:], points[0]]))
    return total


# --- frames --------------------------------------------------------------------------------


def test_a_frame_with_times_has_two_outlines() -> None:
    text = backend.dot(build(load("resnet")), Options(fuse=True))
    figure = pygraphviz.AGraph(string=text)
    stage = figure.get_subgraph("cluster_layer3")
    outer = stage.get_subgraph("cluster_times layer3.1")
    inner = outer.get_subgraph("cluster_layer3.1")
    assert outer.graph_attr["label"] == "× 5\\l"
    assert inner.graph_attr["label"] == "Bottleneck\\l"
    assert set(outer.nodes()) == set(inner.nodes()) and len(inner.nodes()) == 5


def test_a_residual_frame_holds_the_path_and_the_skip_goes_round_it() -> None:
    """By the picture: the skip's arrow does not cross the dashed frame."""
    graph = build(load("resnet"))
    options = Options(only="layer1.1", fuse=True, residuals=True)
    text = backend.dot(graph, options)
    figure = pygraphviz.AGraph(string=text)
    (frame,) = (g for g in figure.subgraphs() if g.name.startswith("cluster_residual"))
    names = {f"layer1.1.conv{i}" for i in (1, 2, 3)}
    assert {str(n) for n in frame.nodes()} == names
    drawn = json.loads(by_pygraphviz(text))
    (box,) = (o["bb"] for o in drawn["objects"] if o["name"].startswith("cluster_residual"))
    left, low, right, high = map(float, box.split(","))
    number = {o["_gvid"]: o["name"] for o in drawn["objects"]}
    (skip,) = (
        e
        for e in drawn["edges"]
        if number[e["head"]] == "layer1.1.8" and number[e["tail"]] not in names
    )
    points = [tuple(map(float, p.removeprefix("e,").split(","))) for p in skip["pos"].split()]
    assert not any(left < x < right and low < y < high for x, y in points)


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_residual_frames_nest(direction: Direction) -> None:
    """Residual networks of residual networks: a frame in a frame, and every box in its own."""
    graph = build(load("ror"))
    options = Options(fuse=True, residuals=True, direction=direction)
    figure = pygraphviz.AGraph(string=backend.dot(graph, options))
    drawn = {str(n) for n in figure.nodes() if not str(n).startswith("output ")}
    assert drawn == {name(b.path) for b in (*Figure(graph, options).box_of.values(),)}
