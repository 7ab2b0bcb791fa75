"""What a spec says is in every form of its figure: labels, dilation, costs, second operands,
shared weights."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.base import find
from archspec.backends.strips.alike import as_one
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.scene import Strip
from archspec.backends.strips.topology import topology
from archspec.backends.strips.tower import Tower
from archspec.backends.strips.zoomed import Levels
from archspec.figures.detail import Detail, Shapes
from archspec.figures.figure import Figure
from archspec.figures.legible import Illegible
from archspec.figures.lenders import lender
from archspec.figures.notes import Notes
from archspec.figures.options import Note, Options, Style
from archspec.figures.paint import Paint
from archspec.figures.picture import Line, Picture, Polygon
from archspec.ir.graph import Graph, Instance
from tests.slides import heads
from tests.strategies import graph_of

STRIPS: Any = find("strips")
FORMS: list[Style | None] = [None, "strip", "tower"]

each_form = pytest.mark.parametrize("form", FORMS)


def drawn(graph: Graph, **options: Any) -> Picture:
    picture: Picture = STRIPS.picture(graph, Options(**options))
    return picture


def words(graph: Graph, **options: Any) -> list[str]:
    return list(drawn(graph, **options).words())


# --- labels -------------------------------------------------------------------------------------

LABELS = """
name: n
inputs: {x: [16, 8, 8]}
graph:
  - {id: a, conv: {out_channels: 16}}
  - {label: Square, multiply: [[], []]}
  - {label: Both, concat: [[], a]}
  - {label: Alone, add: [[]]}
  - {label: Thinned, dropout: 0.5}
  - {label: Flat, flatten: }
  - {label: Similarity, linear: 1}
  - {label: Logistic function, sigmoid: }
"""


@each_form
def test_a_label_says_all_in_every_form(form: Style | None) -> None:
    said = words(graph_of(LABELS), style=form)
    for label in re.findall("label: ([A-Z][a-z ]+)", LABELS):
        assert sum(label in text for text in said) == 1, label
    assert not any("linear" in text or "sigmoid" in text for text in said)


def test_a_label_is_said_in_levels_and_in_a_u() -> None:
    block = LABELS.replace("graph:", "blocks:\n  b:\n    graph:").replace("\n  - ", "\n      - ")
    said = words(graph_of(f"{block}graph: [{{b: }}]\n"), style="levels")
    assert {"Square", "Both"} <= set(said)
    assert "Similarity" in " ".join(said) and "Logistic function" in " ".join(said)
    text = (
        (
            "{name: n, inputs: {x: [1, 32, 32]}, graph: [{id: a, conv: 8}, max_pool: 2, conv: 8, "
            "{id: up, conv_transpose: {out_channels: 8, kernel_size: 2, stride: 2}}, "
            "{label: Side by side, concat: [up, a]}, conv: 1]}"
        )
        .replace("conv: 8", "conv: {out_channels: 8}")
        .replace("conv: 1", "conv: {out_channels: 1}")
    )
    said = words(graph_of(text), style="strip", direction="U")
    assert any("32²" in text for text in said)
    assert "Side by side" in " ".join(said)


# --- attributes that carry the point ------------------------------------------------------------


@each_form
def test_dilation_and_groups_are_said(form: Style | None) -> None:
    more = ("padding: 6, dilation: 6", "padding: 12, dilation: 12")
    more += ("padding: 1, groups: 2", "padding: 1, groups: 8")
    branches = ", ".join(f"[{{conv: {{out_channels: 8, kernel_size: 3, {it}}}}}]" for it in more)
    text = f"{{name: n, inputs: {{x: [8, 32, 32]}}, graph: [{{concat: [{branches}]}}]}}"
    said = " | ".join(words(graph_of(text), style=form))
    assert "dilation 6" in said and "dilation 12" in said
    assert "2 groups" in said or "2 paths" in said
    assert "depthwise" in said


# --- costs --------------------------------------------------------------------------------------

BLOCK = """
name: n
inputs: {x: [16, 8, 8]}
blocks:
  b:
    graph:
      - add:
          - []
          - - {conv: {out_channels: 16, kernel_size: 3, padding: 1}}
            - relu
            - {conv: {out_channels: 16, kernel_size: 3, padding: 1, groups: 4}}
graph: [{b: }, max_pool: 2, {b: }, flatten, linear: 10]
"""


@pytest.mark.parametrize("note", ["params", "macs", "memory", "rf"])
def test_costs_are_in_the_boxes_of_parts_and_of_opened_blocks(note: Note) -> None:
    """What the boxes of a block cost is said in its figure, and in its inset."""
    graph = graph_of(BLOCK)
    figure = Figure(graph, Detail(only="b", fuse=True), framed=False)
    costs = Notes(graph, [note])
    convs = [box for box in figure.folding.boxes if not box.part.op.merges]  # type: ignore[union-attr]
    wanted = {text for box in convs for text in costs.of(box)}
    assert len(wanted) == 2
    ways: list[dict[str, Any]] = [{"only": "b"}, {"style": "strip"}, {"style": "tower"}]
    for options in ways:
        assert wanted <= set(words(graph, annotate=(note,), **options))
        assert wanted.isdisjoint(words(graph, **options))


# --- shapes, and words that are too small ---------------------------------------------------------


@each_form
def test_shapes_are_on_arrows_where_they_are_asked_for(form: Style | None) -> None:
    graph = graph_of(BLOCK)
    assert not any("16×4×4" in text for text in words(graph, style=form))
    assert words(graph, style=form, shapes="none") == words(graph, style=form)
    change, every = (words(graph, style=form, shapes=how) for how in ("change", "all"))
    assert [change.count(text) for text in ("16×4×4", "16×8×8", "256", "10")] == [1, 0, 1, 0]
    assert every.count("16×8×8") == 2
    channels = words(graph, style=form, shapes="channels")
    assert "16" not in channels and "256" in channels


@pytest.mark.parametrize("shapes", [None, "change"])
@pytest.mark.parametrize(("first", "runs"), [("", 1), (", note: h", 2)])
def test_a_run_of_layers_that_look_alike_says_its_shape_and_hides_no_note(
    first: str, runs: int, shapes: Shapes | None
) -> None:
    nodes = ", ".join(f"{{conv: {{out_channels: 8}}{note}}}" for note in (first, ""))
    graph = graph_of(f"{{name: n, inputs: {{x: [3, 8, 8]}}, graph: [{nodes}, max_pool: 2]}}")
    one = as_one(topology(Figure(graph, Options(shapes=shapes), framed=False)))
    assert len(one.maps) == 2 + runs
    assert one.note(one.maps[1]) == (
        ", ".join(filter(None, ("h" if first else "", shapes and "8×8×8"))) or None
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"style": "blocks"}, "on a slide of 1280×720: try --style strip, --level block, --fuse"),
        ({"style": "blocks", "size": "16:9", "fuse": True}, "on this page: try --style strip"),
        ({"style": "strip", "level": "block", "repeat": "none"}, "try --level stage or a part"),
        ({"style": "blocks", "level": "layer"}, None),
        ({}, None),
    ],
)
def test_words_that_are_too_small_for_a_slide_are_told_with_a_way_out(
    options: dict[str, Any], said: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "archspec")
    graph = pipeline.elaborate("resnet101")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", Illegible)
        pipeline.render(graph, tmp_path / "x.svg", options=Options(**options))
    told = [*map(str, (w.message for w in caught)), *caplog.messages]
    small = [text for text in told if text.startswith("words are")]
    assert len(small) == (said is not None) and all(str(said) in text for text in small)


# --- one value twice ----------------------------------------------------------------------------


@each_form
@pytest.mark.parametrize("op", ["multiply", "add", "concat", "label: Square, multiply"])
def test_a_value_that_is_read_twice_has_two_arrows(op: str, form: Style | None) -> None:
    counts = []
    for operands in ("[[]]", "[[], []]", "[[], [], []]"):
        nodes = f"{{linear: 8}}, {{{op}: {operands}}}, {{softmax: }}"
        text = f"name: n\ninputs: {{x: [8]}}\ngraph: [{nodes}]\n"
        counts.append(len(heads(drawn(graph_of(text), style=form))))
    alone = 0 if "label" in op else 1  # a merge of one operand is drawn if it has a label
    assert counts[1] - counts[0] == 1 + alone
    assert counts[2] - counts[1] in (0, 1)  # a third arrow may end in the head of another


def test_what_is_read_twice_in_a_block_has_two_lines_when_tiny_and_opened() -> None:
    twice = BLOCK.replace("- []", "- []\n          - []")
    once, double = (drawn(graph_of(text), style="strip") for text in (BLOCK, twice))
    lines = [sum(isinstance(i, Line) for i in picture.items) for picture in (once, double)]
    assert lines[1] >= lines[0] + 3  # tiny in two places, and opened


# --- whose weights ------------------------------------------------------------------------------

SHARED = """
name: n
inputs: {left: [1, 28, 28], right: [1, 28, 28]}
blocks:
  encoder:
    graph:
      - conv: {out_channels: 8, kernel_size: 3}
      - batch_norm
      - relu
      - flatten
      - linear: 32
graph:
  - {id: a, from: left, encoder: }
  - {id: b, from: right, share: a}
  - subtract: [a, b]
"""


def dotted(picture: Picture) -> int:
    return sum(isinstance(item, Polygon) and item.dotted for item in picture.items)


@pytest.mark.parametrize(
    ("options", "outlines", "known"),
    [
        ({}, 2, "a: FC 32"),
        ({"style": "strip"}, 3, "encoder a"),
        ({"style": "tower"}, 3, "encoder a"),
        ({"style": "levels"}, 1, "encoder a"),
        ({"style": "strip", "level": "layer"}, 2, "a: FC 32"),
        ({"style": "tower", "level": "layer"}, 2, "a: FC 32"),
    ],
)
def test_shared_weights_are_said_and_dotted(
    options: dict[str, Any], outlines: int, known: str
) -> None:
    """What uses them says whose they are, and that goes by this name."""
    picture = drawn(graph_of(SHARED), legend=True, **options)
    said = " ".join(picture.words())  # in a strip they are broken into lines
    assert dotted(picture) == outlines + 1  # one in the legend
    assert "weights of a" in said and known in said and "shares its weights" in said
    own = graph_of(SHARED.replace("share: a", "encoder: "))
    assert dotted(drawn(own, legend=True, **options)) == 0
    assert not any("weights" in text for text in words(own, legend=True, **options))


def test_a_run_says_that_its_weights_are_the_same() -> None:
    """Then nobody needs a name to be told by, and what has its own is said."""
    own = words(pipeline.elaborate("recurrent_resnet"), style="strip")
    said = " ".join(own)
    assert "× 17, same weights" in said and said.count("own batch norm") == 3
    assert "weights of" not in said and "block step" not in said
    shared = pipeline.elaborate("recurrent_resnet110_shared_norm")
    said = " ".join(words(shared, style="strip"))
    assert said.count("same weights") == 3 and "own" not in said


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_a_block_that_is_opened_in_a_stage_has_a_bracket_within_its(style: Style) -> None:
    """What is in a group by itself is said once, by its own name."""
    graph = pipeline.elaborate("spatial_transformer")
    picture = drawn(graph, style=style, expand=("tutorial_localisation",))
    said = list(picture.words())
    title = "Spatial transformer"
    assert said.count("Localisation") == 1 and said.count(title) == 2
    assert "transformers" not in said
    along = 1 if style == "tower" else 0
    open_lines = (item.points for item in picture.items if isinstance(item, Line))
    found = [points for points in open_lines if len(points) == 4 and _is_bracket(points, along)]
    inner, outer = sorted(found, key=lambda points: abs(points[2][along] - points[1][along]))
    (low, high), (start, end) = (
        sorted(point[along] for point in points[1:3]) for points in (inner, outer)
    )
    assert start <= low and high <= end and high - low < end - start
    assert inner[1][1 - along] != outer[1][1 - along]
    assert "transformers" not in words(graph, style=style)


def _is_bracket(points: Any, along: int) -> bool:
    """Whether both ends of a line of three parts lead to one side, and its middle along the way."""
    a, b, c, d = points
    return bool(a[along] == b[along] and c[along] == d[along] and a[1 - along] == d[1 - along])


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_a_second_output_leaves_at_the_top_of_its_box(style: Style) -> None:
    """All of them lead to one rail, and none shares the line on which the first goes on."""
    form = (Strip if style == "strip" else Tower)(
        Plan(pipeline.elaborate("wavenet"), Options(style=style, level="block"), tiny_blocks=False)
    )
    assert len(form.plan.whole.aside) == 9
    across = 1 if style == "strip" else 0
    (line,) = form.lines if isinstance(form, Strip) else [form.line]
    lines = [item for item in line.items if isinstance(item, Line)]
    rail = min(point[across] for line in lines for point in line.points)
    up = [line.points for line in lines if min(p[across] for p in line.points) == rail]
    starts = [points[0][across] for points in up]
    along = {round(points[0][1 - across], 3) for points in up}
    assert len(up) == len(along) == 9 and len(set(starts)) == 1
    boxes = [item.points for item in line.items if isinstance(item, Polygon)]
    tops = [min(point[across] for point in points) for points in boxes if len(points) == 4]
    assert sum(abs(top - starts[0]) < 0.01 for top in tops) >= 9


def test_parts_of_what_shares_share_too() -> None:
    """Also where a folded block within an opened one has its counterpart's weights."""
    text = SHARED.replace("      - conv", "      - {id: first, unit: }\n      - conv").replace(
        "blocks:",
        "blocks:\n  unit: {graph: [{conv: {out_channels: 4}}, {conv: {out_channels: 4}}]}",
    )
    graph = graph_of(text)
    within = next(i for i in graph.instances if i.path == "b.first")
    found = lender(within)
    assert isinstance(found, Instance) and found.path == "a.first"
    assert lender(found) is None
    nodes = [node for node in graph.nodes if node.tensors()]
    assert {node.path for node in nodes if lender(node)} == {
        node.path for node in nodes if node.path.startswith("b.")
    }
    said = words(graph, style="strip", depth=1)
    assert "weights of a.first" in " ".join(said)


# --- folded blocks ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [Strip, Tower, Levels])
def test_a_folded_block_looks_like_no_op(form: Any) -> None:
    """It has the tint of blocks and a thicker outline, and the legend says so."""
    graph, options = graph_of(BLOCK), Options(legend=True)
    if form is Levels:
        picture = drawn(graph, style="levels", legend=True)
    else:
        picture = form(Plan(graph, replace(options, level="block"), tiny_blocks=False)).together(())
    boxes = [i for i in picture.items if isinstance(i, Polygon) and len(i.points) == 4 and i.line]
    folded = [box for box in boxes if box.fill == Paint("ground2")]
    others = [box for box in boxes if box.fill != Paint("ground2")]
    assert len(folded) == 3  # two, and one in the legend
    assert min(box.thick for box in folded) > 1.5 * max(box.thick for box in others)
    assert "block, folded" in picture.words()
    # where it is opened, or a small picture with the colours of what is in it
    for style, level in (("strip", "layer"), ("strip", None), ("tower", None)):
        assert "block, folded" not in words(graph, style=style, level=level, legend=True)


# --- blocks of one kind -------------------------------------------------------------------------


def test_blocks_of_one_kind_are_small_pictures_of_one_detail() -> None:
    """EfficientNet's stages by their blocks, even those of one."""
    graph = pipeline.elaborate("efficientnet_b0")
    stages = Plan(graph, Options(level="stage", repeat="alike", fuse=True))
    inner = {m: one for m, one in stages.inner.items() if one is not None and m.folded}
    assert len(inner) == 7
    assert all(maps.folded for one in inner.values() for maps in one.maps if not maps.source)
    assert {len(one.maps) for one in inner.values()} == {1, 2}


def test_as_much_is_folded_in_a_short_block_as_in_a_long_one_of_its_kind() -> None:
    conv = "{conv: {out_channels: 8, kernel_size: $k, padding: same}}"
    unit = ", ".join(conv.replace("$k", str(k)) for k in (1, 3, 5, 7))
    text = f"""
name: n
inputs: {{x: [8, 16, 16]}}
blocks:
  unit: {{graph: [{unit}]}}
  m:
    params: {{long: bool}}
    graph: [{{unit: }}, {unit}, {{when: long, max_pool: 3}}, {{id: last, when: long, unit: }}]
"""
    for forms, folded in ((("false",), {0}), (("true",), {2}), (("false", "true"), {1, 2})):
        nodes = ", ".join(f"{{m: {long}}}" for long in forms)
        graph = graph_of(f"{text}graph: [{nodes}]\n")
        plan = Plan(graph, Options(level="block", fuse=True))
        shown = [one for one in plan.inner.values() if one is not None]
        assert len(shown) == len(forms)
        assert {sum(maps.folded for maps in one.maps) for one in shown} == folded


def test_blocks_at_the_top_that_are_called_alike_have_their_ids() -> None:
    said = " ".join(words(pipeline.elaborate("dla34"), style="strip"))
    assert all(f"Tree stage{n}" in said for n in range(1, 5))
    start = "[{b: }, max_pool: 2, {b: }"
    two = graph_of(BLOCK.replace(start, "[{id: u, b: }, max_pool: 2, {id: v, b: }"))
    assert {"b u", "b v"} <= set(words(two, style="tower"))
    one = graph_of(BLOCK.replace(start, "[{id: u, b: }, max_pool: 2"))
    assert "b" in words(one, style="tower") and "b u" not in words(one, style="tower")


RATES = """
name: n
inputs: {x: [8, 4, 4]}
blocks:
  b:
    params: {rate: float}
    graph:
      - add:
          - []
          - [{conv: {out_channels: 8}}, {drop_path: $rate}]
graph: [{b: 0.1}, {b: 0.2}, {b: 0.3}]
"""


def test_a_rate_of_dropping_is_no_structure() -> None:
    """Blocks that differ in it alone are one with ×N, where only what all have is said."""
    (box,) = Figure(graph_of(RATES), Detail(level="block")).folding.boxes
    assert box.times == 3
    (frame,) = Figure(graph_of(RATES), Detail()).folding.inside
    assert frame.times == 3
    boxes: Any = find("graphviz")
    dot = boxes.dot(graph_of(RATES))
    assert "drop path" in dot and not re.search(r"drop path 0\.\d", dot)
    same = RATES.replace("0.2", "0.1").replace("0.3", "0.1")
    assert "drop path 0.1" in boxes.dot(graph_of(same))
