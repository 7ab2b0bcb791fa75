"""Numbers in ids that are counted otherwise where a flag holds: `$(3 * i if norm else 2 * i)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.lifting.fit import Fitted
from archspec.lifting.samples import ABSENT, Samples
from archspec.lifting.templates import template

FLAGS = 2
"""So many flags decide at most."""


def by_flags(values: Sequence[Any], columns: Samples, most: int = FLAGS) -> list[Fitted]:
    """Ids that are numbers, of which some follow where a flag holds, and the others where not."""
    known = [v for v in values if v is not ABSENT]
    if not all(str(v).isdecimal() for v in known):
        return []
    for column in columns:
        flags = column.values
        if not most or not all(isinstance(flag, bool) for flag in flags) or len({*flags}) < 2:
            continue
        parts = []
        for wanted in (True, False):
            pairs = zip(values, flags, strict=True)
            some = [v if flag is wanted else ABSENT for v, flag in pairs]
            if all(v is ABSENT for v in some):
                break
            found = template(some, columns) or by_flags(some, columns, most - 1)
            if not found:
                break
            parts.append(found[0])
        else:
            yes, no = (part.text.removeprefix("$").removeprefix("(") for part in parts)
            yes, no = (text.removesuffix(")") if _opened(text) else text for text in (yes, no))
            text = f"$({yes} if {column.name} else {no})"
            names = frozenset({column.name}).union(*(part.names for part in parts))
            return [Fitted(text, len(text) + 8, names, text)]
    return []


def _opened(text: str) -> bool:
    """Whether a bracket is closed that was not opened."""
    return text.count(")") > text.count("(")
