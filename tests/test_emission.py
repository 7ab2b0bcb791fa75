"""What single constructs of the language become in PyTorch, by small specs.

Each spec is also compiled, checked against its graph and compared, value by value, with its
nodes run one by one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest

from archspec.backends.torch import backend
from tests.strategies import graph_of
from tests.test_properties import check_outputs, check_tensors, check_values


def check_style(source: str) -> None:
    """The formatter leaves the text as it is, and no line is too long."""
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "-"],
        input=source,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert found.stdout == source
    assert all(len(line) <= 88 for line in source.splitlines())


def emitted(body: str, *, shape: str = "[3, 8, 8]") -> str:
    """The source of a spec, once it has been seen to do what its graph says."""
    head = "" if "inputs:" in body else f"inputs: {{image: {shape}}}\n"
    graph = graph_of(f"name: Small\n{head}{textwrap.dedent(body)}")
    module = backend.compile(graph, device="meta")
    check_tensors(graph, module)
    check_outputs(graph, module)
    check_values(graph)
    source = backend.source(graph)
    check_style(source)
    return source


def holds(source: str, *lines: str) -> None:
    """Each text stands in the source; white space counts as one space."""
    flat = re.sub(r"\s+", " ", source)
    for line in lines:
        assert line in flat, f"{line!r} is not in\n{source}"


CONV = "conv: {out_channels: $channels, kernel_size: 3, padding: 1}"


def test_recursion_stays_recursion() -> None:
    source = emitted(f"""
        blocks:
          level:
            params: {{channels: int, depth: int}}
            graph:
              - {CONV}
              - when: depth > 0
                graph:
                  - concat: [[], [level: {{channels: $(2 * channels), depth: $(depth - 1)}}]]
                  - {CONV}
        graph: [level: {{channels: 4, depth: 2}}]
    """)
    assert source.count("class Level(") == 1
    holds(source, "if depth > 0:", "Level(channels, 2 * channels, depth=depth - 1)")


def test_a_loop_over_a_parameter_stays_a_loop() -> None:
    source = emitted(f"""
        blocks:
          stage:
            params: {{channels: int, n: int}}
            graph:
              - repeat: n
                graph: [{CONV}, relu]
        graph:
          - stage: {{channels: 4, n: 2}}
          - stage: {{channels: 8, n: 3}}
    """)
    assert source.count("class Stage(") == 1
    holds(source, "for _ in range(n):", "Stage(3, 4, n=2)", "Stage(4, 8, n=3)")


def test_a_conditional_projection_is_a_module_or_the_identity() -> None:
    source = emitted(f"""
        blocks:
          residual:
            params: {{channels: int, stride: 1}}
            graph:
              - add:
                  - - conv: {{out_channels: $channels, kernel_size: 3, padding: 1, stride: $stride}}
                    - {CONV}
                  - - when: stride != 1 or input.channels != channels
                      id: project
                      conv: {{out_channels: $channels, stride: $stride}}
        graph:
          - residual: {{channels: 4}}
          - residual: {{channels: 4}}
          - residual: {{channels: 8, stride: 2}}
    """)
    holds(
        source,
        "if stride != 1 or in_channels != channels:",
        "self.project: nn.Module = nn.Identity()",
    )
    holds(source, "stride: int = 1", "Residual(4, 8, stride=2)")


def test_a_condition_over_several_nodes_is_asked_in_forward() -> None:
    source = emitted(f"""
        blocks:
          unit:
            params: {{channels: int, deep: false}}
            graph:
              - {CONV}
              - {{when: deep, graph: [{{add: [[{CONV}], []]}}, relu]}}
        graph: [unit: {{channels: 4}}, unit: {{channels: 4, deep: true}}]
    """)
    holds(source, "self.deep = deep", "if self.deep:")


def test_what_never_varies_is_a_literal() -> None:
    source = emitted("""
        blocks: {unit: {params: {k: 3}, graph: [conv: {out_channels: 4, kernel_size: $k}]}}
        graph: [unit, unit]
    """)
    holds(source, "kernel_size=3")
    assert "k:" not in source


def test_a_default_that_one_instance_departs_from_is_the_constructors() -> None:
    source = emitted("""
        blocks: {unit: {params: {k: 3}, graph: [conv: {out_channels: 4, kernel_size: $k}]}}
        graph: [unit, unit: {k: 5}]
    """)
    holds(source, "kernel_size=k", "k: int = 3", "Unit(4, k=5)")


def test_a_shared_node_is_called_twice() -> None:
    source = emitted("""
        graph:
          - {id: first, conv: {out_channels: 3, kernel_size: 3, padding: 1}}
          - relu
          - share: first
    """)
    assert source.count("nn.Conv2d") == 1 and source.count("self.first(") == 2


def test_a_shared_node_with_other_attributes_is_a_module_of_its_own_with_tied_tensors() -> None:
    source = emitted("""
        graph:
          - {id: first, conv: {out_channels: 3, kernel_size: 3, padding: 1}}
          - id: wide
            share: first
            conv: {out_channels: 3, kernel_size: 3, padding: 2, dilation: 2}
    """)
    holds(source, "self.wide.weight = self.first.weight", "self.wide.bias = self.first.bias")


BLOCK = """
        blocks:
          unit:
            params: {channels: int, slope: 0.1}
            graph:
              - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
              - {id: norm, batch_norm: }
              - leaky_relu: $slope
"""


def test_a_shared_block_is_called_twice() -> None:
    source = emitted(f"{BLOCK}        graph: [{{id: a, unit: 3}}, {{share: a}}]\n")
    assert source.count("self.a(") == 2


def test_a_shared_block_with_parts_of_its_own_takes_the_other_modules() -> None:
    source = emitted(f"""{BLOCK}
        graph: [{{id: a, unit: 3}}, {{id: b, share: {{of: a, own: [batch_norm]}}}}]
    """)
    holds(source, "self.b.conv = self.a.conv")
    assert "self.b.norm =" not in source


def test_a_shared_block_with_other_arguments_keeps_them() -> None:
    source = emitted(f"""{BLOCK}
        graph: [{{id: a, unit: 3}}, {{id: b, share: a, unit: {{channels: 3, slope: 0.5}}}}]
    """)
    holds(source, "self.b = Unit(3, 3, slope=0.5)", "self.b.conv = self.a.conv")


def test_a_node_inside_another_block_can_be_shared() -> None:
    emitted("""
        blocks:
          unit:
            graph: [{id: c, conv: {out_channels: 3}}, {id: d, relu: }]
            outputs: {left: c, right: d}
        graph: [{id: a, unit: }, {add: [[], a.right]}, {share: a.left}]
    """)


def test_unnamed_parts_are_shared_by_their_positions() -> None:
    source = emitted("""
        blocks: {unit: {graph: [conv: {out_channels: 3}, batch_norm]}}
        graph: [{id: a, unit: }, {id: b, share: {of: a, own: [batch_norm]}}]
    """)
    holds(source, "self.b[0] = self.a[0]")


def test_sharing_inside_a_block_survives_sharing_of_the_block() -> None:
    emitted("""
        blocks:
          unit: {graph: [{id: c, conv: {out_channels: 3}}, relu, {share: c}, batch_norm]}
        graph: [{id: a, unit: }, {id: b, share: {of: a, own: [conv]}}]
    """)


def test_names_of_python_and_torch_hide_nothing() -> None:
    source = emitted("""
        params: {F: 4, nn: 3}
        blocks:
          torch:
            params: {max: int, range: 3, x: 1, out: true}
            graph:
              - {id: nn, conv: {out_channels: $max, kernel_size: $range, padding: $x, bias: $out}}
              - {id: F, relu: }
              - {id: x, conv: {out_channels: $F}}
              - {id: out, add: [x, [softmax]]}
        graph:
          - {id: torch, torch: 4}
          - {id: self_, torch: {max: 8, range: 5, x: 2}}
          - {id: Tensor, relu: }
    """)
    holds(source, "max_: int", "range_: int = 3", "self.torch = Torch(3, max_=4)")


def test_blocks_whose_names_differ_in_case_alone_are_two_classes() -> None:
    source = emitted("""
        blocks:
          conv_bn: {graph: [conv: {out_channels: 4}, batch_norm]}
          convBn: {graph: [conv: {out_channels: 4}, relu]}
          ConvBn: {graph: [conv: {out_channels: 4}, tanh]}
          Small: {graph: [sigmoid]}
        graph: [conv_bn, convBn, ConvBn, Small]
    """)
    names = re.findall(r"^class (\w+)", source, re.MULTILINE)
    assert len(names) == len(set(names)) == 5 and names[-1] == "Small"


def test_words_of_any_script_stand_in_the_docstring() -> None:
    source = emitted("""
        source: "Müller & 李, “Сети” \\\\ \\"quoted\\"\\"\\""
        graph: [relu]
    """)
    assert "Müller & 李" in source


def test_very_long_names_stay_within_the_line() -> None:
    long = "a_block_that_has_a_very_long_name_indeed"
    source = emitted(f"""
        blocks:
          {long}:
            params: {{number_of_output_channels: int, probability_of_the_dropout: 0.5}}
            graph:
              - {{id: {long}, conv: {{out_channels: $number_of_output_channels, kernel_size: 1}}}}
              - dropout: $probability_of_the_dropout
        graph:
          - id: {long}_one
            {long}: {{number_of_output_channels: 4, probability_of_the_dropout: 0.25}}
          - id: {long}_two
            {long}: {{number_of_output_channels: 8, probability_of_the_dropout: 0.75}}
    """)
    assert "class ABlockThatHasAVeryLongNameIndeed(" in source


def test_parameters_may_be_words_lists_and_null() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {mode: zeros, sizes: [3, 3], pool: null, act: block}
            graph:
              - conv: {out_channels: 4, kernel_size: $sizes, padding: 1, padding_mode: $mode}
              - max_pool: {kernel_size: 2, stride: $pool}
              - $act
        graph: [unit: {act: relu}, unit: {act: tanh, mode: circular, sizes: [3, 1], pool: 1}]
    """)
    holds(source, "class Unit(", "padding_mode=mode", "Unit(3, act=nn.ReLU)")


def test_default_expressions_follow_from_other_parameters() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {channels: int, hidden: $(2 * channels)}
            graph: [conv: {out_channels: $hidden}, conv: {out_channels: $channels}]
        graph: [unit: 4, unit: 8]
    """)
    assert "hidden: int" not in source
    holds(source, "2 * channels")


def test_a_merge_gathers_all_values_of_a_block() -> None:
    source = emitted("""
        blocks:
          strands:
            params: {n: int}
            graph:
              - when: n > 1
                parallel: [conv: {out_channels: 3}, [mean: [strands: $(n - 1)], strands: $(n - 1)]]
                else: {conv: {out_channels: 3}}
        graph: [mean: [strands: 3], concat: [strands: 2]]
    """)
    holds(source, "torch.cat(out, 1)")


def test_named_outputs_of_a_block_are_read_apart() -> None:
    emitted("""
        blocks:
          unit:
            graph: [{id: a, conv: {out_channels: 3}}, {id: b, relu: }]
            outputs: {left: a, right: b}
        graph: [{id: u, unit: }, {subtract: [u.left, [{from: u.right, tanh: }]]}]
    """)


def test_training_only_outputs_appear_in_training_alone() -> None:
    source = emitted("""
        graph:
          - {id: main, conv: {out_channels: 4}}
          - {id: aux, from: main, graph: [global_avg_pool, flatten, linear: 2]}
          - {id: last, from: main, relu: }
        outputs: {last: last, aux: {from: aux, train_only: true, loss_weight: 0.3}}
    """)
    holds(source, "if self.training:", '"aux": 0.3')


def test_a_group_is_seen_into_from_outside() -> None:
    source = emitted("""
        graph:
          - id: stem
            graph: [{id: c1, conv: {out_channels: 4}}, relu, {id: c2, conv: {out_channels: 4}}]
          - add: [stem.c1, []]
    """)
    holds(source, "self.stem.c1(", "self.stem.c2(")


@pytest.mark.parametrize("pieces", ["[]", "[{when: flag, relu: }]", "[{repeat: 0, relu: }]"])
def test_what_builds_nothing_writes_nothing(pieces: str) -> None:
    source = emitted(f"""
        blocks:
          unit:
            params: {{channels: int, flag: false, n: 1}}
            graph: [{CONV}, {{when: n > 0, graph: {pieces}}}, {{repeat: n, graph: {pieces}}}]
        graph: [unit: 4, unit: {{channels: 8, n: 2}}, unit: {{channels: 8, n: 0}}]
    """)
    assert "pass" not in source


def test_instances_that_have_nothing_in_common_get_classes_of_their_own() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {head: block, channels: int}
            graph: [conv: {out_channels: $channels}, $head: , add: [[], [$head: ]]]
        graph: [unit: {head: relu, channels: 4}, unit: {head: batch_norm, channels: 4}]
    """)
    assert source.count("class Unit") == 2


@pytest.mark.parametrize(
    ("shape", "module"), [("[3, 9]", "1d"), ("[3, 9, 9]", "2d"), ("[3, 9, 9, 9]", "3d")]
)
def test_ranks(shape: str, module: str) -> None:
    source = emitted(
        """
        graph:
          - conv: {out_channels: 4, kernel_size: 3, stride: 2}
          - {id: low, batch_norm: }
          - conv_transpose: {out_channels: 4, kernel_size: 3, stride: 2}
          - pad: 1
          - crop: {like: low}
          - upsample: 2
        """,
        shape=shape,
    )
    holds(source, f"nn.Conv{module}(", f"nn.ConvTranspose{module}(", "center_crop(")


def test_a_kept_condition_and_a_child_of_the_same_name() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {depth: int}
            graph:
              - {id: depth, conv: {out_channels: 3}}
              - {when: depth > 0, graph: [{add: [[], [conv: {out_channels: 3}]]}, relu]}
        graph: [unit: 0, unit: 2]
    """)
    holds(source, "self.depth2 = depth", "if self.depth2 > 0:")


def test_a_condition_that_changes_the_channels_before_a_loop() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {widths: list}
            graph:
              - {when: "input.channels != widths[0]", conv: {out_channels: 8}}
              - {for: {i: range(len(widths)), w: widths}, id: c$i, conv: {out_channels: $w}}
        graph: [conv: {out_channels: 4}, unit: [4], unit: [8], unit: [4]]
    """)
    holds(source, "if in_channels != widths[0]:", "in_channels = 8", "for w in widths:")


def test_a_block_may_hand_on_what_it_reads_and_do_nothing() -> None:
    source = emitted("""
        inputs: {image: [3, 8, 8]}
        blocks:
          first:
            inputs: [a, b]
            params: {n: int}
            graph: [{when: n > 0, from: a, conv: {out_channels: 3}, else: []}]
        graph:
          - {id: p, conv: {out_channels: 3}}
          - {id: q, from: [p, image], first: {n: 0}}
          - relu
    """)
    holds(source, "def forward(self, a: Tensor, b: Tensor) -> Tensor:", "return a")


INNER = (
    "{for: {j: range(n)}, graph: [{id: a_$(i)_$(j), conv: {out_channels: $(2 * channels)}}, "
    "{id: b_$(i)_$(j), relu: }, relu, relu]}"
)


@pytest.mark.parametrize(
    "round",
    [
        INNER,
        f"{{when: wide, id: w$i, conv: {{out_channels: 4}}}}, {INNER}",
        f"{{graph: [{INNER}]}}, {{when: wide, relu: }}",
        f"{{when: wide, graph: [{INNER}]}}",
    ],
)
def test_a_round_ends_with_the_channels_that_it_began_with(round: str) -> None:
    """A loop within sets the running channels, which the next round of the one around reads."""
    emitted(f"""
        blocks:
          unit:
            params: {{channels: int, n: 2, wide: true}}
            graph:
              - for: {{i: range(n)}}
                graph: [{round}, {{id: z$i, conv: {{out_channels: $channels}}}}]
        graph: [conv: {{out_channels: 4}}, unit: {{channels: 4}}, unit: {{channels: 4, n: 3}}]
    """)


def test_conditions_that_exclude_each_other_may_share_an_id() -> None:
    emitted("""
        blocks:
          unit:
            params: {first: true}
            graph:
              - {when: first, id: act, tanh: }
              - {when: not first, id: act, conv: {out_channels: 3}}
              - relu
        graph: [unit, {unit: {first: false}}]
    """)


def test_an_argument_said_by_a_parameter_is_passed_even_where_it_is_the_default() -> None:
    source = emitted("""
        blocks:
          inner:
            params: {channels: int, expand: 2}
            graph: [{conv: {out_channels: $(channels * expand)}}, {conv: {out_channels: 3}}]
          outer:
            params: {channels: int, expand: 2}
            graph: [inner: {channels: $channels, expand: $expand}, relu]
        graph: [outer: 4, outer: {channels: 5, expand: 3}]
    """)
    holds(source, "Inner(in_channels, channels, expand=expand)")


def test_names_that_the_file_needs_itself() -> None:
    source = emitted("""
        blocks:
          f:
            params: {in_channels: int}
            graph: [{conv: {out_channels: $in_channels}}, {add: [[], [relu]]}]
        graph: [f: 4, f: 5]
    """)
    holds(source, "class F2(", "def __init__(self, in_channels: int, in_channels_: int)")


def test_a_network_may_begin_with_several_inputs_side_by_side() -> None:
    emitted("""
        inputs: {a: [3, 4, 4], b: [3, 4, 4]}
        graph: [parallel: [a, b], concat: [[]]]
    """)


def test_large_numbers_are_written_as_the_formatter_does() -> None:
    source = emitted("graph: [leaky_relu: 1e30, leaky_relu: 1e-30]")
    holds(source, "1e30", "1e-30")


def test_a_statement_that_comes_many_times_over_is_a_loop() -> None:
    source = emitted("""
        blocks: {unit: {graph: [{id: c, conv: {out_channels: 3}}, relu]}}
        graph: [{id: step, unit: }, {repeat: 4, share: step}]
    """)
    holds(source, "for _ in range(4): x = self.step(x)")


def test_classes_of_one_block_are_told_apart_by_the_words_they_were_given() -> None:
    source = emitted("""
        blocks:
          thin: {graph: [{id: c, conv: {out_channels: 3}}]}
          wide: {graph: [{id: d, conv: {out_channels: 3, kernel_size: 3, padding: 1}}]}
          unit: {params: {of: block}, graph: [add: [[], [$of: ]]]}
        graph: [unit: thin, unit: wide, unit: thin]
    """)
    holds(source, "class UnitThin(", "class UnitWide(")


def test_a_value_that_goes_on_beside_others_has_its_id_for_a_name() -> None:
    source = emitted("""
        graph:
          - {id: early, conv: {out_channels: 4}}
          - conv: {out_channels: 4}
          - relu
          - conv: {out_channels: 4}
          - concat: [[], early]
    """)
    holds(source, "early = self.early(x)", "torch.cat([x, early], 1)")


def test_a_third_condition_is_no_second_else() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {n: int}
            graph:
              - {when: n == 1, add: [[relu], [sigmoid]]}
              - {when: n != 1, tanh: }
              - {when: n == 1, sigmoid: }
        graph: [unit: 1, {multiply: [[unit: 2], []]}]
    """)
    assert source.count("else:") == 1 and source.count("if self.n == 1:") == 2


def test_null_is_looked_for_by_identity_and_texts_have_double_quotes() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {k: {any: 2}}
            graph:
              - {id: a, when: k == null, conv: {out_channels: 3}}
              - {id: b, when: k != null, batch_norm: }
        graph: [unit: {k: null}, unit: {k: 3}]
    """)
    holds(source, "if k is None:", "else: self.b = nn.BatchNorm2d(in_channels)")


def test_lists_that_expressions_compute_are_attributes_like_others() -> None:
    source = emitted("graph: [conv: {out_channels: 3, kernel_size: $([1] * 2)}]")
    holds(source, "kernel_size=(1, 1)")


def test_a_sum_of_very_many_is_one_over_a_list() -> None:
    source = emitted("graph: [add: [{each: {i: range(30)}, graph: [relu]}]]")
    holds(source, "return sum(")


def test_channels_that_nothing_reads_are_not_kept() -> None:
    source = emitted(
        """
        blocks:
          unit: {params: {n: int}, graph: [{for: {i: range(n)}, graph: [channel_slice: {stop: 3}]}]}
        graph: [{conv: {out_channels: 4}}, unit: {n: 1}]
    """
    )
    holds(source, "def __init__(self, n: int)")


def test_names_that_pytorch_has_are_names_of_all_but_nodes() -> None:
    source = emitted("""
        inputs: {double: [3, 8, 8], half: [3, 8, 8]}
        params: {float: 4, cuda: 1}
        blocks:
          double:
            params: {half: int, type: 1, to: 0}
            graph: [conv: {out_channels: $half, kernel_size: $type, padding: $to}, relu]
          train:
            inputs: [eval, apply]
            graph: [{id: a, from: eval, double: 4}, {id: b, from: apply, double: 4}]
            outputs: {forward: a, parameters: b}
        graph:
          - {id: both, from: [double, half], train: }
          - {id: sum, add: [both.forward, both.parameters]}
          - double: {half: $float, type: 3, to: $cuda}
          - {id: last, add: [[], sum]}
        outputs: {type: last, items: both.forward}
    """)
    holds(source, "class Double(", "half: int, type_: int = 1, to: int = 0")


def test_heads_that_are_put_together_are_written_as_the_ops_they_name() -> None:
    source = emitted("""
        params: {norm: batch, kinds: [avg, max]}
        blocks:
          unit:
            params: {kind: str, norm: str, out: int}
            graph:
              - conv: {out_channels: $out}
              - $(norm)_norm
              - {"$(kind)_pool": {kernel_size: 2}}
        graph:
          - {for: {k: kinds}, "adaptive_$(k)_pool": 8}
          - unit: {kind: max, norm: $norm, out: 4}
          - unit: {kind: avg, norm: instance, out: 5}
          - concat: [{each: {k: kinds}, "global_$(k)_pool": }]
    """)
    holds(source, "nn.BatchNorm2d(4), nn.MaxPool2d(2)", "nn.InstanceNorm2d(5), nn.AvgPool2d(2)")
