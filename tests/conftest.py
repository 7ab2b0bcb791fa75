"""What every test runs under. Nothing here imports torch unless a test already needs it."""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

import hypothesis
import pytest

from tests.reference import import_torchvision

hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

if "PYTEST_XDIST_WORKER" in os.environ:
    # One worker a core, so one thread a worker. torch reads these when it is imported.
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS"):
        os.environ.setdefault(variable, "1")


@cache
def _has_cuda() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not _has_cuda():
        pytest.skip("needs a CUDA device")


@pytest.fixture(scope="session")
def torchvision() -> ModuleType:
    return import_torchvision()
