"""What the emitter decides before any text is laid out: classes, statements, values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from typing import Any, Literal

from archspec.codegen.places import Place
from archspec.codegen.python import LOAD, Statement, name
from archspec.ir.graph import Bundle, Instance
from archspec.ops.derived import Tree, kind

LISTS = (tuple, list, range)
PAIR = 2


@dataclass(slots=True)
class Param:
    """A constructor's parameter.

    Attributes:
        values: what each instance passes, for a parameter that its block does not have.
        default: the default, if it has one.
        spec: the spec's parameter it stands for.
        kind: its annotation.
        keyword: whether it is passed by keyword alone.
    """

    name: str
    values: dict[Instance, Any] = field(default_factory=dict)
    default: ast.expr | None = None
    spec: str | None = None
    kind: ast.expr = field(default_factory=lambda: name("int"))
    keyword: bool = False


IN_CHANNELS = ("in_channels", "in_features")
"""What inference supplies to nearly every block: the size of its input's first axis."""


def annotation(values: Sequence[Any]) -> ast.expr:
    """The type of a constructor's parameter, from what instances pass.

    Tuples of one length beside bare values are sizes, and so are pairs: these say how many they
    hold, as PyTorch's layers ask for them. Others are lists of any length.
    """
    tuples = [value for value in values if isinstance(value, LISTS)]
    kinds = {kind(v).__name__ for v in values if not isinstance(v, (*LISTS, type(None)))}
    if kinds == {"int", "float"}:
        kinds = {"float"}
    found: list[ast.expr] = [name(k) for k in sorted(kinds)]
    if tuples:
        length, *others = set(map(len, tuples))
        sized = not others and (bool(kinds) or length == PAIR)
        found.append(_tuple(tuples, length if sized else None))
    if any(value is None for value in values):
        found.append(ast.Constant(None))
    return reduce(lambda one, other: ast.BinOp(one, ast.BitOr(), other), found)


def _tuple(values: list[Any], length: int | None) -> ast.expr:
    """The type of tuples that hold so many, or any number."""
    held = annotation([item for value in values for item in value] or [0])
    items = [held, ast.Constant(...)] if length is None else [held] * length
    return ast.Subscript(name("tuple"), ast.Tuple(items, LOAD), LOAD)


# --- forward --------------------------------------------------------------------------------

_NUMBERS = count()


@dataclass(slots=True, eq=False)
class Val:
    """A value in `forward`: the concrete nodes it is in each execution, and its channels.

    Attributes:
        concrete: the bundle of nodes it stands for, one an execution.
        channels: constructor expression for the size of its first axis, if one is known.
        hint: a good name for the variable.
        ident: its id in the spec, a better one where the value goes several ways.
        many: True for several values; `parts` are they where each has a variable.
        doc: what the spec says of what computes it, if the constructor does not say that.
        token: what stands for it in expressions until its variable has a name.
    """

    concrete: list[Bundle]
    channels: ast.expr | None = None
    hint: str | None = None
    ident: str | None = None
    many: bool = False
    parts: list[Val] | None = None
    doc: str = ""
    token: str = field(default_factory=lambda: f"_{next(_NUMBERS)}")

    @property
    def tree(self) -> ast.expr:
        """It as an expression."""
        return name(self.token)

    @property
    def train_only(self) -> bool:
        return all(n.train_only for bundle in self.concrete for n in bundle)


@dataclass(slots=True, eq=False)
class Sized:
    """An argument of a `forward` that is no tensor: a size, by what it is in each instance."""

    val: Val
    trees: dict[Instance, Tree]
    kind: ast.expr


@dataclass(slots=True, eq=False)
class Compute:
    """`target = value`; `functional` where no module is called.

    Attributes:
        operands: the values that it reads.
        calls: the module that it calls with its operand and nothing else.
        infix: the sign between its operands where it is written with that alone.
        in_list: whether it takes its operands in a list, with the `spread` of an `Expr`.
        leads: whether an operand is a call's first argument, and written once.
    """

    target: Val
    operands: list[Val]
    value: ast.expr
    functional: bool = False
    infix: str = ""
    train_only: bool = False
    in_list: bool = False
    leads: bool = True
    calls: Place | None = None

    @property
    def targets(self) -> list[Val]:
        """The values it gives: `x, skip = self.layer(x)` gives two."""
        return self.target.parts if self.target.parts is not None else [self.target]


@dataclass(slots=True, eq=False)
class Choice:
    """`if test:` over a part of forward; `result` is `inner` where it ran, else `source`.

    `said` is the test as the constructor says it. `opposite` marks the other half of the choice
    before it, which becomes its `else`.
    """

    test: ast.expr
    body: list[Flowing]
    source: Val
    inner: Val
    result: Val
    said: ast.expr
    taken: frozenset[int] = frozenset()
    opposite: bool = False


Flowing = Compute | Choice


@dataclass(slots=True, eq=False)
class ClassPlan:
    """One class of the file."""

    name: str
    instances: list[Instance]
    base: Literal["module", "chain", "dictionary"] = "module"
    params: list[Param] = field(default_factory=list)
    constructor: list[Statement] = field(default_factory=list)
    inputs: list[Val] = field(default_factory=list)
    sizes: list[Sized] = field(default_factory=list)
    flow: list[Flowing] | None = None
    outputs: list[Val] = field(default_factory=list)
    many: bool = False
    channels: ast.expr | None = None

    def value(self, param: Param, instance: Instance) -> Any:
        """What the constructor of this instance receives for a parameter."""
        if instance in param.values:
            return param.values[instance]
        if param.spec is not None:
            return instance.params[param.spec]
        return instance.inputs[0].output[0]

    def signature(self) -> tuple[Any, ...]:
        """What callers depend on; recursive blocks are planned until it no longer changes."""
        return (
            tuple(p.name for p in self.params),
            ast.dump(self.channels) if self.channels is not None else None,
            self.many,
            tuple(s.val.hint for s in self.sizes),
        )
