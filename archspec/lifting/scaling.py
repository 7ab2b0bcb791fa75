"""Lists that are one list, scaled: `[int(c * alpha) for c in [64, 128, 256]]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.lifting.forms import Candidate, bracketed
from archspec.lifting.samples import Rows, Vector, is_number

SCALES = frozenset({"channels", "count", "factor", "number", "unknown"})
"""Kinds of what a list of whole numbers may be scaled by."""


def scaled_lists(values: Sequence[Any], rows: Rows) -> list[Candidate]:
    """What gives lists of whole numbers, equally long, from one list and a column.

    Three different scales are enough, or two where the list has three elements.
    """
    found: list[Candidate] = []
    if not all(isinstance(each, tuple) and each and all(map(_whole, each)) for each in values):
        return found
    for vector in rows.vectors:
        enough = len(vector.distinct) >= (2 if len(values[0]) >= 3 else 3)
        if vector.kind in SCALES and vector.numeric and enough and min(vector.distinct) > 0:
            text = _scaled(values, vector, [v.name for v in rows.vectors])
            if text is not None:
                found.append(Candidate(text, len(text) + 6, frozenset({vector.name})))
    return found


def _whole(value: Any) -> bool:
    return is_number(value) and isinstance(value, int)


def _scaled(values: Sequence[Any], vector: Vector, taken: Sequence[str]) -> str | None:
    """The text for one column, if there is one list that it scales."""
    whole = all(map(_whole, vector.distinct))
    best = min(range(len(values)), key=lambda row: (vector.values[row] != 1, -vector.values[row]))
    base = [round(value / vector.values[best]) for value in values[best]]
    pairs = zip(values, vector.values, strict=True)
    if not all(list(each) == [int(b * scale) for b in base] for each, scale in pairs):
        return None
    word = next(word for word in ("c", "w", "n", "x", "y", "z") if word not in taken)
    product = f"{word} * {bracketed(vector.name)}"
    return f"[{product if whole else f'int({product})'} for {word} in {base}]"
