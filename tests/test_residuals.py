"""Residual frames: what is drawn in them is what a skip goes around, and nothing else."""

from __future__ import annotations

import networkx as nx
import pytest

from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.folding import Box, Frame, run_of
from archspec.figures.repeats import nodes_of
from archspec.frontend.loading import families
from archspec.ir.graph import Node
from tests.networks import network

FAMILIES = [path.stem for path in families()]


def nodes(group: tuple[Box | Frame, ...]) -> set[Node]:
    return {n for entry in group for member in run_of(entry) for n in nodes_of(member)}


@pytest.mark.parametrize("detail", [{}, {"fuse": True}, {"level": "block"}, {"repeat": "none"}])
@pytest.mark.parametrize("name", FAMILIES)
def test_without_what_is_framed_a_way_to_the_sum_is_left(
    name: str, detail: dict[str, object]
) -> None:
    graph = network(name)
    figure = Figure(graph, Detail(residuals=True, **detail))  # type: ignore[arg-type]
    whole = nx.DiGraph(graph.dag)
    seen: list[set[Node]] = []
    for group in figure.residuals:
        body = nodes(group)
        assert any(node.macs() for node in body)
        sums = {r for n in body for r in graph.readers.get(n, ()) if r not in body}
        assert any(r.op.name == "add" for r in sums)
        sources = {s for n in body for s in n.inputs} - body
        rest = nx.restricted_view(whole, {node.path for node in body}, [])
        assert any(nx.has_path(rest, s.path, r.path) for s in sources for r in sums)
        for other in seen:  # within an earlier one, or apart from it
            assert body <= other or body.isdisjoint(other)
        seen.append(body)


@pytest.mark.parametrize(
    ("name", "count"), [("resnet", 16), ("preact_resnet", 54), ("resnet_cifar", 9)]
)
def test_every_block_of_a_residual_network_has_one(name: str, count: int) -> None:
    """As many as there are sums; with ×N, one for each that is drawn."""
    sums = sum(node.op.name == "add" for node in network(name).nodes)
    unfolded = Figure(network(name), Detail(residuals=True, repeat="none"))
    assert len(unfolded.residuals) == sums == count
    folded = Figure(network(name), Detail(residuals=True))
    drawn = [box for box in folded.folding.boxes if isinstance(box.part, Node)]
    assert len(folded.residuals) == sum(box.part.op.name == "add" for box in drawn)


def test_what_is_folded_or_joined_otherwise_has_none() -> None:
    assert Figure(network("resnet"), Detail(level="block", residuals=True)).residuals == []
    assert Figure(network("densenet"), Detail(residuals=True)).residuals == []
    assert Figure(network("resnet"), Detail()).residuals == []
