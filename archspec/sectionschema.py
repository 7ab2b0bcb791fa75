"""JSON Schemas of what is no node: values, and what the keys of a spec and a block hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.initialisation import SCHEMES, TENSORS
from archspec.initialisation import WORDS as SCHEME_WORDS
from archspec.ops import REGISTRY
from archspec.parameters import TYPES
from archspec.syntax import ParamDecl
from archspec.vocabulary import KEPT_FREE

Schema = dict[str, Any]

SELECTOR = r"^(\.[A-Za-z0-9_]+)+$"
"""An id or a path, where ops may be named too."""

_SCALAR = ["string", "number", "boolean", "null"]


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def mapping(value: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": value, **more}


def keys(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def value_defs() -> dict[str, Schema]:
    """Words, expressions and what parameters may be."""
    return {
        "dynamic": {
            "type": "string",
            "pattern": r"\$",
            "description": "An expression: $name or $(...).",
        },
        "expression": {
            "type": ["string", "number", "boolean"],
            "description": "An expression, which needs no $ here.",
        },
        "name": {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"},
        "value": {"anyOf": [{"type": _SCALAR}, {"type": "array", "items": ref("value")}]},
    }


def section_defs(params: Mapping[str, ParamDecl] | None) -> dict[str, Schema]:
    """What the keys of a spec and of a block hold, nodes excepted."""
    size = {"anyOf": [{"type": "integer", "minimum": 1}, ref("dynamic")]}
    word, defaulted = {"type": "string"}, {"not": {"enum": list(TYPES)}}
    return {
        "params": {
            "type": ["object", "null"],
            "propertyNames": ref("name"),
            "additionalProperties": ref("param"),
        },
        "file_params": {"allOf": [ref("params"), {"additionalProperties": defaulted}]},
        "param": _param(),
        "inputs": mapping(
            {
                "type": "array",
                "minItems": 1,
                "items": size,
                "description": "Sizes without the batch axis, such as [3, 224, 224].",
            },
            propertyNames=ref("name"),
            minProperties=1,
        ),
        "variants": {
            **mapping(_row(params), propertyNames={"pattern": "^[^_]"}),
            "type": ["object", "null"],
        },
        "init": {
            **keys(dict.fromkeys(REGISTRY, ref("tensors"))),
            "patternProperties": {SELECTOR: ref("tensors")},
        },
        "require": _require(),
        "tensors": _tensors(),
        "numbers": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "number"}, ref("numbers")]},
        },
        "outputs": {
            "anyOf": [
                word,
                {"type": "array", "items": word, "minItems": 1},
                mapping(
                    {"anyOf": [word, ref("output")]},
                    propertyNames=ref("name"),
                    minProperties=1,
                ),
            ]
        },
        "output": _output(),
        "blocks": mapping(
            ref("block"),
            propertyNames={"allOf": [ref("name"), {"not": {"enum": list(KEPT_FREE)}}]},
        ),
    }


def _param() -> Schema:
    """A type, a default, or a mapping: a type with its default, choices, words on what it is."""
    doc: Schema = {"type": ["string", "number"], "description": "What the parameter is for."}
    short = {**keys({**dict.fromkeys(TYPES, ref("value")), "doc": doc})}
    short["oneOf"] = [{"required": [word]} for word in TYPES]
    said: dict[str, Schema] = {
        "type": {"enum": list(TYPES), "description": "What its values are."},
        "one_of": {
            "type": "array",
            "minItems": 1,
            "items": ref("value"),
            "description": "The values that it may have.",
        },
        "default": {**ref("value"), "description": "Its value where none is given."},
        "doc": doc,
    }
    long = {**keys(said), "not": {"required": ["type", "one_of"]}}
    long["anyOf"] = [{"required": [key]} for key in ("type", "one_of", "default")]
    return {"anyOf": [{"enum": list(TYPES)}, ref("value"), short, long]}


def argument(param: ParamDecl) -> Schema:
    """What a parameter takes: one of its choices where it has some, or an expression."""
    taken = ref("value")
    if param.choices is not None:
        taken = {"anyOf": [{"enum": list(param.choices)}, ref("dynamic")]}
    return {**taken, "description": param.doc} if param.doc else taken


def _row(params: Mapping[str, ParamDecl] | None) -> Schema:
    """A variant: values of the spec's parameters, where these are known, and a label."""
    row = {**mapping(ref("value")), "type": ["object", "null"]}
    if params is not None:
        row["properties"] = {name: argument(p) for name, p in params.items()}
        row["properties"].setdefault("label", {"type": ["string", "number"]})
        row["additionalProperties"] = False
    return row


def _require() -> Schema:
    that = {**ref("expression"), "description": "What has to hold."}
    words = {"type": ["string", "number"], "description": "What is wrong where it does not."}
    entry = {**keys({"that": that, "else": words}), "required": ["that", "else"]}
    return {"type": "array", "minItems": 1, "items": entry}


def _output() -> Schema:
    properties: dict[str, Schema] = {
        "from": {"type": "string", "description": "The id of the node it is the value of."},
        "train_only": {"type": "boolean", "description": "Not returned in evaluation."},
        "loss_weight": {"type": "number", "description": "What its loss is weighted with."},
    }
    return {**keys(properties), "required": ["from"]}


def _tensors() -> Schema:
    """Within `init`: tensors beside a scheme, by name or with its arguments, or beside values."""

    def argument(name: str) -> Schema:
        return {"enum": list(SCHEME_WORDS[name])} if name in SCHEME_WORDS else {"type": "number"}

    with_arguments = {
        "type": "object",
        "properties": {
            scheme: {
                "type": "object",
                "properties": {name: argument(name) for name in arguments},
                "additionalProperties": False,
            }
            for scheme, arguments in SCHEMES.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    scheme = {"anyOf": [{"enum": list(SCHEMES)}, with_arguments, ref("numbers")]}
    return {**keys(dict.fromkeys(TENSORS, scheme)), "minProperties": 1}
