"""The index of the shipped networks: what it says is so, and what is not up to date is unsaid."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline, zoo
from archspec.cli.app import main
from archspec.frontend import loading, using

FAMILIES = ("lenet", "resnet", "unet")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small library with an index."""
    here = using.library()
    shutil.copytree(here / "blocks", tmp_path / "blocks")
    for family in FAMILIES:
        shutil.copy(here / f"{family}.yaml", tmp_path)
    for module in (loading, using, zoo):
        monkeypatch.setattr(module, "library", lambda: tmp_path)
    (tmp_path / zoo.INDEX).write_text(zoo.index(), encoding="utf-8")
    return tmp_path


def test_the_shipped_index_is_fresh() -> None:
    text = (using.library() / zoo.INDEX).read_text(encoding="utf-8")
    assert text == zoo.index(), "run `make docs`"


def test_the_index_says_what_elaboration_finds(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zoo.stale() == []
    with monkeypatch.context() as patch:
        patch.delattr(pipeline, "elaborate")
        listed = list(zoo.networks())
        result = CliRunner().invoke(main, ["list"])
        assert (result.exit_code, result.stderr) == (0, "")
    (shelf / zoo.INDEX).unlink()
    assert zoo.stale() == list(FAMILIES)
    assert list(zoo.networks()) == listed


def test_a_family_is_counted_anew_when_its_spec_changes(shelf: Path) -> None:
    spec = shelf / "lenet.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("120", "121"), encoding="utf-8")
    assert zoo.stale() == ["lenet"]
    known = json.loads((shelf / zoo.INDEX).read_text(encoding="utf-8"))["lenet"]["networks"]
    assert next(zoo.networks()).params > known[0]["params"]


def test_so_is_one_whose_blocks_change(shelf: Path) -> None:
    index = json.loads((shelf / zoo.INDEX).read_text(encoding="utf-8"))
    block = min(set(index["resnet"]["files"]) - {"resnet.yaml"})
    with (shelf / block).open("a", encoding="utf-8") as file:
        file.write("\n# a remark\n")
    assert "resnet" in zoo.stale()
    (shelf / block).unlink()
    assert "resnet" in zoo.stale()


def test_line_ends_change_nothing(shelf: Path) -> None:
    spec = shelf / "lenet.yaml"
    spec.write_bytes(spec.read_bytes().replace(b"\n", b"\r\n"))
    assert zoo.stale() == []


@pytest.mark.parametrize("text", ["", "[", "<<<<<<< ours\n{}"])
def test_a_damaged_index_is_no_index(shelf: Path, text: str) -> None:
    (shelf / zoo.INDEX).write_text(text, encoding="utf-8")
    assert zoo.stale() == list(FAMILIES)
