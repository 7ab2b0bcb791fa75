"""The lowerings, a file a family of ops. Importing this package fills `LOWERINGS`."""

from archspec.backends.torch.layers import LOWERINGS
from archspec.backends.torch.lowerings import (
    activation,
    conv,
    dropout,
    linear,
    merge,
    norm,
    pool,
    shape,
)

__all__ = [
    "LOWERINGS",
    "activation",
    "conv",
    "dropout",
    "linear",
    "merge",
    "norm",
    "pool",
    "shape",
]
