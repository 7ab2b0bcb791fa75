"""Lifting keeps what the spec said that a graph came from, wherever it still holds."""

from __future__ import annotations

import pytest

import archspec
from archspec import pipeline
from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load, load_source
from archspec.ir.equality import difference
from tests.lifted import altered, blocks_of, definitions
from tests.pieces import graph_of

SPEC = """
name: Small
inputs: {x: [3, 32, 32]}
params: {widths: [16, 32, 64], dropout: 0.1, num_classes: 10, bias: false}
blocks:
  unit:
    params: {channels: int, kernel_size: 3, stride: 1}
    graph:
      - id: conv
        conv: {out_channels: $channels, kernel_size: $kernel_size, stride: $stride,
               padding: $(kernel_size // 2), bias: $bias}
      - when: stride == 1 and input.channels == channels
        graph: [{id: norm, batch_norm: }, relu]
graph:
  - {id: stem, conv: $widths[0]}
  - for: {i: range(len(widths)), width: widths}
    graph:
      - {id: unit$(i + 1), unit: {channels: $width, stride: $(2 if i else 1)}}
      - {id: drop$(i + 1), dropout: $(dropout * (i + 1))}
  - global_avg_pool
  - flatten
  - {id: fc, linear: $num_classes}
"""


def test_parameters_lists_and_loops_are_kept() -> None:
    text = archspec.to_spec(graph_of(SPEC))
    for line in (
        "params: {widths: [16, 32, 64], dropout: 0.1, num_classes: 10, bias: false}",
        "- {id: stem, conv: $widths[0]}",
        "width: widths",
        "dropout: $(dropout * (i + 1))",
        "when: stride == 1 and input.channels == channels",
        "- {id: fc, linear: $num_classes}",
    ):
        assert line in text, text
    again = graph_of(text)
    assert pipeline.to_spec(again) == text
    wider = graph_of(text.replace("[16, 32, 64]", "[8, 16, 32]"))
    assert wider.by_path["unit3.conv"].output[0] == 32


OPEN = """
name: Open
inputs: {x: [8, 32, 32]}
params: {act: relu, scaled: false, wide: 16}
blocks:
  pointwise: {params: {channels: int}, graph: [conv: $channels]}

  scaled_conv: {params: {channels: int}, graph: [pointwise: $channels, scale: 0.1]}

  unit:
    params: {channels: int, kernel_size: 3}
    graph:
      - {when: scaled, scaled_conv: $channels, else: {pointwise: $channels}}
      - conv: {out_channels: $channels, kernel_size: $kernel_size, padding: $(kernel_size // 2)}
      - $act
graph:
  - {id: first, unit: $wide}
  - {id: last, unit: $wide}
"""


def test_a_block_without_a_change_is_written_as_the_spec_has_it() -> None:
    """What is decided in this network stays open, and so do parameters with one value."""
    text = archspec.to_spec(graph_of(OPEN))
    assert definitions(text) == definitions(OPEN)
    assert "params: {act: {str: relu}, scaled: false, wide: 16}" in text
    other = build(load_source(Source("open.yaml", text)), params={"scaled": True, "act": "silu"})
    assert {"scale", "silu"} <= {node.op.name for node in other.nodes}


@pytest.mark.parametrize("name", ["dla", "densenet", "mobilenet"])
def test_a_block_is_one_text_in_all_variants(name: str) -> None:
    document = load(name)
    texts = [
        archspec.to_spec(pipeline.elaborate(document, form)) for form in pipeline.forms(document)
    ]
    found = dict(blocks_of(texts))
    assert found and all(len(several) == 1 for several in found.values()), found


def test_a_changed_block_keeps_what_other_variants_have_of_it() -> None:
    graph = graph_of(OPEN)
    before = archspec.to_spec(graph)
    with archspec.edit(graph) as editor:
        for node in graph.nodes:
            if node.path.endswith(".1"):
                editor.replace(node, "conv", out_channels=16, kernel_size=5, padding=2)
    after = archspec.to_spec(editor.graph)
    assert altered(before, after) <= 2, after
    assert "scaled_conv: $channels, else" in after
    with archspec.edit(graph) as editor:
        for name in ("first.2", "last.2"):
            editor.replace(name, "silu")
    after = archspec.to_spec(editor.graph)
    assert altered(before, after) <= 2 and "- silu" in after and "$act" not in after, after


def test_a_block_is_not_written_whole_around_another_that_was_changed() -> None:
    graph = graph_of(OPEN)
    with archspec.edit(graph) as editor:
        editor.replace("last.0.0", "conv", out_channels=16, bias=False)
    text = archspec.to_spec(editor.graph)
    assert "bias" in text and difference(editor.graph, graph_of(text), parameters=False) is None


def test_what_an_edit_leaves_is_kept() -> None:
    graph = graph_of(SPEC)
    with archspec.edit(graph) as editor:
        editor.replace(
            "unit3.conv", "conv", out_channels=64, kernel_size=5, stride=2, padding=2, bias=False
        )
    text = archspec.to_spec(editor.graph)
    assert "stride: $(2 if i else 1), kernel_size: $(5 if i == 2 else 3)}" in text, text
    assert "linear: $num_classes" in text and "padding: $(kernel_size // 2)" in text


def test_what_a_spec_writes_out_is_no_loop() -> None:
    spec = SPEC.replace(
        "  - {id: stem, conv: $widths[0]}",
        "  - {id: stem1, conv: 16}\n  - {id: stem2, conv: 16}\n  - {id: stem3, conv: 16}",
    )
    text = archspec.to_spec(graph_of(spec))
    assert "- {id: stem3, conv: 16}" in text, text
    graph = graph_of(spec)
    graph.origin = None
    assert "id: stem$i" in archspec.to_spec(graph)
