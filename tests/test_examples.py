"""The examples do what they say, from the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / name), "--device", "cpu", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "printed", "least"),
    [
        ("train_digits.py", r"accuracy ([\d.]+)% on 360 held-out digits", 98.0),
        ("segment.py", r"IoU ([\d.]+) on 64 unseen photographs", 0.9),
    ],
)
def test_it_learns(name: str, printed: str, least: float) -> None:
    done = _run(name)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress where nobody is looking
    match = re.match(printed, done.stdout)
    assert match is not None, done.stdout
    assert float(match[1]) >= least


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("train_digits.py", ["--epochs", "1", "--lr", "1e-6"]),
        ("segment.py", ["--epochs", "1", "--images", "16", "--lr", "1e-6"]),
    ],
)
def test_it_says_when_it_did_not_learn(name: str, arguments: list[str]) -> None:
    done = _run(name, *arguments)
    assert done.returncode == 1
    assert re.match(r"(accuracy|IoU) [\d.]+%? on ", done.stdout)
    assert re.match(r"that is (less|not more) than", done.stderr)
