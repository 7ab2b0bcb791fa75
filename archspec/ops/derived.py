"""Sizes that a spec reads from values: numbers that remember how they were computed.

`input.height // 2` is a number here, and another one where the input has another size. A
`Size` (or, after a division, a `Ratio`) is that number, with the expression that gives it over
the shapes of values. A node keeps the expressions of its attributes, so that another input size
evaluates them anew and generated code can write them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_WEIGHT = 200
"""From so many operations on a number is a plain one, as its expression could double at a step."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "negative": operator.neg,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "int": math.trunc,
    "max": max,
    "min": min,
    "round": round,
    "sum": sum,
}
"""What a derived size can be computed with."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The size of one axis of a value, which is a node of the graph; the batch is not counted."""

    value: Any
    axis: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of sizes and numbers; `weight` is how many it takes to compute it."""

    function: str
    arguments: tuple[Tree, ...]
    weight: int


Tree = Any
"""A derived size: an `Axis`, an `Apply`, a plain number or word, or a tuple of such."""


class Size(int):
    """A whole number computed from the shapes of values."""

    tree: Tree

    def __new__(cls, number: int, tree: Tree) -> Size:
        self = super().__new__(cls, number)
        self.tree = tree
        return self

    def __getnewargs__(self) -> tuple[int, Tree]:  # type: ignore[override]
        return int(self), self.tree


class Ratio(float):
    """A fraction computed from the shapes of values."""

    tree: Tree

    def __new__(cls, number: float, tree: Tree) -> Ratio:
        self = super().__new__(cls, number)
        self.tree = tree
        return self

    def __getnewargs__(self) -> tuple[float, Tree]:  # type: ignore[override]
        return float(self), self.tree


DERIVED = (Size, Ratio)


def traced(result: Any, function: str, *arguments: Any) -> Any:
    """The result of a function, with how it was computed where an argument was derived."""
    if function not in FUNCTIONS or not is_derived(arguments):
        return plain(result)
    trees = tuple(map(tree_of, arguments))
    weight = 1 + sum(map(_weight, trees))
    if weight > MAX_WEIGHT:
        return plain(result)
    tree = Apply(function, trees, weight)
    if not isinstance(result, int | float):  # a list, as long as a size says
        return result
    return Size(result, tree) if isinstance(result, int) else Ratio(result, tree)


def is_derived(value: Any) -> bool:
    """Whether a value, or a part of it, was computed from the shapes of values."""
    if isinstance(value, tuple | list):
        return any(map(is_derived, value))
    return isinstance(value, DERIVED)


def plain(value: Any) -> Any:
    """A value as an ordinary one, at any depth."""
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value)) if is_derived(value) else value
    if isinstance(value, Size):
        return int(value)
    return float(value) if isinstance(value, Ratio) else value


def kind(value: Any) -> type:
    """The type of a value, whether it is derived or not, and whatever a text may name."""
    if isinstance(value, str):
        return str
    return type(plain(value)) if isinstance(value, DERIVED) else type(value)


def as_float(value: float) -> float:
    """A whole number as a fraction."""
    return Ratio(value, value.tree) if isinstance(value, Size) else float(value)


def tree_of(value: Any) -> Tree:
    """The expression behind a value; a plain one is its own."""
    if isinstance(value, tuple | list):
        return tuple(map(tree_of, value))
    return value.tree if isinstance(value, DERIVED) else value


def axes(tree: Tree) -> Iterator[Axis]:
    """Every size that an expression reads."""
    stack = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Axis):
            yield part
        elif isinstance(part, Apply):
            stack += part.arguments
        elif isinstance(part, tuple):
            stack += part


def compute(tree: Tree, size: Callable[[Axis], int]) -> Any:
    """The value of an expression where axes have other sizes.

    Raises:
        ArithmeticError, ValueError, TypeError: where it has none.
    """
    if isinstance(tree, Axis):
        return size(tree)
    if isinstance(tree, Apply):
        return FUNCTIONS[tree.function](*(compute(a, size) for a in tree.arguments))
    if isinstance(tree, tuple):
        return tuple(compute(part, size) for part in tree)
    return tree


def relative(tree: Tree, place: Callable[[Any], Any]) -> Tree:
    """An expression in terms that do not say where it stands."""
    if isinstance(tree, Axis):
        return ("axis", place(tree.value), tree.axis)
    if isinstance(tree, Apply):
        return (tree.function, *(relative(part, place) for part in tree.arguments))
    if isinstance(tree, tuple):
        return tuple(relative(part, place) for part in tree)
    return tree


def _weight(tree: Tree) -> int:
    if isinstance(tree, tuple):
        return sum(map(_weight, tree))
    return tree.weight if isinstance(tree, Apply) else 1
