"""Values in the words of messages, and as a spec would write them."""

from __future__ import annotations

import ast
from typing import Any

from archspec.frontend.ast import Constant, ListValue, MapValue, Value
from archspec.frontend.expressions import Namespace, Template
from archspec.frontend.source import Mapping, Scalar, Tree


def kind(tree: Tree) -> str:
    """What a piece of YAML is, for the `found:` of a message."""
    if isinstance(tree, Mapping):
        return "a mapping" if tree.entries else "an empty mapping"
    if not isinstance(tree, Scalar):
        return "a list" if tree.items else "an empty list"
    if tree.value is None:
        return "nothing"
    return describe(tree.value)


def written(value: Any) -> str:
    """A value as a spec would write it."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value is not None else "null"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {written(v)}" for k, v in value.items()) + "}"
    return str(value)


def as_written(value: Value) -> str:
    """What a spec has there, with the dollar of what is computed."""
    if isinstance(value, Constant):
        return written(value.value)
    if isinstance(value, ListValue):
        return f"[{', '.join(map(as_written, value.items))}]"
    if isinstance(value, MapValue):
        return f"{{{', '.join(f'{k}: {as_written(v)}' for k, (_, v) in value.entries.items())}}}"
    text = " ".join(value.text.split())
    if isinstance(value, Template):
        return text
    alone = isinstance(value.tree, ast.Name | ast.Attribute | ast.Subscript)
    return f"${text}" if alone and text[0] not in "($" else f"$({text})"


def describe(value: Any) -> str:
    """A value and its type, in the words of a spec's author."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str) and not value.strip():
        return "an empty text"
    if isinstance(value, str):
        return f"the word `{value if len(value) <= 60 else value[:57] + '...'}`"
    if isinstance(value, (list, tuple, range)):
        text = written(value) if isinstance(value, range) or len(value) <= 20 else ""
        return f"the list `{text}`" if 0 < len(text) <= 60 else f"a list of {len(value)}"
    return f"`{value.label}` as a whole" if isinstance(value, Namespace) else "a mapping"
