"""JSON with a line for each record, so that it can be read, searched and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from archspec.ops.unknown import plain


def encoded(value: Any, indent: int | None = None) -> str:
    """JSON in which only what can be printed stands for itself."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    return "\n".join(
        line if line.isprintable() else "".join(map(_encoded, line)) for line in text.split("\n")
    )


def _encoded(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def lines_of(records: Iterable[Any], indent: str = "") -> str:
    """A list with a line a record."""
    lines = [f"{indent}  {encoded(record)}" for record in records]
    return "[\n" + ",\n".join(lines) + f"\n{indent}]" if lines else "[]"


def document(data: Mapping[str, Any]) -> str:
    """An object with a line an entry, and one for each record of its lists, at any depth."""
    entries = [f"  {json.dumps(key)}: {_value(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return lines_of(value, "  ")
    return encoded(value)
