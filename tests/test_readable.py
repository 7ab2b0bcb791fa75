"""Lifted files read as a person would write them: what is a loop, and what parameters are."""

from __future__ import annotations

import re
from typing import Any

import yaml

from archspec.frontend.printer import print_spec
from archspec.lifting.lift import lift
from tests.lifted import bare, hidden
from tests.pieces import graph_of

HEAD = "name: Small\ninputs: {x: [8, 32, 32]}\n"


def lifted(text: str) -> dict[str, Any]:
    """What the graph of a spec is lifted to, with nothing known of the spec."""
    return dict(lift(hidden(bare(graph_of(HEAD + text)))))


def shown(text: str, *, names: bool = False) -> str:
    """The same as text; `names` are those of blocks and their parameters."""
    return print_spec(lift(bare(graph_of(HEAD + text))) if names else lifted(text))


def body(text: str) -> Any:
    """The network's own nodes in that, and `text` as they stand there."""
    return lifted(text)["graph"], yaml.safe_load(text)["graph"]


# --- Loops --------------------------------------------------------------------------------


def test_two_rounds_that_differ_are_no_loop() -> None:
    found, written = body("""
graph:
  - {id: conv1, conv: {out_channels: 16, kernel_size: 3, stride: 2, padding: 1, bias: false}}
  - {id: bn1, batch_norm: }
  - {id: relu1, relu: {inplace: true}}
  - {id: conv2, conv: {out_channels: 16, kernel_size: 3, padding: 1, bias: false}}
  - {id: bn2, batch_norm: }
  - {id: relu2, relu: {inplace: true}}
""")
    assert found == written


def test_two_rounds_that_are_alike_are_one() -> None:
    found, _ = body("graph: [conv: 16, relu: {inplace: true}, conv: 16, relu: {inplace: true}]")
    assert found == [{"repeat": 2, "graph": [{"conv": 16}, {"relu": {"inplace": True}}]}]


def test_three_rounds_in_which_all_is_another_are_no_loop() -> None:
    found, written = body("""
graph:
  - {id: conv1, conv: {out_channels: 16, bias: false}}
  - {id: bn1, batch_norm: {eps: 0.001}}
  - relu: {inplace: true}
  - {id: conv2, conv: {out_channels: 24, kernel_size: 3, stride: 2, padding: 1, bias: false}}
  - {id: bn2, batch_norm: {eps: 0.001}}
  - relu: {inplace: true}
  - {id: conv3, conv: {out_channels: 64, bias: false}}
  - {id: bn3, batch_norm: {eps: 0.001}}
  - tanh
""")
    assert found == written


def test_a_table_is_a_loop() -> None:
    rows = zip([16, 40, 24, 56, 88], [3, 5, 1, 7, 5], strict=True)
    convs = "".join(
        f"  - conv: {{out_channels: {c}, kernel_size: {k}, bias: false}}\n  - batch_norm\n"
        for c, k in rows
    )
    (loop,), _ = body(f"graph:\n{convs}")
    assert loop["for"] == {"channels": [16, 40, 24, 56, 88], "kernel_size": [3, 5, 1, 7, 5]}


def test_branches_of_other_parts_are_written_out() -> None:
    text = """
graph:
  - concat:
      - id: branch1
        graph: [conv: 4, conv: {out_channels: 12, kernel_size: 3, padding: 1}]
      - id: branch2
        graph: [{max_pool: {kernel_size: 3, stride: 1, padding: 1}}, conv: 20]
"""
    found, written = body(text)
    assert found == written


def test_what_a_spec_wrote_as_a_loop_stays_one() -> None:
    text = """
graph:
  - for: {kernel_size: [7, 1]}
    graph: [conv: {out_channels: 8, kernel_size: $kernel_size}, relu: {inplace: true}, dropout: 0.4]
"""
    assert lift(graph_of(HEAD + text))["graph"] == yaml.safe_load(text)["graph"]


def test_numbers_that_rise_by_equal_steps_in_one_loop_are_an_expression() -> None:
    rates = [round(0.1 * i / 9, 4) for i in range(10)]
    text = "graph:\n" + "".join(f"  - conv: 8\n  - drop_path: {rate}\n" for rate in rates)
    assert "$(round(0.1 * i / 9, 4))" in shown(text)


# --- Conditions ---------------------------------------------------------------------------

STAGES = """
blocks:
  unit:
    params: {channels: int, stride: 1}
    graph: [conv: {out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1}, relu]
graph:
  - for: {i: range(5), depth: [2, 4, 4, 6, 6], channels: [24, 32, 56, 112, 160],
          stride: [1, 2, 2, 1, 2]}
    id: stage$(i + 1)
    graph:
      - for: {j: range(depth)}
        unit: {channels: $channels, stride: $(stride if j == 0 else 1)}
"""


def test_no_two_chances_make_a_reason() -> None:
    text = shown(STAGES)
    assert "stride: [1, 2, 2, 1, 2]" in text and "$(1 if j else stride)" in text, text
    assert " and " not in text and " or " not in text, text


def test_counts_of_rounds_are_a_list() -> None:
    text = shown(STAGES)
    assert "depth: [2, 4, 4, 6, 6]" in text, text


def test_the_last_round_is_asked_for_by_name() -> None:
    text = shown(
        """
blocks:
  chain:
    params: {widths: list, stride: 1}
    graph:
      - for: {i: range(len(widths)), channels: widths}
        graph:
          - conv: {out_channels: $channels, kernel_size: 3, padding: 1,
                   stride: $(stride if i == len(widths) - 1 else 1)}
          - relu
graph:
  - chain: {widths: [16, 20], stride: 2}
  - chain: {widths: [16, 20, 28]}
  - chain: {widths: [12, 8, 20, 28], stride: 2}
  - chain: {widths: [12, 48]}
""",
        names=True,
    )
    assert re.search(r"stride: \$\(1 if i < len\(widths\) - 1 else stride\)", text), text
    assert "depth" not in text, "how long a list is that is given is no parameter of its own"


def test_widths_lie_on_a_line_by_chance() -> None:
    convs = "".join(f"  - conv: {c}\n  - relu\n  - max_pool: 2\n" for c in (32, 80, 128))
    assert "channels: [32, 80, 128]" in shown(f"graph:\n{convs}")


# --- Parameters ---------------------------------------------------------------------------


def test_parameters_are_called_after_what_they_are_for() -> None:
    found = lifted("""
blocks:
  unit:
    params: {a: int, b: int, c: bool}
    graph:
      - {id: reduce, conv: $a}
      - {id: grow, conv: {out_channels: $b, kernel_size: 3, padding: 1}}
      - {id: shrink, when: c, max_pool: 2}
graph: [{unit: {a: 12, b: 20, c: true}}, {unit: {a: 40, b: 28, c: false}},
        {unit: {a: 24, b: 92, c: false}}]
""")
    (block,) = found["blocks"].values()
    assert {*block["params"]} == {"reduce_channels", "out_channels", "shrink"}


def test_what_changes_with_another_is_no_parameter() -> None:
    found = lifted("""
blocks:
  unit:
    params: {d: int}
    graph: [{conv: {out_channels: 8, kernel_size: 3, padding: $d, dilation: $d}}, relu]
graph: [{unit: {d: 1}}, {unit: {d: 4}}, {unit: {d: 2}}]
""")
    (block,) = found["blocks"].values()
    assert [*block["params"]] == ["dilation"]


def test_what_is_computed_for_one_place_is_no_parameter() -> None:
    graph = graph_of(
        HEAD
        + """
blocks:
  unit:
    params: {channels: int, kernel: 3, padding: $(kernel // 2)}
    graph: [conv: {out_channels: $channels, kernel_size: $kernel, padding: $padding}, relu]
graph: [{unit: {channels: 4}}, {unit: {channels: 8, kernel: 5}}, {unit: {channels: 4, kernel: 1}}]
"""
    )
    block = lift(bare(graph))["blocks"]["unit"]
    assert [*block["params"]] == ["channels", "kernel"]
    assert "padding: $(kernel // 2)" in print_spec({"blocks": {"unit": block}})


def test_defaults_do_nothing_or_are_usual() -> None:
    found = lifted("""
blocks:
  unit:
    params: {channels: int, stride: 1, pool: int}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1}}
      - {id: pool, when: pool > 0, avg_pool: {kernel_size: $pool, stride: 1, padding: 1}}
graph: [{unit: {channels: 12, stride: 2, pool: 2}}, tanh,
        {unit: {channels: 40, stride: 2, pool: 3}}, relu,
        {unit: {channels: 16, stride: 2, pool: 4}}, silu, {unit: {channels: 24, pool: 0}}, gelu,
        {unit: {channels: 20, pool: 0}}]
""")
    (block,) = found["blocks"].values()
    assert block["params"]["stride"] == 1
    assert block["params"]["kernel_size"] is None, "where nothing is pooled there is none"


def test_loops_side_by_side_call_alike_what_they_walk() -> None:
    def rows(*kernels: int) -> str:
        return "".join(f"  - conv: {{out_channels: 8, kernel_size: {k}}}\n" for k in kernels)

    text = shown(f"graph:\n{rows(1, 5, 3, 1, 3)}  - tanh\n{rows(3, 1, 1, 5, 1)}")
    assert "for: {kernel_size: [1, 5, 3, 1, 3]}" in text, text
    assert "for: {kernel_size: [3, 1, 1, 5, 1]}" in text, text
