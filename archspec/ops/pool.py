"""Pooling: windowed, adaptive and global."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import (
    Expect,
    Margins,
    Op,
    OpError,
    Positive,
    Shape,
    Sizes,
    show,
    spatial,
    spread,
)

Stride = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)], ...] | None,
    Expect("a whole number of at least 1, a list with one for each axis, or null"),
]
OutputSize = Annotated[
    Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=1)] | None, ...] | None,
    Expect("a whole number of at least 1, or a list with one for each axis; null keeps the size"),
]


class MaxPool(Op):
    """The largest value of each window: `nn.MaxPool1d`, `nn.MaxPool2d`, `nn.MaxPool3d`.

    Output size along an axis: floor((size + 2p - d(k - 1) - 1) / s) + 1. With `ceil_mode` it is
    rounded up, but the last window must start inside the map or its left padding. `stride`
    is `kernel_size` where it is not given.
    """

    name: ClassVar[str] = "max_pool"
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Sizes
    stride: Stride = None
    padding: Margins = 0
    dilation: Sizes = 1
    ceil_mode: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        return _slide(self, inputs[0], self.dilation)


class AvgPool(Op):
    """The mean of each window: `nn.AvgPool1d`, `nn.AvgPool2d`, `nn.AvgPool3d`.

    Sizes as in `max_pool`. Zeros of the padding enter the mean unless `count_include_pad` is
    false; `divisor_override` (2-D and 3-D) divides the sum by another number.
    """

    name: ClassVar[str] = "avg_pool"
    primary: ClassVar[str | None] = "kernel_size"

    kernel_size: Sizes
    stride: Stride = None
    padding: Margins = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: Positive | None = None

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        out = _slide(self, shape, 1)
        if self.divisor_override is not None and len(shape) == 2:
            raise OpError(
                "E210",
                "`divisor_override` exists in two and three dimensions only",
                expected="[C, H, W] or [C, D, H, W]",
                found=show(shape),
                attribute="divisor_override",
            )
        if len(shape) == 4:
            for size, k in zip(shape[1:], spread(self.kernel_size, 3, "kernel_size"), strict=True):
                if size < k:  # nn.AvgPool3d alone insists on it, whatever the padding
                    raise _misfit(k, size, 0, shape)
        return out


def _slide(op: MaxPool | AvgPool, shape: Shape, dilation: int | tuple[int, ...]) -> Shape:
    """The shape after a window has gone over `shape`, by PyTorch's rule.

    Raises:
        OpError: E210 when the padding exceeds half the kernel, E503 when nothing is left.
    """
    sizes = spatial(op, shape)
    rank = len(sizes)
    kernel = spread(op.kernel_size, rank, "kernel_size")
    stride = kernel if op.stride is None else spread(op.stride, rank, "stride")
    padding = spread(op.padding, rank, "padding")
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
        n = (size + 2 * p - window + (s - 1 if op.ceil_mode else 0)) // s + 1
        if op.ceil_mode and (n - 1) * s >= size + p:
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
