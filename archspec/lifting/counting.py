"""Indices that count from 1, where ids do and nothing is computed from them: `stage$i`."""

from __future__ import annotations

import re
from typing import Any

from archspec.lifting.passes import ordered
from archspec.lifting.samples import ABSENT
from archspec.lifting.solving import Solver
from archspec.lifting.terms import BARE, Item, Level, Slot, loops, mentions

HEADER = len("1, ")
"""What it takes to say where counting begins."""
_COMPUTED = re.compile(r"[-+*/%[]")


def count_from_one(items: list[Item], solver: Solver) -> None:
    """Let the indices of loops begin at 1 where that is shorter to read."""
    known = [*loops(items)]
    for level, count in known:
        index = level.index
        if index is None or not index.used or not isinstance(count.text, int):
            continue
        if 0 not in index.values:  # it counts as its spec does
            continue
        reading = [
            (slot, at)
            for slot, at in ordered(items)
            if level in at.chain() and mentions(slot.text, index.name)
        ]
        inner = [one for one, _ in known if one is not level and level in one.chain()]
        walked = [slot for one in inner for slot in one.lists.values()]
        computed = [s for s, _ in reading if s.kind not in ("id", "reference")]
        if any(mentions(slot.text, index.name) for slot in walked) or any(
            _COMPUTED.search(str(slot.text)) or slot.kept for slot in computed
        ):
            continue
        _restart(level, reading, solver)


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
