"""The ops. Importing this package fills `REGISTRY`; one op stands in one place."""

from archspec.ops import (
    activation,
    channels,
    conv,
    drop_path,
    dropout,
    linear,
    merge,
    norm,
    pool,
    resize,
    sampling,
    shape,
    special_conv,
    special_pool,
)
from archspec.ops.base import REGISTRY, Op, OpError, Shape, Tensor

__all__ = [
    "REGISTRY",
    "Op",
    "OpError",
    "Shape",
    "Tensor",
    "activation",
    "channels",
    "conv",
    "drop_path",
    "dropout",
    "linear",
    "merge",
    "norm",
    "pool",
    "resize",
    "sampling",
    "shape",
    "special_conv",
    "special_pool",
]
