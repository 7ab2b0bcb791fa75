"""Slots -> what is written in them: literals, expressions, and parameters where nothing else fits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archspec.lifting.names import fresh
from archspec.lifting.phrases import expression, literal, template
from archspec.lifting.terms import ABSENT, Item, Level, Slot, Variable, same

RESERVED = frozenset({"input"})


class Solver:
    """Finds what is written in the slots of one body.

    Attributes:
        level: that of the body; its variables are the parameters.
        taken: names that are no longer free.
    """

    def __init__(self, level: Level, taken: Iterable[str] = ()) -> None:
        self.level = level
        self.taken = {*taken, *RESERVED, *(v.name for v in level.variables)}

    def solve(self, slot: Slot, level: Level) -> None:
        """Write a slot of a level."""
        slot.text = self.text(slot, level)

    def text(self, slot: Slot, level: Level) -> Any:
        if slot.constant:
            return literal(slot)
        found = self.fitted(slot, level)
        if found is None:
            found = self.invented(slot, level)
        return expression(slot, found)

    def fitted(self, slot: Slot, level: Level) -> str | None:
        """An expression that gives the values of a slot; None where there is none."""
        for variable, values in self.in_sight(level):
            pairs = zip(slot.values, values, strict=True)
            if all(a is ABSENT or (b is not ABSENT and same(a, b)) for a, b in pairs):
                variable.used = True
                return variable.name
            if slot.kind == "condition":
                pairs = zip(slot.values, values, strict=True)
                if all(a is ABSENT or (type(b) is bool and a is not b) for a, b in pairs):
                    variable.used = True
                    return f"not {variable.name}"
        return template(slot, lambda inner: self.fitted(inner, level))

    def in_sight(self, level: Level) -> Iterable[tuple[Variable, list[Any]]]:
        """The variables that a level sees, each with a value for every sample of it."""
        path: list[Level] = []
        for around in level.chain():
            for variable in around.variables:
                values = variable.values
                for step in reversed(path):
                    values = step.lifted(values)
                yield variable, values
            path.append(around)

    def invented(self, slot: Slot, level: Level) -> str:
        """The name of a new variable that has the values of a slot."""
        if level.outer is None:
            return self.parameter(slot, level)
        outer: list[Any] = [ABSENT] * level.outer.size
        constant = True
        for sample, value in enumerate(slot.values):
            above = level.above[sample]
            if value is ABSENT:
                continue
            if outer[above] is ABSENT:
                outer[above] = value
            constant = constant and same(outer[above], value)
        if constant:
            hoisted = Slot(slot.kind, outer, slot.hint)
            return self.fitted(hoisted, level.outer) or self.invented(hoisted, level.outer)
        name = fresh(slot.hint or slot.kind, self.taken)
        self.taken.add(name)
        rows: list[Any] = [ABSENT] * level.outer.size
        for sample, value in enumerate(slot.values):
            above = level.above[sample]
            row = () if rows[above] is ABSENT else rows[above]
            rows[above] = (*row, value)
        rows = [r if r is ABSENT else _filled(r) for r in rows]
        walked = Slot("list", rows, f"{name}s")
        level.variables.append(Variable(name, slot.kind, list(slot.values)))
        level.lists[name] = walked
        self.solve(walked, level.outer)
        return name

    def parameter(self, slot: Slot, level: Level) -> str:
        """The name of a new parameter."""
        name = fresh(slot.hint or slot.kind, self.taken)
        self.taken.add(name)
        kind = "flag" if slot.kind == "condition" else slot.kind
        level.variables.append(Variable(name, kind, list(slot.values), used=True))
        return name


def _filled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row without gaps: what does not constrain is as what stands before it."""
    some = next((v for v in row if v is not ABSENT), None)
    found: list[Any] = []
    for value in row:
        some = value if value is not ABSENT else some
        found.append(some)
    return tuple(found)


def slots_of(item: Item) -> Iterable[tuple[Slot, Level]]:
    """The slots of an item, what tells it apart last."""
    for key, slot in item.slots.items():
        if key != "id" and slot.kind != "reference":
            yield slot, item.level
    if item.count is not None:
        yield item.count, item.level
    if item.present is not None:
        yield item.present, item.level
    for arm in item.branches:
        if arm.present is not None:
            yield arm.present, arm.level
    for slot in item.slots.values():
        if slot.kind in ("id", "reference"):
            yield slot, item.level
    for arm in item.branches:
        if arm.name is not None:
            yield arm.name, arm.level
