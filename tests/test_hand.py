"""Networks written by hand, one variant a file, equal to those of the zoo.

`tests/hand/NAME.yaml` holds what NAME alone needs, and is frozen: the length of lifted specs is
measured by theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline
from archspec.ir.graph import Graph

HAND = sorted((Path(__file__).parent / "hand").glob("*.yaml"))


def nodes(graph: Graph) -> list[tuple[Any, ...]]:
    """All that a node has, with paths in place of nodes and scopes."""
    return [
        (
            n.path,
            n.id,
            n.op,
            [i.path for i in n.inputs],
            n.output,
            n.scope.path,
            n.owner,
            n.train_only,
            repr(n.derived),
        )
        for n in graph.nodes
    ]


def scopes(graph: Graph) -> list[tuple[Any, ...]]:
    """The tree: blocks, what feeds them and what they give, and what stands in them, in order."""
    return [
        (
            i.path,
            i.block and (i.block.name, i.block.inputs),
            [n.path for n in i.inputs],
            [n.path for n in i.output],
            {name: n.path for name, n in i.outputs.items()},
            [child.path for child in i.children],
        )
        for i in graph.instances
    ]


def test_there_are_twenty_of_twenty_families() -> None:
    assert len({pipeline.elaborate(path.stem).name for path in HAND}) == len(HAND) == 20


@pytest.mark.parametrize("path", HAND, ids=lambda path: path.stem)
def test_it_is_the_network_of_the_zoo(path: Path) -> None:
    hand, shipped = pipeline.elaborate(path), pipeline.elaborate(path.stem)
    assert nodes(hand) == nodes(shipped)
    assert scopes(hand) == scopes(shipped)
    assert hand.name == shipped.name and hand.init == shipped.init
    assert [n.path for n in hand.inputs] == [n.path for n in shipped.inputs]
    assert [(o.name, o.node.path, o.train_only, o.loss_weight) for o in hand.outputs] == [
        (o.name, o.node.path, o.train_only, o.loss_weight) for o in shipped.outputs
    ]
    assert not hand.remarks


def test_they_hold_what_the_networks_need() -> None:
    for path in HAND:
        text = path.read_text()
        assert max(map(len, text.splitlines())) <= 100, path
        assert not any(word in text for word in ("#", "description", "variants", "label", "use:"))
