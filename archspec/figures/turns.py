"""Where arrows change height in the gap between two columns, so that none runs into another.

An arrow comes from the left at one height, turns, and goes on to the right at another. Where one
comes in at the height at which another goes out, the first turns before the second begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

Key = tuple[str, int] | tuple[str, int, int]
"""Which arrows turn together: those that come `from` one slot, or go `to` one; or one by itself."""


@dataclass(slots=True)
class Turn:
    """An upright line in a gap.

    Attributes:
        left, right: the heights at which arrows come in and go out.
    """

    key: Key
    left: set[float] = field(default_factory=set)
    right: set[float] = field(default_factory=set)

    @property
    def low(self) -> float:
        return min(self.left | self.right)

    @property
    def high(self) -> float:
        return max(self.left | self.right)


def lanes(turns: list[Turn]) -> dict[Key, int]:
    """The lane of each, from left to right: the first that is free and not too early for it."""
    turns = sorted(turns, key=lambda turn: (turn.key[0], turn.low, turn.high))
    later = [
        [j for j, other in enumerate(turns) if i != j and turn.left & other.right]
        for i, turn in enumerate(turns)
    ]
    found: dict[Key, int] = {}
    taken: list[list[Turn]] = []
    first = [0] * len(turns)
    for i in _in_order(later):
        turn = turns[i]
        lane = first[i]
        while lane < len(taken) and any(_overlap(turn, other) for other in taken[lane]):
            lane += 1
        taken += [[] for _ in range(lane + 1 - len(taken))]
        taken[lane].append(turn)
        found[turn.key] = lane
        for j in later[i]:
            first[j] = max(first[j], lane + 1)
    return found


def _overlap(one: Turn, other: Turn) -> bool:
    return one.low <= other.high and other.low <= one.high


def _in_order(later: list[list[int]]) -> list[int]:
    """Each after those that it is later than; in a circle, the first of it goes first."""
    waiting = [0] * len(later)
    for others in later:
        for j in others:
            waiting[j] += 1
    ready = [i for i, count in enumerate(waiting) if not count]
    heapify(ready)
    left = dict.fromkeys(range(len(later)))
    order = []
    while left:
        i = heappop(ready) if ready else next(iter(left))
        if i not in left:
            continue
        del left[i]
        order.append(i)
        for j in later[i]:
            waiting[j] -= 1
            if not waiting[j]:
                heappush(ready, j)
    return order
