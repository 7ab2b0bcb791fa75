"""How large a value or a weight may be, so that some machine could hold it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archspec.ops import Op, OpError, Shape
from archspec.ops.types import MAX_AXES, MAX_SIZE, show

MAX_COUNT = 2**63 - 1
"""Numbers that a value or a weight may have."""

_WIDE = 2**12


def check_size(op: Op, inputs: Sequence[Shape], shape: Shape) -> None:
    """Raise an OpError where no machine could hold the value or a weight.

    Small values, which nearly all are, have no large weights.
    """
    if len(shape) > MAX_AXES:
        raise OpError(
            "E405",
            f"the value of `{op.name}` has {len(shape)} axes",
            expected=f"at most {MAX_AXES}, beside the batch",
        )
    widest = max(shape)
    if widest < _WIDE and all(max(s) < _WIDE for s in inputs):
        return
    if widest > MAX_SIZE or prod(shape) > MAX_COUNT:
        what, sizes = "value", shape
    else:
        tensors = op.tensors(*inputs)
        sizes = next((t.shape for t in tensors if t.count > MAX_COUNT), ())
        what = "weight"
    if sizes:
        raise OpError(
            "E405",
            f"the {what} of `{op.name}` is too large",
            expected=f"axes of at most {MAX_SIZE:,}, and fewer than 2 ** 63 numbers in all",
            found=show(sizes),
        )
