"""Sequences of entries side by side: which entry of one is which of another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from archspec.lifting.entries import Branch, Entry

T = TypeVar("T")
Column = dict[int, T]
"""Entries that are one and the same, by the number of the sequence that each stands in."""

_DIGITS = re.compile(r"\d+")
MOST = 4_000_000
"""Sequences are aligned freely up to so many pairs; longer ones where they begin and end alike."""


def pattern(ident: str | None) -> str | None:
    """An id with its numbers left out; None for what has none, or a position for one."""
    if ident is None or ident.isdecimal():
        return None
    return _DIGITS.sub("#", ident)


def key(entry: Entry) -> tuple[str, str, str | None]:
    """What entries have in common that may be unified."""
    return entry.kind, entry.name, pattern(entry.id)


def score(one: Entry, other: Entry) -> float:
    """How well two entries go together; 0 where they cannot be one."""
    if (
        one.share is not None
        and other.share is not None
        and bool(one.share[0]) != bool(other.share[0])
    ):
        return 0
    if key(one) != key(other):
        return _chosen(one, other)
    alike = 4.0
    if one.kind == "loop":
        ours, theirs = ({key(e) for r in x.rounds for e in r} for x in (one, other))
        alike = 4.0 * len(ours & theirs) / len(ours | theirs)
        paired = len(one.rounds[0]) == len(other.rounds[0]) and all(
            score(a, b) for a, b in zip(one.rounds[0], other.rounds[0], strict=True)
        )
        return alike or 1.5 * paired
    if one.id is not None:
        alike = 6.0 if one.id == other.id else 3.0
    if one.kind in ("op", "merge") and one.attributes == other.attributes:
        alike += 0.5
    alike += 0.02 * min(len(str(one.attributes)), len(str(other.attributes)), 60)
    if one.branches or other.branches:
        alike += 0.5 * (len(one.branches) == len(other.branches))
    return alike


def _chosen(one: Entry, other: Entry) -> float:
    """How well two entries go together of which each is another block, or another op."""
    if one.kind != other.kind or one.kind not in ("op", "block"):
        return 0
    if pattern(one.id) != pattern(other.id) or (one.id is None) != (other.id is None):
        return 0
    if any(e.share is not None and e.share[0] for e in (one, other)):
        return 0
    if one.item is not None and one.item == other.item:
        return 5.0  # which an edit has made another op in some samples
    if one.kind == "block":
        return 1.5 if bool(one.feed) == bool(other.feed) else 0
    plain = not (one.references or other.references)
    return 1.0 if plain and one.attributes == other.attributes else 0


def branch_score(one: Branch, other: Branch) -> float:
    """How well two branches go together; 0 where they cannot be one."""
    if bool(one.rounds) != bool(other.rounds):
        return 0
    if one.rounds:
        return 2.0 + branch_score(one.rounds[0], other.rounds[0])
    if (one.chain is None) != (other.chain is None):
        return 0
    if one.chain is None:
        return 3.0 + 2.0 * bool({*one.name} & {*other.name})
    if _is_list(one) != _is_list(other):
        return 0
    ours, theirs = [key(e) for e in one.entries], [key(e) for e in other.entries]
    if ours == theirs:
        return 6.0
    if not ours or not theirs:
        return 1.0
    common = len({*ours} & {*theirs})
    return 1.0 + 4.0 * common / max(len(ours), len(theirs)) if common else 0.5


def _is_list(branch: Branch) -> bool:
    return any(entry.kind == "list" for entry in branch.entries)


def align(sequences: Sequence[Sequence[T]], how: Callable[[T, T], float]) -> list[Column[T]]:
    """Columns, in an order that all sequences agree with."""
    order = sorted(range(len(sequences)), key=lambda n: -len(sequences[n]))
    columns: list[Column[T]] = []
    heads: list[T] = []
    for number in order:
        sequence = sequences[number]
        pairs = _pairs(heads, sequence, how)
        merged: list[Column[T]] = []
        heads_: list[T] = []
        for left, right in pairs:
            column = columns[left] if left is not None else {}
            if right is not None:
                column[number] = sequence[right]
            merged.append(column)
            heads_.append(heads[left] if left is not None else sequence[right or 0])
        columns, heads = merged, heads_
    return columns


def _pairs(
    heads: Sequence[T], sequence: Sequence[T], how: Callable[[T, T], float]
) -> list[tuple[int | None, int | None]]:
    """The best pairing of two sequences, in order, with None for what has no partner."""
    start, size = 0, min(len(heads), len(sequence))
    if len(heads) == len(sequence) and all(
        how(a, b) >= 1 for a, b in zip(heads, sequence, strict=False)
    ):
        return [(n, n) for n in range(size)]
    while start < size and how(heads[start], sequence[start]) >= 4:
        start += 1
    end = 0
    while end < size - start and how(heads[-1 - end], sequence[-1 - end]) >= 4:
        end += 1
    ours, theirs = heads[start : len(heads) - end], sequence[start : len(sequence) - end]
    middle = _matched(ours, theirs, how) if len(ours) * len(theirs) <= MOST else []
    pairs: list[tuple[int | None, int | None]] = [(n, n) for n in range(start)]
    i, j = 0, 0
    for a, b in [*middle, (len(ours), len(theirs))]:
        pairs += [(start + n, None) for n in range(i, a)]
        pairs += [(None, start + n) for n in range(j, b)]
        if a < len(ours):
            pairs.append((start + a, start + b))
        i, j = a + 1, b + 1
    last, other = len(heads) - end, len(sequence) - end
    return [*pairs, *((last + n, other + n) for n in range(end))]


def _matched(
    ours: Sequence[T], theirs: Sequence[T], how: Callable[[T, T], float]
) -> list[tuple[int, int]]:
    """Pairs of the highest total score, in order."""
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    scores = [[how(a, b) for b in theirs] for a in ours]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            pair = best[i + 1][j + 1] + scores[i][j] if scores[i][j] else 0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    found, i, j = list[tuple[int, int]](), 0, 0
    while i < len(ours) and j < len(theirs):
        if scores[i][j] and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found
