"""docs/lectures.md says what the slides say, except where it says that it does not.

tests/test_docs.py runs the page; here its output is held against the slides and papers.
"""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest

from docs.generate import DOCS, blocks
from tests.reference import import_torchvision

PAGE = DOCS / "lectures.md"


@cache
def _shown() -> dict[str, str]:
    """What each command of the page prints, by the command."""
    text = PAGE.read_text(encoding="utf-8")
    consoles = (block.body for block in blocks(text) if block.language == "console")
    parts = (part for body in consoles for part in re.split(r"^\$ ", body, flags=re.MULTILINE))
    return dict(part.split("\n", 1) for part in parts if part)


def _output(start: str) -> str:
    """The output of the one command that begins in this way."""
    (found,) = (output for command, output in _shown().items() if command.startswith(start))
    return found


def _row(output: str, name: str) -> list[str]:
    """The cells of a table's line."""
    cells = [re.split(r" {2,}", line.strip()) for line in output.splitlines()]
    (found,) = (row for row in cells if row[0] == name)
    return found


def _cell(output: str, name: str, title: str) -> str:
    """The cell of a line under a title with which it ends flush right."""
    lines = output.splitlines()
    ends = [match.end() for line in lines if (match := re.search(rf"  {title}(?=  |$)", line))]
    (row,) = (line for line in lines if re.split(r" {2,}", line)[0] == name)
    return row[: ends[0]].split("  ")[-1].strip()


def test_inception_modules() -> None:
    naive = 28 * 28 * 256 * (128 + 3 * 3 * 192 + 5 * 5 * 96)
    reduced = 28 * 28 * (256 * (128 + 3 * 64) + 64 * (3 * 3 * 192 + 5 * 5 * 96))
    assert naive // 10**6 == 854
    assert round(reduced / 10**6, 1) == 271.4
    for name, operations in (("inception_naive", naive), ("inception_reduced", reduced)):
        assert _row(_output(f"archspec stats {name}"), "total")[-1] == f"{operations:,}"


def test_the_slides_reduced_module_reads_maps_that_are_not_there() -> None:
    slide = 28 * 28 * (256 * (128 + 3 * 64) + 128 * 3 * 3 * 192 + 64 * 5 * 5 * 96)
    assert round(slide / 10**6) == 358


def test_alexnet() -> None:
    output = _output("archspec stats alexnet_one_stream")
    lines = re.findall(r"^ *\d+  .* (\S+)$", output, re.MULTILINE)
    assert list(dict.fromkeys(lines)) == [
        *("96x55x55", "96x27x27", "256x27x27", "256x13x13", "384x13x13", "256x6x6"),
        *("9216", "4096", "1000"),
    ]
    assert "image [3, 227, 227]" in output
    for layer in ("conv 11x11, 96, s4", "conv 5x5, 256, p2", "conv 3x3, 384, p1", "3x3, s2"):
        assert layer in output


def test_dense_and_convolution() -> None:
    dense, conv = (_output(f"archspec stats filters.yaml@{name}") for name in ("dense", "conv"))
    assert _row(dense, "total")[-1] == f"{(512**2 + 1) * 64:,}"
    assert _row(conv, "total")[-1] == f"{(7**2 + 1) * 64:,}"


def test_global_average_pooling() -> None:
    flat, pooled = (_output(f"archspec stats classifier.yaml@{n}") for n in ("flattened", "pooled"))
    assert _row(flat, "TOTAL")[-1] == f"{256 * 100 * 100 * 10:,}" == "25,600,000"
    assert _row(pooled, "TOTAL")[-1] == f"{256 * 10:,}" == "2,560"


def test_three_small_kernels() -> None:
    three, one = (_output(f"archspec stats stack.yaml@{name}") for name in ("three", "one"))
    assert _row(three, "5")[-1] == _row(one, "1")[-1] == "7x7"
    assert _row(three, "total")[1] == f"{3 * 9 * 64 * 64:,}"
    assert _row(one, "total")[1] == f"{49 * 64 * 64:,}"


@pytest.mark.parametrize(
    ("name", "counts"), [("resnet18", (2, 2, 2, 2)), ("resnet34", (3, 4, 6, 3))]
)
def test_resnets(name: str, counts: tuple[int, ...]) -> None:
    output = _output(f"archspec stats {name} --depth 1")
    assert _row(output, "conv1")[2] == "64x112x112"
    maps = ("64x56x56", "128x28x28", "256x14x14", "512x7x7")
    for i, (count, size) in enumerate(zip(counts, maps, strict=True), 1):
        assert _row(output, f"layer{i}")[1:3] == [f"{count} x basic_block", size]


# Zagoruyko & Komodakis 2016, Tables 4, 7 and 8: millions of parameters.
WIDE = """
    wrn40_1 0.6, wrn40_2 2.2, wrn40_4 8.9, wrn40_8 35.7, wrn28_10 36.5, wrn28_12 52.5,
    wrn22_8 17.2, wrn22_10 26.8, wrn16_8 11.0, wrn16_10 17.1,
    resnet18 11.7, wrn18_1.5 25.9, wrn18_2 45.6, wrn18_3 101.8,
    resnet34 21.8, wrn34_1.5 48.6, wrn34_2 86.0,
    resnet50 25.6, resnet101 44.5, resnet152 60.2, wide_resnet50_2 68.9, preact_resnet200 64.7
"""


def test_wide_resnets() -> None:
    starts = ("compare wrn40_1", "compare resnet18 wrn18", "compare resnet50 resnet101")
    outputs = [_output(f"archspec {start}") for start in starts]
    for name, millions in (entry.split() for entry in WIDE.split(",")):
        (output,) = (output for output in outputs if f"\n{name} " in output)
        params = int(_cell(output, name, "Params").replace(",", ""))
        assert f"{params / 10**6:.1f}" == millions, name


def test_googlenet() -> None:
    output = _output("archspec compare googlenet")
    assert _cell(output, "googlenet", "MACs") == "1.58G"
    assert _cell(output, "googlenet_separable", "MACs") == "1.50G"
    assert _cell(output, "googlenet", "Depth") == "22"


def test_ensembles() -> None:
    output = _output("archspec paths resnet110 --range")
    assert f"{2**54:,} (2^54) paths" in output
    match = re.search(r"([\d.]+)% of the paths cross 19 to 35", output)
    assert match is not None
    assert float(match[1]) > 95
    left = _output("archspec paths resnet110 --by deletion")
    assert f"{2**53:,}" in _row(left, "layer1.0")


def test_accuracies_are_what_torchvision_documents() -> None:
    models = import_torchvision().models
    (file,) = (b.body for b in blocks(PAGE.read_text(encoding="utf-8")) if b.what == "top1.csv")
    rows = list(csv.DictReader(file.splitlines()))
    assert len(rows) > 20
    for row in rows:
        name = row["network"].removesuffix("@torchvision")
        meta = models.get_model_weights(name)["IMAGENET1K_V1"].meta
        assert float(row["top1"]) == meta["_metrics"]["ImageNet-1K"]["acc@1"], name
        output = _output("archspec compare alexnet")
        assert _cell(output, row["network"], "Top-1") == f"{float(row['top1']):g}%"
        if name != "inception_v3":  # torchvision counts its head for training, too
            assert _cell(output, row["network"], "Params") == f"{meta['num_params']:,}"
