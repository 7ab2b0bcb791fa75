"""CPU time of `archspec --help`, against the last commit in which it imported every op.

Where its files are not in the repository's history, the part has nothing to say.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, compared, in_turn, process

ROOT = Path(__file__).parents[1]
BEFORE = "ff0ac73"
TARGETS: dict[tuple[str, ...], float | None] = {
    ("--help",): 0.4,
    ("--version",): 0.4,
    ("stats", "resnet18"): None,
}


def run(quick: bool) -> Iterator[Row]:
    archive = ["git", "-C", str(ROOT), "archive", BEFORE, "archspec", "backends", "specs"]
    try:
        packed = subprocess.run(archive, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder)
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(before, filter="data")
        (before / "archspec" / "backends").symlink_to(before / "backends")
        places = [
            str(place / name) for place in (ROOT, before) for name in ("archspec", "backends")
        ]
        subprocess.run([sys.executable, "-m", "compileall", "-q", *places], check=True)
        for words, target in TARGETS.items():
            command = [sys.executable, "-m", "archspec", *words]

            def one(place: Path, command: list[str] = command) -> float:
                return process(command, place).cpu

            repetitions = 3 if quick else 15
            samples = in_turn(lambda: one(ROOT), lambda: one(before), repetitions)
            yield compared("startup", f"{' '.join(words)}, CPU", samples, target)
