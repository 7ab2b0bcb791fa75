"""Networks written by hand, one variant a file, equal to those of the zoo.

`tests/hand/NAME.yaml` holds what NAME alone needs, and is frozen: the length of lifted specs is
measured by theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline
from archspec.ir.equality import difference
from archspec.ir.graph import Graph

HAND = sorted((Path(__file__).parent / "hand").glob("*.yaml"))


def blocks(graph: Graph) -> list[Any]:
    """Of each scope its block, what feeds it and what it gives; not the values of parameters."""
    return [
        (
            i.path,
            i.block and (i.block.name, i.block.inputs),
            [n.path for n in i.inputs],
            [n.path for n in i.output],
            {name: n.path for name, n in i.outputs.items()},
        )
        for i in graph.instances
    ]


def test_there_are_twenty_of_twenty_families() -> None:
    assert len({pipeline.elaborate(path.stem).name for path in HAND}) == len(HAND) == 20


@pytest.mark.parametrize("path", HAND, ids=lambda path: path.stem)
def test_it_is_the_network_of_the_zoo(path: Path) -> None:
    hand, shipped = pipeline.elaborate(path), pipeline.elaborate(path.stem)
    assert difference(hand, shipped, "names") is None
    assert blocks(hand) == blocks(shipped)
    assert (hand.name, hand.init) == (shipped.name, shipped.init)
    assert not hand.remarks


def test_they_hold_what_the_networks_need() -> None:
    for path in HAND:
        text = path.read_text()
        assert max(map(len, text.splitlines())) <= 100, path
        assert not any(word in text for word in ("#", "description", "variants", "label", "use:"))
