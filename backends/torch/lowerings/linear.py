"""Fully connected."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Construct, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import passed, width
from archspec.ops.linear import RBF, Linear
from archspec.ops.types import Shape


@lowers(Linear)
def linear(op: Linear, inputs: tuple[Shape, ...]) -> Layer:
    features = Arg(
        "in_features",
        inputs[0][-1],
        "@features" if len(inputs[0]) == 1 else None,
        positional=True,
    )
    return Layer(
        Construct(
            "nn.Linear",
            (features, from_attribute(op, "out_features", positional=True), *passed(op, "bias")),
        )
    )


@lowers(RBF)
def rbf(op: RBF, inputs: tuple[Shape, ...]) -> Layer:
    args = (width("in_features", inputs[0]), from_attribute(op, "out_features", positional=True))
    return Layer(Construct("RBF", args), helper="RBF")
