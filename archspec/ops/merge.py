"""Merges: ops that take branches."""

from __future__ import annotations

from typing import ClassVar

from archspec.ops.base import Axis, Op, OpError, Shape, resolve_axis, show


class Merge(Op):
    """Base of the merges."""

    merges: ClassVar[bool] = True

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


class Add(_Elementwise):
    """The sum of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "add"


class Subtract(_Elementwise):
    """The first operand less the second. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "subtract"

    def infer(self, *inputs: Shape) -> Shape:
        self.check_count(inputs, exactly=2)
        return super().infer(*inputs)


class Multiply(_Elementwise):
    """The elementwise product of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "multiply"


class Mean(_Elementwise):
    """The elementwise mean of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "mean"


class Maximum(_Elementwise):
    """The elementwise maximum of its operands. Shapes must be equal unless `broadcast: true`."""

    name: ClassVar[str] = "maximum"


class Concat(Merge):
    """Its operands one after the other along `axis`, by default the channels.

    All other axes must be equal.
    """

    name: ClassVar[str] = "concat"

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
