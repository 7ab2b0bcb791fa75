"""The operations of tensor expressions that move values, and leave them as they are."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

from archspec.ir import tensor_shapes as rules
from archspec.ir.tensor_ops import ATOM, Constant, Dtype, TensorOp, Text, operation
from archspec.ops.types import Shape, show


@operation
class Rearrangement(TensorOp):
    """What only chooses and orders values: of a constant it is a constant."""

    def after(self, first: TensorOp) -> TensorOp | None:
        if isinstance(first, Constant):
            return Constant(self.infer(first.shape), first.value, first.dtype)
        return self.merged(first) if isinstance(first, type(self)) else None

    @abstractmethod
    def merged(self, first: Self) -> TensorOp | None:
        """Return the one operation that does what two of this class do."""


@operation
class Reshape(Rearrangement):
    """The values in another shape, in row-major order."""

    target: Shape

    def infer(self, *shapes: Shape) -> Shape:
        return rules.reshaped(shapes[0], self.target)

    def merged(self, first: Self) -> TensorOp:
        return self

    def idle(self, *shapes: Shape) -> bool:
        return shapes[0] == self.target

    def written(self, *operands: Text) -> Text:
        """`x[:, None]` where axes of size 1 are added alone."""
        (operand,) = operands
        left, marks = list(operand.shape), []
        for size in self.target:
            kept = bool(left) and left[0] == size
            marks.append(":" if kept else "None")
            if kept:
                left.pop(0)
            elif size != 1:
                return Text(f"reshape({operand.text}, {show(self.target)})")
        if left:
            return Text(f"reshape({operand.text}, {show(self.target)})")
        return Text(f"{operand.within(ATOM)}[{', '.join(marks)}]")


@operation
class Permute(Rearrangement):
    """Axis i of the result is the operand's `axes[i]`."""

    axes: tuple[int, ...]

    def infer(self, *shapes: Shape) -> Shape:
        return rules.permuted(shapes[0], self.axes)

    def merged(self, first: Self) -> TensorOp:
        return Permute(tuple(first.axes[axis] for axis in self.axes))

    def idle(self, *shapes: Shape) -> bool:
        return self.axes == tuple(range(len(self.axes)))

    def written(self, *operands: Text) -> Text:
        return Text(f"permute({operands[0].text}, {show(self.axes)})")


@operation
class Slice(Rearrangement):
    """Evenly spaced positions, a range an axis."""

    ranges: tuple[range, ...]

    def infer(self, *shapes: Shape) -> Shape:
        return rules.sliced(shapes[0], self.ranges)

    def merged(self, first: Self) -> TensorOp:
        pairs = zip(first.ranges, self.ranges, strict=True)
        return Slice(
            tuple(
                rules.canonical(inner[outer.start : outer.stop : outer.step])
                for inner, outer in pairs
            )
        )

    def idle(self, *shapes: Shape) -> bool:
        return all(map(_whole, self.ranges, shapes[0]))

    def written(self, *operands: Text) -> Text:
        (operand,) = operands
        marks = [
            ":" if _whole(chosen, size) else _range(chosen)
            for chosen, size in zip(self.ranges, operand.shape, strict=True)
        ]
        while marks and marks[-1] == ":":
            marks.pop()
        return Text(f"{operand.within(ATOM)}[{', '.join(marks) or ':'}]")


@operation
class Take(Rearrangement):
    """The positions along an axis that `indices` names, in its order, as often as it does."""

    axis: int
    indices: tuple[int, ...]

    def infer(self, *shapes: Shape) -> Shape:
        return rules.taken(shapes[0], self.axis, self.indices)

    def merged(self, first: Self) -> TensorOp | None:
        if self.axis != first.axis:
            return None
        return Take(self.axis, tuple(first.indices[at] for at in self.indices))

    def idle(self, *shapes: Shape) -> bool:
        return self.indices == tuple(range(shapes[0][self.axis]))

    def written(self, *operands: Text) -> Text:
        return Text(f"take({operands[0].text}, {self.axis}, [{', '.join(_runs(self.indices))}])")


@operation
class Broadcast(Rearrangement):
    """Axes of size 1 repeated, and new ones put in front, up to `target`."""

    target: Shape

    def infer(self, *shapes: Shape) -> Shape:
        return rules.stretched(shapes[0], self.target)

    def merged(self, first: Self) -> TensorOp:
        return self

    def idle(self, *shapes: Shape) -> bool:
        return shapes[0] == self.target

    def written(self, *operands: Text) -> Text:
        return Text(f"broadcast({operands[0].text}, {show(self.target)})")


@operation
class Pad(TensorOp):
    """So many times `value` before and after the operand, along each axis."""

    margins: tuple[tuple[int, int], ...]
    value: float

    def infer(self, *shapes: Shape) -> Shape:
        return rules.padded(shapes[0], self.margins)

    def typed(self, *dtypes: Dtype) -> Dtype:
        return Constant((), self.value, dtypes[0]).typed()

    def idle(self, *shapes: Shape) -> bool:
        return not any(map(any, self.margins))

    def written(self, *operands: Text) -> Text:
        return Text(f"pad({operands[0].text}, {show(self.margins)}, {self.value!r})")


@operation
class Concatenate(TensorOp):
    """The operands one after another along an axis."""

    axis: int

    def infer(self, *shapes: Shape) -> Shape:
        return rules.joined(shapes, self.axis)

    def idle(self, *shapes: Shape) -> bool:
        return len(shapes) == 1

    def written(self, *operands: Text) -> Text:
        return Text(f"concatenate([{', '.join(one.text for one in operands)}], {self.axis})")


def _whole(chosen: range, size: int) -> bool:
    return len(chosen) == size


def _range(chosen: range) -> str:
    step = f":{chosen.step}" if chosen.step > 1 else ""
    return f"{chosen.start}:{chosen.stop}{step}"


def _runs(indices: tuple[int, ...]) -> list[str]:
    """The indices, three or more in a row as `start:stop`."""
    found: list[range] = []
    for at in indices:
        if found and found[-1].stop == at:
            found[-1] = range(found[-1].start, at + 1)
        else:
            found.append(range(at, at + 1))
    return [
        text
        for run in found
        for text in ([_range(run)] if len(run) > 2 else [str(at) for at in run])
    ]
