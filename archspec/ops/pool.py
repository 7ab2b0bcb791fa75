"""Pooling: windowed, adaptive and global, and kinds that are random or trained."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import (
    Expect,
    Margins,
    MaybeSizes,
    Op,
    OpError,
    Positive,
    Shape,
    Sizes,
    Tensor,
    show,
    spatial,
    spread,
)

_Share = Annotated[float, Field(gt=0, lt=1)]

Stride = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)], ...] | None,
    Expect("a whole number of at least 1, a list with one for each axis, or null"),
]
OutputSize = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)] | None, ...] | None,
    Expect("a whole number of at least 1, or a list with one for each axis; null keeps the size"),
]


NormType = Annotated[
    Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0)], Expect("a number above 0")
]
Ratio = Annotated[
    _Share | tuple[_Share, ...] | None,
    Expect("a number between 0 and 1, or a list with one for each axis"),
]


class _Window(Op):
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Sizes
    stride: Stride = None


class MaxPool(_Window):
    """The largest value of each window: `nn.MaxPool1d`, `nn.MaxPool2d`, `nn.MaxPool3d`.

    Output size along an axis: floor((size + 2p - d(k - 1) - 1) / s) + 1. With `ceil_mode` it is
    rounded up, but the last window must start inside the map or its left padding. `stride`
    is `kernel_size` where it is not given.
    """

    name: ClassVar[str] = "max_pool"

    padding: Margins = 0
    dilation: Sizes = 1
    ceil_mode: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        return _slide(self, inputs[0], self.padding, self.dilation, self.ceil_mode)


class AvgPool(_Window):
    """The mean of each window: `nn.AvgPool1d`, `nn.AvgPool2d`, `nn.AvgPool3d`.

    Sizes as in `max_pool`. Zeros of the padding enter the mean unless `count_include_pad` is
    false; `divisor_override` (2-D and 3-D) divides the sum by another number.
    """

    name: ClassVar[str] = "avg_pool"

    padding: Margins = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: Positive | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        out = _slide(self, shape, self.padding, 1, self.ceil_mode)
        if self.divisor_override is not None and len(shape) == 2:
            raise OpError(
                "E210",
                "`divisor_override` exists in two and three dimensions only",
                expected="[C, H, W] or [C, D, H, W]",
                found=show(shape),
                attribute="divisor_override",
            )
        _check_volume(self, shape)
        return out


class LPPool(_Window):
    """The norm of each window, (sum of x^p)^(1/p) with p the `norm_type`: `nn.LPPool2d` and kin.

    1 is the sum, 2 the length; the larger, the nearer to the maximum. x is taken as it is, so an
    odd p is for values that are not negative. Sizes as in `max_pool`, without padding. Sermanet
    et al. 2012.
    """

    name: ClassVar[str] = "lp_pool"

    norm_type: NormType = 2
    ceil_mode: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        out = _slide(self, shape, 0, 1, self.ceil_mode)
        _check_volume(self, shape)
        return out


class StochasticPool(_Window):
    """One value of each window of an image, drawn with a probability in proportion to it.

    In evaluation the mean of the window, weighted by these probabilities: sum of x^2 / sum of x.
    Reads what a ReLU gives: a negative value counts as 0. Zeiler & Fergus 2013.
    """

    name: ClassVar[str] = "stochastic_pool"

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (2,))
        return _slide(self, inputs[0])


class MixedPool(_Window):
    """a * max + (1 - a) * mean of each window of an image, with a trained a, 1/2 at first.

    One `a` for the layer, or with `per_channel` one for each channel. Sizes as in `max_pool`;
    zeros of the padding enter the mean. Lee et al. 2015, Generalizing pooling functions.
    """

    name: ClassVar[str] = "mixed_pool"

    padding: Margins = 0
    ceil_mode: bool = False
    per_channel: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0], (2,))
        return _slide(self, inputs[0], self.padding, 1, self.ceil_mode)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (inputs[0][0] if self.per_channel else 1,), "weight"),)


class FractionalMaxPool(Op):
    """Largest values of windows at random places: `nn.FractionalMaxPool2d` and its 3-D form.

    The places are drawn so that the output has just `output_size`, or floor(size * output_ratio)
    along an axis; they are drawn anew at every call, in evaluation too. Graham 2014.
    """

    name: ClassVar[str] = "fractional_max_pool"
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Sizes
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
        return tuple(int(size * ratio) for size, ratio in zip(sizes, ratios, strict=True))


def _check_volume(op: _Window, shape: Shape) -> None:
    """`nn.AvgPool3d` alone wants room for a whole window, whatever the padding.

    Raises:
        OpError: E503 when the kernel is larger than a volume.
    """
    if len(shape) == 4:
        for size, k in zip(shape[1:], spread(op.kernel_size, 3, "kernel_size"), strict=True):
            if size < k:
                raise _misfit(k, size, 0, shape)


def _slide(
    op: _Window,
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
    kernel = spread(op.kernel_size, rank, "kernel_size")
    stride = kernel if op.stride is None else spread(op.stride, rank, "stride")
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
        n = (size + 2 * p - window + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (n - 1) * s >= size + p:
            n -= 1
        if n < 1:
            raise _misfit(window, size, p, shape)
        out.append(n)
    return (shape[0], *out)


def _misfit(window: int, size: int, padding: int, shape: Shape) -> OpError:
    return OpError(
        "E503",
        f"a window of {window} does not fit into {size}"
        + (f" padded by {padding} on both sides" if padding else ""),
        expected=f"spatial axes of at least {window - 2 * padding}",
        found=show(shape),
    )


class _Adaptive(Op):
    primary: ClassVar[str | None] = "output_size"

    output_size: OutputSize

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape)
        wanted = spread(self.output_size, len(sizes), "output_size")
        return (shape[0], *(w or s for w, s in zip(wanted, sizes, strict=True)))


class AdaptiveAvgPool(_Adaptive):
    """Means of as many windows as `output_size` asks for: `nn.AdaptiveAvgPool2d` and kin.

    Window i of n covers floor(i * size / n) to ceil((i + 1) * size / n). A null keeps an axis.
    """

    name: ClassVar[str] = "adaptive_avg_pool"


class AdaptiveMaxPool(_Adaptive):
    """The largest values of as many windows as `output_size` asks for: `nn.AdaptiveMaxPool2d`.

    Windows as in `adaptive_avg_pool`.
    """

    name: ClassVar[str] = "adaptive_max_pool"


class _Global(Op):
    def infer(self, *inputs: Shape) -> Shape:
        return (inputs[0][0], *(1 for _ in spatial(self, inputs[0])))


class GlobalAvgPool(_Global):
    """The mean of each channel: `[C, H, W]` becomes `[C, 1, 1]`; follow it with `flatten`.

    Lin et al. 2013, Network in network.
    """

    name: ClassVar[str] = "global_avg_pool"


class GlobalMaxPool(_Global):
    """The largest value of each channel: `[C, H, W]` becomes `[C, 1, 1]`."""

    name: ClassVar[str] = "global_max_pool"
