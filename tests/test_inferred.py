"""Sizes that no text of a block says are computed from what its class knows, not passed in."""

from __future__ import annotations

import ast

import pytest

from archspec.codegen.inferred import inferred
from archspec.codegen.python import name
from archspec.codegen.symbols import Exec
from tests.test_emission import emitted, holds


def found(values: list[object], **known: list[object]) -> str | None:
    """What values are inferred to be from names and what these are in each execution."""
    rows = zip(*known.values(), strict=True)
    execs = [Exec(k, dict(zip(known, row, strict=True))) for k, row in enumerate(rows)]
    tree = inferred([name(word) for word in known], execs, values)
    return None if tree is None else ast.unparse(tree)


@pytest.mark.parametrize(
    "values, known, wanted",
    [
        ([8, 12], {"a": [4, 4], "b": [8, 12]}, "b"),
        ([4, 6], {"a": [8, 12]}, "a // 2"),
        ([24, 36], {"a": [8, 12]}, "3 * a"),
        ([16, 36], {"a": [8, 12], "b": [2, 3]}, "a * b"),
        ([10, 16], {"a": [8, 12], "b": [2, 4]}, "a + b"),
        ([7, 8], {"a": [9, 12], "b": [2, 4]}, "a - b"),
        ([4, 3], {"a": [8, 12], "b": [2, 4]}, "a // b"),
        ([(2, 0), (4, 0)], {"a": [2, 4]}, "(a, 0)"),
        ([(2, 0), (4, 1)], {"a": [2, 4]}, None),
        ([(2,), (4, 1)], {"a": [2, 4]}, None),
        ([True, False], {"a": [1, 0]}, None),
        ([0.5, 1.0], {"a": [1, 2]}, None),
        ([8, 13], {"a": [4, 5]}, None),
        ([0, 8], {"a": [0, 4]}, None),  # no factor is known of zeros
    ],
)
def test_what_is_inferred(
    values: list[object], known: dict[str, list[object]], wanted: str | None
) -> None:
    assert found(values, **known) == wanted


def test_a_causal_convolution_pads_by_its_dilation() -> None:
    source = emitted("""
        blocks:
          causal:
            params: {dilation: 1}
            graph:
              - {pad: {padding: [[$dilation, 0], [0, 0]]}}
              - conv: {out_channels: 4, kernel_size: [2, 1], dilation: [$dilation, 1]}
        graph: [causal: {dilation: 1}, causal: {dilation: 2}, causal: {dilation: 3}]
    """)
    holds(source, "def __init__(self, in_channels: int, dilation: int = 1) -> None:")
    holds(source, "nn.ZeroPad2d((0, 0, dilation, 0))")


def test_channels_after_a_slice() -> None:
    source = emitted("""
        blocks:
          unit:
            params: {channels: int}
            graph:
              - concat:
                  - - {channel_slice: {stop: $(input.channels // 2)}}
                    - {id: a, conv: $channels}
                  - - {channel_slice: {start: $(input.channels // 2)}}
                    - {id: b, conv: $channels}
                  - - {channel_slice: {start: 1, stop: 3}}
                    - {id: c, conv: $channels}
              - {id: d, conv: $channels}
        graph: [conv: 5, unit: 8, unit: 12, unit: 7]
    """)
    holds(source, "def __init__(self, in_channels: int, channels: int) -> None:")
    holds(source, "self.a = nn.Conv2d(in_channels // 2, channels, kernel_size=1)")
    holds(source, "self.b = nn.Conv2d(in_channels - in_channels // 2, channels, kernel_size=1)")
    holds(source, "self.c = nn.Conv2d(2, channels, kernel_size=1)")
    holds(source, "self.d = nn.Conv2d(3 * channels, channels, kernel_size=1)")
