"""Expressions in flow mappings: hiding from YAML what would cut them short."""

from __future__ import annotations

import re

_INDICATORS = ",[]{}:#"
_SHIELDS = "".join(chr(0xF8F0 + i) for i in range(len(_INDICATORS)))
_SHIELD = str.maketrans(_INDICATORS, _SHIELDS)
_QUOTED = r"""(?<![^\s\[{,:])(?:'(?:[^'\n]|'')*'|"(?:[^"\\\n]|\\.)*")"""
# A word is looked at from its first letter on alone: from each, a long one would take forever.
_INDEXED = re.compile(rf"{_QUOTED}|(?<!\w)(?<!\w\.)[^\W\d]\w*(?:\.\w+)*\[[^\[\]\n]*\]")
_OPENING = re.compile(rf"{_QUOTED}|(?<!\$)\$\(|\b[^\W\d]\w*\(")
_BRACKET = re.compile(r"[()\n]")
_UNSHIELD = str.maketrans(_SHIELDS, _INDICATORS)


def shielded(text: str) -> str:
    """The text with YAML's indicators hidden inside `$(...)`, character for character.

    So `{padding: $(max(k, 3) // 2)}` means in a flow mapping what it says, and so do calls
    and elements without a dollar sign, `{i: range(1, n)}` and `{n: depths[0]}`; YAML alone
    would end the value at the comma or the bracket. An expression ends on its line.
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
    """For each opening bracket that is closed on its line, the index after the one closing it."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket[0] == "(":
            opened.append(bracket.start())
        elif bracket[0] == "\n":
            opened.clear()
        elif opened:
            found[opened.pop()] = bracket.end()
    return found


def unshielded(text: str) -> str:
    """A value as it was before `shielded`."""
    return text.translate(_UNSHIELD)
