"""Dropout in its forms. Each is the identity in evaluation, and keeps the shape."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.base import Op, spatial
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Category, DropRate, Shape
from archspec.ops.work import Work


class _Dropout(Op):
    """Base of the dropouts.

    Class attributes:
        for_draw, for_value: operations that a draw takes, and a value.
    """

    category: ClassVar[Category] = "noise"
    hidden: ClassVar[tuple[str, ...]] = ("inplace",)
    primary: ClassVar[str | None] = "p"
    passes_on: ClassVar[bool] = True
    local: ClassVar[bool] = True
    trains_only: ClassVar[bool] = True
    for_draw: ClassVar[int] = 1
    for_value: ClassVar[int] = 1

    p: DropRate = 0.5
    inplace: bool = False

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """In training a draw, for each value or each channel, is compared with p; 1 operation makes
        a factor of it, and 1 a value applies it. In the alpha kinds 4 make a factor and an offset,
        and 2 a value apply them.
        """
        if not training or self.p == 0:
            return Work()
        draws = prod(self._mask((1, *output)))
        operations = self.for_draw * draws + self.for_value * prod(output)
        return Work(elementwise=operations, comparisons=draws)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if not tape.training or self.p == 0:
            return x
        return self._masked(tape, x, self._mask(x.shape))

    def _masked(self, tape: Tape, x: Value, drawn: Shape) -> Value:
        return tape.mask(x, drawn, in_place=self.inplace)

    def _mask(self, shape: Shape) -> Shape:
        """One draw a value, or one a channel."""
        return shape


class Dropout(_Dropout):
    """Sets each value to zero with probability p and scales the rest by 1 / (1 - p).

    Srivastava et al. 2014. `nn.Dropout`.
    """

    name: ClassVar[str] = "dropout"


class SpatialDropout(_Dropout):
    """Dropout of whole channels: `nn.Dropout1d`, `nn.Dropout2d`, `nn.Dropout3d`.

    Tompson et al. 2014.
    """

    name: ClassVar[str] = "spatial_dropout"

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0])
        return inputs[0]

    def _mask(self, shape: Shape) -> Shape:
        return (*shape[:2], *(1 for _ in shape[2:]))


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for networks of `selu`. Klambauer et al. 2017."""

    name: ClassVar[str] = "alpha_dropout"
    for_draw: ClassVar[int] = 4
    for_value: ClassVar[int] = 2

    def _masked(self, tape: Tape, x: Value, drawn: Shape) -> Value:
        """Times a mask, plus another tensor of its size; the module never works in place."""
        mask = tape.tensor(drawn, x.dtype, "masks")
        shift = tape.tensor(drawn, x.dtype, "masks")
        return tape.call(x.shape, x, keeps=[mask], aside=[mask, shift])


class FeatureAlphaDropout(AlphaDropout):
    """`alpha_dropout` of whole channels."""

    name: ClassVar[str] = "feature_alpha_dropout"

    def _mask(self, shape: Shape) -> Shape:
        return (*shape[:2], *(1 for _ in shape[2:]))
