"""Runs of entries that are much alike -> loops, in all samples of a body at once."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import pairwise

from archspec.lifting.align import pattern
from archspec.lifting.differing import alike, written_as_one
from archspec.lifting.entries import Branch, Entry
from archspec.lifting.policy import Policy

Bodies = Mapping[int, Sequence[Entry]]
LONGEST = 24
"""A round has at most so many entries."""
TWICE = 25.0
"""What it costs that a loop has two rounds, and these are not the same."""
_NUMBER = re.compile(r"\d+")
SAID = 1e6
"""What a loop is worth that the spec had."""
ASKED = 14.0
"""What a condition costs that an entry has which some rounds lack."""


def fold(bodies: Bodies, policy: Policy) -> dict[int, list[Entry]]:
    """The bodies with loops in place of runs, as long as that makes them shorter."""
    found = {sample: list(entries) for sample, entries in bodies.items()}
    if policy.loop is None:
        return found
    for _ in range(8):
        period = _best(list(found.values()), policy)
        if period is None:
            break
        edges = _edges(list(found.values()), period)
        found = {s: _rewritten(entries, period, edges) for s, entries in found.items()}
    return found


def letter(entry: Entry) -> Hashable:
    """What entries have in common that may be the same entry of a round.

    A spec that wrote two entries out had its reasons: they are no rounds of one loop.
    """
    if entry.kind == "loop":
        return "loop", tuple(sorted({letter(e) for r in entry.rounds for e in r}, key=repr))
    share = entry.share is not None and bool(entry.share[0])
    name = entry.name if entry.item is None else ""  # which an edit may have changed in some rounds
    return entry.kind, name, pattern(entry.id), share, entry.id is None, entry.item


Word = tuple[Hashable, ...]
Rounds = Sequence[Sequence[Entry]]


def _best(sequences: Sequence[list[Entry]], policy: Policy) -> Word | None:
    """The round whose runs save most; None where none saves anything."""
    gains: dict[Word, float] = {}
    vectors: dict[Word, dict[Hashable, set[Hashable]]] = {}
    runs: dict[Word, list[Rounds]] = {}
    for entries in sequences:
        letters = [letter(e) for e in entries]
        own: dict[Word, float] = {}
        for start, period, count in _runs(letters):
            rounds = [entries[start + n * period : start + (n + 1) * period] for n in range(count)]
            word = tuple(letters[start : start + period])
            if not primitive(word):
                continue
            own[word] = own.get(word, 0) + _gain(rounds, policy)
            runs.setdefault(word, []).append(rounds)
            if own[word] >= SAID:  # the inner of two loops is the shorter one
                own[word] = SAID / period
            known = vectors.setdefault(word, {})
            for key, vector in _vectors(rounds):
                known.setdefault(key, set()).add(vector)
        for word, gain in own.items():
            gains[word] = max(gains.get(word, 0), gain)
    for word, known in vectors.items():
        gains[word] -= policy.uneven * sum(len(vectors) > 1 for vectors in known.values())
    gains = {word: gain for word, gain in gains.items() if gain > 0}
    for word in sorted(gains, key=lambda word: (-gains[word], len(word))):
        if _founded(runs[word]) or _founded([*_with_edges(sequences, word)]):
            return word
    return None


def _with_edges(sequences: Sequence[list[Entry]], word: Word) -> Iterator[Rounds]:
    """The runs of rounds of a word, those rounds among them that lack the beginning or the end."""
    edges = _edges(sequences, word)
    for entries in sequences if any(edges) else ():
        loops = _rewritten(entries, word, edges)
        yield from (one.rounds for one in loops if one.kind == "loop" and one not in entries)


def _founded(runs: Sequence[Rounds]) -> bool:
    """Whether runs of one word are loops to a reader: alike, or of other lengths in each sample."""
    if not runs:
        return False
    if len({*map(len, runs)}) > 1 or all(map(written_as_one, runs)):
        return True
    return all(alike(rounds, letter) for rounds in runs)


def _vectors(rounds: Sequence[Sequence[Entry]]) -> Iterator[tuple[Hashable, Hashable]]:
    """What differs from round to round, which a loop in other samples would have to have, too."""
    for place, entries in enumerate(zip(*rounds, strict=True)):
        numbers = [_NUMBER.findall(e.id or "") for e in entries]
        if all(numbers):
            steps = [int(n[-1]) - turn for turn, n in enumerate(numbers)]
            yield (place, "id"), steps[0] if len(set(steps)) == 1 else tuple(steps)
        if entries[0].kind not in ("op", "block"):
            continue
        for name in dict.fromkeys(k for e in entries for k in e.attributes):
            values = [str(e.attributes.get(name)) for e in entries]
            if len(set(values)) > 1:
                yield (place, name), tuple(values)


def primitive(word: Word) -> bool:
    """Whether a word is no other one several times over."""
    size = len(word)
    return not any(
        size % part == 0 and word[:part] * (size // part) == word for part in range(1, size)
    )


def _runs(letters: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """The start, the period and the number of rounds of each run of at least two."""
    found = []
    size = len(letters)
    for period in range(1, min(LONGEST, size // 2) + 1):
        start = 0
        while start + 2 * period <= size:
            length = 0
            while start + length + period < size and (
                letters[start + length] == letters[start + length + period]
            ):
                length += 1
            rounds = length // period + 1
            if rounds > 1:
                found += [
                    (start + shift, period, (length - shift) // period + 1)
                    for shift in range(min(period, length - period + 1))
                ]
            start += max(length, 1) if length < period else length + 1
    return [run for run in found if run[2] > 1]


def _gain(rounds: Sequence[Sequence[Entry]], policy: Policy) -> float:
    """How many characters a loop saves; what the spec made in a loop is one."""
    if said(rounds[0]):
        return SAID
    whole = sum(size(e) for r in rounds for e in r)
    one = max(sum(size(e) for e in r) for r in rounds)
    varying = sum(varies([r[n] for r in rounds], policy) for n in range(len(rounds[0])))
    few = TWICE if len(rounds) == 2 and varying else 0.0
    return whole - one - varying - few - (policy.loop or 0.0)


def said(round_: Sequence[Entry]) -> bool:
    """Whether entries are a round of a loop of the spec, and not the end of one and the next."""
    places = [_first(entry) for entry in round_]
    known = [place for place in places if place is not None]
    return len(known) == len(places) and known == sorted(known)


def _first(entry: Entry) -> tuple[int, int, int] | None:
    return _first(entry.rounds[0][0]) if entry.kind == "loop" else entry.item


def size(entry: Entry) -> float:
    """About how many characters an entry takes."""
    total = 6.0 + len(entry.name or "graph") + len(entry.id or "") + 5 * bool(entry.id)
    total += sum(len(k) + len(str(v)) + 4 for k, v in entry.attributes.items())
    total += sum(len(n[0]) + 2 for n in entry.feed if n)
    for inner in (entry.body, *entry.rounds[:1], *(b.entries for b in entry.branches)):
        total += sum(map(size, inner)) + 4
    return total


def varies(entries: Sequence[Entry], policy: Policy) -> float:
    """About how many characters it takes to say what differs among entries."""
    total = 0.0
    for name in dict.fromkeys(k for e in entries for k in e.attributes):
        values = [e.attributes.get(name) for e in entries]
        if any(v != values[0] for v in values):
            steps = len({repr(v) for v in values})
            total += policy.differs * (1.6 if len(entries) == 2 else 1) + min(
                sum(len(str(v)) + 2 for v in values), 16 * steps
            )
    if any(e.body for e in entries):
        total += _within([e.body for e in entries], policy)
    for number in range(max(len(e.branches) for e in entries)):
        parts = [e.branches[number].entries for e in entries if number < len(e.branches)]
        total += _within(parts, policy) + ASKED * (len(parts) < len(entries))
    return total


def _within(bodies: Sequence[Sequence[Entry]], policy: Policy) -> float:
    """What differs among bodies, entry by entry; those of other lengths have conditions."""
    total = 0.0
    longest = max(map(len, bodies), default=0)
    kinds = {tuple(letter(e) for e in b) for b in bodies}
    if len(kinds) == 1:
        return sum(varies([b[n] for b in bodies], policy) for n in range(longest))
    lengths = {len(b) for b in bodies}
    every = {k for word in kinds for k in word}
    common = set.intersection(*(set(word) for word in kinds))
    total += ASKED * len(every - common)
    if not common:
        total += 40.0
    return total + 8.0 * (len(lengths) > 1)


def _edges(sequences: Sequence[list[Entry]], word: Word) -> tuple[int, int]:
    """How much of a round stands before and behind runs of rounds; nothing unless at all.

    Where that is one entry, each sample has to have such a run.
    """
    places = [[*_places([letter(e) for e in entries], word)] for entries in sequences]
    found: set[tuple[int, int]] = set()
    for entries, runs in zip(sequences, places, strict=True):
        for start, end in runs:
            before, after = _partial(entries[:start], word, -1), _partial(entries[end:], word, 1)
            found.add((before, 0) if before >= after else (0, after))
    edges = found.pop() if len(found) == 1 else (0, 0)
    return edges if max(edges) != 1 or all(places) else (0, 0)


def _places(letters: Sequence[Hashable], word: Word) -> Iterator[tuple[int, int]]:
    """Where the runs of rounds of a word begin and end."""
    at, period = 0, len(word)
    while at < len(letters):
        start = at
        while tuple(letters[at : at + period]) == word:
            at += period
        if at > start:
            yield start, at
        else:
            at += 1


def _rewritten(entries: list[Entry], word: Word, edges: tuple[int, int]) -> list[Entry]:
    """A body with a loop in place of every run of rounds of a word, even of one.

    The first round may lack the beginning, or the last the end, as `edges` say.
    """
    found: list[Entry] = []
    done, period = 0, len(word)
    apart = _apart(entries, word)
    if apart:
        start, end = apart[0], apart[-1] + period
        rounds = [entries[at:to] for at, to in zip(apart, [*apart[1:], end], strict=True)]
        return [*entries[:start], _loop(rounds), *entries[end:]]
    for start, end in _places([letter(e) for e in entries], word):
        rounds = [entries[at : at + period] for at in range(start, end, period)]
        if known(word):
            before, after = (
                _partial(entries[done:start], word, -1),
                _partial(entries[end:], word, 1),
            )
            edges = before, after
        if edges[0]:
            rounds.insert(0, entries[start - edges[0] : start])
        if edges[1]:
            rounds.append(entries[end : end + edges[1]])
        found += entries[done : start - edges[0]]
        done = end + edges[1]
        found.append(_loop(rounds))
    return [*found, *entries[done:]]


def _loop(rounds: list[list[Entry]]) -> Entry:
    loop = Entry("loop", source=rounds[0][0].source, output=rounds[-1][-1].output)
    loop.rounds = rounds
    return loop


def _apart(entries: Sequence[Entry], word: Word) -> list[int]:
    """Where rounds of a word begin that the same entries keep apart, which other samples lack."""
    letters = [letter(e) for e in entries]
    places = [*_places(letters, word)]
    between = {tuple(letters[end:start]) for (_, end), (start, _) in pairwise(places)}
    alone = all(end - start == len(word) for start, end in places)
    return [start for start, _ in places] if alone and len(between) == 1 else []


def _partial(entries: Sequence[Entry], word: Word, step: int) -> int:
    """How many entries of a part of a round stand beside a run; 0 where that is less than half.

    One alone is such a part if it is a block with a number, which goes on counting.
    """
    size = 0
    letters = [letter(e) for e in entries[::step][: len(word) - 1]]
    for one, other in zip(letters, word[::step], strict=False):
        if one != other:
            break
        size += 1
    counts = size == 1 and entries[::step][0].kind == "block" and _numbered(entries[::step][0])
    return size if known(word) or (2 * size >= len(word) and (size > 1 or counts)) else 0


def _numbered(entry: Entry) -> bool:
    return entry.id is not None and _NUMBER.search(entry.id) is not None


def known(word: Hashable) -> bool:
    """Whether a spec has all entries of a round, which then are of that loop wherever they are."""
    assert isinstance(word, tuple)
    if word[:1] == ("loop",):
        return known(word[1])
    return all(known(one) if one[0] == "loop" else one[-1] is not None for one in word)


def fan(samples: Sequence[Sequence[Branch]], policy: Policy) -> list[list[Branch]]:
    """Branches, with one in place of several that are much alike and stand side by side."""
    runs = [_runs_of_branches(branches) for branches in samples]
    bodies: dict[Hashable, list[Rounds]] = {}
    vectors: dict[Hashable, dict[Hashable, set[Hashable]]] = {}
    for row in runs:
        for run in row:
            if len(run) > 1 and run[0].chain is not None:
                bodies.setdefault(_head(run), []).append([b.entries for b in run])
                known = vectors.setdefault(_head(run), {})
                for key, vector in _vectors([b.entries for b in run]):
                    known.setdefault(key, set()).add(vector)
    uneven = {
        head: policy.uneven * sum(len(v) > 1 for v in known.values())
        if _founded(bodies[head])
        else float("inf")
        for head, known in vectors.items()
    }
    return [
        [
            branch
            for run in row
            for branch in (
                [Branch(rounds=run)]
                if len(run) > 1 and _saves(run, policy, uneven.get(_head(run), 0.0))
                else run
            )
        ]
        for row in runs
    ]


def _head(run: Sequence[Branch]) -> Hashable:
    return tuple(letter(e) for e in run[0].entries)


def _runs_of_branches(branches: Sequence[Branch]) -> list[list[Branch]]:
    runs: list[list[Branch]] = []
    for branch in branches:
        if runs and _alike(runs[-1][-1], branch):
            runs[-1].append(branch)
        else:
            runs.append([branch])
    return runs


def _alike(one: Branch, other: Branch) -> bool:
    if (one.chain is None) != (other.chain is None):
        return False
    if one.chain is None:
        return bool({*map(pattern, one.name)} & {*map(pattern, other.name)})
    ours, theirs = [letter(e) for e in one.entries], [letter(e) for e in other.entries]
    return bool(ours) and ours == theirs


def _saves(run: Sequence[Branch], policy: Policy, uneven: float) -> bool:
    if policy.fan is None:
        return False
    if run[0].chain is None:
        return (
            len({b.name[0] for b in run}) == len(run)
            and sum(len(b.name[0]) + 2 for b in run) > policy.fan
        )
    return _gain([b.entries for b in run], policy) > uneven


def unfold(entries: Mapping[int, Entry]) -> bool:
    """Whether a loop has one round in every sample, and so is none."""
    return all(len(e.rounds) == 1 for e in entries.values())
