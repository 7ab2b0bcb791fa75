"""Merges: expressions over all operands."""

from __future__ import annotations

from archspec.backends.torch.layers import Expr, Layer, lowers
from archspec.ops.merge import Add, Concat, Maximum, Mean, Minimum, Multiply, Subtract
from archspec.ops.types import Shape


@lowers(Add)
def add(_op: Add, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(expr=Expr("{x}", joiner=" + ", spread="sum([{x}])"))


@lowers(Subtract)
def subtract(_op: Subtract, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(expr=Expr("{x}", joiner=" - ", spread="torch.sub(*[{x}])"))


@lowers(Multiply)
def multiply(op: Multiply, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(expr=Expr("{x}", joiner=" * ", spread=_reduced(op.broadcast, "prod")))


@lowers(Mean)
def mean(op: Mean, inputs: tuple[Shape, ...]) -> Layer:
    template = "{x}" if len(inputs) == 1 else f"({{x}}) / {len(inputs)}"
    return Layer(expr=Expr(template, joiner=" + ", spread=_reduced(op.broadcast, "mean")))


@lowers(Maximum)
@lowers(Minimum)
def extreme(op: Maximum | Minimum, inputs: tuple[Shape, ...]) -> Layer:
    if len(inputs) == 2:
        pair = f"torch.{op.name}({{x}})"
        return Layer(expr=Expr(pair, spread=pair))
    spread = _reduced(op.broadcast, op.reduction)
    return Layer(expr=Expr("{x}" if len(inputs) == 1 else spread, spread=spread))


@lowers(Concat)
def concat(op: Concat, _inputs: tuple[Shape, ...]) -> Layer:
    dim = op.axis + 1 if op.axis >= 0 else op.axis
    template = f"torch.cat([{{x}}], {dim})"
    return Layer(expr=Expr(template, spread=template))


def _reduced(broadcast: bool, method: str) -> str:
    operands = "torch.broadcast_tensors(*[{x}])" if broadcast else "[{x}]"
    return f"torch.stack({operands}).{method}(0)"
