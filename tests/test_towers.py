"""Towers: layers that read the same are one everywhere, designs are seen, titles stand above."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.base import find
from archspec.backends.strips.arranged import arranged
from archspec.backends.strips.groups import groups
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Slide
from archspec.backends.strips.topology import Topology
from archspec.figures.options import Options, panels
from archspec.figures.paint import Paint
from archspec.figures.picture import Polygon, Words
from archspec.ir.graph import Graph, Node
from tests.networks import network
from tests.pieces import graph_of
from tests.slides import slide

backend: Any = find("strips")


def towers(*names: str, **options: Any) -> list[Plan]:
    figures = panels([network(name) for name in names], Options(style="tower", **options))
    return [slide.form.plan for slide in arranged(figures).each if isinstance(slide, Slide)]


def lines(plan: Plan) -> list[tuple[int, str]]:
    return [(m.box.times, plan.lines(m)[0]) for m in plan.whole.maps if not m.source]


@pytest.mark.parametrize("style", ["tower", "strip"])
def test_layers_that_read_the_same_are_one(style: Any) -> None:
    """From 256 channels to 512, and from 512 to 512, are the same words: 2× in each block."""
    graph = network("vgg16")
    plan = slide(graph, style=style).form.plan
    times = [times for times, line in lines(plan) if line.startswith("3×3 conv")]
    assert times == [2, 2, 3, 3, 3]
    assert [times for times, line in lines(plan) if line.endswith("4096")] == [2]


def test_side_by_side_all_are_folded_or_none() -> None:
    """Side by side each layer stands by itself where words are large; else all that can be one."""
    for plan in towers("lenet5_d2l", "alexnet_one_stream"):
        assert {times for times, _ in lines(plan)} == {1}
    for plan in towers("alexnet_one_stream", "vgg16"):
        assert all(one[1] != next_[1] for one, next_ in pairwise(lines(plan)))
    alexnet, _ = towers("alexnet_one_stream", "vgg16")
    assert next(line for times, line in lines(alexnet) if times > 1) == "3×3 conv, 384"
    alexnet, _ = towers("alexnet_one_stream", "vgg16", repeat="none")
    assert {times for times, _ in lines(alexnet)} == {1}


SPEC = """
name: n
inputs: {x: [8, 32, 32]}
graph:
  - {id: a, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
  - {id: b, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
  - {id: c, share: a}
  - id: head
    graph:
      - {id: d, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
      - {id: e, conv: {out_channels: 8, kernel_size: 3, padding: 1, dilation: 1}}
      - {id: f, conv: {out_channels: 8, kernel_size: 3, padding: 2, dilation: 2}}
"""


def test_what_shares_weights_or_ends_a_stage_is_not_folded() -> None:
    graph = graph_of(SPEC)
    plan = Plan(graph, Options(repeat="none"), folded=True)
    members = [
        [member[0].path for member in maps.box.members]
        for maps in plan.whole.maps
        if not maps.source
    ]
    assert members == [["a", "b"], ["c"], ["head.d", "head.e"], ["head.f"]]


def grouped(name: str) -> list[range]:
    (plan,) = towers(name)
    return groups(plan.whole, plan.stages)


@pytest.mark.parametrize("name", ["vgg11", "vgg16", "vgg19_bn", "vgg16_1x1"])
def test_the_blocks_of_a_chain_are_seen(name: str) -> None:
    """Five, each up to its pooling, which the next begins after."""
    found = grouped(name)
    assert len(found) == 5
    assert all(one.stop == following.start for one, following in pairwise(found))
    (plan,) = towers(name)
    assert all(plan.whole.maps[group[-1]].kind == "pooling" for group in found)


@pytest.mark.parametrize("name", ["alexnet", "alexnet_one_stream", "lenet5", "nin_imagenet"])
def test_what_is_not_designed_from_blocks_has_none(name: str) -> None:
    assert grouped(name) == []


def test_a_group_has_a_ground() -> None:
    """All of one width, and none over another."""
    picture = backend.picture(network("vgg11"), Options(style="tower"))
    shapes = [item for item in picture.items if isinstance(item, Polygon)]
    grounds = [shape for shape in shapes if shape.fill == Paint("ground2")]
    assert len(grounds) == 5
    assert len({(one.points[0][0], one.points[2][0]) for one in grounds}) == 1
    assert all(below.points[0][1] > above.points[2][1] for below, above in pairwise(grounds))


@pytest.mark.parametrize("names", [("vgg11",), ("alexnet", "nin_imagenet")])
def test_a_title_stands_above_its_column(names: tuple[str, ...]) -> None:
    """Not above the middle of column and bracket."""
    graphs = [network(name) for name in names]
    picture = backend.picture(graphs, Options(style="tower", title=names))
    words = [item for item in picture.items if isinstance(item, Words)]
    inputs = [item.at[0] for item in words if item.text.startswith("image ")]
    titles = [item.at[0] for item in words if item.text in names]
    assert titles == pytest.approx(inputs) and len(titles) == len(names)
    largest = max(item.size for item in words)
    assert largest == pytest.approx(1.5 * min(item.size for item in words))


def pools(graph: Graph) -> list[str]:
    whole: Topology = Plan(graph, Options(style="tower")).whole
    parts = [maps.box.part for maps in whole.maps if not maps.source]
    return [p.op.name for p in parts if isinstance(p, Node) and p.op.family() == "pool"]


def test_a_pooling_of_single_values_is_not_drawn() -> None:
    """What asks for 7×7 of 7×7, for images of other sizes; at another size it is there."""
    assert pools(network("vgg11")) == ["max_pool"] * 5
    larger = pipeline.elaborate("vgg11", inputs=[(None, (3, 320, 320))])
    assert pools(larger) == ["max_pool"] * 5 + ["adaptive_avg_pool"]
