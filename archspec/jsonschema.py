"""The JSON Schema of specs (draft 2020-12), from the pydantic models and the op registry.

Editors complete and check by it. It knows every op with its attributes; blocks it knows
where it is made for one spec, and otherwise takes any other key for a block's name.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from archspec.attributes import expectation
from archspec.initialisation import SCHEMES, TENSORS
from archspec.initialisation import WORDS as SCHEME_WORDS
from archspec.ops import REGISTRY, Op
from archspec.schema import BlockKeys, Library, Reads, Spec
from archspec.sections import TYPES
from archspec.syntax import Block
from archspec.vocabulary import IDENTITY, KEPT_FREE, STRUCTURAL

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BESIDE = tuple(key for key in STRUCTURAL if key not in ("graph", "parallel"))
"""The keys that stand beside a node's op, block, `graph` or `parallel`; `each` only in a branch."""

_SELECTOR = r"^(\.[A-Za-z0-9_]+)+$"
_SCALAR = ["string", "number", "boolean", "null"]


def spec_schema(blocks: Mapping[str, Block] | None = None) -> Schema:
    """The schema of a spec, or of a library file, which has no network.

    Args:
        blocks: the blocks in sight, if they are known; other names are then refused.
    """
    network, library = _model(Spec), _model(Library)
    return {
        "$schema": DIALECT,
        "title": "archspec spec",
        "type": "object",
        "if": {"anyOf": [{"required": [key]} for key in ("name", "inputs", "graph")]},
        "then": network,
        "else": library,
        "$defs": {
            **_value_defs(),
            **_section_defs(),
            **_node_defs(blocks),
            **_counting_defs(),
        },
    }


def _model(model: type[Spec] | type[Library] | type[BlockKeys]) -> Schema:
    """A pydantic model's schema; its fields refer to definitions that are added here."""
    return {
        "type": "object",
        "description": inspect.cleandoc(model.__doc__ or ""),
        "properties": {name: _field(field) for name, field in model.model_fields.items()},
        "required": [name for name, field in model.model_fields.items() if field.is_required()],
        **({} if model is BlockKeys else {"patternProperties": {"^x-": {}}}),
        "additionalProperties": False,
    }


def _field(field: FieldInfo) -> Schema:
    (reads,) = (entry for entry in field.metadata if isinstance(entry, Reads))
    return {**reads.schema, "description": field.description}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _map(value: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": value, **more}


# --- what is no node ----------------------------------------------------------------------


def _value_defs() -> dict[str, Schema]:
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
        "value": {"anyOf": [{"type": _SCALAR}, {"type": "array", "items": _ref("value")}]},
    }


def _section_defs() -> dict[str, Schema]:
    """What the keys of a spec and of a block hold, nodes excepted."""
    size = {"anyOf": [{"type": "integer", "minimum": 1}, _ref("dynamic")]}
    row = {**_map(_ref("value")), "type": ["object", "null"]}
    word, defaulted = {"type": "string"}, {"not": {"enum": list(TYPES)}}
    return {
        "params": {
            "type": ["object", "null"],
            "propertyNames": _ref("name"),
            "additionalProperties": _ref("param"),
        },
        "file_params": {"allOf": [_ref("params"), {"additionalProperties": defaulted}]},
        "param": _param(),
        "inputs": _map(
            {
                "type": "array",
                "minItems": 1,
                "items": size,
                "description": "Sizes without the batch axis, such as [3, 224, 224].",
            },
            propertyNames=_ref("name"),
            minProperties=1,
        ),
        "variants": {
            **_map(row, propertyNames={"pattern": "^[^_]"}),
            "type": ["object", "null"],
        },
        "init": {
            **_attributes(dict.fromkeys(REGISTRY, _ref("tensors"))),
            "patternProperties": {_SELECTOR: _ref("tensors")},
        },
        "tensors": _tensors(),
        "numbers": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"type": "number"}, _ref("numbers")]},
        },
        "outputs": {
            "anyOf": [
                word,
                {"type": "array", "items": word, "minItems": 1},
                _map(
                    {"anyOf": [word, _ref("output")]},
                    propertyNames=_ref("name"),
                    minProperties=1,
                ),
            ]
        },
        "output": _output(),
        "blocks": _map(
            _ref("block"),
            propertyNames={"allOf": [_ref("name"), {"not": {"enum": list(KEPT_FREE)}}]},
        ),
        "block": _model(BlockKeys),
    }


def _param() -> Schema:
    """A type, a default, or a type with its default."""
    types = dict.fromkeys(TYPES, _ref("value"))
    both = {**_attributes(types), "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"enum": list(TYPES)}, _ref("value"), both]}


def _output() -> Schema:
    properties: dict[str, Schema] = {
        "from": {"type": "string", "description": "The id of the node it is the value of."},
        "train_only": {"type": "boolean", "description": "Not returned in evaluation."},
        "loss_weight": {"type": "number", "description": "What its loss is weighted with."},
    }
    return {**_attributes(properties), "required": ["from"]}


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
    scheme = {"anyOf": [{"enum": list(SCHEMES)}, with_arguments, _ref("numbers")]}
    return {**_attributes(dict.fromkeys(TENSORS, scheme)), "minProperties": 1}


# --- nodes --------------------------------------------------------------------------------


def _node_defs(blocks: Mapping[str, Block] | None) -> dict[str, Schema]:
    node: Schema = {
        "type": "object",
        "properties": {
            **{key: _ref(f"key_{key}") for key in STRUCTURAL},
            **{name: _ref(f"op_{name}") for name in REGISTRY},
            **{name: _ref(f"block_{name}") for name in blocks or {}},
        },
        "patternProperties": {r"\$": _ref("arguments")},
        "additionalProperties": _ref("arguments") if blocks is None else False,
        "allOf": [_ref("heads_0_0")],
        "dependentSchemas": {
            "each": {"properties": {"for": False, "repeat": False}},
            "label": {  # what it names has a box or a frame
                "properties": {"parallel": False},
                "dependentRequired": {"graph": ["id"]},
            },
        },
        "dependentRequired": {"else": ["when"]},
    }
    if blocks is None:
        node["propertyNames"] = _ref("unlike")
    bare = (
        [{"type": "string", "pattern": r"^[A-Za-z]|\$", "allOf": [_ref("unlike")]}]
        if blocks is None
        else [{"enum": [*REGISTRY, *blocks]}, {"type": "string", "pattern": r"\$"}]
    )
    loops = [{"required": [key]} for key in ("for", "repeat")]
    removed_in_a_loop = {"required": ["when"], "anyOf": loops, "not": {"required": ["else"]}}
    return {
        "graph": {"type": "array", "minItems": 1, "items": _ref("node")},
        "node": {"anyOf": [*bare, {**_ref("mapping"), "properties": {"each": False}}]},
        "mapping": node,
        "branches": {"type": "array", "minItems": 1, "items": _ref("branch")},
        "branch": {
            "anyOf": [
                {"const": IDENTITY, "description": "What feeds the merge, unchanged."},
                {"type": ["string", "number"], "description": "The id of a node."},
                {"type": "array", "items": _ref("node")},
                {**_ref("mapping"), "not": removed_in_a_loop},
            ]
        },
        "unlike": {"not": {"enum": sorted(_slips())}},
        "arguments": {
            "anyOf": [_ref("value"), _map(_ref("value"))],
            "description": "A block's arguments.",
        },
        **{f"key_{key}": schema for key, schema in _structural().items()},
        **{f"op_{name}": _op(op) for name, op in REGISTRY.items()},
        **{f"block_{name}": _call(block) for name, block in (blocks or {}).items()},
    }


def _slips() -> set[str]:
    """Slips of the pen that no block should be called by: two letters swapped, one lost or doubled.

    They are refused where the blocks' names are not known; a short word loses no letter, for
    what remains may well be a name.
    """
    words = {*REGISTRY, *STRUCTURAL}
    slips: set[str] = set()
    for word in words:
        if len(word) < 4:
            continue
        for i in range(len(word)):
            slips.add(word[:i] + word[i : i + 2][::-1] + word[i + 2 :])
            slips.add(word[: i + 1] + word[i:])
            if len(word) > 4:
                slips.add(word[:i] + word[i + 1 :])
    return slips - words


def _call(block: Block) -> Schema:
    """What may stand as the value of a block that is known: its arguments, or a bare one."""
    arguments = _attributes(dict.fromkeys(block.params, _ref("value")))
    arguments["required"] = [name for name, p in block.params.items() if p.default is None]
    nothing = [] if arguments["required"] else [{"type": "null"}]
    bare = nothing if block.bare is None else [_ref("value")]
    return {"anyOf": [*bare, arguments], "description": "A block of this spec."}


def _structural() -> dict[str, Schema]:
    word, node = {"type": "string"}, {"type": ["string", "number"]}
    path = {"type": ["string", "number"], "pattern": _SELECTOR}
    selector = {"anyOf": [{"enum": [*REGISTRY]}, path, _ref("dynamic")]}
    share = {
        "type": "object",
        "properties": {
            "of": {**word, "description": "The id whose weights are used."},
            "own": {
                "anyOf": [selector, {"type": "array", "items": selector}],
                "description": "What keeps weights of its own: ops, as `conv`, ids, as `.gate`, or "
                "paths, as `.g.conv1`.",
            },
        },
        "required": ["of"],
        "additionalProperties": False,
    }
    identifier = {"anyOf": [_ref("name"), {"type": "integer", "minimum": 0}, _ref("dynamic")]}
    loop = {"anyOf": [word, {"type": "array"}]}
    return {
        "id": {**identifier, "description": "The node's name, by which others refer to it."},
        "label": {
            "type": ["string", "number"],
            "description": "What figures say in place of its op, or of its block and id.",
        },
        "note": {
            "type": ["string", "number"],
            "description": "What figures say on the arrow of its value: a formula, a few words.",
        },
        "from": {
            "anyOf": [node, {"type": "array", "items": node, "minItems": 1}],
            "description": "The id of what feeds it, or several; default: the node above.",
        },
        "when": {**_ref("expression"), "description": "The condition under which it is there."},
        "else": {
            "anyOf": [{"type": "array", "items": _ref("node")}, _ref("node")],
            "description": "What stands in its place where the condition of `when` does not hold.",
        },
        "for": {
            **_map(loop, minProperties=1),
            "description": "Names beside lists, which are walked side by side.",
        },
        "repeat": {**_ref("expression"), "description": "How many times over."},
        "each": {
            "anyOf": [_map(loop, minProperties=1), _ref("expression")],
            "description": "Names beside lists, as in `for`, or a count; every round is a branch "
            "of its own.",
        },
        "share": {"anyOf": [word, share], "description": "Whose weights it uses."},
        "graph": {
            "type": "array",
            "items": _ref("node"),
            "description": "A group of nodes; of none, what is read is passed on.",
        },
        "parallel": {**_ref("branches"), "description": "Branches whose values stay apart."},
    }


def _counting_defs() -> dict[str, Schema]:
    """A node has exactly one op or block, or none beside `share`; or it is a note.

    `heads_i_n` is reached when n of the first i keys in `_BESIDE` are there; at the end one
    more property must be, and no other: a misspelt key would be a second.
    """
    others = [{"required": [key]} for key in _BESIDE if key not in ("note", "from")]
    note: Schema = {"required": ["note"], "not": {"anyOf": others}}
    defs: dict[str, Schema] = {}
    for i, key in enumerate(_BESIDE):
        for n in range(i + 1):
            defs[f"heads_{i}_{n}"] = {
                "if": {"required": [key]},
                "then": _ref(f"heads_{i + 1}_{n + 1}"),
                "else": _ref(f"heads_{i + 1}_{n}"),
            }
    for n in range(len(_BESIDE) + 1):
        defs[f"heads_{len(_BESIDE)}_{n}"] = {
            "maxProperties": n + 1,
            "anyOf": [{"minProperties": n + 1}, {"required": ["share"]}, note],
        }
    return defs


def _op(op: type[Op]) -> Schema:
    """What may stand as an op's value: nothing, its attributes, or its one bare value."""
    attributes = {name: _attribute(op, name) for name in op.model_fields}
    required = [name for name, field in op.model_fields.items() if field.is_required()]
    if op.merges:
        forms = [_ref("branches"), _attributes({**attributes, "branches": _ref("branches")})]
        forms[1]["required"] = [*required, "branches"]
    else:
        forms = [{**_attributes(attributes), "required": required}]
        if op.primary is not None:
            forms.append(attributes[op.primary])
        if not required:
            forms.append({"type": "null"})
    return {"anyOf": forms, "description": inspect.cleandoc(op.__doc__ or "")}


def _attributes(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _attribute(op: type[Op], name: str) -> Schema:
    schema = op.model_json_schema()["properties"][name]
    found = _expressible({k: v for k, v in schema.items() if k not in ("title", "default")})
    text = expectation(op, name)
    found["description"] = schema.get("description") or f"{text[:1].upper()}{text[1:]}."
    if schema.get("default") is not None:
        found["default"] = schema["default"]
    return found


def _expressible(schema: Schema) -> Schema:
    """The same, or an expression in its place, or in the place of anything within it."""
    inner = dict(schema)
    if isinstance(inner.get("items"), dict):
        inner["items"] = _expressible(inner["items"])
    if "prefixItems" in inner:
        inner["prefixItems"] = [_expressible(item) for item in inner["prefixItems"]]
    options = [_expressible(option)["anyOf"][0] for option in inner.pop("anyOf", [])]
    return {"anyOf": [*(options or [inner]), _ref("dynamic")]}
