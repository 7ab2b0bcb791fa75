"""Arguments that many lowerings write alike."""

from __future__ import annotations

import ast
from typing import Any

from archspec.backends.torch.layers import Arg, from_attribute
from archspec.codegen.symbols import Symbol
from archspec.ops.base import Op
from archspec.ops.types import Shape


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


def span(start: Any = "", stop: Any = "", step: Any = "") -> str:
    """A slice; where a part is computed, ruff wants blanks at its colons."""
    parts = [start, stop] if step == "" else [start, stop, step]
    if not any(isinstance(p, Symbol) and not isinstance(p.tree, ast.Name) for p in parts):
        return ":".join(map(str, parts))
    text = str(parts[0])
    for part in parts[1:]:
        text += " :" if text.strip(" :") else ":"
        text += f" {part}" if part != "" else ""
    return text


def compact(values: tuple[Any, ...]) -> Any:
    """One value where all are equal, as one writes it by hand."""
    return values[0] if len(set(values)) == 1 else values
