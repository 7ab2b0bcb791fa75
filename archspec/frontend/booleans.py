"""Words that look like true or false, and are words: as conditions they would hold."""

from __future__ import annotations

BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that other versions of YAML take for truth values, and what to write instead."""

_DENIALS = frozenset({"0", "disabled", "false", "n", "never", "nil", "none", "null"})
"""What says no, and is a word by its quotes or by itself."""


def misleading(value: object) -> str | None:
    """A hint for a word that says no, or that YAML once took for a truth value; None otherwise."""
    if not isinstance(value, str):
        return None
    word = value.lower()
    if word in BOOLEANS:
        return f"write {BOOLEANS[word]} where it comes from: YAML 1.2 takes `{value}` for a word"
    if word in _DENIALS:
        return f"`{value}` is a word, which would hold: compare it (!= '{value}'), or give null"
    return None
