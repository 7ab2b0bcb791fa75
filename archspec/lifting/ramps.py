"""Probabilities that grow with the depth: `p * i / n`, as stochastic depth has them.

The depth is an index, or a place in all rounds of two loops: `sum(depths[:i]) + j`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archspec.lifting.forms import Candidate, bracketed
from archspec.lifting.positions import places, sums
from archspec.lifting.samples import Rows, Vector, is_number

GROWING = frozenset({"number", "probability", "rate"})
"""Kinds of what may grow with the depth."""
RATES = GROWING | {"unknown"}
"""Kinds of what that grows up to."""
MAGIC = 20
"""What it costs to divide by a number of which nothing says where it comes from."""
DIGITS = (4, 3, 2)
"""To so many digits are probabilities rounded."""


def ramps(values: Sequence[Any], rows: Rows) -> Iterator[Candidate]:
    """`p * i / n` and `round(p * i / n, 4)` that give the values.

    The index has three values at least; p and n are columns, or constants that follow from the
    last row. n may be one more than a column, or one less.
    """
    if not all(map(is_number, values)):
        return
    for index in (*rows.vectors, *places(rows)):
        if index.kind == "index" and index.numeric and len(index.distinct) >= 3:
            yield from _divided(values, index)
            for count in _counts(index, rows):
                for rate in _rates(values, index, count, rows):
                    yield from _rounded(values, index, count, rate)


def _divided(values: Sequence[Any], index: Vector) -> Iterator[Candidate]:
    """`i / n`, n a whole number."""
    last = max(range(len(values)), key=lambda row: index.values[row])
    count = round(index.values[last] / values[last]) if values[last] else 0
    if count > 1 and [i / count for i in index.values] == list(values):
        text = f"{bracketed(index.name)} / {count}"
        yield Candidate(text, len(text) + 6, frozenset({index.name}))


class _Factor(NamedTuple):
    """A part of the product: its text, its value in each row, and the column it reads, if any."""

    text: str
    values: Sequence[Any]
    name: str | None = None
    cost: int = 0


def _rounded(
    values: Sequence[Any], index: Vector, count: _Factor, rate: _Factor
) -> Iterator[Candidate]:
    """The product as it is, or rounded."""
    if not all(count.values):
        return
    parts = zip(rate.values, index.values, count.values, strict=True)
    exact = [p * i / n for p, i, n in parts]
    text = f"{rate.text} * {bracketed(index.name)} / {count.text}"
    names = frozenset(filter(None, (rate.name, index.name, count.name)))
    if exact == list(values):
        yield Candidate(text, len(text) + 8 + count.cost, names)
        return
    for digits in DIGITS:
        if [round(value, digits) for value in exact] == list(values):
            yield Candidate(f"round({text}, {digits})", len(text) + 18 + count.cost, names)
            return


def _counts(index: Vector, rows: Rows) -> Iterator[_Factor]:
    """What the index may be divided by."""
    for vector in (*rows.vectors, *sums(rows)):
        if vector.kind == "count" and vector.numeric:
            name = bracketed(vector.name)
            yield _Factor(name, vector.values, vector.name)
            yield _Factor(f"({name} - 1)", [value - 1 for value in vector.values], vector.name)
    last = max(index.distinct)
    for count in (last, last + 1):
        yield _Factor(str(count), [count] * rows.size, cost=MAGIC)


def _rates(values: Sequence[Any], index: Vector, count: _Factor, rows: Rows) -> Iterator[_Factor]:
    """What it may be multiplied with."""
    for vector in rows.vectors:
        if vector.kind in RATES and vector.numeric:
            yield _Factor(bracketed(vector.name), vector.values, vector.name)
    last = max(range(rows.size), key=lambda row: index.values[row])
    rate = round(values[last] * count.values[last] / index.values[last], 3)
    yield _Factor(repr(rate), [rate] * rows.size)
