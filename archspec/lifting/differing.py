"""How much the rounds of a loop differ, and whether they are alike enough to be one."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from archspec.ir.graph import Instance
from archspec.lifting.align import pattern
from archspec.lifting.entries import Entry, Names

Letter = Callable[[Entry], Hashable]
LISTS = 4
"""For how many differences a list of lists counts."""
MANY = 8
"""More rounds than these are a loop, whatever they differ in."""
_NUMBER = re.compile(r"\d+")


def alike(rounds: Sequence[Sequence[Entry]], letter: Letter) -> bool:
    """Whether rounds are read with more ease as a loop than one by one.

    Two rounds differ in numbers of ids alone. From the third on each entry of a round may differ
    in one thing more, as the rows of a table do in its columns: three rounds in which everything
    is another thing are no loop, and nine are one.
    """
    entries = max(sum(map(_parts, each)) for each in rounds)
    if len(rounds) > MANY:
        return True
    return differences(rounds, letter) <= entries * (len(rounds) - 2)


def written_as_one(rounds: Sequence[Sequence[Entry]]) -> bool:
    """Whether the spec that a graph came from said the rounds once."""
    return all(entry.item is not None for each in rounds for entry in each)


def differences(bodies: Sequence[Sequence[Entry]], letter: Letter) -> int:
    """In how many things bodies differ that a loop of them would have to say."""
    known = [[*map(letter, body)] for body in bodies]
    every = dict.fromkeys(one for word in known for one in word)
    common = [one for one in every if all(one in word for word in known)]
    found = 2 * (len(every) - len(common)) + (len(set(map(len, bodies))) > 1)
    for one in common:  # of several in a body each is compared with its like, from either end
        likes = [[e for e in body if letter(e) == one] for body in bodies]
        columns = [*zip(*likes, strict=False), tuple(several[-1] for several in likes)]
        found += max(_between(column, letter) for column in columns) + LISTS * _of_lists(likes)
    return found


def _of_lists(rows: Sequence[Sequence[Entry]]) -> int:
    """How many lists of lists it takes to say what runs of entries have, one run a round.

    What the first entry of a run alone has otherwise is no list, nor are numbers that rise.
    """
    known = [[_given(entry) for entry in row] for row in rows]
    keys = {key for row in known for given in row for key in given}
    found = 0
    for key in keys:
        values = {tuple(str(given.get(key)) for given in row) for row in known}
        rising = any(isinstance(given.get(key), float) for row in known for given in row)
        tails = any(len({*row[1:]}) > 1 for row in values)
        found += tails and not rising and len(values) > 1
    return found


def _given(entry: Entry) -> Mapping[Any, Any]:
    """The values of an entry, or of the nodes in it."""
    if entry.kind == "block" and isinstance(entry.part, Instance):
        nodes = enumerate(entry.part.nodes())
        return {(at, name): value for at, node in nodes for name, value in node.op}
    return entry.attributes


def _between(entries: Sequence[Entry], letter: Letter) -> int:
    """In how many things entries in the same place differ, what they hold included."""
    found = _values(entries)
    found += not _counted([e.id for e in entries])
    found += sum(map(_elsewhere, zip(*(e.feed for e in entries), strict=False)))
    if any(e.rounds for e in entries):
        found += len({len(e.rounds) for e in entries}) > 1
        found += differences([e.rounds[0] if e.rounds else [] for e in entries], letter)
        columns = zip(*([*zip(*e.rounds, strict=False)] for e in entries), strict=False)
        found += LISTS * sum(map(_of_lists, columns))
    if any(e.body for e in entries):
        found += differences([e.body for e in entries], letter)
    for at in range(max(len(e.branches) for e in entries)):
        branches = [e.branches[at].entries for e in entries if at < len(e.branches)]
        found += differences(branches, letter) + 2 * (len(branches) < len(entries))
    return found


def _values(entries: Sequence[Entry]) -> int:
    """In how many values entries differ; those of a block as its nodes have them."""
    if entries[0].kind != "block":
        names = dict.fromkeys(name for e in entries for name in e.attributes)
        return sum(not _regular([e.attributes.get(name) for e in entries]) for name in names)
    insides = [[*e.part.nodes()] for e in entries if isinstance(e.part, Instance)]
    found: set[tuple[Any, ...]] = set()
    for nodes in zip(*insides, strict=False):
        if len({type(node.op) for node in nodes}) > 1:
            break
        for name in type(nodes[0].op).model_fields:
            values = [getattr(node.op, name, None) for node in nodes]
            if not _regular(values):
                found.add(tuple(map(str, values)))
    return len(found) + (len({len(nodes) for nodes in insides}) > 1)


def _regular(values: Sequence[Any]) -> bool:
    """Whether values are one, or numbers that grow by equal steps or by equal factors."""
    if all(value == values[0] for value in values):
        return True
    if len(values) < 3 or not all(type(value) is int and value for value in values):
        return False
    steps = {b - a for a, b in pairwise(values)}
    return len(steps) == 1 or all(a * c == b * b for a, b, c in zip(*_windows(values), strict=True))


def _windows(values: Sequence[int]) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    return values[:-2], values[1:-1], values[2:]


def _counted(idents: Sequence[str | None]) -> bool:
    """Whether the numbers in ids stay or go on, of two by one."""
    numbers = [list(map(int, _NUMBER.findall(ident or ""))) for ident in idents]
    if len({*map(len, numbers)}) > 1:
        return False
    for column in zip(*numbers, strict=True):
        steps = {b - a for a, b in pairwise(column)}
        if len(steps) > 1 or (len(column) == 2 and not steps <= {0, 1}):
            return False
    return True


def _elsewhere(names: Sequence[Names]) -> bool:
    """Whether what entries read has other names in each, which do not go on either."""
    if set.intersection(*map(set, names)) or len({*map(pattern, (n[0] for n in names))}) > 1:
        return not set.intersection(*map(set, names))
    return not _counted([n[0] for n in names])


def _parts(entry: Entry) -> int:
    """How many entries a reader sees of one, what it holds included."""
    inside = [*entry.body, *(e for each in entry.rounds[:1] for e in each)]
    inside += [e for branch in entry.branches for e in branch.entries]
    kinds = {(e.kind, e.name) for e in inside}
    return 1 + len(kinds)
