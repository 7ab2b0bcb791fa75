"""Activations: elementwise functions and the softmaxes. All keep the shape."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from archspec.ops.axes import Axis, resolve_axis
from archspec.ops.base import Op
from archspec.ops.bases import Function, Pointwise
from archspec.ops.stencil import Reading, still
from archspec.ops.tape import OUTPUT, Tape, Value
from archspec.ops.types import AboveZero, Category, Channels, Number, OpError, Shape, Tensor, show
from archspec.ops.work import Work


class _InPlace(Pointwise):
    """Base of what can overwrite its operand.

    Class attributes:
        inverts: True where PyTorch tells the derivative from the output when it works in place;
            elsewhere it copies the operand first, and nothing is saved.
    """

    hidden: ClassVar[tuple[str, ...]] = ("inplace",)
    inverts: ClassVar[bool] = False

    inplace: bool = False

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if not self.inplace:
            return tape.call(x.shape, x, keeps=[x])
        return tape.overwrite(x, keeps=[OUTPUT]) if self.inverts else tape.overwrite_copied(x)


class ReLU(_InPlace):
    """max(0, x)."""

    name: ClassVar[str] = "relu"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "ReLU"
    each: ClassVar[Work] = Work(comparisons=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if self.inplace:
            return tape.overwrite(x, keeps=[OUTPUT])
        return tape.call(x.shape, x, keeps=[OUTPUT])


class ReLU6(_InPlace):
    """min(max(0, x), 6)."""

    name: ClassVar[str] = "relu6"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "ReLU6"
    each: ClassVar[Work] = Work(comparisons=2)


class LeakyReLU(_InPlace):
    """x where positive, negative_slope * x elsewhere. Maas et al. 2013."""

    name: ClassVar[str] = "leaky_relu"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "leaky ReLU"
    primary: ClassVar[str | None] = "negative_slope"
    inverts: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=1, comparisons=1)

    negative_slope: Number = 0.01


class PReLU(Pointwise):
    """x where positive, weight * x elsewhere; the weight is trained. He et al. 2015.

    `num_parameters` is 1, or the number of channels for a weight each. The weight starts at
    `init`.
    """

    name: ClassVar[str] = "prelu"
    hidden: ClassVar[tuple[str, ...]] = ("init",)
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "PReLU"
    primary: ClassVar[str | None] = "num_parameters"
    each: ClassVar[Work] = Work(elementwise=1, comparisons=1)

    num_parameters: Channels = 1
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

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[x], trained=True, scratch=x.nbytes)


class ELU(_InPlace):
    """x where positive, alpha * (exp(x) - 1) elsewhere. Clevert et al. 2015."""

    name: ClassVar[str] = "elu"
    quiet: ClassVar[tuple[str, ...]] = ("alpha",)
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "ELU"
    primary: ClassVar[str | None] = "alpha"
    inverts: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=3, comparisons=1)

    alpha: Number = 1.0


class SELU(_InPlace):
    """ELU scaled so that activations normalise themselves. Klambauer et al. 2017."""

    name: ClassVar[str] = "selu"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "SELU"
    inverts: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=3, comparisons=1)


class CELU(_InPlace):
    """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)). Barron 2017."""

    name: ClassVar[str] = "celu"
    quiet: ClassVar[tuple[str, ...]] = ("alpha",)
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "CELU"
    primary: ClassVar[str | None] = "alpha"
    inverts: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=4, comparisons=1)

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


class GELU(Pointwise):
    """x * Phi(x), Phi the normal distribution function. Hendrycks & Gimpel 2016.

    `approximate: tanh` is the paper's cheaper form.
    """

    name: ClassVar[str] = "gelu"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "GELU"
    primary: ClassVar[str | None] = "approximate"

    approximate: Literal["none", "tanh"] = "none"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """5 operations a value, or 9 with `approximate: tanh`."""
        each = 5 if self.approximate == "none" else 9
        return Work(elementwise=each * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[x])


class SiLU(_InPlace):
    """x * sigmoid(x), also called swish. Elfwing et al. 2017, Ramachandran et al. 2017."""

    name: ClassVar[str] = "silu"
    rectifies: ClassVar[bool] = True
    called: ClassVar[str] = "SiLU"
    each: ClassVar[Work] = Work(elementwise=5)


class Mish(_InPlace):
    """x * tanh(softplus(x)). Misra 2019."""

    name: ClassVar[str] = "mish"
    rectifies: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=5)


class Hardswish(_InPlace):
    """x * relu6(x + 3) / 6. Howard et al. 2019."""

    name: ClassVar[str] = "hardswish"
    rectifies: ClassVar[bool] = True
    each: ClassVar[Work] = Work(elementwise=3, comparisons=2)


class Hardsigmoid(_InPlace):
    """relu6(x + 3) / 6."""

    name: ClassVar[str] = "hardsigmoid"
    each: ClassVar[Work] = Work(elementwise=2, comparisons=2)


class Hardtanh(_InPlace):
    """x held between `min_val` and `max_val`."""

    name: ClassVar[str] = "hardtanh"
    each: ClassVar[Work] = Work(comparisons=2)

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


class Softplus(Pointwise):
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold."""

    name: ClassVar[str] = "softplus"
    quiet: ClassVar[tuple[str, ...]] = ("beta",)
    each: ClassVar[Work] = Work(elementwise=5, comparisons=1)

    beta: AboveZero = 1.0
    threshold: Number = 20.0

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[x])


class Sigmoid(Pointwise):
    """1 / (1 + exp(-x))."""

    name: ClassVar[str] = "sigmoid"
    each: ClassVar[Work] = Work(elementwise=4)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[OUTPUT])


class ScaledSigmoid(Pointwise):
    """1 / (1 + exp(-scale * x))."""

    name: ClassVar[str] = "scaled_sigmoid"
    primary: ClassVar[str | None] = "scale"
    each: ClassVar[Work] = Work(elementwise=5)

    scale: Number = 1.7

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        scaled = tape.call(inputs[0].shape, inputs[0])
        return tape.call(scaled.shape, scaled, keeps=[OUTPUT])


class Tanh(Pointwise):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

    name: ClassVar[str] = "tanh"
    each: ClassVar[Work] = Work(elementwise=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[OUTPUT])


class ScaledTanh(Pointwise):
    """1.7159 * tanh(2x / 3), which maps 1 to 1 and -1 to -1. LeCun et al. 1998, appendix A."""

    name: ClassVar[str] = "scaled_tanh"
    each: ClassVar[Work] = Work(elementwise=3)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        scaled = tape.call(inputs[0].shape, inputs[0])
        return tape.call(scaled.shape, tape.call(scaled.shape, scaled, keeps=[OUTPUT]))


class Abs(Function):
    """|x|, the absolute value."""

    name: ClassVar[str] = "abs"
    each: ClassVar[Work] = Work(elementwise=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """The gradient takes the sign of x on its way."""
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[x], scratch=x.nbytes)


class Square(Function):
    """x * x."""

    name: ClassVar[str] = "square"
    each: ClassVar[Work] = Work(elementwise=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.power(inputs[0])


class Exp(Function):
    """e to the power of x."""

    name: ClassVar[str] = "exp"
    each: ClassVar[Work] = Work(elementwise=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[OUTPUT])


class _AlongAxis(Op):
    """Base of the softmaxes; `of_one` is what a single value along the axis always becomes."""

    category: ClassVar[Category] = "activation"
    primary: ClassVar[str | None] = "axis"
    of_one: ClassVar[int] = 1

    axis: Axis = 0

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if shape[resolve_axis(self, self.axis, shape)] == 1:
            raise OpError(
                "E505",
                f"`{self.name}` of a single value is always {self.of_one}",
                expected=f"more than one value along axis {self.axis}",
                found=show(shape),
                hint="for a single value there is `sigmoid`",
                attribute="axis",
            )
        return shape

    def lines(self, output: Shape) -> tuple[int, int]:
        """How many values lie along the axis, and how many such lines there are."""
        axis = resolve_axis(self, self.axis, output)
        return output[axis], prod((*output[:axis], *output[axis + 1 :]))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        return tape.call(x.shape, x, keeps=[OUTPUT])

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        axis = resolve_axis(self, self.axis, output)
        return (tuple(None if along.axis == axis else along for along in still(len(output))),)


class Softmax(_AlongAxis):
    """exp(x) / sum of exp(x) along `axis`, by default the channels (or features).

    The default is the first axis. In a sequence `[L, F]` that is L; its features are `axis: -1`.
    """

    name: ClassVar[str] = "softmax"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For n values along the axis n - 1 comparisons, n differences from the largest, n
        exponentials, n - 1 additions and n divisions.
        """
        n, lines = self.lines(output)
        return Work(elementwise=lines * (4 * n - 1), comparisons=lines * (n - 1))


class LogSoftmax(_AlongAxis):
    """The logarithm of softmax along `axis`, by default the channels (or features).

    The default is the first axis. In a sequence `[L, F]` that is L; its features are `axis: -1`.
    """

    name: ClassVar[str] = "log_softmax"
    of_one: ClassVar[int] = 0

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """As in `softmax`, but a logarithm and n differences in place of the divisions."""
        n, lines = self.lines(output)
        return Work(elementwise=lines * 4 * n, comparisons=lines * (n - 1))
