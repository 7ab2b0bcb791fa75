"""The benchmark runs, and writes down what it found. What it finds is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.measure import Row, compared, in_turn

RUN = Path(__file__).parents[1] / "benchmarks" / "run.py"


def _row(ratio: float, target: float | None) -> Row:
    return Row("part", "what", ratio, 1.0, "s", ratio, target, 1)


def test_both_are_measured_in_turn() -> None:
    order: list[str] = []

    def deed(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    samples = in_turn(lambda: deed("a", 1.0), lambda: deed("b", 2.0), 4, warmups=1)
    assert "".join(order) == "ab" + "abba" * 2
    assert samples == ([1.0] * 4, [2.0] * 4)


def test_ratios_are_of_pairs() -> None:
    """Three times as slow a machine in the second half moves no pair's ratio."""
    row = compared("part", "what", ([1, 1, 3, 3], [2, 2, 6, 6]), 1.0)
    assert (row.ratio, row.spread, row.met) == (0.5, (0.5, 0.5), True)


@pytest.mark.parametrize(("target", "met"), [(1.0, False), (1.5, True), (None, None)])
def test_targets(target: float | None, met: bool | None) -> None:
    assert _row(1.2, target).met is met


@pytest.mark.slow
def test_it_runs_and_writes_its_results(tmp_path: Path) -> None:
    command = [sys.executable, str(RUN), "--quick", "--output", str(tmp_path)]
    command += ["--only", "elaborate", "--only", "compile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (page,) = tmp_path.glob("*.md")
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if "≤" in line]
    (data,) = tmp_path.glob("*.json")
    found = json.loads(data.read_text(encoding="utf-8"))
    assert len(rows) == len(found["rows"]) == 7
    assert all(row["ratio"] > 0 for row in found["rows"])
    assert found["about"]["command"].startswith("python benchmarks/run.py --quick")
    assert {"processor", "torch", "torchvision", "python"} <= found["about"].keys()
    for row in found["rows"]:
        assert row["what"] in done.stdout


@pytest.mark.parametrize("passed", [True, False])
def test_a_rehearsal_on_the_cpu_says_that_it_is_one(
    passed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "tested", lambda device: (passed, f"14 ran on {device}"))
    monkeypatch.setattr(gpu, "measured", lambda _: [_row(1.0, 1.02)])
    assert gpu.main(["--device", "cpu", "--output", str(tmp_path)]) == (0 if passed else 1)
    (data,) = tmp_path.glob("*-cpu-rehearsal.json")
    about = json.loads(data.read_text(encoding="utf-8"))["about"]
    assert about["device"].startswith("cpu: a rehearsal")
    assert about["gpu tests"] == "14 ran on cpu"
    assert "gpu" not in about
    (page,) = tmp_path.glob("*-cpu-rehearsal.md")
    assert "- device: cpu: a rehearsal, nothing here was measured on a GPU" in page.read_text()


def test_without_a_gpu_there_is_no_measuring_on_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert gpu.main(["--output", str(tmp_path)]) == 2
    assert "DEVICE=cpu" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]
