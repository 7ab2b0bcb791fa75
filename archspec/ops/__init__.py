"""The ops: one stands in one place, and is found in `REGISTRY` by the name a spec calls it."""

from archspec.ops.base import Op, OpError, Shape, Tensor
from archspec.ops.registry import REGISTRY

__all__ = ["REGISTRY", "Op", "OpError", "Shape", "Tensor"]
