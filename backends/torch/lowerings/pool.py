"""Pooling."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Construct, Expr, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import passed
from archspec.ops.pool import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
)
from archspec.ops.special_pool import FractionalMaxPool, LPPool, MixedPool, StochasticPool
from archspec.ops.types import Shape


@lowers(MaxPool)
def max_pool(op: MaxPool, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True)
    args += passed(op, "stride", "padding", "dilation", "ceil_mode")
    return _pool("Max", "max", inputs, args)


@lowers(AvgPool)
def avg_pool(op: AvgPool, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True)
    args += passed(op, "stride", "padding", "ceil_mode", "count_include_pad")
    if len(inputs[0]) > 2:
        args += passed(op, "divisor_override")
    return _pool("Avg", "avg", inputs, args)


@lowers(LPPool)
def lp_pool(op: LPPool, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True)
    if len(inputs[0]) == 2 and isinstance(op.kernel_size, tuple):  # PyTorch wants a number there
        args = (Arg("kernel_size", op.kernel_size[0], positional=True),)
    norm = from_attribute(op, "norm_type", positional=True)  # PyTorch has no default for it
    return _pool("LP", "lp", inputs, (norm, *args, *passed(op, "stride", "ceil_mode")))


@lowers(StochasticPool)
def stochastic_pool(op: StochasticPool, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True) + passed(op, "stride")
    return Layer(Construct("StochasticPool2d", args), helper="StochasticPool2d")


@lowers(MixedPool)
def mixed_pool(op: MixedPool, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True)
    args += passed(op, "stride", "padding", "ceil_mode")
    if op.per_channel:
        args += (Arg("num_parameters", inputs[0][0], "@channels"),)
    return Layer(Construct("MixedPool2d", args), helper="MixedPool2d")


@lowers(FractionalMaxPool)
def fractional_max_pool(op: FractionalMaxPool, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "kernel_size", positional=True) + passed(op, "output_size", "output_ratio")
    return Layer(Construct(f"nn.FractionalMaxPool{len(inputs[0]) - 1}d", args))


@lowers(AdaptiveAvgPool)
def adaptive_avg_pool(op: AdaptiveAvgPool, inputs: tuple[Shape, ...]) -> Layer:
    return _adaptive("Avg", op, inputs)


@lowers(AdaptiveMaxPool)
def adaptive_max_pool(op: AdaptiveMaxPool, inputs: tuple[Shape, ...]) -> Layer:
    return _adaptive("Max", op, inputs)


@lowers(GlobalAvgPool)
def global_avg_pool(_op: GlobalAvgPool, inputs: tuple[Shape, ...]) -> Layer:
    return _pool("AdaptiveAvg", "adaptive_avg", inputs, (Arg("output_size", 1, positional=True),))


@lowers(GlobalMaxPool)
def global_max_pool(_op: GlobalMaxPool, inputs: tuple[Shape, ...]) -> Layer:
    return _pool("AdaptiveMax", "adaptive_max", inputs, (Arg("output_size", 1, positional=True),))


def _adaptive(kind: str, op: AdaptiveAvgPool | AdaptiveMaxPool, inputs: tuple[Shape, ...]) -> Layer:
    """PyTorch takes None for an axis of an image or a volume only, and never alone."""
    value, rank = op.output_size, len(inputs[0]) - 1
    if op.like is not None:
        template = f"F.adaptive_{kind.lower()}_pool{rank}d({{x}}, {{ref}}.shape[2:])"
        return Layer(expr=Expr(template, references=1))
    origin: str | None = "output_size"
    if rank == 1 and isinstance(value, tuple):
        (value,), origin = value, None
    if rank == 1 and value is None:
        template = f"F.adaptive_{kind.lower()}_pool1d({{x}}, {{x}}.shape[-1])"
        return Layer(expr=Expr(template))
    if value is None:
        value, origin = (None,) * rank, None
    size = Arg("output_size", value, origin, positional=True)
    return _pool(f"Adaptive{kind}", f"adaptive_{kind.lower()}", inputs, (size,))


def _pool(module: str, function: str, inputs: tuple[Shape, ...], args: tuple[Arg, ...]) -> Layer:
    rank = len(inputs[0]) - 1
    return Layer(
        Construct(f"nn.{module}Pool{rank}d", args),
        Expr(f"F.{function}_pool{rank}d({{x}}{{args}})", args),
    )
