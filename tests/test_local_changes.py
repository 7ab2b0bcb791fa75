"""A small change of a graph is a small change of its file, and the rest of that is as it was."""

from __future__ import annotations

import difflib

import pytest

import archspec
from archspec import pipeline
from archspec.frontend.loading import families, load
from archspec.ir.edit import Editor
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from tests.lifted import altered
from tests.lifted_edits import broadened, swapped
from tests.pieces import graph_of
from tests.sweeping import rounds

SPEC = """
name: Small
inputs: {x: [3, 32, 32]}
blocks:
  conv_bn:
    params: {channels: int, kernel_size: 3, relu: true}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: $kernel_size, padding: same}}
      - {id: bn, batch_norm: }
      - {when: relu, relu: {inplace: true}}
  residual:
    params: {channels: int, width: $(channels // 4)}
    graph:
      - add:
          - []
          - - {id: reduce, conv_bn: {channels: $width, kernel_size: 1}}
            - {id: expand, conv_bn: {channels: $channels, relu: false}}
      - {id: act, relu: {inplace: true}}
graph:
  - {id: stem, conv_bn: 64}
  - for: {i: range(3)}
    graph:
      - {id: block$(i + 1), residual: 64}
      - {id: pool$(i + 1), max_pool: 2}
  - {id: head, conv_bn: {channels: 128, kernel_size: 1}}
  - global_avg_pool
  - flatten
  - {id: fc, linear: 10}
"""


def edited(change: str) -> Editor:
    with archspec.edit(graph_of(SPEC)) as editor:
        part, op, *given = change.split()
        editor.replace(part, op, **{k: eval(v) for k, v in (one.split("=") for one in given)})
    return editor


def lines(graph: Graph) -> list[str]:
    """The lines of a file that an edit made others, and how many of the former ones it did."""
    before, after = archspec.to_spec(graph_of(SPEC)), archspec.to_spec(graph)
    assert difference(graph, graph_of(after), "names") is None
    return [
        line.strip(" +")
        for line in difflib.ndiff(before.splitlines(), after.splitlines())
        if line.startswith("+ ")
    ]


@pytest.mark.parametrize(
    ("change", "others"),
    [
        (
            "block2.act tanh",
            [
                "params: {channels: int, width: $(channels // 4), tanh: false}",
                "- {id: act, when: tanh, tanh: , else: {relu: {inplace: true}}}",
                "- {id: block$(i + 1), residual: {channels: 64, tanh: $(i == 1)}}",
            ],
        ),
        (
            "pool2 avg_pool kernel_size=2",
            ["- {id: pool$(i + 1), $('avg_pool' if i == 1 else 'max_pool'): {kernel_size: 2}}"],
        ),
        (
            "stem.bn instance_norm",
            [
                "params: {channels: int, kernel_size: 3, relu: true, op: {str: batch_norm}}",
                "- {id: bn, $op: }",
                "- {id: stem, conv_bn: {channels: 64, op: instance_norm}}",
            ],
        ),
        (
            "head.2 tanh",
            [
                "params: {channels: int, kernel_size: 3, relu: true, tanh: false}",
                "- {when: tanh, tanh: }",
                "- {id: head, conv_bn: {channels: 128, kernel_size: 1, relu: false, tanh: true}}",
            ],
        ),
        (
            "head.conv conv out_channels=256 kernel_size=1 padding='same'",
            ["- {id: head, conv_bn: {channels: 256, kernel_size: 1}}"],
        ),
        (
            "block3.expand.conv conv out_channels=64 kernel_size=5 padding='same'",
            [
                "params: {channels: int, width: $(channels // 4), kernel_size: 3}",
                "- {id: expand, conv_bn: {channels: $channels, relu: false, "
                "kernel_size: $kernel_size}}",
                "- {id: block$(i + 1), residual: {channels: 64, "
                "kernel_size: $(5 if i == 2 else 3)}}",
            ],
        ),
    ],
)
def test_only_what_an_edit_is_about_is_written_otherwise(change: str, others: list[str]) -> None:
    assert lines(edited(change).graph) == others


WAIST = """
name: Waist
inputs: {x: [16, 8, 8]}
blocks:
  gate:
    params: {reduction: 4}
    graph:
      - {id: skip, conv: $input.channels}
      - {id: waist, conv: $(input.channels // reduction)}
      - {id: wide, conv: $input.channels}
      - add: [identity, skip]
graph:
  - {id: one, gate: }
  - {id: two, gate: {reduction: 8}}
  - conv: 32
  - {id: three, gate: }
"""


def test_what_is_changed_everywhere_is_said_once_and_what_stood_before_a_merge_stays_there() -> (
    None
):
    graph = graph_of(WAIST)
    with archspec.edit(graph) as editor:
        for name in ("one", "two", "three"):
            node = graph.by_path[f"{name}.waist"]
            editor.replace(node, "conv", out_channels=2 * node.output[0])
    before, after = archspec.to_spec(graph), archspec.to_spec(editor.graph)
    assert altered(before, after) == 1
    assert "- {id: waist, conv: $(2 * (input.channels // reduction))}" in after, after
    assert "- add: [identity, skip]" in after


def test_a_flag_bears_no_name_that_the_spec_gave_a_parameter() -> None:
    spec = WAIST.replace("graph:\n  - {id: one", "params: {wide: 3}\ngraph:\n  - {id: one")
    spec = spec.replace("  - conv: 32", "  - conv: {out_channels: 32, kernel_size: $wide}")
    graph = graph_of(spec)
    with archspec.edit(graph) as editor:
        editor.replace("two.waist", "conv", out_channels=6)
    text = archspec.to_spec(editor.graph)
    assert "params: {reduction: 4, second_wide: false}" in text, text
    assert "- {id: two, gate: {reduction: 8, second_wide: true}}" in text


def test_one_odd_round_of_many_is_an_exception_without_a_spec_too() -> None:
    build = archspec.Builder("Odd")
    x = build.input("image", [8, 8, 8])
    for place in range(9):
        with build.block("unit", {}):
            x = build("conv", x, out_channels=8)
            x = build("avg_pool" if place == 4 else "max_pool", x, kernel_size=1)
    text = archspec.to_spec(build.graph())
    assert "unit: $('avg_pool' if i == 4 else 'max_pool')" in text, text


@pytest.mark.sweep
def test_edits_of_shipped_networks_are_small_changes_of_their_files() -> None:
    good, all_ = 0, 0
    paths = [path for path in families() if path.stem != "polynet"]
    for rng in rounds(8, 200):
        document = load(rng.choice(paths))
        graph = pipeline.elaborate(document, rng.choice(list(pipeline.forms(document))))
        if len(graph.nodes) > 500:
            continue
        what, everywhere = rng.choice([swapped, broadened]), rng.random() < 0.5
        change = what(graph, rng, everywhere=everywhere)
        if change is not None:
            before, after = archspec.to_spec(graph), archspec.to_spec(change[1])
            all_ += 1
            good += altered(before, after) <= 5
    assert good >= 0.75 * all_ and all_
