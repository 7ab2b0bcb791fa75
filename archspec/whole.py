"""What to write for a number that is to be whole."""

from __future__ import annotations

import ast
from typing import Any

from archspec.derived import kind
from archspec.expressions import Expression
from archspec.syntax import Constant, ListValue, Value


def whole_hint(given: Value, value: Any, *, bare: bool = False) -> str | None:
    """How to have a whole number in place of what `given` comes to; None where it is no fraction.

    `bare` is for an expression that stands without `$(...)`, as under `repeat`.
    """
    if isinstance(value, tuple | list):
        parts = given.items if isinstance(given, ListValue) else [given] * len(value)
        if not isinstance(given, ListValue | Constant):
            return None  # a list that is computed as a whole
        hints = (whole_hint(*pair) for pair in zip(parts, value, strict=True))
        return next(filter(None, hints), None)
    if kind(value) is not float:
        return None
    if isinstance(given, Expression) and not isinstance(given.tree, ast.Constant):
        return _computed(given.tree, "{}" if bare else "$({})", whole=value.is_integer())
    return f"write {int(value)}, a whole number" if value.is_integer() else None


def _computed(tree: ast.expr, dressed: str, *, whole: bool) -> str:
    """How what is computed becomes whole, if it is not that in all but its type."""
    text = ast.unparse(tree)
    cut, near = (dressed.format(f"{function}({text})") for function in ("int", "round"))
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
        floor = ast.unparse(ast.BinOp(tree.left, ast.FloorDiv(), tree.right))
        return f"write {dressed.format(floor)}, which is whole where both are, or {cut}"
    return f"write {cut}, a whole number" if whole else f"write {near} or {cut}, whole numbers"
