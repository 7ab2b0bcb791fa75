"""What a list that is a parameter gives: its elements, one by one in a loop or by their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from archspec.lifting.samples import ABSENT, same
from archspec.lifting.terms import Level, Slot, Variable

SLICES = (("", slice(None)), ("[1:]", slice(1, None)), ("[:-1]", slice(None, -1)))
"""Parts of a list that a loop may walk, and how they are written."""


def rows_of(slot: Slot, level: Level) -> list[Any]:
    """The values of the rounds of a loop: a row for each sample around; absent without rounds."""
    assert level.outer is not None
    rows: list[Any] = [ABSENT] * level.outer.size
    for above, value in zip(level.above, slot.values, strict=True):
        rows[above] = (value,) if rows[above] is ABSENT else (*rows[above], value)
    return rows


def walked(
    rows: Sequence[Any], lists: Iterable[tuple[Variable, list[Any]]]
) -> tuple[Variable, str] | None:
    """The list, or the part of one, whose elements are those of the rounds; None if none is."""
    for variable, values in lists:
        for text, part in SLICES:
            pairs = [(row, v) for row, v in zip(rows, values, strict=True) if row is not ABSENT]
            if all(isinstance(v, tuple) and _holds(row, v[part]) for row, v in pairs):
                return variable, f"{variable.name}{text}"
    return None


def _holds(row: Sequence[Any], elements: Sequence[Any]) -> bool:
    """Whether a list has the values of rounds, of which some may be open."""
    if len(row) != len(elements):
        return False
    return all(a is ABSENT or same(a, b) for a, b in zip(row, elements, strict=True))


def placed(values: Sequence[Any], lists: Iterable[tuple[Variable, list[Any]]]) -> Iterator[str]:
    """The elements of lists that have these values in all samples, as `filters[2]`."""
    for variable, each in lists:
        known = [v for v in each if isinstance(v, tuple)]
        if len(known) < len(each):
            continue
        sizes = {*map(len, known)}
        for place in (*range(min(sizes)), *((-1,) if len(sizes) > 1 and 0 not in sizes else ())):
            pairs = zip(values, known, strict=True)
            if all(a is ABSENT or same(a, b[place]) for a, b in pairs):
                yield f"{variable.name}[{place}]"
