"""The JSON Schema of specs (draft 2020-12), from the pydantic models and the op registry.

Editors complete and check by it. It knows every op with its attributes; blocks it knows
where it is made for one spec, and otherwise takes any other key for a block's name.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from archspec.frontend.ast import Block, ParamDecl
from archspec.frontend.opschema import op_defs
from archspec.frontend.schema import BlockKeys, Library, Reads, Spec
from archspec.frontend.sectionschema import (
    NODE,
    SELECTOR,
    UNNAMED,
    WORDS,
    Schema,
    argument,
    keys,
    mapping,
    ref,
    said,
    section_defs,
    titled,
    value_defs,
)
from archspec.frontend.using import SHELF, shelf
from archspec.ops import REGISTRY
from archspec.ops.identifiers import IDENTITY, STRUCTURAL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BESIDE = tuple(key for key in STRUCTURAL if key not in ("graph", "parallel"))
"""The keys that stand beside a node's op, block, `graph` or `parallel`; `each` only in a branch."""


def _but(words: Iterable[str]) -> str:
    """A pattern of all texts but these words."""
    return f"^(?!(?:{'|'.join(words)})$)"


_MERGES = tuple(name for name, op in REGISTRY.items() if op.merges)


def spec_schema(
    blocks: Mapping[str, Block] | None = None, params: Mapping[str, ParamDecl] | None = None
) -> Schema:
    """The schema of a spec, or of a library file, which has no network.

    Args:
        blocks: the blocks in sight, if they are known; other names are then refused.
        params: the spec's parameters, if they are known; variants are then rows of these.
    """
    defs: dict[str, Schema] = {
        **value_defs(),
        **section_defs(params),
        "use": _use(),
        "network": _model(Spec),
        "library": _library(),
        "block": _model(BlockKeys),
        "file": {"if": _IS_LIBRARY, "then": ref("library"), "else": ref("network")},
        **_node_defs(blocks),
    }
    if blocks is None:
        which = {"if": _HIDES_NO_OP, "then": ref("file"), "else": ref("file_or_block")}
        defs |= _hidden(defs)
    else:
        which = ref("file")
    return {"$schema": DIALECT, "type": "object", **which, "$defs": {**defs, **_counting_defs()}}


_NETWORKS = ("name", "inputs", "graph")
"""What every network has, and no file of blocks."""
_IS_LIBRARY: Schema = {
    "required": ["blocks"],
    "properties": dict.fromkeys(_NETWORKS, False),
}
_HIDES_NO_OP: Schema = {
    "properties": {
        "blocks": {"propertyNames": {"pattern": _but(REGISTRY)}},
        "use": {"items": {"pattern": f"^{SHELF}"}},
    }
}
"""Of a file: no block of its own has an op's name, and none is brought in but shipped ones."""


def _hidden(defs: Mapping[str, Schema]) -> dict[str, Schema]:
    """What leads to nodes, once more, for files in which a block may stand before an op.

    Which one does cannot be said of a file in general; so no value of an op is wrong there.
    """
    leading, found = set[str](), {"mapping"}
    while leading != found:
        leading = set(found)
        found |= {name for name, schema in defs.items() if not leading.isdisjoint(_refs(schema))}
    twins: dict[str, Schema] = {name: _renamed(defs[name], leading) for name in sorted(leading)}
    nodes = twins["mapping"]["properties"]
    nodes |= {name: {"anyOf": [nodes[name], ref("arguments")]} for name in REGISTRY}
    return {f"{name}{_HIDDEN}": schema for name, schema in twins.items()}


_HIDDEN = "_or_block"


def _refs(schema: Any) -> set[str]:
    """The definitions that a schema refers to."""
    if isinstance(schema, list):
        return set().union(*map(_refs, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].rpartition("/")[2]} if "$ref" in schema else set[str]()
    return own.union(*map(_refs, schema.values()))


def _renamed(schema: Any, names: set[str]) -> Any:
    """A copy of a schema that refers to the twins of some definitions."""
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _renamed(part, names) for key, part in schema.items()}
    if (name := schema.get("$ref", "").rpartition("/")[2]) in names:
        copy |= ref(f"{name}{_HIDDEN}")
    return copy


def _library() -> Schema:
    """A file of blocks; any of the keys that it lacks makes it a network, and so may be added."""
    model, network = _model(Library), _model(Spec)["properties"]
    return {**model, "properties": {**model["properties"], **{k: network[k] for k in _NETWORKS}}}


def _model(model: type[Spec] | type[Library] | type[BlockKeys]) -> Schema:
    """A pydantic model's schema; its fields refer to definitions that are added here."""
    return {
        "type": "object",
        **said(inspect.cleandoc(model.__doc__ or "")),
        "properties": {name: _field(name, field) for name, field in model.model_fields.items()},
        "required": [name for name, field in model.model_fields.items() if field.is_required()],
        **({} if model is BlockKeys else {"patternProperties": {"^x-": {}}}),
        "additionalProperties": False,
    }


def _use() -> Schema:
    """Files of blocks, of which those that are shipped are known."""
    known = [f"{SHELF}{path.name}" for path in sorted(shelf().glob("*.yaml"))]
    return {"type": "array", "items": {"type": "string", "examples": known}}


def _field(name: str, field: FieldInfo) -> Schema:
    (reads,) = (entry for entry in field.metadata if isinstance(entry, Reads))
    return titled(name, {**reads.schema, **said(field.description or "")})


# --- nodes --------------------------------------------------------------------------------


def _node_defs(blocks: Mapping[str, Block] | None) -> dict[str, Schema]:
    # What a label names, and a doc tells of, has a box or a frame.
    shown = {"properties": {"parallel": False}, "dependentRequired": {"graph": ["id"]}}
    node: Schema = {
        "type": "object",
        "properties": {
            **{key: ref(f"key_{key}") for key in STRUCTURAL},
            "each": True,  # which a branch alone may have
            **{name: ref(f"op_{name}") for name in REGISTRY},
            **{name: ref(f"block_{name}") for name in blocks or {}},
        },
        "dependentSchemas": {
            "each": {"properties": {"for": False, "repeat": False}},
            "for": {"properties": {"repeat": False}},
            "share": {"properties": dict.fromkeys(("graph", "parallel", *_MERGES), False)},
            **dict.fromkeys(("label", "doc"), shown),
        },
        "dependentRequired": {"else": ["when"]},
        "allOf": [ref("heads_0_0")],
    }
    if blocks is None:  # any other key is the name of a block, and so is any other word
        node["allOf"].append({"propertyNames": ref("unlike")})
        named = rf"{_but(REGISTRY)}[A-Za-z]|\$"
        others: Schema = {"pattern": named, "allOf": [ref("unlike")]}
    else:
        node |= {"patternProperties": {r"\$": {}}, "additionalProperties": False}
        others = {"pattern": r"\$", "patternErrorMessage": "No op or block is called so."}
    words = [{"const": name, **_about(block)} for name, block in (blocks or {}).items()]
    loops = [{"required": [key]} for key in ("for", "repeat")]
    removed_in_a_loop = {"required": ["when"], "anyOf": loops, "not": {"required": ["else"]}}
    return {
        "graph": {"type": "array", "minItems": 1, "items": ref("node")},
        "node": {
            "if": {"type": "string"},
            "then": {"anyOf": [others, *words, ref("op")]},
            "else": {**ref("mapping"), "properties": {"each": False}},
        },
        "mapping": node,
        "branches": {"type": "array", "minItems": 1, "items": ref("branch")},
        "branch": {
            "anyOf": [
                {"const": IDENTITY, **said("What feeds the merge, unchanged.")},
                {**NODE, **said("The id of a node.")},
                {"type": "array", "items": ref("node")},
                {
                    **ref("mapping"),
                    "properties": {"each": ref("key_each")},
                    "not": removed_in_a_loop,
                },
            ]
        },
        "unlike": {
            "pattern": _but(sorted(_slips())),
            "patternErrorMessage": "Nearly the name of an op or a key: it is misspelt.",
        },
        "arguments": {"title": "block", **said("A block's arguments.")},
        **{f"key_{key}": titled(key, schema) for key, schema in _structural().items()},
        **op_defs(),
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


def _about(block: Block) -> Schema:
    return {"title": block.name, **said(block.doc or "A block of this spec.")}


def _call(block: Block) -> Schema:
    """What may stand as the value of a block that is known: its arguments, or a bare one."""
    arguments = keys({name: argument(p) for name, p in block.params.items()})
    arguments["required"] = [name for name, p in block.params.items() if p.default is None]
    bare: list[Schema] = [] if arguments["required"] else [{"type": "null"}]
    if block.bare is not None:
        bare = [{**argument(block.params[block.bare]), "type": UNNAMED}]
    return {"anyOf": [*bare, arguments], **_about(block)}


def _structural() -> dict[str, Schema]:
    selector: Schema = {
        "anyOf": [
            ref("op"),
            {"type": "string", "pattern": SELECTOR},
            ref("dynamic"),
            {"type": "number", "minimum": 0},  # as YAML reads `.7`, the id 7
        ]
    }
    own = {
        "anyOf": [selector, {"type": "array", "items": selector}],
        **said(
            "What keeps weights of its own: ops, as `conv`, ids, as `.gate`, or paths, as "
            "`.g.conv1`."
        ),
    }
    share = keys({"of": {**NODE, **said("The id whose weights are used.")}, "own": own})
    share |= {"required": ["of"], "title": "share"}
    position = [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+$"}]
    identifier = {"anyOf": [ref("name"), *position, {"type": "boolean"}, ref("dynamic")]}
    loop = {"anyOf": [{"type": "string"}, {"type": "array"}]}
    return {
        "id": {**identifier, **said("The node's name, by which others refer to it.")},
        "label": {
            **WORDS,
            **said("What figures say in place of its op, or of its block and id."),
        },
        "note": {
            **WORDS,
            **said("What figures say on the arrow of its value: a formula, a few words."),
        },
        "doc": {**WORDS, **said("What it is for, in a person's words.")},
        "from": {
            "anyOf": [NODE, {"type": "array", "items": NODE, "minItems": 1}],
            **said("The id of what feeds it, or several; default: the node above."),
        },
        "when": {**WORDS, **said("The condition under which it is there.")},
        "else": {
            "anyOf": [ref("node"), ref("op"), {"type": "array", "items": ref("node")}],
            **said("What stands in its place where the condition of `when` does not hold."),
        },
        "for": {
            **mapping(loop, minProperties=1),
            **said("Names beside lists, which are walked side by side."),
        },
        "repeat": {**WORDS, **said("How many times over.")},
        "each": {
            "anyOf": [mapping(loop, minProperties=1), WORDS],
            **said(
                "Names beside lists, as in `for`, or a count; every round is a branch of its own."
            ),
        },
        "share": {"anyOf": [NODE, share], **said("Whose weights it uses.")},
        "graph": {
            "type": "array",
            "items": ref("node"),
            **said("A group of nodes; of none, what is read is passed on."),
        },
        "parallel": {**ref("branches"), **said("Branches whose values stay apart.")},
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
