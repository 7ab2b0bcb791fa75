"""A block is one class: where its instances differ, a condition or an argument says so."""

from __future__ import annotations

import pytest

from tests.test_emission import emitted, holds


def test_a_branch_that_is_there_or_not() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {channels: int, stride: 1}
            graph:
              - add:
                  - {when: stride == 1 and input.channels == channels, graph: []}
                  - - {id: conv, conv: {out_channels: $channels, kernel_size: 3,
                                        stride: $stride, padding: 1}}
                    - batch_norm
        graph: [unit: 8, unit: 8, unit: {channels: 8, stride: 2}, unit: 6, unit: 6]
    """)
    assert source.count("class Unit(") == source.count("class Unit") == 1
    holds(source, "self.has_shortcut = stride == 1 and in_channels == channels")
    holds(source, "if self.has_shortcut: out = x + out return out")


def test_branches_that_only_some_have() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {channels: int, bypass: plain}
            graph:
              - add:
                  - [{id: a, conv: $channels}, relu]
                  - [{id: b, conv: $channels}, tanh]
                  - {when: bypass == 'simple', graph: []}
                  - {when: bypass == 'complex', id: c, conv: $channels}
        graph: [unit: 8, unit: {channels: 8, bypass: simple}, unit: {channels: 6, bypass: complex}]
    """)
    assert source.count("class Unit") == 1
    assert "else:" not in source
    holds(source, 'if bypass == "complex": self.c = nn.Conv2d(in_channels, channels')
    holds(source, "out = branch1 + branch2", "out = out + x", "c = self.c(x) out = out + c")


def test_conditions_are_halves_of_one_where_they_say_so_alone() -> None:
    text = """
        blocks:
          unit:
            params: {{kind: str}}
            graph:
              - {{when: kind == 'a', graph: [relu, sigmoid]}}
              - {{when: "{other}", graph: [tanh, sigmoid]}}
        graph: [unit: a, unit: b]
    """
    holds(emitted(text.format(other="kind != 'a'")), 'if kind == "a":', "else:")
    source = emitted(text.format(other="kind == 'b'"))
    assert "else:" not in source  # of another kind neither holds
    holds(source, 'if kind == "b":')


BODIES = {
    "in a chain": "[conv: $channels, {$act: {inplace: true}}, conv: $channels, $act]",
    "between merges": "[conv: $channels, add: [[], [$act, {conv: $channels}]], $act]",
    "given on": "[inner: {channels: $channels, act: $act}]",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_op_that_is_given(body: str) -> None:
    source = emitted(f"""
        blocks:
          inner:
            params: {{channels: int, act: relu}}
            graph: [conv: $channels, $act]
          unit:
            params: {{channels: int, act: relu}}
            graph: {body}
        graph: [unit: 4, unit: 8, unit: {{channels: 4, act: hardswish}}]
    """)
    assert source.count("class Unit") == 1
    holds(source, "act: type[nn.Module] = nn.ReLU", "Unit(8, 4, act=nn.Hardswish)")


def test_the_usual_one_is_the_default() -> None:
    source = emitted("""
        blocks: {unit: {params: {pool: str}, graph: [$pool: {kernel_size: 3, padding: 1}, relu]}}
        graph: [unit: avg_pool, unit: max_pool, unit: max_pool]
    """)
    holds(source, "pool: type[nn.Module] = nn.MaxPool2d", "Unit(pool=nn.AvgPool2d)", "Unit()")


def test_a_word_that_is_read_as_a_word_too_is_no_class() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {act: str}
            graph: [$act, {when: act == 'relu', conv: 4}]
        graph: [unit: relu, unit: tanh]
    """)
    assert "type[nn.Module]" not in source


def test_ops_that_are_given_differently_are_classes_of_their_own() -> None:
    source = emitted("""
        blocks: {unit: {params: {act: str}, graph: [conv: 3, $act, tanh]}}
        graph: [unit: batch_norm, unit: relu]
    """)
    assert source.count("class Unit") == 2


def test_weights_of_losses_stand_where_the_spec_gives_some() -> None:
    text = """
        graph: [{{id: a, conv: 4}}, {{id: b, relu: }}]
        outputs: {{a: a, b: {{from: b{}}}}}
    """
    assert "loss_weights" not in emitted(text.format(""))
    holds(emitted(text.format(", loss_weight: 2")), 'self.loss_weights = {"a": 1.0, "b": 2.0}')


def test_a_group_that_keeps_nothing_is_no_container() -> None:
    source = emitted("""
        graph:
          - {id: a, conv: 4}
          - {for: {i: range(2)}, id: h$i, graph: [{add: [[], a]}, relu]}
          - {id: g, graph: [{add: [[], a]}, {id: b, conv: 4}]}
    """)
    assert "self.h0" not in source
    holds(source, "self.g")


def test_positions_behind_a_condition_are_no_names() -> None:
    """An activation without an id is a module where it is given, whatever stands before it."""
    source = emitted("""
        blocks:
          unit:
            params: {channels: int, expand: int, act: relu}
            graph:
              - add:
                  - {when: input.channels == channels, graph: []}
                  - - {when: expand != input.channels, graph: [{id: e, conv: $expand}, $act]}
                    - {id: dw, conv: {out_channels: $expand, groups: $expand}}
                    - $act
                    - {id: p, conv: $channels}
        graph:
          - conv: 8
          - unit: {channels: 8, expand: 8}
          - unit: {channels: 12, expand: 24}
          - unit: {channels: 12, expand: 36, act: hardswish}
    """)
    assert source.count("class Unit(") == source.count("class Unit") == 1
    holds(source, "act: type[nn.Module] = nn.ReLU", "act=nn.Hardswish")
    holds(source, "if self.has_shortcut: out = x + out return out")


FRACTAL = """
    blocks:
      strands:
        params: {n: int, channels: int}
        graph:
          - parallel:
              - {id: unit, conv: $channels}
              - when: n > 1
                graph:
                  - {id: first, strands: {n: $(n - 1), channels: $channels}}
                  - {id: join, fractal_join: {branches: [first], first: $(4 - n)}}
                  - {id: second, strands: {n: $(n - 1), channels: $channels}}
    graph:
      - {id: whole, strands: {n: 4, channels: 6}}
      - mean: [identity]
"""


def test_a_recursion_that_gives_more_values_the_deeper_it_is() -> None:
    source = emitted(FRACTAL)
    assert source.count("class Strands") == 1
    holds(source, "if n > 1: self.first = Strands(in_channels, n=n - 1, channels=channels)")
    holds(source, "self.join_first = 4 - n", "(branch2, self.training, first=self.join_first)")
    holds(source, "values = [unit] if self.n > 1:", "values = [*values, *branch2]")
    holds(source, "return tuple(values)")


def test_values_side_by_side_of_which_the_first_is_not_always_there() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {more: bool}
            graph: [parallel: [{when: more, id: a, conv: 4}, {id: b, conv: 8}], concat: [identity]]
        graph: [unit: true, unit: false, unit: true]
    """)
    assert source.count("class Unit") == 2  # in the order of the spec


def test_a_number_that_a_function_is_given_is_the_parameter_that_says_it() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {scale: float, end: int}
            graph:
              - add: [identity, [{id: conv, conv: $input.channels},
                                 {when: scale != 1, scale: $scale}]]
              - channel_slice: {stop: $end}
        graph: [unit: {scale: 0.5, end: 3}, unit: {scale: 1.0, end: 2}, unit: {scale: 0.25, end: 2}]
    """)
    assert source.count("class Unit") == 1
    holds(source, "if self.scale != 1: conv = conv * self.scale", "[:, : self.end]")


def test_positions_of_what_has_no_weights_divide_no_classes() -> None:
    source = emitted("""
        blocks:
          a: {graph: [{id: conv, conv: 4}]}
          b: {graph: [{id: conv, conv: 4}, tanh, {id: deep, conv: 4}]}
          unit:
            params: {inner: block, more: true}
            graph:
              - add: [identity, [{id: inner, $inner: }, {when: more, sigmoid: }]]
              - {when: more, relu: }
        graph: [conv: 4, unit: a, unit: {inner: a, more: false}, unit: b]
    """)
    assert source.count("class Unit") == 2
    holds(source, "class UnitA", "more: bool", "class UnitB")


def test_a_block_of_the_networks_name_is_called_as_its_spec_calls_it() -> None:
    source = emitted("""
        blocks: {unit: {label: Small, graph: [{add: [identity, [{id: conv, conv: 3}]]}]}}
        graph: [unit, unit]
    """)
    assert "class Unit(" in source and "Small2" not in source


@pytest.mark.parametrize("outputs", ["", "{y: paths, z: a}", "{y: paths.0}"])
def test_a_network_may_end_in_one_value_side_by_side_with_none(outputs: str) -> None:
    source = emitted(f"""
        graph:
          - {{id: a, conv: 4}}
          - parallel: [{{from: a, id: paths, each: 1, conv: 4}}]
        {f"outputs: {outputs}" if outputs else ""}
    """)
    holds(source, "self.paths(x)")


def test_what_is_kept_hides_nothing_of_a_module() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {forward: float, training: bool, scale: 1.0}
            graph:
              - {id: scale2, conv: $input.channels}
              - add: [identity, [{when: training, scale: $forward}]]
              - {scale: $(scale * 2)}
              - {scale: $(scale + 2)}
        graph:
          - unit: {forward: 0.5, training: true}
          - unit: {forward: 2.0, training: false, scale: 0.5}
          - unit: {forward: 0.25, training: true, scale: 3.0}
    """)
    holds(source, "self.forward2 = forward", "self.training2 = training", "if self.training2:")
    holds(source, "self.factor = scale * 2", "self.factor2 = scale + 2")
