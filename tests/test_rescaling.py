"""`check --scale`: which networks take inputs of other sizes, and what stops the others."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

import archspec
from archspec.cli.app import main

FLAT = """
name: Flat
inputs: {x: [1, 8, 8], y: [3]}
graph:
  - {id: maps, from: x, conv: {out_channels: 2, kernel_size: 3}}
  - flatten
  - {id: head, linear: 3}
  - {id: out, add: [head, y]}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def _table(result: Result) -> dict[str, list[str]]:
    """The cells of each network, without its name and its input."""
    _, body = result.stdout.split("---\n", 1)
    lines = body.partition("\n\n")[0].splitlines()
    return {line.split()[0]: line.replace(" *", "*").split()[2:] for line in lines}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "lenet5",
            "alexnet@alexnet",
            "alexnet_one_stream",
            "zfnet@zfnet",
            "vgg16",
            "vgg16_fcn",
            "nin_imagenet",
        ),
        *("googlenet@googlenet", "resnet18", "densenet121", "dla34", "unet_padded", "fractalnet20"),
        *("stn_mnist", "wavenet"),
    ],
)
def test_the_module_says_the_same(name: str) -> None:
    """What evaluation takes is what the compiled module takes; nothing is allocated."""
    import torch

    graph = archspec.load(name)
    module = archspec.compile(graph, device="meta").eval()
    scales = (1.1, 1.25, 2.0, 3.0)
    (cells,) = _table(run(name, *(f"--scale={scale}" for scale in scales))).values()
    (channels, *sizes), takes = graph.inputs[0].output, []
    for scale in scales:
        shape = (1, channels, *(round(size * scale) for size in sizes))
        try:
            module(torch.empty(shape, device="meta"))
            takes.append(True)
        except RuntimeError:
            takes.append(False)
    assert [cell == "ok" or cell.endswith("*") for cell in cells] == takes


def test_the_layer_that_stops_it() -> None:
    result = run("alexnet_one_stream", "googlenet@googlenet", "dla34", "--scale=1.1", "--scale=2")
    assert result.exit_code == 1
    assert _table(result) == {
        "alexnet_one_stream": ["ok", "classifier.0"],
        "googlenet": ["ok", "aux1.fc1*"],
        "dla34": ["stage1.left", "ok"],
    }
    reasons = result.stdout.partition("\n\n")[2].partition("\n\n")[2].splitlines()
    assert reasons == [
        "alexnet_one_stream: the `linear` at `classifier.0` pins the input size",
        "dla34: the operands of `add` disagree (dla.yaml, line 59); `stage1.left.0` (max_pool) "
        "makes [32, 61, 61] of [32, 123, 123] and leaves out the last row and column; "
        "`stage1.left.block.conv1.conv` (conv) makes [64, 62, 62] of [32, 123, 123], as 123 is no "
        "multiple of 2; inputs of 3x224x224 and 3x255x255 fit",
        "* in training only: evaluation takes this size",
    ]


def test_what_takes_every_size() -> None:
    result = run("resnet18", "--scale", "1.1", "--scale", "10")
    assert result.exit_code == 0
    assert _table(result) == {"resnet18": ["ok", "ok"]}


def test_vectors_keep_their_length(tmp_path: Path) -> None:
    path = tmp_path / "flat.yaml"
    path.write_text(dedent(FLAT))
    result = run(str(path), "--scale", "1", "--scale", "1.5", "--scale", "0.1")
    assert "1x8x8, 3" in result.stdout
    assert result.stdout.splitlines()[5].endswith("3  ok  head  line 5")


def test_a_family_has_a_line_for_each_variant() -> None:
    names = _table(run("zfnet", "--scale", "2"))
    assert list(names) == ["zfnet", "zfnet_wide", "zfnet@pytorchcv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--scale", "nan"), "not a number above 0"),
        (("--scale", "-1"), "not a number above 0"),
        (("--scale", "big"), "not a number above 0"),
        (("--scale", "inf"), "not a number above 0"),
        (("--scale", "2", "--input", "3x8x8"), "leave out --input"),
    ],
)
def test_scales_that_are_none(arguments: tuple[str, ...], message: str) -> None:
    result = run("lenet", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_size_beyond_all_measure_is_no_traceback() -> None:
    result = run("vgg16", "--scale", "1e300")
    assert _table(result) == {"vgg16": ["E203"]}
    assert "the input `image` has an impossible shape" in result.stdout


def test_a_faulty_spec_leaves_the_others() -> None:
    result = run("resnet18", "nonet", "--scale", "2")
    assert _table(result) == {"resnet18": ["ok"]}
    assert "E102" in result.stderr
