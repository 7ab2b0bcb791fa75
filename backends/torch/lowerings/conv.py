"""Convolutions. The kernel's size is always written: PyTorch has no default for it."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Construct, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import compact, passed, width
from archspec.ops.conv import Conv, ConvTranspose
from archspec.ops.types import Shape


@lowers(Conv)
def conv(op: Conv, inputs: tuple[Shape, ...]) -> Layer:
    rank = len(inputs[0]) - 1
    return Layer(
        Construct(
            f"nn.Conv{rank}d",
            (
                width("in_channels", inputs[0]),
                from_attribute(op, "out_channels", positional=True),
                from_attribute(op, "kernel_size"),
                *passed(op, "stride", "padding", "dilation", "groups", "bias", "padding_mode"),
            ),
        )
    )


@lowers(ConvTranspose)
def conv_transpose(op: ConvTranspose, inputs: tuple[Shape, ...]) -> Layer:
    rank = len(inputs[0]) - 1
    margins = passed(op, "padding", "output_padding")
    call = None if op.like is None else "output_size={ref}.shape[2:]"
    if isinstance(op.padding, str):
        padding, extra = op.margins(rank)
        margins = (
            Arg("padding", compact(padding), default=0),
            Arg("output_padding", compact(extra) if call is None else 0, default=0),
        )
    return Layer(
        Construct(
            f"nn.ConvTranspose{rank}d",
            (
                width("in_channels", inputs[0]),
                from_attribute(op, "out_channels", positional=True),
                from_attribute(op, "kernel_size"),
                *passed(op, "stride"),
                *margins,
                *passed(op, "groups", "bias", "dilation"),
            ),
        ),
        call=call,
    )
