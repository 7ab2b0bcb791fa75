"""Fully connected: linear layers, and distances to centres."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.base import Op
from archspec.ops.shape import reshaped
from archspec.ops.stencil import Reading, everything, still
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Category, Channels, OpError, Shape, Tensor, show
from archspec.ops.work import Work


class Linear(Op):
    """y = Wx + b on features `[F]`, or on each element of a sequence `[L, F]`: `nn.Linear`.

    MACs: F * out_features for each element; the bias costs none.
    """

    name: ClassVar[str] = "linear"
    category: ClassVar[Category] = "linear"
    lettered: ClassVar[str] = "FC"
    makes: ClassVar[str | None] = "out_features"
    quiet: ClassVar[tuple[str, ...]] = ("bias",)
    called: ClassVar[str] = "FC"
    primary: ClassVar[str | None] = "out_features"
    inferred: ClassVar[tuple[str, ...]] = ("in_features",)

    out_features: Channels
    bias: bool = True

    @property
    def features_last(self) -> bool:
        return True

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) not in (1, 2):
            raise OpError(
                "E502",
                f"`linear` cannot take a value of shape {show(shape)}",
                expected="[F] or [L, F]",
                found=show(shape),
                hint="put `flatten` before it"
                + (", or `global_avg_pool` and then `flatten`" if prod(shape[1:]) > 1 else ""),
            )
        return (*shape[:-1], self.out_features)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        (shape,) = inputs
        weight = Tensor("weight", (self.out_features, shape[-1]), "weight")
        return (weight, Tensor("bias", (self.out_features,), "bias")) if self.bias else (weight,)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A value of the output: F MACs; with a bias, one addition."""
        (shape,) = inputs
        macs = prod(shape) * self.out_features
        return Work(macs, elementwise=prod(output) if self.bias else 0)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """Of all positions at once, for which a permuted sequence is copied.

        To what does not lie row by row the bias is added by a kernel of its own.
        """
        (x,) = inputs
        shape, tensors = self.batched(x), self.tensors(x.shape[1:])
        apart = len(shape) > 2 and x.strides is not None
        if apart:
            x = reshaped(tape, x, (prod(x.shape[:-1]), x.shape[-1]))
        out = tape.product(shape, x, tensors)
        return tape.merge(shape, out) if apart and self.bias else out

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return ((*still(len(output))[:-1], None),)


class RBF(Op):
    """Squared distances to fixed centres: y_i = sum over j of (x_j - c_ij)^2.

    The output layer of LeNet-5, for which a small distance means "this class"; LeCun et al. 1998,
    section II-B. The centres are not trained: random signs +1 and -1, as the paper allows, in a
    buffer that a checkpoint may fill with others.
    """

    name: ClassVar[str] = "rbf"
    category: ClassVar[Category] = "linear"
    makes: ClassVar[str | None] = "out_features"
    called: ClassVar[str] = "RBF"
    primary: ClassVar[str | None] = "out_features"
    inferred: ClassVar[tuple[str, ...]] = ("in_features",)

    out_features: Channels

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 1:
            raise OpError(
                "E502",
                f"`rbf` cannot take a value of shape {show(shape)}",
                expected="[F]",
                found=show(shape),
                hint="put `flatten` before it",
            )
        return (self.out_features,)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return (Tensor("centres", (self.out_features, inputs[0][0]), "buffer"),)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A value of the output: F differences, F squares and F - 1 additions."""
        return Work(elementwise=(3 * inputs[0][0] - 1) * self.out_features)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        batch, features = x.shape
        away = tape.call((batch, self.out_features, features), x, dtype=tape.usual)
        squares = tape.power(away)
        return tape.call((batch, self.out_features), squares)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (everything(1),)
