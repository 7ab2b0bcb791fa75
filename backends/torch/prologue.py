"""Names that a constructor gives to parts of its parameters, before anything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from archspec.backends.torch.plans import Assign, Branching, Looping, Statement
from archspec.backends.torch.text import Call, Code, flat


def prologue(constructor: list[Statement], local: Mapping[str, str]) -> list[Statement]:
    """The assignments of `local`. What one argument alone uses is written there instead."""
    found: list[Statement] = []
    for name, text in local.items():
        uses = _mentions(constructor, name)
        uses += sum(bool(re.search(rf"\b{name}\b", t)) for n, t in local.items() if n != name)
        if uses != 1 or not any(_written_into(s, name, text) for s in constructor):
            found.append(Assign(name, text))
    return found


def unread(constructor: list[Statement], name: str) -> bool:
    """Whether nothing in a constructor reads a name, though it may be set there."""
    return _mentions(constructor, name) == 0


def _mentions(constructor: list[Statement], name: str) -> int:
    """How often a constructor reads a name; a keyword of that name is not the name."""
    mention = re.compile(rf"(?<![\w.]){name}(?!\w|=[^=])")
    return sum(len(mention.findall(text)) for text in _texts(constructor))


def without(constructor: list[Statement], name: str) -> list[Statement]:
    """The constructor without what sets a name."""
    kept: list[Statement] = []
    for statement in constructor:
        if isinstance(statement, Assign) and statement.target == name:
            continue
        if isinstance(statement, Looping):
            statement.body = without(statement.body, name)
        kept.append(statement)
    return kept


def _texts(statements: list[Statement]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Assign):
            yield flat(statement.code)
        elif isinstance(statement, Branching):
            yield from (statement.test, *_texts(statement.body), *_texts(statement.orelse))
        else:
            yield from (statement.header, *_texts(statement.body))


def _written_into(statement: Statement, name: str, text: str) -> bool:
    """Whether a statement had `name` for a whole argument, and now has `text`."""
    if isinstance(statement, Looping):
        return False  # it would be computed again in every round
    if isinstance(statement, Branching):
        return any(_written_into(s, name, text) for s in [*statement.body, *statement.orelse])
    return _replaced(statement.code, name, text)


def _replaced(code: Code, name: str, text: str) -> bool:
    if not isinstance(code, Call):
        return False
    for i, arg in enumerate(code.args):
        if arg == name:
            code.args[i] = text
            return True
        if _replaced(arg, name, text):
            return True
    for i, (key, value) in enumerate(code.keywords):
        if value == name:
            code.keywords[i] = (key, text)
            return True
        if _replaced(value, name, text):
            return True
    return False
