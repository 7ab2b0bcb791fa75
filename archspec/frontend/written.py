"""YAML as it is written: what a tree of values leaves open, and lines of it.

`Word`, `Group` and `Entry` are a text taken apart; `lines` puts it together again, in lines of at
most `WIDTH` columns. A group that is not `opened` stands in brackets, on one line where it fits
there; where it does not, with the line breaks it came with, or filled, or a line an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

WIDTH = 100
STEP = 2


@dataclass(slots=True)
class Word:
    """A scalar as it is written in a line of its own, and as it is written within brackets.

    `rows` are the lines it came in, if several; `fixed` says that these are a block scalar, whose
    lines stay. What cannot be written in one line has no `text`.
    """

    text: str | None
    within: str | None
    rows: list[str] = field(default_factory=list)
    fixed: bool = False
    prose: str | None = None
    """What is said, where it may be written as a folded block scalar."""


@dataclass(slots=True)
class Entry:
    """A value of a mapping, by its key, or of a list; with the comments that belong to it.

    `above` are the lines above it, comments and "" for a blank one; `at_key` stands behind the
    key of a value that begins on the next line, `beside` behind the value. A comment is its
    column and its text.
    """

    key: str | None
    value: Word | Group
    above: list[str] = field(default_factory=list)
    at_key: tuple[int, str] | None = None
    beside: tuple[int, str] | None = None
    broken: bool = False
    """Whether it came on a line of its own, within brackets."""


@dataclass(slots=True)
class Group:
    """A mapping or a list. `lead` is an anchor, with a space behind it."""

    is_mapping: bool
    entries: list[Entry]
    opened: bool = False
    bare: bool = False
    """Whether it is the one pair of a mapping in a list in brackets, without braces."""
    most: int = 3
    """A mapping in brackets over more lines than these is easier to read a line an entry."""
    below: bool = False
    """Whether it came in brackets on the line below its key."""
    lead: str = ""
    tail: list[str] = field(default_factory=list)


Written = Word | Group


@dataclass(slots=True)
class Line:
    text: str
    comment: tuple[int, str] | None = None


def lines(root: Written) -> list[Line]:
    """A document, line by line."""
    if isinstance(root, Word):
        return _word(root, "", 0)
    if root.opened and root.entries:
        return [*_block(root, 0), *_remarks(root.tail, 0)]
    return _value(root, "", -STEP)


def _remarks(above: list[str], indent: int) -> list[Line]:
    return [Line(" " * indent + comment if comment else "") for comment in above]


def _block(group: Group, indent: int) -> list[Line]:
    """The entries of a group, a line each or more, that begin in the column `indent`."""
    found: list[Line] = []
    for entry in group.entries:
        found += _remarks(entry.above, indent)
        found += _entry(entry, " " * indent, indent)
    return found


def _entry(entry: Entry, start: str, indent: int) -> list[Line]:
    """An entry whose key or dash stands behind `start`, in the column `indent`."""
    lead = start + ("- " if entry.key is None else f"{entry.key}:")
    found = _value(entry.value, lead, indent, entry)
    head = found[0]
    if entry.at_key and head.comment is None:
        head.comment = entry.at_key
    elif entry.at_key:
        found.insert(0, Line(" " * indent + entry.at_key[1]))
    if entry.beside:
        opened = isinstance(entry.value, Group) and not found[-1].text.endswith(("]", "}"))
        at = found[0] if opened or _is_fixed(entry.value) else found[-1]
        if at.comment is None:
            at.comment = entry.beside
        else:
            found.insert(0, Line(" " * indent + entry.beside[1]))
    return found


def _is_fixed(value: Written) -> bool:
    return isinstance(value, Word) and value.fixed


def _value(value: Written, lead: str, indent: int, entry: Entry | None = None) -> list[Line]:
    """A value behind its key or dash, which stand in the column `indent`."""
    gap = "" if not lead or lead.endswith(" ") else " "
    if isinstance(value, Word):
        return _word(value, lead + gap, indent)
    head = lead + gap + value.lead
    if not value.entries:
        return [Line(head + ("{}" if value.is_mapping else "[]"))]
    if not value.opened:
        inline = _in_brackets(value, head, indent, below=bool(entry and entry.key))
        if inline is not None:
            if entry and entry.at_key and value.below and len(inline) == 1:
                return [Line(lead), Line(" " * (indent + STEP) + inline[0][len(head) :])]
            return [Line(text) for text in inline]
    column = indent + STEP
    tail = _remarks(value.tail, column)
    if lead.endswith("- ") and not value.lead:
        first, *others = value.entries
        start = _entry(first, lead, column)
        rest = Group(value.is_mapping, others)
        return [*_remarks(first.above, indent), *start, *_block(rest, column), *tail]
    return [Line(head.rstrip()), *_block(value, column), *tail]


def _word(word: Word, lead: str, indent: int) -> list[Line]:
    """A scalar; where it is too long for a line it goes on in others, indented."""
    margin = " " * (max(indent, 0) + STEP)
    if word.text is not None and len(lead) + len(word.text) <= WIDTH and not word.fixed:
        return [Line(lead + word.text if word.text else lead.rstrip())]
    rows = _rows(word, WIDTH - len(lead), WIDTH - len(margin))
    return [Line(lead + rows[0]), *(Line(margin + row if row else "") for row in rows[1:])]


def _rows(word: Word, first: int, other: int) -> list[str]:
    """A scalar in several rows, the first at most `first` columns wide."""
    if word.prose is not None:
        return [">-", *_prose(word.prose, other)]
    rows = word.rows
    kept = rows and len(rows[0]) <= first and all(len(row) <= other for row in rows[1:])
    if word.text is None or word.fixed or kept:
        return rows
    if word.text.count("(") != word.text.count(")"):  # see flow_escape: the rest of the file
        return [word.text]
    return wrapped(word.text, first, other)


_BEFORE = frozenset(
    ["if", "else", "for", "and", "or", *"+-*/%<>", "//", "**", "==", "!=", "<=", ">="]
)
_SPACE = re.compile(r"(?<=[^\s\\]) (?=[^\s#])")


def _prose(text: str, width: int) -> list[str]:
    """The rows of a folded scalar, in which a line break of the text is an empty row more."""
    first, *others = text.split("\n")
    rows = wrapped(first, width, width)
    for paragraph in others:
        rows += ["", *(wrapped(paragraph, width, width) if paragraph else [])]
    return rows


def wrapped(text: str, first: int, other: int) -> list[str]:
    """A text in rows, broken at single spaces: the first at most that wide, the others so.

    An expression is rather broken before `if`, `else`, operators and their like, where fewer
    brackets are open, and not in its first third.
    """
    rows, row = list[str](), list[str]()
    for word in _SPACE.split(text):
        room = other if rows else first
        if row and len(" ".join([*row, word])) > room:
            end = _end([*row, word], room // 3) if "$(" in text else len(row)
            rows.append(" ".join(row[:end]))
            row = row[end:]
        row.append(word)
    return [*rows, " ".join(row)]


def _end(words: list[str], least: int) -> int:
    """How many of these words, the last of which is one too many, are best left in a row."""
    best, end, width, depth = (0, False), len(words) - 1, -1, 0
    for i, word in enumerate(words):
        if i and width >= least:
            rank = (-depth, word in _BEFORE)
            if end == len(words) - 1 or rank >= best:
                best, end = rank, i
        width += 1 + len(word)
        depth += sum(map(word.count, "([")) - sum(map(word.count, ")]"))
    return end


# --- in brackets ----------------------------------------------------------------------------


def in_line(value: Written) -> str | None:
    """A value within brackets, in one line; None where it has to have several."""
    if isinstance(value, Word):
        return value.within
    parts: list[str] = []
    for entry in value.entries:
        if entry.above or entry.at_key or entry.beside:
            return None
        part = in_line(entry.value)
        if part is None:
            return None
        parts.append(part if entry.key is None else f"{entry.key}: {part}")
    text = ", ".join(parts)
    if value.tail:
        return None
    if value.bare and not value.lead:
        return text
    empty = " " if value.is_mapping and text.endswith(": ") else ""
    return value.lead + ("{" + text.rstrip() + empty + "}" if value.is_mapping else f"[{text}]")


def _in_brackets(group: Group, head: str, indent: int, below: bool) -> list[str] | None:
    """A group in brackets behind `head`, in one line or several; None where that reads badly."""
    line = in_line(group)
    if line is not None and len(head) + len(line) - len(group.lead) <= WIDTH:
        return [head + line[len(group.lead) :]]
    if group.below and below and line is not None and indent + STEP + len(line) <= WIDTH:
        return [head.rstrip(), " " * (indent + STEP) + line]
    if _has_breaks(group) or line is None:
        kept = _Filler(head, keeping=True).filled(group)
        if line is None or all(len(row) <= WIDTH for row in kept):
            return kept
    if not _is_flat(group):
        return None
    filled = _Filler(head, keeping=False).filled(group)
    short = not group.is_mapping or len(filled) <= group.most
    return filled if short and all(len(row) <= WIDTH for row in filled) else None


def _has_breaks(value: Written) -> bool:
    if isinstance(value, Word):
        return len(value.rows) > 1
    return any(e.broken or _has_breaks(e.value) for e in value.entries)


def _is_flat(group: Group) -> bool:
    """Whether it holds scalars, and lists of them, and nothing else."""
    values = (e.value for e in group.entries if isinstance(e.value, Group))
    return not any(value.is_mapping or not _is_flat(value) for value in values)


class _Filler:
    """Writes a group in brackets over several lines, each begun below what it belongs to."""

    def __init__(self, head: str, keeping: bool) -> None:
        self.rows = [head]
        self.keeping = keeping

    def filled(self, group: Group) -> list[str]:
        """The rows, the first of which has `head` in it."""
        self._group(group, 0, led=True)
        return self.rows

    def _put(self, text: str) -> None:
        self.rows[-1] += text

    def _break(self, column: int) -> None:
        self.rows[-1] = self.rows[-1].rstrip()
        self.rows.append(" " * column)

    def _group(self, group: Group, closing: int, led: bool = False) -> None:
        """`closing` is the number of brackets that close behind this one."""
        bare = group.bare and not group.lead
        opening, end = ("", "") if bare else ("{", "}") if group.is_mapping else ("[", "]")
        self._put(("" if led else group.lead) + opening)
        column = len(self.rows[-1])
        for i, entry in enumerate(group.entries):
            last = i == len(group.entries) - 1
            after = closing + len(end) if last else 1
            if i:
                self._put(",")
                if self._breaks(entry, after):
                    self._break(column)
                else:
                    self._put(" ")
            for comment in entry.above if self.keeping else ():
                self._put(comment)
                self._break(column)
            self._entry(entry, column, after)
        if self.rows[-1].endswith(": ") and end:
            self._put(end)
        else:
            self._put(end)

    def _breaks(self, entry: Entry, after: int) -> bool:
        if self.keeping:
            return entry.broken
        text = in_line(entry.value)
        key = 0 if entry.key is None else len(entry.key) + 2
        return text is None or len(self.rows[-1]) + 1 + key + len(text) + after > WIDTH

    def _entry(self, entry: Entry, column: int, after: int) -> None:
        if entry.key is not None:
            self._put(f"{entry.key}: ")
        if isinstance(entry.value, Group):
            self._group(entry.value, after)
            return
        word = entry.value
        if self.keeping and len(word.rows) > 1:
            for i, row in enumerate(word.rows):
                if i:
                    self._break(column + STEP)
                self._put(row)
        else:
            self._put(word.within or "")


def walk(group: Group) -> Iterator[Entry]:
    """All entries of a group and of the groups in it."""
    for entry in group.entries:
        yield entry
        if isinstance(entry.value, Group):
            yield from walk(entry.value)
