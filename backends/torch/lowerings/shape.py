"""Flatten, reshape, resize, pad and crop."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.backends.torch.layers import Arg, Construct, Expr, Layer, from_attribute, lowers
from archspec.backends.torch.lowerings.arguments import compact, passed, span
from archspec.ops.base import spread
from archspec.ops.resize import Crop, Pad, Subsample, Upsample
from archspec.ops.shape import Flatten, Identity, Permute, Reshape
from archspec.ops.types import Shape


@lowers(Identity)
def identity(_op: Identity, _inputs: tuple[Shape, ...]) -> Layer:
    return Layer(Construct("nn.Identity"), Expr("{x}"))


@lowers(Flatten)
def flatten(op: Flatten, _inputs: tuple[Shape, ...]) -> Layer:
    start, end = (a + 1 if a >= 0 else a for a in (op.start_axis, op.end_axis))
    last = Arg("end_dim", end, default=-1)
    return Layer(
        Construct("nn.Flatten", (Arg("start_dim", start, default=1), last)),
        Expr("torch.flatten({x}{args})", (Arg("start_dim", start, positional=True), last)),
    )


@lowers(Reshape)
def reshape(op: Reshape, inputs: tuple[Shape, ...]) -> Layer:
    if len(inputs[0]) == 1:
        sizes = Arg("unflattened_size", op.shape, "shape", positional=True)
        args = (Arg("dim", 1, positional=True), sizes)
        return Layer(Construct("nn.Unflatten", args), Expr("torch.unflatten({x}{args})", args))
    shape = (from_attribute(op, "shape", positional=True),)
    return Layer(
        Construct("Reshape", shape),
        Expr("torch.flatten({x}, 1).unflatten(1{args})", shape),
        helper="Reshape",
    )


@lowers(Permute)
def permute(op: Permute, _inputs: tuple[Shape, ...]) -> Layer:
    dims = ", ".join(str(axis + 1) for axis in op.axes)
    return Layer(
        Construct("Permute", (Arg("dims", tuple(a + 1 for a in op.axes), positional=True),)),
        Expr(f"{{x}}.permute(0, {dims})"),
        helper="Permute",
    )


@lowers(Upsample)
def upsample(op: Upsample, _inputs: tuple[Shape, ...]) -> Layer:
    args = passed(op, "size", "scale_factor", "mode", "align_corners")
    if op.like is not None:
        return Layer(expr=Expr("F.interpolate({x}, {ref}.shape[2:]{args})", args, references=1))
    return Layer(Construct("nn.Upsample", args), Expr("F.interpolate({x}{args})", args))


@lowers(Subsample)
def subsample(op: Subsample, inputs: tuple[Shape, ...]) -> Layer:
    rank = len(inputs[0]) - 1
    spans = ", ".join(span(step=s if s != 1 else "") for s in spread(op.stride, rank, "stride"))
    return Layer(
        Construct("Subsample", (from_attribute(op, "stride", positional=True),)),
        Expr(f"{{x}}[:, :, {spans}]"),
        helper="Subsample",
    )


@lowers(Pad)
def pad(op: Pad, inputs: tuple[Shape, ...]) -> Layer:
    if op.like is not None:
        return Layer(
            expr=Expr("pad_like({x}{args})", passed(op, "mode", "value")), helper="pad_like"
        )
    rank = len(inputs[0]) - 1
    sides = _last_axis_first(op.sides(*inputs))
    margins = Arg("padding", compact(sides), positional=True)
    if isinstance(op.padding, int):
        margins = from_attribute(op, "padding", positional=True)
    modules = {"reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
    if op.mode in modules:
        module = Construct(f"nn.{modules[op.mode]}Pad{rank}d", (margins,))
    elif op.value == 0:
        module = Construct(f"nn.ZeroPad{rank}d", (margins,))
    else:
        module = Construct(
            f"nn.ConstantPad{rank}d", (margins, from_attribute(op, "value", positional=True))
        )
    args = (Arg("pad", sides, positional=True), *passed(op, "mode", "value"))
    return Layer(module, Expr("F.pad({x}{args})", args))


@lowers(Crop)
def crop(op: Crop, inputs: tuple[Shape, ...]) -> Layer:
    if op.like is not None:
        return _crop_like(op, inputs)
    rank = len(inputs[0]) - 1
    assert op.size is not None
    size = spread(op.size, rank, "size")
    if op.offset is None:
        return Layer(
            expr=Expr("crop_to({x}{args})", (Arg("size", size, positional=True),)),
            helper="crop_to",
        )
    start = spread(op.offset, rank, "offset")
    spans = ", ".join(span(a, a + n) for a, n in zip(start, size, strict=True))
    return Layer(expr=Expr(f"{{x}}[:, :, {spans}]"))


def _crop_like(op: Crop, inputs: tuple[Shape, ...]) -> Layer:
    if op.offset is None:
        return Layer(expr=Expr("center_crop({x})"), helper="center_crop")
    offset = Arg("offset", op.start(*inputs), positional=True)
    return Layer(expr=Expr("crop_like({x}{args})", (offset,)), helper="crop_like")


def _last_axis_first(sides: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Margins in the order PyTorch wants them: those of the last axis lead."""
    return tuple(margin for pair in reversed(tuple(sides)) for margin in pair)
