"""The ops. Importing this package fills `REGISTRY`; one op stands in one place."""

from archspec.ops import activation, conv, dropout, linear, merge, norm, pool, shape
from archspec.ops.base import REGISTRY, Op, OpError, Shape, Tensor

__all__ = [
    "REGISTRY",
    "Op",
    "OpError",
    "Shape",
    "Tensor",
    "activation",
    "conv",
    "dropout",
    "linear",
    "merge",
    "norm",
    "pool",
    "shape",
]
