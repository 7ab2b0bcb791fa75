"""Values of a slot -> an expression that gives them, new or one that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from archspec.frontend.evaluation import show
from archspec.lifting import causes
from archspec.lifting.fit import Fitted, condition, fit
from archspec.lifting.flagged import by_flags
from archspec.lifting.phrases import Derived, worded
from archspec.lifting.placing import Places, counted, places
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.sighted import as_long, whole
from archspec.lifting.templates import template
from archspec.lifting.terms import Item, Level, Slot
from archspec.ops.types import KINDS

KINDS_OF_OPS = frozenset(KINDS)


class Expressions:
    """Finds expressions for the slots of one body, and remembers those that stand in it.

    Attributes:
        known: those that were found, with their slots.
        conditions: those that say whether something is there, with what holds.
        items: the body; empty where its ids are not counted.
    """

    def __init__(self) -> None:
        self.known: list[tuple[Level, Slot, Fitted]] = []
        self.conditions: list[tuple[Level, list[Any], str, frozenset[str]]] = []
        self.items: Sequence[Item] = ()
        self.places: Places | None = None

    def giving(self, slot: Slot, level: Level) -> Fitted | None:
        """An expression that gives the values of a slot; None where there is none."""
        columns, worth = level.columns(), partial(causes.worth, slot)
        if slot.kind == "condition":
            found = condition(slot.values, columns, worth=worth)
        elif slot.kind in ("id", "reference"):
            place = self.position(slot, level)
            found = [place] if place is not None else template(slot.values, columns)
            found = found or fit(slot.values, columns, "word") or by_flags(slot.values, columns)
        elif slot.kind == "text":
            found = template(slot.values, columns) or worded(slot, columns)
            found = found or fit(slot.values, columns, "word", worth=worth)
            found = found or self._asked(slot, level)
        elif any(isinstance(v, Derived) for v in slot.values):
            found = whole(slot, level)
        elif slot.kind in ("list", "values"):
            found = whole(slot, level) or fit(slot.values, columns, "list")
        elif slot.kind == "rounds":
            found = fit(slot.values, columns, "count", worth=worth) or as_long(slot, level)
        else:
            found = fit(slot.values, columns, slot.kind, worth=worth)
        again = self._again(slot, level)
        if again is not None and (not found or again.cost < found[0].cost):
            return again
        if found and found[0].names and slot.kind in KINDS_OF_OPS:
            self.known.append((level, slot, found[0]))
        return found[0] if found else None

    def position(self, slot: Slot, level: Level) -> Fitted | None:
        """An id that is a position, counted from what stands before it."""
        if slot.kind != "id" or not self.items or not str(slot.first).isdecimal():
            return None
        if self.places is None:
            self.places = places(self.items)
        before = self.places.get(id(slot))
        return None if before is None else counted(slot, level, before, level.columns())

    def _asked(self, slot: Slot, level: Level) -> list[Fitted]:
        """One of two texts, by a condition that stands elsewhere at the level."""
        known = list(dict.fromkeys(v for v in slot.values if v is not ABSENT))
        if len(known) != 2:
            return []
        for where, flags, text, names in self.conditions:
            if where is not level:
                continue
            pairs = [(v, f) for v, f in zip(slot.values, flags, strict=True) if v is not ABSENT]
            for one, other in (known, reversed(known)):
                if all(f is not ABSENT and v == (one if f else other) for v, f in pairs):
                    shown = f"$({show(one)} if {text} else {show(other)})"
                    return [Fitted(shown, len(shown), names, shown)]
        return []

    def _again(self, slot: Slot, level: Level) -> Fitted | None:
        """An expression that stands elsewhere at the level, and has these values."""
        for where, one, known in self.known:
            if where is level and one.kind == slot.kind:
                pairs = zip(slot.values, one.values, strict=True)
                if all(a is ABSENT or (b is not ABSENT and same(a, b)) for a, b in pairs):
                    return known
        return None

    def forget(self, name: str) -> None:
        """No longer offer what reads a name."""
        self.known = [known for known in self.known if name not in known[2].names]
