"""How many nodes a spec makes at least, seen without elaborating it: blocks that double grow fast.

Only what is certain counts: what stands under a condition, or in a loop whose rounds depend on a
parameter, may make none.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.diagnostics import ArchspecError
from archspec.expressions import Expression
from archspec.syntax import Block, BranchSyntax, Call, Constant, For, Group, Item, Parallel

_DEEP = 100
"""Blocks within one another, further than which nobody elaborates."""


class Forecast:
    """Counts nodes; each block once, however often it is called."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks = blocks
        self.known: dict[str, int] = {}

    def of(self, item: Item, depth: int = 0) -> int:
        """The nodes that an item makes at least."""
        rounds = 1 if item.loop is None else _rounds(item.loop)
        if item.when is not None or rounds == 0 or depth > _DEEP:
            return 0
        head = item.head
        if isinstance(head, Group):
            return rounds * self._body(head.body, depth)
        if isinstance(head, Parallel):
            return rounds * self._branches(head.branches, depth)
        if not isinstance(head, Call) or not isinstance(head.name, str):
            return 0
        if head.name not in self.blocks:
            return rounds * (1 + self._branches(head.branches or [], depth))
        if head.name not in self.known:
            self.known[head.name] = 0  # while it is within itself, where it may end
            self.known[head.name] = self._body(self.blocks[head.name].graph, depth)
        return rounds * self.known[head.name]

    def _body(self, items: list[Item], depth: int) -> int:
        return sum(self.of(item, depth + 1) for item in items)

    def _branches(self, branches: list[BranchSyntax], depth: int) -> int:
        return sum(self._body(branch, depth) for branch in branches if isinstance(branch, list))


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
