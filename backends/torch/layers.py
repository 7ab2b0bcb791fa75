"""How one op is said in PyTorch: a module, a functional expression, or both.

A lowering is a function from an op and the shapes it reads to a `Layer`. It says what to
write, never where: the emitter decides whether the module or the expression is used, and
replaces argument values by the spec's expressions where these hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph
from archspec.ops.base import Op
from archspec.ops.types import Shape

_REQUIRED: Any = object()


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a constructor or function.

    Attributes:
        name: the keyword PyTorch knows it by.
        value: what this use passes; an int, float, bool, str, None or tuple of these.
        origin: the attribute of the op the value was taken from unchanged, or
            `@channels`, `@features` for the size of the operand's first axis; None
            for a value that was computed.
        default: PyTorch's default; an argument that equals it is not written.
        positional: True for the leading arguments people write without the keyword.
    """

    name: str
    value: Any
    origin: str | None = None
    default: Any = _REQUIRED
    positional: bool = False

    @property
    def is_default(self) -> bool:
        return self.default is not _REQUIRED and bool(
            type(self.value) is type(self.default) and self.value == self.default
        )


@dataclass(frozen=True, slots=True)
class Construct:
    """A module to construct: `nn.Conv2d` and its arguments."""

    name: str
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class Expr:
    """A functional expression.

    Attributes:
        template: Python text in which `{x}` stands for the operands, joined by `joiner`,
            and `{args}` for `, name=value` of each argument that is not a default.
            `F.relu({x}{args})`, `torch.cat([{x}], 1)`, `{x}` with joiner ` + `.
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
        helper: the definition of `backends/torch/helpers` that either needs.
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


Lowering = Callable[[Any, tuple[Shape, ...]], Layer]

_BESIDE = {"resize": "shape", "special_pool": "pool"}
"""The families whose lowerings stand in the file of another."""


class Lowerings(dict[type[Op], Lowering]):
    """The lowering of each op; the file of its family is imported when one is asked for."""

    def find(self, op: type[Op]) -> Lowering | None:
        """The lowering of an op, where it has one."""
        if op not in self and op.__module__.startswith("archspec."):
            family = op.family()
            name = f"archspec.backends.torch.lowerings.{_BESIDE.get(family, family)}"
            if find_spec(name) is not None:
                import_module(name)
        return self.get(op)

    def __missing__(self, op: type[Op]) -> Lowering:
        found = self.find(op)
        if found is None:
            raise KeyError(op.name)
        return found


LOWERINGS = Lowerings()


def check_lowered(graph: Graph) -> None:
    """Raise E602 for the first op of a graph that has no lowering."""
    for node in graph.nodes:
        if not node.op.internal and LOWERINGS.find(type(node.op)) is None:
            message = f"PyTorch code cannot be written for `{node.op.name}`"
            raise ArchspecError(Diagnostic("E602", message, node.span))


_L = TypeVar("_L", bound=Lowering)


def lowers(op: type[Op]) -> Callable[[_L], _L]:
    """Register the lowering of `op`."""

    def register(function: _L) -> _L:
        LOWERINGS[op] = function
        return function

    return register


def from_attribute(op: Op, name: str, default: Any = _REQUIRED, *, positional: bool = False) -> Arg:
    """The argument that passes an attribute on under its own name."""
    return Arg(name, getattr(op, name), origin=name, default=default, positional=positional)
