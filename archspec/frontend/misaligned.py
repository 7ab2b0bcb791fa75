"""What stands in a column in which nothing above it stands: what it was to be aligned with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.frontend.vocabulary import BESIDE

_INDENT = re.compile(r"( *)((?:- +)*)(-?)")
_KEY = re.compile(r"([A-Za-z_]\w*) *:(?= |\Z)")
_WORD = re.compile(r"([A-Za-z_]\w*)(?: +([^\s#:][^:]*?))? *(?:#.*)?\Z")

_LONGEST = 1_000
"""No key with a word behind it is as long as that."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column in which the lines above have a key, or the dash of an item where that is None."""

    number: int
    key: str | None


def _open(source: Source, line: int) -> Iterator[_Column]:
    """The columns of lists and mappings that are open where a line begins, from the right."""
    limit: float = float("inf")
    for number in range(line - 1, 0, -1):
        text = source.line(number)
        if limit == 1:
            return
        if not text.strip() or text.lstrip()[0] == "#":
            continue
        indent = _INDENT.match(text)
        assert indent is not None
        columns = [_Column(i + 1, None) for i in range(indent.end(1), indent.end(2))]
        columns = [c for c in columns if text[c.number - 1] == "-"]
        if indent[3]:
            columns.append(_Column(indent.end(2) + 1, None))
        if key := _KEY.match(text, indent.end()):
            columns.append(_Column(indent.end() + 1, key[1]))
        yield from (c for c in reversed(columns) if c.number < limit)
        limit = min(limit, indent.end(1) + 1)


def _keys(source: Source, line: int, column: int) -> set[str]:
    """The keys that stand in this column above a line, in one mapping."""
    keys = set[str]()
    for number in range(line - 1, 0, -1):
        text = source.line(number)
        first = len(text) - len(text.lstrip()) + 1
        if key := _KEY.match(text, column - 1):
            keys.add(key[1])
        if first < column:
            break
    return keys


def misaligned(source: Source, here: Span, message: str) -> Diagnostic | None:
    """What is wrong with the column that a line begins in; None where that is not what is wrong.

    `message` is what is said of it where it is to be aligned with a key.
    """
    text = source.line(here.line)
    column = len(text) - len(text.lstrip()) + 1
    place = Span(source, here.line, column, column + 1)
    found = list(_open(source, here.line))
    if not re.match(r" *-(?= |\Z)", text):
        return _key(source, here, message, column, found)
    inner = next((c for c in found if c.key is not None and c.number <= column), None)
    if inner is not None and _keys(source, here.line, inner.number) <= BESIDE:
        message = f"this list of nodes has no key, beside `{inner.key}`"
        hint = f"write `graph:` above it, in column {inner.number}"
        return Diagnostic("E001", message, place, hint=hint)
    items = [c.number for c in found if c.key is None]
    if not items:
        return None
    near = min(items, key=lambda number: abs(number - column))
    return Diagnostic(
        "E001",
        "this item is not aligned with those above",
        place,
        expected=f"its `-` in column {near}, where the others have theirs",
        found=f"column {column}",
        hint=f"put it in column {near}; what stands within an item is a list under a key of it",
    )


def _key(
    source: Source, here: Span, message: str, column: int, columns: list[_Column]
) -> Diagnostic | None:
    """As `misaligned`, for a line that is no item."""
    above = source.line(here.line - 1)
    indent = _INDENT.match(above) if len(above) < _LONGEST else None
    word = _WORD.match(above, indent.end()) if indent is not None else None
    if word is not None and (column == word.start() + 1 or (column > word.start() and not word[2])):
        place = Span(source, here.line - 1, word.start() + 1, word.end(1) + 1)
        return no_colon(word[1], place, word[2] or "")
    distance = min((abs(c.number - column) for c in columns), default=0)
    near = {c.number: c.key for c in columns if abs(c.number - column) == distance}
    if not distance:
        return None
    places = [
        f"align it with `{key}`, in column {number}"
        if key is not None
        else f"begin it with `- `, in column {number}"
        for number, key in sorted(near.items())
    ]
    return Diagnostic("E001", message, here, hint=", or ".join(places))


def no_colon(word: str, place: Span, rest: str = "") -> Diagnostic:
    """E001 for a key without its colon, which begins its line."""
    hint = f"write `{word}:{' ' + rest if rest else ''}`"
    return Diagnostic("E001", f"a colon is missing after `{word}`", place, hint=hint)
