"""What is made of the shipped networks changes where a commit says so, and nowhere else."""

from __future__ import annotations

import pytest

from tests.frozen import NETWORKS, known, made
from tests.sweeping import some


def test_every_network_is_known() -> None:
    assert list(known()) == list(NETWORKS)


@pytest.mark.sweep
@pytest.mark.parametrize("name", some(NETWORKS, 16))
def test_what_is_made_of_a_network_is_as_it_was(name: str) -> None:
    assert made(name) == known()[name]
