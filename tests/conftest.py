"""What every test runs under. Nothing here imports torch unless a test already needs it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from functools import cache, partialmethod
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import hypothesis
import pytest
from click.testing import CliRunner, Result

from tests import sweeping
from tests.browser import Browser, executable
from tests.reference import import_torchvision

if TYPE_CHECKING:
    from tests.shown import Shown

DEVICE = os.environ.get("ARCHSPEC_DEVICE", "cuda")

hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci")

if "mix_stderr" in inspect.signature(CliRunner).parameters:
    # click 8.1 takes both streams for one, unless it is told otherwise; then it has no `output`.
    CliRunner.__init__ = partialmethod(CliRunner.__init__, mix_stderr=False)  # type: ignore[method-assign,assignment]
    Result.output = property(lambda self: self.stdout + self.stderr)  # type: ignore[method-assign,assignment]

if "PYTEST_XDIST_WORKER" in os.environ:
    # One worker a core, so one thread a worker. torch reads these when it is imported.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS"):
        os.environ.setdefault(variable, "1")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(sweeping, "sweeping")


@cache
def _has_cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and DEVICE == "cuda" and not _has_cuda():
        pytest.skip("needs a CUDA device")
    if item.get_closest_marker("browser") and executable() is None:
        pytest.skip("needs Chromium or Chrome on PATH")


@pytest.fixture(scope="session")
def device() -> str:
    """Where tests marked `gpu` run: a CUDA device, or the CPU in a rehearsal."""
    return DEVICE


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    return import_torchvision()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser, for a module's tests one after the other."""
    program = executable()
    assert program is not None
    browser = Browser(program)
    yield browser
    browser.close()


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Shown]:
    """A page in it, which must complain of nothing and ask for nothing but itself."""
    from tests.shown import Shown

    shown = Shown(browser, tmp_path)
    yield shown
    assert browser.complaints == []
    assert all(address.startswith("file:") for address in browser.requests)
    assert len(browser.requests) == 1, "the page asked for something"
