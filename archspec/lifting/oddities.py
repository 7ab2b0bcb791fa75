"""What is the same in all rounds but a few, which their numbers tell: `384 if i == 2 else 256`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.lifting.changes import OTHERS, Invent, by_rounds, chosen, unlike
from archspec.lifting.phrases import Derived
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Level, Slot

FEW = 5
"""Of so many samples at least, one may be odd; and of eight times as many as are odd."""


def excepted(slot: Slot, level: Level, invent: Invent) -> str | None:
    """What is in most rounds, and what in the odd ones, in place of a list; None where none are.

    Of words and of what is there, a flag of the block may say for which of its instances.
    """
    known = [v for v in slot.values if v is not ABSENT]
    if level.is_block or slot.kind in OTHERS or len(known) < FEW:
        return None
    if any(isinstance(v, Derived) for v in known):
        return None
    usual = _majority(known)
    flags = unlike(slot, [usual] * len(slot.values))
    if not 0 < flags.count(True) <= max(1, len(known) // 8):
        return None
    if slot.kind not in ("word", "condition") and by_rounds(flags, level) is None:
        return None
    slot.usual = usual
    return chosen(slot, level, flags, invent)


def _majority(values: Sequence[Any]) -> Any:
    """The value that more than half of some have; any of them where none is that frequent."""
    found, lead = values[0], 0
    for value in values:
        found = found if lead else value
        lead += 1 if same(value, found) else -1
    return found
