"""The ops: one stands in one place, and is found in `REGISTRY` by the name a spec calls it."""

from archspec.ops.base import REGISTRY, Op
from archspec.ops.types import OpError, Shape, Tensor
from archspec.ops.work import Work

__all__ = ["REGISTRY", "Op", "OpError", "Shape", "Tensor", "Work"]
