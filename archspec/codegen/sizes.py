"""Derived sizes as `forward` writes them: `x.shape[-2] // 2`, or an argument that callers give.

An expression over the sizes of values is written in the class whose `forward` has these values
as variables. The classes within are handed what it gives.
"""

from __future__ import annotations

import ast
from typing import Any

from archspec.codegen.draft import Draft
from archspec.codegen.naming_hints import spread
from archspec.codegen.obstacles import Irregular
from archspec.codegen.plan import Sized, Val, annotation
from archspec.codegen.python import call
from archspec.codegen.references import Context, find
from archspec.codegen.symbols import Symbol, literal, same
from archspec.ir.graph import Instance, Node
from archspec.ops import Op
from archspec.ops.derived import Apply, Axis, Tree, compute

_OPERATORS: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "**": ast.Pow,
}


class Sizes:
    """The sizes that one statement reads, and the values whose sizes these are."""

    def __init__(self, draft: Draft, ctx: Context) -> None:
        self.draft, self.ctx = draft, ctx
        self.vals: list[Val] = []

    def ops(self, nodes: list[Node]) -> list[Op]:
        """The ops of one piece of syntax, with expressions where attributes are derived."""
        keys = dict.fromkeys(key for n in nodes for key in n.derived or ())
        given = {
            key: self.value([(n.derived or {}).get(key, getattr(n.op, key)) for n in nodes], key)
            for key in keys
        }
        return [n.op.model_copy(update=given) for n in nodes]

    def value(self, rows: list[Tree], hint: str) -> Any:
        """What a lowering gets for an attribute: its value, a `Symbol` where that is derived.

        Raises:
            Irregular: where it is a list, a number or `null` by turns, which a lowering writes
                in different ways.
        """
        if len(set(map(_form, rows))) != 1:
            raise Irregular
        if isinstance(rows[0], tuple):
            return tuple(self.value(list(column), hint) for column in zip(*rows, strict=True))
        constant = not any(isinstance(row, Axis | Apply | tuple) for row in rows)
        if constant and all(same(row, rows[0]) for row in rows):
            return rows[0]
        return Symbol(self.said(rows, hint))

    def said(self, rows: list[Tree], hint: str) -> ast.expr:
        """A size as an expression: of the variables here, or an argument of `forward`."""
        kept = list(self.vals)
        tree = self.written(rows)
        if tree is None:
            self.vals = kept
            tree = self.given(rows, hint)
        return tree

    def written(self, rows: list[Tree]) -> ast.expr | None:
        """The expression, if it is the same in all executions and its values are at hand."""
        first = rows[0]
        if isinstance(first, Axis):
            return self.axis([row for row in rows if isinstance(row, Axis)], len(rows))
        if isinstance(first, Apply):
            alike = all(isinstance(r, Apply) and r.function == first.function for r in rows)
            if not alike or len({len(r.arguments) for r in rows}) != 1:
                return None
            columns = zip(*(r.arguments for r in rows), strict=True)
            parts = [self.written(list(column)) for column in columns]
            known = [part for part in parts if part is not None]
            if len(known) != len(parts):
                return None
            return _applied(first.function, known, _whole(first.arguments))
        if isinstance(first, tuple):
            if not all(isinstance(r, tuple) and len(r) == len(first) for r in rows):
                return None
            items = [self.written(list(column)) for column in zip(*rows, strict=True)]
            return None if None in items else ast.Tuple([i for i in items if i], ast.Load())
        return literal(first) if all(same(row, first) for row in rows) else None

    def axis(self, rows: list[Axis], wanted: int) -> ast.expr | None:
        places = {(row.axis, len(row.value.output)) for row in rows}
        if len(rows) != wanted or len(places) != 1:
            return None
        try:
            val = find(self.draft, [(row.value,) for row in rows], self.ctx)
        except Irregular:
            return None
        axis, rank = places.pop()
        shape = ast.Attribute(self.variable(val), "shape", ast.Load())
        return ast.Subscript(shape, literal(axis - rank if axis else 1), ast.Load())

    def variable(self, val: Val) -> ast.expr:
        """A value as an expression, noted among those that are read."""
        (val,) = spread(val)
        if val not in self.vals:
            self.vals.append(val)
        return val.tree

    def given(self, rows: list[Tree], hint: str) -> ast.expr:
        """An argument of this class's `forward`.

        Raises:
            Irregular: where not every instance has one.
        """
        instances = [self.draft.instances[e.instance] for e in self.ctx.execs]
        trees = dict(zip(instances, rows, strict=True))
        if len(trees) != len(self.draft.instances) or instances[0].parent is None:
            raise Irregular
        known = next((s for s in self.draft.sizes if s.trees == trees), None)
        if known is None:
            values = [compute(row, lambda a: a.value.output[a.axis]) for row in rows]
            known = Sized(Val([()] * len(instances), hint=hint), trees, annotation(values))
            self.draft.sizes.append(known)
        return self.variable(known.val)

    def text(self, sized: Sized, instances: list[Instance]) -> ast.expr:
        """What is handed to these instances for an argument of their `forward`."""
        return self.said([sized.trees[i] for i in instances], sized.val.hint or "size")


def _form(tree: Tree) -> int | None:
    """How many parts a list has, -1 of what is no list, and `null` itself."""
    return len(tree) if isinstance(tree, tuple) else None if tree is None else -1


def _whole(arguments: tuple[Tree, ...]) -> bool:
    """Whether numbers, or the two sides of a division, are whole."""
    if len(arguments) == 1 and isinstance(arguments[0], Apply) and arguments[0].function == "/":
        arguments = arguments[0].arguments
    values = (compute(tree, lambda a: a.value.output[a.axis]) for tree in arguments)
    return all(isinstance(value, int) for value in values)


def _applied(function: str, parts: list[ast.expr], whole: bool) -> ast.expr:
    if function in _OPERATORS:
        return ast.BinOp(parts[0], _OPERATORS[function](), parts[1])
    if function == "negative":
        return _negative(parts[0])
    if function in ("ceil", "floor"):
        return _rounded(function, parts[0], whole)
    return call(function, parts)


def _rounded(function: str, value: ast.expr, whole: bool) -> ast.expr:
    """`ceil` and `floor` without an import: by the division that rounds down.

    That stands for the one which is rounded only where both its sides are whole: 64 / 0.1 is
    640.0, and 64 // 0.1 is 639.0.
    """
    over: ast.expr = literal(1)
    if whole and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        over, value = value.right, value.left
    below: ast.expr
    if function == "floor":
        below = ast.BinOp(value, ast.FloorDiv(), over)
    else:
        below = _negative(ast.BinOp(_negative(value), ast.FloorDiv(), over))
    return below if whole else call("int", [below])


def _negative(value: ast.expr) -> ast.expr:
    """A number with the other sign, which is the number itself where it has one."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        return value.operand
    return ast.UnaryOp(ast.USub(), value)
