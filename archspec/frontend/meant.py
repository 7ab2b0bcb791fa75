"""What was meant by a value that cannot be: a fraction, or an expression without its dollar."""

from __future__ import annotations

import ast
import re
from typing import Any

from archspec.frontend.ast import Constant, ListValue, Value
from archspec.frontend.expressions import Expression
from archspec.ops.derived import kind


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
    numbers = {type(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    match tree:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if float not in numbers:
            floor = dressed.format(ast.unparse(ast.BinOp(left, ast.FloorDiv(), right)))
            return f"write {floor}, which is whole where both are, or {cut}"
    return f"write {cut}, a whole number" if whole else f"write {near} or {cut}, whole numbers"


NAME = re.compile(r"[A-Za-z_][\w.]*\Z")
TUPLE = re.compile(r"\(?\s*\d+(?:\s*[,x×]\s*\d+)+\s*,?\s*\)?")
"""`(3, 3)`, `3, 3` and `3x3`."""
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


def expression_hint(value: str) -> str | None:
    """What to write where an expression has lost its dollar, or a list its brackets."""
    if value in ("None", "nil", "none"):
        return "leave it out where the default will do; what is nothing is null"
    if _NUMBER.fullmatch(value):
        return f"write {value} without quotes"
    if share := _PERCENT.fullmatch(value):
        return f"write {float(share[1]) / 100:g}"
    if TUPLE.fullmatch(value):
        return f"a list has square brackets: [{', '.join(re.findall(r'[0-9]+', value))}]"
    if NAME.match(value):
        return f"write ${value} if it is a parameter; without `$` it is a word"
    if any(c.isalnum() for c in value) and any(c in "+-*/%()" for c in value):
        return f"write $({value}), which is computed; without `$(...)` it is only text"
    return None
