"""Convolution and transposed convolution, in one, two and three dimensions."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from archspec.ops.base import Op, spatial, spread
from archspec.ops.like import Like, SizedLike, like_sizes
from archspec.ops.margins import both_sides, check_padding_mode
from archspec.ops.stencil import Reading, over_maps, transposed, window
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    Category,
    Channels,
    Dilation,
    Expect,
    Groups,
    Kernel,
    Kind,
    Margin,
    Margins,
    OpError,
    Shape,
    Stride,
    Tensor,
    show,
)
from archspec.ops.work import Work

Padding = Annotated[
    Margin | tuple[Margin, ...] | Literal["same", "valid"],
    Expect(
        "a whole number of at least 0, a list with one for each axis, `same` or `valid`",
        instead=(
            ("causal", "a `pad` before it, of d * (k - 1): pad: [[$(k - 1), 0]]"),
            ("full", "write $(k - 1), for a kernel of k"),
        ),
        nested="what differs before and after an axis is a `pad` before it: pad: [[4, 0]]",
    ),
    Kind("padding"),
]


class Convolution(Op):
    """Base of the convolutions: what they have in common."""

    category: ClassVar[Category] = "convolution"
    makes: ClassVar[str | None] = "out_channels"
    quiet: ClassVar[tuple[str, ...]] = ("bias",)
    channels_first: ClassVar[bool] = True
    inferred: ClassVar[tuple[str, ...]] = ("in_channels",)

    out_channels: Channels
    kernel_size: Kernel = 1
    stride: Stride = 1
    padding: Padding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        sizes = spatial(self, shape)
        _check_kernel(self)
        _check_groups(self, shape[0])
        rank = len(sizes)
        stride = spread(self.stride, rank, "stride")
        reach = _reach(self, rank)
        mode = getattr(self, "padding_mode", "zeros")
        if self.padding == "same":
            if any(s != 1 for s in stride):
                raise OpError(
                    "E210",
                    "`padding: same` needs stride 1",
                    expected="stride 1 along every axis",
                    found=f"stride {list(stride)}",
                    hint="write the padding as a number, as the paper's code does",
                    attribute="padding",
                )
            check_padding_mode(mode, shape, tuple((r + 1) // 2 for r in reach))
            margins = tuple(reach)
        else:
            sides = both_sides(self.padding, rank)
            hint = f"to pad before and after, put a node before it: pad: {sides}" if sides else None
            margin = 0 if self.padding == "valid" else self.padding
            padding = spread(margin, rank, "padding", hint)
            check_padding_mode(mode, shape, padding)
            margins = tuple(2 * p for p in padding)
        out = []
        for size, margin, r, s in zip(sizes, margins, reach, stride, strict=True):
            if size + margin <= r:
                p = margin // 2
                raise OpError(
                    "E503",
                    f"a window of {r + 1} does not fit into {size}"
                    + (f" padded by {p} on both sides" if p else ""),
                    expected=f"spatial axes of at least {max(r + 1 - margin, 1)}",
                    found=show(shape),
                )
            out.append((size + margin - (r + 1)) // s + 1)
        return (self.out_channels, *out)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        shape = inputs[0]
        kernel = spread(self.kernel_size, len(shape) - 1, "kernel_size")
        weight = Tensor("weight", (self.out_channels, shape[0] // self.groups, *kernel), "weight")
        return (weight, Tensor("bias", (self.out_channels,), "bias")) if self.bias else (weight,)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A value of the output: k * C_in / groups MACs; with a bias, one addition."""
        shape = inputs[0]
        kernel = spread(self.kernel_size, len(shape) - 1, "kernel_size")
        macs = prod(output) * prod(kernel) * shape[0] // self.groups
        return Work(macs, elementwise=prod(output) if self.bias else 0)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        x = self._padded(tape, inputs[0])
        return tape.product(self.batched(*inputs), x, self.tensors(inputs[0].shape[1:]))

    def _padded(self, tape: Tape, x: Value) -> Value:
        """What the convolution itself reads: PyTorch cannot pad the two sides differently."""
        total = _reach(self, len(x.shape) - 2)
        if self.padding != "same" or not any(r % 2 for r in total):
            return x
        sizes = (s + r % 2 for s, r in zip(x.shape[2:], total, strict=True))
        return tape.call((*x.shape[:2], *sizes), x)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        rank = len(output) - 1
        reach = _reach(self, rank)
        stride = spread(self.stride, rank, "stride")
        dilation = spread(self.dilation, rank, "dilation")
        if self.padding == "same":
            padding = tuple(r // 2 for r in reach)
        else:
            padding = spread(0 if self.padding == "valid" else self.padding, rank, "padding")
        axes = zip(stride, padding, dilation, self.places(rank), strict=True)
        windows = (window(s, d * first - p, last - first + 1, d) for s, p, d, (first, last) in axes)
        return (over_maps(windows, mixing=True),)

    def places(self, rank: int) -> list[tuple[int, int]]:
        """The first and the last place of the kernel that is used, along each axis."""
        return [(0, k - 1) for k in spread(self.kernel_size, rank, "kernel_size")]


class Conv(Convolution):
    """Cross-correlation over 1, 2 or 3 spatial axes: `nn.Conv1d`, `nn.Conv2d`, `nn.Conv3d`.

    Output size along an axis: floor((size + 2p - d(k - 1) - 1) / s) + 1. MACs: every output
    value is a dot product of length k * C_in / groups; the bias costs none.
    """

    name: ClassVar[str] = "conv"
    primary: ClassVar[str | None] = "out_channels"

    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def _padded(self, tape: Tape, x: Value) -> Value:
        if self.padding_mode == "zeros":
            return super()._padded(tape, x)
        rank = len(x.shape) - 2
        if isinstance(self.padding, str):
            sums = _reach(self, rank) if self.padding == "same" else [0] * rank
        else:
            sums = [2 * p for p in spread(self.padding, rank, "padding")]
        sizes = (s + n for s, n in zip(x.shape[2:], sums, strict=True))
        return tape.pad((*x.shape[:2], *sizes), x, self.padding_mode)


class ConvTranspose(SizedLike):
    """Transposed convolution: `nn.ConvTranspose1d`, `nn.ConvTranspose2d`, `nn.ConvTranspose3d`.

    Output size along an axis: (size - 1)s - 2p + d(k - 1) + output_padding + 1. `padding: valid`
    is 0; `padding: same` makes it size * s, which PyTorch itself does not offer. Where `like`
    names a node, `output_padding` is what its spatial size asks for, at most s - 1: PyTorch's
    `output_size`. MACs: every input value is multiplied with k * C_out / groups weights, as in
    the convolution whose gradient this is.
    """

    name: ClassVar[str] = "conv_transpose"
    category: ClassVar[Category] = "upsampling"
    makes: ClassVar[str | None] = "out_channels"
    quiet: ClassVar[tuple[str, ...]] = ("output_padding", "bias")
    called: ClassVar[str] = "transposed conv"
    channels_first: ClassVar[bool] = True
    inferred: ClassVar[tuple[str, ...]] = ("in_channels",)

    out_channels: Channels
    kernel_size: Kernel = 1
    stride: Stride = 1
    padding: Padding = 0
    output_padding: Margins = 0
    groups: Groups = 1
    bias: bool = True
    dilation: Dilation = 1
    like: Like = None

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        sizes = spatial(self, shape)
        _check_kernel(self)
        _check_groups(self, shape[0])
        rank = len(sizes)
        stride = spread(self.stride, rank, "stride")
        padding, extra = self.margins(rank)
        out = []
        for size, s, p, r, e in zip(sizes, stride, padding, _reach(self, rank), extra, strict=True):
            out.append((size - 1) * s - 2 * p + (r + 1) + e)
        if self.like is not None:
            least = [n - e for n, e in zip(out, extra, strict=True)]
            out = self._like(inputs, least, [n + s - 1 for n, s in zip(least, stride, strict=True)])
        if min(out) < 1:
            raise OpError(
                "E503",
                f"padding {list(padding)} leaves nothing of the output",
                expected="an output of at least 1 along every axis",
                found=show((self.out_channels, *out)),
                attribute="padding",
            )
        return (self.out_channels, *out)

    def _like(self, inputs: tuple[Shape, ...], least: list[int], most: list[int]) -> list[int]:
        """The sizes of the map that `like` names.

        Raises:
            OpError: E210 beside an `output_padding`, E505 where no output padding gives them.
        """
        if any(spread(self.output_padding, len(least), "output_padding")):
            raise OpError(
                "E210",
                "`output_padding` and `like` both say how large the output is",
                expected="one of them",
                found="both",
                attribute="output_padding",
            )
        wanted = like_sizes(self, len(least), inputs)
        if not all(a <= n <= b for a, n, b in zip(least, wanted, most, strict=True)):
            span = f"from {show(tuple(least))} to {show(tuple(most))}" if least != most else ""
            raise OpError(
                "E505",
                f"no output padding makes the output {show(wanted)}",
                expected=f"a map {span or show(tuple(least))} spatially",
                found=show(inputs[1]),
                attribute="like",
            )
        return list(wanted)

    def margins(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """`padding` and `output_padding` as numbers, one an axis; `like` adds to the latter.

        Raises:
            OpError: E210 when PyTorch could not honour `output_padding`.
        """
        stride = spread(self.stride, rank, "stride")
        dilation = spread(self.dilation, rank, "dilation")
        extra = spread(self.output_padding, rank, "output_padding")
        padding: tuple[int, ...]
        if self.padding == "same":
            surplus = [r + 1 - s for r, s in zip(_reach(self, rank), stride, strict=True)]
            padding = tuple(max(0, (n + 1) // 2) for n in surplus)
            extra = tuple(2 * p - n for p, n in zip(padding, surplus, strict=True))
        else:
            padding = spread(0 if self.padding == "valid" else self.padding, rank, "padding")
        for e, s, d in zip(extra, stride, dilation, strict=True):
            if e >= max(s, d):
                raise OpError(
                    "E210",
                    f"an output padding of {e} is not less than stride {s} or dilation {d}",
                    expected=f"an output padding of at most {max(s, d) - 1}",
                    found=str(e),
                    hint="an even kernel with stride 1 has no `same` padding"
                    if self.padding == "same"
                    else None,
                    attribute="padding" if self.padding == "same" else "output_padding",
                )
        return padding, extra

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        shape = inputs[0]
        kernel = spread(self.kernel_size, len(shape) - 1, "kernel_size")
        weight = Tensor("weight", (shape[0], self.out_channels // self.groups, *kernel), "weight")
        return (weight, Tensor("bias", (self.out_channels,), "bias")) if self.bias else (weight,)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """A value of the input: k * C_out / groups MACs; with a bias, an addition a value made."""
        shape = inputs[0]
        kernel = spread(self.kernel_size, len(shape) - 1, "kernel_size")
        macs = prod(shape) * prod(kernel) * self.out_channels // self.groups
        return Work(macs, elementwise=prod(output) if self.bias else 0)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        x = inputs[0]
        return tape.product(self.batched(*inputs), x, self.tensors(x.shape[1:]))

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        rank = len(output) - 1
        stride = spread(self.stride, rank, "stride")
        kernel = spread(self.kernel_size, rank, "kernel_size")
        dilation = spread(self.dilation, rank, "dilation")
        padding, _ = self.margins(rank)
        return (over_maps(map(transposed, stride, padding, kernel, dilation), mixing=True),)


def _check_kernel(op: Convolution | ConvTranspose) -> None:
    """Raise E210 for what means nothing, or is not meant, of a kernel that nobody has named."""
    if "kernel_size" in op.model_fields_set:
        return
    for attribute, given, usual in (("padding", op.padding, 0), ("dilation", op.dilation, 1)):
        numbers = given if isinstance(given, tuple) else (given,)
        if any(isinstance(n, int) and n != usual for n in numbers):
            raise OpError(
                "E210",
                f"`{op.name}` has a {attribute} and no `kernel_size`, so the kernel is 1",
                expected=f"a `kernel_size`, or {attribute} {usual}",
                found=f"{attribute}: {list(given) if isinstance(given, tuple) else given}",
                hint=f"write kernel_size: {_kernel_for(given) if attribute == 'padding' else 3}; "
                "one of 1 is written, too, where that is meant",
                attribute=attribute,
            )


def _kernel_for(padding: Any) -> Any:
    """The kernel whose padding keeps the size of a map."""
    if isinstance(padding, tuple):
        return list(map(_kernel_for, padding))
    return 2 * padding + 1


def _check_groups(op: Convolution | ConvTranspose, in_channels: int) -> None:
    for what, channels in (("input", in_channels), ("output", op.out_channels)):
        if channels % op.groups:
            raise OpError(
                "E504",
                f"{channels} {what} channels do not divide into {op.groups} groups",
                expected=f"{what} channels divisible by groups={op.groups}",
                found=f"{channels} channels",
                attribute="groups",
            )


def _reach(op: Convolution | ConvTranspose, rank: int) -> list[int]:
    """How far the dilated kernel reaches beyond its first tap, along each axis."""
    kernel = spread(op.kernel_size, rank, "kernel_size")
    dilation = spread(op.dilation, rank, "dilation")
    return [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
