"""Words for attributes: what an op expects of each, and what is wrong with a value."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from archspec.diagnostics import (
    MOST,
    ArchspecError,
    Diagnostic,
    Span,
    did_you_mean,
    listed,
    resembles,
)
from archspec.expressions import Expression, Namespace, Template
from archspec.meant import NAME, TUPLE, expression_hint, whole_hint
from archspec.ops import REGISTRY, Op
from archspec.ops.base import MAX_SIZE, MAX_WINDOW, Expect, OpError
from archspec.source import Mapping, Scalar, Tree
from archspec.syntax import Call, Constant, ListValue, MapValue, Value
from archspec.vocabulary import attribute_hint, our_attribute

_PLAIN = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


def is_op(name: str) -> bool:
    """True for an op a spec may name; the network's inputs are an op only inside."""
    return name in REGISTRY


def kind(tree: Tree) -> str:
    """What a piece of YAML is, for the `found:` of a message."""
    if isinstance(tree, Mapping):
        return "a mapping" if tree.entries else "an empty mapping"
    if not isinstance(tree, Scalar):
        return "a list" if tree.items else "an empty list"
    if tree.value is None:
        return "nothing"
    return describe(tree.value)


def written(value: Any) -> str:
    """A value as a spec would write it."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value is not None else "null"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {written(v)}" for k, v in value.items()) + "}"
    return str(value)


def as_written(value: Value) -> str:
    """What a spec has there, with the dollar of what is computed."""
    if isinstance(value, Constant):
        return written(value.value)
    if isinstance(value, ListValue):
        return f"[{', '.join(map(as_written, value.items))}]"
    if isinstance(value, MapValue):
        return f"{{{', '.join(f'{k}: {as_written(v)}' for k, (_, v) in value.entries.items())}}}"
    text = " ".join(value.text.split())
    if isinstance(value, Template):
        return text
    alone = isinstance(value.tree, ast.Name | ast.Attribute | ast.Subscript)
    return f"${text}" if alone and text[0] not in "($" else f"$({text})"


def describe(value: Any) -> str:
    """A value and its type, in the words of a spec's author."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str) and not value.strip():
        return "an empty text"
    if isinstance(value, str):
        return f"the word `{value if len(value) <= 60 else value[:57] + '...'}`"
    if isinstance(value, (list, tuple, range)):
        text = written(value) if isinstance(value, range) or len(value) <= 20 else ""
        return f"the list `{text}`" if 0 < len(text) <= 60 else f"a list of {len(value)}"
    return f"`{value.label}` as a whole" if isinstance(value, Namespace) else "a mapping"


def expectation(op: type[Op], name: str) -> str:
    """What an attribute wants, in words: from its type's `Expect`, or from the type itself."""
    field = op.model_fields[name]
    for entry in field.metadata:
        if isinstance(entry, Expect):
            return entry.text
    return wording(field.annotation)


def wording(annotation: Any) -> str:
    """A type in words: `Literal["a", "b"] | None` is "`a`, `b` or null"."""
    for entry in getattr(annotation, "__metadata__", ()):
        if isinstance(entry, Expect):
            return entry.text
    if hasattr(annotation, "__metadata__"):
        return wording(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{a}`" for a in get_args(annotation))
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation is type(None):
        return "null"
    if get_origin(annotation) is tuple:
        return "a list, each " + wording(get_args(annotation)[0])
    return " or ".join(wording(a) for a in get_args(annotation)) or "a value"


def name_errors(op: type[Op], call: Call) -> list[Diagnostic]:
    """What is wrong with the names of attributes: inferred, unknown or missing ones."""
    found: list[Diagnostic] = []
    named, fields = call.args.named, op.model_fields
    faulty = (n for n in named if n not in fields or n in op.inferred)
    unknown: list[str] = []
    for name in islice(faulty, MOST):
        span, _ = named[name]
        if name in op.inferred:
            message = f"`{name}` of `{op.name}` is inferred"
            hint = "leave it out: archspec knows what feeds this node"
            found.append(Diagnostic("E208", message, span, hint=hint))
        else:
            unknown.append(name)
            found.append(
                Diagnostic(
                    "E207",
                    f"`{op.name}` has no attribute `{name}`",
                    span,
                    expected=listed(fields) or "no attributes",
                    hint=_assigned(name, fields)
                    or attribute_hint(name, fields, op.name)
                    or did_you_mean(name, fields),
                )
            )
    if op.idle and not named:
        message = f"`{op.name}` is told nothing to do"
        wanted = f"at least one of {listed(fields)}"
        hint = "where nothing is to be done leave it out, or write `identity`"
        found.append(Diagnostic("E209", message, call.span, wanted, hint=hint))
    meant = {our_attribute(name, fields) for name in unknown}
    for name, field in fields.items():
        if not field.is_required() or name in named or name in meant:
            continue
        if not resembles(name, unknown):  # else the misspelt one says it
            found.append(missing(op, name, call.span))
    return found


def _assigned(word: str, fields: Iterable[str]) -> str | None:
    """A hint for `kernel_size=3` and `kernel_size: 3, 3`, which YAML takes for a word each."""
    if word.isdigit():
        return f"a list has square brackets, [{word}, {word}]; a comma ends a value"
    name, equals, value = word.partition("=")
    return f"write {name.strip()}: {value.strip()}" if equals and name.strip() in fields else None


def missing(op: type[Op], name: str, span: Span) -> Diagnostic:
    expected = f"{name}: {expectation(op, name)}"
    return Diagnostic("E209", f"`{op.name}` needs `{name}`", span, expected=expected)


def no_parameter(name: str, params: Iterable[str], span: Span | None = None) -> Diagnostic:
    """E106 for a value of what is no parameter of the spec."""
    params = list(params)
    return Diagnostic(
        "E106",
        f"the spec has no parameter `{name}`",
        span,
        expected=listed(params) or "no parameters",
        hint=did_you_mean(name, params),
    )


def no_bare_value(op: type[Op], bare: Value) -> Diagnostic:
    """E203 for a value without a name beside an op that has no one obvious attribute."""
    fields = op.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    hint = None
    if isinstance(bare, Constant) and isinstance(bare.value, tuple):
        hint = _with_names(op, map(written, bare.value))
    elif isinstance(bare, ListValue):
        hint = _with_names(op, map(as_written, bare.items))
    elif len(required) == 1:
        hint = f"write {op.name}: {{{required[0]}: {as_written(bare)}}}"
    return Diagnostic(
        "E203",
        f"`{op.name}` takes no bare value",
        bare.span,
        expected="attributes: " + (listed(fields) or "none"),
        hint=hint,
    )


def _with_names(op: type[Op], values: Iterable[str]) -> str:
    """A hint for a list of attributes in PyTorch's order, as they are written."""
    pairs = zip(op.model_fields, values, strict=False)
    return f"write {op.name}: {{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"


def make(op: type[Op], call: Call, values: dict[str, Any]) -> Op:
    """The op with these attributes.

    Raises:
        ArchspecError: one E210 for each attribute that cannot have its value, one E209 for each
            that has none and needs one.
    """
    huge = [name for name, value in values.items() if _beyond(value)]
    if huge:
        raise ArchspecError(*(_too_large(op, name, call, values[name]) for name in huge))
    try:
        return op(**values)
    except ValidationError as error:
        raise ArchspecError(*attribute_errors(op, call, error)) from None


def _beyond(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_beyond, value))
    return type(value) is int and abs(value) > MAX_SIZE


def _too_large(op: type[Op], name: str, call: Call, value: Any) -> Diagnostic:
    return Diagnostic(
        "E210",
        f"`{name}` of `{op.name}` is too large",
        call.args.named[name][1].span if name in call.args.named else call.span,
        expected=f"at most {MAX_SIZE:,}",
        found=_given(name, call, value),
    )


def attribute_errors(op: type[Op], call: Call, error: ValidationError) -> list[Diagnostic]:
    """One diagnostic for each attribute pydantic refused, at the attribute's value."""
    found: dict[str, Diagnostic] = {}
    for entry in error.errors(include_url=False):
        name = str(entry["loc"][0]) if entry["loc"] else ""
        if name in found:
            continue
        span = call.args.named[name][1].span if name in call.args.named else call.span
        if entry["type"] == "missing":
            found[name] = missing(op, name, span)
        elif isinstance(cause := entry.get("ctx", {}).get("error"), OpError):
            found[name] = op_diagnostic(cause, call)
        elif entry["type"] == "value_error":
            message = entry["msg"].removeprefix("Value error, ")
            found[name] = Diagnostic("E210", message, span)
        else:
            expected = expectation(op, name) if name in op.model_fields else None
            if entry["type"] == "less_than_equal" and entry["ctx"]["le"] == MAX_WINDOW:
                expected = f"at most {MAX_WINDOW:,}"
            found[name] = Diagnostic(
                "E210",
                f"`{name}` of `{op.name}` has an impossible value",
                span,
                expected=expected,
                found=_given(name, call, entry["input"]),
                hint=_bare_hint(op, name, call, entry["input"])
                or _hint(
                    op.model_fields.get(name), _part(name, call, entry["loc"]), entry["input"]
                ),
            )
    return list(found.values())


def _given(name: str, call: Call, fallback: Any) -> str:
    """The whole value that was given, not the part of it pydantic stopped at."""
    if name in call.args.named:
        value = call.args.named[name][1]
        text = getattr(value, "text", None)
        if hasattr(value, "value"):
            given = value.value
            return written(given) if isinstance(given, tuple) else describe(given)
        if text is not None:
            return f"{describe(fallback)}, from `{text}`"
    return describe(fallback)


BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that other versions of YAML take for truth values, and what to write instead."""

_SIGIL = re.compile(r"\$(?=\w|\()")


def _kinds(field: FieldInfo) -> set[Any]:
    """The types that are parts of an attribute's type."""
    kinds, parts = set[Any](), [field.annotation]
    while parts:
        kinds.add(part := parts.pop())
        parts += get_args(part) if get_origin(part) is not Literal else ()
    return kinds


def _bare_hint(op: type[Op], name: str, call: Call, value: Any) -> str | None:
    """How to write `conv: [64, 3]` and `conv: 3x3`, whose bare value is a number of channels."""
    key, bare = call.args.named.get(name, (None, None))
    if bare is None or key is not bare.span or not name == op.primary == "out_channels":
        return None
    if isinstance(value, tuple):
        items = map(as_written, bare.items) if isinstance(bare, ListValue) else map(written, value)
        return _with_names(op, items)
    if not isinstance(value, str) or not TUPLE.fullmatch(value):
        return None
    kernel = re.findall(r"\d+", value)[0]
    return f"write {op.name}: {{{name}: ..., kernel_size: {kernel}}}"


def _part(name: str, call: Call, place: tuple[int | str, ...]) -> Value | None:
    """What is written where pydantic stopped, in a list if need be."""
    given = call.args.named[name][1] if name in call.args.named else None
    for index in place:
        if isinstance(given, ListValue) and isinstance(index, int):
            given = given.items[index]
    return given


def _hint(field: FieldInfo | None, given: Value | None, value: Any) -> str | None:
    """What was meant by what is no value of an attribute."""
    if field is None or given is None:
        return None
    if isinstance(value, str):
        return _word_hint(value, field, given)
    if isinstance(value, tuple) and any(isinstance(part, tuple) for part in value):
        return _expect(field).nested
    kinds = _kinds(field)
    return whole_hint(given, value) if int in kinds and float not in kinds else None


def _expect(field: FieldInfo) -> Expect:
    """The words for an attribute's type, which may be none."""
    return next((part for part in field.metadata if isinstance(part, Expect)), Expect(""))


def _word_hint(value: str, field: FieldInfo, given: Value) -> str | None:
    """What was meant by a word that is no value of an attribute."""
    instead = dict(_expect(field).instead)
    if value.lower() in instead:
        return instead[value.lower()]
    annotation = field.annotation
    words = [
        w
        for a in [annotation, *get_args(annotation)]
        if get_origin(a) is Literal
        for w in get_args(a)
        if isinstance(w, str)
    ]
    near = did_you_mean(value, words)
    if near is not None or annotation is str:
        return near
    if annotation is bool and value.lower() in BOOLEANS:
        return f"write {BOOLEANS[value.lower()]}: YAML 1.2 takes `{value}` for a word"
    if isinstance(given, Expression):
        meant = expression_hint(value)
        return f"where it comes from, {meant}" if meant is not None and not words else None
    if isinstance(given, Template):
        return f"write $({_SIGIL.sub('', given.text)}), which is computed; this is only text"
    if words and (int not in _kinds(field) or NAME.match(value)):
        return None
    return expression_hint(value)


def op_diagnostic(error: OpError, call: Call) -> Diagnostic:
    """An `OpError` with a place: the attribute it names where that is written, else the op."""
    span = call.span
    if error.attribute is not None and error.attribute in call.args.named:
        span = call.args.named[error.attribute][1].span
    return Diagnostic(
        error.code,
        error.message,
        span,
        expected=error.expected,
        found=error.found,
        hint=error.hint,
    )
