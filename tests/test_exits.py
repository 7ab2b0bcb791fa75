"""What hangs on a run of blocks for training only says where, and stands once where it is equal."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.base import find
from archspec.figures.options import Options, Style
from archspec.figures.picture import Words, corners
from archspec.frontend.loading import load_source
from archspec.frontend.source import Source
from archspec.ir.graph import Graph
from tests.slides import is_box

STRIPS: Any = find("strips")
BLOCKS = """
name: n
inputs: {x: [8, 16, 16]}
blocks:
  unit:
    graph:
      - add:
          - [{conv: {out_channels: 8, kernel_size: 3, padding: 1}}, relu]
          - []
  head:
    params: {width: int}
    graph:
      - conv: {out_channels: $width, kernel_size: 1}
      - global_avg_pool
      - flatten
      - linear: 2
graph:
"""


def hanging(part: str, places: list[int], widths: list[int]) -> Graph:
    """A run of four of a kind, with heads that hang on some of them."""
    parts = [f"  - {{id: at{n}, {part}}}\n" for n in range(1, 5)]
    numbered = list(enumerate(zip(places, widths, strict=True)))
    heads = [f"  - {{id: h{n}, from: at{at}, head: {width}}}\n" for n, (at, width) in numbered]
    outputs = [f"  h{n}: {{from: h{n}, train_only: true}}\n" for n, _ in numbered]
    lines = [
        *parts,
        "  - flatten\n  - {id: last, linear: 3}\n",
        *heads,
        "outputs:\n  main: last\n",
        *outputs,
    ]
    return pipeline.elaborate(load_source(Source("n.yaml", BLOCKS + "".join(lines))))


def texts(graph: Graph, style: Style, **options: Any) -> list[str]:
    picture = STRIPS.picture(graph, Options(style=style, level="block", **options))
    return [item.text for item in picture.items if isinstance(item, Words)]


@pytest.mark.parametrize("style", ["strip", "tower"])
def test_heads_of_googlenet_say_where_they_hang(style: Style) -> None:
    said = texts(pipeline.elaborate("googlenet"), style, repeat="alike")
    assert "training only, after 4a and 4d" in said
    assert said.count("× 5") + sum(line.endswith("× 5") for line in said) >= 1


@pytest.mark.parametrize(
    ("places", "widths", "repeat", "heads", "wanted"),
    [
        ([1, 3], [4, 4], "alike", 1, ["training only, after at1 and at3"]),
        ([1, 3], [4, 6], "alike", 1, ["training only, after at1 and at3"]),
        ([2], [4], "alike", 1, ["training only, after at2"]),
        ([4], [4], "alike", 1, ["training only"]),
        ([1, 4], [4, 4], "alike", 2, ["training only, after at1"]),
        ([1, 3], [4, 4], "equal", 2, ["training only"]),
        ([1, 3], [4, 4], "none", 2, ["training only"]),
    ],
)
def test_of_a_run(
    places: list[int], widths: list[int], repeat: str, heads: int, wanted: list[str]
) -> None:
    """What is alike is one; what hangs on the last, or where heads end a run, needs no words."""
    said = texts(hanging("unit: ", places, widths), "strip", repeat=repeat)
    assert [line for line in said if "after" in line or "training" in line] == wanted
    shown = [line for line in said if line in ("head", "head × 2")]
    assert len(shown) == heads + 1  # one is opened


def test_blocks_with_labels_say_where_among_them() -> None:
    said = texts(hanging("label: Unit, unit: ", [2], [4]), "strip", repeat="alike")
    assert "training only, after 2 of 4" in said


def test_a_lying_head_takes_no_more_room_than_an_upright_one() -> None:
    """Where it lies over nothing, the boxes after it follow one another as else."""
    graph = pipeline.elaborate("googlenet")
    picture = STRIPS.picture(graph, Options(style="strip", repeat="alike"))
    boxes = [corners(item) for item in picture.items if is_box(item)]
    line = sorted((a, b) for (a, top), (b, low) in boxes if low - top > 75 and b - a > 10)
    gaps = [after[0] - before[1] for before, after in pairwise(line)]
    assert len(line) == 11 and max(gaps) < 70  # the widest hold a small picture
