"""Slots -> what is written in them: literals, expressions, and parameters where nothing else fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from archspec.lifting.fit import Fitted, condition, fit
from archspec.lifting.names import fresh
from archspec.lifting.phrases import Derived, literal, worded
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.templates import template
from archspec.lifting.terms import Arm, Item, Level, Slot, Variable

RESERVED = frozenset({"input"})
COUNTED = "ijkmn"
WORDS = {"condition": "flag", "rounds": "depth", "reference": "name", "id": "name"}
KINDS = {"condition": "flag", "rounds": "count", "text": "word", "reference": "word", "id": "word",
         "list": "values"}
"""What a variable measures that is made of a slot of these kinds."""
BARE = ("condition", "rounds", "list")
"""Kinds of slots that hold expressions, which need no dollar."""


class Solver:
    """Finds what is written in the slots of one body.

    Attributes:
        level: that of the body; its variables are the parameters.
        taken: names that are no longer free in it; `shared` are those of all bodies, none of which
            the network's own may be.
    """

    def __init__(self, level: Level, shared: set[str]) -> None:
        self.level, self.shared = level, shared
        self.taken = {*RESERVED, *(v.name for v, _ in level.sight())}
        shared |= self.taken

    def loops(self, items: list[Item]) -> None:
        """Give every loop an index."""
        for item in items:
            for holder in (item, *item.branches):
                inner = holder.inner
                if inner is not None:
                    depth = sum(1 for _ in inner.chain()) - 2
                    word = COUNTED[min(depth, len(COUNTED) - 1)]
                    around = {v.name for v, _ in inner.sight()} | self.taken_params()
                    name = fresh(word, around)
                    inner.index = Variable(name, "index", list(inner.turn))
                    inner.add(inner.index)
            self.loops(item.body)
            for arm in item.branches:
                self.loops(arm.items)

    def taken_params(self) -> set[str]:
        return {v.name for v in self.level.variables}

    def solve(self, slot: Slot, level: Level) -> None:
        """Write a slot of a level."""
        if slot.text is not ABSENT:
            return
        if slot.constant:
            slot.text = literal(slot)
            return
        found = self.fitted(slot, level)
        if found is None:
            name = self.invented(slot, level)
            slot.text = name if slot.kind in BARE else f"${name}"
            return
        self.use(found.names, level)
        slot.text = found.text if slot.kind in BARE else found.data

    def use(self, names: Iterable[str], level: Level) -> None:
        """Note that names are read."""
        for name in names:
            for variable, _ in level.sight():
                if variable.name == name:
                    variable.used = True
                    break

    def fitted(self, slot: Slot, level: Level) -> Fitted | None:
        """An expression that gives the values of a slot; None where there is none."""
        columns = level.columns()
        if slot.kind == "condition":
            found = condition(slot.values, columns)
        elif slot.kind in ("id", "reference"):
            found = template(slot.values, columns) or fit(slot.values, columns, "word")
        elif slot.kind == "text":
            found = template(slot.values, columns) or worded(slot, columns)
            found = found or fit(slot.values, columns, "word")
        elif any(isinstance(v, Derived) for v in slot.values):
            found = whole(slot, level)
        elif slot.kind in ("list", "values"):
            found = whole(slot, level)
        else:
            found = fit(slot.values, columns, "count" if slot.kind == "rounds" else slot.kind)
        return found[0] if found else None

    def invented(self, slot: Slot, level: Level) -> str:
        """The name of a new variable that has the values of a slot."""
        if level.outer is None:
            return self.parameter(slot, level)
        if level.is_block:
            network = {v.name for v in level.outer.variables}
            self.taken |= network
        outer = hoisted(slot, level)
        if outer is not None:
            found = self.fitted(outer, level.outer)
            if found is not None and found.text.isidentifier():
                self.use(found.names, level.outer)
                return found.text
            return self.invented(outer, level.outer)
        if level.is_block:
            return self.parameter(slot, level)
        name = fresh(slot.hint or WORDS.get(slot.kind, slot.kind), self.taken)
        self.taken.add(name)
        self.shared.add(name)
        rows: list[Any] = [ABSENT] * level.outer.size
        for sample, value in enumerate(slot.values):
            above = level.above[sample]
            row = () if rows[above] is ABSENT else rows[above]
            rows[above] = (*row, value)
        rows = [
            () if n == 0 else r if r is ABSENT else _filled(r)
            for n, r in zip(level.rounds or rows, rows, strict=True)
        ]
        walked = Slot("list", rows, plural(name))
        kind = KINDS.get(slot.kind, slot.kind)
        level.add(Variable(name, kind, list(slot.values), used=True))
        level.lists[name] = walked
        self.solve(walked, level.outer)
        return name

    def parameter(self, slot: Slot, level: Level) -> str:
        """The name of a new parameter."""
        taken = self.taken if level.is_block else self.taken | self.shared
        name = fresh(slot.hint or WORDS.get(slot.kind, slot.kind), taken)
        self.taken.add(name)
        self.shared.add(name)
        kind = KINDS.get(slot.kind, slot.kind)
        level.add(Variable(name, kind, list(slot.values), used=True))
        return name


def plural(name: str) -> str:
    """What a list is called whose elements have a name."""
    return name if name.endswith("s") else f"{name}s"


def whole(slot: Slot, level: Level) -> list[Fitted]:
    """A variable that has just these values."""
    for variable, values in level.sight():
        pairs = zip(slot.values, values, strict=True)
        if all(a is ABSENT or (b is not ABSENT and same(a, b)) for a, b in pairs):
            name = variable.name
            return [Fitted(name, len(name), frozenset({name}), f"${name}")]
    return []


def hoisted(slot: Slot, level: Level) -> Slot | None:
    """A slot of the level around, where in each of its samples the values here are one."""
    assert level.outer is not None
    outer: list[Any] = [ABSENT] * level.outer.size
    for above, value in zip(level.above, slot.values, strict=True):
        if value is ABSENT:
            continue
        if outer[above] is ABSENT:
            outer[above] = value
        elif not same(outer[above], value):
            return None
    return Slot(slot.kind, outer, slot.hint)


def _filled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row without gaps: what does not constrain is as what stands before it."""
    some = next((v for v in row if v is not ABSENT), None)
    found: list[Any] = []
    for value in row:
        some = value if value is not ABSENT else some
        found.append(some)
    return tuple(found)


PASSES = (("value",), ("rounds",), ("condition",), ("text",), ("id", "reference"))
"""Kinds of slots, in the order in which they are written; what is no other kind is a value."""


def ordered(items: list[Item]) -> Iterator[tuple[Slot, Level]]:
    """The slots of a body, in the order in which they are to be written."""
    found = [*_slots(items)]
    for kinds in PASSES:
        for slot, level in found:
            known = slot.kind in ("rounds", "condition", "text", "id", "reference")
            if (slot.kind if known else "value") in kinds:
                yield slot, level


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
