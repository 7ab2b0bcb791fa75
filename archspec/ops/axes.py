"""Which axis of a value an attribute means; the batch is never counted."""

from __future__ import annotations

from typing import Annotated

from archspec.ops.base import Op
from archspec.ops.types import Expect, Kind, OpError, Shape, show

Axis = Annotated[
    int,
    Expect("an axis, counted without the batch: 0 is the channels, -1 the last", position=True),
    Kind("axis"),
]


def resolve_axis(op: Op, axis: int, shape: Shape, attribute: str = "axis") -> int:
    """An axis of `shape` counted from the front, once it is known to exist.

    Raises:
        OpError: E210 when the shape has no such axis.
    """
    rank = len(shape)
    if not -rank <= axis < rank:
        raise OpError(
            "E210",
            f"`{op.name}` has no axis {axis} in a value of shape {show(shape)}",
            expected=f"an axis from {-rank} to {rank - 1}; the batch axis is not counted",
            found=str(axis),
            hint=f"with the batch not counted, dim {axis} is {attribute}: {axis - 1}"
            if axis == rank
            else None,
            attribute=attribute,
        )
    return axis % rank
