"""Drop-path: what knows by itself whether it is in training, and a join that is told."""

from __future__ import annotations

from archspec.backends.torch.layers import Construct, Expr, Layer, lowers
from archspec.backends.torch.lowerings.arguments import passed
from archspec.ops.drop_path import ChooseColumn, DropPath, FractalJoin
from archspec.ops.types import Shape


@lowers(DropPath)
def drop_path(op: DropPath, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "p", positional=True)
    return Layer(Construct("DropPath", args), helper="DropPath")


@lowers(FractalJoin)
def fractal_join(op: FractalJoin, _inputs: tuple[Shape, ...]) -> Layer:
    columns = "" if op.columns is None else ", {ref}"
    template = f"fractal_join([{{x}}], self.training{columns}{{args}})"
    references = 0 if op.columns is None else 1
    args = passed(op, "p", "first")
    return Layer(
        expr=Expr(template, args, spread=template, references=references), helper="fractal_join"
    )


@lowers(ChooseColumn)
def choose_column(op: ChooseColumn, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "columns", positional=True) + passed(op, "p")
    return Layer(Construct("ChooseColumn", args), helper="ChooseColumn")
