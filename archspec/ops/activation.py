"""Activations: elementwise functions and the softmaxes. All keep the shape."""

from __future__ import annotations

from typing import ClassVar, Literal

from archspec.ops.base import (
    Axis,
    Number,
    Op,
    OpError,
    Positive,
    Shape,
    Tensor,
    resolve_axis,
    show,
)


class _InPlace(Op):
    inplace: bool = False


class ReLU(_InPlace):
    """max(0, x)."""

    name: ClassVar[str] = "relu"


class ReLU6(_InPlace):
    """min(max(0, x), 6)."""

    name: ClassVar[str] = "relu6"


class LeakyReLU(_InPlace):
    """x where positive, negative_slope * x elsewhere. Maas et al. 2013."""

    name: ClassVar[str] = "leaky_relu"
    primary: ClassVar[str | None] = "negative_slope"

    negative_slope: Number = 0.01


class PReLU(Op):
    """x where positive, weight * x elsewhere; the weight is trained. He et al. 2015.

    `num_parameters` is 1, or the number of channels for a weight each. The weight starts at
    `init`.
    """

    name: ClassVar[str] = "prelu"
    primary: ClassVar[str | None] = "num_parameters"

    num_parameters: Positive = 1
    init: Number = 0.25

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if self.num_parameters not in (1, shape[0]):
            raise OpError(
                "E505",
                f"`prelu` has {self.num_parameters} weights for {shape[0]} channels",
                expected=f"num_parameters 1 or {shape[0]}",
                found=f"{self.num_parameters} for {show(shape)}",
                attribute="num_parameters",
            )
        return shape

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        return (Tensor("weight", (self.num_parameters,), "weight"),)


class ELU(_InPlace):
    """x where positive, alpha * (exp(x) - 1) elsewhere. Clevert et al. 2015."""

    name: ClassVar[str] = "elu"
    primary: ClassVar[str | None] = "alpha"

    alpha: Number = 1.0


class SELU(_InPlace):
    """ELU scaled so that activations normalise themselves. Klambauer et al. 2017."""

    name: ClassVar[str] = "selu"


class CELU(_InPlace):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)). Barron 2017."""

    name: ClassVar[str] = "celu"
    primary: ClassVar[str | None] = "alpha"

    alpha: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape:
        if self.alpha == 0:
            raise OpError(
                "E210",
                "`celu` divides by alpha",
                expected="a number other than 0",
                found="0",
                attribute="alpha",
            )
        return inputs[0]


class GELU(Op):
    """x * Phi(x), Phi the normal distribution function. Hendrycks & Gimpel 2016.

    `approximate: tanh` is the paper's cheaper form.
    """

    name: ClassVar[str] = "gelu"
    primary: ClassVar[str | None] = "approximate"

    approximate: Literal["none", "tanh"] = "none"


class SiLU(_InPlace):
    """x * sigmoid(x), also called swish. Elfwing et al. 2017, Ramachandran et al. 2017."""

    name: ClassVar[str] = "silu"


class Mish(_InPlace):
    """x * tanh(softplus(x)). Misra 2019."""

    name: ClassVar[str] = "mish"


class Hardswish(_InPlace):
    """x * relu6(x + 3) / 6. Howard et al. 2019."""

    name: ClassVar[str] = "hardswish"


class Hardsigmoid(_InPlace):
    """relu6(x + 3) / 6."""

    name: ClassVar[str] = "hardsigmoid"


class Hardtanh(_InPlace):
    """x held between `min_val` and `max_val`."""

    name: ClassVar[str] = "hardtanh"

    min_val: Number = -1.0
    max_val: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise OpError(
                "E210",
                "`hardtanh` has no room between its bounds",
                expected="min_val less than max_val",
                found=f"{self.min_val:g} and {self.max_val:g}",
                attribute="min_val",
            )
        return inputs[0]


class Softplus(Op):
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

    name: ClassVar[str] = "softplus"

    beta: Number = 1.0
    threshold: Number = 20.0


class Sigmoid(Op):
    """1 / (1 + exp(-x))."""

    name: ClassVar[str] = "sigmoid"


class ScaledSigmoid(Op):
    """1 / (1 + exp(-scale * x))."""

    name: ClassVar[str] = "scaled_sigmoid"
    primary: ClassVar[str | None] = "scale"

    scale: Number = 1.7


class Tanh(Op):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

    name: ClassVar[str] = "tanh"


class ScaledTanh(Op):
    """1.7159 * tanh(2x / 3), which maps 1 to 1 and -1 to -1. LeCun et al. 1998, appendix A."""

    name: ClassVar[str] = "scaled_tanh"


class _AlongAxis(Op):
    primary: ClassVar[str | None] = "axis"

    axis: Axis = 0

    def infer(self, *inputs: Shape) -> Shape:
        resolve_axis(self, self.axis, inputs[0])
        return inputs[0]


class Softmax(_AlongAxis):
    """exp(x) / sum of exp(x) along `axis`, by default the channels (or features)."""

    name: ClassVar[str] = "softmax"


class LogSoftmax(_AlongAxis):
    """The logarithm of softmax along `axis`, by default the channels (or features)."""

    name: ClassVar[str] = "log_softmax"
