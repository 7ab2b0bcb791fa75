"""Expressions in flow mappings: hiding from YAML what would cut them short."""

from __future__ import annotations

import re
from collections.abc import Iterator

_INDICATORS = ",[]{}:#"
_SHIELDS = "".join(chr(0xF8F0 + i) for i in range(len(_INDICATORS)))
_SHIELD = str.maketrans(_INDICATORS, _SHIELDS)
QUOTED = r"""(?<![^\s\[{,:])(?:'(?:[^'\n]|'')*'|"(?:[^"\\\n]|\\.)*")"""
# A word is looked at from its first letter on alone: from each, a long one would take forever.
_INDEXED = re.compile(rf"{QUOTED}|(?<!\w)(?<!\w\.)[^\W\d]\w*(?:\.\w+)*\[[^\[\]\n]*\]")
_OPENING = re.compile(rf"{QUOTED}|(?<!\$)\$\(|\b[^\W\d]\w*\(")
_BRACKET = re.compile(rf"{QUOTED}|[()]|\n(?P<indent>[ ]*)(?=(?P<text>[^\n]?))")
_UNSHIELD = str.maketrans(_SHIELDS, _INDICATORS)


def shielded(text: str) -> str:
    """The text with YAML's indicators hidden inside `$(...)`, character for character.

    So `{padding: $(max(k, 3) // 2)}` means in a flow mapping what it says, and so do calls
    and elements without a dollar sign, `{i: range(1, n)}` and `{n: depths[0]}`; YAML alone
    would end the value at the comma or the bracket. What begins with `$(` goes on in lines that
    are indented further than the one it begins in; a call or an element ends on its line.
    """
    if any(c in text for c in _SHIELDS):
        return text
    text = _INDEXED.sub(lambda m: m[0] if m[0][0] in "'\"" else m[0].translate(_SHIELD), text)
    closing = _closing(text)
    parts: list[str] = []
    done = 0
    while opening := _OPENING.search(text, done):
        if opening[0][0] in "'\"":  # a quoted text is whole as it is
            parts.append(text[done : opening.end()])
            done = opening.end()
            continue
        end = closing.get(opening.end() - 1, opening.end())
        parts += [text[done : opening.start()], text[opening.start() : end].translate(_SHIELD)]
        done = end
    return "".join([*parts, text[done:]])


def _closing(text: str) -> dict[int, int]:
    """For each opening bracket the index after the one that closes it, where one does."""
    found: dict[int, int] = {}
    opened: list[tuple[int, int]] = []  # each with the indentation of its line
    indent = len(text) - len(text.lstrip(" "))
    for bracket in _BRACKET.finditer(text):
        if bracket[0] == "(":
            opened.append((bracket.start(), indent))
        elif bracket[0] == ")":
            if opened:
                found[opened.pop()[0]] = bracket.end()
        elif bracket[0][0] == "\n":
            indent = len(bracket["indent"]) if bracket["text"] else -1
            opened = list(_going_on(text, opened, indent))
    return found


def _going_on(text: str, opened: list[tuple[int, int]], indent: int) -> Iterator[tuple[int, int]]:
    """The open brackets that a line with this indentation may close.

    Those are each `$(` of a line with less, and what was opened within it.
    """
    goes_on = False
    for start, before in opened:
        if text[max(start - 1, 0)] == "$":
            goes_on = before < indent
        if goes_on:
            yield start, before


def unshielded(text: str) -> str:
    """A value as it was before `shielded`."""
    return text.translate(_UNSHIELD)
