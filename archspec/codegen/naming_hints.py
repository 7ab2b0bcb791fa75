"""Small decisions of wording: what a variable is called, and how an expression is filled in."""

from __future__ import annotations

import ast

from archspec.codegen.forms import Expr, filled, list_itself
from archspec.codegen.obstacles import Irregular
from archspec.codegen.plan import Val
from archspec.codegen.python import LOAD, equal
from archspec.codegen.symbols import literal
from archspec.elaboration.provenance import Cond, Loop, Step, Trace
from archspec.ir.draft import name_of
from archspec.ops import Op

MANY = 20
"""From more operands on, a sum is one over a list, not one with so many signs."""


def spread(val: Val) -> list[Val]:
    """The variables behind a value: its parts where it has them, else itself."""
    if val.parts is None:
        return [val]
    return [v for part in val.parts for v in spread(part)]


def phrased(expr: Expr, vals: list[Val], in_list: bool) -> ast.expr:
    """An expression over its operands, which may be in a list."""
    flowing = len(vals) - expr.references
    operands = [passed(val) for val in vals[:flowing]]
    references = [val.tree for val in vals[flowing:]]
    args = [
        (None if a.positional else a.name, shortened(literal(a.value)))
        for a in expr.args
        if not a.is_default
    ]
    if not in_list:
        return filled(expr.template, operands, references, args, expr.joiner)
    if expr.spread is None and expr.joiner != ", ":
        raise Irregular
    tree = filled(expr.spread or expr.template, operands, references, args)
    return list_itself(tree) if [val.many for val in vals[:flowing]] == [True] else tree


def passed(val: Val) -> ast.expr:
    """A value as an argument: with a star where it is several."""
    return ast.Starred(val.tree, LOAD) if val.many else val.tree


def takes_list(op: Op, vals: list[Val]) -> bool:
    """Whether the operands are written as a list: some are one, or they are too many."""
    return any(val.many for val in vals) or (op.pairwise and len(vals) > MANY)


def shortened(tree: ast.expr) -> ast.expr:
    """`x.shape[-2:]` for the last sizes of a shape, one by one."""
    items = tree.elts if isinstance(tree, ast.Tuple) else []
    first = items[0] if len(items) > 1 else None
    if not isinstance(first, ast.Subscript):
        return tree
    last = range(-len(items), 0)
    wanted = (ast.Subscript(first.value, literal(place), LOAD) for place in last)
    if not all(map(equal, items, wanted)):
        return tree
    return ast.Subscript(first.value, ast.Slice(literal(-len(items))), LOAD)


def child(step: Step) -> str:
    """The last component of what a step made."""
    made = step.instance or step.node
    assert made is not None
    return name_of(made)


def ident(steps: list[Step]) -> str | None:
    """The id that a value has in all executions, or None."""
    if any(s.item.id is None or (s.node or s.instance) is None for s in steps):
        return None
    names = {child(s) for s in steps}
    name = names.pop()
    return None if names or name.isdigit() else name


def _nodes(trace: Trace) -> int:
    """How many ops a piece of a body runs."""
    if isinstance(trace, Loop):
        return sum(map(_nodes, trace.iterations))
    step = trace.step if isinstance(trace, Cond) else trace
    if step is None:
        return 0
    if step.instance is not None:
        return sum(1 for _ in step.instance.nodes())
    inner = [t for b in step.branches or [] for t in b.body]
    return sum(map(_nodes, [*inner, *(step.body or [])])) + (step.node is not None)


def branch_hint(step: Step, number: int) -> str:
    """A variable's name for a branch: the id it ends in, its only op, or its place."""
    assert step.branches is not None
    branch = step.branches[number]
    body = branch.body
    last: Trace | None = body[-1] if len(body) == 1 else None
    while isinstance(last, Cond):
        last = last.step
    while isinstance(last, Step) and last.body is not None and len(last.body) == 1:
        inner = last.body[0]
        last = inner.step if isinstance(inner, Cond) else inner
    gathers = isinstance(last, Step) and last.node is not None and last.branches is not None
    sums = step.node is not None and step.node.op.sums and len(step.branches) == 2
    if sums and not gathers:
        sizes = [sum(map(_nodes, b.body)) for b in step.branches]
        shortcut = 0 if sizes[0] < sizes[1] else 1
        return "shortcut" if number == shortcut else "out"
    if isinstance(last, Step):
        named = last.item.id is not None and (last.node or last.instance) is not None
        if named and not child(last).isdigit():
            return child(last)
        if last.node is not None:
            return last.node.op.name
    computing = (b for b in step.branches if b.output != b.source)
    if next(computing, None) is not None and next(computing, None) is None:
        return "out"
    return f"branch{number + 1}"
