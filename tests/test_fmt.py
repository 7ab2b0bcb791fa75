"""`archspec fmt`: which files it writes, when it exits with what, and what it leaves alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archspec.cli.app import main
from tests.test_formatting import MESSY, NEAT

BROKEN = "name: x\ngraph: [\n"


def fmt(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["fmt", *map(str, arguments)], input=stdin)


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "messy.yaml"
    path.write_text(MESSY)
    return path


def test_a_file_is_set_in_place_once(messy: Path) -> None:
    messy.chmod(0o640)
    first, second = fmt(messy), fmt(messy)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert messy.read_text() == NEAT
    assert stat.S_IMODE(messy.stat().st_mode) == 0o640
    assert first.stderr == "1 file changed\n"
    assert second.stderr == "1 file left as it was\n"
    assert first.stdout == second.stdout == ""


def test_a_file_that_is_set_is_not_written(messy: Path) -> None:
    fmt(messy)
    before = messy.stat()
    fmt(messy)
    assert messy.stat() == before


def test_check_names_files_and_writes_none(messy: Path) -> None:
    result = fmt("--check", messy, "specs/lenet.yaml")
    assert result.exit_code == 1
    assert result.stdout == f"would change: {messy}\n"
    assert result.stderr == "1 file would change, 1 file would stay\n"
    assert messy.read_text() == MESSY
    assert fmt("--check", "specs/lenet.yaml").exit_code == 0


def test_diff_says_what_would_change(messy: Path) -> None:
    result = fmt("--diff", "--quiet", messy)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"--- {messy}\n+++ {messy}\n@@ ")
    assert "\n-name:   messy\n" in result.stdout
    assert result.stderr == ""
    assert messy.read_text() == MESSY


def test_a_folder_stands_for_the_specs_in_it(messy: Path) -> None:
    folder = messy.parent
    (folder / "other.yaml").write_text("graphs:   none\n")
    (folder / "inner").mkdir()
    (folder / "inner" / "more.yml").write_text("name:   x\ngraph: [relu]\n")
    for foreign in (".git", "node_modules"):
        (folder / foreign).mkdir()
        (folder / foreign / "theirs.yaml").write_text("name:   x\ngraph: [relu]\n")
    result = fmt(folder)
    assert result.stderr == "2 files changed\n"
    assert (folder / "inner" / "more.yml").read_text() == "name: x\ngraph: [relu]\n"
    assert (folder / "other.yaml").read_text() == "graphs:   none\n"
    assert (folder / ".git" / "theirs.yaml").read_text().startswith("name:   x")
    assert fmt(folder / "other.yaml").stderr == "1 file changed\n"
    assert fmt(folder / ".git").stderr == "1 file changed\n"


def test_standard_input_is_printed() -> None:
    result = fmt("-", stdin=MESSY)
    assert (result.exit_code, result.stdout, result.stderr) == (0, NEAT, "")
    assert fmt("--check", "-", stdin=MESSY).exit_code == 1
    assert fmt("--check", "-", stdin=NEAT).exit_code == 0
    assert fmt("--diff", "-", stdin=MESSY).stdout.startswith("--- -\n+++ -\n@@ ")


def test_what_cannot_be_read_is_told_and_the_others_are_set(messy: Path) -> None:
    broken, latin = messy.with_name("broken.yaml"), messy.with_name("latin.yaml")
    broken.write_text(BROKEN)
    latin.write_bytes(b"name: \xe9\n")
    result = fmt(broken, latin, messy)
    assert result.exit_code == 1
    assert result.stderr.count("error[E001]") == result.stderr.count("error[E005]") == 1
    assert f"--> {broken}:2:8" in result.stderr
    assert broken.read_text() == BROKEN
    assert messy.read_text() == NEAT
    assert fmt("-", stdin=BROKEN).exit_code == 1
    assert fmt("-", stdin=b"\xff").exit_code == 1


def test_what_is_not_there_is_a_faulty_command_line(tmp_path: Path) -> None:
    assert fmt(tmp_path / "nothing.yaml").exit_code == 2
    assert fmt("resnet50").exit_code == 2
    assert fmt().exit_code == 2


def test_a_file_that_cannot_be_replaced_stays(messy: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("who may do anything is stopped by no permissions")
    messy.parent.chmod(0o500)
    try:
        result = fmt(messy)
    finally:
        messy.parent.chmod(0o700)
    assert result.exit_code == 2
    assert "error[E101]" in result.stderr
    assert messy.read_text() == MESSY


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    result = fmt(tmp_path / "pipe.yaml")
    assert (result.exit_code, "error[E101]" in result.stderr) == (2, True)


def test_a_link_goes_on_pointing_to_its_file(messy: Path) -> None:
    link = messy.with_name("link.yaml")
    link.symlink_to(messy.name)
    fmt(link)
    assert link.is_symlink()
    assert messy.read_text() == NEAT


def test_hostile_files_are_set_or_refused() -> None:
    names = ["long_key", "laughs", "marks", "tags"]
    command = [sys.executable, "-m", "tests.hostile", "fmt", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    codes = {
        o["name"]: (o["status"], o["codes"]) for o in map(json.loads, done.stdout.splitlines())
    }
    assert codes == {
        "long_key": (0, []),
        "laughs": (1, ["E004"]),
        "marks": (1, ["E001"]),
        "tags": (1, ["E003"]),
    }
