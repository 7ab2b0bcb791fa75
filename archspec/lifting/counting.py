"""Indices that count from 1, where ids do and nothing is computed from them: `stage$i`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from archspec.lifting.passes import ordered
from archspec.lifting.samples import ABSENT
from archspec.lifting.solving import Solver
from archspec.lifting.terms import BARE, Item, Level, Slot

HEADER = len("1, ")
"""What it takes to say where counting begins."""
_COMPUTED = re.compile(r"[-+*/%[]")


def count_from_one(items: list[Item], solver: Solver) -> None:
    """Let the indices of loops begin at 1 where that is shorter to read."""
    loops = [*_loops(items)]
    for level, count in loops:
        index = level.index
        if index is None or not index.used or not isinstance(count.text, int):
            continue
        word = re.compile(rf"(?<![\w.]){index.name}\b")
        reading = [
            (slot, at)
            for slot, at in ordered(items)
            if level in at.chain() and word.search(str(slot.text))
        ]
        inner = [one for one, _ in loops if one is not level and level in one.chain()]
        walked = [slot for one in inner for slot in one.lists.values()]
        computed = [s for s, _ in reading if s.kind not in ("id", "reference")]
        if any(word.search(str(slot.text)) for slot in walked) or any(
            _COMPUTED.search(str(slot.text)) or slot.kept for slot in computed
        ):
            continue
        _restart(level, reading, solver)


def _loops(items: list[Item]) -> Iterator[tuple[Level, Slot]]:
    """The levels of all loops, each with its count, those around before those within."""
    for item in items:
        if item.inner is not None and item.count is not None:
            yield item.inner, item.count
        for arm in item.branches:
            if arm.inner is not None and arm.count is not None:
                yield arm.inner, arm.count
            yield from _loops(arm.items)
        yield from _loops(item.body)


def _restart(level: Level, reading: list[tuple[Slot, Level]], solver: Solver) -> None:
    """Count from 1, and write anew what reads the index; undo that where it is no shorter."""
    index = level.index
    assert index is not None
    before, values = [slot.text for slot, _ in reading], index.values
    index.values = [turn + 1 for turn in level.turn]
    index.version += 1
    solver.expressions.forget(index.name)
    texts: list[Any] = []
    for slot, at in reading:
        found = solver.expressions.giving(slot, at)
        texts.append(ABSENT if found is None else found.text if slot.kind in BARE else found.data)
    if ABSENT not in texts and _size(texts) + HEADER < _size(before):
        for (slot, _), text in zip(reading, texts, strict=True):
            slot.text = text
    else:
        index.values = values
        index.version += 1


def _size(texts: list[Any]) -> int:
    return sum(map(len, map(str, texts)))
