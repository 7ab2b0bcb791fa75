"""A spec's top level as pydantic models: what keys it has, what each holds, which it needs.

Each field reads its own piece of the located tree, so a `Spec` holds abstract syntax with
spans; pydantic finds unknown and missing keys, and makes the JSON Schema for editors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from archspec.attributes import kind
from archspec.diagnostics import Span, did_you_mean, listed, resembles
from archspec.initialisation import InitRule, read_init
from archspec.names import id_problem
from archspec.reader import STRUCTURAL, Reader
from archspec.source import Mapping, Scalar, Sequence, Tree
from archspec.syntax import (
    Block,
    Constant,
    Item,
    OutputDecl,
    ParamDecl,
    Ref,
    Value,
)

TYPES = ("int", "float", "bool", "str", "list", "block", "any")
"""The words that declare a parameter without a default."""


# --- readers of one field each ------------------------------------------------------------


def _text(tree: Tree, reader: Reader) -> str:
    if isinstance(tree, Scalar) and tree.value is not None:
        return tree.text
    reader.report("E203", "a text is wanted here", tree.span, expected="words", found=kind(tree))
    return ""


def _line(tree: Tree, reader: Reader) -> str:
    """A text that titles and captions can hold, however many lines it is written in."""
    text = " ".join(_text(tree, reader).split())
    _check_controls(text, tree, reader)
    return text


def _check_controls(text: str, tree: Tree, reader: Reader) -> None:
    """Tables show this text, and a terminal would obey what it holds."""
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        message = "a control character stands in this text"
        reader.report("E203", message, tree.span, expected="characters that can be printed")


def _whole(tree: Tree, reader: Reader) -> int:
    if isinstance(tree, Scalar) and type(tree.value) is int:
        return tree.value
    reader.report(
        "E203", "a whole number is wanted here", tree.span, expected="a year", found=kind(tree)
    )
    return 0


def _named(key: Scalar, reader: Reader, what: str) -> str:
    problem = id_problem(key.text)
    if problem:
        reader.report("E206", f"`{key.text}` cannot be {what}: {problem}", key.span)
    return key.text


def _inputs(tree: Tree, reader: Reader) -> dict[str, tuple[Span, Value]]:
    shapes: dict[str, tuple[Span, Value]] = {}
    for key, value in reader.entries(tree, "`inputs`"):
        if not isinstance(value, Sequence) or not value.items:
            reader.report(
                "E203",
                f"the input `{key.text}` has no shape",
                value.span,
                expected="a list of sizes without the batch axis, such as [3, 224, 224]",
                found=kind(value),
            )
            continue
        shapes[_named(key, reader, "an input's name")] = (key.span, reader.value(value))
    return shapes


def _params(tree: Tree, reader: Reader) -> dict[str, ParamDecl]:
    params: dict[str, ParamDecl] = {}
    for key, value in reader.entries(tree, "`params`"):
        _named(key, reader, "a parameter's name")
        if key.text.endswith("_"):
            reader.report("E206", f"`{key.text}` ends in an underscore", key.span)
        if key.text == "input":
            reader.report("E206", "`input` already means what feeds the block", key.span)
        params[key.text] = _param(key, value, reader)
    return params


def _param(key: Scalar, tree: Tree, reader: Reader) -> ParamDecl:
    """A type; or a default, whose type it has; or both, `{any: 1}`."""
    if isinstance(tree, Mapping):
        word, default = tree.entries[0] if len(tree.entries) == 1 else (None, tree)
        if word is not None and word.text in TYPES:
            return ParamDecl(key.text, key.span, word.text, reader.value(default))
        reader.report(
            "E203",
            f"the parameter `{key.text}` is neither a type nor a default",
            tree.span if word is None else word.span,
            expected=f"{{any: 1}}, a type with its default; the types are {listed(TYPES)}",
            hint=did_you_mean(word.text, TYPES) if word is not None else None,
        )
        return ParamDecl(key.text, key.span, "any", None)
    if isinstance(tree, Scalar) and not tree.quoted and tree.text in TYPES:
        return ParamDecl(key.text, key.span, tree.text, None)
    return ParamDecl(key.text, key.span, None, reader.value(tree))


def _variants(tree: Tree, reader: Reader) -> dict[str, dict[str, tuple[Span, Value]]]:
    variants: dict[str, dict[str, tuple[Span, Value]]] = {}
    for key, value in reader.entries(tree, "`variants`"):
        _check_controls(key.text, key, reader)
        entries = reader.entries(value, "a variant's parameters")
        variants[key.text] = {k.text: (k.span, reader.value(v)) for k, v in entries}
    return variants


def _use(tree: Tree, reader: Reader) -> list[tuple[str, Span]]:
    if not isinstance(tree, Sequence):
        reader.report(
            "E203",
            "`use` lists files",
            tree.span,
            expected="[blocks/conv.yaml]",
            found=kind(tree),
        )
        return []
    return [(_text(t, reader), t.span) for t in tree.items]


def _names(tree: Tree, reader: Reader) -> dict[str, Span]:
    """The names of a block's inputs."""
    names: dict[str, Span] = {}
    if not isinstance(tree, Sequence) or not tree.items:
        reader.report(
            "E203",
            "`inputs` of a block lists names",
            tree.span,
            expected="[x, mask]",
            found=kind(tree),
        )
        return names
    for part in tree.items:
        name = _text(part, reader)
        if isinstance(part, Scalar) and name:
            _named(part, reader, "an input's name")
            if name in names:
                reader.report("E402", f"the input `{name}` is named twice", part.span)
            names[name] = part.span
    return names


def _graph(tree: Tree, reader: Reader) -> list[Item]:
    items = reader.body(tree)
    if isinstance(tree, Sequence) and not tree.items:
        reader.report("E202", "the graph is empty", tree.span, expected="at least one node")
    return items


def _outputs(tree: Tree, reader: Reader) -> list[OutputDecl]:
    if isinstance(tree, Scalar):
        return [_output(tree.text, tree, reader)]
    if isinstance(tree, Sequence):
        return [_output(t.text if isinstance(t, Scalar) else "", t, reader) for t in tree.items]
    return [_output(_named(k, reader, "an output's name"), v, reader) for k, v in tree.entries]


def _output(name: str, tree: Tree, reader: Reader) -> OutputDecl:
    if not isinstance(tree, Mapping):
        return OutputDecl(name.replace(".", "_"), reader.reference(tree))
    ref = Ref(Constant("", tree.span), tree.span)
    train_only, weight = False, None
    for key, value in tree.entries:
        given = value.value if isinstance(value, Scalar) else None
        if key.text == "from":
            ref = reader.reference(value)
        elif key.text == "train_only" and isinstance(given, bool):
            train_only = given
        elif key.text == "loss_weight" and type(given) in (int, float):
            weight = float(given)  # type: ignore[arg-type]
        elif key.text in ("train_only", "loss_weight"):
            wanted = "true or false" if key.text == "train_only" else "a number"
            reader.report(
                "E203",
                f"`{key.text}` has the wrong type",
                value.span,
                expected=wanted,
                found=kind(value),
            )
        else:
            reader.unknown_key(key, ("from", "train_only", "loss_weight"))
    if tree.get("from") is None:
        reader.report("E202", "an output needs `from`", tree.span, expected="from: an id")
    return OutputDecl(name, ref, train_only, weight)


def _blocks(tree: Tree, reader: Reader) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    for key, value in reader.entries(tree, "`blocks`"):
        _named(key, reader, "a block's name")
        if key.text in STRUCTURAL:
            message = f"the block `{key.text}` hides the key of that name"
            reader.report("E211", message, key.span, hint="rename it")
        keys = _read(BlockKeys, value, reader, f"the block `{key.text}`")
        if keys is not None:
            blocks[key.text] = Block(
                key.text,
                key.span,
                keys.params,
                keys.graph,
                keys.outputs,
                keys.inputs,
                keys.description,
            )
    return blocks


_T = TypeVar("_T", bound=BaseModel)


def _reads(function: Callable[[Tree, Reader], Any]) -> BeforeValidator:
    """A pydantic validator that reads one field's tree with the reader in the context."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        reader: Reader = info.context["reader"]  # type: ignore[index]
        return function(value, reader)

    return BeforeValidator(validate)


def _defs(name: str) -> WithJsonSchema:
    return WithJsonSchema({"$ref": f"#/$defs/{name}"})


Text = Annotated[str, _reads(_text), WithJsonSchema({"type": ["string", "number"]})]
Line = Annotated[str, _reads(_line), WithJsonSchema({"type": ["string", "number"]})]
Params = Annotated[dict[str, ParamDecl], _reads(_params), _defs("params")]
Outputs = Annotated[list[OutputDecl], _reads(_outputs), _defs("outputs")]
Graph = Annotated[list[Item], _reads(_graph), _defs("graph")]
Names = Annotated[
    dict[str, Span],
    _reads(_names),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"$ref": "#/$defs/name"},
            "minItems": 1,
            "uniqueItems": True,
        }
    ),
]
Blocks = Annotated[dict[str, Block], _reads(_blocks), _defs("blocks")]
Use = Annotated[
    list[tuple[str, Span]],
    _reads(_use),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class BlockKeys(_Keys):
    """A block's definition."""

    params: Params = Field(default={}, description="Typed parameters: a type or a default each.")
    inputs: Names = Field(default={}, description="Names for what feeds it, if several do.")
    graph: Graph = Field(description="The body: a list of nodes.")
    outputs: Outputs = Field(default=[], description="Named outputs; default: the last node.")
    description: Text = Field(default="", description="What the block is, and where from.")


class Library(_Keys):
    """A file of blocks that specs bring in with `use`."""

    description: Text = Field(default="", description="What the blocks are for.")
    use: Use = Field(default=[], description="Files whose blocks are brought in.")
    blocks: Blocks = Field(description="Blocks by name.")


class Spec(_Keys):
    """A network, or a family of networks with one variant each."""

    name: Line = Field(description="The network's name, as its paper gives it.")
    source: Line = Field(default="", description="The paper, with its table or figure.")
    description: Text = Field(default="", description="Anything a reader should know.")
    year: Annotated[int, _reads(_whole), WithJsonSchema({"type": "integer"})] | None = Field(
        default=None, description="The year of the paper."
    )
    use: Use = Field(default=[], description="Files whose blocks are brought in.")
    inputs: Annotated[dict[str, tuple[Span, Value]], _reads(_inputs), _defs("inputs")] = Field(
        description="Shapes without the batch axis, by name."
    )
    params: Params = Field(default={}, description="The network's parameters.")
    variants: Annotated[
        dict[str, dict[str, tuple[Span, Value]]], _reads(_variants), _defs("variants")
    ] = Field(default={}, description="Parameters by variant: the paper's table.")
    init: Annotated[list[InitRule], _reads(read_init), _defs("init")] = Field(
        default=[], description="How weights start, by op or id; default: PyTorch's way."
    )
    blocks: Blocks = Field(default={}, description="Blocks by name.")
    graph: Graph = Field(description="The network: a list of nodes.")
    outputs: Outputs = Field(default=[], description="What it returns; default: the last node.")


def _read(model: type[_T], tree: Tree, reader: Reader, what: str) -> _T | None:
    """`model` filled from a mapping; None where its keys are wrong, with diagnostics."""
    if not isinstance(tree, Mapping):
        keys = listed(model.model_fields)
        message = f"{what} must be a mapping"
        reader.report("E203", message, tree.span, expected=keys, found=kind(tree))
        return None
    data = {key.text: value for key, value in tree.entries}
    try:
        return model.model_validate(data, context={"reader": reader})
    except ValidationError as error:
        unknown = [key for key in data if key not in model.model_fields]
        for entry in error.errors(include_url=False, include_input=False):
            name = str(entry["loc"][0])
            key = tree.key(name)
            if entry["type"] == "missing" and resembles(name, unknown):
                continue  # the misspelt key says it
            if entry["type"] == "missing":
                reader.report(
                    "E202",
                    f"{what} has no `{name}`",
                    tree.span,
                    expected=f"`{name}`: {_description(model, name)}",
                )
            elif key is not None:
                reader.unknown_key(key, model.model_fields)
        return None


def _description(model: type[BaseModel], name: str) -> str:
    """A field's description as a part of a sentence."""
    text = (model.model_fields[name].description or "").rstrip(".")
    return text[:1].lower() + text[1:]


def block_names(tree: Tree) -> list[str]:
    """The names under `blocks:`, read ahead so that bodies can tell blocks from misspelt keys."""
    blocks = tree.get("blocks") if isinstance(tree, Mapping) else None
    return blocks.keys() if isinstance(blocks, Mapping) else []


def used_files(tree: Tree) -> list[tuple[str, Span]]:
    """The files under `use:`, read ahead."""
    use = tree.get("use") if isinstance(tree, Mapping) else None
    if not isinstance(use, Sequence):
        return []
    return [(t.text, t.span) for t in use.items if isinstance(t, Scalar)]


def read_spec(tree: Tree, reader: Reader) -> Spec | None:
    """A spec from its located tree; None where its top level is broken."""
    return _read(Spec, tree, reader, "a spec")


def read_library(tree: Tree, reader: Reader) -> Library | None:
    """A library file from its located tree."""
    return _read(Library, tree, reader, "a library")
