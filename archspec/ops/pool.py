"""Pooling: windowed, adaptive and global."""

from __future__ import annotations

from math import gcd, prod
from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import Op, spatial, spread
from archspec.ops.like import Like, SizedLike, like_sizes
from archspec.ops.stencil import Reading, adaptive, over_maps, still, window
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    Category,
    Dilation,
    Expect,
    Kernel,
    Kind,
    Margins,
    OpError,
    Positive,
    Shape,
    show,
)
from archspec.ops.work import Work

MaybeStride = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)], ...] | None,
    Expect("a whole number of at least 1, a list with one for each axis, or null"),
    Kind("stride"),
]
OutputSize = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)] | None, ...] | None,
    Expect("a whole number of at least 1, or a list with one for each axis; null keeps the size"),
    Kind("size"),
]


class Window(Op):
    category: ClassVar[Category] = "pooling"
    channels_first: ClassVar[bool] = True
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Kernel
    stride: MaybeStride = None

    def taps(self, output: Shape) -> int:
        """How many values a window has."""
        return prod(self.kernel_sizes(len(output) - 1))

    def strides(self, rank: int) -> tuple[int, ...]:
        """Its strides along `rank` spatial axes; its kernel where none are given."""
        return self.kernel_sizes(rank) if self.stride is None else super().strides(rank)

    def changes_nothing(self, inputs: tuple[Shape, ...], output: Shape) -> bool:
        return self.stencils(inputs, output) == (still(len(output)),)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        rank = len(output) - 1
        kernel, dilations = self.kernel_sizes(rank), self.dilations(rank)
        starts = (-p for p in spread(getattr(self, "padding", 0), rank, "padding"))
        return (over_maps(map(window, self.strides(rank), starts, kernel, dilations)),)


class MaxPool(Window):
    """The largest value of each window: `nn.MaxPool1d`, `nn.MaxPool2d`, `nn.MaxPool3d`.

    Output size along an axis: floor((size + 2p - d(k - 1) - 1) / s) + 1. With `ceil_mode` it is
    rounded up, but the last window must start inside the map or its left padding. `stride`
    is `kernel_size` where it is not given.
    """

    name: ClassVar[str] = "max_pool"
    lettered: ClassVar[str] = "POOL"
    quiet: ClassVar[tuple[str, ...]] = ("ceil_mode",)
    sized: ClassVar[tuple[str, ...]] = ("kernel_size", "stride", "padding", "dilation")

    padding: Margins = 0
    dilation: Dilation = 1
    ceil_mode: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        return slide(self, inputs[0], self.padding, self.dilation, self.ceil_mode)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 comparisons."""
        return Work(comparisons=(self.taps(output) - 1) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return largest(self, tape, *inputs)


class AvgPool(Window):
    """The mean of each window: `nn.AvgPool1d`, `nn.AvgPool2d`, `nn.AvgPool3d`.

    Sizes as in `max_pool`. Zeros of the padding enter the mean unless `count_include_pad` is
    false; `divisor_override` (2-D and 3-D) divides the sum by another number.
    """

    name: ClassVar[str] = "avg_pool"
    quiet: ClassVar[tuple[str, ...]] = ("ceil_mode", "count_include_pad", "divisor_override")
    sized: ClassVar[tuple[str, ...]] = ("kernel_size", "stride", "padding", "divisor_override")

    padding: Margins = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: Annotated[Positive | None, Kind("count")] = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        out = slide(self, shape, self.padding, 1, self.ceil_mode)
        if self.divisor_override is not None and len(shape) == 2:
            raise OpError(
                "E210",
                "`divisor_override` exists in two and three dimensions only",
                expected="[C, H, W] or [C, D, H, W]",
                found=show(shape),
                attribute="divisor_override",
            )
        check_volume(self, shape)
        return out

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 additions and a division."""
        return Work(elementwise=self.taps(output) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(self.batched(x), x, keeps=[x])


def check_volume(op: Window, shape: Shape) -> None:
    """`nn.AvgPool3d` alone wants room for a whole window, whatever the padding.

    Raises:
        OpError: E503 when the kernel is larger than a volume.
    """
    if len(shape) == 4:
        for size, k in zip(shape[1:], spread(op.kernel_size, 3, "kernel_size"), strict=True):
            if size < k:
                raise misfit(k, size, 0, shape)


def slide(
    op: Window,
    shape: Shape,
    margins: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    ceil_mode: bool = False,
) -> Shape:
    """The shape after a window has gone over `shape`, by PyTorch's rule.

    Raises:
        OpError: E210 when the padding exceeds half the kernel, E503 when nothing is left.
    """
    sizes = spatial(op, shape)
    rank = len(sizes)
    kernel, stride = op.kernel_sizes(rank), op.strides(rank)
    padding = spread(margins, rank, "padding")
    out = []
    for size, k, s, p, d in zip(
        sizes, kernel, stride, padding, spread(dilation, rank, "dilation"), strict=True
    ):
        window = d * (k - 1) + 1
        if p > k // 2:
            raise OpError(
                "E210",
                f"a padding of {p} is more than half the kernel's {k}",
                expected=f"a padding of at most {k // 2}",
                found=str(p),
                attribute="padding",
            )
        room = size + 2 * p - window
        n = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (n - 1) * s >= size + p:
            n -= 1
        if n < 1:
            raise misfit(window, size, p, shape)
        out.append(n)
    return (shape[0], *out)


def misfit(window: int, size: int, padding: int, shape: Shape) -> OpError:
    return OpError(
        "E503",
        f"a window of {window} does not fit into {size}"
        + (f" padded by {padding} on both sides" if padding else ""),
        expected=f"spatial axes of at least {window - 2 * padding}",
        found=show(shape),
    )


class _Adaptive(SizedLike):
    category: ClassVar[Category] = "pooling"
    channels_first: ClassVar[bool] = True
    primary: ClassVar[str | None] = "output_size"
    resizes: ClassVar[bool] = True
    sized: ClassVar[tuple[str, ...]] = ("output_size",)

    output_size: OutputSize = None
    like: Like = None

    def spoken(self, rank: int) -> tuple[str, ...]:
        given = self.output_size
        if given is None:
            return ()
        sizes = given if isinstance(given, tuple) else (given,) * rank
        pool = self.name.removeprefix("adaptive_").replace("_", " ")
        return (f"{pool} to {'×'.join('any' if size is None else str(size) for size in sizes)}",)

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        sizes = spatial(self, shape)
        if self.like is not None or "output_size" not in self.model_fields_set:
            self.check_either("output_size", "like")
            return (shape[0], *like_sizes(self, len(sizes), inputs))
        wanted = spread(self.output_size, len(sizes), "output_size")
        return (shape[0], *(w or s for w, s in zip(wanted, sizes, strict=True)))

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (over_maps(map(adaptive, inputs[0][1:], output[1:])),)


def covered(shape: Shape, output: Shape) -> int:
    """How many values all windows of an adaptive pooling have together.

    The sum of ceil((i + 1) * size / n) - floor(i * size / n) along an axis: a value belongs to
    two windows wherever a border between windows does not lie between values.
    """
    axes = zip(shape[1:], output[1:], strict=True)
    return output[0] * prod(s if s % n == 0 else s + n - gcd(s, n) for s, n in axes)


class AdaptiveAvgPool(_Adaptive):
    """Means of as many windows as `output_size` asks for: `nn.AdaptiveAvgPool2d` and kin.

    Window i of n covers floor(i * size / n) to ceil((i + 1) * size / n). A null keeps an axis.
    Instead, `like` names a node: as many windows as its map has places.
    """

    name: ClassVar[str] = "adaptive_avg_pool"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 additions and a division; windows may overlap."""
        return Work(elementwise=covered(inputs[0], output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        x, shape = inputs[0], self.batched(*inputs)
        return tape.call(shape, x, keeps=[] if prod(shape[2:]) == 1 else [x])


class AdaptiveMaxPool(_Adaptive):
    """The largest values of as many windows as `output_size` asks for: `nn.AdaptiveMaxPool2d`.

    Windows as in `adaptive_avg_pool`.
    """

    name: ClassVar[str] = "adaptive_max_pool"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a window of k values k - 1 comparisons; windows may overlap."""
        return Work(comparisons=covered(inputs[0], output) - prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return largest(self, tape, *inputs)


class _Global(Op):
    category: ClassVar[Category] = "pooling"
    channels_first: ClassVar[bool] = True

    def infer(self, *inputs: Shape) -> Shape:
        return (inputs[0][0], *(1 for _ in spatial(self, inputs[0])))

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (over_maps(None for _ in output[1:]),)


class GlobalAvgPool(_Global):
    """The mean of each channel: `[C, H, W]` becomes `[C, 1, 1]`; follow it with `flatten`.

    The first axis is the channels: of a sequence `[L, F]` it takes the mean of each element, and
    `permute: [1, 0]` before it makes that the mean of each feature. Lin et al. 2013, Network in
    network.
    """

    name: ClassVar[str] = "global_avg_pool"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a channel of n values n - 1 additions and a division."""
        return Work(elementwise=prod(inputs[0]))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """A mean, of which autograd remembers the sizes alone."""
        return tape.call(self.batched(*inputs), *inputs)


class GlobalMaxPool(_Global):
    """The largest value of each channel: `[C, H, W]` becomes `[C, 1, 1]`."""

    name: ClassVar[str] = "global_max_pool"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For a channel of n values n - 1 comparisons."""
        return Work(comparisons=prod(inputs[0]) - output[0])

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return largest(self, tape, *inputs)


def largest(op: Op, tape: Tape, *inputs: Value) -> Value:
    """A kernel that keeps its input, and for each value of the output where it lay in it."""
    x, shape = inputs[0], op.batched(*inputs)
    places = tape.tensor(shape, "int64", "indices")
    return tape.call(shape, x, keeps=[x, places], aside=[places])
