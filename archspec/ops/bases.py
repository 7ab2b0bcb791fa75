"""What is the same for many ops: those that work value by value, and those that move values."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.base import Op
from archspec.ops.types import Category, Child, Shape
from archspec.ops.work import Work


class Pointwise(Op):
    """Base of the ops that do the same to every value.

    Class attributes:
        each: what is computed for one value.
    """

    category: ClassVar[Category] = "activation"
    local: ClassVar[bool] = True
    each: ClassVar[Work]

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        return self.each * prod(output)


class Function(Pointwise):
    """Base of elementwise ops that nobody keeps as a layer."""

    child: ClassVar[Child] = "never"


class Movement(Op):
    """Base of the ops that move values about, or give a view of them, and compute nothing."""

    category: ClassVar[Category] = "reshaping"
    child: ClassVar[Child] = "linked"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """Nothing: values are moved, not computed."""
        return Work()
