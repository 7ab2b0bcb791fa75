"""Special convolutions. As in `conv`, the kernel's size is always written."""

from __future__ import annotations

from archspec.backends.torch.layers import Construct, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import passed, width
from archspec.ops.special_conv import DeformConv, MaskedConv
from archspec.ops.types import Shape


@lowers(MaskedConv)
def masked_conv(op: MaskedConv, inputs: tuple[Shape, ...]) -> Layer:
    args = (
        width("in_channels", inputs[0]),
        from_attribute(op, "out_channels", positional=True),
        from_attribute(op, "kernel_size"),
        *passed(op, "stride", "padding", "dilation", "groups", "bias"),
        *passed(op, "connections", "kernel_mask"),
    )
    return Layer(Construct("MaskedConv2d", args), helper="MaskedConv2d")


@lowers(DeformConv)
def deform_conv(op: DeformConv, inputs: tuple[Shape, ...]) -> Layer:
    args = (
        width("in_channels", inputs[0]),
        from_attribute(op, "out_channels", positional=True),
        from_attribute(op, "kernel_size"),
        *passed(op, "stride", "padding", "dilation", "groups", "bias"),
    )
    return Layer(Construct("DeformConv2d", args), helper="DeformConv2d")
