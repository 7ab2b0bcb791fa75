"""Normalisation."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import (
    Expect,
    NotNegative,
    Number,
    Op,
    OpError,
    Positive,
    Shape,
    Tensor,
    show,
    spatial,
)

Momentum = Annotated[
    Annotated[float, Field(ge=0, le=1)] | None,
    Expect("a number from 0 to 1, or null for a cumulative mean"),
]


def _affine(shape: Shape, *, bias: bool = True) -> tuple[Tensor, ...]:
    weight = Tensor("weight", shape, "weight")
    return (weight, Tensor("bias", shape, "bias")) if bias else (weight,)


def _running(channels: int) -> tuple[Tensor, ...]:
    return (
        Tensor("running_mean", (channels,), "buffer"),
        Tensor("running_var", (channels,), "buffer"),
        Tensor("num_batches_tracked", (), "buffer", "long"),
    )


class _Running(Op):
    """What batch and instance norm have in common."""

    inferred: ClassVar[tuple[str, ...]] = ("num_features",)

    eps: NotNegative = 1e-5
    momentum: Momentum = 0.1
    affine: bool = True
    track_running_stats: bool = True

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        channels = inputs[0][0]
        return (
            *(_affine((channels,)) if self.affine else ()),
            *(_running(channels) if self.track_running_stats else ()),
        )


class BatchNorm(_Running):
    """(x - mean) / sqrt(var + eps) * weight + bias, over batch and positions of each channel.

    Ioffe & Szegedy 2015. `[F]` and `[C, L]` give `nn.BatchNorm1d`, images `nn.BatchNorm2d`,
    volumes `nn.BatchNorm3d`. Running mean and variance are buffers, not parameters.
    """

    name: ClassVar[str] = "batch_norm"

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (0, 1, 2, 3))
        return inputs[0]


class InstanceNorm(_Running):
    """Batch norm's formula over the positions of one channel of one sample.

    Ulyanov et al. 2016. `nn.InstanceNorm1d`, `nn.InstanceNorm2d`, `nn.InstanceNorm3d`, with
    their defaults: no weight, no bias, no running statistics.
    """

    name: ClassVar[str] = "instance_norm"

    affine: bool = False
    track_running_stats: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if prod(spatial(self, shape)) == 1:
            raise OpError(
                "E505",
                "`instance_norm` of a single position is always zero",
                expected="more than one position in each channel",
                found=show(shape),
            )
        return shape


class LayerNorm(Op):
    """Batch norm's formula over the trailing axes of one sample: `nn.LayerNorm`.

    Ba et al. 2016. `axes` says over how many; all of them where it is not given. A sequence
    `[L, F]` whose elements are normalised one by one wants `axes: 1`.
    """

    name: ClassVar[str] = "layer_norm"
    primary: ClassVar[str | None] = "axes"
    inferred: ClassVar[tuple[str, ...]] = ("normalized_shape",)

    axes: Positive | None = None
    eps: NotNegative = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def normalized_shape(self, shape: Shape) -> Shape:
        """The trailing axes that are normalised."""
        return shape if self.axes is None else shape[-self.axes :]

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if self.axes is not None and self.axes > len(shape):
            raise OpError(
                "E210",
                f"`layer_norm` over {self.axes} axes of a value of shape {show(shape)}",
                expected=f"at most {len(shape)}; the batch axis is not counted",
                found=str(self.axes),
                attribute="axes",
            )
        return shape

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        if not self.elementwise_affine:
            return ()
        return _affine(self.normalized_shape(inputs[0]), bias=self.bias)


class GroupNorm(Op):
    """Batch norm's formula over groups of channels of one sample: `nn.GroupNorm`.

    Wu & He 2018. Weight and bias are one a channel.
    """

    name: ClassVar[str] = "group_norm"
    primary: ClassVar[str | None] = "num_groups"
    inferred: ClassVar[tuple[str, ...]] = ("num_channels",)

    num_groups: Positive
    eps: NotNegative = 1e-5
    affine: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if shape[0] % self.num_groups:
            raise OpError(
                "E504",
                f"{shape[0]} channels do not divide into {self.num_groups} groups",
                expected=f"channels divisible by num_groups={self.num_groups}",
                found=show(shape),
                attribute="num_groups",
            )
        return shape

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return _affine(inputs[0][:1]) if self.affine else ()


class LocalResponseNorm(Op):
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels) ** beta.

    Krizhevsky et al. 2012, section 3.3, who do not divide alpha by `size`: their alpha of
    1e-4 at n = 5 is `alpha: 5e-4` here, as in `nn.LocalResponseNorm`. No parameters.
    """

    name: ClassVar[str] = "local_response_norm"
    primary: ClassVar[str | None] = "size"

    size: Positive
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0])
        return inputs[0]
