"""Small decisions of wording: what a variable is called, and how an expression is filled in."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any

from archspec.backends.torch.layers import Expr
from archspec.backends.torch.plans import Val
from archspec.backends.torch.symbols import Irregular, literal, written
from archspec.graph import Cond, Step, Trace


class _Saved(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        return ast.Attribute(ast.Name("self", ast.Load()), self.names[node.id], ast.Load())


def saved(tree: ast.expr, names: Mapping[str, str]) -> ast.expr:
    """The expression with a constructor's names read from the attributes they are kept in."""
    result = _Saved(names).visit(copy.deepcopy(tree))
    assert isinstance(result, ast.expr)
    return result


def spread(val: Val) -> list[Val]:
    """The variables behind a value: its parts where it has them, else itself."""
    if val.parts is None:
        return [val]
    return [v for part in val.parts for v in spread(part)]


def rendering(expr: Expr, many: list[bool]) -> Any:
    """How an expression is written over its operands' variables."""
    args = "".join(
        f", {_text(a.value)}" if a.positional else f", {a.name}={_text(a.value)}"
        for a in expr.args
        if not a.is_default
    )
    template = expr.template
    if any(many):
        if expr.spread is None and expr.joiner != ", ":
            raise Irregular
        template = expr.spread or template
    joiner = ", " if any(many) else expr.joiner

    def render(operands: list[str]) -> str:
        stars = [f"*{o}" if m else o for o, m in zip(operands, many, strict=True)]
        return template.format(x=joiner.join(stars), args=args)

    return render


def _text(value: Any) -> str:
    return written(literal(value))


def child(step: Step) -> str:
    """The last component of what a step made."""
    if step.instance is not None:
        return step.instance.name
    assert step.node is not None
    return step.node.path.rpartition(".")[2]


def branch_hint(step: Step, number: int) -> str:
    """A variable's name for a branch: the id it ends in, its only op, or its place."""
    assert step.branches is not None
    computing = [k for k, b in enumerate(step.branches) if b.output != b.source]
    body = step.branches[number].body
    last: Trace | None = body[-1] if len(body) == 1 else None
    while isinstance(last, Cond):
        last = last.step
    while isinstance(last, Step) and last.body is not None and len(last.body) == 1:
        inner = last.body[0]
        last = inner.step if isinstance(inner, Cond) else inner
    if step.node is not None and step.node.op.name == "add" and len(step.branches) == 2:
        return "out" if number == 0 else "shortcut"
    if isinstance(last, Step):
        if last.item.id is not None and (last.node or last.instance) is not None:
            return child(last)
        if last.node is not None:
            return last.node.op.name
    if len(computing) == 1:
        return "out"
    return f"branch{number + 1}"
