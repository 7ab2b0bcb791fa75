"""Normalisation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from math import prod
from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import Op, spatial
from archspec.ops.stencil import Along, Reading, everything, still, window
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    AboveZero,
    Category,
    Expect,
    Groups,
    Kind,
    NotNegative,
    Number,
    OpError,
    Positive,
    Shape,
    Tensor,
    show,
)
from archspec.ops.work import Work

Momentum = Annotated[
    Annotated[float, Field(ge=0, le=1)] | None,
    Expect("a number from 0 to 1, or null for a cumulative mean"),
    Kind("number"),
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


def _standardised(values: int, groups: int, affine: int) -> Work:
    """The work of normalising values by the mean and variance of their groups.

    Of n values the mean takes n - 1 additions and a division; the variance n differences, n
    squares, n - 1 additions and a division; 1 / sqrt(var + eps) takes 3, and n products follow.
    `affine` is how many of weight and bias there are.
    """
    return Work(elementwise=(5 + affine) * values + 3 * groups)


class _Running(Op):
    """What batch and instance norm have in common."""

    category: ClassVar[Category] = "normalisation"
    quiet: ClassVar[tuple[str, ...]] = ("eps", "momentum", "affine", "track_running_stats")
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

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """In evaluation, with running statistics, 2 operations a value; otherwise as in
        `layer_norm`, but a batch norm's 3 a channel are the whole batch's.
        """
        if self.track_running_stats and not training:
            return Work(elementwise=2 * prod(output))
        return _standardised(prod(output), self.groups(output), 2 if self.affine else 0)

    @abstractmethod
    def groups(self, output: Shape) -> int:
        """Return how many means and variances one sample has for itself."""

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        rank = len(output)
        if self.track_running_stats:
            return (still(rank),)
        return ((*still(rank)[:1], *everything(rank - 1)),)


class BatchNorm(_Running):
    """(x - mean) / sqrt(var + eps) * weight + bias, over batch and positions of each channel.

    Ioffe & Szegedy 2015. `[F]` and `[C, L]` give `nn.BatchNorm1d`, images `nn.BatchNorm2d`,
    volumes `nn.BatchNorm3d`. Running mean and variance are buffers, not parameters.
    """

    name: ClassVar[str] = "batch_norm"

    eps: AboveZero = 1e-5

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (0, 1, 2, 3))
        return inputs[0]

    def groups(self, output: Shape) -> int:
        return 0

    def batch_values(self, *inputs: Shape) -> int | None:
        return prod(inputs[0][1:])

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if not tape.training and self.track_running_stats:
            return tape.call(x.shape, x, keeps=[x], trained=self.affine)
        return _normalised(tape, x, x.shape[1:2], trained=self.affine)


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

    def groups(self, output: Shape) -> int:
        return output[0]

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """A batch norm of one sample with batch x channels, whose weights PyTorch repeats."""
        (x,) = inputs
        shape = (x.shape[0] * x.shape[1],)
        running = 2 if self.track_running_stats else 0
        copies = [tape.tensor(shape, kind="weight copies") for _ in range(self.affine + running)]
        if not tape.training and self.track_running_stats:
            out = tape.call(x.shape, x, keeps=[x, *copies], aside=copies, trained=self.affine)
        else:
            out = _normalised(tape, x, shape, copies, trained=self.affine)
        out.viewed = True
        return out


class LayerNorm(Op):
    """Batch norm's formula over the trailing axes of one sample: `nn.LayerNorm`.

    Ba et al. 2016. `axes` says over how many; all of them where it is not given. A sequence
    `[L, F]` whose elements are normalised one by one wants `axes: 1`.
    """

    name: ClassVar[str] = "layer_norm"
    category: ClassVar[Category] = "normalisation"
    quiet: ClassVar[tuple[str, ...]] = ("eps", "elementwise_affine", "bias")
    primary: ClassVar[str | None] = "axes"
    inferred: ClassVar[tuple[str, ...]] = ("normalized_shape",)

    axes: Annotated[Positive | None, Kind("count")] = None
    eps: NotNegative = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    @property
    def features_last(self) -> bool:
        return self.axes is not None

    def spoken(self, rank: int) -> tuple[str, ...]:
        if self.axes is None or self.axes > rank:
            return ("layer norm",)
        return "layer norm", f"last {'axis' if self.axes == 1 else f'{self.axes} axes'}"

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
                hint="how many values these have follows from the shape: write `layer_norm:`",
                attribute="axes",
            )
        if prod(self.normalized_shape(shape)) == 1:
            raise OpError(
                "E505",
                "`layer_norm` of a single value is always zero",
                expected="more than one value in what is normalised together",
                found=show(shape),
                attribute="axes",
            )
        return shape

    def built_for(self, *inputs: Shape) -> Shape:
        return self.normalized_shape(inputs[0])

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        if not self.elementwise_affine:
            return ()
        return _affine(self.normalized_shape(inputs[0]), bias=self.bias)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For n values that are normalised together 5 n + 3 operations: n for the mean, 3 n for
        the variance, 3 for 1 / sqrt(var + eps), n to multiply; one more a value for the weight,
        and one for the bias.
        """
        affine = (1 + self.bias) if self.elementwise_affine else 0
        groups = prod(output[: len(output) - len(self.normalized_shape(output))])
        return _standardised(prod(output), groups, affine)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        axes = len(self.normalized_shape(x.shape[1:]))
        return _normalised(tape, x, x.shape[: len(x.shape) - axes], trained=self.elementwise_affine)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        rank, over = len(output), len(self.normalized_shape(output))
        return ((*still(rank)[: rank - over], *everything(over)),)


class GroupNorm(Op):
    """Batch norm's formula over groups of channels of one sample: `nn.GroupNorm`.

    Wu & He 2018. Weight and bias are one a channel.
    """

    name: ClassVar[str] = "group_norm"
    category: ClassVar[Category] = "normalisation"
    quiet: ClassVar[tuple[str, ...]] = ("eps", "affine")
    primary: ClassVar[str | None] = "num_groups"
    inferred: ClassVar[tuple[str, ...]] = ("num_channels",)

    num_groups: Groups
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
        if prod(shape) == self.num_groups:
            raise OpError(
                "E505",
                "`group_norm` of a single value is always zero",
                expected="more than one value in each group",
                found=show(shape),
                attribute="num_groups",
            )
        return shape

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return _affine(inputs[0][:1]) if self.affine else ()

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """As in `layer_norm`, for each group."""
        return _standardised(prod(output), self.num_groups, 2 if self.affine else 0)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """Of a permuted map or a part of one, a copy."""
        (x,) = inputs
        if x.strides is not None:
            x = tape.merge(x.shape, x)
        return _normalised(tape, x, (x.shape[0], self.num_groups), trained=self.affine)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (everything(len(output)),)


class LocalResponseNorm(Op):
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels) ** beta.

    Krizhevsky et al. 2012, section 3.3, who do not divide alpha by `size`: their alpha of
    1e-4 at n = 5 is `alpha: 5e-4` here, as in `nn.LocalResponseNorm`. No parameters.
    """

    name: ClassVar[str] = "local_response_norm"
    category: ClassVar[Category] = "normalisation"
    quiet: ClassVar[tuple[str, ...]] = ("alpha", "beta", "k")
    primary: ClassVar[str | None] = "size"
    sized: ClassVar[tuple[str, ...]] = ("size", "alpha", "beta", "k")

    size: Annotated[Positive, Kind("kernel")]
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0])
        return inputs[0]

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """`size` + 4 operations a value: a square, `size` - 1 additions, the factor, k, the power,
        the division.
        """
        return Work(elementwise=(self.size + 4) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """The steps of `F.local_response_norm`, each of which keeps what its derivative reads."""
        (x,) = inputs
        squares = tape.multiply(x, x)
        batch, channels, *sizes = x.shape
        padded = tape.call((batch, channels + self.size - 1, *sizes), squares)
        padded = tape.widened(padded)
        mean = tape.call(x.shape, padded, keeps=[padded])
        base = tape.call(x.shape, tape.call(x.shape, mean))
        scale = tape.power(base)
        tape.hold(mean)
        return tape.divide(x, scale)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        channels = window(start=-(self.size // 2), taps=self.size)
        return ((Along(0, channels), *still(len(output))[1:]),)


def _normalised(
    tape: Tape, x: Value, groups: Shape, copies: Iterable[Value] = (), *, trained: bool
) -> Value:
    """A kernel that keeps its input, and of each group its mean and its inverse deviation."""
    statistics = [tape.tensor(groups, "float32", "statistics") for _ in range(2)]
    aside = [*copies, *statistics]
    return tape.call(x.shape, x, keeps=[x, *aside], aside=aside, trained=trained)
