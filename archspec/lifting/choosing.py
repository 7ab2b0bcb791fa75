"""Items that are another block, or another op, in some samples: `$block`, or one item for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.lifting.blocks import Block, called
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Slot


def choose(items: Sequence[Item], blocks: Mapping[str, Block], own: Block | None) -> list[Item]:
    """Items in which what is chosen takes the same arguments; the others are split."""
    found: list[Item] = []
    for item in items:
        item.body = choose(item.body, blocks, own)
        for arm in item.branches:
            arm.items = choose(arm.items, blocks, own)
        if "head" not in item.slots or _agree(item, blocks, own):
            found.append(item)
        else:
            found += _split(item)
    return found


def callees(item: Item, blocks: Mapping[str, Block]) -> list[Block]:
    """The blocks that an item may be an instance of."""
    names = dict.fromkeys(called(part) for part in item.parts if part is not None)
    return [blocks[name] for name in names]


def _agree(item: Item, blocks: Mapping[str, Block], own: Block | None) -> bool:
    """Whether all blocks that an item may be take the same arguments."""
    if item.kind == "op":
        return True
    known = callees(item, blocks)
    if own in known:
        return False
    taken = [{p.name for p in block.parameters() if not p.computed} for block in known]
    return all(names == taken[0] for names in taken)


def _split(item: Item) -> list[Item]:
    """An item for each of the blocks that it may be."""
    names = [ABSENT if part is None else called(part) for part in item.parts]
    found = []
    for name in dict.fromkeys(n for n in names if n is not ABSENT):
        one = Item(item.kind, name, item.level)
        there = [n == name for n in names]
        known: Any = item.present.values if item.present is not None else [True] * len(names)
        values = [
            ABSENT if flag is ABSENT or (n is ABSENT and flag is True) else bool(flag and here)
            for flag, here, n in zip(known, there, names, strict=True)
        ]
        one.present = Slot("condition", values)
        one.parts = [p if here else None for p, here in zip(item.parts, there, strict=True)]
        one.lenders = list(item.lenders)
        for key, slot in item.slots.items():
            if key != "head":
                kept = [v if h else ABSENT for v, h in zip(slot.values, there, strict=True)]
                if any(v is not ABSENT for v in kept):
                    one.slots[key] = slot.of(kept)
        found.append(one)
    return found
