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
from archspec.lifting import checked
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


def test_blocks_may_hold_each_other() -> None:
    found = lifted("""
blocks:
  even:
    params: {depth: int}
    graph: [{conv: $(2 * input.channels)}, {when: depth > 0, odd: $(depth - 1)}]
  odd: {params: {depth: int}, graph: [tanh, relu, {when: depth > 0, even: $(depth - 1)}]}
graph: [even: 5, odd: 3]
""")
    assert [block["graph"][-1] for block in found["blocks"].values()] == read(
        "[{when: depth > 0, b1: $(depth - 1)}, {when: depth > 0, b2: $(depth - 1)}]"
    )
    assert found["graph"] == read("[{b1: 5}, {b2: 3}]")


def test_merges_have_branches() -> None:
    text = "graph: [{add: [identity, [{conv: 8}, relu]]}, {concat: [[relu], {conv: 4}]}]"
    assert body(text) == read(text)["graph"]


def test_a_default_is_another_parameter_where_most_calls_say_so() -> None:
    calls = [(8, 8, 1, "relu"), (16, 16, 2, "tanh"), (24, 24, 2, "silu"), (12, 20, 1, "gelu")]
    calls += [(36, 36, 1, "sigmoid")]
    units = "".join(f"unit: {{a: {a}, b: {b}, stride: {s}}}, {op}, " for a, b, s, op in calls)
    found = lifted(f"""
blocks:
  unit:
    params: {{a: int, b: int, stride: 1, padding: $('same' if stride == 1 else 'valid')}}
    graph:
      - conv: {{out_channels: $a, kernel_size: 3, stride: $stride, padding: $padding}}
      - conv: $b
graph: [{units}unit: {{a: 32, b: 32, padding: valid}}]
""")
    (block,) = found["blocks"].values()
    assert block["params"] == {
        "conv_channels": "int",
        "stride": 1,
        "out_channels": "$conv_channels",
        "padding": "$('same' if stride == 1 else 'valid')",
    }
    assert [*found["graph"][6].values()] == [{"conv_channels": 12, "out_channels": 20}]
    assert [*found["graph"][10].values()] == [{"conv_channels": 32, "padding": "valid"}]


def test_many_numbers_of_channels_are_called_after_their_nodes_alone() -> None:
    rows = [(8, 4, 6, 2, 3, 5), (4, 6, 8, 3, 2, 1), (7, 5, 3, 6, 8, 2)]
    calls = ", relu, ".join(f"unit: {{widths: {list(row)}}}" for row in rows)
    found = lifted(f"""
blocks:
  unit:
    params: {{widths: list}}
    graph:
      - concat:
          - {{id: left, conv: "$(widths[0])"}}
          - {{id: mid, graph: [conv: "$(widths[1])", conv: "$(widths[2])"]}}
          - {{id: right, graph: [conv: "$(widths[3])", conv: "$(widths[4])"]}}
          - {{id: pool, graph: [max_pool: 1, conv: "$(widths[5])"]}}
graph: [{calls}]
""")
    (block,) = found["blocks"].values()
    names = ["left", "mid", "mid_second", "right", "right_second", "pool"]
    assert [*block["params"]] == names
    assert [*found["graph"][0].values()] == [dict(zip(names, rows[0], strict=True))]


def test_what_reads_more_values_in_one_variant_has_no_file_with_the_other() -> None:
    graphs = []
    for ids in ("a, b", "a, b, c"):
        graphs.append(
            bare(
                graph_of(
                    HEAD
                    + f"""
graph:
  - {{id: a, conv: 8}}
  - {{id: b, from: a, conv: 8}}
  - {{id: c, from: a, conv: 8}}
  - {{id: g, from: [{ids}], graph: [{{concat: [identity]}}, relu]}}
  - concat: [g, c]
"""
                )
            )
        )
        graphs[-1].variant = f"of{len(graphs)}"
    with pytest.raises(ArchspecError, match="reads 2 and 3 values, side by side"):
        checked.lifted(*graphs)


def test_what_a_merge_alone_reads_stands_in_its_branches() -> None:
    for merges in (
        "[{add: [{multiply: [h, t]}, {multiply: [x, {from: t, scale: -1}]}]}]",
        "[add: [h, {from: x, conv: 8}, {from: t, conv: 8}]]",
    ):
        text = f"blocks: {{gate: {{inputs: [x, h, t], graph: {merges}}}}}\n"
        text += "graph: [{id: h, relu: }, {id: t, tanh: }, {from: [x, h, t], gate: }]"
        (block,) = lifted(text)["blocks"].values()
        assert block["graph"] == read(merges)
    text = "graph: [{id: a, conv: 8}, {id: up, conv: 8}, add: [{from: a, crop: {like: up}}, up]]"
    (add,) = body(text)[2:]
    assert add == {"add": [{"from": "a", "crop": {"like": "up"}}, "identity"]}


def test_a_branch_that_is_there_or_not_is_one_node() -> None:
    found = lifted("""
blocks:
  unit: {params: {wide: bool}, graph: [concat: [identity, {when: wide, conv: 8}]]}
graph: [unit: true, unit: false]
""")
    (block,) = found["blocks"].values()
    assert block["graph"] == read("[concat: [identity, {when: conv, conv: 8}]]")


def test_a_loop_takes_a_last_round_without_its_end() -> None:
    text = """
blocks:
  stage: {params: {width: int}, graph: [conv: $width, relu, {conv: $width}, tanh]}
graph:
  - for: {i: range(4), channels: [8, 12, 24, 40]}
    graph: [{id: stage$(i + 1), stage: $channels}, {when: i < 3, max_pool: 2}]
"""
    (loop,) = body(text)
    assert loop["for"] == {"i": "range(1, 5)", "channels": [8, 12, 24, 40]}
    assert loop["graph"][1] == {"when": "i < 4", "max_pool": 2}


def test_an_index_begins_at_1_where_ids_alone_read_it() -> None:
    chain = "".join(f"{{id: s{n}, conv: {{out_channels: 8, kernel_size: 3}}}}, " for n in (1, 2, 3))
    (loop,) = body(f"graph: [{chain}]")
    assert loop["for"] == {"i": "range(1, 4)"} and loop["id"] == "s$i"
    chain = "".join(f"{{id: s{n}, conv: {8 * 2**n}}}, relu, " for n in range(1, 6))
    (loop,) = body(f"graph: [{chain}]")  # 16 * 2 ** i
    assert loop["for"] == {"i": "range(5)"} and loop["graph"][0]["id"] == "s$(i + 1)"


def test_loops_side_by_side_may_walk_what_has_one_name() -> None:
    widths = [[8, 24, 12, 64], [16, 28, 100, 8]]
    text = "graph:\n"
    for op, row in zip(("relu", "tanh"), widths, strict=True):
        text += f"  - for: {{c: {row}}}\n    graph: [conv: $c, {op}]\n"
    one, other = body(text)
    assert one["for"] == {"channels": widths[0]} and other["for"] == {"channels": widths[1]}


def test_short_lists_stand_in_place_of_conditions_on_an_index() -> None:
    stage = "{repeat: %s, graph: [conv: %s, relu]}, max_pool: {kernel_size: %s, stride: %s}, tanh"
    rows = [(2, 8, 3, 3), (2, 24, 1, 1), (3, 12, 1, 1), (3, 64, 1, 1)]
    (loop,) = body(f"graph: [{', '.join(stage % row for row in rows)}]")
    assert loop["for"]["depth"] == [2, 2, 3, 3] and loop["graph"][0]["repeat"] == "depth"
    assert loop["for"]["kernel_size"] == [3, 1, 1, 1]
    assert loop["graph"][1] == {
        "max_pool": {"kernel_size": "$kernel_size", "stride": "$kernel_size"}
    }


def test_rounds_that_some_variants_keep_apart_are_one_loop() -> None:
    graphs = []
    for name, pool in (("strided", ""), ("pooled", "max_pool: 2, ")):
        rounds = pool.join(f"relu, batch_norm: {{eps: 0.{n}}}, " for n in (5, 3, 7))
        graphs.append(hidden(bare(graph_of(f"{HEAD}graph: [{rounds}tanh]"))))
        graphs[-1].variant = name
    loop, last = lift_family(graphs)["graph"]
    assert last == "tanh" and loop["for"]["eps"] == [0.5, 0.3, 0.7]
    assert loop["graph"][0] == "relu" and [*loop["graph"][2]] == ["when", "max_pool"]


def test_a_branch_that_is_a_loop_is_no_list() -> None:
    found = body("graph: [add: [identity, {repeat: 9, conv: {out_channels: 8, padding: 0}}]]")
    assert found[0]["add"] == ["identity", {"repeat": 9, "conv": 8}]
    found = body("graph: [concat: [{each: 9, graph: [{repeat: 9, relu: }]}]]")
    assert found[0]["concat"] == [{"each": 9, "graph": [{"repeat": 9, "relu": None}]}]


def test_weights_are_shared_by_name() -> None:
    found = body("""
blocks: {unit: {graph: [conv: 8, batch_norm, relu]}}
graph: [{id: first, unit: }, {repeat: 3, share: {of: first, own: batch_norm}}]
""")
    assert found[1]["share"] == {"of": "first", "own": "batch_norm"} and found[1]["repeat"] == 3
    assert [*found[1]] == ["repeat", "share"]


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


def test_defaults_of_ops_are_not_said_unless_they_mean_something() -> None:
    text = "graph: [dropout: 0.5, batch_norm: {eps: 1.0e-5}, scale: {factor: -1.0}]"
    assert body(text) == ["dropout", "batch_norm", {"scale": -1}]
    text = "graph: [conv: {out_channels: 4, kernel_size: 1, padding: 1}]"
    assert body(text) == read(text)["graph"]


def test_a_graph_that_no_spec_describes_is_refused() -> None:
    graph: Graph = bare(graph_of(HEAD + "graph: [{id: conv, conv: 8}, relu]"))
    graph.nodes[1].path = "conv-1"
    with pytest.raises(ArchspecError, match="E609"):
        lift(graph)


def test_a_size_that_a_block_is_given_is_a_parameter_of_the_block() -> None:
    text = """
blocks: {unit: {params: {size: list}, graph: [{adaptive_avg_pool: $size}]}}
graph: [{max_pool: 2}, {unit: {size: [$input.height, $input.width]}}]
"""
    found = lifted(text)
    (block,) = found["blocks"].values()
    assert "params" not in found and len(block["params"]) == 1
    assert "$input.height" in str(found["graph"])


def test_rounds_under_an_id_that_do_not_read_what_flows() -> None:
    branches = (
        "[[{conv: 8}, tanh], [{multiply: [[], {conv: 8}]}, conv: 8], {id: e, each: 1, conv: 8}]"
    )
    graph = bare(graph_of(HEAD + f"graph: [tanh, {{maximum: {branches}}}]"))
    assert unlike(graph, again(print_spec(lift(graph)))) is None


@pytest.mark.parametrize(
    "text",
    [
        "graph: [{adaptive_max_pool: {output_size: null}}, relu]",
        "blocks: {unit: {graph: [{graph: []}]}}\ngraph: [unit, relu, {id: y, unit: }]",
        "graph: [{graph: []}]",
        "graph: [{parallel: [{each: 2, id: hs, relu: }]}, {id: d, add: [hs.0, x]}, add: [hs.1, d]]",
    ],
)
def test_what_is_odd_comes_back(text: str) -> None:
    graph = bare(graph_of(HEAD + text))
    assert unlike(graph, again(print_spec(lift(graph)))) is None
