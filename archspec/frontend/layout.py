"""What is written, in lines of at most `WIDTH` columns.

A group in brackets stays on one line where it fits there. Where it does not, it keeps the line
breaks it came with, each line begun below its bracket; or is filled so; or is opened, a line an
entry. A scalar that is too long is broken at spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from archspec.frontend.written import Comment, Document, Entry, Group, Word, Written, settle

WIDTH = 100
STEP = 2
_LONGEST_KEY = 1_000
"""YAML wants a `?` before a key of more than 1,024 characters."""
_APART = 2
"""Spaces between what is said and a comment."""


@dataclass(slots=True)
class Line:
    text: str
    comment: Comment | None = None


def printed(document: Document) -> str:
    """A document as text, which ends with a line break."""
    top, root = document.top, document.top.value
    settle(root)
    found = [*map(Line, document.head), *_remarks(top.above, 0)]
    if isinstance(root, Group) and root.opened and root.entries:
        found += [Line(root.lead.rstrip())] if root.lead else []
        found += [*_block(root.entries, 0), *_remarks(root.tail, 0)]
    else:
        found += _value(root, "", -STEP)
        found[-1].comment = found[-1].comment or top.beside
    return "".join(f"{row}\n" for row in _commented([*found, *_remarks(document.tail, 0)]))


def _remarks(above: list[str], indent: int) -> list[Line]:
    return [Line(" " * indent + comment if comment else "") for comment in above]


def _block(entries: list[Entry], indent: int) -> list[Line]:
    """Entries, a line each or more, that begin in the column `indent`."""
    found: list[Line] = []
    for entry in entries:
        found += _remarks(entry.above, indent)
        found += _entry(entry, " " * indent, indent)
    return found


def _entry(entry: Entry, start: str, indent: int) -> list[Line]:
    """An entry whose key or dash stands behind `start`, in the column `indent`."""
    lead = start + ("- " if entry.key is None else f"{entry.key}:")
    explicit = []
    if entry.key is not None and len(entry.key) > _LONGEST_KEY:
        explicit, lead = [Line(f"{start}? {entry.key}")], " " * indent + ":"
    found = explicit + _value(entry.value, lead, indent, entry.at_key is not None)
    value, first, last = entry.value, found[0], found[-1]
    if isinstance(value, Group) and _is_opened(found):
        last = first
    elif isinstance(value, Word) and len(found) > 1:  # in a scalar nothing can be commented
        last = first if value.fixed else last
        first = Line("", Comment(0, ""))
    for line, comment in ((last, entry.beside), (first, entry.at_key)):
        if comment and line.comment is None:
            line.comment = comment
        elif comment:
            found.insert(0, Line(" " * indent + comment.text))
    return found


def _is_opened(found: list[Line]) -> bool:
    return len(found) > 1 and not found[-1].text.endswith(("]", "}"))


def _value(value: Written, lead: str, indent: int, apart: bool = False) -> list[Line]:
    """A value behind its key or dash, which stand in the column `indent`.

    `apart` says that a comment stands behind the key.
    """
    gap = "" if not lead or lead.endswith(" ") else " "
    if isinstance(value, Word):
        return _word(value, lead + gap, indent)
    head = lead + gap + value.lead
    if not value.entries and not value.tail:
        return [Line(head + ("{}" if value.is_mapping else "[]"))]
    if not value.opened and (found := _in_brackets(value, head, indent, apart)):
        return found
    column = indent + STEP
    tail = _remarks(value.tail, column)
    if lead.endswith("- ") and not value.lead:
        first = value.entries[0]
        start = _entry(first, lead, column)
        while start[0].text.lstrip().startswith("#"):
            first.above.append(start.pop(0).text.strip())
        return [*_remarks(first.above, indent), *start, *_block(value.entries[1:], column), *tail]
    opened = [Line(head.rstrip())] if head.strip() else []
    return [*opened, *_block(value.entries, column), *tail]


# --- scalars --------------------------------------------------------------------------------


def _word(word: Word, lead: str, indent: int) -> list[Line]:
    """A scalar; where it is too long for a line it goes on in others, indented."""
    margin = " " * (len(lead) + _hanging(word) if word.hangs else max(indent, 0) + STEP)
    if word.text is not None and len(lead) + len(word.text) <= WIDTH and not word.fixed:
        return [Line(lead + word.text if word.text else lead.rstrip())]
    rows = _rows(word, WIDTH - len(lead), WIDTH - len(margin))
    return [Line(lead + rows[0]), *(Line(margin + row if row else "") for row in rows[1:])]


def _hanging(word: Word) -> int:
    """Where the rows of a scalar go on below what stands behind its `$(`."""
    return word.rows[0].index("$(") + len("$(")


def _rows(word: Word, first: int, other: int) -> list[str]:
    """A scalar in several rows, the first at most `first` columns wide."""
    if word.prose is not None:
        return [">-", *_prose(word.prose, other)]
    rows = word.rows
    kept = rows and len(rows[0]) <= first and all(len(row) <= other for row in rows[1:])
    if word.text is None or word.fixed or kept:
        return rows
    if word.text.count("(") != word.text.count(")"):  # see flow_escape: it would reach further
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
    rows, row, width = list[str](), list[str](), -1
    for word in _SPACE.split(text):
        room = other if rows else first
        if row and width + 1 + len(word) > room:
            end = _end([*row, word], room // 3) if "$(" in text else len(row)
            rows.append(" ".join(row[:end]))
            row = row[end:]
            width = len(" ".join(row)) if row else -1
        row.append(word)
        width += 1 + len(word)
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


def _in_line(value: Written, room: int) -> str | None:
    """A value within brackets in one line; None where that takes more than `room` columns."""
    if isinstance(value, Word):
        return value.within if value.within is not None and len(value.within) <= room else None
    if value.is_commented:
        return None
    parts, left = list[str](), room - len(value.lead)
    for entry in value.entries:
        part = _in_line(entry.value, left)
        if part is None:
            return None
        parts.append(part if entry.key is None else f"{entry.key}: {part}")
        left -= len(parts[-1]) + 2
    text = ", ".join(parts)
    if not _is_bare(value):
        text = value.lead + ("{" + text + "}" if value.is_mapping else f"[{text}]")
    return text if len(text) <= room else None


def _is_bare(group: Group) -> bool:
    return group.bare and not group.lead and len(group.entries) == 1


def _in_brackets(group: Group, head: str, indent: int, apart: bool) -> list[Line] | None:
    """A group in brackets behind `head`, in one line or several; None where that reads badly.

    `apart` says that a comment stands behind the key, and that it may come on the next line.
    """
    whole = not (apart and group.below)
    line = _in_line(group, WIDTH - len(head) + len(group.lead))
    if line is not None and whole:
        return [Line(head + line[len(group.lead) :])]
    if group.below:
        margin = " " * (indent + STEP) + group.lead
        line = _in_line(group, WIDTH - indent - STEP)
        found = [Line(margin + line[len(group.lead) :])] if line else _kept(group, margin)
        if found:
            return [Line(head[: len(head) - len(group.lead)].rstrip()), *found]
    kept = _kept(group, head)
    if kept or group.is_commented or not group.is_flat:
        return kept
    filled = _Filler(head, keeping=False).filled(group)
    short = not group.is_mapping or len(filled) <= group.most
    return filled if short and all(len(row.text) <= WIDTH for row in filled) else None


def _kept(group: Group, head: str) -> list[Line] | None:
    """A group in brackets with the line breaks it came with; None if it has none, or too few."""
    if not group.is_broken and not group.is_commented:
        return None
    found = _Filler(head, keeping=True).filled(group)
    return found if all(len(row.text) <= WIDTH for row in found) else None


class _Filler:
    """Writes a group in brackets over several lines, each begun below what it belongs to."""

    def __init__(self, head: str, keeping: bool) -> None:
        self.lines = [Line(head)]
        self.keeping = keeping

    def filled(self, group: Group) -> list[Line]:
        """The lines; the first begins with `head`."""
        self._group(group, 0, led=True)
        return self.lines

    def _put(self, text: str) -> None:
        self.lines[-1].text += text

    def _break(self, column: int) -> None:
        self.lines[-1].text = self.lines[-1].text.rstrip()
        self.lines.append(Line(" " * column))

    def _group(self, group: Group, closing: int, led: bool = False) -> None:
        """`closing` is the number of brackets that close behind this one."""
        opening, end = (
            ("", "") if _is_bare(group) else ("{", "}") if group.is_mapping else ("[", "]")
        )
        self._put(("" if led else group.lead) + opening)
        column = len(self.lines[-1].text)
        for i, entry in enumerate(group.entries):
            last = i == len(group.entries) - 1
            after = closing + len(end) if last else 1
            self._begin(entry, column, after, first=not i, loose=group.is_loose)
            self._entry(entry, column, after)
            if not last:
                self._put(",")
            if entry.beside:
                self.lines[-1].comment = entry.beside
        tail = [comment for comment in group.tail if comment]
        for comment in tail:
            self._break(column)
            self._put(comment)
        if tail or self.lines[-1].comment:
            self._break(column - 1)
        self._put(end)

    def _begin(self, entry: Entry, column: int, after: int, first: bool, loose: bool) -> None:
        """What stands before an entry: a space, a line break, comments above it."""
        if (
            entry.above
            or self.lines[-1].comment
            or (not first and self._breaks(entry, after, loose))
        ):
            self._break(column)
        elif not first:
            self._put(" ")
        for comment in entry.above:
            self._put(comment)
            self._break(column)

    def _breaks(self, entry: Entry, after: int, loose: bool) -> bool:
        value = entry.value
        torn = isinstance(value, Group) and (value.is_broken or value.is_commented)
        if self.keeping and (entry.broken or torn or not loose):
            return entry.broken
        key = 0 if entry.key is None else len(entry.key) + 2
        room = WIDTH - len(self.lines[-1].text) - 1 - key - after
        return _in_line(entry.value, room) is None

    def _entry(self, entry: Entry, column: int, after: int) -> None:
        if entry.key is not None:
            self._put(f"{'? ' if len(entry.key) > _LONGEST_KEY else ''}{entry.key}: ")
        if entry.at_key:
            self.lines[-1].comment = entry.at_key
            self._break(column + STEP)
        word = entry.value
        if isinstance(word, Group):
            self._group(word, after)
        elif word.within is None or (self.keeping and len(word.rows) > 1):
            margin = len(self.lines[-1].text) + _hanging(word) if word.hangs else column + STEP
            for i, row in enumerate(word.rows):
                if i:
                    self._break(margin if row else 0)
                self._put(row)
        else:
            self._put(word.within)


# --- comments -------------------------------------------------------------------------------


def _commented(found: list[Line]) -> list[str]:
    """The lines with their comments, which stay in their columns; neighbours stay aligned."""
    rows: list[str] = []
    for _, run in groupby(found, key=lambda line: line.comment and line.comment.column):
        lines = list(run)
        comments = [line.comment for line in lines if line.comment]
        least = column = max(len(line.text) for line in lines) + _APART
        if not all(comment.is_close for comment in comments):
            column = max(least, comments[0].column)
        if any(column + len(comment.text) > WIDTH for comment in comments):
            column = least
        for line in lines:
            comment = line.comment
            rows.append(f"{line.text:{column}}{comment.text}" if comment else line.text)
    return rows
