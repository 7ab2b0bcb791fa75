"""The order in which slots are written, as what is written of one may read what another made."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Arm, Item, Level, Slot

PASSES = (("rounds",), ("value",), ("condition",), ("text",), ("id", "reference"))
"""Kinds of slots, in the order in which they are written; what is no other kind is a value."""


def ordered(items: list[Item]) -> Iterator[tuple[Slot, Level]]:
    """The slots of a body, in the order in which they are to be written."""
    found = [*_slots(items)]
    for kinds in PASSES:
        for slot, level in sorted(found, key=_gaps):
            known = slot.kind in ("rounds", "condition", "text", "id", "reference")
            if (slot.kind if known else "value") in kinds:
                yield slot, level


def _gaps(place: tuple[Slot, Level]) -> tuple[bool, bool, bool]:
    """Whether a slot follows from others, holds lists, is open in some samples: it comes later."""
    values = place[0].values
    lists, gaps = any(isinstance(v, tuple) for v in values), any(v is ABSENT for v in values)
    return place[0].kind == "padding", lists, gaps


def _slots(items: list[Item]) -> Iterator[tuple[Slot, Level]]:
    for item in items:
        for slot in (*item.slots.values(), item.count, item.present):
            if slot is not None:
                yield slot, item.level
        for arm in item.branches:
            yield from _of_arm(arm)
        yield from _slots(item.body)


def _of_arm(arm: Arm) -> Iterator[tuple[Slot, Level]]:
    if arm.count is not None:
        yield arm.count, arm.level
    inner = arm.inner or arm.level
    for slot in (arm.present, arm.name):
        if slot is not None:
            yield slot, inner
    yield from _slots(arm.items)
