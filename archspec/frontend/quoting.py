"""Scalars as YAML text: bare where reading gives the same value back, else in quotes."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache

from archspec.diagnostics import ArchspecError, Source
from archspec.frontend.flow_escape import QUOTED
from archspec.frontend.source import parse, plain, resolve

_PLAIN = re.compile(r"\$?[A-Za-z_][\w.-]*", re.ASCII)
_QUOTED = re.compile(QUOTED)
_QUOTE = re.compile(r"(?<![^\s\[{,:])['\"]")
_BESIDE = "$(f(1, 2))"
"""What stands beside a text in question, and must not be touched by it."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")


def number(value: float) -> str:
    """A number: `0.1`, `1e-5`, `.inf`."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) - 1 + int(exponent)
    if -4 < power < 16 or not value:
        return repr(value)
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' * sign}{first}{rest and '.' + rest}e{power}"


def text(value: str, in_brackets: bool) -> str:
    """A text, in quotes where it would be something else without."""
    return value if is_plain(value, in_brackets) else quoted(value)


def key(value: str) -> str:
    """A key, in quotes where it would be something else without."""
    return value if _is_plain_key(value) else quoted(value)


def quoted(value: str) -> str:
    """A text in quotes: single ones where it holds double ones and nothing to escape."""
    simple = not (_UNPRINTABLE.search(value) or _LINE_ENDS.search(value))
    if '"' in value and simple and "'" not in value:
        return f"'{value}'"
    if "\\" in value and simple and '"' not in value and "'" not in value:
        return f"'{value}'"
    escaped = "".join(_ESCAPES.get(c) or c for c in value)
    escaped = _LINE_ENDS.sub(_escape, escaped)
    return '"' + _UNPRINTABLE.sub(_escape, escaped) + '"'


def can_fold(value: str) -> bool:
    """Whether a text can be a folded block scalar, in rows broken anywhere between words."""
    rows = value.split("\n")
    return bool(rows[0] and rows[-1]) and all(not row or _is_safe(row) for row in rows)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@lru_cache(maxsize=4096)
def is_plain(value: str, in_brackets: bool) -> bool:
    """Whether a text can stand without quotes, whatever stands beside it."""
    if _PLAIN.fullmatch(value):
        return resolve(value) is value
    if not _is_safe(value):
        return False
    if in_brackets:
        return _read(f"[{_BESIDE}, {value}, {_BESIDE}]") == [_BESIDE, value, _BESIDE]
    return _read(f"- {_BESIDE}\n- {value}\n- {_BESIDE}") == [_BESIDE, value, _BESIDE]


@lru_cache(maxsize=4096)
def _is_plain_key(value: str) -> bool:
    if _PLAIN.fullmatch(value):
        return True
    if not _is_safe(value):
        return False
    within = _read(f"{{x: {_BESIDE}, {value}: {_BESIDE}}}") == {"x": _BESIDE, value: _BESIDE}
    return within and _read(f"{value}: {_BESIDE}\n") == {value: _BESIDE}


def _is_safe(value: str) -> bool:
    """Whether a text is one line of characters, with as many brackets closed as opened."""
    depth = 0
    for character in value:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    if _QUOTE.search(_QUOTED.sub("x", value)):  # what opens one might be closed far behind it
        return False
    printable = value == value.strip() != "" and not _UNPRINTABLE.search(value)
    return depth == 0 and printable and not _LINE_ENDS.search(value)


def _read(yaml: str) -> object:
    try:
        return plain(parse(Source("", yaml)))
    except ArchspecError:
        return None
