"""Fully connected: linear layers, and distances to centres."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.base import Op, OpError, Positive, Shape, Tensor, show


class Linear(Op):
    """y = Wx + b on features `[F]`, or on each element of a sequence `[L, F]`: `nn.Linear`.

    MACs: F * out_features for each element; the bias costs none.
    """

    name: ClassVar[str] = "linear"
    primary: ClassVar[str | None] = "out_features"
    inferred: ClassVar[tuple[str, ...]] = ("in_features",)

    out_features: Positive
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) not in (1, 2):
            raise OpError(
                "E502",
                f"`linear` cannot take a value of shape {show(shape)}",
                expected="[F] or [L, F]",
                found=show(shape),
                hint="put `flatten` or `global_avg_pool` before it",
            )
        return (*shape[:-1], self.out_features)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        (shape,) = inputs
        weight = Tensor("weight", (self.out_features, shape[-1]), "weight")
        return (weight, Tensor("bias", (self.out_features,), "bias")) if self.bias else (weight,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        (shape,) = inputs
        return prod(shape) * self.out_features


class RBF(Op):
    """Squared distances to fixed centres: y_i = sum over j of (x_j - c_ij)^2.

    The output layer of LeNet-5, for which a small distance means "this class"; LeCun et al. 1998,
    section II-B. The centres are not trained: random signs +1 and -1, as the paper allows, in a
    buffer that a checkpoint may fill with others.
    """

    name: ClassVar[str] = "rbf"
    primary: ClassVar[str | None] = "out_features"
    inferred: ClassVar[tuple[str, ...]] = ("in_features",)

    out_features: Positive

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
