"""A whole process: `archspec stats resnet152` against torchinfo on torchvision's resnet152."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, compared, in_turn, process

ROOT = Path(__file__).parents[1]

OURS = [str(Path(sys.executable).with_name("archspec")), "stats", "resnet152", "--format", "json"]
THEIRS = [
    sys.executable,
    "-c",
    f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.reference import import_torchvision
from torchinfo import summary
model = import_torchvision().models.resnet152()
print(summary(model, (1, 3, 224, 224), depth=9, verbose=0))
""",
]


def run(quick: bool) -> Iterator[Row]:
    memory: tuple[list[float], list[float]] = ([], [])

    def one(which: int) -> float:
        seconds, peak, _ = process((OURS, THEIRS)[which])
        memory[which].append(peak)
        return seconds

    repetitions = 1 if quick else 7
    samples = in_turn(lambda: one(0), lambda: one(1), repetitions, warmups=0 if quick else 1)
    part, what = "whole process", "stats resnet152, wall clock"
    yield compared(part, what, samples, 1 / 10)
    yield compared(part, "stats resnet152, peak memory", memory, 1 / 5, "MiB")
