"""Names that a constructor gives to parts of its parameters, before anything else."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from archspec.codegen.python import (
    Assign,
    Branching,
    Build,
    Looping,
    Statement,
    name,
    trees,
)


def prologue(constructor: list[Statement], local: Mapping[str, ast.expr]) -> list[Statement]:
    """The assignments of `local`. What one argument alone uses is written there instead."""
    found: list[Statement] = []
    for called, tree in local.items():
        uses = _mentions(trees(constructor, targets=False), called)
        uses += sum(bool(_mentions([t], called)) for n, t in local.items() if n != called)
        if uses != 1 or not any(_written_into(s, called, tree) for s in constructor):
            found.append(Assign(name(called), tree))
    return found


def unread(constructor: list[Statement], called: str) -> bool:
    """Whether nothing in a constructor reads a name, though it may be set there."""
    return _mentions(trees(constructor, targets=False), called) == 0


def _mentions(found: Iterable[ast.expr], called: str) -> int:
    """How often expressions read a name."""
    return sum(
        isinstance(node, ast.Name) and node.id == called
        for tree in found
        for node in ast.walk(tree)
    )


def without(constructor: list[Statement], called: str) -> list[Statement]:
    """The constructor without what sets a name."""
    kept: list[Statement] = []
    for statement in constructor:
        target = statement.target if isinstance(statement, Assign) else None
        if isinstance(target, ast.Name) and target.id == called:
            continue
        if isinstance(statement, Looping):
            statement.body = without(statement.body, called)
        kept.append(statement)
    return kept


def _written_into(statement: Statement, called: str, tree: ast.expr) -> bool:
    """Whether a statement had a name for a whole argument, and now has an expression."""
    if isinstance(statement, Branching):
        return any(_written_into(s, called, tree) for s in [*statement.body, *statement.orelse])
    # in a loop it would be computed again in every round
    return isinstance(statement, Assign) and _replaced(statement.value, called, tree)


def _replaced(code: ast.expr, called: str, tree: ast.expr) -> bool:
    parts = code.args if isinstance(code, Build) else []
    parts = code.elts if isinstance(code, ast.List) else parts
    for place, part in enumerate(parts):
        if isinstance(part, ast.Name) and part.id == called:
            parts[place] = tree
            return True
        if _replaced(part, called, tree):
            return True
    for keyword in code.keywords if isinstance(code, Build) else []:
        if isinstance(keyword.value, ast.Name) and keyword.value.id == called:
            keyword.value = tree
            return True
        if _replaced(keyword.value, called, tree):
            return True
    return False
