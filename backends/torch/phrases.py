"""Small decisions of wording: what a variable is called, and how an expression is filled in."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any

from archspec.backends.torch.layers import Expr
from archspec.backends.torch.plans import Val
from archspec.backends.torch.symbols import Irregular, literal, written
from archspec.elaboration.provenance import Cond, Loop, Step, Trace

MANY = 20
"""From more operands on, a sum is one over a list, not one with so many signs."""


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


def rendering(expr: Expr, many: list[bool], sizes: int = 0) -> Any:
    """How an expression is written over its operands' variables.

    The last `sizes` of them have their sizes read alone, where `{s[0]}` and so on stand.
    """
    args = "".join(
        f", {_text(a.value)}" if a.positional else f", {a.name}={_text(a.value)}"
        for a in expr.args
        if not a.is_default
    )
    flowing = len(many) - expr.references
    template, joiner = expr.template, expr.joiner
    stars = ["*" if m else "" for m in many[:flowing]]
    if takes_list(expr, many):
        if expr.spread is None and joiner != ", ":
            raise Irregular
        template, joiner = expr.spread or template, ", "
        if stars == ["*"] and "[{x}]" in template:  # one list, and no display around it
            template, stars = template.replace("[{x}]", "{x}"), [""]

    def render(operands: list[str]) -> str:
        operands, sized = operands[: len(many)], operands[len(many) :]
        shown = [star + o for star, o in zip(stars, operands, strict=False)]
        references = ", ".join(operands[flowing:])
        given = args.format(s=sized) if sizes else args
        return template.format(x=joiner.join(shown), ref=references, args=given, s=sized)

    return render


def takes_list(expr: Expr, many: list[bool]) -> bool:
    """Whether the operands are written as a list: some are one, or they are too many."""
    flowing = many[: len(many) - expr.references]
    lengthy = len(flowing) > MANY and expr.joiner != ", " and expr.spread is not None
    return any(flowing) or lengthy


def item(place: int, operands: list[str]) -> str:
    """One of the values of a block that gives several."""
    return f"{operands[0]}[{place}]"


def _text(value: Any) -> str:
    return written(shortened(literal(value)))


def shortened(tree: ast.expr) -> ast.expr:
    """`x.shape[-2:]` for the last sizes of a shape, one by one."""
    items = tree.elts if isinstance(tree, ast.Tuple) else []
    shapes = {ast.unparse(i.value) for i in items if isinstance(i, ast.Subscript)}
    last = [f"{shape}[{place}]" for shape in shapes for place in range(-len(items), 0)]
    if len(items) < 2 or len(shapes) != 1 or [ast.unparse(item) for item in items] != last:
        return tree
    first = items[0]
    assert isinstance(first, ast.Subscript)
    return ast.Subscript(first.value, ast.Slice(literal(-len(items))), ast.Load())


def child(step: Step) -> str:
    """The last component of what a step made."""
    if step.instance is not None:
        return step.instance.name
    assert step.node is not None
    return step.node.path.rpartition(".")[2]


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
    body = step.branches[number].body
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
