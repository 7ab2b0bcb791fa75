"""Activations: most are a module and a function that take the op's attributes as they are."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Construct, Expr, Layer, Lowering, lowers
from archspec.backends.torch.lowerings.arguments import passed
from archspec.ops import activation as ops
from archspec.ops.base import Op
from archspec.ops.types import Shape


def _same(module: str, function: str | None) -> Lowering:
    def lower(op: Op, _inputs: tuple[Shape, ...]) -> Layer:
        args = passed(op, *type(op).model_fields)
        expr = Expr(f"{function}({{x}}{{args}})", args) if function else None
        return Layer(Construct(module, args), expr)

    return lower


for _op, _module, _function in (
    (ops.ReLU, "nn.ReLU", "F.relu"),
    (ops.ReLU6, "nn.ReLU6", "F.relu6"),
    (ops.LeakyReLU, "nn.LeakyReLU", "F.leaky_relu"),
    (ops.PReLU, "nn.PReLU", None),
    (ops.ELU, "nn.ELU", "F.elu"),
    (ops.SELU, "nn.SELU", "F.selu"),
    (ops.CELU, "nn.CELU", "F.celu"),
    (ops.GELU, "nn.GELU", "F.gelu"),
    (ops.SiLU, "nn.SiLU", "F.silu"),
    (ops.Mish, "nn.Mish", "F.mish"),
    (ops.Hardswish, "nn.Hardswish", "F.hardswish"),
    (ops.Hardsigmoid, "nn.Hardsigmoid", "F.hardsigmoid"),
    (ops.Hardtanh, "nn.Hardtanh", "F.hardtanh"),
    (ops.Softplus, "nn.Softplus", "F.softplus"),
    (ops.Sigmoid, "nn.Sigmoid", "torch.sigmoid"),
    (ops.Tanh, "nn.Tanh", "torch.tanh"),
):
    lowers(_op)(_same(_module, _function))


@lowers(ops.ScaledSigmoid)
def scaled_sigmoid(op: ops.ScaledSigmoid, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        Construct("ScaledSigmoid", passed(op, "scale", positional=True)),
        Expr(f"torch.sigmoid({op.scale!r} * {{x}})"),
        helper="ScaledSigmoid",
    )


@lowers(ops.ScaledTanh)
def scaled_tanh(_op: ops.ScaledTanh, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(
        Construct("ScaledTanh"), Expr("1.7159 * torch.tanh(2 / 3 * {x})"), helper="ScaledTanh"
    )


@lowers(ops.Abs)
@lowers(ops.Square)
@lowers(ops.Exp)
def function(op: Op, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(expr=Expr(f"torch.{op.name}({{x}})"))


@lowers(ops.Softmax)
def softmax(op: ops.Softmax, _inputs: tuple[Shape, ...]) -> Layer:
    return _along("nn.Softmax", "F.softmax", op.axis)


@lowers(ops.LogSoftmax)
def log_softmax(op: ops.LogSoftmax, _inputs: tuple[Shape, ...]) -> Layer:
    return _along("nn.LogSoftmax", "F.log_softmax", op.axis)


def _along(module: str, function: str, axis: int) -> Layer:
    args = (Arg("dim", axis + 1 if axis >= 0 else axis),)
    return Layer(Construct(module, args), Expr(f"{function}({{x}}{{args}})", args))
