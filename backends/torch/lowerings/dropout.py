"""Dropout: modules only, which know whether they are in training."""

from __future__ import annotations

from archspec.backends.torch.layers import Construct, Layer, lowers
from archspec.backends.torch.lowerings.arguments import passed
from archspec.ops.base import Op
from archspec.ops.dropout import AlphaDropout, Dropout, FeatureAlphaDropout, SpatialDropout
from archspec.ops.types import Shape


@lowers(Dropout)
def dropout(op: Dropout, _inputs: tuple[Shape, ...]) -> Layer:
    return _dropout("nn.Dropout", op)


@lowers(SpatialDropout)
def spatial_dropout(op: SpatialDropout, inputs: tuple[Shape, ...]) -> Layer:
    return _dropout(f"nn.Dropout{len(inputs[0]) - 1}d", op)


@lowers(AlphaDropout)
def alpha_dropout(op: AlphaDropout, _inputs: tuple[Shape, ...]) -> Layer:
    return _dropout("nn.AlphaDropout", op)


@lowers(FeatureAlphaDropout)
def feature_alpha_dropout(op: FeatureAlphaDropout, _inputs: tuple[Shape, ...]) -> Layer:
    return _dropout("nn.FeatureAlphaDropout", op)


def _dropout(module: str, op: Op) -> Layer:
    return Layer(Construct(module, passed(op, "p", positional=True) + passed(op, "inplace")))
