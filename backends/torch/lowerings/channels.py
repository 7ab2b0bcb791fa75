"""Scaling and channels. The modules are for chains, and for attributes that differ."""

from __future__ import annotations

from typing import Any

from archspec.backends.torch.layers import Arg, Construct, Expr, Layer, lowers
from archspec.backends.torch.lowerings.arguments import passed, span, width
from archspec.codegen.symbols import Symbol
from archspec.ops.channels import (
    ChannelAffine,
    ChannelPad,
    ChannelSelect,
    ChannelShuffle,
    ChannelSlice,
    Scale,
)
from archspec.ops.types import Shape


@lowers(Scale)
def scale(op: Scale, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "factor", positional=True) + passed(op, "offset")
    given: tuple[Any, ...] = (op.factor, op.offset)
    if any(isinstance(value, Symbol) for value in given):
        text = f"{{x}} * ({op.factor})" + (f" + ({op.offset})" if op.offset != 0 else "")
        return Layer(expr=Expr(text))
    if op.factor == -1:
        minus = f"{_number(op.offset)} - {{x}}" if op.offset else "-{x}"
        return Layer(Construct("Scale", args), Expr(minus), helper="Scale")
    factor = "" if op.factor == 1 and op.offset else f" * {_number(op.factor)}"
    sign = "-" if op.offset < 0 else "+"
    offset = f" {sign} {_number(abs(op.offset))}" if op.offset else ""
    return Layer(Construct("Scale", args), Expr(f"{{x}}{factor}{offset}"), helper="Scale")


def _number(value: float) -> str:
    """As short as it can be said: 2 and not 2.0."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


@lowers(ChannelAffine)
def channel_affine(op: ChannelAffine, inputs: tuple[Shape, ...]) -> Layer:
    args = (width("num_channels", inputs[0]), *passed(op, "weight", "bias"))
    return Layer(Construct("ChannelAffine", args), helper="ChannelAffine")


@lowers(ChannelPad)
def channel_pad(op: ChannelPad, inputs: tuple[Shape, ...]) -> Layer:
    sides = (0, 0) * (len(inputs[0]) - 1) + (op.before, op.after)
    return Layer(
        Construct("ChannelPad", passed(op, "before", "after")),
        Expr("F.pad({x}{args})", (Arg("pad", sides, positional=True),)),
        helper="ChannelPad",
    )


@lowers(ChannelSelect)
def channel_select(op: ChannelSelect, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        Construct("ChannelSelect", passed(op, "channels", positional=True)),
        Expr(f"{{x}}[:, {list(op.channels)}]"),
        helper="ChannelSelect",
    )


@lowers(ChannelSlice)
def channel_slice(op: ChannelSlice, _inputs: tuple[Shape, ...]) -> Layer:
    stop = "" if op.stop is None else op.stop
    bounds = span(op.start or "", stop, "" if op.step == 1 else op.step)
    return Layer(
        Construct("ChannelSlice", passed(op, "start", "stop", "step")),
        Expr("{x}" if bounds == ":" else f"{{x}}[:, {bounds}]"),
        helper="ChannelSlice",
    )


@lowers(ChannelShuffle)
def channel_shuffle(op: ChannelShuffle, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "groups", positional=True)
    return Layer(Construct("nn.ChannelShuffle", args), Expr("F.channel_shuffle({x}{args})", args))
