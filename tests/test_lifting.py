"""What a lift finds in a graph: blocks, loops, conditions, branches, sharing, families."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from archspec import pipeline
from archspec.diagnostics import ArchspecError
from archspec.frontend.printer import print_spec
from archspec.ir.graph import Graph
from archspec.lifting.lift import lift, lift_family
from tests.frozen import NETWORKS
from tests.lifted import again, bare, family, hidden, unlike
from tests.pieces import graph_of
from tests.sweeping import some

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
FEW = [path for path in SPECS if path.stem in ("densenet", "unet", "zfnet")]
"""Families that take little time, in which much differs."""
HEAD = "name: Small\ninputs: {x: [8, 16, 16]}\n"


def lifted(text: str) -> dict[str, Any]:
    """What the graph of a spec is lifted to, with nothing known of the spec."""
    return dict(lift(hidden(bare(graph_of(HEAD + text)))))


def body(text: str) -> list[Any]:
    """The network's own nodes in that."""
    found = lifted(text)["graph"]
    assert isinstance(found, list)
    return found


def read(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.sweep
@pytest.mark.parametrize(
    "change", [bare, lambda graph: hidden(bare(graph))], ids=["names", "hidden"]
)
@pytest.mark.parametrize("name", some(NETWORKS, 4))
def test_a_network_comes_back_equal(name: str, change: Any) -> None:
    graph = change(pipeline.elaborate(name))
    assert unlike(graph, again(print_spec(lift(graph)))) is None


@pytest.mark.sweep
@pytest.mark.parametrize("path", some(SPECS, 0, FEW), ids=lambda path: path.stem)
def test_a_family_is_one_file(path: Any) -> None:
    graphs = family(path)
    text = print_spec(lift_family(graphs))
    for graph in graphs:
        variant = graph.variant if len(graphs) > 1 else None
        assert unlike(graph, again(text, variant)) is None


def test_a_run_is_a_loop_and_numbers_in_ids_are_its_rounds() -> None:
    chain = "".join(
        f"  - {{id: conv{n}, conv: {{out_channels: {2**n}, kernel_size: 3}}}}\n  - relu\n"
        for n in range(3, 7)
    )
    assert body(f"graph:\n{chain}") == read("""
      - for: {i: range(4)}
        graph:
          - {id: conv$(i + 3), conv: {out_channels: $(8 * 2 ** i), kernel_size: 3}}
          - relu
    """)


def test_instances_of_a_block_have_one_body() -> None:
    found = lifted("""
blocks:
  unit:
    params: {channels: int, norm: bool}
    graph: [{id: conv, conv: $channels}, {when: norm, batch_norm: }, relu]
graph: [{unit: {channels: 4, norm: true}}, {unit: {channels: 32, norm: false}},
        {unit: {channels: 16, norm: false}}, {unit: {channels: 12, norm: true}}, {id: y, tanh: }]
""")
    (block,) = found["blocks"].values()
    assert block["graph"] == read(
        "[{id: conv, conv: $out_channels}, {when: batch_norm, batch_norm: }, relu]"
    )


def test_recursion_is_found_with_its_depth() -> None:
    found = lifted("""
blocks:
  level:
    params: {channels: int, depth: int}
    graph:
      - {id: conv, conv: $channels}
      - {when: depth > 0, level: {channels: $(2 * channels), depth: $(depth - 1)}}
graph: [level: {channels: 8, depth: 3}]
""")
    (block,) = found["blocks"].values()
    inner = block["graph"][1]
    assert inner["when"] == "depth > 0" and "$(depth - 1)" in str(inner["b1"])


def test_merges_have_branches() -> None:
    text = "graph: [{add: [identity, [{conv: 8}, relu]]}, {concat: [[relu], {conv: 4}]}]"
    assert body(text) == read(text)["graph"]


def test_weights_are_shared_by_name() -> None:
    found = body("""
blocks: {unit: {graph: [conv: 8, batch_norm, relu]}}
graph: [{id: first, unit: }, {repeat: 3, share: {of: first, own: batch_norm}}]
""")
    assert found[1]["share"] == {"of": "first", "own": ["batch_norm"]} and found[1]["repeat"] == 3


def test_variants_are_one_file_with_rows() -> None:
    text = (
        HEAD
        + """
params: {width: 8, norm: false}
variants: {narrow: {}, wide: {width: 32, norm: true}}
graph: [{id: conv, conv: $width}, {when: norm, batch_norm: }, relu]
"""
    )
    graphs = [hidden(bare(again(text, v))) for v in ("narrow", "wide")]
    found = lift_family(graphs)
    assert [*found["variants"]] == ["narrow", "wide"]
    assert found["graph"][0] == {"id": "conv", "conv": "$out_channels"}


def test_neither_length_nor_depth_is_too_much() -> None:
    chain = "graph: [{repeat: 3_000, relu: }]"
    assert body(chain) == [{"repeat": 3000, "relu": None}]


def test_what_is_derived_stays_derived() -> None:
    text = "graph: [{max_pool: 2}, {upsample: {size: [$input.height, $input.width]}}]"
    assert body(text) == read(text)["graph"]


def test_a_graph_that_no_spec_describes_is_refused() -> None:
    graph: Graph = bare(graph_of(HEAD + "graph: [{id: conv, conv: 8}, relu]"))
    graph.nodes[1].path = "conv-1"
    with pytest.raises(ArchspecError, match="E609"):
        lift(graph)
