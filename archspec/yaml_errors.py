"""What is wrong with a text that is no YAML, in plain words."""

from __future__ import annotations

import re

import yaml

from archspec.diagnostics import Diagnostic, Note, Source, Span

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
_TEXT = re.compile(r"^[\s\-]*(label|note|name): +([^\"'\[{$#]+[^\"\s$#]) *$")


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
    no_key = "expected ':'" in problem or "mapping values" in problem
    for number in (start.line, here.line, here.line - 1) if no_key else ():
        if match := _NO_SPACE.match(source.line(number)):
            place = Span(source, number, match.start(1) + 1, match.end() + 1)
            hint = f"write `{match[1]}: ...`"
            return Diagnostic("E001", "a space is missing after this colon", place, hint=hint)
    if missing := _no_colon(source, here, no_key, char):
        return missing
    if text := no_key and ": " in before and _TEXT.match(line):
        hint = f'put quotes around the text: {text[1]}: "{text[2]}"'
        return Diagnostic("E001", "a second colon stands in one line", here, hint=hint)
    position = " after colon" if ": " in before else " after text" if before.strip(" -") else ""
    said = f"{problem}, {error.context}{position} {char}"
    advice = next((row[1:] for row in _ADVICE if re.search(row[0], said)), (problem, None))
    message, advised = advice[0].replace("{char}", char), advice[1]
    if "$" in before and (in_flow or "mapping values" in problem):
        message, advised = f"`{char}` cuts the expression before it short", QUOTE_IT
        if before.endswith("$"):
            advised = "write $(...) instead of ${...}"
    return Diagnostic("E001", message, here if char else start, hint=advised)
