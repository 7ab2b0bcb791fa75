"""Groups with an id: expressions where they are chains, classes where several are one item's."""

from __future__ import annotations

from tests.test_emission import emitted, holds


def test_what_a_loop_made_of_one_group_is_one_class() -> None:
    source = emitted("""
        graph:
          - for: {i: range(3), width: [4, 8, 16], depth: [1, 2, 3]}
            id: stage$(i + 1)
            graph:
              - {id: norm, when: i > 0, batch_norm: }
              - {id: down, conv: {out_channels: $width, kernel_size: 2, stride: 2}}
              - id: units
                graph:
                  - for: {j: range(depth)}
                    graph: [conv: {out_channels: $width, kernel_size: 1}, relu: {inplace: true}]
          - global_avg_pool
    """)
    assert source.count("class Stage") == 1
    holds(
        source, "class Stage(nn.Sequential):", "if i > 0: self.norm = nn.BatchNorm2d(in_channels)"
    )
    holds(source, "self.stage1 = Stage(3, i=0, width=4, depth=1)")
    holds(source, "self.stage3 = Stage(8, i=2, width=16, depth=3)")


def test_a_class_that_an_attempt_wanted_alone_is_not_written() -> None:
    source = emitted("""
        graph:
          - for: {i: range(3), width: [4, 8, 8]}
            id: stage$(i + 1)
            graph:
              - for: {j: range(2)}
                conv: {out_channels: $width, kernel_size: 1}
          - flatten
    """)
    assert "class Stage" not in source


def test_groups_with_branches_are_classes() -> None:
    source = emitted("""
        graph:
          - id: fork
            graph:
              - concat:
                  - {id: left, conv: 4}
                  - [{id: right, conv: 6}, relu]
              - {id: mix, conv: 5}
          - relu
    """)
    assert "ModuleDict" not in source
    holds(source, "class Fork(nn.Module):", "self.fork = Fork(3)", "x = self.fork(x)")


def test_a_group_that_is_looked_into_is_no_class() -> None:
    source = emitted("""
        graph:
          - id: body
            graph:
              - {id: first, conv: 4}
              - {id: second, conv: 4}
          - {add: [identity, {from: body.first}]}
    """)
    assert "class Body" not in source


def test_a_named_chain_is_one_expression() -> None:
    source = emitted("""
        graph:
          - id: features
            graph:
              - {id: conv0, conv: 4}
              - id: inner
                graph: [{id: norm, batch_norm: }, {id: act, relu: }]
          - flatten
    """)
    holds(source, "from collections import OrderedDict")
    holds(
        source, "self.features = nn.Sequential( OrderedDict( conv0=nn.Conv2d(3, 4, kernel_size=1),"
    )
    holds(source, "inner=nn.Sequential(OrderedDict(norm=nn.BatchNorm2d(4), act=nn.ReLU())),")


def test_chains_under_templated_ids_roll_up() -> None:
    source = emitted("""
        graph:
          - id: body
            graph:
              - for: {i: range(20)}
                id: unit$(i + 1)
                graph: [{id: conv, conv: $(3 if i < 20 else 4)}, {id: norm, batch_norm: }]
          - relu
    """)
    assert source.count("Conv2d") == 1


def test_two_equal_children_are_one_expression() -> None:
    source = emitted("""
        blocks:
          unit: {graph: [conv: {out_channels: 3, kernel_size: 1}, batch_norm, relu]}
        graph:
          - {id: body, graph: [unit, unit, unit]}
          - {id: tail, graph: [unit, unit]}
          - flatten
    """)
    holds(source, "*(Unit(3) for _ in range(2))")
