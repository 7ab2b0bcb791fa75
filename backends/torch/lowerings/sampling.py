"""Sampling at points that the network computes."""

from __future__ import annotations

from archspec.backends.torch.layers import Arg, Expr, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import passed
from archspec.ops.sampling import AffineGrid, GridSample
from archspec.ops.types import Shape


@lowers(AffineGrid)
def affine_grid(op: AffineGrid, inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "align_corners")
    if op.like is not None:
        template = "affine_grid({x}, {ref}.shape[2:]{args})"
        return Layer(expr=Expr(template, args, references=1), helper="affine_grid")
    size = Arg("size", op.sizes(*inputs), positional=True)
    return Layer(expr=Expr("affine_grid({x}{args})", (size, *args)), helper="affine_grid")


@lowers(GridSample)
def grid_sample(op: GridSample, _inputs: tuple[Shape, ...]) -> Layer:
    # PyTorch warns where `align_corners` is left out.
    args = (*passed(op, "mode", "padding_mode"), from_attribute(op, "align_corners"))
    return Layer(expr=Expr("F.grid_sample({x}{args})", args))
