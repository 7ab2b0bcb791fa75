"""What a figure of a part says comes in and leaves is what does so in the graph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from archspec import pipeline
from archspec.backends.base import find
from archspec.backends.strips.flowing import flowing
from archspec.backends.strips.parts import inset, miniature
from archspec.backends.strips.topology import topology
from archspec.backends.strips.within import within
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.geometry import around
from archspec.figures.maps import Maps
from archspec.figures.options import Options, Style
from archspec.figures.picture import Line, Picture, Polygon
from archspec.frontend.loading import families
from archspec.ir.graph import Graph, Instance, Node
from tests.networks import network
from tests.pieces import graph_of
from tests.slides import heads, misplaced_words
from tests.strategies import specs
from tests.sweeping import drawn as examples

FAMILIES = [path.stem for path in families()]

SIAMESE = """
name: Siamese
inputs: {anchor: [3, 32, 32], positive: [3, 32, 32], negative: [3, 32, 32]}
blocks:
  encoder:
    graph:
      - repeat: 3
        graph: [{conv: {out_channels: 16, kernel_size: 3}}, relu]
      - global_avg_pool
      - flatten
      - {id: embed, linear: 64}
  distance:
    inputs: [a, b]
    graph: [{subtract: [a, b]}, abs, {id: score, linear: 1}, sigmoid]
graph:
  - {id: a, from: anchor, encoder: }
  - {id: p, from: positive, share: a}
  - {id: n, from: negative, share: a}
  - {id: same, from: [a, p], distance: }
  - {id: different, from: [a, n], share: same}
outputs:
  same: same
  different: different
  embedding: {from: a, train_only: true, loss_weight: 0.1}
"""

GATED = """
name: Gated
inputs: {image: [1, 64, 64]}
blocks:
  double:
    params: {channels: int}
    graph:
      - repeat: 2
        graph: [{conv: {out_channels: $channels, kernel_size: 3, padding: 1}}, relu]
  gate:
    inputs: [skip, signal]
    params: {channels: int}
    graph:
      - add:
          - {id: theta, from: skip, conv: {out_channels: $channels, stride: 2}}
          - {id: phi, from: signal, conv: {out_channels: $channels}}
      - relu
      - {id: psi, conv: 1}
      - sigmoid
      - upsample: {like: skip, mode: bilinear}
      - multiply: {branches: [skip, identity], broadcast: true}
graph:
  - for: {i: range(3)}
    graph:
      - {id: down$i, double: $(8 * 2 ** i)}
      - max_pool: 2
  - {id: bottom, double: 64}
  - for: {i: "range(2, -1, -1)"}
    id: up$i
    graph:
      - {id: signal, graph: []}
      - {id: skip, from: [down$i, signal], gate: $(4 * 2 ** i)}
      - id: deconv
        from: signal
        conv_transpose: {out_channels: $(8 * 2 ** i), kernel_size: 2, stride: 2}
      - concat: [skip, deconv]
      - {id: conv, double: $(8 * 2 ** i)}
  - {id: logits, conv: 2}
"""

GIVEN_ON = """
name: Given on
inputs: {u: [8, 16, 16]}
blocks:
  down:
    graph:
      - {id: keep, graph: []}
      - {id: low, max_pool: 2}
    outputs: [low, keep]
  two:
    inputs: [a, b]
    graph:
      - {id: keep, from: b, graph: []}
      - {id: wide, from: a, conv: 16}
      - {id: low, conv: 8}
    outputs: [low, keep]
graph:
  - {id: c, conv: 8}
  - {id: d, down: }
  - {id: up, from: d.low, upsample: 2}
  - {id: t, from: [up, c], two: }
  - {id: all, add: [t.low, t.keep, d.keep]}
outputs: [all, c]
"""

FRACTAL = """
name: Fractal
inputs: {image: [3, 32, 32]}
blocks:
  unit:
    params: {channels: int}
    graph: [{conv: {out_channels: $channels, kernel_size: 3, padding: 1}}, batch_norm, relu]
  fractal:
    params: {columns: int, channels: int}
    graph:
      - when: columns == 1
        unit: $channels
        else:
          fractal_join:
            p: 0.15
            branches:
              - {id: short, unit: $channels}
              - - {id: left, fractal: {columns: $(columns - 1), channels: $channels}}
                - {id: right, fractal: {columns: $(columns - 1), channels: $channels}}
graph:
  - for: {c: "[64, 128, 256]"}
    graph:
      - {id: block$c, fractal: {columns: 4, channels: $c}}
      - max_pool: 2
  - global_avg_pool
  - flatten
  - linear: 10
"""

WRITTEN = {"siamese": SIAMESE, "gated": GATED, "given on": GIVEN_ON, "fractal": FRACTAL}
ALL = [*FAMILIES, *WRITTEN]

NEAR = 1.0
"""Points: half of a line's thickness and a little."""

backend: Any = find("strips")


def graph_called(name: str) -> Graph:
    return graph_of(WRITTEN[name]) if name in WRITTEN else network(name)


def kinds(graph: Graph) -> Iterator[Instance]:
    """Parts that hold nodes: of each block, and of groups of one place, the first."""
    seen = set()
    for part in graph.instances:
        kind = part.block.name if part.block else (part.parent and part.parent.block, part.name)
        if part.parent is not None and kind not in seen and any(part.nodes()):
            seen.add(kind)
            yield part


def ends(graph: Graph, part: Instance) -> tuple[set[Node], set[Node]]:
    """The values that a part is given, and those that it gives, as the graph has them."""
    own = set(part.nodes())
    passed = {node for node in part.output if node not in own}
    read = {source for node in own for source in node.inputs}
    left = {node for node in own if not own.issuperset(graph.readers.get(node, ()))}
    left |= {output.node for output in graph.outputs if output.node in own}
    return (read | passed) - own, left | passed


def check_figures(graph: Graph) -> None:
    for part in kinds(graph):
        figure = Figure(graph, Detail(only=part.path))
        given, gives = ends(graph, part)
        assert {box.part for box in figure.sources} == given, part.path
        assert [output.node for output in figure.outputs if output.node not in gives] == []
        assert {output.node for output in figure.outputs} == gives, part.path


@pytest.mark.parametrize("name", ALL)
def test_a_figure_of_a_part_has_the_ends_of_the_part(name: str) -> None:
    check_figures(graph_called(name))


@examples(400, sample=8)
@given(specs())
def test_so_has_one_of_a_random_part(text: str) -> None:
    check_figures(graph_of(text))


def test_what_is_given_to_a_part_is_no_value_of_its_own() -> None:
    """An output of the network that a block reads, and one that it gives on."""
    graph = graph_of(SIAMESE)
    assert [o.name for o in Figure(graph, Detail(only="same")).outputs] == ["same"]
    assert [o.name for o in Figure(graph, Detail(start="same.score")).outputs] == ["same"]
    given_on = Figure(graph_of(GIVEN_ON), Detail(only="t"))
    assert [box.path for box in given_on.sources] == ["up", "c"]
    assert [output.name for output in given_on.outputs] == ["t.low", "c"]


# --- small pictures, and opened blocks -----------------------------------------------------------


def at_the_edges(picture: Picture, upwards: bool) -> tuple[int, int]:
    """How many lines cross the edge of a block's ground where values come in, and leave."""
    ground = around(next(item.points for item in picture.items if isinstance(item, Polygon)))
    side = int(upwards)
    first, last = (corner[side] for corner in (ground[::-1] if upwards else ground))
    lines = [item.points for item in picture.items if isinstance(item, Line)]
    points = {point for line in lines for point in (line[0], line[-1])}
    points |= {head.points[0] for head in heads(picture)}
    return tuple(  # type: ignore[return-value]
        len({round(p[1 - side], 3) for p in points if abs(p[side] - edge) < NEAR})
        for edge in (first, last)
    )


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_lines_lead_into_a_block_for_each_value_and_out_of_it(name: str, upwards: bool) -> None:
    graph = graph_called(name)
    for part in kinds(graph):
        inner = within(graph, part)
        if inner is None:
            continue
        whole = flowing(topology(inner.figure))
        given = len(whole.sources)
        assert len(inner.sources) == given or (given, len(inner.sources)) == (1, 0), part.path
        opened = inset(inner, "block", lambda _: (), upwards=upwards)
        assert at_the_edges(opened, upwards) == (given, len(inner.ends)), part.path
        small = Picture(miniature(inner, Maps(inner.maps[-1].box), upwards).items)
        assert at_the_edges(small, upwards)[0] == given, part.path


# --- whole figures --------------------------------------------------------------------------------


def picture_of(name: str, **options: Any) -> Picture:
    found: Picture = backend.picture(graph_called(name), Options(**options))
    return found


@pytest.mark.parametrize("style", ["strip", "tower"])
@pytest.mark.parametrize("name", WRITTEN)
def test_words_stand_beside_what_they_name_and_on_no_line(name: str, style: Style) -> None:
    assert misplaced_words(picture_of(name, style=style)) == []


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_arrows_come_to_the_side_of_a_small_picture(style: Style) -> None:
    """Each value that it reads has a head that can be seen, none of which is under its ground."""
    picture = picture_of("siamese", style=style)
    side = int(style == "tower")
    tips = [head.points[0] for head in heads(picture)]
    grounds = [
        around(item.points)
        for item in picture.items
        if isinstance(item, Polygon) and len(item.points) == 4 and item.fill.role == "ground2"
    ]
    coming = sorted(
        sum(
            abs(tip[side] - ground[side][side]) < NEAR
            and ground[0][1 - side] < tip[1 - side] < ground[1][1 - side]
            for tip in tips
        )
        for ground in grounds
    )
    assert coming[-5:] == [1, 1, 1, 2, 2]


@pytest.mark.parametrize("style", [None, "strip", "tower", "volumes", "blocks"])
def test_what_is_given_in_training_only_is_said_where_it_is_made_for_more(
    style: Style | None, tmp_path: Path
) -> None:
    file = tmp_path / "x.svg"
    pipeline.render(graph_of(SIAMESE), file, options=Options(style=style))
    svg = file.read_text()
    assert all(name in svg for name in ("same", "different", "embedding"))
    assert ("own loss" if style == "volumes" else "training only") in svg
