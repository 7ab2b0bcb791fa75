"""The lowerings, a file a family of ops. Importing this package fills `LOWERINGS`."""

from archspec.backends.torch.layers import LOWERINGS
from archspec.backends.torch.lowerings import (
    activation,
    channels,
    conv,
    drop_path,
    dropout,
    linear,
    merge,
    norm,
    pool,
    sampling,
    shape,
    special_conv,
)

__all__ = [
    "LOWERINGS",
    "activation",
    "channels",
    "conv",
    "drop_path",
    "dropout",
    "linear",
    "merge",
    "norm",
    "pool",
    "sampling",
    "shape",
    "special_conv",
]
