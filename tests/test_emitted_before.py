"""No network's code grows: `tests/emitted_before.py` has what was emitted once."""

from __future__ import annotations

import pytest

from archspec import pipeline
from tests import emitted_before

BEFORE = emitted_before.before()


@pytest.mark.parametrize("name", BEFORE)
def test_code_has_not_grown_by_more_than_a_tenth(name: str) -> None:
    family, variant = name.split("@")
    was = emitted_before.code_lines(BEFORE[name])
    now = emitted_before.code_lines(pipeline.source(pipeline.elaborate(family, variant=variant)))
    assert now <= 1.1 * was


def test_what_is_no_code_is_not_counted() -> None:
    text = '''"""A network."""

from torch import nn


class Net(nn.Module):
    """Its docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(
            4,
            2,
        )
        # Small at first.
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
'''
    assert emitted_before.code_lines(text) == 8
