"""What figures say of costs is what tables say, and a merge of one operand is not drawn."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from archspec import pipeline
from archspec.analysis.units import brief, size
from archspec.backends.page.data import describe
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.repeats import nodes_of
from archspec.frontend.loading import load
from archspec.tables import costs
from archspec.tables.tables import plain
from tests.pieces import graph_of

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))


def label(dot: str, box: str) -> list[str]:
    found = re.search(
        rf'^\s*"?{re.escape(box)}"? \[label="?(.*?)"? (?:fill|fixed|margin)', dot, re.M
    )
    assert found is not None, box
    return found[1].split(r"\n")


@pytest.mark.parametrize("path", SPECS, ids=[path.stem for path in SPECS])
def test_the_network_as_a_box_costs_what_the_table_totals(path: Path) -> None:
    document = load(path)
    graph = pipeline.elaborate(document, pipeline.forms(document)[-1])
    totals = pipeline.stats(graph).totals
    (box,) = Figure(graph, Detail(level="network")).folding.boxes
    said = [f"{brief(totals.params)} parameters"] if totals.params else []
    said += [f"{brief(totals.macs)} MACs"] if totals.macs else []
    said.append(size(totals.output_bytes))
    assert list(Notes(graph, ("params", "macs", "memory")).of(box)) == said
    options = Options(level="network", annotate=("params", "macs", "memory"))
    assert describe(graph, options)["parts"][0]["lines"][-len(said) :] == said


def test_training_only_boxes_have_their_own() -> None:
    graph = pipeline.elaborate("googlenet")
    dot = pipeline.render(graph, options=Options(level="stage", annotate=("params",)))
    assert dot is not None
    assert "3.19M parameters" in label(dot, "aux1")
    totals = pipeline.stats(graph)
    boxes = Figure(graph, Detail(level="stage")).folding.boxes
    kept = [b for b in boxes if not b.train_only]
    layers = {layer.path: layer for layer in totals.layers}
    assert sum(layers[n.path].params for b in kept for n in b.nodes()) == totals.totals.params


REPEATED = """
name: A
inputs: {x: [8, 16, 16]}
graph:
  - repeat: 3
    graph: [{conv: {out_channels: 8}}, {relu: {inplace: true}}]
  - {id: last, linear: 4}
"""


def test_a_sum_over_what_is_repeated_says_so() -> None:
    graph = graph_of(REPEATED.replace("  - {id: last, linear: 4}\n", ""))
    options = Options(fuse=True, annotate=("params", "macs", "memory", "rf"))
    dot = pipeline.render(graph, options=options)
    assert dot is not None
    assert label(dot, "0") == [
        *("1×1 conv, 8  × 3", "ReLU", "216 parameters in all", "49.15K MACs in all"),
        "24.58 kB in all",
    ] + [line for line in label(dot, "0") if line.startswith("sees")]
    alone = pipeline.render(graph, options=Options(fuse=True, repeat="none", annotate=("params",)))
    assert alone is not None
    assert "in all" not in alone
    lines = next(p["lines"] for p in describe(graph, options)["parts"] if p["sort"] == "run")
    assert {"216 parameters in all", "24.58 kB in all"} <= set(lines)


def test_each_of_what_is_repeated_has_its_share() -> None:
    graph = graph_of(REPEATED.replace("  - {id: last, linear: 4}\n", ""))
    options = Options(fuse=True, annotate=("params", "macs", "memory", "each"))
    wanted = ["72 parameters each", "16.38K MACs each", "8.19 kB each"]
    dot = pipeline.render(graph, options=options)
    assert dot is not None and label(dot, "0")[-3:] == wanted
    (run,) = [p["lines"] for p in describe(graph, options)["parts"] if p["sort"] == "run"]
    assert run[-3:] == wanted
    alone = pipeline.render(graph, options=replace(options, repeat="none"))
    assert alone is not None and " each" not in alone


def test_of_likes_each_has_something_between() -> None:
    """GoogLeNet's five Inception blocks at 14x14, which differ in their channels."""
    graph = pipeline.elaborate("googlenet")
    rows = {layer.path: layer for layer in pipeline.stats(graph).layers}
    figure = Figure(graph, Detail(level="block", repeat="alike"))
    (box,) = [box for box in figure.folding.boxes if box.path == "inception4a"]
    counts = [sum(rows[n.path].params for n in nodes_of(member)) for member in box.run]
    assert len(counts) == 5 and len(set(counts)) == 5
    least, most = brief(min(counts)), brief(max(counts))
    assert Notes(graph, ("params", "each")).of(box) == (f"{least} to {most} parameters each",)
    assert Notes(graph, ("params",)).of(box) == (f"{brief(sum(counts))} parameters in all",)
    tree = pipeline.render(
        pipeline.elaborate("resnet50"), options=Options(view="tree", annotate=("params", "each"))
    )
    assert "Bottleneck × 2 · 70.40K parameters each" in (tree or "").replace("\\n", " · ")


@pytest.mark.parametrize(("place", "kept"), [("true", 1), ("false", 2)])
def test_what_works_in_place_takes_no_memory_of_its_own_in_a_fused_box(
    place: str, kept: int
) -> None:
    text = "name: A\ninputs: {x: [8, 16, 16]}\ngraph:\n"
    text += f"  - conv: {{out_channels: 8}}\n  - relu: {{inplace: {place}}}\n"
    graph = graph_of(text)
    dot = pipeline.render(graph, options=Options(fuse=True, annotate=("memory",)))
    assert dot is not None
    assert label(dot, "0")[-1] == size(kept * 8 * 16 * 16 * 4)


MERGES = """
name: A
inputs: {image: [8, 16, 16]}
blocks:
  lone: {graph: [relu, {add: [[]]}, tanh]}
  bare: {graph: [{concat: [[]]}]}
graph:
  - {id: first, concat: [[]]}
  - {id: a, conv: {out_channels: 8}}
  - {id: b, add: [[{id: c, tanh: }]]}
  - {id: d, multiply: [b]}
  - {id: l, lone: }
  - bare
  - {id: e, from: d, add: [[], [{id: f, relu: }]]}
  - {id: g, concat: [e, bare]}
  - {id: h, mean: [[]]}
outputs: {h: h, d: d}
""".replace("  - bare\n", "  - {id: bare, bare: }\n")


@pytest.mark.parametrize("style", ["blocks", "volumes", "planes"])
@pytest.mark.parametrize("level", ["stage", "block", "layer"])
def test_a_merge_of_one_operand_is_not_drawn(level: str, style: str, tmp_path: Path) -> None:
    graph = graph_of(MERGES)
    options = Options(level=level, style=style)  # type: ignore[arg-type]
    figure = Figure(graph, options)
    drawn = {box.path for box in figure.folding.boxes}
    assert drawn.isdisjoint({"first", "b", "d", "h", "l.1", "bare.0"})
    assert {"a", "e", "f", "g"} <= drawn
    ways = {(arrow.tail.path, arrow.head.path) for arrow in figure.arrows}
    last = "l.2" if level == "layer" else "l"
    assert {("image", "a"), ("c", "e"), ("c", "f"), ("f", "e"), ("e", "g")} <= ways
    assert ("bare", "g") in ways or (last, "g") in ways
    assert all(tail != head for tail, head in ways)
    pipeline.render(graph, tmp_path / "a.dot", options=options)


def test_a_page_has_no_part_for_a_merge_of_one_operand() -> None:
    found = describe(graph_of(MERGES), Options())
    words = json.dumps([part.get("lines") for part in found["parts"]])
    assert words.count('"+"') == 1
    assert "mean" not in words
    assert all(tail != head for tail, head, *_ in found["edges"])


def test_parts_by_themselves_and_frames_may_end_in_one() -> None:
    graph = graph_of(MERGES)
    for options in (
        Options(start="a", end="d"),
        Options(only="lone"),
        Options(start="d"),
        Options(residuals=True, legend=True),
        Options(view="tree"),
        Options(view="unravel"),
        Options(direction="U"),
    ):
        assert pipeline.render(graph, options=options)


SEVERAL = """
name: A
inputs: {x: [8, 16, 16]}
blocks:
  two: {graph: [{id: a, relu: }, {id: b, max_pool: 2}], outputs: {a: a, b: b}}
graph:
  - {id: t, two: }
outputs: {p: t.a, q: t.b}
"""


def test_a_block_of_several_outputs_shows_them_all() -> None:
    counted = pipeline.stats(graph_of(SEVERAL))
    view = costs.View(depth=1)
    assert "8x16x16;8x8x8" in plain(costs.table(counted, view))
    assert "8x16x16;8x8x8" in costs.as_csv(counted, view)
    assert '"output": [[8, 16, 16], [8, 8, 8]]' in costs.as_json(counted, view)
