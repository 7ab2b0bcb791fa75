"""How values and expressions are written in a spec, as plain data."""

from __future__ import annotations

import re
from typing import Any

from archspec.ir.graph import Instance
from archspec.lifting.fit import Fitted
from archspec.lifting.samples import ABSENT, Column, Samples
from archspec.lifting.terms import Slot
from archspec.ops.derived import Apply, Axis, axes

_NUMBER = re.compile(r"\d+")


class Derived:
    """A value that follows from the sizes of others, and the expression that computes it.

    `unit` is the block instance in which that is written.
    """

    __slots__ = ("tree", "unit", "value")

    def __init__(self, tree: Any, value: Any, unit: Instance) -> None:
        self.tree, self.value, self.unit = tree, value, unit

    @property
    def local(self) -> bool:
        """Whether it reads the sizes of what feeds its block, and no others."""
        fed = self.unit.inputs
        return len(fed) == 1 and all(axis.value is fed[0] for axis in axes(self.tree))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Derived):
            return False
        if self.local and other.local:
            return formula(self.tree) == formula(other.tree)
        return bool(self.tree == other.tree)

    def __hash__(self) -> int:
        return hash(repr(self.value))


def plain(value: Any) -> Any:
    """A value as YAML has it: tuples as lists, a dollar twice."""
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, Derived):
        return derived(value.tree)
    if isinstance(value, str):
        return value.replace("$", "$$")
    return value


def literal(slot: Slot) -> Any:
    """What is written for a value that is the same in all samples."""
    value = slot.first
    return plain(value)


def worded(slot: Slot, columns: Samples) -> list[Fitted]:
    """A text with names in place of the numbers that differ; none where more differs."""
    known = [v for v in slot.values if v is not ABSENT]
    frames = {_NUMBER.sub("#", v) for v in known}
    if len(frames) != 1:
        return []
    numbers = [ABSENT if v is ABSENT else _NUMBER.findall(v) for v in slot.values]
    pieces = _NUMBER.split(known[0])
    text, names = pieces[0].replace("$", "$$"), set[str]()
    for place, after in enumerate(pieces[1:]):
        column = [row if row is ABSENT else row[place] for row in numbers]
        some = {v for v in column if v is not ABSENT}
        if len(some) == 1:
            text += some.pop()
        else:
            name = next((c.name for c in columns if _shows(c, column)), None)
            if name is None:
                return []
            names.add(name)
            text += f"$({name})" if re.match(r"[\w.\[]", after) else f"${name}"
        text += after.replace("$", "$$")
    return [Fitted(text, len(text), frozenset(names), text)]


def _shows(column: Column, texts: list[Any]) -> bool:
    pairs = zip(column.values, texts, strict=True)
    return all(t is ABSENT or str(v) == t for v, t in pairs)


SIZES = {
    1: ("features",),
    2: ("channels", "length"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}
INFIX = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2, "**": 3}


def derived(tree: Any) -> Any:
    """A derived size as it is written where the values that it reads are what feeds the block."""
    if isinstance(tree, tuple):
        return [derived(part) for part in tree]
    if isinstance(tree, Axis | Apply):
        text = formula(tree)
        return f"$({text})" if not re.fullmatch(r"input\.\w+", text) else f"${text}"
    return tree


def formula(tree: Any, tight: int = 0) -> str:
    """The expression of a derived size."""
    if isinstance(tree, Axis):
        names = SIZES.get(len(tree.value.output))
        return f"input.{names[tree.axis]}" if names else f"input.shape[{tree.axis}]"
    if isinstance(tree, Apply):
        if tree.function in INFIX:
            strength = INFIX[tree.function]
            left, right = tree.arguments
            text = f"{formula(left, strength)} {tree.function} {formula(right, strength + 1)}"
            return f"({text})" if strength < tight else text
        if tree.function == "negative":
            return f"(-{formula(tree.arguments[0], 4)})"
        return f"{tree.function}({', '.join(formula(a) for a in tree.arguments)})"
    if isinstance(tree, tuple):
        return f"[{', '.join(formula(part) for part in tree)}]"
    return repr(tree) if not isinstance(tree, bool) else str(tree).lower()
