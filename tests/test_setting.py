"""How a network runs, as options and from Python; the largest batch as it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archspec
from archspec.cli.app import main as cli
from archspec.diagnostics import ArchspecError

GIB = 2**30


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["stats", *arguments], catch_exceptions=False)


def answer(limit: str, *more: str) -> dict[str, Any]:
    found = run("resnet20", "--fit", limit, "--format", "json", *more)
    data: dict[str, Any] = json.loads(found.stdout)
    return data


# --- the largest batch -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GiB", 24 * GIB),
        ("24 gib", 24 * GIB),
        ("24gi", 24 * GIB),
        ("24GB", 24 * 10**9),
        ("24g", 24 * 10**9),
        ("1.5MiB", 3 * 2**19),
        ("800 MB", 800 * 10**6),
        ("512kB", 512_000),
        ("512KIB", 2**19),
        ("1TiB", 2**40),
        ("123456789", 123456789),
        ("7B", 7),
    ],
)
def test_amounts_of_memory(text: str, size: int) -> None:
    assert answer(text)["limit_bytes"] == size


@pytest.mark.parametrize(
    "text", ["", "lots", "-1GB", "0", "0.1B", "24 gb ram", "24ib", "1e9", "GiB"]
)
def test_what_is_no_amount_of_memory(text: str) -> None:
    refused = run("resnet20", "--fit", text)
    assert refused.exit_code == 2
    assert "is not an amount of memory such as 24GiB or 800MB" in " ".join(refused.stderr.split())


def test_the_answer_names_what_it_holds_for() -> None:
    more = ("--dtype", "amp", "--optimizer", "adam", "--checkpoint", "basic_block")
    data = answer("2GiB", *more)
    assert (data["dtype"], data["mode"], data["memory"]["optimizer"]) == ("amp", "train", "adam")
    first, *_, last = run("resnet20", "--fit", "2GiB", "--exact", *more).stdout.splitlines()
    assert first == (
        "ResNet for CIFAR (resnet20), amp, training with Adam, 9 parts checkpointed:"
        f" the largest batch for 2 GiB (2,147,483,648 B) is {data['batch']:,}"
    )
    above = data["next_bytes"] - 2 * GIB
    assert 0 < above < data["next_bytes"] / data["batch"] * 1.1
    assert last == (
        f"batch {data['batch'] + 1:,} needs {data['next_bytes']:,} B, {above:,} B too much"
    )


def test_a_limit_in_powers_of_ten_is_told_in_these() -> None:
    assert "the largest batch for 2.00 GB is" in run("resnet20", "--fit", "2GB").stdout


def test_not_one_sample_fits() -> None:
    assert answer("1MB")["memory"] is None
    refusal, need = run("resnet20", "--fit", "1MB", "--mode", "eval").stdout.splitlines()
    assert refusal.endswith("float32: not even one sample fits into 1.00 MB")
    assert need.startswith("batch 1 needs ")
    assert need.endswith(" too much")


def test_the_search_has_no_end_but_the_limit() -> None:
    data = answer("900TB")
    assert data["batch"] > 2**20
    assert data["memory"]["peak_bytes"] <= data["limit_bytes"] < data["next_bytes"]


# --- from Python -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ({"optimizer": "Adam"}, "'Adam' is none of sgd, momentum, adam, adamw"),
        ({"dtype": "float64"}, "'float64' is none of float32, float16, bfloat16, amp"),
        ({"mode": "training"}, "'training' is none of train, eval"),
        ({"batch": 0}, "batch 0"),
    ],
)
def test_a_setting_that_there_is_not(setting: dict[str, Any], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        archspec.stats("lenet", **setting)


def test_one_name_needs_no_list() -> None:
    one = archspec.stats("resnet20", checkpoint="basic_block")
    assert one.memory is not None
    assert len(one.memory.checkpoint) == 9
    assert one == archspec.stats("resnet20", checkpoint=["basic_block"])
    assert archspec.paths("resnet20", delete="layer1.0").count == 2**8
    with pytest.raises(ArchspecError, match="`basic_blok`"):
        archspec.stats("resnet20", checkpoint="basic_blok")


def test_memory_is_readable_at_a_prompt() -> None:
    counted = archspec.stats("resnet110")
    assert len(repr(counted.memory)) < 600
    assert "peak=Peak(bytes=" in repr(counted.memory)
