"""Many branches, blocks with named inputs, and merges that read more: what they are in PyTorch."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.pieces import graph_of
from tests.test_emission import emitted, holds


def test_each_under_an_id_is_a_list_of_modules() -> None:
    source = emitted("""
        params: {paths: 3}
        graph:
          - add:
              - []
              - id: paths
                each: {i: range(paths)}
                graph: [{conv: {out_channels: 3}}, relu]
    """)
    holds(
        source,
        "self.paths = nn.ModuleList( nn.Sequential(nn.Conv2d(3, 3, kernel_size=1), nn.ReLU())"
        " for _ in range(3) )",
        "paths = [branch(x) for branch in self.paths]",
        "return sum([x, *paths])",
    )


def test_a_list_as_long_as_a_parameter_says_is_a_loop() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {widths: list}
            graph:
              - concat: [{id: paths, each: {w: widths}, conv: {out_channels: $w}}]
        graph: [unit: [4, 8], unit: [4, 8, 2]]
    """)
    holds(
        source,
        "nn.ModuleList( nn.Conv2d(in_channels, w, kernel_size=1) for w in widths )",
        "torch.cat(paths, 1)",
    )


def test_rounds_with_names_within_are_built_one_by_one() -> None:
    source = emitted("""
        graph:
          - concat:
              - id: paths
                each: {k: [1, 3]}
                graph:
                  - {id: conv, conv: {out_channels: 4, kernel_size: $k, padding: same}}
                  - relu
    """)
    holds(
        source,
        "class Paths(nn.Module): def __init__(self, in_channels: int, k: int)",
        "self.paths = nn.ModuleList([Paths(3, k=1), Paths(3, k=3)])",
    )


def test_each_without_an_id_stands_in_the_scope_around() -> None:
    source = emitted("""
        graph:
          - concat:
              - {each: {k: [1, 3]}, conv: {out_channels: 4, kernel_size: $k, padding: same}}
          - concat: [{each: {i: range(2)}, graph: [{id: conv$(i), conv: {out_channels: 2}}, relu]}]
    """)
    holds(source, 'self["0"]', 'self["1"]', "self.conv0", "self.conv1")


def test_the_rounds_of_an_each_are_read_again_by_its_id() -> None:
    source = emitted("""
        graph:
          - {id: sum, add: [{id: paths, each: {i: range(2)}, conv: {out_channels: 3}}]}
          - concat: [paths, sum]
    """)
    holds(source, "torch.cat([*paths, x], 1)")


@pytest.mark.parametrize("rest", ["id: paths, ", ""])
def test_no_rounds_are_no_branches(rest: str) -> None:
    source = emitted(f"""
        graph:
          - add: [[], {{{rest}each: {{i: range(0)}}, conv: {{out_channels: 3}}}}]
          - conv: {{out_channels: 3}}
    """)
    assert "ModuleList" not in source
    assert "paths" not in source


def test_an_each_within_an_each() -> None:
    emitted("""
        graph:
          - add:
              - id: outer
                each: {i: range(2)}
                graph:
                  - concat:
                      - {id: inner, each: {k: [1, 3]}, conv: {out_channels: $k}}
                      - []
                  - conv: {out_channels: 3}
    """)


def test_each_in_parallel_feeds_a_block() -> None:
    emitted("""
        inputs: {image: [3, 8, 8]}
        blocks:
          join: {inputs: [a, b], graph: [subtract: [a, b]]}
        graph:
          - parallel: [{each: {i: range(2)}, conv: {out_channels: 4}}]
          - join
    """)


def test_the_paths_are_positions_under_the_id() -> None:
    graph = graph_of("""
name: Small
inputs: {image: [3, 8, 8]}
graph:
  - concat:
      - {id: a, each: {i: range(2)}, conv: {out_channels: 3}}
      - {id: b, each: {i: range(2)}, graph: [{conv: {out_channels: 3}}, {id: r, relu: }]}
""")
    paths = [node.path for node in graph.nodes]
    assert paths == ["image", "a.0", "a.1", "b.0.0", "b.0.r", "b.1.0", "b.1.r", "2"]


def test_named_inputs_are_the_arguments_of_forward() -> None:
    source = emitted("""
        inputs: {image: [3, 8, 8]}
        blocks:
          gate:
            inputs: [skip, signal]
            params: {channels: int}
            graph:
              - {from: signal, conv: {out_channels: $channels}}
              - sigmoid
              - multiply: [skip, []]
        graph:
          - {id: a, conv: {out_channels: 3}}
          - {id: b, tanh: }
          - {id: c, from: [a, b], gate: 3}
          - parallel: [b, c]
          - gate: 3
    """)
    holds(source, "def forward(self, skip: Tensor, signal: Tensor) -> Tensor:", "self.c(")


def test_one_named_input_flows_and_is_read_by_its_name() -> None:
    source = emitted("""
        inputs: {image: [3, 8, 8]}
        blocks:
          unit: {inputs: [start], graph: [{conv: {out_channels: 3}}, relu, {add: [[], start]}]}
        graph: [unit, unit]
    """)
    holds(source, "def forward(self, start: Tensor) -> Tensor:")


def test_a_block_with_two_inputs_is_shared() -> None:
    source = emitted("""
        inputs: {image: [3, 8, 8]}
        blocks:
          join:
            inputs: [a, b]
            graph: [{id: p, from: a, conv: {out_channels: 3}}, {add: [p, b]}]
        graph:
          - {id: x, relu: }
          - {id: y, from: image, tanh: }
          - {id: one, from: [x, y], join: }
          - {id: two, from: [y, x], share: one}
          - add: [one, two]
    """)
    assert source.count("Join(") == 1 + source.count("class Join(")


def test_a_merge_reads_what_its_attribute_names() -> None:
    source = emitted("""
        graph:
          - {id: a, conv: {out_channels: 4}}
          - {id: chosen, choose_column: 2}
          - fractal_join: {branches: [a, {from: a, conv: {out_channels: 4}}], columns: chosen}
    """)
    holds(source, "fractal_join([x, conv], self.training, chosen)")


def test_a_merge_with_weights_is_a_module_that_is_called_with_its_branches() -> None:
    source = emitted("""
        graph:
          - id: deform
            deform_conv:
              branches: [[], [conv: {out_channels: 18, kernel_size: 3, padding: 1}]]
              out_channels: 4
              kernel_size: 3
              padding: 1
    """)
    holds(source, "self.deform = DeformConv2d(3, 4, kernel_size=3, padding=1)", "self.deform(x, ")


def test_a_parameter_of_any_type_has_its_default_in_the_constructor() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {out: int, size: {any: 1}}
            graph: [conv: {out_channels: $out, kernel_size: $size}]
        graph: [unit: 4, unit: {out: 4, size: [1, 3]}]
    """)
    holds(source, "size: int | tuple[int, int] = 1", "size=(1, 3)")


@pytest.mark.parametrize(("rounds", "operands"), [("0", 1), ("2", 3)])
def test_a_count_says_how_many_branches(rounds: str, operands: int) -> None:
    graph = graph_of(f"""
        name: Small
        inputs: {{x: [3, 8, 8]}}
        params: {{rounds: {rounds}}}
        graph:
          - add: [[conv: {{out_channels: 3}}], {{each: rounds, graph: []}}]
    """)
    assert len(graph.nodes[-1].inputs) == operands


def test_the_channels_of_one_round_are_not_those_of_the_next() -> None:
    emitted("""
        blocks:
          unit:
            params: {depth: int}
            graph:
              - concat:
                  - id: kids
                    each: {i: range(depth)}
                    graph:
                      - {when: i % 2 == 0, conv: {out_channels: 16}}
                      - {id: last, conv: {out_channels: 8}}
        graph: [unit: 3, unit: 2]
    """)


def test_a_list_of_branches_may_stand_under_a_condition() -> None:
    source = emitted("""
        blocks:
          tree:
            params: {depth: int}
            graph:
              - when: depth > 0
                concat: [{id: kids, each: {i: range(depth)}, graph: [conv: {out_channels: 2}]}]
                else: {conv: {out_channels: 2}}
        graph: [tree: 2, tree: 1, tree: 0]
    """)
    holds(source, "x = [branch(x) for branch in self.kids]", "x = torch.cat(x, 1)")


def test_a_round_of_a_list_is_read_by_its_position() -> None:
    source = emitted("""
        graph:
          - concat: [{id: kids, each: 3, graph: [conv: {out_channels: 4}]}]
          - concat: [[], kids.1]
    """)
    holds(source, "kids[1]")


def test_a_parameter_may_say_what_is_read() -> None:
    graph = graph_of("""
        name: Small
        inputs: {x: [3, 8, 8]}
        params: {source: [x, early]}
        blocks: {pair: {inputs: [a, b], graph: [add: [a, b]]}}
        graph: [{id: early, conv: {out_channels: 3}}, {id: sum, from: $source, pair: }]
    """)
    assert [n.path for n in graph.nodes[-1].inputs] == ["x", "early"]


def test_what_a_share_keeps_apart_may_be_a_parameter() -> None:
    graphs = [
        graph_of(f"""
            name: Small
            inputs: {{x: [3, 8, 8]}}
            params: {{own: {own}}}
            blocks: {{unit: {{graph: [{{id: c, conv: {{out_channels: 3}}}}, batch_norm]}}}}
            graph: [{{id: a, unit: }}, {{id: b, share: {{of: a, own: $own}}}}]
        """)
        for own in ("[]", "batch_norm", "[.c, batch_norm]")
    ]
    owners = [[node.path for node, _ in graph.owners()] for graph in graphs]
    assert owners == [["a.c", "a.1"], ["a.c", "a.1", "b.1"], ["a.c", "a.1", "b.c", "b.1"]]


def test_one_round_is_read_beside_the_list_and_beside_a_bundle_of_it() -> None:
    source = emitted("""
        graph:
          - {id: p, parallel: [{each: 2, id: hs, conv: {out_channels: 4}}]}
          - {id: d, concat: [hs.0, image]}
          - {id: e, concat: [hs.1, d]}
          - concat: [e, p]
    """)
    holds(source, "hs[0]", "hs[1]")


def test_a_list_feeds_a_block_or_a_module_value_by_value() -> None:
    emitted("""
        inputs: {image: [3, 8, 8]}
        blocks: {two: {inputs: [a, b], graph: [add: [a, b]]}}
        graph:
          - parallel: [{each: 2, id: br, conv: {out_channels: 4}}]
          - two
          - deform_conv:
              branches: [{each: {c: [4, 18]}, id: offsets, conv: {out_channels: $c}}]
              out_channels: 4
              kernel_size: 3
              padding: 1
    """)


@pytest.mark.parametrize(
    ("loop", "ids", "inner"),
    [
        ("for: {i: range(2)}", "fuse$i", "{j: range(3)}"),
        ("for: {i: range(2)}", "fuse$i", "3"),
        ("for: {name: [fuse0, fuse1]}", "$name", "{k: [1, 3, 5]}"),
    ],
)
def test_an_id_that_is_told_apart_by_a_loop_around_is_that_of_all_rounds(
    loop: str, ids: str, inner: str
) -> None:
    spec = f"""
        graph:
          - {loop}
            graph:
              - add:
                  - []
                  - {{id: {ids}, each: {inner}, graph: [conv: {{out_channels: 3}}, relu]}}
    """
    emitted(spec)
    graph = graph_of(f"name: Small\ninputs: {{x: [3, 8, 8]}}\n{dedent(spec)}")
    paths = [node.path for node in graph.nodes if node.op.name == "conv"]
    assert paths == [f"fuse{i}.{j}.0" for i in range(2) for j in range(3)]


def test_an_id_beside_each_is_that_of_all_rounds_whatever_it_reads() -> None:
    graph = graph_of("""
        name: Small
        inputs: {x: [3, 8, 8]}
        graph:
          - for: {i: range(2)}
            graph:
              - add: [[], {id: c$i, each: {j: range(2)}, conv: {out_channels: 3}}]
    """)
    assert [n.path for n in graph.nodes if n.op.name == "conv"] == ["c0.0", "c0.1", "c1.0", "c1.1"]


def test_rounds_of_a_computed_id_are_read_by_their_positions() -> None:
    emitted("""
        graph:
          - for: {i: range(2)}
            graph:
              - {id: m$i, concat: [{id: s$i, each: 2, conv: {out_channels: 3}}]}
              - {add: [s$i.0, s$i.1]}
          - concat: [[], s1.0, m0, m1]
    """)
