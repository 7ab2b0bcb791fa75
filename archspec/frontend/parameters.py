"""Located tree -> what `params` declares: types, defaults, choices, and words about each."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics import Span, did_you_mean, listed
from archspec.frontend import vocabulary
from archspec.frontend.ast import Constant, ParamDecl, Value, choice
from archspec.frontend.reader import Reader
from archspec.frontend.source import Mapping, Scalar, Sequence, Tree
from archspec.frontend.wording import describe, kind, written
from archspec.ops.identifiers import word_problem

TYPES = ("int", "float", "bool", "str", "list", "block", "any")
"""The words that declare a parameter without a default."""

KEYS = ("type", "one_of", "default", "doc")
"""What a mapping that declares a parameter may say."""


def read_params(tree: Tree, reader: Reader) -> dict[str, ParamDecl]:
    params: dict[str, ParamDecl] = {}
    for key, value in reader.entries(tree, "`params`"):
        problem = word_problem(key.text)
        if problem:
            message = f"`{key.text}` cannot be a parameter's name: {problem}"
            reader.report("E206", message, key.span)
        if key.text.endswith("_"):
            reader.report("E206", f"`{key.text}` ends in an underscore", key.span)
        if key.text == "input":
            reader.report("E206", "`input` already means what feeds the block", key.span)
        params[key.text] = _param(key, value, reader)
    return params


def read_file_params(tree: Tree, reader: Reader) -> dict[str, ParamDecl]:
    """The parameters of a file that specs use, each of which has a default."""
    params = read_params(tree, reader)
    for decl in params.values():
        if decl.default is None:
            message = f"the parameter `{decl.name}` has no default"
            expected = "a value, which a spec's parameter of that name overrides"
            found = decl.type or "its choices alone"
            reader.report("E203", message, decl.span, expected=expected, found=found)
    return params


def _param(key: Scalar, tree: Tree, reader: Reader) -> ParamDecl:
    """A type; a default, whose type it has; or a mapping that says more."""
    if isinstance(tree, Mapping):
        return _declared(key, tree, reader)
    if isinstance(tree, Scalar) and not tree.quoted and tree.text in TYPES:
        return ParamDecl(key.text, key.span, tree.text, None)
    if isinstance(tree, Scalar) and not tree.quoted:
        _check_default(key, tree, reader)
    return ParamDecl(key.text, key.span, None, reader.value(tree))


def _check_default(key: Scalar, tree: Scalar, reader: Reader) -> None:
    """Report what is read as a default and was to be a type, or was not written at all."""
    meant = _meant(tree.text)
    if tree.value is None and not tree.text:
        message = f"the parameter `{key.text}` has neither a type nor a default"
        hint = f"`{key.text}: null` has nothing for its default"
        reader.report("E203", message, key.span, expected=listed(TYPES), hint=hint)
    elif meant is not None:
        message = f"the type of `{key.text}` is none: `{tree.text}` would be its default, a word"
        hint = f'write {meant}; or "{tree.text}", in quotes, if the word is meant'
        reader.report("E203", message, tree.span, expected=listed(TYPES), hint=hint)


def _hint(word: str, known: Iterable[str]) -> str | None:
    meant = _meant(word)
    return did_you_mean(word, known) if meant is None else f"the type is `{meant}`"


def _meant(word: str) -> str | None:
    """The type that a word may stand for which is written like none of ours."""
    name = word.lower()
    return name if name in TYPES else vocabulary.TYPES.get(name)


def _declared(key: Scalar, tree: Mapping, reader: Reader) -> ParamDecl:
    """`{any: 1}`, `{one_of: [A, B], default: B}` or `{type: int}`, each with a `doc` if wanted."""
    name = key.text
    found: dict[str, Tree] = {k.text: value for k, value in tree.entries}
    found.pop("doc", None)
    doc = reader.beside(tree, "doc", reader.doc) or ""
    short = [k for k, _ in tree.entries if k.text in TYPES]
    if len(short) == len(found) == 1:
        return ParamDecl(name, key.span, short[0].text, reader.value(found[short[0].text]), doc=doc)
    stray = [k for k, _ in tree.entries if k.text not in KEYS]
    if stray or not found or {"type", "one_of"} <= found.keys():
        alone = len(stray) == len(tree.entries) == 1
        reader.report(
            "E203",
            f"the parameter `{name}` is neither a type nor a default",
            stray[0].span if alone else tree.span,
            expected="{any: 1}, a type with its default; {one_of: [A, B], default: A}, its choices;"
            f" the types are {listed(TYPES)}",
            hint=_hint(stray[0].text, [*TYPES, *KEYS]) if stray and not short else None,
        )
        return ParamDecl(name, key.span, "any", None)
    default = reader.value(found["default"]) if "default" in found else None
    choices = _choices(found["one_of"], reader) if "one_of" in found else None
    decl = ParamDecl(name, key.span, None, default, choices, doc)
    if "type" in found:
        decl.type = _type(name, found["type"], reader)
    if isinstance(default, Constant) and choices and not decl.offers(default.value):
        message = f"the default of `{name}` is none of its choices"
        expected, given = listed(map(written, choices)), describe(default.value)
        reader.report("E414", message, default.span, expected=expected, found=given)
    return decl


def _type(name: str, tree: Tree, reader: Reader) -> str:
    if isinstance(tree, Scalar) and tree.text in TYPES:
        return tree.text
    message = f"the type of `{name}` is none"
    given = describe(tree.value) if isinstance(tree, Scalar) else kind(tree)
    hint = _hint(tree.text, TYPES) if isinstance(tree, Scalar) else None
    reader.report("E203", message, tree.span, expected=listed(TYPES), found=given, hint=hint)
    return "any"


def _choices(tree: Tree, reader: Reader) -> tuple[object, ...] | None:
    """The values that a parameter may have; None where they are faulty."""
    if not isinstance(tree, Sequence) or not tree.items:
        message = "`one_of` lists values"
        reader.report("E203", message, tree.span, expected="[A, B, C]", found=kind(tree))
        return None
    values: list[tuple[Value, Span]] = [(reader.value(part), part.span) for part in tree.items]
    if any(span in reader.faulty for _, span in values):
        return None
    choices: list[object] = []
    seen: set[tuple[bool, object]] = set()
    for value, span in values:
        if not isinstance(value, Constant):
            message = "a choice is written out, and is not computed"
            reader.report("E203", message, span, expected="a word, a number or a list of them")
        elif choice(value.value) in seen:
            reader.report("E203", f"the choice {written(value.value)} stands here twice", span)
        else:
            seen.add(choice(value.value))
            choices.append(value.value)
    return tuple(choices)
