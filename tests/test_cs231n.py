"""The breakdown of the CS231n lecture: VGG-16's rows as on the slide, and every spec's sums."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline
from archspec.analysis.cost import Stats, stats
from archspec.cli.app import main
from archspec.frontend.loading import families, load
from archspec.ir.graph import Graph
from archspec.tables import cs231n
from archspec.tables.tables import markdown, plain
from tests.pieces import graph_of

# Stanford CS231n, lecture 9, "Case study: VGGNet", as the course notes print it.
SLIDE = """\
INPUT: [224x224x3] memory: 224*224*3=150K weights: 0
CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: (3*3*3)*64 = 1,728
CONV3-64: [224x224x64] memory: 224*224*64=3.2M weights: (3*3*64)*64 = 36,864
POOL2: [112x112x64] memory: 112*112*64=800K weights: 0
CONV3-128: [112x112x128] memory: 112*112*128=1.6M weights: (3*3*64)*128 = 73,728
CONV3-128: [112x112x128] memory: 112*112*128=1.6M weights: (3*3*128)*128 = 147,456
POOL2: [56x56x128] memory: 56*56*128=400K weights: 0
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*128)*256 = 294,912
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*256)*256 = 589,824
CONV3-256: [56x56x256] memory: 56*56*256=800K weights: (3*3*256)*256 = 589,824
POOL2: [28x28x256] memory: 28*28*256=200K weights: 0
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*256)*512 = 1,179,648
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [28x28x512] memory: 28*28*512=400K weights: (3*3*512)*512 = 2,359,296
POOL2: [14x14x512] memory: 14*14*512=100K weights: 0
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
CONV3-512: [14x14x512] memory: 14*14*512=100K weights: (3*3*512)*512 = 2,359,296
POOL2: [7x7x512] memory: 7*7*512=25K weights: 0
FC: [1x1x4096] memory: 4096 weights: 7*7*512*4096 = 102,760,448
FC: [1x1x4096] memory: 4096 weights: 4096*4096 = 16,777,216
FC: [1x1x1000] memory: 1000 weights: 4096*1000 = 4,096,000
"""


def _counted(name: str, **params: object) -> tuple[Graph, Stats]:
    graph = pipeline.elaborate(name, params=params)
    return graph, pipeline.stats(graph)


def _written(text: str) -> tuple[Graph, Stats]:
    graph = graph_of(text)
    return graph, pipeline.stats(graph)


def _cells(graph: Graph, counted: Stats) -> list[tuple[str, ...]]:
    return [line.cells for line in cs231n.table(graph, counted).lines]


def test_vgg16_is_the_slide_row_for_row() -> None:
    *found, _ = _cells(*_counted("vgg16"))
    lines = [
        f"{name}: {output} memory: {memory.replace(' = ', '=')} weights: {weights}"
        for name, output, memory, _, weights, _ in found
    ]
    assert lines == SLIDE.splitlines()


def test_the_total_is_the_sum_and_the_slides_is_a_footnote() -> None:
    table = cs231n.table(*_counted("vgg16"))
    products = re.findall(r"memory: ([\d*]+)", SLIDE)
    values = sum(prod(map(int, product.split("*"))) for product in products)
    assert values == 15_237_608
    assert table.lines[-1].cells == (
        *("TOTAL", "", f"{values:,}", f"{values * 4 / 1e6:.2f} MB", "138,344,128", ""),
    )
    assert "24M * 4 bytes ~= 96 MB" in table.foot[-1]
    assert not any("slide" in remark for remark in cs231n.table(*_counted("vgg19")).foot)
    assert not any("slide" in r for r in cs231n.table(*_counted("vgg16", num_classes=9)).foot)


def test_memory_is_that_of_the_batch() -> None:
    graph = pipeline.elaborate("vgg16")
    rows = cs231n.rows(graph, pipeline.stats(graph, batch=32))
    assert rows[0].memory == "32*224*224*3"
    assert sum(row.values for row in rows) == 32 * 15_237_608
    half = cs231n.table(graph, pipeline.stats(graph, batch=32, dtype="bfloat16"))
    assert half.lines[-1].cells[3] == "975.21 MB"
    assert not any("slide" in remark for remark in half.foot)


@pytest.mark.parametrize("path", list(families()), ids=lambda path: path.stem)
def test_sums_over_the_zoo(path: Path) -> None:
    document = load(path)
    for form in pipeline.forms(document):
        graph = pipeline.elaborate(document, form)
        counted = stats(graph)
        rows = cs231n.rows(graph, counted)
        for only, totals in ((False, counted.totals), (True, counted.train_only)):
            assert sum(r.count for r in rows if r.train_only == only) == totals.weights
        layers = {layer.path: layer for layer in counted.layers}
        for row in rows:
            values = layers[row.path].output_bytes // 4 if row.path in layers else None
            assert row.values == _value(row.memory) == (values or row.values), row
            weights = _value(row.weights or "0")
            assert row.count == weights or (not row.count and layers[row.path].shared), row
        assert [node.path for node in graph.inputs] == [r.path for r in rows if r.name == "INPUT"]
        left_out = layers.keys() - {row.path for row in rows}
        assert not any(layers[name].params or layers[name].macs for name in left_out)


def _value(product: str) -> float:
    """What a written product comes to."""
    assert re.fullmatch(r"[\d+*/() ]+", product), product
    value: float = eval(product)  # digits and arithmetic alone
    return value


MIXED = """
name: Mixed
inputs: {x: [8, 20, 10]}
graph:
  - {id: grouped, conv: {out_channels: 16, kernel_size: [1, 7], padding: [0, 3], groups: 4}}
  - {id: bn, batch_norm: }
  - relu
  - {id: up, conv_transpose: {out_channels: 6, kernel_size: 2, stride: 2, groups: 2, bias: false}}
  - add: [[], [{id: twin, conv: 6}], [{id: again, share: twin}]]
  - max_pool: {kernel_size: 3, stride: 1, padding: 1}
  - adaptive_avg_pool: [40, 20]
  - adaptive_avg_pool: 1
  - flatten
  - dropout
  - {id: fc, linear: 6}
  - {id: fc2, linear: 2}
"""


def test_what_the_slide_has_not() -> None:
    cells = _cells(*_written(MIXED.replace("conv: 6", "conv: {out_channels: 6}")))
    assert [(name, output, weights) for name, output, _, _, weights, _ in cells] == [
        ("INPUT", "[20x10x8]", "0"),
        ("CONV1x7-16", "[20x10x16]", "(1*7*8/4)*16 = 224"),
        ("BATCH NORM", "[20x10x16]", "16"),
        ("CONV TRANSPOSE2-6", "[40x20x6]", "(2*2*16/2)*6 = 192"),
        ("CONV1-6", "[40x20x6]", "(1*1*6)*6 = 36"),
        ("CONV1-6", "[40x20x6]", "0*"),
        ("ADD", "[40x20x6]", "0"),
        ("POOL3", "[40x20x6]", "0"),
        ("ADAPTIVE AVG POOL", "[1x1x6]", "0"),
        ("FC", "[1x1x6]", "6*6 = 36"),
        ("FC", "[1x1x2]", "6*2 = 12"),
        ("TOTAL", "", "516"),
    ]


def test_one_and_three_dimensions_and_none() -> None:
    rows = cs231n.rows(*_counted("wavenet"))
    assert (rows[0].output, rows[2].name, rows[2].weights) == ("1024x256", "CONV2-32", "(2*256)*32")
    volume = cs231n.rows(*_counted("voxresnet"))
    assert (volume[1].output, volume[1].weights) == ("80x80x80x32", "(3*3*3*1)*32")
    flat = _written("{name: N, inputs: {x: [8]}, graph: [{linear: 4}, relu, {linear: 2}]}")
    assert [row.output for row in cs231n.rows(*flat)] == ["8", "4", "2"]
    assert [row.weights for row in cs231n.rows(*flat)] == ["", "8*4", "4*2"]


def test_what_only_trains_stands_apart() -> None:
    graph, counted = _counted("googlenet")
    *_, total, training = cs231n.table(graph, counted).lines
    assert (total.cells[0], total.cells[4]) == ("TOTAL", f"{counted.totals.weights:,}")
    assert training.cells[0] == "training only"
    assert training.cells[4] == f"{counted.train_only.weights:,}"


def test_the_texts() -> None:
    table = cs231n.table(*_counted("lenet5"))
    assert "CONV5-6" in plain(table)
    assert "| `CONV5-6` | [28x28x6] |" in markdown(table)
    assert "(5\\*5\\*1)\\*6 = 150" in markdown(table)


def test_the_command() -> None:
    arguments = ["stats", "vgg16", "--style", "cs231n"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert result.stdout == plain(cs231n.table(*_counted("vgg16")))
    for wrong in (
        ["--depth", "1"],
        ["--exact"],
        ["--columns", "op"],
        ["--fit", "1GB"],
        ["--format", "csv"],
    ):
        refused = CliRunner().invoke(main, [*arguments, *wrong])
        assert refused.exit_code == 2
        assert "--style" in refused.stderr


def test_columns_go_by_their_titles() -> None:
    some = cs231n.table(*_counted("lenet5"), "output, Weights,Row")
    assert [column.title for column in some.columns] == ["Row", "Output", "Weights"]
    every = cs231n.table(*_counted("lenet5"))
    cells = [line.cells for line in every.lines]
    assert [line.cells for line in some.lines] == [(c[0], c[1], c[4]) for c in cells]
    arguments = ["stats", "lenet5", "--style", "cs231n", "--columns", "Output,Weights"]
    assert CliRunner().invoke(main, arguments).stdout == plain(some)
