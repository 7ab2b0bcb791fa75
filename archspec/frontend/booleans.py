"""Words that look like true or false, and are words: as conditions they would hold."""

from __future__ import annotations

BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}
"""Words that other versions of YAML take for truth values, and what to write instead."""

_DENIALS = frozenset({"0", "disabled", "false", "n", "never", "nil", "none", "null"})
"""What says no, and is a word by its quotes or by itself."""


def older(value: object, where: str = "") -> str | None:
    """A hint for a word that other versions of YAML take for a truth value; None for another."""
    boolean = BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    return boolean and f"write {boolean}{where}: YAML 1.2 takes `{value}` for a word"


def misleading(value: object) -> str | None:
    """A hint for a word that says no, or that YAML once took for a truth value; None otherwise."""
    if isinstance(value, str) and value.lower() in _DENIALS:
        return f"`{value}` is a word, which would hold: compare it (!= '{value}'), or give null"
    return older(value, " where it comes from")
