"""Words for attributes: what an op expects of each, and what is wrong with a value."""

from __future__ import annotations

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
from archspec.frontend.ast import Call, Constant, ListValue, Value
from archspec.frontend.bare import bare_hint
from archspec.frontend.booleans import older
from archspec.frontend.expressions import Expression, Template
from archspec.frontend.hints import spaced
from archspec.frontend.meant import NAME, expression_hint, whole_hint
from archspec.frontend.vocabulary import attribute_hint, our_attribute
from archspec.frontend.wording import describe, written
from archspec.ops import REGISTRY, Op
from archspec.ops.types import MAX_SIZE, MAX_WINDOW, Expect, OpError

_PLAIN = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}


def is_op(name: str) -> bool:
    """True for an op a spec may name; the network's inputs are an op only inside."""
    return name in REGISTRY


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
                    or spaced(name, fields)
                    or _axis_hint(op, name, named[name][1])
                    or attribute_hint(name, fields, op.name)
                    or _node_hint(name)
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


def _axis_hint(op: type[Op], word: str, given: Value) -> str | None:
    """A hint for `dim: 1` and its like, where the batch counts, which here it does not."""
    ours = our_attribute(word, op.model_fields)
    if ours is None or not expect(op.model_fields[ours]).position:
        return None
    value = given.value if isinstance(given, Constant) else None
    several = isinstance(value, tuple)
    dims: list[Any] = list(value) if isinstance(value, tuple) else [value]
    hint = f"here it is called `{ours}`, and the batch is not counted"
    if not dims or any(type(dim) is not int for dim in dims):
        return f"{hint}: 0 is the axis after it"
    axes = [dim - (dim > 0) for dim in dims if dim != 0 or not several]
    if not several and dims == [0]:
        return f"{hint}, which `{word}: 0` would be"
    return f"{hint}: write {ours}: {written(tuple(axes) if several else axes[0])}"


def _node_hint(word: str) -> str | None:
    """A hint for an op that stands among another's attributes."""
    return f"`{word}` is an op, and so a node of its own: `- {word}`" if is_op(word) else None


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


def as_tuples(value: Any) -> Any:
    """Lists that expressions computed, at any depth, as attributes hold them."""
    return tuple(map(as_tuples, value)) if isinstance(value, (list, tuple, range)) else value


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
                hint=bare_hint(op, name, call, entry["input"])
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


_SIGIL = re.compile(r"\$(?=\w|\()")


def _kinds(field: FieldInfo) -> set[Any]:
    """The types that are parts of an attribute's type."""
    kinds, parts = set[Any](), [field.annotation]
    while parts:
        kinds.add(part := parts.pop())
        parts += get_args(part) if get_origin(part) is not Literal else ()
    return kinds


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
        return expect(field).nested
    kinds = _kinds(field)
    return whole_hint(given, value) if int in kinds and float not in kinds else None


def expect(field: FieldInfo) -> Expect:
    """The words for an attribute's type, which may be none."""
    return next((part for part in field.metadata if isinstance(part, Expect)), Expect(""))


def _word_hint(value: str, field: FieldInfo, given: Value) -> str | None:
    """What was meant by a word that is no value of an attribute."""
    instead = dict(expect(field).instead)
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
    if annotation is bool and (hint := older(value)) is not None:
        return hint
    if isinstance(given, Expression):
        meant = expression_hint(value)
        return f"where it comes from, {meant}" if meant is not None and not words else None
    if isinstance(given, Template):
        return f"write $({_SIGIL.sub('', given.text)}), which is computed; this is only text"
    if (node := _node_hint(value)) is not None:
        return node
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
