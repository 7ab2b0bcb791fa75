"""Notes: formulas that a spec has on the arrows of values."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from archspec import pipeline
from archspec.backends.page.data import describe
from archspec.diagnostics import ArchspecError
from archspec.drawing.figure import Figure
from archspec.drawing.options import Options, Style
from archspec.graph import Graph
from tests.saved_svg import SVG
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
    # what comes into the block is `h` outside of it, and `x` within, where it is drawn
    assert shown == {"stem": "x", "one.2": "F(x)", "one.3": "F(x) + x", "one.4": "y & <y>"}
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
    assert sorted(words) == ["F(x)", "F(x) + x", "x", "y & <y>"]


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
