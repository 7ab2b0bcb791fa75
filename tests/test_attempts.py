"""A loop that turns out not to be one leaves no trace in what is written in its place."""

from __future__ import annotations

import pytest

from archspec.backends.torch import backend
from tests.pieces import graph_of
from tests.test_emission import check_style

GROW = """
blocks:
  grow:
    params: {widths: list}
    graph:
      - for: {w: widths}
        graph: [%s]
"""
SLICED = "{conv: $w}, {channel_slice: {stop: $(w - 1), step: 2}}"
GROUPED = """{conv: {out_channels: $w, groups: $(input.height)}},
                {channel_slice: {start: $(w // 3), step: 2}}"""

CASES = {
    "names that it read": (
        GROW % SLICED + "graph: [{grow: {widths: [6, 8]}}, {grow: {widths: [9, 5]}}]",
        [
            "self, in_channels: int, out_channels: int, stop: int, "
            "in_channels2: int, out_channels2: int, stop2: int"
        ],
    ),
    "parameters that it added": (
        GROW % GROUPED
        + """
graph: [{grow: {widths: [12, 12]}}, {upsample: 2}, {conv: 8}, {grow: {widths: [48, 48]}}]
""",
        ["self, in_channels: int, out_channels: int, start: int", "groups=in_channels"],
    ),
    "a loop within that changed the channels": (
        """
blocks:
  grow:
    params: {widths: list, channels: int}
    graph:
      - for: {w: widths}
        graph:
          - {for: {k: "[w, w + 2]"}, conv: $k}
          - {channel_slice: {stop: $(w - 1)}}
      - {conv: $(2 * channels)}
  outer:
    params: {n: int}
    graph: [{grow: {widths: [$n, $(n + 1)], channels: $n}}, {conv: 3}]
graph: [{outer: 6}, {outer: 9}]
""",
        ["nn.Conv2d(2 * n, 3, kernel_size=1)"],
    ),
    "what the channels were worth after a condition": (
        """
blocks:
  fan:
    params: {n: int, wide: false}
    graph:
      - concat:
          - each: {i: range(2)}
            id: branch
            graph: [{when: wide, conv: $(2 * n)}, relu]
          - []
      - {conv: $n}
graph: [{fan: {n: 4}}, {fan: {n: 6, wide: true}}]
""",
        ["nn.Conv2d(in_channels, 2 * n, kernel_size=1)"],
    ),
}


@pytest.mark.parametrize(("spec", "said"), CASES.values(), ids=CASES.keys())
def test_an_attempt_leaves_nothing(spec: str, said: list[str]) -> None:
    graph = graph_of("name: Net\ninputs: {image: [4, 4, 4]}" + spec)
    backend.check(graph, device="cpu")
    source = backend.source(graph)
    check_style(source)
    one_line = " ".join(source.split()).replace("( ", "(").replace(", )", ")")
    assert all(words in one_line for words in said), source
