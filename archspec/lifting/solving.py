"""Slots -> what is written in them: literals, expressions, and parameters where nothing fits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from archspec.frontend.evaluation import show
from archspec.lifting import causes
from archspec.lifting.changes import amended, scaled
from archspec.lifting.fit import Fitted, condition, fit, written
from archspec.lifting.flagged import by_flags
from archspec.lifting.former import Former
from archspec.lifting.forms import bracketed
from archspec.lifting.kinds import forms
from archspec.lifting.names import fresh
from archspec.lifting.oddities import excepted
from archspec.lifting.phrases import Derived, literal, worded
from archspec.lifting.samples import ABSENT, same
from archspec.lifting.starts import line
from archspec.lifting.templates import template
from archspec.lifting.terms import BARE, Item, Level, Slot, Variable, hoisted
from archspec.ops.types import KINDS as KIND_WORDS

RESERVED = frozenset({"input"})
COUNTED = "ijkmn"
WORDS = {"condition": "flag", "rounds": "depth", "reference": "name", "id": "name"}
WALKED = {"out_channels": "channels", "out_features": "features"}
"""What a loop calls what it gives to these attributes."""
KINDS = {
    "condition": "flag",
    "rounds": "count",
    "text": "word",
    "reference": "word",
    "id": "word",
    "list": "values",
}
"""What a variable measures that is made of a slot of these kinds."""
KINDS_OF_OPS = frozenset(KIND_WORDS)


class Solver:
    """Finds what is written in the slots of one body.

    Attributes:
        level: that of the body; its variables are the parameters.
        taken: names that are no longer free in it; `shared` are those of all bodies, none of which
            the network's own may be.
    """

    def __init__(self, level: Level, shared: set[str], former: Former) -> None:
        self.level, self.shared, self.former = level, shared, former
        self.conditions: list[tuple[Level, list[Any], str, frozenset[str]]] = []
        self.known: list[tuple[Level, Slot, Fitted]] = []
        self.walked: dict[str, list[Level]] = {}
        self.taken = {*RESERVED, *(v.name for v, _ in level.sight()), *former.names}
        shared |= self.taken

    def loops(self, items: list[Item]) -> None:
        """Give every loop an index."""
        for item in items:
            loops = [(item.inner, item.count, item.body)]
            loops += [(arm.inner, arm.count, arm.items) for arm in item.branches]
            for inner, count, inside in loops:
                if inner is not None and count is not None:
                    said = self.former.walked(inner, count, inside)
                    depth = sum(1 for level in inner.chain() if level.turn) - 1
                    word = said or COUNTED[min(depth, len(COUNTED) - 1)]
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
        if slot.said and self.former.kept(slot, level):
            return
        if slot.constant and not (isinstance(slot.first, Derived) and not slot.first.local):
            slot.text = literal(numbered(slot))
            return
        text = amended(slot, level, self.parameter) if self.former.known else None
        if text is not None:
            slot.text = text if slot.kind in BARE else written(text)
            return
        found = self.fitted(slot, level)
        name = self.tabled(slot, level, found) if found else None
        if found is None:
            name = scaled(slot, level) or excepted(slot, level, self.parameter)
            name = name or self.invented(slot, level)
        if found is None or name is not None:
            assert name is not None
            slot.text = name if slot.kind in BARE else written(name)
            return
        self.use(found.names, level, slot.kind)
        slot.text = found.text if slot.kind in BARE else found.data
        if slot.kind == "condition":
            self.conditions.append((level, slot.values, found.text, found.names))

    def use(self, names: Iterable[str], level: Level, kind: str = "") -> None:
        """Note that names are read; those of unknown kinds measure what they are read for."""
        for name in names:
            for variable, _ in level.sight():
                if variable.name == name:
                    variable.used = True
                    if variable.kind == "unknown" and kind in KINDS_OF_OPS:
                        variable.kind = kind
                    break

    def fitted(self, slot: Slot, level: Level) -> Fitted | None:
        """An expression that gives the values of a slot; None where there is none."""
        columns, worth = level.columns(), partial(causes.worth, slot)
        if slot.kind == "condition":
            found = condition(slot.values, columns, worth=worth)
        elif slot.kind in ("id", "reference"):
            found = template(slot.values, columns) or fit(slot.values, columns, "word")
            found = found or by_flags(slot.values, columns)
        elif slot.kind == "text":
            found = template(slot.values, columns) or worded(slot, columns)
            found = found or fit(slot.values, columns, "word", worth=worth)
            found = found or self.asked(slot, level)
        elif any(isinstance(v, Derived) for v in slot.values):
            found = whole(slot, level)
        elif slot.kind in ("list", "values"):
            found = whole(slot, level) or fit(slot.values, columns, "list")
        elif slot.kind == "rounds":
            found = fit(slot.values, columns, "count", worth=worth) or as_long(slot, level)
        else:
            found = fit(slot.values, columns, slot.kind, worth=worth)
        again = self.again(slot, level)
        if again is not None and (not found or again.cost < found[0].cost):
            return again
        if found and found[0].names and slot.kind in KINDS_OF_OPS:
            self.known.append((level, slot, found[0]))
        return found[0] if found else None

    def asked(self, slot: Slot, level: Level) -> list[Fitted]:
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

    def again(self, slot: Slot, level: Level) -> Fitted | None:
        """An expression that stands elsewhere at the level, and has these values."""
        for where, one, known in self.known:
            if where is level and one.kind == slot.kind:
                pairs = zip(slot.values, one.values, strict=True)
                if all(a is ABSENT or (b is not ABSENT and same(a, b)) for a, b in pairs):
                    return known
        return None

    def tabled(self, slot: Slot, level: Level, found: Fitted) -> str | None:
        """What a loop is to walk where its index would decide on rounds, or on two things alike.

        That is a short list, in place of `2 if i else 4`.
        """
        if level.index is None or found.names != {level.index.name} or " if " not in found.text:
            return None
        rows = rows_of(slot, level)
        if rows[0] is ABSENT or ABSENT in rows[0] or rows != rows[:1] * len(rows):
            return None
        if len(literal_text([*rows[0]])) > 2 * len(found.text):
            return None
        if slot.kind == "rounds":
            return self.walks(rows, slot, level)
        for where, one, known in self.known:
            alike = one is not slot and one.text == known.data and known.text == found.text
            if where is level and alike and "is" in forms(slot.kind, one.kind):
                name = self.walks(rows, one, level)
                one.text = written(name)
                return name
        return None

    def invented(self, slot: Slot, level: Level) -> str:
        """The name of a new variable that has the values of a slot."""
        if level.outer is None:
            return self.parameter(slot, level)
        if level.is_block:
            network = {v.name for v in level.outer.variables}
            self.taken |= network
            if any(isinstance(value, Derived) for value in slot.values):
                return self.parameter(slot, level)  # sizes are known where the block is called
        outer = hoisted(slot, level)
        if outer is not None:
            found = self.fitted(outer, level.outer)
            if found is not None and found.text.isidentifier():
                self.use(found.names, level.outer)
                return found.text
            return self.invented(outer, level.outer)
        if level.is_block:
            return self.parameter(slot, level)
        parted = self.parted(slot, level)
        if parted is not None:
            return parted
        slot = numbered(slot)
        rows = rows_of(slot, level)
        return self.straight(rows, slot, level) or self.walks(rows, slot, level)

    def walks(self, rows: list[Any], slot: Slot, level: Level) -> str:
        """The name that a loop gives to what it walks, a row for each sample around."""
        assert level.outer is not None
        rows = [
            () if n == 0 else r if r is ABSENT else _filled(r, slot.first)
            for n, r in zip(level.rounds or rows, rows, strict=True)
        ]
        word = WALKED.get(slot.hint, slot.hint) or WORDS.get(slot.kind, slot.kind)
        name = fresh(word, self.taken - self.free(level))
        self.walked.setdefault(name, []).append(level)
        self.taken.add(name)
        self.shared.add(name)
        walked = Slot("list", rows, plural(name))
        kind = KINDS.get(slot.kind, slot.kind)
        level.add(Variable(name, kind, list(slot.values), used=True))
        level.lists[name] = walked
        self.elements(walked, slot, level.outer)
        self.solve(walked, level.outer)
        return name

    def free(self, level: Level) -> set[str]:
        """Names that loops have which neither stand around this one nor in it."""
        chain = {*level.chain()}
        return {
            name
            for name, loops in self.walked.items()
            if chain.isdisjoint(loops) and not any(level in loop.chain() for loop in loops)
        }

    def straight(self, rows: list[Any], slot: Slot, level: Level) -> str | None:
        """Numbers that go on from loop to loop by equal steps; None where they do not."""
        rows = [ABSENT if row is ABSENT or {*row} == {ABSENT} else row for row in rows]
        known = [row for row in rows if row is not ABSENT]
        found = line(known) if len(known) > 1 else None
        if found is None or level.index is None or level.outer is None:
            return None
        texts = []
        for hint, each in (("first", found.starts), ("step", found.steps)):
            left = iter(each)
            values = [row if row is ABSENT else next(left) for row in rows]
            part = Slot("index", values, hint)
            self.solve(part, level.outer)
            texts.append(bracketed(literal_text(part.text)))
        level.index.used = True
        return found.text(texts[0], texts[1], level.index.name)

    def elements(self, walked: Slot, slot: Slot, level: Level) -> None:
        """Write a list element by element, if that needs one new name at most: `[$p, $p, 192]`."""
        rows = [row for row in walked.values if row is not ABSENT]
        if slot.kind not in KINDS_OF_OPS or len({*map(len, rows)}) != 1 or not rows[0]:
            return
        columns = [
            [row if row is ABSENT else row[place] for row in walked.values]
            for place in range(len(rows[0]))
        ]
        parts = [Slot(slot.kind, column, slot.hint) for column in columns]
        new = {tuple(p.values) for p in parts if not p.constant and not self.fitted(p, level)}
        if len(new) > 1 or all(part.constant for part in parts):
            return
        for part in parts:
            self.solve(part, level)
        walked.text = [part.text for part in parts]

    def parted(self, slot: Slot, level: Level) -> str | None:
        """`1 if j else stride`: another value in the first round than in the others.

        None where that does not say it, or where a list says it as well.
        """
        if level.index is None or level.outer is None or slot.kind not in KINDS_OF_OPS:
            return None
        rows: dict[int, list[Any]] = {}
        for above, value in zip(level.above, slot.values, strict=True):
            rows.setdefault(above, []).append(value)
        if len({tuple(row) for row in rows.values()}) == 1:
            return None
        flags = [turn == 0 for turn in level.turn]
        first = hoisted(Slot(slot.kind, _only(slot.values, flags, True), slot.hint), level)
        rest = hoisted(Slot(slot.kind, _only(slot.values, flags, False), slot.hint), level)
        if first is None or rest is None or not any(v is not ABSENT for v in rest.values):
            return None
        texts = []
        for part in (rest, first):
            self.solve(part, level.outer)
            texts.append(part.text)
        level.index.used = True
        shown = [literal_text(text) for text in texts]
        return f"{shown[0]} if {level.index.name} else {shown[1]}"

    def parameter(self, slot: Slot, level: Level) -> str:
        """The name of a new parameter."""
        taken = self.taken if level.is_block else self.taken | self.shared
        name = fresh(slot.hint or WORDS.get(slot.kind, slot.kind), taken)
        self.taken.add(name)
        self.shared.add(name)
        kind = KINDS.get(slot.kind, slot.kind)
        level.add(Variable(name, kind, list(slot.values), used=True))
        return name


def numbered(slot: Slot) -> Slot:
    """A slot of ids with numbers in place of words that are numbers, from which others follow."""
    known = [value for value in slot.values if value is not ABSENT]
    if slot.kind != "id" or not all(re.fullmatch(r"0|[1-9]\d*", str(value)) for value in known):
        return slot
    values = [value if value is ABSENT else int(value) for value in slot.values]
    return Slot("index", values, WORDS["id"])


def rows_of(slot: Slot, level: Level) -> list[Any]:
    """The values of the rounds of a loop: a row for each sample around; absent without rounds."""
    assert level.outer is not None
    rows: list[Any] = [ABSENT] * level.outer.size
    for above, value in zip(level.above, slot.values, strict=True):
        rows[above] = (value,) if rows[above] is ABSENT else (*rows[above], value)
    return rows


def plural(name: str) -> str:
    """What a list is called whose elements have a name."""
    if name == "channels":
        return "widths"
    return name if name.endswith("s") else f"{name}s"


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


def _only(values: list[Any], flags: list[bool], wanted: bool) -> list[Any]:
    return [v if flag is wanted else ABSENT for v, flag in zip(values, flags, strict=True)]


def literal_text(text: Any) -> str:
    """What is written for a value, within an expression."""
    if isinstance(text, str) and text.startswith("$"):
        return text[2:-1] if text.startswith("$(") else text[1:]
    return show(text)


def _filled(row: tuple[Any, ...], other: Any) -> tuple[Any, ...]:
    """A row without gaps: what does not constrain is as what stands before it."""
    some = next((v for v in row if v is not ABSENT), other)
    found: list[Any] = []
    for value in row:
        some = value if value is not ABSENT else some
        found.append(some)
    return tuple(found)
