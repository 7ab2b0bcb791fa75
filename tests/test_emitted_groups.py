"""Groups with an id: expressions where they are chains, classes where several are one item's."""

from __future__ import annotations

from tests.test_emission import emitted, holds

UNIT = """
        blocks:
          unit:
            params: {channels: int}
            graph:
              - {id: conv, conv: {out_channels: $channels, kernel_size: 1}}
              - {id: norm, batch_norm: }
"""


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


def test_shared_steps_in_a_chain_are_a_loop() -> None:
    source = emitted(f"""{UNIT}
        graph:
          - for: {{i: range(2), channels: [4, 8]}}
            id: state$(i + 1)
            graph:
              - {{id: enter, unit: $channels}}
              - {{id: step, unit: $channels}}
              - {{repeat: $(3 + i), share: {{of: step, own: [batch_norm]}}}}
          - flatten
    """)
    assert "ModuleDict" not in source
    holds(source, "class State(nn.Sequential):", "for _ in range(3 + i): block = Unit(")
    holds(source, "block.conv = self.step.conv self.append(block)")


def test_a_chain_that_shares_with_one_outside() -> None:
    source = emitted(f"""{UNIT}
        graph:
          - {{id: first, unit: 3}}
          - id: rest
            graph:
              - {{id: other, unit: 3}}
              - {{share: {{of: first, own: [batch_norm]}}}}
              - {{id: third, share: {{of: other, own: [batch_norm]}}}}
          - flatten
    """)
    holds(source, "block.conv = self.first.conv", "block.conv = self.rest.other.conv")
    holds(source, "self.rest.third = block")


def test_modules_that_are_called_again_are_called_in_a_loop() -> None:
    source = emitted(f"""{UNIT}
        graph:
          - {{id: first, unit: 3}}
          - {{id: second, unit: 3}}
          - repeat: 4
            graph: [{{share: first}}, relu, {{share: second}}]
          - flatten
    """)
    holds(source, "for _ in range(4): x = self.first(x) x = F.relu(x) x = self.second(x)")


def test_a_loop_leaves_what_is_read_again() -> None:
    source = emitted(f"""{UNIT}
        graph:
          - {{id: first, unit: 3}}
          - {{id: second, unit: 3}}
          - repeat: 4
            graph: [{{share: first}}, {{share: second}}]
          - add: [identity, {{from: second}}, {{from: image}}]
    """)
    holds(source, "for _ in range(4):", "= self.first(")


def test_a_loop_that_runs_more_often_in_some_instances() -> None:
    source = emitted(f"""{UNIT}
          state:
            params: {{steps: int}}
            graph:
              - {{id: step, unit: 3}}
              - add: [identity, [relu, {{repeat: $steps, share: step}}]]
        graph: [state: 1, state: 3, state: 0, flatten]
    """)
    assert source.count("class State") == 1
    holds(source, "for _ in range(self.steps):")


def test_rounds_that_others_read_are_written_out() -> None:
    source = emitted(f"""{UNIT}
        graph:
          - {{id: first, unit: 3}}
          - {{id: second, unit: 3}}
          - for: {{i: range(3)}}
            graph: [{{id: again$(i), share: first}}, {{share: second}}]
          - {{add: [identity, {{from: again1}}]}}
    """)
    assert "for _ in range" not in source


def test_a_vector_that_was_a_volume_says_so() -> None:
    source = emitted("""
        graph:
          - conv: {out_channels: 5, kernel_size: 3}
          - flatten
          - dropout
          - {id: fc1, linear: 7}
          - {id: fc2, linear: 2}
    """)
    holds(source, "nn.Linear(5 * 6 * 6, 7)", "nn.Linear(7, 2)")


def test_a_vector_that_was_one_pixel_is_its_channels() -> None:
    source = emitted("graph: [{conv: {out_channels: 5, kernel_size: 8}}, flatten, linear: 2]")
    holds(source, "nn.Linear(5, 2)")
