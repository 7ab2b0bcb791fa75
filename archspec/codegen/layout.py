"""An expression on several lines, where one is too long, as `ruff format` breaks it.

Modules stand one a line, each with a comma, which the formatter takes as a wish and keeps. What is
said of a piece of code stands above it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from archspec.codegen.flat import (
    AND,
    BINARY,
    OR,
    SUM,
    TERM,
    UNION,
    arguments,
    compared,
    flat,
    literal,
    pieces,
    targets,
)
from archspec.codegen.python import Build, above
from archspec.codegen.words import INDENT, WIDTH, comment


def laid(tree: ast.expr, depth: int, before: str = "", after: str = "") -> list[str]:
    """The lines of an expression, with what is said of it; `before` and `after` stand in them."""
    margin = INDENT * depth
    said = [row for words in above(tree) for row in comment(words, margin)]
    return said + _laid(tree, margin, before, after)


def _laid(tree: ast.expr, margin: str, before: str, after: str) -> list[str]:
    whole = f"{margin}{before}{flat(tree)}{after}"
    exploded = _exploded(tree)
    if len(whole) <= WIDTH and not exploded:
        return [whole]
    if isinstance(tree, ast.JoinedStr) or isinstance(getattr(tree, "value", None), str):
        return [f"{margin}{row}" for row in _rows(tree, WIDTH - len(margin))]
    if isinstance(tree, ast.GeneratorExp):
        return [*_laid(tree.elt, margin, before, ""), *_rounds(tree, margin)]
    if isinstance(tree, ast.Starred) and isinstance(tree.value, ast.GeneratorExp):
        inner = margin + INDENT
        each = [*_laid(tree.value.elt, inner, "", ""), *_rounds(tree.value, inner)]
        return [f"{margin}{before}*(", *each, f"{margin}){after}"]
    broken = _broken(tree, WIDTH - len(margin + before))
    if broken is None:
        return [whole]
    opening = f"{margin}{before}{broken.head}"
    if before.endswith(" = ") and len(opening) > WIDTH:
        return [f"{margin}{before}(", *_laid(tree, margin + INDENT, "", ""), f"{margin}){after}"]
    return [opening, *_inner(broken, margin + INDENT, exploded), f"{margin}{broken.tail}{after}"]


def _inner(broken: _Broken, margin: str, exploded: bool) -> list[str]:
    """What stands in the brackets: on one line where it fits, else an item a line."""
    line = margin + broken.joiner.join(before + flat(item, at) for before, item, at in broken.items)
    if len(line) <= WIDTH and not exploded and not broken.collection:
        return [line]
    if broken.joiner == " ":
        return [f"{margin}{before}{flat(item, at)}" for before, item, at in broken.items]
    out: list[str] = []
    for before, item, _ in broken.items:
        generated = isinstance(item, ast.GeneratorExp)
        if not generated:  # what is said of it stands above the call
            out += (row for words in above(item) for row in comment(words, margin))
        lonely = isinstance(item, ast.List | Build) and not broken.collection
        alone = lonely and len(broken.items) == 1
        out += _laid(item, margin, before, "" if generated or alone else ",")
    return out


# --- where it is broken ---------------------------------------------------------------------

Item = tuple[str, ast.expr, int]
"""What stands before an item (a keyword, a sign), the item, and how tightly it has to hold."""


@dataclass(frozen=True, slots=True)
class _Broken:
    """What comes before the items in brackets, the items, what comes after, what joins them.

    The items of a `collection` stand one a line.
    """

    head: str
    items: list[Item]
    tail: str
    joiner: str = ", "
    collection: bool = False


def _broken(tree: ast.expr, room: int) -> _Broken | None:
    """Where an expression is broken, whose first line has so much room."""
    if isinstance(tree, ast.Call):
        return _call(tree, room)
    if isinstance(tree, ast.List | ast.Tuple) and tree.elts:
        opening, closing = "[]" if isinstance(tree, ast.List) else "()"
        return _Broken(opening, _plain(tree.elts), closing, collection=True)
    if isinstance(tree, ast.Dict):
        pairs = zip(tree.keys, tree.values, strict=True)
        items = [(f"{flat(k)}: ", v, 0) for k, v in pairs if k is not None]
        return _Broken("{", items, "}", collection=True)
    if isinstance(tree, ast.Subscript) and isinstance(tree.slice, ast.Tuple):
        return _Broken(f"{flat(tree.value)}[", _plain(tree.slice.elts), "]")
    if isinstance(tree, ast.ListComp):
        loop = tree.generators[0]
        items = [("", tree.elt, 0), (f"for {targets(loop.target)} in ", loop.iter, OR)]
        return _Broken("[", items, "]", " ")
    return _operation(tree)


def _plain(trees: list[ast.expr]) -> list[Item]:
    return [("", tree, 0) for tree in trees]


def _call(tree: ast.Call, room: int) -> _Broken:
    """The last brackets; of f(x).mean(0), and where the first line would be too long, f's."""
    head = f"{flat(tree.func)}("
    owner = tree.func.value if isinstance(tree.func, ast.Attribute) else None
    trailing = len(tree.args) == 1 and isinstance(tree.args[0], ast.Constant)
    if isinstance(owner, ast.Call) and (trailing or len(head) > room):
        first = _call(owner, room)
        tail = f"{first.tail}.{getattr(tree.func, 'attr', '')}({arguments(tree)})"
        return _Broken(first.head, first.items, tail, first.joiner, first.collection)
    keywords = [(f"{k.arg}=", k.value, 0) for k in tree.keywords]
    return _Broken(head, [*_plain(tree.args), *keywords], ")")


def _operation(tree: ast.expr) -> _Broken | None:
    """What stands between operators, each with the one before it."""
    if isinstance(tree, ast.BinOp):
        sign, holds = BINARY[type(tree.op)]
        left = tree.left
        if isinstance(left, ast.BinOp) and BINARY[type(left.op)][1] < holds:  # (a + b) / 2
            return _Broken("(", _terms(left), f") {sign} {flat(tree.right, holds + 1)}", " ")
        return _Broken("(", _terms(tree), ")", " ")
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.operand, ast.BoolOp):
        return _Broken("not (", _operands(tree.operand), ")", " ")
    if isinstance(tree, ast.BoolOp | ast.Compare | ast.UnaryOp):
        return _Broken("(", _operands(tree), ")", " ")
    return None


def _terms(tree: ast.expr) -> list[Item]:
    """`a + b * c - d` as `a`, `+ b * c`, `- d`."""
    terms: list[Item] = []
    holds = BINARY[type(tree.op)][1] if isinstance(tree, ast.BinOp) else 0
    while isinstance(tree, ast.BinOp) and BINARY[type(tree.op)][1] == holds in (SUM, TERM):
        terms.insert(0, (f"{BINARY[type(tree.op)][0]} ", tree.right, holds + 1))
        tree = tree.left
    return [("", tree, holds), *terms]


def _operands(tree: ast.expr) -> list[Item]:
    """`a and b` as `a`, `and b`; `a == b` as `a`, `== b`; anything else in one piece."""
    if isinstance(tree, ast.BoolOp):
        word, holds = ("or", OR) if isinstance(tree.op, ast.Or) else ("and", AND)
        return [(f"{word} " if n else "", v, holds + 1) for n, v in enumerate(tree.values)]
    if isinstance(tree, ast.Compare):
        signs = [""] + [
            f"{compared(op, right)} " for op, right in zip(tree.ops, tree.comparators, strict=True)
        ]
        operands = [tree.left, *tree.comparators]
        return [(sign, part, UNION) for sign, part in zip(signs, operands, strict=True)]
    return [("", tree, 0)]


def _rounds(tree: ast.GeneratorExp, margin: str) -> list[str]:
    """`for maps in ((0, 1), (1, 2))`; what a long one walks stands one a line."""
    (loop,) = tree.generators
    return _laid(loop.iter, margin, f"for {targets(loop.target)} in ", "")


def _exploded(tree: ast.expr) -> bool:
    """Whether parts of it are modules, or something is said of them: these stand one a line."""
    if isinstance(tree, ast.Starred | ast.GeneratorExp):
        return _speaks(tree)
    parts = list(getattr(tree, "elts", []))
    if isinstance(tree, ast.Call):
        parts = [*tree.args, *(k.value for k in tree.keywords)]
    several = not isinstance(tree, ast.Tuple) and sum(map(_holds_modules, parts)) > 1
    return several or _speaks(tree)


def _holds_modules(tree: ast.expr) -> bool:
    if isinstance(tree, ast.Starred):
        return not isinstance(tree.value, ast.Name)
    return isinstance(tree, Build | ast.List | ast.GeneratorExp)


def _speaks(tree: ast.expr) -> bool:
    """Whether something is said of a part of it, in the place where that stands."""
    if isinstance(tree, ast.Starred):
        return _speaks(tree.value)
    if isinstance(tree, ast.GeneratorExp):
        return _speaks(tree.elt)
    parts = list(tree.elts) if isinstance(tree, ast.List) else []
    if isinstance(tree, Build):
        parts = [*tree.args, *(k.value for k in tree.keywords)]
    return any(
        _speaks(part) or (any(above(part)) and not isinstance(part, ast.GeneratorExp))
        for part in parts
    )


# --- texts ----------------------------------------------------------------------------------


def _rows(tree: ast.expr, room: int) -> list[str]:
    """A long text as literals that fit, which Python puts together."""
    parts = pieces(tree)
    formatted = isinstance(tree, ast.JoinedStr)
    rows: list[list[tuple[str, bool]]] = [[]]
    for text, evaluated in parts:
        for piece in [text] if evaluated else re.findall(r"\S+ ?| ", text):
            grown = [*rows[-1], (piece, evaluated)]
            if rows[-1] and len(literal(grown, formatted=formatted)) > room:
                rows.append([])
            rows[-1].append((piece, evaluated))
    return [literal(row, formatted=formatted) for row in rows]
