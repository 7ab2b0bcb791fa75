"""Ops in a lecturer's words: what is said, what goes without saying, what is asked for."""

from __future__ import annotations

import pytest

from archspec.backends.graphviz import style
from archspec.backends.page.data import describe
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.opwords import op_words
from archspec.ir.graph import Graph
from tests.pieces import graph_of


def built(body: str, shape: str = "[4, 16, 16]") -> Graph:
    lines = "".join(f"  - {line}\n" for line in body.split("\n"))
    text = f"name: n\ninputs: {{x: {shape}}}\ngraph:\n{lines}"
    return graph_of(text)


MAPS = "[4, 16, 16]"


@pytest.mark.parametrize(
    ("op", "shape", "wanted"),
    [
        ("conv: {out_channels: 8, kernel_size: 3, padding: 1}", MAPS, ("3×3 conv, 8", "pad 1")),
        ("conv: {out_channels: 8, kernel_size: [1, 7], padding: same}", MAPS, ("1×7 conv, 8",)),
        ("conv: {out_channels: 8, padding: valid, bias: false}", MAPS, ("1×1 conv, 8",)),
        ("conv: {out_channels: 8, groups: 2}", MAPS, ("1×1 conv, 8", "2 groups")),
        ("conv: {out_channels: 4, kernel_size: 3, groups: 4}", MAPS, ("3×3 depthwise conv, 4",)),
        ("conv: {out_channels: 8, kernel_size: 2}", "[4, 16]", ("conv 2, 8",)),
        ("conv: {out_channels: 8}", "[4, 16]", ("1×1 conv, 8",)),
        ("conv: {out_channels: 8, kernel_size: 3}", "[4, 8, 8, 8]", ("3×3×3 conv, 8",)),
        ("conv_transpose: {out_channels: 2, kernel_size: 2, stride: 2, output_padding: 1}", MAPS,
         ("2×2 transposed conv, 2", "stride 2")),
        ("max_pool: {kernel_size: 3, stride: 2, ceil_mode: true}", MAPS,
         ("3×3 max pool", "stride 2")),
        ("avg_pool: {kernel_size: 2, divisor_override: 1}", MAPS, ("2×2 avg pool", "stride 2")),
        ("adaptive_avg_pool: 7", MAPS, ("avg pool to 7×7",)),
        ("adaptive_max_pool: [null, 3]", MAPS, ("max pool to any×3",)),
        ("adaptive_avg_pool: 7", "[4, 16]", ("avg pool to 7",)),
        ("permute: [1, 0]", "[4, 16]", ("permute (1, 0)",)),
        ("permute: [2, 0, 1]", MAPS, ("permute (2, 0, 1)",)),
        ("layer_norm: 1", "[4, 16]", ("layer norm", "last axis")),
        ("layer_norm: {axes: 2, eps: 1e-6}", MAPS, ("layer norm", "last 2 axes")),
        ("layer_norm: 1", "[16]", ("layer norm",)),
        ("layer_norm", MAPS, ("layer norm",)),
        ("scale: 0.17", MAPS, ("× 0.17",)),
        ("scale: {factor: -1, offset: 1}", MAPS, ("1 −",)),
        ("scale: {factor: 2, offset: -0.5}", MAPS, ("× 2 − 0.5",)),
        ("scale: {factor: -3, offset: 1}", MAPS, ("× −3 + 1",)),
        ("scale: {offset: 2}", MAPS, ("+ 2",)),
        ("scale: 0.70769230", MAPS, ("× 0.708",)),
        ("upsample: {scale_factor: 2, mode: bilinear}", MAPS, ("upsample 2", "bilinear")),
        ("pad: [[1, 0]]", "[4, 16]", ("pad (1, 0)",)),
        ("batch_norm: {eps: 1e-3, momentum: 0.01}", MAPS, ("batch norm",)),
        ("dropout: 0.5", MAPS, ("dropout 0.5",)),
        ("relu: {inplace: true}", MAPS, ("ReLU",)),
    ],
)  # fmt: skip
def test_what_is_said_of_an_op(op: str, shape: str, wanted: tuple[str, ...]) -> None:
    graph = built(f"conv: {{out_channels: 4}}\n{op}" if op.startswith("relu") else op, shape)
    assert op_words(graph.nodes[-1]) == wanted


def test_attributes_are_written_where_they_are_asked_for() -> None:
    graph = built(
        "conv: {out_channels: 8, kernel_size: 3, padding: same, bias: false}\n"
        "batch_norm: {momentum: 0.01}\n"
        "relu: {inplace: true}\n"
        "max_pool: {kernel_size: 3, stride: 2, ceil_mode: true}"
    )
    for fuse, wanted in (
        (False, [("padding same, no bias",), ("momentum 0.01",), (), ("ceil mode",)]),
        (True, [("padding same, no bias, momentum 0.01",), ("ceil mode",)]),
    ):
        boxes = Figure(graph, Detail(fuse=fuse)).folding.boxes
        assert [Notes(graph, ("attributes",)).of(box) for box in boxes] == wanted
        assert [Notes(graph, ()).of(box) for box in boxes] == [()] * len(wanted)
    page = describe(graph, Options(annotate=("attributes",)))["parts"]
    assert [part["lines"][-1] for part in page if part["sort"] == "layer"] == [
        *("padding same, no bias", "momentum 0.01", "ReLU", "ceil mode")
    ]
    both = Notes(graph, ("params", "attributes")).of(Figure(graph).folding.boxes[0])
    assert both == ("padding same, no bias", "288 parameters")


def test_a_folded_block_of_one_convolution_says_its_kernel() -> None:
    text = """
name: n
inputs: {x: [3, 32, 32]}
blocks:
  conv_bn:
    params: {n: int, kernel: {any: 3}, stride: {any: 1}}
    graph:
      - conv: {out_channels: $n, kernel_size: $kernel, stride: $stride}
      - batch_norm
      - relu
  two:
    graph: [conv: {out_channels: 3}, conv: {out_channels: 3}]
  dense: {graph: [global_avg_pool, flatten, linear: 4]}
graph:
  - {id: stem, conv_bn: {n: 8, kernel: 7, stride: 2}}
  - {id: wide, conv_bn: {n: 8, kernel: [1, 3], stride: [1, 2]}}
  - {label: Mine, conv_bn: 8}
  - two
  - dense
"""
    graph = graph_of(text)
    boxes = Figure(graph, Detail(level="block")).folding.boxes
    assert [style.of_box(box, (), graph.root).lines[0] for box in boxes] == [
        *("conv bn, 7×7, /2", "conv bn, 1×3, /1×2", "Mine", "two", "dense")
    ]
