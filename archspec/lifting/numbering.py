"""Positions that a condition may move are written as ids, where weights stand there."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.ir.graph import Instance, Node
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Slot


def number(items: list[Item]) -> None:
    """Give an id to what has weights and none, and stands after what is not always there."""
    moving = False
    for item in in_scope(items):
        if item.kind in ("group", "list"):
            number(item.body)
        if item.kind in ("place", "parallel"):
            continue
        if moving and "id" not in item.slots and any(map(weighs, item.parts)):
            names = [ABSENT if p is None else p.path.rpartition(".")[2] for p in item.parts]
            item.slots["id"] = Slot("id", names)
            moving = False
        moving = moving or item.present is not None


def in_scope(items: list[Item]) -> Iterator[Item]:
    """The items that stand in one scope, in the order in which they are counted."""
    for item in items:
        for arm in item.branches:
            yield from in_scope(arm.items)
        yield item


def weighs(part: Node | Instance | None) -> bool:
    """Whether something has tensors of its own."""
    if part is None:
        return False
    nodes = [part] if isinstance(part, Node) else part.nodes()
    return any(not n.shared and n.tensors() for n in nodes)
