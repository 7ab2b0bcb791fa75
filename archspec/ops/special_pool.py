"""Pooling of other kinds: by a norm, at random, with a trained share."""

from __future__ import annotations

from math import floor, prod
from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import Op, spatial, spread
from archspec.ops.pool import Window, check_volume, largest, slide
from archspec.ops.stencil import Reading, fractional, over_maps
from archspec.ops.tape import OUTPUT, Tape, Value
from archspec.ops.types import (
    Category,
    Expect,
    Kernel,
    Kind,
    Margins,
    MaybeSizes,
    OpError,
    Shape,
    Tensor,
    show,
)
from archspec.ops.work import Work

_Share = Annotated[float, Field(gt=0, lt=1)]
NormType = Annotated[
    Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0)],
    Expect("a number above 0"),
    Kind("number"),
]
Ratio = Annotated[
    _Share | tuple[_Share, ...] | None,
    Expect("a number between 0 and 1, or a list with one for each axis"),
    Kind("factor"),
]


class LPPool(Window):
    """The norm of each window, (sum of x^p)^(1/p) with p the `norm_type`: `nn.LPPool2d` and kin.

    1 is the sum, 2 the length; the larger, the nearer to the maximum. x is taken as it is, so an
    odd p is for values that are not negative. Sizes as in `max_pool`, without padding. Sermanet
    et al. 2012.
    """

    name: ClassVar[str] = "lp_pool"
    quiet: ClassVar[tuple[str, ...]] = ("ceil_mode",)
    called: ClassVar[str] = "Lp pool"
    sized: ClassVar[tuple[str, ...]] = ("norm_type", "kernel_size", "stride")

    norm_type: NormType = 2
    ceil_mode: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        out = slide(self, shape, 0, 1, self.ceil_mode)
        check_volume(self, shape)
        return out

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A power for each value read; for a window of k values k - 1 additions and a root."""
        return Work(elementwise=prod(inputs[0]) + self.taps(output) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        powers = tape.power(x)
        mean = tape.call(self.batched(x), powers, keeps=[powers])
        sign = tape.call(mean.shape, mean)
        size = tape.call(mean.shape, mean, keeps=[mean])
        total = tape.multiply(sign, tape.call(mean.shape, size, keeps=[OUTPUT]))
        out = tape.power(tape.call(mean.shape, total))
        tape.hold(mean)
        return out


class StochasticPool(Window):
    """One value of each window of an image, drawn with a probability in proportion to it.

    In evaluation the mean of the window, weighted by these probabilities: sum of x^2 / sum of x.
    Reads what a ReLU gives: a negative value counts as 0. Zeiler & Fergus 2013.
    """

    name: ClassVar[str] = "stochastic_pool"

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (2,))
        return slide(self, inputs[0])

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k comparisons with 0; in evaluation k squares, two sums of k and
        a division, in training k divisions by noise and k - 1 comparisons.
        """
        k, windows = self.taps(output), prod(output)
        if training:
            return Work(elementwise=k, comparisons=2 * k - 1) * windows
        return Work(elementwise=3 * k - 1, comparisons=k) * windows

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        shape = self.batched(x)
        taps = (*shape, prod(spread(self.kernel_size, 2, "kernel_size")))
        copied = tape.call(taps, x)
        windows = tape.call(taps, copied, keeps=[copied])
        if tape.training:
            noise = tape.call(taps)
            ratio = tape.call(taps, noise)
            drawn = tape.tensor(shape, "int64", "indices")
            out = tape.call(
                shape, windows, ratio, keeps=[windows, drawn], aside=[drawn], scratch=windows.nbytes
            )
            tape.hold(noise)
            return out
        total = tape.call(shape, windows)
        total = tape.call(shape, total, keeps=[total])
        odds = tape.call(taps, windows, total, keeps=[windows, total])
        out = tape.sum(shape, tape.multiply(odds, windows))
        tape.hold(windows, total)
        return out


class MixedPool(Window):
    """a * max + (1 - a) * mean of each window of an image, with a trained a, 1/2 at first.

    One `a` for the layer, or with `per_channel` one for each channel. Sizes as in `max_pool`;
    zeros of the padding enter the mean. Lee et al. 2015, Generalizing pooling functions.
    """

    name: ClassVar[str] = "mixed_pool"
    quiet: ClassVar[tuple[str, ...]] = ("ceil_mode", "per_channel")

    padding: Margins = 0
    ceil_mode: bool = False
    per_channel: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (2,))
        return slide(self, inputs[0], self.padding, 1, self.ceil_mode)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (inputs[0][0] if self.per_channel else 1,), "weight"),)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 comparisons, k operations for the mean, 3 to mix both."""
        k = self.taps(output)
        return Work(elementwise=k + 3, comparisons=k - 1) * prod(output)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        most = largest(self, tape, x)
        mean = tape.call(most.shape, x, keeps=[x])
        apart = tape.subtract(most, mean)
        mixed = tape.call(mean.shape, apart, keeps=[apart], trained=True, scratch=mean.nbytes)
        out = tape.add(mean, mixed)
        tape.hold(most)
        return out


class FractionalMaxPool(Op):
    """Largest values of windows at random places: `nn.FractionalMaxPool2d` and its 3-D form.

    The places are drawn so that the output has just `output_size`, or floor(size * output_ratio)
    along an axis; they are drawn anew at every call, in evaluation too. Graham 2014.
    """

    name: ClassVar[str] = "fractional_max_pool"
    category: ClassVar[Category] = "pooling"
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Kernel
    output_size: MaybeSizes = None
    output_ratio: Ratio = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape, (2, 3))
        self.check_either("output_size", "output_ratio")
        out = self._wanted(sizes)
        kernel = spread(self.kernel_size, len(sizes), "kernel_size")
        for size, n, k in zip(sizes, out, kernel, strict=True):
            most = size - k + (1 if len(sizes) == 2 else 0)  # PyTorch wants one to spare in 3-D
            if not 1 <= n <= most:
                raise OpError(
                    "E505" if n else "E503",
                    f"{n} windows of {k} do not lie in {size}",
                    expected=f"an output from 1 to {most} along the axis",
                    found=show((shape[0], *out)),
                    attribute="output_ratio" if self.output_size is None else "output_size",
                )
        return (shape[0], *out)

    def _wanted(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if self.output_size is not None:
            return spread(self.output_size, len(sizes), "output_size")
        ratios = spread(self.output_ratio or 0.0, len(sizes), "output_ratio")
        return tuple(floor(size * ratio) for size, ratio in zip(sizes, ratios, strict=True))

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 comparisons."""
        k = prod(spread(self.kernel_size, len(output) - 1, "kernel_size"))
        return Work(comparisons=(k - 1) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return largest(self, tape, inputs[0])

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        kernel = spread(self.kernel_size, len(output) - 1, "kernel_size")
        return (over_maps(map(fractional, inputs[0][1:], output[1:], kernel)),)
