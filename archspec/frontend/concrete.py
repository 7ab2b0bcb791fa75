"""YAML text to what is written: groups and scalars as they came, with comments and blank lines.

PyYAML's events say where scalars and brackets stand. What lies between two of them, a gap, is
punctuation, comments and nothing else: there a `#` begins a comment.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from archspec.frontend import quoting
from archspec.frontend.flow_escape import shielded, unshielded
from archspec.frontend.layout import STEP
from archspec.frontend.written import Comment, Document, Entry, Group, Word, Written

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANCHOR = re.compile(r"&[\w-]+")
_PIECE = re.compile(r"#[^\n]*|\n|[^\s#]+")
_HEADER = re.compile(r"([|>])([1-9]?)([+-]?)([1-9]?)[ \t]*(#[^\n]*)?")


def take_apart(text: str) -> Document:
    """What is written in a YAML text, which `source.parse` has found right."""
    return _Reader(text).document()


class _Reader:
    """Builds groups out of events, and hands out what is found in the gaps as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: list[Any] = list(yaml.parse(shielded(text), Loader=_LOADER))[::-1]
        self.at = 0
        """Where the gap begins that has not been read."""
        self.lines: list[tuple[int, str]] = []
        """Comments that have no place yet, with their columns, and blank lines."""
        self.is_blank = True
        self.is_broken = False
        """Whether nothing stands in the line so far; whether a line has ended in the gap."""
        self.owner: Entry | None = None
        self.is_key = False
        """Whose comment one in the same line is; and whether it stands behind a key."""
        self.fresh: Entry | None = None
        """The outermost entry that has begun in the gap."""

    # --- gaps -------------------------------------------------------------------------

    def read(self, end: int) -> None:
        """Read the gap as far as `end`."""
        for piece in _PIECE.finditer(self.text, self.at, end):
            column = self.column(piece.start())
            comment = piece[0].rstrip()
            if piece[0] == "\n":
                if self.is_blank:
                    self.lines.append((-1, ""))
                self.is_blank = self.is_broken = True
                continue
            self.is_blank = False
            if piece[0][0] != "#":
                continue
            place = "at_key" if self.is_key else "beside"
            if self.is_broken or self.owner is None or getattr(self.owner, place):
                self.lines.append((column, comment))
            else:
                setattr(self.owner, place, self.comment(piece.start(), comment))
        self.at = max(self.at, end)

    def column(self, at: int) -> int:
        return at - self.text.rfind("\n", 0, at) - 1

    def comment(self, at: int, text: str) -> Comment:
        return Comment(self.column(at), text, not self.text[max(at - 3, 0) : at].isspace())

    def token(self, start: int, end: int) -> None:
        """Go past a scalar, a bracket or an anchor; what stood above it belongs to its entry."""
        self.read(start)
        entry = self.fresh or self.owner
        if entry is not None and self.lines:
            if entry.at_key is not None:
                entry.above.append(entry.at_key.text)
                entry.at_key = None
            entry.above += [line for line in _spaced(self.lines) if line or self.fresh]
            self.lines = []
        if self.fresh is not None:
            self.fresh.broken = self.is_broken
        self.fresh, self.is_broken, self.is_blank, self.at = None, False, False, end

    def begin(self, entry: Entry) -> Entry:
        self.fresh = self.fresh or entry
        return entry

    def own(self, entry: Entry | None, is_key: bool = False) -> None:
        self.owner, self.is_key = entry, is_key

    # --- values -----------------------------------------------------------------------

    def document(self) -> Document:
        """The document, with the lines above it, if it begins with `---`, and comments below."""
        head: list[str] = []
        start: Any = self.events.pop()
        while not isinstance(start, yaml.DocumentStartEvent):
            start = self.events.pop()
        top = Entry(None, Word("", ""))
        if start.explicit:
            mark: Any = start.end_mark
            self.at = mark.index
            head = [line.rstrip() for line in self.text[: self.at].split("\n")]
            self.is_blank = False
            self.own(top, is_key=True)
        top.value = self.value(self.begin(top), -1)
        self.read(len(self.text))
        top.above = top.above[1:] if top.above[:1] == [""] and not head else top.above
        if top.at_key is not None:
            head[-1] += f"  {top.at_key.text}"
            top.at_key = None
        return Document(head, top, self.taken(-1))

    def value(self, entry: Entry, indent: int) -> Written:
        """What an entry holds, which stands in a group in the column `indent`."""
        event = self.events.pop()
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            return self.word(event, entry, indent)
        if isinstance(event, yaml.AliasEvent):
            self.token(start, end)
            self.own(entry)
            return Word(self.text[start:end], self.text[start:end])
        group = Group(isinstance(event, yaml.MappingStartEvent), [], not event.flow_style)
        if event.flow_style:
            self.read(start)
            group.below = self.is_broken and self.is_key and self.owner is entry
        if event.anchor:
            group.lead = f"&{event.anchor} "
            self.token(start, start + len(group.lead) - 1)
            self.own(entry, is_key=True)
        if event.flow_style:
            return self.flow(group, entry, end)
        return self.block(group, event.start_mark.column, indent)

    def entry(self, is_mapping: bool, column: int) -> Entry:
        """The next entry of a group that stands in a column."""
        entry = self.begin(Entry(None, Word("", "")))
        if is_mapping:
            event = self.events.pop()
            start, end = event.start_mark.index, event.end_mark.index
            entry.key = self.text[start:end]
            if isinstance(event, yaml.AliasEvent):
                entry.key += " "
            elif "\n" in entry.key:
                entry.key = quoting.key(unshielded(event.value))
            self.token(start, end)
            self.own(entry, is_key=True)
        entry.value = self.value(entry, column)
        return entry

    def block(self, group: Group, column: int, indent: int) -> Group:
        """A group that begins in a column, itself in a group in the column `indent`."""
        if group.lead:
            column = self.events[-1].start_mark.column - (0 if group.is_mapping else 2)
        while not isinstance(self.events[-1], yaml.CollectionEndEvent):
            group.entries.append(self.entry(group.is_mapping, column))
        first = group.entries[0]
        first.above = first.above[1:] if first.above[:1] == [""] else first.above
        self.events.pop()
        self.read(self.next_token())
        group.tail = self.taken(max(column, indent + 1))
        return group

    def taken(self, least: int) -> list[str]:
        """Take away the first lines, up to the last comment that is indented by `least` or more."""
        count = 0
        for i, (column, comment) in enumerate(self.lines):
            if comment and column < least:
                break
            count = i + 1 if comment else count
        found, self.lines = self.lines[:count], self.lines[count:]
        return _spaced(found)

    def next_token(self) -> int:
        """Where the next scalar, bracket or anchor stands."""
        for event in reversed(self.events):
            is_start = isinstance(event, yaml.CollectionStartEvent)
            if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.StreamEndEvent)) or (
                is_start and (event.flow_style or event.anchor)
            ):
                return int(event.start_mark.index)
        return len(self.text)

    def flow(self, group: Group, entry: Entry, end: int) -> Group:
        start = end - 1
        group.bare = group.is_mapping and self.text[start : start + 1] != "{"
        if not group.bare:
            self.token(start, end)
            self.own(None)
        while not isinstance(self.events[-1], yaml.CollectionEndEvent):
            inner = self.entry(group.is_mapping, 0)
            inner.above = [*filter(None, inner.above)]
            group.entries.append(inner)
        closing: Any = self.events.pop()
        if not group.bare:
            self.read(closing.end_mark.index - 1)
            group.tail = [text for _, text in self.lines if text]
            self.lines = []
            self.token(closing.end_mark.index - 1, closing.end_mark.index)
            self.own(entry)
        return group

    # --- scalars ----------------------------------------------------------------------

    def word(self, event: Any, entry: Entry, indent: int) -> Word:
        start, end = event.start_mark.index, event.end_mark.index
        lead = ""
        if event.anchor:
            lead = f"&{event.anchor} "
            self.token(start, start + len(lead) - 1)
            self.own(entry, is_key=True)
            start = self.after_gap(self.at, end)
        self.token(start, end)
        self.own(entry)
        if event.style in ("|", ">"):
            return self.block_scalar(event, entry, lead, indent)
        rows = self.text[start:end].split("\n")
        if len(rows) == 1:
            alone = lead + rows[0] if rows[0] else lead.rstrip()
            return Word(alone, alone)
        escapes = event.style == '"'
        rows = [_stripped(row, escapes) for row in rows]
        rows[0] = lead + rows[0]
        whole = all(rows) and not (escapes and any(row.endswith("\\") for row in rows[:-1]))
        text = " ".join(rows) if whole else None
        return Word(text, text, rows, hangs=self.hangs(start))

    def hangs(self, start: int) -> bool:
        """Whether an expression goes on below what stands behind its `$(`."""
        column = self.column(start)
        second = self.text[self.text.find("\n", start) + 1 :][: column + 3]
        return (
            self.text.startswith("$(", start) and len(second) - len(second.lstrip()) == column + 2
        )

    def after_gap(self, start: int, end: int) -> int:
        """Where something stands that is no comment."""
        for piece in _PIECE.finditer(self.text, start, end):
            if piece[0] != "\n" and piece[0][0] != "#":
                return piece.start()
        return end

    def block_scalar(self, event: Any, entry: Entry, lead: str, indent: int) -> Word:
        """A block scalar, its lines without their indentation, which is `STEP` where it is said."""
        end = event.end_mark.index
        start = self.after_gap(event.start_mark.index + len(lead), end)
        header, *rows = self.text[start:end].split("\n")
        found = _HEADER.match(header)
        parts: tuple[str, ...] = found.groups(default="") if found else (">", "", "", "", "")
        style, before, chomping, after, comment = parts
        margin = max(indent, 0) + int(before or after) if before or after else _margin(rows)
        filled = [i for i, row in enumerate(rows) if row[margin:]]
        ends = len(event.value) - len(event.value.rstrip("\n"))
        rows = rows[: (filled[-1] if filled else -1) + max(1, ends if chomping == "+" else 1)]
        self.at = start + len("\n".join([header, *rows])) + 1
        self.is_blank = self.is_broken = True
        if found and comment:
            entry.beside = self.comment(start + found.start(5), comment.rstrip())
        kept = chomping or ("" if ends else "-")
        header = f"{lead}{style}{STEP if before or after else ''}{kept}"
        return Word(None, None, [header, *(row[margin:] for row in rows)], fixed=True)


def _spaced(lines: list[tuple[int, str]]) -> list[str]:
    """Lines without their columns, of several blank ones the first."""
    texts = [text for _, text in lines]
    return [text for i, text in enumerate(texts) if text or i == 0 or texts[i - 1]]


def _margin(rows: list[str]) -> int:
    """By how much the first row that is not empty is indented."""
    return next((len(row) - len(row.lstrip(" ")) for row in rows if row.strip(" ")), 0)


def _stripped(row: str, escapes: bool) -> str:
    """A row of a scalar without the space around it, of which an escaped one is part."""
    bare = row.strip(" \t\r")
    kept = row.lstrip(" \t")
    return kept[: len(bare) + 1] if escapes and bare.endswith("\\") and kept != bare else bare
