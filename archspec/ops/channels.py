"""Scaling and channels: factors, and channels that are padded, picked and shuffled."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import Field

from archspec.ops.base import Op, spatial
from archspec.ops.bases import Movement
from archspec.ops.shape import sliced
from archspec.ops.stencil import Along, Reading, still, window
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    Category,
    Child,
    Count,
    Expect,
    Groups,
    Kind,
    NaturalNumber,
    Number,
    OpError,
    Rate,
    Shape,
    Tensor,
    show,
)
from archspec.ops.work import Work

Chosen = Annotated[
    tuple[Annotated[int, Field(ge=0)], ...],
    Field(min_length=1),
    Expect("a list of channels, counted from 0"),
    Kind("index"),
]
Bound = Annotated[
    int,
    Expect("a channel counted from 0, or from the end where it is negative"),
    Kind("channels"),
]
Stop = Annotated[
    int | None,
    Expect("the channel to stop before, counted as `start` is, or null"),
    Kind("channels"),
]
Added = Annotated[NaturalNumber, Kind("channels")]


class Scale(Op):
    """x * factor + offset. Neither is trained; `channel_affine` is.

    Inception-ResNet scales its residuals by 0.1 to 0.3: `scale: 0.17` (Szegedy et al. 2016).
    """

    name: ClassVar[str] = "scale"
    category: ClassVar[Category] = "reshaping"
    quiet: ClassVar[tuple[str, ...]] = ("offset",)
    primary: ClassVar[str | None] = "factor"
    local: ClassVar[bool] = True
    idle: ClassVar[bool] = True
    sized: ClassVar[tuple[str, ...]] = ("factor", "offset")
    child: ClassVar[Child] = "linked"

    factor: Rate = 1.0
    offset: Number = 0.0

    def spoken(self, rank: int) -> tuple[str, ...]:
        """What is done to a value, which has a name of its own: `× 0.17`, `1 −`, `× 2 + 1`."""
        factor, offset = float(self.factor), float(self.offset)
        if factor == -1 and offset:
            return (f"{offset:g} −",)
        times = f"× {factor:.3g}".replace("-", "−") if factor != 1 or not offset else ""
        plus = f"{'+' if offset > 0 else '−'} {abs(offset):g}" if offset else ""
        return (" ".join(filter(None, (times, plus))),)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A multiplication or an addition a value, or both."""
        both = self.factor != 1 and self.offset != 0
        return Work(elementwise=(1 + both) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if self.factor != 1 or not self.offset:
            x = tape.call(x.shape, x)
        return tape.shift(x, x.dtype) if self.offset else x


class ChannelAffine(Op):
    """weight * x + bias with a trained number of each for every channel.

    They begin as 1 and 0; either can be left out. LeNet's subsampling ends in one (LeCun et al.
    1998), and it is what remains of a batch norm whose statistics are fixed.
    """

    name: ClassVar[str] = "channel_affine"
    category: ClassVar[Category] = "reshaping"
    quiet: ClassVar[tuple[str, ...]] = ("bias",)
    inferred: ClassVar[tuple[str, ...]] = ("num_channels",)
    local: ClassVar[bool] = True

    weight: bool = True
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        if not (self.weight or self.bias):
            raise OpError(
                "E210",
                "`channel_affine` has neither a weight nor a bias",
                expected="at least one of them",
                found="weight: false, bias: false",
                attribute="bias",
            )
        return inputs[0]

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        shape = inputs[0][:1]
        weight = (Tensor("weight", shape, "weight"),) if self.weight else ()
        return (*weight, Tensor("bias", shape, "bias")) if self.bias else weight

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A multiplication for the weight and an addition for the bias, a value."""
        return Work(elementwise=(self.weight + self.bias) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if self.weight:
            kept, scratch = [x], x.nbytes
            x = tape.call(x.shape, x, keeps=kept, trained=True, scratch=scratch, dtype=tape.usual)
        return tape.shift(x, tape.usual, trained=True) if self.bias else x


class ChannelPad(Movement):
    """Channels of zeros before and after those there are: C become before + C + after.

    The shortcut without parameters of He et al. 2015 (option A), with `subsample`.
    """

    name: ClassVar[str] = "channel_pad"
    adapts: ClassVar[bool] = True
    resizes: ClassVar[bool] = True
    idle: ClassVar[bool] = True
    primary: ClassVar[str | None] = "after"
    sized: ClassVar[tuple[str, ...]] = ("before", "after")

    before: Added = 0
    after: Added = 0

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        return (self.before + shape[0] + self.after, *shape[1:])

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.call(self.batched(*inputs), *inputs)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return ((Along(0, window(start=-self.before)), *still(len(output))[1:]),)


class ChannelSelect(Movement):
    """The channels that `channels` lists, in its order; one may come again.

    LeNet's C3 reads some of the maps of S2 only (LeCun et al. 1998, table I).
    """

    name: ClassVar[str] = "channel_select"
    adapts: ClassVar[bool] = True
    primary: ClassVar[str | None] = "channels"
    sized: ClassVar[tuple[str, ...]] = ("channels",)

    channels: Chosen

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if max(self.channels) >= shape[0]:
            raise OpError(
                "E210",
                f"there is no channel {max(self.channels)} among {shape[0]}",
                expected=f"channels from 0 to {shape[0] - 1}",
                found=show(self.channels),
                attribute="channels",
            )
        return (len(self.channels), *shape[1:])

    def _word(self, key: str, value: Any) -> str:
        return show(value)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        channels = tape.tensor((len(self.channels),), "int64", "indices")
        return tape.call(self.batched(x), x, keeps=[channels], aside=[channels], scratch=x.nbytes)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return ((None, *still(len(output))[1:]),)


class ChannelSlice(Movement):
    """The channels from `start` up to, but not with, `stop`, every `step`-th.

    A split of the channels, as in ShuffleNet V2, is two of them (Ma et al. 2018).
    """

    name: ClassVar[str] = "channel_slice"
    adapts: ClassVar[bool] = True
    resizes: ClassVar[bool] = True
    passes_on: ClassVar[bool] = True
    idle: ClassVar[bool] = True
    sized: ClassVar[tuple[str, ...]] = ("start", "stop", "step")

    start: Bound = 0
    stop: Stop = None
    step: Count = 1

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        for attribute, bound in (("start", self.start), ("stop", self.stop)):
            if bound is not None and not -shape[0] <= bound <= shape[0]:
                raise OpError(
                    "E210",
                    f"`{attribute}` of `channel_slice` is beyond the {shape[0]} channels",
                    expected=f"from {-shape[0]} to {shape[0]}",
                    found=f"{bound}, of {show(shape)}",
                    hint="leave out `stop` for all that follow" if bound > 0 else None,
                    attribute=attribute,
                )
        first, last = self._ends(shape[0])
        if first >= last:
            raise OpError(
                "E503",
                "`channel_slice` leaves nothing",
                expected=f"a start before the stop, among {shape[0]} channels",
                found=f"{self.start} to {shape[0] if self.stop is None else self.stop}",
                attribute="start" if self.stop is None else "stop",
            )
        return (-(-(last - first) // self.step), *shape[1:])

    def _ends(self, channels: int) -> tuple[int, int]:
        """The first channel, and the one to stop before, counted from the front."""
        ends = (self.start, channels if self.stop is None else self.stop)
        first, last = (e + channels if e < 0 else e for e in ends)
        return first, last

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return sliced(tape, x, self.batched(x), (1, self.step, *(1 for _ in x.shape[2:])))

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        channels = range(inputs[0][0])[self.start : self.stop : self.step]
        return ((Along(0, window(self.step, channels.start)), *still(len(output))[1:]),)


class ChannelShuffle(Movement):
    """Deals the channels of `groups` groups out in turn: `nn.ChannelShuffle`.

    Zhang et al. 2018, ShuffleNet.
    """

    name: ClassVar[str] = "channel_shuffle"
    primary: ClassVar[str | None] = "groups"
    sized: ClassVar[tuple[str, ...]] = ("groups",)

    groups: Groups

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        spatial(self, shape)
        if shape[0] % self.groups:
            raise OpError(
                "E504",
                f"{shape[0]} channels do not divide into {self.groups} groups",
                expected=f"channels divisible by groups={self.groups}",
                found=show(shape),
                attribute="groups",
            )
        return shape

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return ((None, *still(len(output))[1:]),)
