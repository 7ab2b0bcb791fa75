"""In which columns a network stands from left to right, and the paths it is cut into."""

from __future__ import annotations

from collections.abc import Collection, Sequence

Edge = tuple[int, int]
"""What leads from one box to another, by number."""


def columns(
    count: int, edges: Sequence[Edge], last: Collection[int] = (), first: Collection[int] = ()
) -> list[int]:
    """The column of each slot: right of all that it reads, or the last one.

    What reads nothing is just left of what reads it, unless it is to be in the first column.
    """
    found = [0] * count
    fed = {head for _, head in edges}
    for tail, head in sorted(edges):
        found[head] = max(found[head], found[tail] + 1)
    for slot in last:
        found[slot] = max(found)
    nearest: dict[int, int] = {}
    for tail, head in edges:
        nearest[tail] = min(nearest.get(tail, found[head]), found[head])
    return [
        nearest[i] - 1 if i in nearest and i not in fed and i not in first else column
        for i, column in enumerate(found)
    ]


def paths(column: Sequence[int], edges: Sequence[Edge], end: int | None) -> list[list[int]]:
    """What stands in lines: the longest way to the end, the longest of what is left, and so on.

    Args:
        column: of each slot.
        end: where the first one ends; otherwise it is the last of the last column.
    """
    before: dict[int, list[int]] = {}
    for tail, head in edges:
        before.setdefault(head, []).append(tail)
    found: list[list[int]] = []
    taken: set[int] = set()
    for slot in sorted(range(len(column)), key=lambda i: (i != end, -column[i])):
        if slot in taken:
            continue
        path = [slot]
        taken.add(slot)
        while free := [tail for tail in before.get(path[-1], ()) if tail not in taken]:
            path.append(max(free, key=lambda tail: column[tail]))
            taken.add(path[-1])
        found.append(path[::-1])
    return found
