"""Merges: ops that take branches."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from archspec.ops.axes import Axis, resolve_axis
from archspec.ops.base import Op
from archspec.ops.bases import Movement
from archspec.ops.stencil import Reading, stretched, strung
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Category, Child, OpError, Shape, Sign, show
from archspec.ops.work import Work


class Merge(Op):
    """Base of the merges."""

    category: ClassVar[Category] = "merge"
    merges: ClassVar[bool] = True
    child: ClassVar[Child] = "never"

    def disagree(self, expected: str, inputs: tuple[Shape, ...], hint: str | None) -> OpError:
        """The error for operands that do not fit together."""
        return OpError(
            "E501",
            f"the operands of `{self.name}` disagree",
            expected=expected,
            found=" and ".join(map(show, inputs)),
            hint=hint,
        )

    def check_count(self, inputs: tuple[Shape, ...], exactly: int | None = None) -> None:
        """E409 unless there is an operand, or just as many as there must be."""
        if not inputs or (exactly is not None and len(inputs) != exactly):
            raise OpError(
                "E409",
                f"`{self.name}` has {len(inputs)} operand" + ("" if len(inputs) == 1 else "s"),
                expected="at least one" if exactly is None else f"exactly {exactly}",
                found=str(len(inputs)),
            )


class _Elementwise(Merge):
    """Operands of equal shape; with `broadcast`, axes of size 1 stretch to the others'."""

    hidden: ClassVar[tuple[str, ...]] = ("broadcast",)
    gathers: ClassVar[bool] = True
    pairwise: ClassVar[bool] = True

    broadcast: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        self.check_count(inputs)
        if len(set(inputs)) == 1:
            return inputs[0]
        if len({len(shape) for shape in inputs}) > 1:
            raise self.disagree("operands with equally many axes", inputs, None)
        out = tuple(map(max, *inputs))
        fits = all(size in (1, o) for shape in inputs for size, o in zip(shape, out, strict=True))
        if not self.broadcast:
            hint = "`broadcast: true` stretches axes of size 1" if fits else None
            raise self.disagree("equal shapes", inputs, hint)
        if not fits:
            raise self.disagree("sizes that are equal or 1, axis by axis", inputs, None)
        return out

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        value = inputs[0]
        for other in inputs[1:]:
            value = self.pair(tape, value, other)
        return value

    def pair(self, tape: Tape, a: Value, b: Value) -> Value:
        """The kernel that takes two operands; of several, the first two, then that and the next."""
        return tape.add(a, b)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return tuple(stretched(shape, output) for shape in inputs)


class Add(_Elementwise):
    """The sum of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "add"
    sums: ClassVar[bool] = True
    sign: ClassVar[Sign] = "+"
    infix: ClassVar[str] = "+"
    result: ClassVar[str] = "sum"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """n - 1 additions a value, for n operands."""
        return Work(elementwise=(len(inputs) - 1) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """Of a list `sum`, which begins with 0."""
        first = tape.merge(inputs[0].shape, inputs[0]) if tape.in_list else inputs[0]
        return super().trace(tape, first, *inputs[1:])


class Subtract(_Elementwise):
    """The first operand less the second. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "subtract"
    sign: ClassVar[Sign] = "−"
    infix: ClassVar[str] = "-"
    result: ClassVar[str] = "difference"
    operands: ClassVar[tuple[str, ...]] = ("", "subtracted")

    def infer(self, *inputs: Shape) -> Shape:
        self.check_count(inputs, exactly=2)
        return super().infer(*inputs)

    def pair(self, tape: Tape, a: Value, b: Value) -> Value:
        return tape.subtract(a, b)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """1 subtraction a value."""
        return Work(elementwise=prod(output))


class Multiply(_Elementwise):
    """The elementwise product of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "multiply"
    sign: ClassVar[Sign] = "×"
    infix: ClassVar[str] = "*"
    result: ClassVar[str] = "product"
    gathers: ClassVar[bool] = False

    def pair(self, tape: Tape, a: Value, b: Value) -> Value:
        return tape.multiply(a, b)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.gather("prod", *inputs) if tape.in_list else super().trace(tape, *inputs)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """n - 1 multiplications a value, for n operands."""
        return Work(elementwise=(len(inputs) - 1) * prod(output))


class Mean(_Elementwise):
    """The elementwise mean of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "mean"

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """n - 1 additions and a division a value, for n operands; one alone is its own mean."""
        return Work(elementwise=(len(inputs) if len(inputs) > 1 else 0) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        if tape.in_list:
            return tape.gather("mean", *inputs)
        total = super().trace(tape, *inputs)
        return tape.call(total.shape, total) if len(inputs) > 1 else total


class _Extreme(_Elementwise):
    """The largest or the smallest of the operands; `reduction` is what torch calls it."""

    reduction: ClassVar[Literal["amax", "amin"]]

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """n - 1 comparisons a value, for n operands."""
        return Work(comparisons=(len(inputs) - 1) * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        if len(inputs) > 2 or (tape.in_list and len(inputs) == 1):
            return tape.gather(self.reduction, *inputs)
        return super().trace(tape, *inputs)

    def pair(self, tape: Tape, a: Value, b: Value) -> Value:
        return tape.extreme(a, b)


class Maximum(_Extreme):
    """The elementwise maximum of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "maximum"
    reduction: ClassVar[Literal["amax", "amin"]] = "amax"


class Minimum(_Extreme):
    """The elementwise minimum of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "minimum"
    reduction: ClassVar[Literal["amax", "amin"]] = "amin"


class Concat(Merge, Movement):
    """Its operands one after the other along `axis`, by default the channels.

    All other axes must be equal.
    """

    name: ClassVar[str] = "concat"
    stacks: ClassVar[bool] = True
    gathers: ClassVar[bool] = True

    axis: Axis = 0

    def infer(self, *inputs: Shape) -> Shape:
        self.check_count(inputs)
        if len({len(shape) for shape in inputs}) > 1:
            raise self.disagree("operands with equally many axes", inputs, None)
        first = inputs[0]
        axis = resolve_axis(self, self.axis, first)
        if len({shape[:axis] + shape[axis + 1 :] for shape in inputs}) > 1:
            raise self.disagree(f"equal sizes along every axis but {axis}", inputs, None)
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.merge(self.batched(*inputs), *inputs)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return strung(inputs, resolve_axis(self, self.axis, output))
