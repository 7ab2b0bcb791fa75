"""Ops that give the same values another shape: flatten, reshape, permute."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from archspec.ops.axes import Axis, resolve_axis
from archspec.ops.base import Op
from archspec.ops.bases import Movement
from archspec.ops.stencil import STILL, Along, Reading, regrouped
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Expect, Kind, OpError, Shape, show

_Size = Annotated[int, Field(ge=1)]
NewShape = Annotated[
    tuple[_Size | Literal[-1], ...],
    Field(min_length=1),
    Expect("a list of sizes without the batch axis, one of which may be -1"),
    Kind("shape"),
]


class Input(Movement):
    """A value that is fed to the network; `inputs:` in a spec makes it."""

    name: ClassVar[str] = "input"
    internal: ClassVar[bool] = True
    local: ClassVar[bool] = True

    shape: Annotated[tuple[_Size, ...], Kind("shape")]

    def infer(self, *inputs: Shape) -> Shape:
        return self.shape


class Identity(Movement):
    """Its operand, unchanged: `nn.Identity`."""

    name: ClassVar[str] = "identity"
    resizes: ClassVar[bool] = True
    passes_on: ClassVar[bool] = True
    local: ClassVar[bool] = True

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return inputs[0]


class _Regrouping(Movement):
    """Base of what gives the same values another shape."""

    passes_on: ClassVar[bool] = True
    resizes: ClassVar[bool] = True

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """A copy where what a `permute` or a slice left cannot be seen in this shape."""
        return reshaped(tape, inputs[0], self.batched(*inputs))

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (regrouped(inputs[0], output),)


class Flatten(_Regrouping):
    """`[C, H, W]` becomes `[C * H * W]`; `nn.Flatten`.

    `start_axis` and `end_axis` bound the axes that are joined; the batch axis is not counted.
    """

    name: ClassVar[str] = "flatten"

    start_axis: Axis = 0
    end_axis: Axis = -1

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        first = resolve_axis(self, self.start_axis, shape, "start_axis")
        last = resolve_axis(self, self.end_axis, shape, "end_axis")
        if first > last:
            raise OpError(
                "E210",
                "`flatten` ends before it starts",
                expected="start_axis not after end_axis",
                found=f"axes {first} to {last} of {show(shape)}",
                attribute="end_axis",
            )
        return (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])


class Reshape(_Regrouping):
    """The same values in another shape; one size may be -1 and is what the others leave."""

    name: ClassVar[str] = "reshape"
    primary: ClassVar[str | None] = "shape"
    sized: ClassVar[tuple[str, ...]] = ("shape",)

    shape: NewShape

    def infer(self, *inputs: Shape) -> Shape:
        (given,) = inputs
        if self.shape.count(-1) > 1:
            raise OpError(
                "E210",
                "only one size of a `reshape` may be -1",
                expected="at most one -1",
                found=show(self.shape),
                attribute="shape",
            )
        known = prod(size for size in self.shape if size != -1)
        rest = prod(given) // known
        out = tuple(rest if size == -1 else size for size in self.shape)
        if prod(out) != prod(given):
            raise OpError(
                "E505",
                f"{prod(given)} values cannot take the shape {show(self.shape)}",
                expected=f"sizes whose product is {prod(given)}",
                found=show(self.shape),
                attribute="shape",
            )
        return out


class Permute(Movement):
    """The axes in another order: `permute: [1, 2, 0]` makes `[C, H, W]` into `[H, W, C]`.

    Each axis of the result is the operand's axis of that number; the batch axis stays in front.
    """

    name: ClassVar[str] = "permute"
    primary: ClassVar[str | None] = "axes"
    passes_on: ClassVar[bool] = True

    axes: Annotated[
        tuple[int, ...],
        Expect("a list of the axes, counted without the batch", position=True),
        Kind("axis"),
    ]

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if sorted(self.axes) != list(range(len(shape))):
            raise OpError(
                "E210",
                f"`permute` cannot put the axes of {show(shape)} in the order {show(self.axes)}",
                expected=f"each of the axes 0 to {len(shape) - 1} once",
                found=show(self.axes),
                hint=f"the batch is not counted: write {show(a - 1 for a in self.axes if a)}"
                if sorted(self.axes) == list(range(len(shape) + 1))
                else None,
                attribute="axes",
            )
        return tuple(shape[axis] for axis in self.axes)

    def spoken(self, rank: int) -> tuple[str, ...]:
        return (f"permute ({', '.join(map(str, self.axes))})",)

    def takes_back(self, before: Op) -> bool:
        if not isinstance(before, Permute) or len(before.axes) != len(self.axes):
            return False
        return [before.axes[axis] for axis in self.axes] == list(range(len(self.axes)))

    def brief(self, rank: int = 2, named: Mapping[str, str] | None = None) -> str:
        return ", ".join(map(str, self.axes))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        strides = x.strides or dense(x.shape)
        order = (strides[0], *(strides[axis + 1] for axis in self.axes))
        return tape.view(x, self.batched(x), order if self.axes != (*sorted(self.axes),) else None)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (tuple(Along(self.axes.index(axis), STILL) for axis in range(len(output))),)


def sliced(
    tape: Tape, x: Value, shape: Shape, steps: Shape | None = None, *, every: bool = False
) -> Value:
    """The part of x that has this shape, cut axis by axis.

    Args:
        steps: along each axis; by default 1.
        every: whether a spatial axis that stays whole takes a kernel as well.
    """
    strides = x.strides or dense(x.shape)
    for axis in range(1, len(shape)):
        step = steps[axis] if steps is not None else 1
        strides = (*strides[:axis], strides[axis] * step, *strides[axis + 1 :])
        if shape[axis] != x.shape[axis] or (every and axis > 1):
            cut = (*shape[: axis + 1], *x.shape[axis + 1 :])
            x = tape.view(x, cut, strides, part=True)
    return x


def reshaped(tape: Tape, x: Value, shape: Shape) -> Value:
    """The same values in another shape: a view, or a copy."""
    if x.strides is None:
        return tape.view(x, shape)
    strides = _viewed(x.shape, x.strides, shape)
    return tape.merge(shape, x) if strides is None else tape.view(x, shape, strides)


def dense(shape: Shape) -> Shape:
    """How far apart neighbours along each axis lie in memory that is laid out row by row."""
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _viewed(shape: Shape, strides: Shape, wanted: Shape) -> Shape | None:
    """The strides with which values that lie so have the wanted shape; None if they must move.

    Axes that run on into each other are one run of memory; what is wanted must divide each run.
    """
    runs: list[tuple[int, int]] = []
    following = 0
    for size, stride in reversed([*zip(shape, strides, strict=True)]):
        if size == 1:
            continue
        if runs and stride == following:
            runs[-1] = (runs[-1][0] * size, runs[-1][1])
        else:
            runs.append((size, stride))
        following = stride * size
    found: list[int] = []
    left, step = 1, 1
    for size in reversed(wanted):
        if size > 1 and left == 1 and runs:
            left, step = runs.pop(0)
        if left % size:
            return None
        found.append(step)
        left, step = left // size, step * size
    return tuple(reversed(found))
