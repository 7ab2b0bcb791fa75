"""A spec's top level as pydantic models: what keys it has, what each holds, which it needs.

Each field reads its own piece of the located tree, so a `Spec` holds abstract syntax with
spans; pydantic finds unknown and missing keys, and makes the JSON Schema for editors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, ValidationInfo
from pydantic_core import core_schema

from archspec.diagnostics import Span, listed, resembles
from archspec.frontend.ast import Block, Item, Label, OutputDecl, ParamDecl, Requirement, Value
from archspec.frontend.attributes import no_parameter
from archspec.frontend.hints import key_hint
from archspec.frontend.initialisation import InitRule, read_init
from archspec.frontend.outputs import read_block_outputs, read_outputs
from archspec.frontend.parameters import read_file_params, read_params
from archspec.frontend.reader import Reader
from archspec.frontend.requirements import read_require
from archspec.frontend.sections import (
    VERSION,
    is_newer,
    named,
    read_doc,
    read_graph,
    read_inputs,
    read_label,
    read_line,
    read_name,
    read_names,
    read_text,
    read_use,
    read_variants,
    read_version,
    read_year,
    row_labels,
)
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.vocabulary import our_key
from archspec.frontend.wording import kind
from archspec.ops.identifiers import KEPT_FREE, STRUCTURAL


def _blocks(tree: Tree, reader: Reader) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    entries = reader.entries(tree, "`blocks`")
    name, loose = _not_indented(entries)
    if loose:
        message = f"what the block `{name}` holds is not indented below its name"
        hint = f"indent {listed(key.text for key in loose)} further than `{name}:`"
        reader.report("E203", message, loose[0].span, hint=hint)
    for key, value in entries if not loose else ():
        named(key, reader, "a block's name")
        if key.text in KEPT_FREE:
            message = f"no block can be called `{key.text}`: the word is kept for the language"
            reader.report("E206", message, key.span, hint="give it a longer name")
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
                keys.doc,
                keys.label,
                keys.require,
            )
    return blocks


def _not_indented(entries: list[tuple[Scalar, Tree]]) -> tuple[str, list[Scalar]]:
    """The name of a block whose keys stand beside it, and these keys; none where none do."""
    known = BlockKeys.model_fields
    for at, (key, value) in enumerate(entries):
        if isinstance(value, Scalar) and value.value is None and key.text not in known:
            inside = takewhile(lambda entry: entry[0].text in known, entries[at + 1 :])
            if loose := [inner for inner, _ in inside]:
                return key.text, loose
    return "", []


_T = TypeVar("_T", bound=BaseModel)


@dataclass(slots=True, eq=False)
class Reads:
    """Says of a field which function reads its tree, and its JSON Schema.

    What the function returns is believed: pydantic would make a model of everything it can hold.
    """

    function: Callable[[Tree, Reader], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)

    def _read(self, tree: Tree, info: ValidationInfo) -> Any:
        """The field's value, by the reader in the context."""
        return self.function(tree, info.context["reader"])  # type: ignore[index]


def _defs(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


_REQUIRE = "Conditions on the parameters and the input, with what is wrong where one does not hold."
_TEXT = {"type": ["string", "number", "boolean"]}
_NAMES = {"type": "array", "items": _defs("name"), "minItems": 1, "uniqueItems": True}

Text = Annotated[str, Reads(read_text, _TEXT)]
Line = Annotated[str, Reads(read_line, _TEXT)]
Doc = Annotated[str, Reads(read_doc, _TEXT)]
LabelText = Annotated[Label | None, Reads(read_label, _TEXT)]
Name = Annotated[str, Reads(read_name, _TEXT)]
Version = Annotated[int, Reads(read_version, {"enum": [*range(1, VERSION + 1)]})]
Year = Annotated[int | None, Reads(read_year, {"anyOf": [{"type": "integer"}, {"type": "null"}]})]
Params = Annotated[dict[str, ParamDecl], Reads(read_params, _defs("params"))]
FileParams = Annotated[dict[str, ParamDecl], Reads(read_file_params, _defs("file_params"))]
Outputs = Annotated[list[OutputDecl], Reads(read_outputs, _defs("outputs"))]
BlockOutputs = Annotated[list[OutputDecl], Reads(read_block_outputs, _defs("block_outputs"))]
Graph = Annotated[list[Item], Reads(read_graph, _defs("graph"))]
Require = Annotated[list[Requirement], Reads(read_require, _defs("require"))]
Names = Annotated[dict[str, Span], Reads(read_names, _NAMES)]
Blocks = Annotated[dict[str, Block], Reads(_blocks, _defs("blocks"))]
Use = Annotated[list[tuple[str, Span]], Reads(read_use, _defs("use"))]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class BlockKeys(_Keys):
    """A block's definition."""

    params: Params = Field(default={}, description="Typed parameters: a type or a default each.")
    inputs: Names = Field(default={}, description="Names for what feeds it, if several do.")
    require: Require = Field(default=[], description=_REQUIRE)
    graph: Graph = Field(description="The body: a list of nodes.")
    outputs: BlockOutputs = Field(default=[], description="What it gives; default: the last node.")
    doc: Doc = Field(default="", description="What the block is, and where from.")
    label: LabelText = Field(default=None, description="What figures and generated code call it.")


class Library(_Keys):
    """A file of blocks that specs bring in with `use`."""

    archspec: Version = Field(default=VERSION, description="The version of the language.")
    description: Text = Field(default="", description="What the blocks are for.")
    use: Use = Field(default=[], description="Files whose blocks are brought in.")
    params: FileParams = Field(
        default={}, description="Defaults of parameters that a spec may have its own values for."
    )
    blocks: Blocks = Field(description="Blocks by name.")


class Spec(_Keys):
    """A network, or a family of networks with one variant each."""

    archspec: Version = Field(default=VERSION, description="The version of the language.")
    name: Name = Field(description="The network's name, as its paper gives it.")
    label: LabelText = Field(
        default=None, description="What figures and code call it, if not its name."
    )
    source: Line = Field(default="", description="The paper, with its table or figure.")
    description: Text = Field(default="", description="Anything a reader should know.")
    year: Year = Field(default=None, description="The year of the paper.")
    use: Use = Field(default=[], description="Files whose blocks are brought in.")
    inputs: Annotated[dict[str, tuple[Span, Value]], Reads(read_inputs, _defs("inputs"))] = Field(
        description="Shapes without the batch axis, by name."
    )
    params: Params = Field(default={}, description="The network's parameters.")
    variants: Annotated[
        dict[str, dict[str, tuple[Span, Value]]], Reads(read_variants, _defs("variants"))
    ] = Field(default={}, description="Parameters by variant: the paper's table.")
    require: Require = Field(default=[], description=_REQUIRE)
    init: Annotated[list[InitRule], Reads(read_init, _defs("init"))] = Field(
        default=[], description="How weights start, by op or id; default: PyTorch's way."
    )
    blocks: Blocks = Field(default={}, description="Blocks by name.")
    graph: Graph = Field(description="The network: a list of nodes.")
    outputs: Outputs = Field(default=[], description="What it returns; default: the last node.")
    _labels: dict[str, Label] = PrivateAttr(default_factory=dict)

    @property
    def labels(self) -> dict[str, Label]:
        """What figures call the variants that have a `label` in their row."""
        return self._labels


def _read(model: type[_T], tree: Tree, reader: Reader, what: str) -> _T | None:
    """`model` filled from a mapping; None where its keys are wrong, with diagnostics."""
    if not isinstance(tree, Mapping):
        keys = listed(model.model_fields)
        message = f"{what} must be a mapping"
        reader.report("E203", message, tree.span, expected=keys, found=kind(tree))
        return None
    data = {key.text: value for key, value in tree.entries if not _is_foreign(key.text, model)}
    try:
        return model.model_validate(data, context={"reader": reader})
    except ValidationError as error:
        unknown = [key for key in data if key not in model.model_fields]
        meant = {our_key(key, model.model_fields) for key in unknown}
        for entry in error.errors(include_url=False, include_input=False):
            name = str(entry["loc"][0])
            key = tree.key(name)
            if entry["type"] == "missing" and (name in meant or resembles(name, unknown)):
                continue  # the misspelt key says it
            if entry["type"] == "missing":
                reader.report(
                    "E202",
                    f"{what} has no `{name}`",
                    tree.span,
                    expected=f"`{name}`: {_description(model, name)}",
                )
            else:
                assert key is not None and entry["type"] == "extra_forbidden", entry
                free = [field for field in model.model_fields if field not in data]
                hint = _below(key, tree) or key_hint(name, free)
                reader.unknown_key(key, model.model_fields, hint)
        return None


def _below(key: Scalar, tree: Mapping) -> str | None:
    """A hint for a key that stands beside the empty one that it belongs to."""
    at = [k for k, _ in tree.entries].index(key)
    above = tree.entries[at - 1] if at else None
    if above is None or not isinstance(above[1], Scalar) or above[1].value is not None:
        return None
    return f"`{above[0].text}` is empty: indent `{key.text}` below it, if it belongs there"


def _is_foreign(key: str, model: type[BaseModel]) -> bool:
    """Whether a key at the top of a file is one of those that are left to other tools."""
    return key.startswith("x-") and model is not BlockKeys


def _description(model: type[BaseModel], name: str) -> str:
    """A field's description as a part of a sentence."""
    text = (model.model_fields[name].description or "").rstrip(".")
    return text[:1].lower() + text[1:]


def block_names(tree: Tree) -> list[str]:
    """The names under `blocks:`, read ahead so that bodies can tell blocks from misspelt keys.

    Those of a list, which `blocks` should not be, count too: it is said once that it is one.
    """
    blocks = tree.get("blocks") if isinstance(tree, Mapping) else None
    if isinstance(blocks, Sequence):
        entries = [t for t in blocks.items if isinstance(t, Mapping)]
        named = [name.text for t in entries if isinstance(name := t.get("name"), Scalar)]
        return [*named, *(key.text for t in entries for key, _ in t.entries)]
    return blocks.keys() if isinstance(blocks, Mapping) else []


def is_network(tree: Tree) -> bool:
    """Whether a file is a spec of its own, not one of blocks."""
    return isinstance(tree, Mapping) and not {"inputs", "graph"}.isdisjoint(tree.keys())


def used_files(tree: Tree) -> list[tuple[str, Span]]:
    """The files under `use:`, read ahead."""
    use = tree.get("use") if isinstance(tree, Mapping) else None
    if not isinstance(use, Sequence):
        return []
    files = [t for t in use.items if isinstance(t, Scalar) and t.value is not None]
    return [(t.text, t.span) for t in files if t.text.strip()]


def read_spec(tree: Tree, reader: Reader) -> Spec | None:
    """A spec from its located tree; None where its top level is broken."""
    if is_newer(tree, reader):
        return None
    spec = _read(Spec, tree, reader, "a spec")
    if spec is not None:
        assert isinstance(tree, Mapping)
        for variant, word, value in row_labels(tree.get("variants")):
            if "label" in spec.params:  # which then is what the word means
                spec.variants[variant]["label"] = word.span, reader.value(value)
            elif (label := reader.attempt(reader.label, value)) is not None:
                spec.labels[variant] = label
        for row in spec.variants.values():
            for name, (key, _) in row.items():
                if name not in spec.params:
                    reader.diagnostics.append(no_parameter(name, spec.params, key))
    return spec


def read_library(tree: Tree, reader: Reader) -> Library | None:
    """A library file from its located tree."""
    return None if is_newer(tree, reader) else _read(Library, tree, reader, "a library")
