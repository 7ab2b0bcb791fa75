"""Sweeps: tests that run a sample of themselves in CI, and all of it under `make sweep`.

`ARCHSPEC_SWEEP` holds the seed of a sweep, and is unset in CI. Under a sweep each test that takes
part leaves a file in `benchmarks/sweeps/`: what was run, from which seed, at which commit, and how
many cases failed. This module is a plugin of pytest, too: it counts the cases and writes the files.

Three ways to take part, all counted:

- `drawn(5_000)` above a `@given`: so many examples.
- `rounds(200, 20_000)` in a test marked `sweep`: so many rounds, each with a generator of its own.
- `some(cases, 12)` for a test marked `sweep` that is parametrised: every case.
"""

from __future__ import annotations

import functools
import json
import os
import platform
import random
import subprocess
import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import pytest

FOLDER = Path("benchmarks", "sweeps")
SEED = int(os.environ["ARCHSPEC_SWEEP"]) if os.environ.get("ARCHSPEC_SWEEP") else None
"""Of the sweep that is going on; None in CI."""

T = TypeVar("T")
Test = TypeVar("Test", bound=Callable[..., Any])

RELEASES = ("archspec-compiler", "torch", "torchvision", "pyyaml", "pydantic", "pygraphviz")


@dataclass
class Count:
    """The cases of the test that runs now: those that were wanted, and those that went well."""

    asked: dict[Any, int] = field(default_factory=dict)
    done: int = 0

    @property
    def wanted(self) -> int:
        return sum(self.asked.values())


_now = Count()


# --- what a test says -----------------------------------------------------------------------


def drawn(full: int, sample: int = 100) -> Callable[[Test], Test]:
    """Mark a Hypothesis test: `sample` examples, the same each time, or `full` from the seed."""
    number = sample if SEED is None else full

    def decorate(test: Test) -> Test:
        handle = test.hypothesis  # type: ignore[attr-defined]
        inner = handle.inner_test

        @functools.wraps(inner)
        def counted(*args: Any, **kwargs: Any) -> None:
            _now.asked[counted] = number
            inner(*args, **kwargs)
            _now.done += 1

        handle.inner_test = counted
        chosen = hypothesis.settings(
            max_examples=number,
            derandomize=SEED is None,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        test = chosen(test)
        return pytest.mark.sweep(test if SEED is None else hypothesis.seed(SEED)(test))

    return decorate


def rounds(sample: int, full: int) -> Iterator[random.Random]:
    """`sample` generators of random numbers, the same each time, or `full` from the seed.

    A round depends on the seed and its number alone. It counts when the next one is asked for.
    """
    number = sample if SEED is None else full
    _now.asked[object()] = number
    for turn in range(number):
        yield random.Random(f"{SEED or 0}/{turn}")
        _now.done += 1


def some(cases: Sequence[T], sample: int, always: Container[T] = ()) -> list[T]:
    """`sample` of the cases, the same each time, in their order; under a sweep all of them.

    Args:
        always: cases that are among them in any event, and count beside `sample`.
    """
    if SEED is not None:
        return list(cases)
    left = [at for at, case in enumerate(cases) if case not in always]
    chosen = {*random.Random(0).sample(left, min(sample, len(left)))}
    return [case for at, case in enumerate(cases) if at in chosen or case in always]


# --- the plugin -----------------------------------------------------------------------------


@dataclass
class Sweep:
    """What a sweep found; as it is written."""

    test: str
    seed: int
    commit: str
    date: str
    wanted: int = 0
    done: int = 0
    failed: int = 0
    cpu_seconds: float = 0
    failures: list[str] = field(default_factory=list)
    releases: dict[str, str] = field(default_factory=dict)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Count the cases; a test that counts none is one itself."""
    _now.asked.clear()
    _now.done = 0
    start = time.process_time()
    passed = False
    try:
        yield
        passed = True
    finally:
        if SEED is not None:
            wanted, done = (_now.wanted, _now.done) if _now.asked else (1, int(passed))
            seconds = round(time.process_time() - start, 1)
            item.user_properties.append(("sweep", (wanted, done, seconds)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write a file for each test that was swept, of however many cases it is made."""
    if SEED is None:
        return
    root = terminalreporter.config.rootpath
    found: dict[str, Sweep] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            if report.when == "call":
                test = report.nodeid.partition("[")[0]
                _add(found.setdefault(test, _begun(test, root)), report)
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for sweep in found.values():
        sweep.cpu_seconds = round(sweep.cpu_seconds, 1)
        path = result_of(sweep.test)
        text = json.dumps(asdict(sweep), indent=1) + "\n"
        (root / path).write_text(text, encoding="utf-8")
        terminalreporter.write_line(
            f"{path}: {sweep.done:,} of {sweep.wanted:,} cases, {sweep.failed} tests failed"
        )


def result_of(test: str) -> Path:
    """Where the result of a test lies: `tests/test_a.py::test_b` in `a.b.json`."""
    module, _, name = test.partition("::")
    return FOLDER / f"{Path(module).stem.removeprefix('test_')}.{name.removeprefix('test_')}.json"


def _begun(test: str, root: Path) -> Sweep:
    assert SEED is not None
    return begun(test, SEED, root)


def begun(test: str, seed: int, root: Path) -> Sweep:
    """What is known of a sweep before it runs: when, from which seed, at which commit."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Sweep(test, seed, _commit(root), now, releases=_releases())


def _add(sweep: Sweep, report: Any) -> None:
    """One test's part, which a worker may have run."""
    wanted, done, seconds = dict(report.user_properties)["sweep"]
    sweep.wanted += wanted
    sweep.done += done
    sweep.cpu_seconds += seconds
    if report.failed:
        sweep.failed += 1
        crash = getattr(report.longrepr, "reprcrash", None)
        message = crash.message if crash else str(report.longrepr)
        sweep.failures.append(f"{report.nodeid}: {message[:500]}")


def _commit(root: Path) -> str:
    """The commit, and whether something tracked was changed since, the sweeps' own files apart."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    others = f":!{FOLDER.as_posix()}"
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", others)
    return git("rev-parse", "--short=12", "HEAD") + (" and changes" if changed else "")


def _releases() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in RELEASES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
