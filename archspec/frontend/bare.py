"""A value without a name beside an op: what is wrong with it, and how it was to be written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from archspec.diagnostics import Diagnostic, listed
from archspec.frontend.ast import Call, Constant, ListValue, MapValue, Value
from archspec.frontend.hints import spaced
from archspec.frontend.meant import TUPLE
from archspec.frontend.wording import as_written, written
from archspec.ops import REGISTRY, Op


def no_bare_value(op: type[Op], bare: Value) -> Diagnostic:
    """E203 for a value without a name beside an op that has no one obvious attribute."""
    return Diagnostic(
        "E203",
        f"`{op.name}` takes no bare value",
        bare.span,
        expected="attributes: " + (listed(op.model_fields) or "none"),
        hint=with_names(op.name, op.model_fields, bare) or _alone(op, bare),
    )


def with_names(name: str, known: Iterable[str], bare: Value) -> str | None:
    """A hint for a list of what an op or a block takes, in its order or each as `name: value`."""
    if isinstance(bare, Constant) and isinstance(bare.value, tuple):
        pairs = [*zip(known, map(written, bare.value), strict=False)]
    elif isinstance(bare, ListValue):
        pairs = []
        for key, item in zip([*known, *[""] * len(bare.items)], bare.items, strict=False):
            inner = item.entries.items() if isinstance(item, MapValue) else [(key, (None, item))]
            pairs += [(word, as_written(value)) for word, (_, value) in inner if word]
    else:
        return None
    return f"write {name}: {{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"


def in_a_list(bare: Value, known: Iterable[str]) -> bool:
    """Whether a list holds what is meant as one mapping: `[out_channels: 16, stride: 2]`."""
    known = {*known}
    items = bare.items if isinstance(bare, ListValue) else []
    maps = [item.entries.keys() for item in items if isinstance(item, MapValue)]
    return bool(maps) and all(keys <= known for keys in maps)


def _alone(op: type[Op], bare: Value) -> str | None:
    """How an op is written whose one value belongs elsewhere, or has a name."""
    value = bare.value if isinstance(bare, Constant) else None
    fields = op.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    if isinstance(value, str) and (hint := spaced(value, fields)):
        return hint
    if isinstance(value, str) and value in REGISTRY:
        return f"`{value}` is a node of its own: [{op.name}, {value}]"
    if f"{op.name}{value}" in REGISTRY:
        return f"write `{op.name}{value}:`"
    if len(required) == 1:
        return f"write {op.name}: {{{required[0]}: {as_written(bare)}}}"
    if op.inferred and type(value) is int:
        return f"the number of channels follows from the shape: write `{op.name}:`"
    alike = [name for name, field in fields.items() if field.annotation is type(value)]
    if len(alike) == 1:
        return f"write {op.name}: {{{alike[0]}: {as_written(bare)}}}"
    return None if required else f"leave the value out: write `{op.name}:`"


def bare_hint(op: type[Op], name: str, call: Call, value: Any) -> str | None:
    """How to write `conv: [64, 3]` and `conv: 3x3`, whose bare value is a number of channels."""
    key, bare = call.args.named.get(name, (None, None))
    if bare is None or key is not bare.span or name != op.primary:
        return None
    if in_a_list(bare, op.model_fields):
        return with_names(op.name, op.model_fields, bare)
    if isinstance(value, str) and (hint := spaced(value, op.model_fields)):
        return hint
    if name != op.makes or "kernel_size" not in op.model_fields:
        return None
    if isinstance(value, tuple):
        return with_names(op.name, op.model_fields, bare)
    if not isinstance(value, str) or not TUPLE.fullmatch(value):
        return None
    kernel = re.findall(r"\d+", value)[0]
    return f"write {op.name}: {{{name}: ..., kernel_size: {kernel}}}"
