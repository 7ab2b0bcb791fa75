"""Constructors as people write them: the order of their parameters, and what has a keyword."""

from __future__ import annotations

import inspect

import pytest

import archspec
from tests.test_emission import emitted, holds


@pytest.mark.parametrize("name", ["efficientnet_b0", "googlenet", "zfnet"])
def test_the_network_takes_a_size_and_all_else_by_keyword(name: str) -> None:
    module = archspec.compile(name, device="meta")
    _, first, *rest = inspect.signature(type(module).__init__).parameters.values()
    assert first.name == "num_classes" and first.kind is first.POSITIONAL_OR_KEYWORD
    assert rest and all(parameter.kind is parameter.KEYWORD_ONLY for parameter in rest)


def test_a_rate_alone_has_its_keyword_too() -> None:
    source = emitted("params: {rate: {float: 0.5}}\ngraph: [conv: 4, dropout: $rate]")
    holds(source, "def __init__(self, *, rate: float = 0.5) -> None:")


WINDOWS = """
    blocks:
      unit:
        params: {hidden: int, stride: int, kernel_size: int, padding: int, out_channels: int}
        graph:
          - conv: {out_channels: $hidden, kernel_size: 1}
          - conv: {out_channels: $out_channels, kernel_size: $kernel_size, stride: $stride,
                   padding: $padding}
    graph:
"""


def test_a_block_takes_what_flows_in_and_out_and_then_its_window() -> None:
    calls = [
        f"unit: {{hidden: 6, stride: 2, kernel_size: {2 * k + 1}, padding: {k}, out_channels: {n}}}"
        for k, n in ((1, 4), (2, 5))
    ]
    holds(
        emitted(WINDOWS + "".join(f"      - {call}\n" for call in calls)),
        "out_channels: int, hidden: int, kernel_size: int, stride: int, padding: int",
        "Unit(3, 4, 6, kernel_size=3, stride=2, padding=1)",
        "Unit(4, 5, 6, kernel_size=5, stride=2, padding=2)",
    )


def test_a_step_that_most_leave_at_one_has_it_as_its_default() -> None:
    calls = [
        f"unit: {{hidden: 6, stride: {s}, kernel_size: 3, padding: 1, out_channels: 4}}"
        for s in (1, 2, 1)
    ]
    source = emitted(WINDOWS + "".join(f"      - {call}\n" for call in calls))
    holds(source, "stride: int = 1", "kernel_size=3, padding=1)", "padding=1, stride=2)")


def test_bare_numbers_have_keywords_unless_these_fill_the_line() -> None:
    body = """
    blocks:
      unit:
        params: {NAMES}
        graph: [PARTS]
    graph: [unit: {FIRST}, unit: {SECOND}]
    """

    def source(*names: str) -> str:
        values = [", ".join(f"{n}: {k + j}" for j, n in enumerate(names)) for k in (2, 9)]
        text = body.replace("NAMES", ", ".join(f"{n}: int" for n in names))
        text = text.replace("PARTS", ", ".join(f"conv: ${n}" for n in names))
        return emitted(text.replace("FIRST", values[0]).replace("SECOND", values[1]))

    holds(source("k", "m", "n"), "Unit(3, k=2, m=3, n=4)", "Unit(4, k=9, m=10, n=11)")
    names = ("ch1x1", "ch3x3red", "ch3x3", "ch5x5red", "ch5x5")
    holds(source(*names), "Unit(3, 2, 3, 4, 5, 6)", "Unit(6, 9, 10, 11, 12, 13)")


def test_a_schedule_is_computed_from_three_on() -> None:
    source = emitted("""
        params: {rate: {float: 0.2}}
        graph:
          - {for: {i: range(3)}, dropout: $(rate * i / 4)}
          - conv: 4
          - for: {i: range(5)}
            id: unit$(i + 1)
            graph: [conv: 4, dropout: $(rate * i / 5)]
          - {for: {i: range(2)}, dropout: $(rate * i / 4)}
    """)
    holds(
        source,
        "*(nn.Dropout(0.2 * i / 4) for i in range(3)), nn.Conv2d(3, 4, kernel_size=1),",
        'for i in range(5): self.add_module( f"unit{i + 1}", nn.Sequential(',
        "nn.Dropout(0.2 * i / 5)",
        "self.append(nn.Dropout(0.0)) self.append(nn.Dropout(0.05))",
    )
