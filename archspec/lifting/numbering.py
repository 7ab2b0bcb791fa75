"""Positions that a condition may move are written as ids, where weights stand there."""

from __future__ import annotations

from archspec.ir.graph import Instance, Node
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Slot


def number(items: list[Item]) -> None:
    """Give an id to what has weights and none, and stands after what is not always there."""
    _walk(items, False)


def _walk(items: list[Item], moving: bool) -> bool:
    """Number some items of a scope; return whether a condition decides on what is next."""
    for item in items:
        for arm in item.branches:
            moving = _walk(arm.items, moving)
            moving = moving or arm.present is not None
        if item.kind in ("group", "list"):
            _walk(item.body, False)
        if item.kind == "loop":
            moving = _walk(item.body, moving)
            moving = _walk(item.body, moving)  # a round follows another
            moving = moving or (item.count is not None and not item.count.constant)
        elif moving and _unnamed(item) and any(map(weighs, item.parts)):
            names = [ABSENT if p is None else p.path.rpartition(".")[2] for p in item.parts]
            item.slots["id"] = Slot("id", names)
            moving = False
        moving = moving or item.present is not None
    return moving


def _unnamed(item: Item) -> bool:
    return item.kind not in ("place", "parallel") and "id" not in item.slots


def weighs(part: Node | Instance | None) -> bool:
    """Whether something has tensors of its own."""
    if part is None:
        return False
    nodes = [part] if isinstance(part, Node) else part.nodes()
    return any(not n.shared and n.tensors() for n in nodes)
