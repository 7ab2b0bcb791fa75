"""Side by side: two things timed in turn, in one run, so that a busy machine slows both."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Row:
    """One comparison. `ratio` is ours over theirs: below 1, ours is the faster or the smaller.

    Attributes:
        part: the benchmark it belongs to.
        target: what the ratio must not exceed; None where there is nothing to hold it against.
        spread: the quartiles of the ratio over the repetitions, where it was taken pairwise.
    """

    part: str
    what: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    target: float | None
    repetitions: int
    spread: tuple[float, float] | None = None

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.ratio <= self.target


def timed(deed: Callable[[], Any]) -> float:
    """Seconds on the clock; what the deed made is gone before the next begins."""
    start = time.perf_counter()
    made = deed()
    seconds = time.perf_counter() - start
    del made
    return seconds


def worked(deed: Callable[[], Any]) -> float:
    """Seconds of CPU, which a busy machine changes less than those on the clock."""
    start = time.process_time()
    made = deed()
    seconds = time.process_time() - start
    del made
    return seconds


def in_turn(
    ours: Callable[[], float], theirs: Callable[[], float], repetitions: int, warmups: int = 1
) -> tuple[list[float], list[float]]:
    """Both, again and again, each first every other time."""
    for _ in range(warmups):
        ours(), theirs()
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(repetitions):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            found[which].append((ours, theirs)[which]())
    return found


def compared(
    part: str,
    what: str,
    samples: tuple[Sequence[float], Sequence[float]],
    target: float | None,
    unit: str = "s",
) -> Row:
    """A row from pairs: the ratio is the median of the pairs' ratios.

    The two of a pair were taken one right after the other, so what slows the machine for a
    while slows both; the ratio of the medians would compare different moments.
    """
    ratios = sorted(a / b for a, b in zip(*samples, strict=True))
    quarter = len(ratios) // 4
    return Row(
        part,
        what,
        median(samples[0]),
        median(samples[1]),
        unit,
        median(ratios),
        target,
        len(ratios),
        (ratios[quarter], ratios[-1 - quarter]),
    )


_LAUNCHER = """
import os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
seconds = time.perf_counter() - start
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(seconds, peak, usage.ru_utime + usage.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Process(NamedTuple):
    """What a whole process took: seconds on the clock, MiB of memory, seconds of CPU."""

    seconds: float
    peak: float
    cpu: float


def process(arguments: Sequence[str], folder: Path | None = None) -> Process:
    """Run a process, in a folder, and see what it takes.

    A small process starts it: on Linux a child's peak begins at what its parent holds, and
    this one holds torch.

    Raises:
        subprocess.CalledProcessError: where it fails.
    """
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *arguments]
    done = subprocess.run(launcher, stdout=subprocess.PIPE, text=True, check=True, cwd=folder)
    seconds, peak, cpu = map(float, done.stdout.split())
    return Process(seconds, peak / 2**20, cpu)


def machine() -> dict[str, str]:
    """Where the numbers come from."""
    import torch

    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "threads": str(torch.get_num_threads()),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        found["load at the start"] = f"{os.getloadavg()[0]:.1f}"
    if torch.cuda.is_available():
        found["gpu"] = torch.cuda.get_device_name()
    for name in ("archspec-compiler", "torch", "torchvision", "torchinfo"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
