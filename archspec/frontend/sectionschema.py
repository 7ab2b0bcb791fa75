"""JSON Schemas of what is no node: values, and what the keys of a spec and a block hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.diagnostics import listed
from archspec.frontend.ast import ParamDecl
from archspec.frontend.initialisation import SCHEMES, TENSORS
from archspec.frontend.initialisation import WORDS as SCHEME_WORDS
from archspec.frontend.parameters import TYPES
from archspec.ops import REGISTRY
from archspec.ops.identifiers import KEPT_FREE

Schema = dict[str, Any]

SELECTOR = r"^(\.[A-Za-z0-9_]+)+$"
"""An id or a path, where ops may be named too."""

WORDS: Schema = {"type": ["string", "number", "boolean"]}
"""A text, which without quotes may look like a number or a truth value."""

EXPRESSION: Schema = {"type": "string", "pattern": r"\$"}

UNNAMED = ["string", "number", "boolean", "null", "array"]
"""The types of a value that is no mapping, in which things would have names."""

NODE: Schema = {"type": ["string", "number"]}
"""What refers to a node: an id, a path, a position."""

_MEANS = {
    "int": "whole numbers",
    "float": "numbers",
    "bool": "`true` or `false`",
    "str": "words",
    "list": "lists",
    "block": "names of blocks or ops",
    "any": "anything",
}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def said(text: str) -> Schema:
    """What editors show of a part: plain, and with its marks where it has some.

    Lines of one paragraph are joined; an editor breaks them as its window wants.
    """
    text = "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
    marked = any(mark in text for mark in "`*_[]#+!\n")
    return {"description": text, **({"markdownDescription": text} if marked else {})}


def titled(name: str, schema: Schema) -> Schema:
    """What holds no nodes, with a title, which an editor shows over all within that has none.

    Over a node that is a bare word it would go before the name of the op.
    """
    nodes = ("blocks", "graph", "else", "parallel")
    return schema if name in nodes else {"title": name, **schema}


def mapping(value: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": value, **more}


def keys(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def value_defs() -> dict[str, Schema]:
    """Words, expressions and what parameters may be."""
    return {
        "dynamic": {**EXPRESSION, **said("An expression: `$name`, `$(...)`.")},
        "name": {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"},
    }


def section_defs(params: Mapping[str, ParamDecl] | None) -> dict[str, Schema]:
    """What the keys of a spec and of a block hold, nodes excepted."""
    size = {"anyOf": [{"type": "integer", "minimum": 1}, ref("dynamic")]}
    defaulted = {"not": {"enum": list(TYPES)}}
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
                **said("Sizes without the batch axis, such as `[3, 224, 224]`."),
            },
            propertyNames=ref("name"),
            minProperties=1,
        ),
        "variants": {
            **mapping(_row(params), propertyNames={"pattern": r"^(?!_|\s*$)"}),
            "type": ["object", "null"],
        },
        "init": {
            **keys(dict.fromkeys(REGISTRY, ref("tensors"))),
            "patternProperties": {SELECTOR: ref("tensors")},
            "type": ["object", "null"],
        },
        "require": _require(),
        "tensors": _tensors(),
        "numbers": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "number"}, ref("numbers")]},
        },
        "outputs": _outputs("output"),
        "output": _output(True),
        "block_outputs": _outputs("block_output"),
        "block_output": _output(False),
        "blocks": mapping(
            ref("block"),
            propertyNames={"allOf": [ref("name"), {"not": {"enum": list(KEPT_FREE)}}]},
        ),
    }


def _param() -> Schema:
    """A type, a default, or a mapping: a type with its default, choices, words on what it is."""
    words = [{"const": word, **said(f"Required: {_MEANS[word]}.")} for word in TYPES]
    doc = {**WORDS, **said("What the parameter is for.")}
    short = keys({**{t: said(f"Its default; it takes {_MEANS[t]}.") for t in TYPES}} | {"doc": doc})
    short["oneOf"] = [{"required": [word]} for word in TYPES]
    long = keys(
        {
            "type": {"anyOf": words, **said("What its values are.")},
            "one_of": {
                "type": "array",
                "minItems": 1,
                **said("The values that it may have."),
            },
            "default": said("Its value where none is given."),
            "doc": doc,
        }
    )
    long["not"] = {"required": ["type", "one_of"]}
    long["anyOf"] = [{"required": [key]} for key in ("type", "one_of", "default")]
    return {"anyOf": [*words, {"type": UNNAMED}, short, long]}


def argument(param: ParamDecl) -> Schema:
    """What a parameter takes: one of its choices where it has some, or an expression."""
    taken: Schema = {}
    if param.choices is not None:
        taken = {"anyOf": [{"enum": list(param.choices)}, ref("dynamic")]}
    return {**taken, **(said(param.doc) if param.doc else {})}


def _row(params: Mapping[str, ParamDecl] | None) -> Schema:
    """A variant: values of the spec's parameters, where these are known, and a label."""
    row = {**mapping({}), "type": ["object", "null"]}
    row["properties"] = {"label": said("What figures call the variant.")}
    if params is not None:
        row["properties"] |= {"label": {**row["properties"]["label"], **WORDS}}
        row["properties"] |= {name: argument(p) for name, p in params.items()}
        row["additionalProperties"] = False
    return row


def _require() -> Schema:
    that = {**WORDS, **said("What has to hold.")}
    words = {**WORDS, **said("What is wrong where it does not.")}
    entry = {**keys({"that": that, "else": words}), "required": ["that", "else"]}
    return {"type": "array", "minItems": 1, "items": {**entry, "title": "requirement"}}


def _outputs(entry: str) -> Schema:
    """An id, several, or a mapping that names them and may say more of each."""
    named = mapping({"anyOf": [NODE, ref(entry)]}, propertyNames=ref("name"), minProperties=1)
    return {"anyOf": [NODE, {"type": "array", "items": NODE, "minItems": 1}, named]}


def _output(network: bool) -> Schema:
    """What is said of an output: one of the network's own may be for training, another's not."""
    properties: dict[str, Schema] = {
        "from": {**NODE, **said("The id of the node it is the value of.")},
        "when": {**WORDS, **said("The condition under which it is there.")},
    }
    if network:
        properties |= {
            "train_only": {
                "anyOf": [{"type": "boolean"}, ref("dynamic")],
                **said("Not returned in evaluation."),
            },
            "loss_weight": {
                "anyOf": [{"type": "number", "exclusiveMinimum": 0}, ref("dynamic")],
                **said("What its loss is weighted with."),
            },
        }
    return {**keys(properties), "required": ["from"], "title": "output"}


def _tensors() -> Schema:
    """Within `init`: tensors beside a scheme, by name or with its arguments, or beside values."""

    def argument(name: str) -> Schema:
        return {"enum": list(SCHEME_WORDS[name])} if name in SCHEME_WORDS else {"type": "number"}

    with_arguments = {
        **keys(
            {
                scheme: {
                    **keys({name: argument(name) for name in arguments}),
                    "type": ["object", "null"],
                    **said(f"`torch.nn.init.{scheme}_`: {listed(arguments) or 'no arguments'}."),
                }
                for scheme, arguments in SCHEMES.items()
            }
        ),
        "minProperties": 1,
        "maxProperties": 1,
    }
    scheme = {
        "anyOf": [{"enum": list(SCHEMES)}, with_arguments, ref("numbers")],
        **said("How it starts: by a scheme of `torch.nn.init`, or as the numbers in a list."),
    }
    return {**keys(dict.fromkeys(TENSORS, scheme)), "minProperties": 1}
