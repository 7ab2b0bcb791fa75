"""A condition names its cause: of several that are true, the one that reads what it decides on.

`batch_norm` decides on a batch norm, `pool == 'avg_pool'` on an average pooling; a parameter that
is called as an op is says nothing of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from archspec.lifting.align import pattern
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Slot, walk
from archspec.ops import REGISTRY

NAMED, AKIN, FOREIGN = 20, 10, 4
"""What it is worth that an expression reads what is called as that which it decides on, or as
something akin to it, and what it costs that it reads what is called as an op with no part in it."""

_QUOTED = re.compile(r"'(\w+)'")


def explain(items: list[Item], others: Iterable[Slot] = ()) -> None:
    """Note beside the slots of a body, those of its items and others, what they decide on."""
    asked = frozenset(i.name for i in walk(items) if i.present is not None and i.name)
    for body in _bodies(items):
        for group in _groups(body):
            words = frozenset[str]().union(*map(_words, group))
            for item in group:
                assert item.present is not None
                item.present.about = words
    for item in walk(items):
        for key, slot in item.slots.items():
            slot.about = frozenset({item.name if key == "head" else key.rpartition(".")[2]})
            if key == "own":
                slot.about |= {
                    word for words in slot.values if words is not ABSENT for word in words
                }
            slot.beside = asked
    for slot in others:
        slot.about, slot.beside = frozenset({slot.hint}), asked


def _bodies(items: list[Item]) -> Iterator[list[Item]]:
    yield items
    for item in walk(items):
        yield item.body
        yield from (arm.items for arm in item.branches)


def _groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Neighbours that are there, or are not, by one condition or its opposite."""
    group: list[Item] = []
    for item in items:
        if group and not _together(group[-1], item):
            yield group
            group = []
        if item.present is not None:
            group.append(item)
    if group:
        yield group


def _together(one: Item, other: Item) -> bool:
    if one.present is None or other.present is None:
        return False
    pairs = set(zip(one.present.values, other.present.values, strict=True))
    return pairs <= {(True, True), (False, False), (ABSENT, ABSENT)} or pairs <= {
        (True, False),
        (False, True),
        (ABSENT, ABSENT),
    }


def _words(item: Item) -> frozenset[str]:
    """What stands in an item: its op or block, its id, and what is said of it."""
    found: set[str] = set()
    for one in walk([item]):
        found.add(one.name)
        found |= {key.partition(".")[2] for key in one.slots if "." in key}
        for key in ("id", "head"):
            known = one.slots[key].values if key in one.slots else ()
            found |= {pattern(str(value)) or "" for value in known if value is not ABSENT}
    return frozenset(found - {""})


def worth(slot: Slot, text: str, names: Iterable[str]) -> int:
    """How much less an expression costs to read as it names what a slot decides on."""
    if not slot.about or "input." in text:
        return 0
    names, quoted = {*names}, {*_QUOTED.findall(text)}
    if names & slot.about:
        return NAMED
    parts = {word for name in slot.about for word in name.split("_")}
    akin = slot.kind in ("condition", "own") and any(parts & {*name.split("_")} for name in names)
    if akin or quoted & slot.about or names & slot.beside:
        return AKIN
    return -FOREIGN if names & {*REGISTRY} else 0
