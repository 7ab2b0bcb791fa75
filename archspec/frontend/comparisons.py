"""Comparisons that come out the same whatever the parameters are: of a number with a word, say."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from archspec.diagnostics import Diagnostic, did_you_mean, listed
from archspec.frontend.ast import Constant, ParamDecl
from archspec.frontend.expressions import Expression
from archspec.frontend.wording import written

_NUMBER, _WORD, _LIST, _NOTHING = "a number", "a word", "a list", "nothing"
_TRUTH = "true or false"
_DECLARED = {
    "int": _NUMBER,
    "float": _NUMBER,
    "bool": _TRUTH,
    "str": _WORD,
    "block": _WORD,
    "list": _LIST,
}


def settled(expression: Expression, params: Mapping[str, ParamDecl]) -> Iterator[Diagnostic]:
    """W306 for each comparison in an expression that the types of the parameters decide."""
    loops = {n.target.id for n in _nodes(expression, ast.comprehension) if _is_name(n.target)}
    known = {name: decl for name, decl in params.items() if name not in loops}
    for node in _nodes(expression, ast.Compare):
        if len(node.ops) != 1:
            continue
        (op,), (right,) = node.ops, node.comparators
        sides = [right]
        if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.List | ast.Tuple):
            sides = right.elts
        elif not isinstance(op, ast.Eq | ast.NotEq):
            continue
        if not sides or not all(_differ(node.left, side, known) for side in sides):
            continue
        holds = "always" if isinstance(op, ast.NotEq | ast.NotIn) else "never"
        place = expression.place(node)
        yield Diagnostic(
            "W306",
            f"`{place.text}` {holds} holds",
            place,
            found=f"{_said(node.left, known)}, and {_said(sides[0], known)}",
            hint=_hint(node.left, sides[0], known) or _hint(sides[0], node.left, known),
        )


def _nodes(expression: Expression, kind: type[Any]) -> list[Any]:
    return [node for node in ast.walk(expression.tree) if isinstance(node, kind)]


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def _differ(left: ast.expr, right: ast.expr, params: Mapping[str, ParamDecl]) -> bool:
    """Whether two values are never equal."""
    kinds = [_kind(side, params) for side in (left, right)]
    if None not in kinds:
        first, second = (_NUMBER if kind == _TRUTH else kind for kind in kinds)
        if first != second:
            return True
    return any(_not_offered(*pair, params) for pair in ((left, right), (right, left)))


def _not_offered(name: ast.expr, value: ast.expr, params: Mapping[str, ParamDecl]) -> bool:
    """Whether a parameter with choices does not have this among them."""
    decl = params.get(name.id) if isinstance(name, ast.Name) else None
    if decl is None or not decl.choices or not isinstance(value, ast.Constant):
        return False
    return all(choice != value.value for choice in decl.choices)


def _kind(node: ast.expr, params: Mapping[str, ParamDecl]) -> str | None:
    """What a part of an expression is, where that is known whatever the parameters are."""
    match node:
        case ast.Constant(value=value):
            return _of(value)
        case ast.List() | ast.Tuple() | ast.ListComp():
            return _LIST
        case ast.Attribute(value=ast.Name(id="input"), attr=attr):
            return _LIST if attr == "shape" else _NUMBER
        case ast.Name(id=name) if name in params:
            return _declared(params[name])
    return None


def _of(value: object) -> str | None:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return _TRUTH
    kinds = ((int | float, _NUMBER), (str, _WORD), (list | tuple, _LIST))
    return next((kind for types, kind in kinds if isinstance(value, types)), None)


def _declared(decl: ParamDecl) -> str | None:
    """What a parameter is whatever it is given; None where that may be anything."""
    if decl.choices is not None:
        kinds = {_of(choice) for choice in decl.choices}
        return kinds.pop() if len(kinds) == 1 else None
    if decl.type is not None:
        return _DECLARED.get(decl.type)
    default = decl.default.value if isinstance(decl.default, Constant) else None
    return _of(default) if default is not None else None


def _said(node: ast.expr, params: Mapping[str, ParamDecl]) -> str:
    text = ast.unparse(node)
    decl = params.get(text)
    if decl is not None and decl.choices:
        return f"`{text}` is one of {listed(map(written, decl.choices))}"
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        text = written(node.value)
    return f"`{text}` is {_kind(node, params)}"


def _hint(node: ast.expr, other: ast.expr, params: Mapping[str, ParamDecl]) -> str | None:
    """What to write where a parameter is compared with a word that is none, or the other way."""
    decl = params.get(node.id) if isinstance(node, ast.Name) else None
    if decl is None or not isinstance(other, ast.Constant):
        return None
    value, kind = other.value, _declared(decl)
    if decl.choices and isinstance(value, str):
        return did_you_mean(value, [word for word in decl.choices if isinstance(word, str)])
    if kind == _TRUTH and isinstance(value, str):
        return f"write {decl.name} or not {decl.name}, which are conditions themselves"
    if kind == _NUMBER and isinstance(value, str) and _is_number(value):
        return f"write {value} without quotes"
    if kind == _WORD and _of(value) in (_NUMBER, _TRUTH):
        return f"write '{written(value)}', in quotes, or have `{decl.name}` be {_of(value)}"
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
