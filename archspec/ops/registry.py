"""Every op by the name a spec calls it, each imported when it is first asked for.

A network uses a handful of ops, and the model of one takes a millisecond to make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import ClassVar, Protocol, TypeVar


class Named(Protocol):
    """What a registry holds: classes with a name, and the module that each stands in."""

    name: ClassVar[str]

    @classmethod
    def family(cls) -> str: ...


T = TypeVar("T", bound=Named)

_CONTENTS = {
    "activation": "relu relu6 leaky_relu prelu elu selu celu gelu silu mish hardswish hardsigmoid"
    " hardtanh softplus sigmoid scaled_sigmoid tanh scaled_tanh abs square exp softmax log_softmax",
    "shape": "identity flatten reshape permute",
    "channels": "scale channel_affine channel_pad channel_select channel_slice channel_shuffle",
    "conv": "conv conv_transpose",
    "merge": "add subtract multiply mean maximum minimum concat",
    "drop_path": "drop_path fractal_join choose_column",
    "dropout": "dropout spatial_dropout alpha_dropout feature_alpha_dropout",
    "linear": "linear rbf",
    "norm": "batch_norm instance_norm layer_norm group_norm local_response_norm",
    "pool": "max_pool avg_pool adaptive_avg_pool adaptive_max_pool global_avg_pool global_max_pool",
    "resize": "upsample subsample pad crop",
    "sampling": "affine_grid grid_sample",
    "special_conv": "masked_conv deform_conv",
    "special_pool": "lp_pool stochastic_pool mixed_pool fractional_max_pool",
}
"""What each module of `archspec.ops` defines, in the order of the reference."""


def _place(op: type) -> tuple[str, str]:
    """Where a class is defined."""
    return op.__module__, op.__qualname__


class Registry(Mapping[str, type[T]]):
    """The ops that a spec can name, in the order of the reference; others, as defined, follow."""

    def __init__(self) -> None:
        self._places = {name: m for m, names in _CONTENTS.items() for name in names.split()}
        self._defined: dict[str, type[T]] = {}

    def enter(self, op: type[T]) -> None:
        """Add an op; its class does so by being defined, in this package or outside of it.

        A class that is defined anew, as when a cell of a notebook runs again, takes the place
        of itself.

        Raises:
            TypeError: for a name that another op has, or that no spec could write.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*", op.name):
            raise TypeError(f"op `{op.name}` needs a name of small letters, digits and _")
        ours = op.__module__.startswith("archspec.ops.")
        before = self._defined.get(op.name)
        again = before is not None and _place(before) == _place(op)
        if not ours and not again and op.name in self._places:
            raise TypeError(f"op `{op.name}` is defined twice")
        if ours and (before is not None or self._places.get(op.name) != op.family()):
            raise TypeError(f"op `{op.name}` is defined twice, or not in the table of contents")
        self._places.setdefault(op.name, op.family())
        self._defined[op.name] = op

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._defined:
            import_module(f"archspec.ops.{self._places[name]}")
        return self._defined[name]

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._defined.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
