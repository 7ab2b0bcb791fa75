"""Notes: formulas that a spec has on the arrows of values."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.base import find
from archspec.backends.page.data import describe
from archspec.diagnostics import ArchspecError
from archspec.figures.figure import Figure
from archspec.figures.options import Options, Style
from archspec.ir.graph import Graph
from tests.saved_svg import SVG
from tests.slides import heads
from tests.strategies import graph_of

BLOCK = """
name: n
inputs: {image: [8, 16, 16]}
params: {letter: F}
blocks:
  residual:
    params: {channels: int}
    graph:
      - note: x
      - add:
          - []
          - graph:
              - conv: {out_channels: $channels, kernel_size: 3, padding: 1}
              - relu
              - {note: $letter(x), conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
        note: $letter(x) + x
      - relu
graph:
"""
STEM = "{id: stem, conv: {out_channels: 8, kernel_size: 3, padding: 1}, note: h}"
STRIPS: Any = find("strips")
ONE = f"{BLOCK}  - {STEM}\n  - {{id: one, residual: 8, note: y & <y>}}\n  - tanh\n"
TWO = BLOCK + "  - residual: 8\n  - sigmoid\n  - {residual: 8, note: 1 - T}\n  - tanh\n"


def said(graph: Graph, options: Options) -> list[str]:
    """All the words of a figure."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "figure.svg")
        pipeline.render(graph, file, options=options)
        texts = ET.fromstring(file.read_text()).iter(f"{SVG}text")
    return [text.text or "" for text in texts]


def on_arrows(text: str, options: Options) -> dict[str, str]:
    """The notes of a figure, by the paths of the boxes they leave."""
    arrows = Figure(graph_of(text), options).arrows
    return {arrow.tail.path: arrow.note for arrow in arrows if arrow.note is not None}


def test_a_note_stands_on_the_arrow_that_leaves() -> None:
    shown = on_arrows(ONE, Options())
    # what comes into the block is `x` within, and `h` around it, where it is named first
    assert shown == {"stem": "h", "one.2": "F(x)", "one.3": "F(x) + x", "one.4": "y & <y>"}
    (skipped,) = [a for a in Figure(graph_of(ONE), Options()).arrows if a.skip]
    assert skipped.note is None


def test_a_block_by_itself_has_its_notes() -> None:
    for text in (ONE, TWO):
        words = said(graph_of(text), Options(only="residual"))
        assert {"x", "F(x)", "F(x) + x"} <= set(words)
        assert not {"h", "y & <y>", "1 - T"} & set(words)


def test_a_network_has_notes_of_a_block_that_it_opens_once() -> None:
    assert set(on_arrows(TWO, Options()).values()) == {"1 - T"}
    assert set(on_arrows(TWO, Options(collapse=("0",))).values()) == {
        *("x", "F(x)", "F(x) + x", "1 - T")
    }


def test_folded_blocks_have_no_notes_within() -> None:
    assert set(on_arrows(TWO, Options(level="block")).values()) == {"1 - T"}
    assert set(on_arrows(ONE, Options(level="stage")).values()) == {"h", "y & <y>"}


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_insets_have_notes_and_miniatures_have_none(style: Style) -> None:
    words = said(graph_of(TWO), Options(style=style, size="16:9"))
    assert [words.count(note) for note in ("x", "F(x)", "F(x) + x", "1 - T")] == [1, 1, 1, 1]


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_a_note_is_in_the_figure_as_it_is_written(direction: str) -> None:
    options = Options(direction=direction)  # type: ignore[arg-type]
    assert "y & <y>" in said(graph_of(ONE), options)
    assert "σ(Wx) · 1 − T" in said(graph_of(ONE.replace("y & <y>", "σ(Wx) · 1 − T")), options)


def test_a_value_that_only_leaves_has_its_note() -> None:
    text = "name: n\ninputs: {x: [3]}\ngraph:\n  - {linear: 2, note: Wx + b}\n"
    assert "Wx + b" in said(graph_of(text), Options())
    assert "Wx + b" in said(graph_of(text), Options(style="strip"))


NESTED = """
name: n
inputs: {x: [16]}
blocks:
  inner: {graph: [{note: X}, {linear: 16, note: h}, {softmax: , note: g(X)}]}
  outer: {graph: [{linear: 16, note: F(x)}, {inner: , note: g(F(x))}, {linear: 16}]}
graph: [{outer: }]
"""


def test_of_two_notes_on_a_value_the_outermost_is_said() -> None:
    shown = on_arrows(NESTED, Options(only="outer"))
    assert shown == {"0.0": "F(x)", "0.1.0": "h", "0.1.1": "g(F(x))"}
    assert on_arrows(NESTED, Options(only="inner")) == {"0.0": "X", "0.1.0": "h"}
    assert "g(X)" in said(graph_of(NESTED), Options(only="inner"))


@pytest.mark.parametrize("style", ["blocks", "strip", "tower"])
def test_what_has_a_note_is_fused_into_nothing_before_it(style: Style) -> None:
    nodes = "{linear: 2, note: u}, relu, {linear: 2, note: v}, tanh, {linear: 4}"
    text = f"name: n\ninputs: {{x: [3]}}\ngraph: [{nodes}]\n"
    words = said(graph_of(text), Options(style=style, fuse=True))
    assert {"u", "v"} <= {word.strip() for word in words}


@pytest.mark.parametrize(
    ("notes", "boxes"), [(("", ""), 1), (("", "h2"), 1), (("h", "h"), 1), (("h1", "h2"), 2)]
)
def test_values_with_names_of_their_own_are_not_one(notes: tuple[str, str], boxes: int) -> None:
    nodes = ", ".join(f"{{linear: 3{note and f', note: {note}'}}}" for note in notes)
    text = f"name: n\ninputs: {{x: [3]}}\ngraph: [{nodes}, softmax]\n"
    figure = Figure(graph_of(text), Options())
    assert len(figure.folding.boxes) == boxes + 1
    assert {arrow.note for arrow in figure.arrows} >= set(filter(None, notes))


U = """
name: n
inputs: {x: [1, 32, 32]}
graph:
  - {id: a, conv: {out_channels: 8, kernel_size: 3, padding: 1}, note: h}
  - max_pool: 2
  - {conv: {out_channels: 8, kernel_size: 3, padding: 1}, note: z}
  - {id: up, conv_transpose: {out_channels: 8, kernel_size: 2, stride: 2}, note: w}
  - add: [up, a]
    note: h + w
  - {conv: {out_channels: 1, kernel_size: 3, padding: 1}, note: y}
"""


def test_a_u_has_notes() -> None:
    words = " ".join(said(graph_of(U), Options(style="strip", direction="U")))
    assert "32²" in words
    assert {*"hzwy", "h + w"} == set(re.findall(r"(?:→ )?\b(h \+ w|[hzwy])\b", words))


def test_levels_have_notes() -> None:
    words = said(graph_of(NESTED), Options(style="levels"))
    assert {"F(x)", "g(F(x))"} <= set(words)


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_a_note_of_what_only_leaves_stands_on_an_arrow(style: Style) -> None:
    """As many arrows as without it, and one more."""
    counts = []
    for note in ("", ", note: y"):
        text = f"name: n\ninputs: {{x: [3]}}\ngraph:\n  - linear: 2\n  - {{linear: 4{note}}}\n"
        picture = STRIPS.picture(graph_of(text), Options(style=style))
        counts.append(len(heads(picture)))
    assert counts[1] == counts[0] + 1


def test_a_note_changes_no_path_and_no_code() -> None:
    own_line = r"\n      - note: x|\n        note: .*"
    bare = re.sub(rf"{own_line}|, note: [^,}}]*(?=}})|note: [^,}}\n]*, ", "", ONE)
    assert "note" not in bare
    with_notes, without = graph_of(ONE), graph_of(bare)
    assert list(with_notes.by_path) == list(without.by_path)
    assert pipeline.source(with_notes) == pipeline.source(without)


def test_a_page_has_notes() -> None:
    edges = describe(graph_of(ONE), Options())["edges"]
    words = [edge[3] for edge in edges if len(edge) > 3]
    assert sorted(words) == ["F(x)", "F(x) + x", "h", "y & <y>"]


def test_a_long_note_of_an_expression_is_cut() -> None:
    text = "name: n\ninputs: {x: [3]}\nparams: {w: wwwwwwwwwwwwwwwwwwwwwwww}\ngraph:\n"
    text += "  - {relu: , note: $(w)$(w)}\n  - tanh\n"
    (note,) = on_arrows(text, Options()).values()
    assert len(note) == 40 and note.endswith("…")


@pytest.mark.parametrize(
    "node", ["{note: x, id: y}", "{note: x, label: y}", "{note: [x], relu: }", "{note: , relu: }"]
)
def test_what_is_no_note_is_told_at_its_place(node: str) -> None:
    with pytest.raises(ArchspecError) as caught:
        graph_of(f"name: n\ninputs: {{x: [3]}}\ngraph:\n  - {node}\n")
    assert caught.value.diagnostics[0].code in ("E203", "E204")
    assert caught.value.diagnostics[0].span is not None
