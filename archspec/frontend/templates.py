"""Ids in loops: the template that tells the rounds apart, for a hint."""

from __future__ import annotations

import ast
import re
from itertools import chain, count
from typing import Any

from archspec.frontend.ast import Constant, For, Value
from archspec.frontend.expressions import Expression
from archspec.ops.identifiers import is_position

_WORD = re.compile(r"\w+")


def template_hint(word: str, loops: list[For]) -> str | None:
    """How an id that begins with a word is written in loops, outermost first; None without one.

    Where a loop has no name that is another in each round, the hint says what to give it.
    """
    loops = [loop for loop in loops if not loop.asked]
    if not loops:
        return None
    taken = {name for loop in loops for name in loop.lists}
    letters = (name for name in chain("ijkmn", map("i{}".format, count())) if name not in taken)
    names, counts, beside = list[str](), list[str](), list[str]()
    for loop in loops:
        told = next((name for name, (_, value) in loop.lists.items() if _tells(value)), None)
        names.append(told or next(letters))
        if loop.count is not None:
            counts.append(f"{{{names[-1]}: range({loop.count.text.strip()})}}")
        elif told is None:
            known, (_, value) = next(iter(loop.lists.items()))
            beside.append(f"with {names[-1]}: range({_size(value)}) beside `{known}`")
    *outer, last = names
    named = "_".join([word, *(f"$({name})" for name in outer), f"${last}"])
    if is_position(word):
        named = f"$({word} + {last})" if not outer else f"n{named}"
    if counts:
        beside.append(
            f"with {' and '.join(counts)} for the count, under `for` in place of `repeat`"
        )
    return ", ".join([f"in a loop, an id is a template: {named}", *beside])


def _tells(value: Value) -> bool:
    """Whether a list holds words or whole numbers, each once, as far as that is written."""
    if isinstance(value, Expression):
        match value.tree:
            case ast.Call(func=ast.Name(id="range")):
                return True
        return False
    items: Any = value.value if isinstance(value, Constant) else None
    if not isinstance(items, tuple) or len(set(map(str, items))) < len(items):
        return False
    return all(type(item) in (int, str) and _WORD.fullmatch(str(item)) for item in items)


def _size(value: Value) -> str:
    """How many rounds there are where a list is walked."""
    items: Any = value.value if isinstance(value, Constant) else None
    if isinstance(items, tuple):
        return str(len(items))
    return f"len({value.text.strip()})" if isinstance(value, Expression) else "..."


_SUM = re.compile(r"\$(?:([^\W\d]\w*)|\(([^()]*)\))((?: *[-+*/%]+ *\w+)+)")


def computed_hint(text: str) -> str | None:
    """A hint for `stage$i+1`, in which `+1` is text; None where no number is added to a name."""
    if _SUM.search(text) is None:
        return None
    whole = _SUM.sub(lambda m: f"$({m[1] or m[2]}{m[3]})", text)
    return f"write {whole}: what is computed stands in brackets"
