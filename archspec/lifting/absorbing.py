"""Parameters of changed instances, which the spec passed on: what they must be there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archspec.frontend.ast import Value, names_in
from archspec.lifting.fit import fit
from archspec.lifting.former import given
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Level, Slot, Variable

Reader = tuple[Value, Slot, Level]
"""What the spec said in a slot of a level."""


def absorb(level: Level, slots: Sequence[tuple[Slot, Level]]) -> None:
    """Give the parameters of a block, in instances that were changed, the values they have now.

    A parameter is another one where what it was passed on to is another one, and all that
    follows from it. Where all instances were changed alike, it is rather read otherwise.
    """
    readers = [(value, slot, at) for slot, at in slots for value in slot.said]
    for variable in (*level.variables, *level.hidden.values()):
        if variable.open:
            mine = [r for r in readers if variable.name in names_in(r[0])]
            others = _others(variable, mine, level)
            if others and not _follows(variable, others, mine, level):
                variable.values = [others.get(n, v) for n, v in enumerate(variable.values)]
                variable.version += 1


def _others(variable: Variable, readers: Sequence[Reader], level: Level) -> dict[int, Any]:
    """The new values of a parameter, by the number of the instance."""
    found: dict[int, list[Any]] = {}
    for value, slot, at in readers:
        if getattr(value, "text", "").removeprefix("$") == variable.name:
            for sample, target in _targets(slot, at, level):
                found.setdefault(sample, []).append(target)
    new = {
        n: values[0]
        for n, values in found.items()
        if n in variable.open
        and not same(variable.values[n], values[0])
        and all(same(v, values[0]) for v in values)
    }
    before = [given(*reader) for reader in readers]
    known = variable.values
    variable.values = [new.get(n, v) for n, v in enumerate(known)]
    after = [given(*reader) for reader in readers]
    variable.values = known
    for reader, ours, theirs in zip(readers, before, after, strict=True):
        for sample in _worse(reader, ours, theirs, level):
            new.pop(sample, None)
    return new


def _worse(reader: Reader, ours: Any, theirs: Any, level: Level) -> Iterator[int]:
    """The instances in which what was said held with the old values, and not with the new."""
    _, slot, at = reader
    for number, target in enumerate(slot.values):
        held = target is not ABSENT and ours is not None and same(ours[number], target)
        if held and (theirs is None or not same(theirs[number], target)):
            yield _above(number, at, level)


def _targets(slot: Slot, at: Level, level: Level) -> Iterator[tuple[int, Any]]:
    """The values of a slot, each with the number of the instance that it is in."""
    for number, target in enumerate(slot.values):
        if target is not ABSENT:
            yield _above(number, at, level), target


def _above(sample: int, at: Level, level: Level) -> int:
    while at is not level and at.outer is not None:
        at, sample = at.outer, at.above[sample]
    return sample


def _follows(
    variable: Variable, new: dict[int, Any], readers: Sequence[Reader], level: Level
) -> bool:
    """Whether all instances were changed, and what they have now follows from what they had."""
    if len(new) < 3:
        return False
    for _, slot, at in readers:
        if at is level and {n for n, _ in _targets(slot, at, level)} <= new.keys():
            found = fit(slot.values, level.columns(), slot.kind)
            if found and variable.name in found[0].names:
                return True
    return False
