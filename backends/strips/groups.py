"""Groups of layers that end in a pooling, where a chain is designed from such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from archspec.backends.strips.topology import Topology
from archspec.figures.maps import Maps
from archspec.ir.graph import Node

_FEW = 3
"""So many groups alike make a design."""


def groups(one: Topology, stages: Iterable[tuple[str, int, int]]) -> list[range]:
    """The boxes of each group of a chain, by number, where several in a row are alike.

    They are alike where they begin with layers of one kernel, and hold layers of the same kinds in
    the same order, however many and of however many channels. None lies across a stage's end.

    Args:
        stages: the name of each stage, its first and its last box.
    """
    if not one.chain:
        return []
    parted = {edge for _, first, last in stages for edge in (first, last + 1)}
    rows = groupby(_pooled(one), key=lambda group: _design(one, group, parted))
    alike = [list(row) for _, row in rows]
    return [group for row in alike if len(row) >= _FEW for group in row]


def _pooled(one: Topology) -> Iterator[range]:
    """What ends in a pooling, each from the end of the one before."""
    start = sum(maps.source for maps in one.maps)
    for number, maps in enumerate(one.maps):
        part = maps.box.part
        if maps.kind == "pooling" and isinstance(part, Node) and not maps.source:
            if len(maps.shape) > 1 and max(maps.shape[1:]) > 1:
                yield range(start, number + 1)
            start = number + 1


def _design(one: Topology, group: range, parted: set[int]) -> object:
    """What is the same of groups that are alike; of one that lies across an end, only its own."""
    if not parted.isdisjoint(group[1:]):
        return group
    layers = [one.maps[number] for number in group]
    kinds = tuple(kind for kind, _ in groupby(maps.kind for maps in layers))
    return kinds, _kernel(layers[0])


def _kernel(maps: Maps) -> object:
    part = maps.box.part
    return part.op.kernel_sizes(len(part.output) - 1) if isinstance(part, Node) else part.block
