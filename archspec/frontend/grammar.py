"""What of Python's syntax an expression may have, and what to write in place of the rest."""

from __future__ import annotations

import ast

from archspec.diagnostics import did_you_mean, listed
from archspec.frontend.evaluation import KNOWN, Fault, fits, show
from archspec.frontend.functions import FUNCTIONS

_MISSING: dict[type[ast.AST], tuple[str, str | None]] = {
    ast.SetComp: ("a comprehension in braces", "write a list: [... for ... in ...]"),
    ast.DictComp: ("a comprehension in braces", "write a list: [... for ... in ...]"),
    ast.GeneratorExp: ("a comprehension without brackets", "write a list: [... for ... in ...]"),
    ast.Lambda: ("a lambda", "define a block with parameters instead"),
    ast.NamedExpr: ("an assignment", "to compare, write `==`"),
    ast.JoinedStr: ("an f-string", "write the text with $(...) in it"),
    ast.Dict: ("a mapping", None),
    ast.Set: ("a set", "write a list: [...]"),
    ast.Starred: ("`*` before a value", None),
    ast.Is: ("`is`", "write `==`"),
    ast.IsNot: ("`is not`", "write `!=`"),
    ast.BitXor: ("`^`", "a power is written `**`"),
    ast.BitAnd: ("`&`", "write `and`"),
    ast.BitOr: ("`|`", "write `or`"),
    ast.LShift: ("`<<`", "write `* 2 ** n`"),
    ast.RShift: ("`>>`", "write `// 2 ** n`"),
    ast.Invert: ("`~`", "write `not`"),
    ast.MatMult: ("`@`", None),
    ast.keyword: ("a named argument", "arguments are given by position"),
}
# The last four only occur below a construct that is reported itself.
_STRUCTURE = (
    *(ast.expr_context, ast.boolop, ast.Slice),
    *(ast.comprehension, ast.arguments, ast.arg, ast.FormattedValue),
)


def faults_of(tree: ast.expr) -> list[Fault]:
    """Everything in a tree that the language does not have."""
    faults: list[Fault] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.operator | ast.unaryop | ast.cmpop):
            continue  # looked at with the expression it belongs to, which has a place
        operators = [getattr(node, "op", None), *getattr(node, "ops", ())]
        for part in (node, *filter(None, operators)):
            if type(part) not in KNOWN and not isinstance(part, _STRUCTURE):
                what, hint = _MISSING.get(type(part), (f"`{type(part).__name__.lower()}`", None))
                faults.append(Fault("E303", f"{what} cannot stand in an expression", node, hint))
        if isinstance(node, ast.Constant) and not _is_plain(node.value):
            faults.append(
                Fault("E303", f"`{show(node.value)}` cannot stand in an expression", node)
            )
        if isinstance(node, ast.Constant) and not fits(node.value):
            faults.append(Fault("E305", "this number is too large", node))
        if isinstance(node, ast.Call):
            faults += _check_call(node)
        if isinstance(node, ast.ListComp):
            faults += _check_comprehension(node)
    return faults


def _check_call(node: ast.Call) -> list[Fault]:
    known = f"the functions are {listed(FUNCTIONS)}"
    if not isinstance(node.func, ast.Name):
        return [Fault("E303", "only functions can be called, by their name", node, known)]
    name = node.func.id
    if name not in FUNCTIONS:
        hint = did_you_mean(name, FUNCTIONS) or known
        return [Fault("E302", f"no function is called `{name}`", node.func, hint)]
    return []


def _check_comprehension(node: ast.ListComp) -> list[Fault]:
    first, *more = node.generators
    if first.is_async:
        return [Fault("E303", "`async` cannot stand in an expression", first.target)]
    if more:
        return [Fault("E303", "a list comprehension has one `for`", more[0].target)]
    if not isinstance(first.target, ast.Name):
        hint = "write one name, and index it"
        return [Fault("E303", "a list comprehension has one name", first.target, hint)]
    return []


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
