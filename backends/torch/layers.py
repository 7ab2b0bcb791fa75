"""How one op is said in PyTorch: a module, a functional expression, or both.

A lowering is a function from an op and the shapes it reads to a `Layer`. It says what to
write, never where: the emitter decides whether the module or the expression is used, and
replaces argument values by the spec's expressions where these hold.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from archspec.codegen.forms import REQUIRED, Arg, Construct, Expr, Layer
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph
from archspec.ops.base import Op
from archspec.ops.types import Shape

__all__ = [
    "LOWERINGS",
    "Arg",
    "Construct",
    "Expr",
    "Layer",
    "check_lowered",
    "from_attribute",
    "lowers",
]

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


def from_attribute(op: Op, name: str, default: Any = REQUIRED, *, positional: bool = False) -> Arg:
    """The argument that passes an attribute on under its own name."""
    return Arg(name, getattr(op, name), origin=name, default=default, positional=positional)
