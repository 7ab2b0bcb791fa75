"""Slots -> what is written in them: literals, expressions, and parameters where nothing fits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from archspec.frontend.evaluation import show
from archspec.lifting.changes import amended, scaled
from archspec.lifting.constants import Constants
from archspec.lifting.expressions import KINDS_OF_OPS, Expressions
from archspec.lifting.fit import Fitted, condition, fit, written
from archspec.lifting.former import Former
from archspec.lifting.forms import bracketed
from archspec.lifting.kinds import forms
from archspec.lifting.listed import placed, rows_of, walked
from archspec.lifting.names import fresh
from archspec.lifting.naming import WORDS, Naming, wanted
from archspec.lifting.oddities import excepted
from archspec.lifting.phrases import Derived, literal
from archspec.lifting.samples import ABSENT
from archspec.lifting.sighted import decides
from archspec.lifting.starts import line
from archspec.lifting.terms import BARE, Item, Level, Slot, Variable, hoisted

COUNTED = "ijkmn"
KINDS = {
    "condition": "flag",
    "rounds": "count",
    "text": "word",
    "reference": "word",
    "id": "word",
    "list": "values",
}
"""What a variable measures that is made of a slot of these kinds."""


class Solver:
    """Finds what is written in the slots of one body.

    Attributes:
        level: that of the body; its variables are the parameters.
        shared: the names of all bodies.
        slots: those of the body that are asked for, with their levels.
    """

    def __init__(
        self, level: Level, shared: set[str], former: Former, constants: Constants | None = None
    ) -> None:
        self.level, self.former = level, former
        self.naming = Naming(level, shared, former.names)
        self.constants, self.read = constants, set[str]()
        self.slots: list[tuple[Slot, Level]] = []
        self.expressions = Expressions()

    def loops(self, items: list[Item]) -> None:
        """Give every loop an index."""
        for item in items:
            loops = [(item.inner, item.count, item.body)]
            loops += [(arm.inner, arm.count, arm.items) for arm in item.branches]
            for inner, count, inside in loops:
                if inner is not None and count is not None:
                    said = self.former.walked(inner, count, inside)
                    depth = sum(1 for level in inner.chain() if level.turn) - 1
                    word = said.name if said else COUNTED[min(depth, len(COUNTED) - 1)]
                    around = {v.name for v, _ in inner.sight()} | self.taken_params()
                    around |= inner.hidden.keys()
                    name = fresh(word, around)
                    inner.index = Variable(name, "index", said.values if said else [*inner.turn])
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
            if self.constants is not None and self.constants.kept(slot, level):
                return
            place = self.expressions.position(slot, level)
            if place is not None:
                self.use(place.names, level)
                slot.text = place.data
                return
            slot.text = literal(numbered(slot))
            return
        text = amended(slot, level, self.parameter) if self.former.known else None
        if text is not None:
            slot.text = text if slot.kind in BARE else written(text)
            return
        found = self.expressions.giving(slot, level)
        name = self.named(slot, level, found)
        if name is not None:
            slot.text = name if slot.kind in BARE else written(name)
            return
        assert found is not None
        self.use(found.names, level, slot.kind)
        slot.text = found.text if slot.kind in BARE else found.data
        if slot.kind == "condition":
            self.expressions.conditions.append((level, slot.values, found.text, found.names))

    def named(self, slot: Slot, level: Level, found: Fitted | None) -> str | None:
        """What gives a slot by a name of its own, where that is better than what is fitted."""
        if found is None or not found.text.isidentifier():
            said = self.listed(slot, level)
            if said is not None:
                return said
        if found is not None:
            name = self.tabled(slot, level, found)
            place = slot.kind == "id" and str(slot.first).isdecimal()  # a list holds of no other
            if name is None and not place and chained(found, level, 1 + (slot.kind != "rounds")):
                return self.invented(slot, level)
            return name
        said = scaled(slot, level) or excepted(slot, level, self.parameter)
        return said or self.invented(slot, level)

    def use(self, names: Iterable[str], level: Level, kind: str = "") -> None:
        """Note that names are read; those of unknown kinds measure what they are read for."""
        for name in names:
            for variable, _ in level.sight():
                if variable.name == name:
                    variable.used = True
                    measured = KINDS.get(kind, kind)
                    if measured == "flag" and any(type(v) is int for v in variable.values):
                        measured = "count"  # that is compared, as a depth is with 0
                    if variable.kind == "unknown" and measured in KINDS_OF_OPS:
                        variable.kind = measured
                    break

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
        for where, one, known in self.expressions.known:
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
            self.naming.taken |= network
        measured = level.is_block and any(isinstance(v, Derived) for v in slot.values)
        outer = None if measured else hoisted(slot, level)  # the network's own read no sizes
        if outer is not None:
            found = self.expressions.giving(outer, level.outer)
            if found is not None and found.text.isidentifier():
                self.use(found.names, level.outer)
                return found.text
            return self.invented(outer, level.outer)
        if level.is_block:
            return self.telling(slot, level) or self.parameter(slot, level)
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
        name = self.element(slot, level, walked := Slot("list", rows, slot.hint))
        walked.hint = plural(name)
        self.elements(walked, slot, level.outer)
        self.solve(walked, level.outer)
        return name

    def element(self, slot: Slot, level: Level, walked: Slot) -> str:
        """The name of what a loop takes from a list in each round."""
        name = self.naming.walked(slot, level)
        kind = KINDS.get(slot.kind, slot.kind)
        level.add(Variable(name, kind, list(slot.values), used=True))
        level.lists[name] = walked
        return name

    def listed(self, slot: Slot, level: Level) -> str | None:
        """What gives a slot from a list that is a parameter; None where there is none."""
        if self.former.known:  # which says itself what a loop walks
            return None
        if slot.kind not in {*KINDS_OF_OPS, "rounds"} or level.outer is None:
            return self.placed(slot, level)
        if not level.turn:
            return self.placed(slot, level)
        outer = hoisted(slot, level)
        if outer is not None:
            return self.listed(outer, level.outer)
        hidden = self.constants.lists.values() if self.constants is not None else ()
        lists = [*level.outer.sight(), *((v, [v.values[0]] * level.outer.size) for v in hidden)]
        found = walked(rows_of(slot, level), lists)
        if found is None:
            return None
        variable, text = found
        if self.constants is not None and variable in hidden:
            self.constants.use(variable)
        self.use([variable.name], level.outer)
        return self.element(slot, level, Slot("list", [], slot.hint, text))

    def placed(self, slot: Slot, level: Level) -> str | None:
        """An element of a list that is a parameter; of several the next that was not read."""
        if slot.kind not in KINDS_OF_OPS:
            return None
        found = list(placed(slot.values, level.sight()))
        text = next((one for one in found if one not in self.read), None)
        if text is not None:
            self.read.add(text)
            self.use([text.partition("[")[0]], level)
        return text

    def straight(self, rows: list[Any], slot: Slot, level: Level) -> str | None:
        """Numbers that go on by equal steps, from loop to loop too; None where they do not."""
        rows = [ABSENT if row is ABSENT or {*row} == {ABSENT} else row for row in rows]
        known = [row for row in rows if row is not ABSENT]
        found = line(known)
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
        parts = [slot.of(column) for column in columns]
        new = {
            tuple(p.values)
            for p in parts
            if not p.constant and not self.expressions.giving(p, level)
        }
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
        first = hoisted(slot.of(_only(slot.values, flags, True)), level)
        rest = hoisted(slot.of(_only(slot.values, flags, False)), level)
        if first is None or rest is None or not any(v is not ABSENT for v in rest.values):
            return None
        if not rest.constant:
            first.hint = f"first_{slot.hint or slot.kind}"
        texts = []
        for part in (rest, first):
            self.simply(part, level.outer)
            texts.append(part.text)
        level.index.used = True
        shown = [literal_text(text) for text in texts]
        return f"{shown[0]} if {level.index.name} else {shown[1]}"

    def simply(self, slot: Slot, level: Level) -> None:
        """Write a slot without a condition of its own, for which a loop may walk a list."""
        found = None if slot.constant else self.expressions.giving(slot, level)
        if found is not None and chained(found, level, 1):
            slot.text = written(self.invented(slot, level))
        else:
            self.solve(slot, level)

    def parameter(self, slot: Slot, level: Level) -> str:
        """The name of a new parameter."""
        kind = KINDS.get(slot.kind, slot.kind)
        variable = Variable("_new", kind, list(slot.values), used=True)
        level.add(variable)
        contested, rivals = self.contested(slot, level), self.rivals(slot, level)
        variable.name = self.naming.parameter(slot, level, contested, rivals)
        level.samples = None
        return variable.name

    def telling(self, slot: Slot, level: Level) -> str | None:
        """A parameter that is null just where a condition does not hold."""
        if slot.kind != "condition" or self.former.known:
            return None
        for variable in level.variables:
            if variable.used and decides(variable, slot):
                variable.values = [None if v is ABSENT else v for v in variable.values]
                variable.default, variable.version = None, variable.version + 1
                return variable.name
        return None

    def rivals(self, slot: Slot, level: Level) -> int:
        """How many slots of a body differ that would be called what this one would be."""
        word, here = wanted(slot), (s for s, where in self.slots if where is level)
        return sum(not s.constant and wanted(s) == word for s in here)

    def contested(self, slot: Slot, level: Level) -> bool:
        """Whether slots are left that will be parameters, too, and would be called the same."""
        word = wanted(slot)
        left = [s for s, where in self.slots if where is level and s.text is ABSENT]
        others = [s for s in left if s is not slot and not s.constant and wanted(s) == word]
        columns = level.columns()
        flags = slot.kind == "condition"
        return any(
            not (condition(s.values, columns) if flags else fit(s.values, columns, s.kind))
            for s in others
        )


def chained(found: Fitted, level: Level, most: int) -> bool:
    """Whether what so many conditions give is better a list that the loop of a level walks."""
    loop = level.outer is not None and not level.is_block
    return loop and found.text.count(" if ") >= most


def numbered(slot: Slot) -> Slot:
    """A slot of ids with numbers in place of words that are numbers, from which others follow."""
    known = [value for value in slot.values if value is not ABSENT]
    if slot.kind != "id" or not all(re.fullmatch(r"0|[1-9]\d*", str(value)) for value in known):
        return slot
    values = [value if value is ABSENT else int(value) for value in slot.values]
    return Slot("index", values, WORDS["id"])


def plural(name: str) -> str:
    """What a list is called whose elements have a name."""
    if name == "channels":
        return "widths"
    return name if name.endswith("s") else f"{name}s"


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
