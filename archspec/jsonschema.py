"""The JSON Schema of specs (draft 2020-12), from the pydantic models and the op registry.

Editors complete and check by it. It knows every op with its attributes; blocks it knows
where it is made for one spec, and otherwise takes any other key for a block's name.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from pydantic.fields import FieldInfo

from archspec.attributes import expectation
from archspec.ops import REGISTRY, Op
from archspec.schema import BlockKeys, Library, Reads, Spec
from archspec.sectionschema import (
    SELECTOR,
    Schema,
    argument,
    keys,
    mapping,
    ref,
    section_defs,
    value_defs,
)
from archspec.syntax import Block, ParamDecl
from archspec.vocabulary import IDENTITY, STRUCTURAL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BESIDE = tuple(key for key in STRUCTURAL if key not in ("graph", "parallel"))
"""The keys that stand beside a node's op, block, `graph` or `parallel`; `each` only in a branch."""


_MERGES = tuple(name for name, op in REGISTRY.items() if op.merges)


def spec_schema(
    blocks: Mapping[str, Block] | None = None, params: Mapping[str, ParamDecl] | None = None
) -> Schema:
    """The schema of a spec, or of a library file, which has no network.

    Args:
        blocks: the blocks in sight, if they are known; other names are then refused.
        params: the spec's parameters, if they are known; variants are then rows of these.
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
            **value_defs(),
            **section_defs(params),
            "block": _model(BlockKeys),
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


# --- nodes --------------------------------------------------------------------------------


def _node_defs(blocks: Mapping[str, Block] | None) -> dict[str, Schema]:
    # What a label names, and a doc tells of, has a box or a frame.
    named = {"properties": {"parallel": False}, "dependentRequired": {"graph": ["id"]}}
    node: Schema = {
        "type": "object",
        "properties": {
            **{key: ref(f"key_{key}") for key in STRUCTURAL},
            **{name: ref(f"op_{name}") for name in REGISTRY},
            **{name: ref(f"block_{name}") for name in blocks or {}},
        },
        "patternProperties": {r"\$": ref("arguments")},
        "additionalProperties": ref("arguments") if blocks is None else False,
        "allOf": [ref("heads_0_0")],
        "dependentSchemas": {
            "each": {"properties": {"for": False, "repeat": False}},
            "for": {"properties": {"repeat": False}},
            "share": {"properties": dict.fromkeys(("graph", "parallel", *_MERGES), False)},
            **dict.fromkeys(("label", "doc"), named),
        },
        "dependentRequired": {"else": ["when"]},
    }
    if blocks is None:
        node["propertyNames"] = ref("unlike")
    bare = (
        [{"type": "string", "pattern": r"^[A-Za-z]|\$", "allOf": [ref("unlike")]}]
        if blocks is None
        else [{"enum": [*REGISTRY, *blocks]}, {"type": "string", "pattern": r"\$"}]
    )
    loops = [{"required": [key]} for key in ("for", "repeat")]
    removed_in_a_loop = {"required": ["when"], "anyOf": loops, "not": {"required": ["else"]}}
    return {
        "graph": {"type": "array", "minItems": 1, "items": ref("node")},
        "node": {"anyOf": [*bare, {**ref("mapping"), "properties": {"each": False}}]},
        "mapping": node,
        "branches": {"type": "array", "minItems": 1, "items": ref("branch")},
        "branch": {
            "anyOf": [
                {"const": IDENTITY, "description": "What feeds the merge, unchanged."},
                {"type": ["string", "number"], "description": "The id of a node."},
                {"type": "array", "items": ref("node")},
                {**ref("mapping"), "not": removed_in_a_loop},
            ]
        },
        "unlike": {"not": {"enum": sorted(_slips())}},
        "arguments": {
            "anyOf": [ref("value"), mapping(ref("value"))],
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
    arguments = keys({name: argument(p) for name, p in block.params.items()})
    arguments["required"] = [name for name, p in block.params.items() if p.default is None]
    nothing = [] if arguments["required"] else [{"type": "null"}]
    bare = nothing if block.bare is None else [argument(block.params[block.bare])]
    about = block.doc or "A block of this spec."
    return {"anyOf": [*bare, arguments], "description": about}


def _structural() -> dict[str, Schema]:
    word, node = {"type": "string"}, {"type": ["string", "number"]}
    path = {"type": ["string", "number"], "pattern": SELECTOR}
    selector = {"anyOf": [{"enum": [*REGISTRY]}, path, ref("dynamic")]}
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
    identifier = {"anyOf": [ref("name"), {"type": "integer", "minimum": 0}, ref("dynamic")]}
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
        "doc": {
            "type": ["string", "number"],
            "description": "What it is for, in a person's words.",
        },
        "from": {
            "anyOf": [node, {"type": "array", "items": node, "minItems": 1}],
            "description": "The id of what feeds it, or several; default: the node above.",
        },
        "when": {**ref("expression"), "description": "The condition under which it is there."},
        "else": {
            "anyOf": [{"type": "array", "items": ref("node")}, ref("node")],
            "description": "What stands in its place where the condition of `when` does not hold.",
        },
        "for": {
            **mapping(loop, minProperties=1),
            "description": "Names beside lists, which are walked side by side.",
        },
        "repeat": {**ref("expression"), "description": "How many times over."},
        "each": {
            "anyOf": [mapping(loop, minProperties=1), ref("expression")],
            "description": "Names beside lists, as in `for`, or a count; every round is a branch "
            "of its own.",
        },
        "share": {"anyOf": [word, share], "description": "Whose weights it uses."},
        "graph": {
            "type": "array",
            "items": ref("node"),
            "description": "A group of nodes; of none, what is read is passed on.",
        },
        "parallel": {**ref("branches"), "description": "Branches whose values stay apart."},
    }


def _counting_defs() -> dict[str, Schema]:
    """A node has exactly one op or block, or none beside `share`; or it is a place, or a note.

    `heads_i_n` is reached when n of the first i keys in `_BESIDE` are there; at the end one
    more property must be, and no other: a misspelt key would be a second.
    """
    place: Schema = {"required": ["from"], "not": _any_but("note", "from", "when", "else", "each")}
    note: Schema = {"required": ["note"], "not": _any_but("note", "from")}
    defs: dict[str, Schema] = {}
    for i, key in enumerate(_BESIDE):
        for n in range(i + 1):
            defs[f"heads_{i}_{n}"] = {
                "if": {"required": [key]},
                "then": ref(f"heads_{i + 1}_{n + 1}"),
                "else": ref(f"heads_{i + 1}_{n}"),
            }
    for n in range(len(_BESIDE) + 1):
        defs[f"heads_{len(_BESIDE)}_{n}"] = {
            "maxProperties": n + 1,
            "anyOf": [{"minProperties": n + 1}, {"required": ["share"]}, place, note],
        }
    return defs


def _any_but(*keys: str) -> Schema:
    return {"anyOf": [{"required": [key]} for key in _BESIDE if key not in keys]}


def _op(op: type[Op]) -> Schema:
    """What may stand as an op's value: nothing, its attributes, or its one bare value."""
    attributes = {name: _attribute(op, name) for name in op.model_fields}
    required = [name for name, field in op.model_fields.items() if field.is_required()]
    if op.merges:
        forms = [ref("branches"), keys({**attributes, "branches": ref("branches")})]
        forms[1]["required"] = [*required, "branches"]
    else:
        forms = [{**keys(attributes), "required": required}]
        if op.primary is not None:
            forms.append(attributes[op.primary])
        if not required:
            forms.append({"type": "null"})
    return {"anyOf": forms, "description": inspect.cleandoc(op.__doc__ or "")}


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
    return {"anyOf": [*(options or [inner]), ref("dynamic")]}
