"""The engines that draw figures, each by itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from archspec.backends.graphviz import engine

SYSTEM = pytest.mark.skipif(shutil.which("dot") is None, reason="no `dot` on PATH")

each_engine = pytest.mark.parametrize(
    "by",
    [
        pytest.param(engine.bundled, id="pygraphviz"),
        pytest.param(engine.system, id="dot", marks=SYSTEM),
    ],
)


@contextmanager
def drawn_by(by: engine.Engine) -> Iterator[None]:
    """Nothing else draws meanwhile."""
    with patch.object(engine, "ENGINES", (by,)):
        yield
