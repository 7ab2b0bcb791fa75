"""An expression on one line, as `ruff format` spells it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

from archspec.codegen.python import Build

TEST, OR, AND, NOT, COMPARE, UNION, XOR, MEET, SHIFT, SUM, TERM, FACTOR, POWER, ATOM = range(14)
"""How tightly an expression holds together; one that holds less tightly gets brackets."""

BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: ("|", UNION),
    ast.BitXor: ("^", XOR),
    ast.BitAnd: ("&", MEET),
    ast.LShift: ("<<", SHIFT),
    ast.RShift: (">>", SHIFT),
    ast.Add: ("+", SUM),
    ast.Sub: ("-", SUM),
    ast.Mult: ("*", TERM),
    ast.MatMult: ("@", TERM),
    ast.Div: ("/", TERM),
    ast.FloorDiv: ("//", TERM),
    ast.Mod: ("%", TERM),
    ast.Pow: ("**", POWER),
}

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_UNARY: dict[type[ast.unaryop], tuple[str, int]] = {
    ast.USub: ("-", FACTOR),
    ast.UAdd: ("+", FACTOR),
    ast.Invert: ("~", FACTOR),
    ast.Not: ("not ", NOT),
}


def flat(tree: ast.expr, at: int = TEST) -> str:
    """The expression on one line, in brackets where it holds together less tightly than `at`."""
    text, holds = _WRITERS.get(type(tree), _other)(tree)
    return f"({text})" if holds < at else text


def joined(trees: Iterable[ast.expr]) -> str:
    return ", ".join(map(flat, trees))


def arguments(tree: ast.Call) -> str:
    keywords = [f"{k.arg}={flat(k.value)}" for k in tree.keywords]
    return ", ".join([*map(flat, tree.args), *keywords])


Written = tuple[str, int]


def _other(tree: ast.expr) -> Written:
    """What only lowerings from outside write."""
    return ast.unparse(tree), TEST


def _name(tree: ast.Name) -> Written:
    return tree.id, ATOM


def _constant(tree: ast.Constant) -> Written:
    value = tree.value
    if isinstance(value, str):
        return literal([(value, False)]), ATOM
    if value is Ellipsis:
        return "...", ATOM
    return re.sub(r"e\+?(-?)0*", r"e\1", repr(value)) if type(value) is float else repr(value), ATOM


def _attribute(tree: ast.Attribute) -> Written:
    return f"{flat(tree.value, ATOM)}.{tree.attr}", ATOM


def _subscript(tree: ast.Subscript) -> Written:
    inner = tree.slice
    several = isinstance(inner, ast.Tuple) and len(inner.elts) > 1
    return f"{flat(tree.value, ATOM)}[{targets(inner) if several else flat(inner)}]", ATOM


def _slice(tree: ast.Slice) -> Written:
    """A slice; where a part is computed, the formatter wants blanks at its colons."""
    parts = [tree.lower, tree.upper] + ([tree.step] if tree.step is not None else [])
    texts = ["" if part is None else flat(part) for part in parts]
    if all(part is None or _plain(part) for part in parts):
        return ":".join(texts), ATOM
    text = texts[0]
    for part in texts[1:]:
        text += " :" if text.strip(" :") else ":"
        text += f" {part}" if part else ""
    return text, ATOM


def _plain(tree: ast.expr) -> bool:
    """Whether an expression is a name or a number, also one with a sign."""
    if isinstance(tree, ast.UnaryOp):
        return _plain(tree.operand)
    return isinstance(tree, ast.Name | ast.Constant)


def _call(tree: ast.Call) -> Written:
    return f"{flat(tree.func, ATOM)}({arguments(tree)})", ATOM


def _starred(tree: ast.Starred) -> Written:
    inner = tree.value
    if isinstance(inner, ast.GeneratorExp):
        return f"*({flat(inner)})", ATOM
    return f"*{flat(inner, UNION)}", ATOM


def rounds(loop: ast.comprehension) -> str:
    return f"for {targets(loop.target)} in {flat(loop.iter, OR)}"


def targets(tree: ast.expr) -> str:
    """What is assigned to, which needs no brackets."""
    return joined(tree.elts) if isinstance(tree, ast.Tuple) else flat(tree)


def _generator(tree: ast.GeneratorExp) -> Written:
    """Without brackets: it is a call's only argument, or stands behind a star."""
    return f"{flat(tree.elt)} {' '.join(map(rounds, tree.generators))}", ATOM


def _comprehension(tree: ast.ListComp) -> Written:
    return f"[{flat(tree.elt)} {' '.join(map(rounds, tree.generators))}]", ATOM


def _tuple(tree: ast.Tuple) -> Written:
    comma = "," if len(tree.elts) == 1 else ""
    return f"({joined(tree.elts)}{comma})", ATOM


def _list(tree: ast.List) -> Written:
    return f"[{joined(tree.elts)}]", ATOM


def _dict(tree: ast.Dict) -> Written:
    pairs = zip(tree.keys, tree.values, strict=True)
    return "{" + ", ".join(f"{flat(k)}: {flat(v)}" for k, v in pairs if k is not None) + "}", ATOM


def _binary(tree: ast.BinOp) -> Written:
    sign, holds = BINARY[type(tree.op)]
    if isinstance(tree.op, ast.Pow):
        right = tree.right
        if isinstance(right, ast.UnaryOp):
            right = right.operand
        blank = "" if _hugged(tree.left) and _hugged(right) else " "
        return f"{flat(tree.left, ATOM)}{blank}**{blank}{flat(tree.right, FACTOR)}", holds
    return f"{flat(tree.left, holds)} {sign} {flat(tree.right, holds + 1)}", holds


def _hugged(tree: ast.expr) -> bool:
    """Whether a power stands at its operand without a blank: at a name, a number, `self.depth`."""
    while isinstance(tree, ast.Attribute):
        tree = tree.value
    return isinstance(tree, ast.Name | ast.Constant)


def _unary(tree: ast.UnaryOp) -> Written:
    sign, holds = _UNARY[type(tree.op)]
    power = isinstance(tree.operand, ast.BinOp) and isinstance(tree.operand.op, ast.Pow)
    return f"{sign}{flat(tree.operand, ATOM if power and holds == FACTOR else holds)}", holds


def _bool(tree: ast.BoolOp) -> Written:
    word, holds = ("or", OR) if isinstance(tree.op, ast.Or) else ("and", AND)
    return f" {word} ".join(flat(value, holds + 1) for value in tree.values), holds


def _compare(tree: ast.Compare) -> Written:
    parts = [flat(tree.left, UNION)]
    for op, right in zip(tree.ops, tree.comparators, strict=True):
        parts += [compared(op, right), flat(right, UNION)]
    return " ".join(parts), COMPARE


def compared(op: ast.cmpop, right: ast.expr) -> str:
    """The sign of a comparison: `is` before None."""
    if isinstance(right, ast.Constant) and right.value is None:
        return {"==": "is", "!=": "is not"}.get(COMPARISONS[type(op)], COMPARISONS[type(op)])
    return COMPARISONS[type(op)]


def _conditional(tree: ast.IfExp) -> Written:
    body, test = flat(tree.body, OR), flat(tree.test, OR)
    return f"{body} if {test} else {flat(tree.orelse)}", TEST


def _formatted(tree: ast.JoinedStr) -> Written:
    return literal(pieces(tree)), ATOM


_WRITERS: dict[type[ast.expr], Callable[[Any], Written]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Call: _call,
    Build: _call,
    ast.Starred: _starred,
    ast.GeneratorExp: _generator,
    ast.ListComp: _comprehension,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.JoinedStr: _formatted,
}

# --- texts ----------------------------------------------------------------------------------

Piece = tuple[str, bool]
"""Words, or the text of an expression, which is marked."""


def pieces(tree: ast.expr) -> list[Piece]:
    """The parts of a string, or of an f-string."""
    parts = tree.values if isinstance(tree, ast.JoinedStr) else [tree]
    return [
        (flat(part.value).replace('"', "'"), True)  # the f-string has the other quotes
        if isinstance(part, ast.FormattedValue)
        else (str(part.value) if isinstance(part, ast.Constant) else "", False)
        for part in parts
    ]


def literal(parts: list[Piece], *, formatted: bool | None = None) -> str:
    """Parts as a literal, with the quotes that need fewer backslashes."""
    if formatted is None:
        formatted = any(evaluated for _, evaluated in parts)
    said = "".join(part for part, evaluated in parts if not evaluated)
    quote = '"' if said.count('"') <= said.count("'") else "'"
    out = ""
    for part, evaluated in parts:
        if evaluated:
            out += f"{{{part}}}"
            continue
        seen = (c if c.isprintable() and c != "\\" else repr(c)[1:-1] for c in part)
        escaped = "".join(seen).replace(quote, f"\\{quote}")
        out += escaped.replace("{", "{{").replace("}", "}}") if formatted else escaped
    return f"{'f' * formatted}{quote}{out}{quote}"
