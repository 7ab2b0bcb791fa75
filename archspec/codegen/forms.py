"""What an op becomes in a target: a module to construct, an expression, or both.

A form says what to write, never where: code generation decides whether the module or the
expression is used, and replaces argument values by the spec's expressions where these hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from archspec.codegen.python import LOAD
from archspec.ops import Op, Shape

REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a constructor or function.

    Attributes:
        name: the keyword that the target knows it by.
        value: what this use passes; an int, float, bool, str, None or tuple of these.
        origin: the attribute of the op the value was taken from unchanged, or
            `@channels`, `@features` for the size of the operand's first axis; None
            for a value that was computed.
        default: the target's default; an argument that equals it is not written.
        positional: True for the leading arguments people write without the keyword.
    """

    name: str
    value: Any
    origin: str | None = None
    default: Any = REQUIRED
    positional: bool = False

    @property
    def is_default(self) -> bool:
        return self.default is not REQUIRED and bool(
            type(self.value) is type(self.default) and self.value == self.default
        )


@dataclass(frozen=True, slots=True)
class Construct:
    """A module to construct: its class and the arguments."""

    name: str
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class Expr:
    """A functional expression.

    Attributes:
        template: Python text in which `{x}` stands for the operands, joined by `joiner`,
            and `{args}` for `, name=value` of each argument that is not a default.
            `relu({x}{args})`, `concatenated([{x}], 1)`, `{x}` with joiner ` + `.
        spread: the template used when an operand is a list of values whose number is not
            known where the code is written; it receives `*operand` inside a list display.
        references: how many operands, the last ones, fill `{ref}` instead of `{x}`.
    """

    template: str
    args: tuple[Arg, ...] = ()
    joiner: str = ", "
    spread: str | None = None
    references: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """What an op becomes.

    Attributes:
        module: the module to construct, if there is one.
        expr: the expression that does without a module.
        helper: the definition that either needs, which the file then carries.
        call: what a call of the module is given after its operands, in which `{ref}` stands
            for the operand that an attribute names: `output_size={ref}.shape[2:]`.
    """

    module: Construct | None = None
    expr: Expr | None = None
    helper: str | None = None
    call: str | None = None

    @property
    def passes(self) -> bool:
        """Whether it gives what it reads: then it names a place, and no module is needed."""
        return self.expr == Expr("{x}")


def unknown(op: Op, inputs: tuple[Shape, ...]) -> Layer:
    """What stands for an op that a target cannot write, where only the order is asked for."""
    args = tuple(Arg(key, value, key) for key, value in op)
    module = Construct(op.name, args)
    if op.tensors(*inputs):
        return Layer(module)
    function = f"ops[{op.name!r}]"
    spread = f"{function}(*[{{x}}]{{args}})"
    return Layer(module, Expr(f"{function}({{x}}{{args}})", args, spread=spread))


# --- templates as trees ---------------------------------------------------------------------

_X, _REF, _ARGS = "_x", "_ref", "_args"
"""What stands in the tree of a template for its holes; no other name begins like this."""


@lru_cache(maxsize=4096)
def _tree(template: str) -> ast.expr:
    text = template.format(x=_X, ref=_REF, args=f", **{_ARGS}")
    return ast.parse(text, mode="eval").body


def filled(
    template: str,
    operands: Sequence[ast.expr],
    references: Sequence[ast.expr] = (),
    args: Sequence[tuple[str | None, ast.expr]] = (),
    joiner: str = ", ",
) -> ast.expr:
    """A template with operands, references and arguments in its holes.

    Args:
        args: with their keywords, None for those that stand without one.
    """
    found: ast.expr = _Filler(operands, references, args, joiner).filled(_tree(template))
    return found


def arguments(template: str, references: Sequence[ast.expr]) -> ast.Call:
    """A call's further arguments, as `Layer.call` has them."""
    found = filled(f"_({template})", (), references)
    assert isinstance(found, ast.Call)
    return found


class _Filler:
    """Fills the holes of one template. Of several operands with signs between them it is a sum."""

    def __init__(
        self,
        operands: Sequence[ast.expr],
        references: Sequence[ast.expr],
        args: Sequence[tuple[str | None, ast.expr]],
        joiner: str,
    ) -> None:
        if joiner != ", ":
            operands = [_joined(operands, joiner)]
        self.holes = {_X: list(operands), _REF: list(references)}
        self.args = args

    def filled(self, tree: Any) -> Any:
        if isinstance(tree, ast.Name) and tree.id in self.holes:
            (only,) = self.holes[tree.id]
            return only
        if isinstance(tree, ast.Call):
            args = list(self.items(tree.args))
            keywords = [self.filled(k) for k in tree.keywords if not _is(k.value, _ARGS)]
            if len(keywords) < len(tree.keywords):
                args += [value for key, value in self.args if key is None]
                keywords += [ast.keyword(key, value) for key, value in self.args if key]
            return ast.Call(self.filled(tree.func), args, keywords)
        if isinstance(tree, ast.List | ast.Tuple):
            return type(tree)(list(self.items(tree.elts)), LOAD)
        if not isinstance(tree, ast.AST):
            return tree
        fields = {
            key: list(map(self.filled, part)) if isinstance(part, list) else self.filled(part)
            for key, part in ast.iter_fields(tree)
        }
        return type(tree)(**fields)

    def items(self, trees: Sequence[ast.expr]) -> Iterator[ast.expr]:
        """Items in brackets, of which a hole may be several."""
        for tree in trees:
            if isinstance(tree, ast.Name) and tree.id in self.holes:
                yield from self.holes[tree.id]
            else:
                yield self.filled(tree)


def _is(tree: ast.expr, hole: str) -> bool:
    return isinstance(tree, ast.Name) and tree.id == hole


def _joined(operands: Sequence[ast.expr], joiner: str) -> ast.expr:
    sign = ast.parse(f"a{joiner}b", mode="eval").body
    assert isinstance(sign, ast.BinOp)
    tree, *others = operands
    for other in others:
        tree = ast.BinOp(tree, sign.op, other)
    return tree


def list_itself(tree: ast.expr) -> ast.expr:
    """`f([*xs])` as `f(xs)`: one list, and no display around it."""
    if isinstance(tree, ast.List) and len(tree.elts) == 1:
        only = tree.elts[0]
        return only.value if isinstance(only, ast.Starred) else tree
    for node in ast.walk(tree):
        for key, part in ast.iter_fields(node):
            if isinstance(part, list):
                part[:] = [list_itself(p) if isinstance(p, ast.List) else p for p in part]
            elif isinstance(part, ast.List):
                setattr(node, key, list_itself(part))
    return tree
