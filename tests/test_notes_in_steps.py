"""What is written on an arrow comes with the arrow, where a figure is built up."""

from __future__ import annotations

import pytest

from archspec.figures.buildup import BuildUp
from archspec.figures.options import Style
from archspec.figures.picture import Words
from tests.pieces import graph_of
from tests.slides import slide

SPEC = """
name: Two
inputs: {left: [3, 32, 32], right: [3, 32, 32]}
blocks:
  stream:
    graph:
      - {id: conv1, conv: {out_channels: 8, kernel_size: 3}}
      - relu
      - {id: conv2, conv: {out_channels: 8, kernel_size: 3}}
      - relu
graph:
  - {id: a, from: left, stream: , note: f(x)}
  - {id: b, from: right, stream: , note: g(y)}
  - {id: c, concat: [a, b], note: h(z)}
  - {id: d, conv: {out_channels: 4, kernel_size: 3}}
"""


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_a_note_comes_with_its_arrow(style: Style) -> None:
    picture = slide(graph_of(SPEC), style=style).picture()
    since = {item.text: item.since for item in picture.items if isinstance(item, Words)}
    last = max(since.values())
    assert last > 1
    assert since["f(x)"] == since["g(y)"] == last


def test_an_arrow_leaves_with_the_first_that_reads() -> None:
    steps = BuildUp([1, 2, 3, 2], ["", "", ""])
    assert steps.leaving([(0, 2), (0, 1), (1, 2)]) == [2, 3, 3, 2]
