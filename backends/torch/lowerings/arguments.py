"""Arguments that many lowerings write alike."""

from __future__ import annotations

from typing import Any

from archspec.backends.torch.layers import Arg, from_attribute
from archspec.ops.base import Op, Shape


def passed(op: Op, *names: str, positional: bool = False) -> tuple[Arg, ...]:
    """Attributes handed on under their own names, with the defaults the op has from PyTorch."""
    fields = type(op).model_fields
    return tuple(
        from_attribute(op, name, positional=positional)
        if fields[name].is_required()
        else from_attribute(op, name, fields[name].default, positional=positional)
        for name in names
    )


def width(name: str, shape: Shape) -> Arg:
    """The leading argument that is the size of the operand's first axis."""
    return Arg(name, shape[0], "@features" if len(shape) == 1 else "@channels", positional=True)


def compact(values: tuple[Any, ...]) -> Any:
    """One value where all are equal, as one writes it by hand."""
    return values[0] if len(set(values)) == 1 else values
