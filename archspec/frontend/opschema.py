"""JSON Schemas of the ops: the attributes of each with their defaults, and what it is."""

from __future__ import annotations

import inspect
from typing import Any

from archspec.frontend.attributes import expectation
from archspec.frontend.sectionschema import EXPRESSION, Schema, keys, ref, said, titled
from archspec.frontend.wording import written
from archspec.ops import REGISTRY, Op


def op_defs() -> dict[str, Schema]:
    """What may stand as the value of each op, and what the op by itself says."""
    return {
        **{f"op_{name}": _op(op) for name, op in REGISTRY.items()},
        "op": {"anyOf": [_word(op) for op in REGISTRY.values()]},
    }


def _text(op: type[Op]) -> str:
    return inspect.cleandoc(op.__doc__ or "")


def _word(op: type[Op]) -> Schema:
    """The op's name alone, with its formula."""
    summary, _, _ = _text(op).partition("\n\n")
    return titled(op.name, {"const": op.name, **said(summary)})


def _op(op: type[Op]) -> Schema:
    """What may stand as an op's value: nothing, its attributes, or its one bare value."""
    attributes = {name: _attribute(op, name) for name in op.model_fields}
    required = [name for name, field in op.model_fields.items() if field.is_required()]
    if op.merges:
        branches = {**ref("branches"), **said("What it gathers: lists of nodes, nodes and ids.")}
        named = keys({**attributes, "branches": branches})
        forms = [ref("branches"), {**named, "required": [*required, "branches"]}]
    else:
        forms = [titled(op.name, {**keys(attributes), "required": required})]
        if op.idle:  # it does nothing until it is told something
            forms[0]["minProperties"] = 1
        if op.primary is not None:  # without words, in whose place those of the op are shown
            *options, _dynamic = attributes[op.primary]["anyOf"]
            forms += [*options, EXPRESSION]
        if not required and not op.idle:
            forms.append({"type": "null"})
    schema = {"anyOf": forms, **said(_text(op))}
    return schema if op.merges else titled(op.name, schema)


def _attribute(op: type[Op], name: str) -> Schema:
    schema = op.model_json_schema()["properties"][name]
    found = _expressible({k: v for k, v in schema.items() if k not in ("title", "default")})
    expected = expectation(op, name)
    text = f"{expected[:1].upper()}{expected[1:]}."
    if "default" in schema:
        text += f" Default: `{written(schema['default'])}`."
    if schema.get("default") is not None:
        found["default"] = schema["default"]
    return {**found, **said(text)}


def _expressible(schema: Schema) -> Schema:
    """The same, or an expression in its place, or in the place of anything within it."""
    inner: dict[str, Any] = dict(schema)
    if isinstance(inner.get("items"), dict):
        inner["items"] = _expressible(inner["items"])
    if "prefixItems" in inner:
        inner["prefixItems"] = [_expressible(item) for item in inner["prefixItems"]]
    options = [_expressible(option)["anyOf"][0] for option in inner.pop("anyOf", [])]
    return {"anyOf": [*(options or [inner]), ref("dynamic")]}
