"""Statements and classes as the lines of a file, laid out as `ruff format` would."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from archspec.codegen.flat import flat, joined
from archspec.codegen.layout import laid
from archspec.codegen.python import (
    Argument,
    Assign,
    Blank,
    Branching,
    Class,
    Increment,
    Leave,
    Looping,
    Method,
    Statement,
    Within,
)
from archspec.codegen.words import INDENT, WIDTH, comment


def printed(each: Class) -> str:
    """The text of a class."""
    rows = [f"class {each.name}({flat(each.base)}):", *each.doc]
    for number, one in enumerate(each.methods):
        rows += [""] * (number > 0)
        rows += [*_signature(one), *lines(one.body, 2)]
    return "\n".join(rows).rstrip("\n")


def _signature(one: Method) -> list[str]:
    arguments = ["self", *_arguments(one.arguments)]
    opening, closing = f"{INDENT}def {one.name}(", f") -> {flat(one.returns)}:"
    whole = f"{opening}{', '.join(arguments)}{closing}"
    if len(whole) <= WIDTH:
        return [whole]
    inner = f"{INDENT * 2}{', '.join(arguments)}"
    below = [inner] if len(inner) <= WIDTH else [f"{INDENT * 2}{a}," for a in arguments]
    return [opening, *below, f"{INDENT}{closing}"]


def _arguments(several: Iterable[Argument]) -> Iterator[str]:
    """Those that take a position come first."""
    marked = False
    for each in several:
        if each.keyword and not marked:
            marked = True
            yield "*"
        default = f" = {flat(each.default)}" if each.default is not None else ""
        yield f"{each.name}: {flat(each.kind)}{default}"


def lines(body: Iterable[Statement], depth: int) -> list[str]:
    """The lines of some statements at an indentation."""
    return [row for statement in body for row in _statement(statement, depth)]


def _statement(statement: Statement, depth: int) -> list[str]:
    margin = INDENT * depth
    match statement:
        case Assign():
            return _assign(statement, depth)
        case Leave(word, value, notes):
            return [*_notes(notes, margin), *_leave(word, value, depth)]
        case Branching():
            return _branching(statement, depth, "if")
        case Looping(targets, walked, inner, doc):
            head = laid(walked, depth, f"for {', '.join(targets)} in ", ":")
            return [*comment(doc, margin), *head, *lines(inner, depth + 1)]
        case Increment(target, value):
            return laid(value, depth, f"{flat(target)} += ")
        case Within(context, inner):
            return [*laid(context, depth, "with ", ":"), *lines(inner, depth + 1)]
        case Blank():
            return [""]


def _leave(word: str, value: ast.expr, depth: int) -> list[str]:
    """`return x, skip`: a tuple needs no brackets where it fits."""
    if isinstance(value, ast.Tuple):
        items = joined(value.elts) + "," * (len(value.elts) == 1)
        whole = f"{INDENT * depth}{word} {items}"
        if len(whole) <= WIDTH:
            return [whole]
    return laid(value, depth, f"{word} ")


def _branching(statement: Branching, depth: int, word: str) -> list[str]:
    margin = INDENT * depth
    body = lines(statement.body, depth + 1) or [f"{margin}{INDENT}pass"]
    rows = [*laid(statement.test, depth, f"{word} ", ":"), *body]
    other = statement.orelse
    if len(other) == 1 and isinstance(other[0], Branching):
        return [*rows, *_branching(other[0], depth, "elif")]
    return [*rows, f"{margin}else:", *lines(other, depth + 1)] if other else rows


def _assign(statement: Assign, depth: int) -> list[str]:
    target, value = statement.target, statement.value
    said = _notes(statement.notes, INDENT * depth)
    if target is None:
        return [*said, *laid(value, depth)]
    text = flat(target) if not isinstance(target, ast.Tuple) else ", ".join(map(flat, target.elts))
    if statement.annotation is not None:
        text += f": {flat(statement.annotation)}"
    return [*said, *laid(value, depth, f"{text} = ")]


def _notes(notes: Iterable[str], margin: str) -> list[str]:
    return [row for words in notes for row in comment(words, margin)]
