"""Parts that are compared: what is alike in them is of one size, and stands at one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archspec.backends.strips.frames import Group
from archspec.backends.strips.worded import Key, Worded

Pair = tuple[int, int]


@dataclass(frozen=True)
class Shared:
    """What a part has in common with those that it is compared with.

    Attributes:
        widths: how wide boxes are in each of its columns.
        stops: where each of its columns stands.
        middle: halfway from where the first of all begins to the last.
    """

    widths: Sequence[float]
    stops: Sequence[float]
    middle: float


def shared(parts: Sequence[Worded]) -> list[Shared]:
    """Columns that are alike at common places, and their boxes of common widths; upwards, all."""
    places = common([part.keys for part in parts])
    _frame_alike(parts, places)
    count = 1 + max(place for own in places for place in own)
    common_widths = [0.0] * count
    for part, own in zip(parts, places, strict=True):
        for place, width in zip(own, part.widths, strict=True):
            common_widths[place] = max(common_widths[place], width)
    if all(part.upwards for part in parts):
        common_widths = [max(common_widths)] * count
    widths = [[common_widths[place] for place in own] for own in places]
    natural = [part.stops(each) for part, each in zip(parts, widths, strict=True)]
    at = _places(places, natural, count)
    stops = [[at[place] for place in own] for own in places]
    middle = max(at) / 2
    return [Shared(wide, own, middle) for wide, own in zip(widths, stops, strict=True)]


def _frame_alike(parts: Sequence[Worded], places: Sequence[Sequence[int]]) -> None:
    """Frame of a chain what stands where a residual function does, so that they are compared."""
    framed = [
        {own[part.column[number]] for number in group.all}
        for part, own in zip(parts, places, strict=True)
        for group in part.framed
    ]
    for part, own in zip(parts, places, strict=True):
        if not part.inner.chain:
            continue
        for around in {(min(each), max(each)) for each in framed}:
            boxes = [
                number
                for number, maps in enumerate(part.inner.maps)
                if not maps.source and around[0] <= own[part.column[number]] <= around[1]
            ]
            if len(boxes) > 1:
                group = Group(frozenset(boxes), frozenset(boxes[:1]), boxes[-1], straight=True)
                part.framed.append(group)


def _places(
    places: Sequence[Sequence[int]], natural: Sequence[Sequence[float]], count: int
) -> list[float]:
    """Where each common column stands: as near to those before it as all parts let it."""
    before: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    first = max(stops[0] for stops in natural)
    for own, stops in zip(places, natural, strict=True):
        before[own[0]].append((-1, first))
        for n in range(1, len(own)):
            before[own[n]].append((own[n - 1], stops[n] - stops[n - 1]))
    at: list[float] = []
    for reasons in before:
        at.append(max((at[place] if place >= 0 else 0.0) + far for place, far in reasons))
    return at


def common(parts: Sequence[Sequence[Key]]) -> list[list[int]]:
    """For each column of each part its place among the columns of all, in which alike ones are one.

    Values that come in, merges and ends of two parts are alike in the order of both. What lies
    between them is alike one by one where there is as much of it in both, or where the one has all
    of the other, and something besides.
    """
    whole: list[Key] = []
    found: list[list[int]] = []
    for keys in parts:
        pairs = list(_pairs(whole, keys))
        old, new = [0] * len(whole), [0] * len(keys)
        merged: list[Key] = []
        i = j = 0
        for a, b in (*pairs, (len(whole), len(keys))):
            for n in range(i, a):
                old[n] = len(merged)
                merged.append(whole[n])
            for n in range(j, b):
                new[n] = len(merged)
                merged.append(keys[n])
            if a < len(whole):
                old[a] = new[b] = len(merged)
                merged.append(keys[b])
            i, j = a + 1, b + 1
        found = [[old[place] for place in own] for own in found]
        found.append(new)
        whole = merged
    return found


def _pairs(one: Sequence[Key], other: Sequence[Key]) -> Iterator[Pair]:
    """Which of the one and of the other are alike, in the order of both."""
    i = j = 0
    ours = [n for n, key in enumerate(one) if _is_mark(key)]
    theirs = [n for n, key in enumerate(other) if _is_mark(key)]
    marks = _longest([one[n] for n in ours], [other[n] for n in theirs])
    for a, b in (*((ours[a], theirs[b]) for a, b in marks), (len(one), len(other))):
        yield from ((i + m, j + n) for m, n in _between(one[i:a], other[j:b]))
        if a < len(one) and b < len(other):
            yield a, b
        i, j = a + 1, b + 1


def _is_mark(key: Key) -> bool:
    """Whether it is a value that comes in, a merge or an end."""
    return any(part is True for part in key) or len(key) == 1


def _longest(one: Sequence[Key], other: Sequence[Key]) -> list[Pair]:
    """The longest row of keys that both have, in the order of both."""
    best: list[list[list[Pair]]] = [[[] for _ in range(len(other) + 1)]]
    for i, key in enumerate(one):
        row: list[list[Pair]] = [[]]
        for j, theirs in enumerate(other):
            kept = max(best[-1][j + 1], row[-1], key=len)
            row.append([*best[-1][j], (i, j)] if key == theirs else kept)
        best.append(row)
    return best[-1][-1]


def _between(one: Sequence[Key], other: Sequence[Key]) -> list[Pair]:
    """One by one where they are equally many; else if the one has all of the other, the first."""
    if len(one) == len(other):
        return [(n, n) for n in range(len(one))]
    if len(one) > len(other):
        return [(i, j) for j, i in _between(other, one)]
    pairs: list[Pair] = []
    for j, key in enumerate(other):
        if len(pairs) < len(one) and one[len(pairs)] == key:
            pairs.append((len(pairs), j))
    return pairs if len(pairs) == len(one) else []
