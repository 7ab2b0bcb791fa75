"""Values as a constructor writes them: expressions where these hold, literals where they must.

Everything here works on many executions at once. A class stands for all instances of a
block; an expression is good for it only if it gives the right value in each of them.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from archspec.codegen.flat import flat
from archspec.codegen.obstacles import Unwritable
from archspec.codegen.python import LOAD, equal, name
from archspec.diagnostics import ArchspecError, Source, Span
from archspec.frontend.ast import Constant, ListValue, Value
from archspec.frontend.expressions import Expression, Namespace
from archspec.ops.derived import kind, plain


class Symbol:
    """An expression in the place of a value: a number that `forward` computes, a class."""

    __slots__ = ("tree",)

    def __init__(self, tree: ast.expr) -> None:
        self.tree = tree

    def __str__(self) -> str:
        return flat(self.tree)

    __repr__ = __str__

    def __format__(self, _: str) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __add__(self, other: int | Symbol) -> Symbol:
        return Symbol(fold_constants(ast.BinOp(self.tree, ast.Add(), literal(other))))

    def __radd__(self, other: int) -> Symbol:
        return Symbol(fold_constants(ast.BinOp(literal(other), ast.Add(), self.tree)))

    def __neg__(self) -> Symbol:
        return Symbol(ast.UnaryOp(ast.USub(), self.tree))


@dataclass(slots=True)
class Exec:
    """One execution of a piece of syntax.

    Attributes:
        instance: index of the block instance it belongs to.
        names: what the constructor's names are worth here.
    """

    instance: int
    names: MutableMapping[str, Any]


_NOWHERE = Span(Source("", ""), 0, 0, 0)
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_FIRST_SIZE = ast.Subscript(ast.Attribute(name("input"), "shape", LOAD), ast.Constant(0), LOAD)
_BUILTINS = {"range", "len", "min", "max", "sum", "round", "abs", "int"}


def evaluate(tree: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of a constructor's expression.

    Raises:
        Unwritable: where it has none.
    """
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Name) and tree.id in names:
        return names[tree.id]
    if isinstance(tree, ast.Attribute):
        return Symbol(tree)
    try:
        return Expression("", _NOWHERE, tree, frozenset()).evaluate(names)
    except ArchspecError as error:
        raise Unwritable from error


def holds(tree: ast.expr, execs: Iterable[Exec], values: Iterable[Any]) -> bool:
    """True where the expression gives the value it should in every execution."""
    try:
        return all(same(evaluate(tree, e.names), v) for e, v in zip(execs, values, strict=True))
    except Unwritable:
        return False


def same(a: Any, b: Any) -> bool:
    """Equality that tells 1 from True and 1.0, and a tuple from a list only by its items."""
    if isinstance(a, (tuple, list, range)) and isinstance(b, (tuple, list, range)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return kind(a) is kind(b) and bool(a == b)


def literal(value: Any) -> ast.expr:
    """A value written out."""
    if isinstance(value, Symbol):
        return value.tree
    value = plain(value)
    if isinstance(value, range):
        value = tuple(value)
    if isinstance(value, (tuple, list)):
        return ast.Tuple([literal(v) for v in value], ast.Load())
    if isinstance(value, float) and not math.isfinite(value):
        raise Unwritable
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if value is None or isinstance(value, (int, float, str, bool)):
        return ast.Constant(value)
    raise Unwritable


def counted(tree: ast.expr) -> ast.expr:
    """`range(27)` for a list that is written out from 0 to 26."""
    numbers = [e.value for e in getattr(tree, "elts", ()) if isinstance(e, ast.Constant)]
    if len(numbers) < 2 or not same(numbers, list(range(len(getattr(tree, "elts", ()))))):
        return tree
    return ast.Call(name("range"), [literal(len(numbers))], [])


def names_in(tree: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - _BUILTINS


class _Convert(ast.NodeTransformer):
    """Spec expression -> constructor expression: names the class has stay, the rest is folded."""

    def __init__(
        self, known: Mapping[str, ast.expr], envs: list[Mapping[str, Any]], channels: str | None
    ) -> None:
        self.known, self.envs, self.channels = known, envs, channels

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.known:
            return self.known[node.id]
        if node.id in _WORDS and node.id not in self.envs[0]:
            return ast.Constant(_WORDS[node.id])
        values = [env[node.id] for env in self.envs if node.id in env]
        if len(values) == len(self.envs) and all(same(v, values[0]) for v in values):
            return literal(values[0])
        raise Unwritable

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "input":
            if node.attr in ("channels", "features") and self.channels is not None:
                return name(self.channels)
            values = [_attribute(env["input"], node.attr) for env in self.envs]
            if all(same(v, values[0]) for v in values):
                return literal(values[0])
        raise Unwritable

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        raise Unwritable  # its name would have to be told from all others

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if self.channels is not None and equal(node, _FIRST_SIZE):
            return name(self.channels)
        return fold_constants(
            ast.Subscript(self.visit(node.value), self.visit(node.slice), ast.Load())
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        call = ast.Call(ast.Name(function, ast.Load()), [self.visit(a) for a in node.args], [])
        folded = fold_constants(call)
        if isinstance(folded, ast.Call) and function not in _BUILTINS:
            raise Unwritable
        return folded

    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(_copy(node))
        return fold_constants(node) if isinstance(node, ast.expr) else node


def _copy(node: ast.AST) -> ast.AST:
    """A shallow copy with lists of its own: the transformer writes into what it visits."""
    fields = {
        key: list(value) if isinstance(value, list) else value
        for key, value in ast.iter_fields(node)
    }
    return type(node)(**fields)


def _attribute(space: Any, attribute: str) -> Any:
    if isinstance(space, Namespace) and attribute in space.attributes:
        return space.attributes[attribute]
    raise Unwritable


def convert(
    value: Value,
    known: Mapping[str, ast.expr],
    envs: list[Mapping[str, Any]],
    channels: str | None,
) -> ast.expr:
    """A spec's value as an expression over the constructor's names.

    Args:
        known: spec names that the constructor has, with what it says for them.
        envs: the spec's environment in each execution.
        channels: the constructor's name for the channels of what feeds the block; None for
            the network's own, which is given none.

    Raises:
        Unwritable: where it depends on something the constructor does not have.
    """
    if isinstance(value, Constant):
        return literal(value.value)
    if isinstance(value, ListValue):
        items = [convert(v, known, envs, channels) for v in value.items]
        return ast.Tuple(items, ast.Load())
    if isinstance(value, Expression):
        converted = _Convert(known, envs, channels).visit(value.tree)
        assert isinstance(converted, ast.expr)
        return converted
    raise Unwritable


def fold_constants(tree: ast.expr) -> ast.expr:
    """Constants computed, and `x * 1`, `x + 0`, `x * a // a` said shorter."""
    if isinstance(tree, ast.IfExp) and isinstance(tree.test, ast.Constant):
        return tree.body if tree.test.value else tree.orelse
    if isinstance(tree, ast.BoolOp):
        return _fold_bool(tree)
    if isinstance(tree, ast.BinOp):
        short = _fold_binary(tree)
        if short is not None:
            return short
    plain = (ast.Constant, ast.Name, ast.Tuple, ast.Slice)  # a slice has no value by itself
    if not isinstance(tree, plain) and not names_in(tree):
        try:
            return literal(evaluate(tree, {}))
        except Unwritable:
            return tree
    return tree


_OPPOSITES: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def negated(tree: ast.expr) -> ast.expr:
    """The condition that holds where this one does not, without a `not` where that can be."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return tree.operand
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and type(tree.ops[0]) in _OPPOSITES:
        return ast.Compare(tree.left, [_OPPOSITES[type(tree.ops[0])]()], tree.comparators)
    return ast.UnaryOp(ast.Not(), tree)


def _fold_bool(tree: ast.BoolOp) -> ast.expr:
    """`False or x` is x, `True or x` is True; likewise `and`."""
    decides = isinstance(tree.op, ast.Or)
    rest = []
    for value in tree.values:
        if isinstance(value, ast.Constant):
            if bool(value.value) == decides:
                return ast.Constant(decides)
        else:
            rest.append(value)
    if not rest:
        return ast.Constant(not decides)
    return rest[0] if len(rest) == 1 else ast.BoolOp(tree.op, rest)


def _fold_binary(tree: ast.BinOp) -> ast.expr | None:
    left, op, right = tree.left, tree.op, tree.right
    one = isinstance(right, ast.Constant) and right.value == 1 and type(right.value) is int
    if one and isinstance(op, (ast.Mult, ast.FloorDiv)):
        return left
    if isinstance(op, ast.Mult) and isinstance(left, ast.Constant) and left.value == 1:
        return right if type(left.value) is int else None
    if isinstance(right, ast.Constant) and right.value == 0 and isinstance(op, (ast.Add, ast.Sub)):
        return left
    if isinstance(left, ast.Constant) and left.value == 0 and isinstance(op, ast.Add):
        return right
    if isinstance(op, ast.Add | ast.Sub) and isinstance(left, ast.BinOp):
        return _fold_sum(left, op, right)
    if (
        isinstance(op, ast.FloorDiv)
        and isinstance(right, ast.Constant)
        and isinstance(left, ast.BinOp)
        and isinstance(left.op, ast.Mult)
        and isinstance(left.right, ast.Constant)
        and type(left.right.value) is type(right.value) is int
        and right.value
        and left.right.value % right.value == 0
    ):
        factor = left.right.value // right.value
        return fold_constants(ast.BinOp(left.left, ast.Mult(), ast.Constant(factor)))
    return None


def _fold_sum(inner: ast.BinOp, op: ast.Add | ast.Sub, last: ast.expr) -> ast.expr | None:
    """`a - n + b` as one constant without `n`, `n + a - b` as one behind it."""
    first = inner.left
    if not isinstance(last, ast.Constant) or type(last.value) is not int:
        return None
    change = last.value if isinstance(op, ast.Add) else -last.value
    if not isinstance(inner.op, ast.Add | ast.Sub):
        return None
    if isinstance(first, ast.Constant) and type(first.value) is int:
        return ast.BinOp(ast.Constant(first.value + change), inner.op, inner.right)
    second = inner.right
    if not isinstance(second, ast.Constant) or type(second.value) is not int:
        return None
    change += second.value if isinstance(inner.op, ast.Add) else -second.value
    sign: ast.operator = ast.Add() if change >= 0 else ast.Sub()
    return fold_constants(ast.BinOp(first, sign, ast.Constant(abs(change))))


def total(parts: list[ast.expr]) -> ast.expr:
    """The sum, for the channels of a concat; equal parts are counted: `2 * channels`."""
    counts: dict[str, int] = {}
    trees: dict[str, ast.expr] = {}
    for part in parts:
        key = ast.dump(part)
        trees[key] = part
        counts[key] = counts.get(key, 0) + 1
    tree: ast.expr | None = None
    for key, part in trees.items():
        term = part
        if counts[key] > 1:
            term = fold_constants(ast.BinOp(ast.Constant(counts[key]), ast.Mult(), part))
        tree = term if tree is None else fold_constants(ast.BinOp(tree, ast.Add(), term))
    assert tree is not None
    return tree


class _Substitute(ast.NodeTransformer):
    def __init__(self, args: Mapping[str, ast.expr]) -> None:
        self.args = args

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _BUILTINS:
            return node
        if node.id not in self.args:
            raise Unwritable
        return self.args[node.id]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        node = super().generic_visit(_copy(node))
        return fold_constants(node) if isinstance(node, ast.expr) else node


def substitute(tree: ast.expr, args: Mapping[str, ast.expr]) -> ast.expr:
    """A callee's expression in the caller's terms.

    Raises:
        Unwritable: where it needs a name the caller does not pass.
    """
    result = _Substitute(args).visit(tree)
    assert isinstance(result, ast.expr)
    return result
