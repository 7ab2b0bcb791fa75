"""Normalisation."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Construct, Expr, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import compact, passed, width
from archspec.ops.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from archspec.ops.types import Shape


@lowers(BatchNorm)
def batch_norm(op: BatchNorm, inputs: tuple[Shape, ...]) -> Layer:
    return _running("BatchNorm", op, inputs[0])


@lowers(InstanceNorm)
def instance_norm(op: InstanceNorm, inputs: tuple[Shape, ...]) -> Layer:
    return _running("InstanceNorm", op, inputs[0])


def _running(module: str, op: BatchNorm | InstanceNorm, shape: Shape) -> Layer:
    args = passed(op, "eps", "momentum", "affine", "track_running_stats")
    rank = max(len(shape) - 1, 1)
    return Layer(Construct(f"nn.{module}{rank}d", (width("num_features", shape), *args)))


@lowers(LayerNorm)
def layer_norm(op: LayerNorm, inputs: tuple[Shape, ...]) -> Layer:
    (shape,) = inputs
    normalized = op.normalized_shape(shape)
    origin = "@features" if len(shape) == 1 else None
    value = normalized if len(normalized) > 1 else compact(normalized)
    return Layer(
        Construct(
            "nn.LayerNorm",
            (
                Arg("normalized_shape", value, origin, positional=True),
                *passed(op, "eps", "elementwise_affine", "bias"),
            ),
        )
    )


@lowers(GroupNorm)
def group_norm(op: GroupNorm, inputs: tuple[Shape, ...]) -> Layer:
    groups = from_attribute(op, "num_groups", positional=True)
    args = (groups, width("num_channels", inputs[0]), *passed(op, "eps", "affine"))
    return Layer(Construct("nn.GroupNorm", args))


@lowers(LocalResponseNorm)
def local_response_norm(op: LocalResponseNorm, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "size", positional=True) + passed(op, "alpha", "beta", "k")
    return Layer(
        Construct("nn.LocalResponseNorm", args), Expr("F.local_response_norm({x}{args})", args)
    )
