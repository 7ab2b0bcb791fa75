"""Items that are another block, or another op, in some samples: `$block`, or one item for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from archspec.ir.graph import Instance
from archspec.lifting.blocks import Block, called
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Item, Slot
from archspec.ops import REGISTRY


def choose(
    items: Sequence[Item], blocks: Mapping[str, Block], circle: Collection[str]
) -> list[Item]:
    """Items in which what is chosen takes the same arguments; the others are split.

    Args:
        circle: blocks of which it is not known yet what they take.
    """
    found: list[Item] = []
    for item in items:
        item.body = choose(item.body, blocks, circle)
        for arm in item.branches:
            arm.items = choose(arm.items, blocks, circle)
        if "head" not in item.slots or _agree(item, blocks, circle):
            found.append(item)
        else:
            found += _split(item, _alike(item, blocks, circle))
    return found


def _implied(item: Item, name: str, key: str, value: Any) -> bool:
    """Whether an attribute has the default of the op that an item is in some samples."""
    if item.kind == "block" or not key.startswith("attribute."):
        return False
    field = REGISTRY[name].model_fields.get(key.partition(".")[2])
    return field is None or (not field.is_required() and same(value, field.default))


def callees(item: Item, blocks: Mapping[str, Block]) -> list[Block]:
    """The blocks that an item may be an instance of."""
    names = dict.fromkeys(called(part) for part in item.parts if part is not None)
    return [blocks[name] for name in names]


def _agree(item: Item, blocks: Mapping[str, Block], circle: Collection[str]) -> bool:
    """Whether all blocks, or all ops, that an item may be take the same arguments."""
    if item.kind != "block":
        return all(map(_regardless, _attributes(item)))
    known = callees(item, blocks)
    if any(block.name in circle for block in known):
        return False
    given = [taken(item, block) for block in known]
    return all(names == given[0] for names in given)


def taken(item: Item, block: Block) -> set[str]:
    """The parameters of a block that a call gives values to."""
    if block.whole is None:
        return {p.name for p in block.parameters() if not p.computed}
    parts = [p for p in item.parts if isinstance(p, Instance) and called(p) == block.name]
    return {name for part in parts for name in part.passed}


def _attributes(item: Item) -> Iterator[dict[str, set[Any]]]:
    """Of each attribute of an item the values that it has in each of its ops."""
    for key, slot in item.slots.items():
        if key.startswith("attribute."):
            found: dict[str, set[Any]] = {}
            for part, value in zip(item.parts, slot.values, strict=True):
                if part is not None:
                    found.setdefault(called(part), set()).add(repr(value))
            yield found


def _regardless(values: Mapping[str, set[Any]]) -> bool:
    """Whether an attribute is not another one because its op is."""
    return repr(ABSENT) not in set().union(*values.values()) and bool(
        set.intersection(*values.values())
    )


def _alike(item: Item, blocks: Mapping[str, Block], circle: Collection[str]) -> list[list[str]]:
    """What an item may be, together what takes the same arguments; the rarest first."""
    found: dict[Any, list[str]] = {}
    for name in dict.fromkeys(called(part) for part in item.parts if part is not None):
        given: Any = name
        if item.kind == "block" and name not in circle:
            given = frozenset(taken(item, blocks[name]))
        found.setdefault(given, []).append(name)
    times = Counter(called(part) for part in item.parts if part is not None)
    return sorted(found.values(), key=lambda names: (len(names), sum(times[n] for n in names)))


def _split(item: Item, alike: Sequence[Sequence[str]]) -> list[Item]:
    """An item for each group of blocks that it may be."""
    names = [ABSENT if part is None else called(part) for part in item.parts]
    found = []
    for group in alike:
        one = Item(item.kind, group[0], item.level)
        there = [n in group for n in names]
        known: Any = item.present.values if item.present is not None else [True] * len(names)
        values = [
            ABSENT if flag is ABSENT or (n is ABSENT and flag is True) else bool(flag and here)
            for flag, here, n in zip(known, there, names, strict=True)
        ]
        one.present = Slot("condition", values, group[0])
        one.parts = [p if here else None for p, here in zip(item.parts, there, strict=True)]
        one.lenders = list(item.lenders)
        for key, slot in item.slots.items():
            if key != "head" or len(group) > 1:
                kept = [v if h else ABSENT for v, h in zip(slot.values, there, strict=True)]
                if any(v is not ABSENT and not _implied(item, group[0], key, v) for v in kept):
                    one.slots[key] = slot.of(kept)
        found.append(one)
    return found
