"""A sweep runs all of what CI runs a sample of, and says what it did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import sweeping

TESTS = """
import pytest
from hypothesis import given, strategies as st
from tests.sweeping import drawn, rounds, some

@drawn(300, sample=20)
@given(st.integers())
def test_drawn(n):
    assert isinstance(n, int)

@pytest.mark.sweep
def test_rounds():
    for rng in rounds(10, 400):
        assert rng.random() < 0.99

@pytest.mark.sweep
@pytest.mark.parametrize("case", some(range(50), 5))
def test_some(case):
    assert case >= 0

def test_of_ci_alone():
    pass
"""


def run(folder: Path, seed: str, *arguments: str) -> tuple[str, dict[str, Any]]:
    """What pytest printed for a file of such tests, and the results it wrote."""
    (folder / "test_it.py").write_text(TESTS, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = sweep: it is one\n", encoding="utf-8")
    root = str(Path(__file__).parents[1])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.sweeping", *arguments],
        cwd=folder,
        env=environment | {"ARCHSPEC_SWEEP": seed, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    written = (folder / "benchmarks" / "sweeps").glob("*.json")
    return done.stdout, {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in written}


def test_ci_runs_a_sample_and_writes_nothing(tmp_path: Path) -> None:
    printed, results = run(tmp_path, "", "-n", "0")
    assert "8 passed" in printed, printed
    assert results == {}


@pytest.mark.parametrize("jobs", ["0", "2"])
def test_a_sweep_runs_everything_and_says_so(tmp_path: Path, jobs: str) -> None:
    printed, results = run(tmp_path, "7", "-m", "sweep", "-n", jobs)
    assert "1 failed, 51 passed" in printed, printed
    assert results.keys() == {"it.drawn", "it.rounds", "it.some"}
    counts = {name: (r["wanted"], r["failed"]) for name, r in results.items()}
    assert counts == {"it.drawn": (300, 0), "it.rounds": (400, 1), "it.some": (50, 0)}
    assert results["it.drawn"]["done"] == 300
    assert results["it.some"]["done"] == 50
    assert results["it.rounds"]["done"] < 400
    assert "test_rounds" in results["it.rounds"]["failures"][0]
    assert {r["seed"] for r in results.values()} == {7}
    assert results["it.some"]["test"] == "test_it.py::test_some"
    assert "it.some.json: 50 of 50 cases, 0 tests failed" in printed


def test_a_sample_is_the_same_each_time_and_in_order() -> None:
    cases = list(range(100))
    assert sweeping.some(cases, 7) == sorted(set(sweeping.some(cases, 7)))
    assert sweeping.some(cases, 200) == cases
    first, again = ([rng.random() for rng in sweeping.rounds(3, 9)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 3
