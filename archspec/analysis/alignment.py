"""Which element of one sequence is which of another: longest common subsequences, bounded.

The textbook table takes n x m steps, too many for networks of thousands of layers. Here each of
its rows is one whole number, a bit a column, and a row follows from the one above it by three
operations: Crochemore et al. 2001, "A fast and practical bit-vector algorithm for the longest
common subsequence problem".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from math import ceil
from typing import TypeVar

T = TypeVar("T")

Pair = tuple[int, int]
"""A position in the one sequence and a position in the other."""

_MAX_BITS = 2**28
"""Of a table kept at once: 32 MiB."""


def align(
    xs: Sequence[T], ys: Sequence[T], keys: Sequence[Callable[[T], Hashable]]
) -> Iterator[tuple[T, T]]:
    """Pairs in order: by the first key, then by the next within the gaps that it leaves.

    What is left over when no key is left has no partner.
    """
    if not xs or not ys or not keys:
        return
    key, *weaker = keys
    i = j = 0
    for p, q in common([key(x) for x in xs], [key(y) for y in ys]):
        yield from align(xs[i:p], ys[j:q], weaker)
        yield xs[p], ys[q]
        i, j = p + 1, q + 1
    yield from align(xs[i:], ys[j:], weaker)


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[Pair]:
    """The positions of a longest common subsequence, in order; equal beginnings come first.

    Sequences of tens of thousands of elements are cut into pieces that are aligned one by one,
    so that time and memory stay bounded; what is found is then common, but may not be longest.
    """
    short = min(len(a), len(b))
    start = next((i for i in range(short) if a[i] != b[i]), short)
    end = next((i for i in range(short - start) if a[-1 - i] != b[-1 - i]), short - start)
    head = [(i, i) for i in range(start)]
    tail = [(len(a) - i, len(b) - i) for i in range(end, 0, -1)]
    return [*head, *_middle(a, b, (start, len(a) - end), (start, len(b) - end)), *tail]


def _middle(a: Sequence[Hashable], b: Sequence[Hashable], in_a: Pair, in_b: Pair) -> Iterator[Pair]:
    """Common elements of two slices, of which only those are looked at that both have."""
    both = {*a[slice(*in_a)]} & {*b[slice(*in_b)]}
    rows = [i for i in range(*in_a) if a[i] in both]
    columns = [j for j in range(*in_b) if b[j] in both]
    pieces = ceil((len(rows) * len(columns) / _MAX_BITS) ** 0.5)
    for piece in range(pieces):
        some = [
            indices[len(indices) * piece // pieces : len(indices) * (piece + 1) // pieces]
            for indices in (rows, columns)
        ]
        for p, q in _longest([a[i] for i in some[0]], [b[j] for j in some[1]]):
            yield some[0][p], some[1][q]


def _longest(a: list[Hashable], b: list[Hashable]) -> list[Pair]:
    """A longest common subsequence. Row i has a zero bit j where `a[:i]` gains by `b[j]`."""
    where: dict[Hashable, int] = {}
    for j, element in enumerate(b):
        where[element] = where.get(element, 0) | 1 << j
    full = (1 << len(b)) - 1
    rows = [full]
    for element in a:
        row = rows[-1]
        met = row & where.get(element, 0)
        rows.append(((row + met) | (row - met)) & full)
    pairs = []
    i, j = len(a), len(b)
    while i and j:
        if rows[i] >> (j - 1) & 1:  # `b[j - 1]` gains nothing
            j -= 1
        elif rows[i - 1] >> (j - 1) & 1:  # it does, thanks to `a[i - 1]`
            i, j = i - 1, j - 1
            pairs.append((i, j))
        else:
            i -= 1
    return pairs[::-1]
