"""What is wrong with a text that is no YAML, in plain words."""

from __future__ import annotations

import re

import yaml

from archspec.diagnostics import Diagnostic, Note, Source, Span
from archspec.frontend.misaligned import misaligned, no_colon

LIST_IT = "a list has square brackets: [3, 3]"
QUOTE_IT = 'close its bracket, or put it in quotes, because YAML splits it here: "$(...)"'
TAG_HINT = "leave the tag out; put the value in quotes if the `!` belongs to it"

# What PyYAML's parser (in C or in Python) says, where, and at which character, put plainly.
_NO_SPACE = re.compile(r"^[\s\-{]*([A-Za-z_]\w*):(?=[^\s:/])")
_ADVICE: tuple[tuple[str, str, str | None], ...] = (
    (r"(token|violates).*\t$", "a tab cannot stand here", "indent with spaces"),
    (r"token", "a plain value cannot begin with `{char}`", "put the value in quotes"),
    (r"mapping values.*after colon", "a second colon stands in one line", "put quotes around it"),
    (r"mapping values", "no key can stand here", "check the indentation and the line above"),
    (r"expected ':'", "this is neither `key: value` nor a list item", "is a colon missing?"),
    (r"sequence entries", "a list cannot begin here", "begin it on the line below its key"),
    (
        r"(collection|block mapping).*[\]}]$",
        "`{char}` closes a bracket that was never opened",
        None,
    ),
    (
        r"(collection|block mapping).*after",
        "the value ended before this",
        "put all of it in quotes",
    ),
    (r"collection", "a key stands among list items", "begin each item with `- `"),
    (r"block mapping.*:$", "the key before this colon is missing", None),
    (r"block mapping.*-$", "a list item stands among keys", "indent it below its key"),
    (r"block mapping", "the indentation fits no line above", "align it with its neighbours"),
    (r"escape", "no such escape", "use single quotes, in which a backslash is only a backslash"),
    (r"',' or", "a comma or the closing bracket must stand before `{char}`", None),
    (r"node content.*:$", "the key before this colon is missing", None),
    (r"node content", "a value is missing before `{char}`", None),
    (r"alphabetic", "an anchor or alias needs a name", "put the value in quotes"),
)


_FLOW_AFTER = re.compile(r"^[\s\-\[{]*([A-Za-z_]\w*) *([{\[])")
_TWO_KEYS = re.compile(r"^[\s\-]*([A-Za-z_]\w*): +([A-Za-z_]\w*)\Z")
_TEXT = re.compile(
    r"^[\s\-]*(label|note|name|doc|source|description|else): +([^\"'\[{$#]+[^\"\s$#]) *$"
)
_KEYS_IN_LINE = re.compile(
    r"^( *)(- +)?(([A-Za-z_]\w*): +[^\s\"'\[{#&*!|>].*?)(,? +)([A-Za-z_]\w*)\Z"
)
_LOST_COMMA = re.compile(r"([^\s,{\[]+)\s+([A-Za-z_]\w*)\s*\Z")
_COLUMN = re.compile(r"block (collection|mapping)|mapping values")
"""What is said where a line begins in a column of its own."""
_LONGEST = 1_000
"""Of a longer line less is said."""


def _no_colon(source: Source, here: Span, no_key: bool, char: str) -> Diagnostic | None:
    """What is wrong with `conv {out_channels: 8}`, and with `conv: out_channels: 8`."""
    line = source.line(here.line)
    before = line[: here.column - 1]
    word = re.search(r"([A-Za-z_]\w*) *\Z", before) if char in ("{", "[") else None
    bracket = char
    if word is None and no_key and (word := _FLOW_AFTER.match(line)):
        bracket = word[2]
    if word is not None:
        place = Span(source, here.line, word.start(1) + 1, word.end(1) + 1)
        hint = f"write `{word[1]}: {bracket}...`"
        return Diagnostic("E001", f"a colon is missing after `{word[1]}`", place, hint=hint)
    if no_key and (keys := _TWO_KEYS.match(before)):
        hint = f"write {keys[1]}: {{{keys[2]}: ...}}; a text goes into quotes"
        return Diagnostic("E001", "a second colon stands in one line", here, hint=hint)
    return None


def _no_comma(source: Source, here: Span, char: str) -> Diagnostic | None:
    """What is wrong with `{out_channels: 16 kernel_size: 3}`, within brackets."""
    line = source.line(here.line)
    before, after = line[: here.column - 1], line[here.column - 1 :]
    key = re.match(r"([A-Za-z_]\w*) *:", after)
    if key is not None:
        value, word, at = before.split()[-1:], key[1], here.column
    elif char == ":" and (lost := _LOST_COMMA.search(before)):
        value, word, at = [lost[1]], lost[2], lost.start(2) + 1
    else:
        return None
    text = before[: at - 1]
    if not value or value[0].endswith(("-", ":")) or text.count("(") != text.count(")"):
        return None
    place = Span(source, here.line, at, at + len(word))
    hint = f"write `{value[0]}, {word}: ...`"
    return Diagnostic("E001", f"a comma is missing before `{word}`", place, hint=hint)


def _no_braces(source: Source, here: Span) -> Diagnostic | None:
    """What is wrong with `- id: a, conv: 16`, where no brackets are open."""
    line = source.line(here.line)
    found = _KEYS_IN_LINE.match(line[: here.column - 1])
    if found is None:
        return None
    indent, dash, _, key, _, second = found.groups()
    rest = re.sub(r"\s+#.*", "", line[here.column - 1 :]).rstrip()
    whole = f"{found[3]}, {second}{rest}{' ' if rest == ':' else ''}"
    below = source.line(here.line + 1)
    alone = not below.strip() or len(below) - len(below.lstrip()) <= len(indent)
    hint = f"write each on a line of its own, `{key}` and `{second}` below each other"
    if dash and alone:
        hint = f"several keys in one line stand in braces: {{{whole}}}"
    return Diagnostic("E001", "a second colon stands in one line", here, hint=hint)


def _no_break(source: Source, here: Span, start: Span) -> Diagnostic | None:
    """What is wrong with a line that is neither a key nor an item: its colon, or a space."""
    line = source.line(here.line)
    before = line[: here.column - 1].removesuffix(":")
    if line[len(before) + 1 : len(before) + 2].strip() and (
        match := re.search(r"([A-Za-z_]\w*)\Z", before)
    ):
        place = Span(source, here.line, match.start(1) + 1, match.end() + 2)
        hint = f"write `{match[1]}: ...`"
        return Diagnostic("E001", "a space is missing after this colon", place, hint=hint)
    text = source.line(start.line)[start.column - 1 :]
    if match := re.match(r"([A-Za-z_]\w*)(?: +([^\s#].*?))? *(?:#.*)?\Z", text):
        at = start.column
        return no_colon(match[1], Span(source, start.line, at, at + len(match[1])), match[2] or "")
    return None


def _lost(
    source: Source, here: Span, start: Span, problem: str, flow: Span | None
) -> Diagnostic | None:
    """What is wrong where a space, a colon, a comma, quotes or braces are missing."""
    line = source.line(here.line)
    char, short = line[here.column - 1 : here.column], len(line) <= _LONGEST
    no_key = "expected ':'" in problem or "mapping values" in problem
    found = _no_space(source, (start.line, here.line, here.line - 1)) if no_key else None
    found = found or _no_colon(source, here, no_key, char)
    if found is None and "expected ':'" in problem:
        found = _no_break(source, here, start)
    if found is None and flow and short and ("',' or" in problem or "node content" in problem):
        found = _no_comma(source, here, char)
    if found is None and no_key:
        found = _no_quotes(line, here)
        if found is None and short and not flow:
            found = _no_braces(source, here)
    return found


def _no_space(source: Source, lines: tuple[int, ...]) -> Diagnostic | None:
    """What is wrong with `name:LeNet` at the beginning of one of these lines."""
    for number in lines:
        if match := _NO_SPACE.match(source.line(number)):
            place = Span(source, number, match.start(1) + 1, match.end() + 1)
            hint = f"write `{match[1]}: ...`"
            return Diagnostic("E001", "a space is missing after this colon", place, hint=hint)
    return None


def _no_quotes(line: str, here: Span) -> Diagnostic | None:
    """What is wrong with `label: Residual: twice`, a text with a colon."""
    text = _TEXT.match(line) if ": " in line[: here.column - 1] else None
    if text is None:
        return None
    hint = f'put quotes around the text: {text[1]}: "{text[2]}"'
    return Diagnostic("E001", "a second colon stands in one line", here, hint=hint)


def explain(source: Source, error: yaml.MarkedYAMLError, flow: Span | None) -> Diagnostic:
    """A syntax error in plain words; `flow` is the innermost bracket that is still open."""
    marks = [mark for mark in (error.problem_mark, error.context_mark) if mark]
    spans = [Span(source, m.line + 1, m.column + 1, m.column + 2) for m in marks]
    here, start = spans[0], spans[-1]
    problem, line = error.problem or "", source.line(here.line)
    before, char = line[: here.column - 1], line[here.column - 1 : here.column]
    if "tag handle" in problem:
        return Diagnostic("E003", "YAML tags are not allowed", here, hint=TAG_HINT)
    if "quoted scalar" in (error.context or "") and "unexpected" in problem:
        return Diagnostic("E001", "this quote is never closed", start)
    in_flow = "',' or" in problem or "node content" in problem
    if flow and in_flow and (not char or here.line > flow.line):
        message = "this bracket is never closed, or a comma is missing after it"
        return Diagnostic("E001", message, flow, notes=(Note("the text goes on here", here),))
    lost = _lost(source, here, start, problem, flow)
    if lost is not None:
        return lost
    position = " after colon" if ": " in before else " after text" if before.strip(" -") else ""
    said = f"{problem}, {error.context}{position} {char}"
    advice = next((row[1:] for row in _ADVICE if re.search(row[0], said)), (problem, None))
    message, advised = advice[0].replace("{char}", char), advice[1]
    if "$" in before and (in_flow or "mapping values" in problem):
        message, advised = f"`{char}` cuts the expression before it short", QUOTE_IT
        if before.endswith("$"):
            advised = "write $(...) instead of ${...}"
    plain = Diagnostic("E001", message, here if char else start, hint=advised)
    first = line.lstrip()[:1] not in (":", "") and " after colon" not in position
    column = not flow and first and "$" not in before and _COLUMN.search(said)
    return misaligned(source, here, message) or plain if column else plain
