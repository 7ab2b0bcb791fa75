"""What `require` asks of the arguments that a constructor takes, as the constructor asks it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from archspec.codegen.draft import Draft
from archspec.codegen.flat import flat
from archspec.codegen.layout import laid
from archspec.codegen.obstacles import Unwritable
from archspec.codegen.plan import ClassPlan
from archspec.codegen.python import Branching, Leave, build, name
from archspec.codegen.symbols import convert, holds, names_in, substitute
from archspec.codegen.words import WIDTH
from archspec.frontend.ast import Constant, Label, Requirement
from archspec.frontend.expressions import Expression

_INVERSE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ORDER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}


def demands(draft: Draft, plan: ClassPlan, required: Iterable[Requirement]) -> Iterator[Branching]:
    """`if ...: raise ValueError(...)` for every requirement that speaks of arguments alone.

    One that reads anything else has been asked when the file was written, and is left out.

    Args:
        draft: one that has written nothing yet.
    """
    kinds = {p.name: flat(p.kind) for p in plan.params}
    for requirement in required:
        try:
            tree = _argued(requirement.that, draft, kinds)
            message = _message(requirement.otherwise, draft, kinds)
        except Unwritable:
            continue
        if not names_in(tree) or not holds(tree, draft.execs, [True] * len(draft.execs)):
            continue
        exact = all(kinds[n] == "int" for n in names_in(tree))
        test = refused(tree, exact=exact)
        if all(len(row) <= WIDTH for row in laid(test, 2, "if ", ":")):
            yield Branching(test, [Leave("raise", build("ValueError", [message]))])


def _argued(value: Expression, draft: Draft, kinds: Iterable[str]) -> ast.expr:
    """An expression over the constructor's arguments.

    Raises:
        Unwritable: where it is of anything else.
    """
    envs = [one.inside for one in draft.made]
    tree = convert(value, draft.known, envs, None if draft.alone else draft.channels)
    for local, meaning in reversed(draft.locals.items()):
        tree = substitute(tree, {**{n: name(n) for n in names_in(tree)}, local: meaning})
    if not names_in(tree) <= set(kinds):
        raise Unwritable
    return tree


def refused(tree: ast.expr, *, exact: bool) -> ast.expr:
    """When a condition does not hold, in as few words as can be.

    Args:
        exact: whether all it compares is in order: of `nan`, neither `<` nor `>=` is true.
    """
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return tree.operand
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        inverse = (_INVERSE | _ORDER if exact else _INVERSE).get(type(tree.ops[0]))
        if inverse is not None:
            return ast.Compare(tree.left, [inverse()], tree.comparators)
    return ast.UnaryOp(ast.Not(), tree)


def _message(words: Label, draft: Draft, kinds: Iterable[str]) -> ast.expr:
    """What is wrong, as a text; an expression in it stays one, or is the value that it has.

    Raises:
        Unwritable: where it is of anything but the arguments, or no f-string holds it.
    """
    parts: list[ast.expr] = []
    for part in [str(words.value)] if isinstance(words, Constant) else words.parts:
        if isinstance(part, str):
            parts.append(_said(part))
            continue
        tree = _argued(part, draft, kinds)
        if isinstance(tree, ast.Constant):
            value = tree.value
            parts.append(_said(str(value).lower() if type(value) is bool else str(value)))
        elif any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(tree)):
            raise Unwritable
        else:
            parts.append(ast.FormattedValue(tree, -1))
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant("".join(str(getattr(part, "value", "")) for part in parts))
    return ast.JoinedStr(parts)


def _said(words: str) -> ast.expr:
    """Words as they are, but for what cannot be seen."""
    return ast.Constant("".join(c if c.isprintable() else " " for c in words))
