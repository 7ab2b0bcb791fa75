"""How values and expressions are written in a spec, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archspec.lifting.terms import ABSENT, Slot
from archspec.ops.derived import Apply, Axis

_NUMBER = re.compile(r"\d+")
BARE = ("condition", "count", "list")
"""Kinds of slots that always hold expressions, which need no dollar."""


def plain(value: Any) -> Any:
    """A value as YAML has it: tuples as lists, a dollar twice."""
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, str):
        return value.replace("$", "$$")
    return value


def literal(slot: Slot) -> Any:
    """What is written for a value that is the same in all samples."""
    value = slot.first
    if hasattr(value, "tree"):
        return derived(value.tree)
    return plain(value)


def expression(slot: Slot, found: str) -> Any:
    """What is written for an expression, which a template is already."""
    if slot.kind in BARE:
        return found
    if "$" in found:
        return found
    return f"${found}" if found.isidentifier() else f"$({found})"


def template(slot: Slot, fit: Callable[[Slot], str | None]) -> str | None:
    """A text with expressions in place of the numbers that differ; None where more differs."""
    if slot.kind not in ("id", "reference", "text"):
        return None
    known = [v for v in slot.values if v is not ABSENT]
    if not all(isinstance(v, str) for v in known):
        return None
    frames = {_NUMBER.sub("#", v) for v in known}
    if len(frames) != 1:
        return None
    numbers = [[int(n) for n in _NUMBER.findall(v)] if v is not ABSENT else None for v in slot.values]
    pieces = _NUMBER.split(known[0])
    words = [pieces[0].replace("$", "$$")]
    for place, after in enumerate(pieces[1:]):
        column = [ABSENT if row is None else row[place] for row in numbers]
        inner = Slot("index", column)
        if inner.constant:
            words.append(_NUMBER.findall(known[0])[place])
        else:
            found = fit(inner)
            if found is None:
                return None
            words.append(f"$({found})")
        words.append(after.replace("$", "$$"))
    return "".join(words)


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
