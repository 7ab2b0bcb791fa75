"""Variables in sight that say what a slot does: they have its values, its length, or its gaps."""

from __future__ import annotations

from archspec.lifting.fit import Fitted
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Level, Slot, Variable


def decides(variable: Variable, slot: Slot) -> bool:
    """Whether a variable has values just where a condition holds, none of which is no."""
    pairs = [*zip(variable.values, slot.values, strict=True)]
    known = [value for value in variable.values if value is not ABSENT]
    return all(known) and all(f is ABSENT or f is (v is not ABSENT) for v, f in pairs)


def whole(slot: Slot, level: Level) -> list[Fitted]:
    """A variable that has just these values."""
    for variable, values in level.sight():
        pairs = zip(slot.values, values, strict=True)
        if all(a is ABSENT or (b is not ABSENT and same(a, b)) for a, b in pairs):
            name = variable.name
            return [Fitted(name, len(name), frozenset({name}), f"${name}")]
    return []


def as_long(slot: Slot, level: Level) -> list[Fitted]:
    """The length of a list in sight that has these lengths."""
    for variable, values in level.sight():
        lengths = [len(v) if isinstance(v, tuple) else None for v in values]
        if all(a is ABSENT or a == b for a, b in zip(slot.values, lengths, strict=True)):
            text = f"len({variable.name})"
            return [Fitted(text, len(text), frozenset({variable.name}), f"$({text})")]
    return []
