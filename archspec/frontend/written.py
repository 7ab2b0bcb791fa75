"""YAML as it is written: groups, their entries and the comments at them, and scalars as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Comment(NamedTuple):
    """What stands behind something: its column, and whether no more than two spaces lead there."""

    column: int
    text: str
    is_close: bool = False


@dataclass(slots=True)
class Word:
    """A scalar as it is written: `text` in lines of its own, `within` brackets.

    `rows` are the lines it came in, if several; `fixed` says that these are a block scalar, whose
    lines stay. What cannot be written in one line has no `text`, and nothing `within`.
    """

    text: str | None
    within: str | None
    rows: list[str] = field(default_factory=list)
    fixed: bool = False
    hangs: bool = False
    """Whether the rows go on below what stands behind a `$(`."""
    prose: str | None = None
    """What it says, where it may be written as a folded block scalar."""


@dataclass(slots=True)
class Entry:
    """A value of a mapping, by its key, or of a list; with the comments that belong to it.

    `above` are the lines above it: comments, and "" for a blank one; `at_key` stands behind the
    key of a value that begins on the next line, `beside` behind the value.
    """

    key: str | None
    value: Word | Group
    above: list[str] = field(default_factory=list)
    at_key: Comment | None = None
    beside: Comment | None = None
    broken: bool = False
    """Whether it came on a line of its own, within brackets."""


@dataclass(slots=True)
class Group:
    """A mapping or a list: in lines of its own where it is `opened`, else in brackets.

    In brackets it may have been `below` its key, and it may be the one pair of a mapping in a
    list, `bare` of braces. `most` lines are allowed a mapping in brackets: with more it is easier
    to read opened. `lead` is an anchor, with a space behind it; `tail` stands below the last entry.
    """

    is_mapping: bool
    entries: list[Entry]
    opened: bool = False
    bare: bool = False
    below: bool = False
    most: int = 3
    lead: str = ""
    tail: list[str] = field(default_factory=list)
    is_broken: bool = False
    """Whether it, or what is in it, came in brackets with line breaks."""
    is_commented: bool = False
    """Whether comments are in it."""
    is_loose: bool = False
    """Whether something in it was changed, for which lines may be broken anew."""
    is_flat: bool = True
    """Whether it holds scalars, lists of them, mappings of one scalar, and nothing else."""


Written = Word | Group


@dataclass(slots=True)
class Document:
    """A file: lines above it, as far as a `---`; what it holds; and comments below that."""

    head: list[str]
    top: Entry
    tail: list[str]


def settle(value: Written) -> None:
    """Note in a group, and in all that are in it, what is told by what they hold."""
    for group in [*groups(value)][::-1]:
        values = [entry.value for entry in group.entries]
        inner = [value for value in values if isinstance(value, Group)]
        torn = (isinstance(value, Word) and len(value.rows) > 1 for value in values)
        group.is_broken = any(e.broken for e in group.entries[1:]) or any(torn)
        group.is_broken |= any(value.is_broken for value in inner)
        marked = (e.above or e.at_key or e.beside for e in group.entries)
        group.is_commented = bool(group.tail) or any(map(bool, marked))
        group.is_commented |= any(value.is_commented for value in inner)
        group.is_flat = all(value.is_flat and _is_simple(value) for value in inner)


def _is_simple(group: Group) -> bool:
    """Whether a group is a list, or one scalar behind a key, such as the type of a parameter."""
    first = group.entries[0].value if len(group.entries) == 1 else None
    return not group.is_mapping or isinstance(first, Word)


def groups(value: Written) -> Iterator[Group]:
    """Every group, each before those that are in it."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, Group):
            yield value
            left += (entry.value for entry in value.entries)
