"""How large a network is at least, seen without elaborating it: blocks that double grow fast.

Only what is certain counts: what stands under a condition, or in a loop whose rounds depend on a
parameter, may make nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archspec.diagnostics import ArchspecError
from archspec.frontend.ast import (
    Block,
    BranchSyntax,
    Call,
    Constant,
    Fan,
    For,
    Group,
    Home,
    Item,
    Parallel,
)
from archspec.frontend.expressions import Expression

_DEEP = 100
"""Blocks within one another, further than which nobody elaborates."""


class Extent(NamedTuple):
    """How many nodes are made, and how many steps: rounds, nodes, instances, values gathered."""

    nodes: int = 0
    steps: int = 0

    def times(self, count: int) -> Extent:
        return Extent(self.nodes * count, self.steps * count)


def total(extents: Iterable[Extent]) -> Extent:
    """All of them together."""
    nodes = steps = 0
    for extent in extents:
        nodes += extent.nodes
        steps += extent.steps
    return Extent(nodes, steps)


_AN_OP = Extent(nodes=1)


class Forecast:
    """Counts nodes and steps; those of a block once, however often it is called."""

    def __init__(self) -> None:
        self.known: dict[Block, Extent] = {}

    def of(self, item: Item, home: Home, depth: int = 0) -> Extent:
        """What an item takes at least."""
        rounds = 1 if item.loop is None else _rounds(item.loop)
        unsure = item.when is not None or depth > _DEEP
        inside = Extent() if unsure else self._head(item, home, depth)
        once = Extent(inside.nodes, inside.steps + 1)
        return once if rounds == 1 else once.times(rounds)

    def _head(self, item: Item, home: Home, depth: int) -> Extent:
        head = item.head
        if isinstance(head, Group):
            return self._body(head.body, home, depth)
        if isinstance(head, Parallel):
            return self._branches(head.branches, home, depth)
        if not isinstance(head, Call) or not isinstance(head.name, str):
            return Extent()
        block = home.blocks.get(head.name)
        if block is None:
            branches = head.branches
            return total([_AN_OP, self._branches(branches, home, depth)]) if branches else _AN_OP
        if block not in self.known:
            self.known[block] = Extent()  # while it is within itself, where it may end
            self.known[block] = self._body(block.graph, block.home, depth)
        return self.known[block]

    def _body(self, items: list[Item], home: Home, depth: int) -> Extent:
        return total(self.of(item, home, depth + 1) for item in items)

    def _branches(self, branches: list[BranchSyntax], home: Home, depth: int) -> Extent:
        return total(self._branch(branch, home, depth) for branch in branches)

    def _branch(self, branch: BranchSyntax, home: Home, depth: int) -> Extent:
        if isinstance(branch, Fan):
            inside = self.of(branch.body, home, depth + 1)
            head = branch.body.head
            of_an_op = isinstance(head, Call) and head.name not in home.blocks
            gathered = int(of_an_op and branch.body.when is None)
            return Extent(inside.nodes, inside.steps + gathered).times(_rounds(branch.loop))
        return self._body(branch, home, depth) if isinstance(branch, list) else Extent()


def _rounds(loop: For) -> int:
    """How often a loop runs, where that is written; else 0."""
    if loop.count is not None:
        count = _written(loop.count)
        return count if type(count) is int and count > 0 else 0
    lists = [_written(value) for _, value in loop.lists.values()]
    return min((len(v) if isinstance(v, tuple | list | range) else 0 for v in lists), default=0)


def _written(value: object) -> object:
    if isinstance(value, Constant):
        return value.value
    if not isinstance(value, Expression) or value.names:
        return None
    try:
        return value.evaluate({})
    except ArchspecError:  # which is said where it is elaborated
        return None
