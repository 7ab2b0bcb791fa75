"""What archspec says when something is wrong: spans, diagnostics and how they are printed.

A `Diagnostic` is data. It knows its stable code, where it happened, what was expected and
found, and the chain of block instances it happened in. `render` turns it into the text
a person reads; nothing else in archspec formats an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Literal

from archspec.diagnostics.codes import CODES


@dataclass(frozen=True)
class Source:
    """A text and the name it is shown under (a path, or `<string>`)."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line: 1-based line and column, `end` is the column after the last."""

    source: Source = field(repr=False)
    line: int
    column: int
    end: int

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    @property
    def text(self) -> str:
        """What is written there."""
        return self.source.line(self.line)[self.column - 1 : self.end - 1]

    def narrowed(self, offset: int, length: int) -> Span:
        """The part of this span that starts `offset` characters in: a column within a scalar."""
        start = self.column + offset
        return Span(self.source, self.line, start, max(start + length, start + 1))


@dataclass(frozen=True, slots=True)
class Frame:
    """One link of the chain of block instances: the instance's path, its block and its place."""

    path: str
    block: str
    span: Span


@dataclass(frozen=True, slots=True)
class Note:
    """A second place that explains the first, or (without a span) one more sentence.

    `cause` is true where it says why.
    """

    text: str
    span: Span | None = None
    cause: bool = False

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_WORD:
            object.__setattr__(self, "text", clipped(self.text))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong or, where its code begins with W, worth a remark.

    Args:
        code: a key of `archspec.diagnostics.codes.CODES`; stable across releases.
        message: one sentence, lower case, no full stop.
        span: where; None only for what has no text (a command line, a missing file).
        expected, found: the two sides of a disagreement, where there are two.
        notes: other places and facts, such as each branch of a merge.
        chain: the block instances the place was reached through, outermost first.
        hint: what to write instead.
        forms: the forms of a spec that it arises in, where others were tried that are without it.
    """

    code: str
    message: str
    span: Span | None = None
    expected: str | None = None
    found: str | None = None
    notes: tuple[Note, ...] = ()
    chain: tuple[Frame, ...] = ()
    hint: str | None = None
    forms: str | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise KeyError(
                f"diagnostic code {self.code} is not registered in archspec/diagnostics/codes.py"
            )
        for name in ("message", "expected", "found", "hint"):
            text = getattr(self, name)
            if text is not None and len(text) > LONGEST_WORD:
                object.__setattr__(self, name, clipped(text))

    @property
    def severity(self) -> Literal["error", "remark"]:
        """An error stops what was asked for, a remark stops nothing."""
        return "remark" if self.code.startswith("W") else "error"

    def render(self) -> str:
        """The text a person reads, several lines, without colour and without a final newline."""
        out = [f"{self.severity}[{self.code}]: {self.message}"]
        gutter = len(str(self.span.line)) if self.span else 1
        bar = " " * gutter + " |"
        if self.span:
            out += [f"{' ' * gutter}--> {self.span}", bar]
            out += _excerpt(self.span, gutter)
        if self.expected is not None:
            out.append(f"{' ' * gutter} = expected: {self.expected}")
        if self.found is not None:
            out.append(f"{' ' * gutter} = found: {self.found}")
        for note in self.notes:
            where = f" ({note.span})" if note.span else ""
            out.append(f"{' ' * gutter} = note: {note.text}{where}")
        links = [*([self.forms] if self.forms is not None else []), *_links(self.chain)]
        out += [f"{' ' * gutter} = in: {link}" for link in links]
        if self.hint is not None:
            out.append(f"{' ' * gutter} = hint: {self.hint}")
        return "\n".join(map(printable, out))


def printable(line: str) -> str:
    """A line without characters that would play tricks on a terminal, such as U+202E or ESC."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def coloured(text: str) -> str:
    """A rendered diagnostic for a terminal: the message bold, its place in red, help blue.

    In a remark the place is yellow.
    """
    lines = text.split("\n")
    code, _, message = lines[0].partition(": ")
    mark = "31" if code.startswith("error") else "33"
    lines[0] = f"\033[1;{mark}m{code}\033[0m\033[1m: {message}\033[0m"
    for i, line in enumerate(lines[1:], 1):
        before, hint, after = line.partition(" = hint:")
        if hint:
            lines[i] = f"{before}\033[34m{hint}\033[0m{after}"
        elif line.partition(" | ")[2].strip() and not line.partition(" | ")[2].strip("^ "):
            before, _, after = line.partition(" | ")
            lines[i] = f"{before} | \033[1;{mark}m{after}\033[0m"
    return "\n".join(lines)


LONGEST_WORD = 100
"""Characters of a name that are looked at, or shown in a message; no honest one has more."""
_LONGEST_TEXT = 600
_QUOTED = re.compile("`[^`]*`")


def clipped(text: str) -> str:
    """A message of bearable length: of a long name in backquotes its two ends, and of the whole."""
    text = _QUOTED.sub(lambda match: _ends(match[0], LONGEST_WORD), text)
    return _ends(text, _LONGEST_TEXT)


def _ends(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most - 30]} ... {text[-25:]}"


_LONGEST_LINE = 160
_LONGEST_CHAIN = 8
_LONGEST_PATH = 60


def _links(chain: tuple[Frame, ...]) -> list[str]:
    """One line for each block instance; of a very long chain, its two ends."""
    out = []
    for frame in chain:
        path = frame.path
        if len(path) > _LONGEST_PATH:
            parts = path.split(".")
            path = f"{'.'.join(parts[:4])}. ... .{'.'.join(parts[-4:])}"
        out.append(f"{path} ({frame.block}), {frame.span}")
    if len(out) > _LONGEST_CHAIN:
        out[3:-3] = [f"... and {len(out) - 6} more block instances, each inside the one above ..."]
    return out


def _excerpt(span: Span, gutter: int) -> list[str]:
    """The source line and a caret line under it; a very long line is cut around the caret."""
    line = span.source.line(span.line)
    start, length = span.column - 1, max(span.end - span.column, 1)
    if len(line) > _LONGEST_LINE:
        cut = max(0, start - 40)
        before = "..." if cut else ""
        after = "..." if len(line) > cut + _LONGEST_LINE else ""
        line = before + line[cut : cut + _LONGEST_LINE] + after
        start += len(before) - cut
    line = printable(line.replace("\t", " "))
    length = max(1, min(length, len(line) - start))
    caret = " " * start + "^" * length
    return [f"{span.line:>{gutter}} | {line}".rstrip(), f"{' ' * gutter} | {caret}"]


MOST = 50
"""Diagnostics that one stage gathers before it gives up, and that are printed at most."""


def remainder(count: int) -> list[str]:
    """What to say after `count` diagnostics of which `MOST` are shown, if anything."""
    if count > MOST:
        return [f"and {count - MOST:,} more"]
    return ["there may be more, once these are mended"] if count == MOST else []


class Findings(list[Diagnostic]):
    """The diagnostics of one stage, which ends when there are `MOST` of them."""

    def append(self, diagnostic: Diagnostic) -> None:
        self += (diagnostic,)

    def __iadd__(self, diagnostics: Iterable[Diagnostic]) -> Findings:  # type: ignore[misc, override]
        """Add them in turn.

        Raises:
            Enough: with all that were found, when they are `MOST`.
        """
        for diagnostic in diagnostics:
            super().append(diagnostic)
            if len(self) == MOST:
                raise Enough(*self)
        return self


class ArchspecError(Exception):
    """A user's mistake: one or more diagnostics, all those of the stage that failed.

    Errors come first. Remarks may follow, for they can tell why.
    """

    def __init__(self, first: Diagnostic, *others: Diagnostic) -> None:
        super().__init__(first.message)
        self.diagnostics = (first, *others)

    def __str__(self) -> str:
        errors = [d for d in self.diagnostics if d.severity == "error"]
        remarks = [d for d in self.diagnostics if d.severity == "remark"]
        shown = [d.render() for d in (*errors[:MOST], *remarks)]
        return "\n\n".join([*shown, *remainder(len(errors))])

    def __reduce__(self) -> tuple[type[ArchspecError], tuple[Diagnostic, ...]]:
        return (type(self), self.diagnostics)


class Enough(ArchspecError):
    """As many diagnostics as anyone reads: the stage ends, and nobody goes on after it."""


class Remark(UserWarning):
    """A remark on a spec, as the functions of `archspec` issue it: the text of one diagnostic."""


_MOST_WORDS = 1_000


def did_you_mean(
    word: str, known: Iterable[str], alike: Callable[[str, str], bool] | None = None
) -> str | None:
    """A hint that names the one or two nearest known words, or None when nothing is near.

    Capitals, underscores and the `2d` of `Conv2d` count for nothing; the same letters in
    another order are nearest. `alike` has a say in which are near at all. Of very many words the
    first are looked at, of a very long one none: nobody has misspelt that.
    """
    if len(word) > LONGEST_WORD:
        return None
    near = [w for w in islice(known, _MOST_WORDS) if len(w) <= LONGEST_WORD]
    folded = {_folded(known_word): known_word for known_word in reversed(near)}
    wanted = _folded(word)
    likeness = {
        candidate: difflib.SequenceMatcher(None, candidate, wanted).ratio()
        for candidate in difflib.get_close_matches(wanted, folded, n=4, cutoff=0.6)
        if alike is None or alike(word, folded[candidate])
    }
    if not likeness:
        return None
    likeness |= {c: 1.0 for c in likeness if sorted(c) == sorted(wanted)}
    near = sorted(likeness, key=lambda candidate: -likeness[candidate])[:2]
    best = likeness[near[0]]
    near = [c for c in near if likeness[c] > best - (0.0001 if best == 1 else 0.15)]
    return "did you mean " + " or ".join(f"`{folded[n]}`" for n in near) + "?"


def resembles(word: str, others: Iterable[str]) -> bool:
    """Whether one of `others` is likely a misspelling of `word`."""
    return any(did_you_mean(other, [word]) is not None for other in islice(others, _MOST_WORDS))


def _folded(word: str) -> str:
    return re.sub(r"(?<=[a-z])[123]d\Z", "", word.lower().replace("_", ""))


LISTED = 12


def listed(words: Iterable[str], limit: int = LISTED) -> str:
    """`a, b, c` for a message; long lists are cut and say so, and so are long words.

    One more than the limit is said, for "1 more" would be no shorter.
    """
    words = list(words)
    limit = limit + 1 if len(words) == limit + 1 else limit
    shown = ", ".join(f"`{_ends(w, LONGEST_WORD)}`" for w in words[:limit])
    return shown + (f" and {len(words) - limit} more" if len(words) > limit else "")
