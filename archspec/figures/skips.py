"""Which arrows of a figure go beside a longer way: an identity branch, a U-Net's copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archspec.figures.folding import Box

Ways = Mapping[Box, Mapping[Box, None]]
"""The boxes that each box leads to, in an order in which all ways to a box come before it."""


def ranks(after: Ways) -> dict[Box, int]:
    """How many arrows the longest way to a box has; nothing for one to which none leads."""
    rank: dict[Box, int] = {}
    for tail, heads in after.items():
        for head in heads:
            rank[head] = max(rank.get(head, 0), rank.get(tail, 0) + 1)
    return rank


def skips(after: Ways, rank: Mapping[Box, int]) -> set[tuple[Box, Box]]:
    """The edges that a longer way goes round.

    Nearly always one of two facts shows that there is one, and nothing is searched: all that
    leads to another tail of the head leads through this tail, or all that another head of the
    tail leads to leads through this head.
    """
    before: dict[Box, dict[Box, None]] = {}
    for tail, heads in after.items():
        for head in heads:
            before.setdefault(head, {})[tail] = None
    order = [*after, *(head for head in before if head not in after)]
    needed, met = Passages(order, before), Passages(reversed(order), after)
    last = {head: max(tails, key=lambda t: rank.get(t, 0)) for head, tails in before.items()}
    found: set[tuple[Box, Box]] = set()
    for tail, heads in after.items():
        far = [h for h in heads if rank[h] > rank.get(tail, 0) + 1]
        if not far or len(heads) == 1:
            continue
        first = min(heads, key=rank.__getitem__)
        sure = {
            head
            for head in far
            if (last[head] is not tail and needed.holds(tail, last[head]))
            or (first is not head and met.holds(head, first))
        }
        far = [head for head in far if head not in sure]
        reached = _reached(after, rank, heads, far) if far else set()
        found.update((tail, head) for head in heads if head in sure or head in reached)
    return found


def _reached(
    after: Ways, rank: Mapping[Box, int], heads: Iterable[Box], far: list[Box]
) -> set[Box]:
    """Those of the far heads to which another head leads."""
    limit = max(rank[head] for head in far)
    reached: set[Box] = set()
    pending = list(heads)
    while pending:
        new = [h for h in after.get(pending.pop(), ()) if h not in reached]
        near = [h for h in new if rank[h] <= limit]
        reached.update(near)
        pending += near
    return reached.intersection(far)


class Passages:
    """Which boxes all ways to a box lead through: its dominators, as a tree.

    The tree is climbed by way of `jump`, which spans ever more of it, so that a question takes
    as many steps as its depth has digits, and not as it has levels.

    Args:
        order: the boxes, each after all that lead to it.
        before: which these are.
    """

    def __init__(self, order: Iterable[Box], before: Ways) -> None:
        self.depth: dict[Box | None, int] = {None: 0}
        self.above: dict[Box | None, Box | None] = {None: None}
        self.jump: dict[Box | None, Box | None] = {None: None}
        for box in order:
            self._enter(box, self._meet(before.get(box, ())))

    def holds(self, passage: Box, box: Box) -> bool:
        """Whether all ways to a box lead through this one, or it is this one."""
        return self._at(box, self.depth[passage]) is passage

    def _enter(self, box: Box, above: Box | None) -> None:
        depth, jump = self.depth, self.jump
        far = jump[above]
        even = depth[above] - depth[far] == depth[far] - depth[jump[far]]
        depth[box], self.above[box] = depth[above] + 1, above
        jump[box] = jump[far] if even else above

    def _meet(self, boxes: Iterable[Box]) -> Box | None:
        """The nearest that all ways to these boxes lead through; None where there is none."""
        several = iter(boxes)
        one: Box | None = next(several, None)
        for box in several:
            level = min(self.depth[one], self.depth[box])
            one, other = self._at(one, level), self._at(box, level)
            while one is not other:
                apart = self.jump[one] is not self.jump[other]
                one, other = ((self.jump[b] if apart else self.above[b]) for b in (one, other))
        return one

    def _at(self, box: Box | None, depth: int) -> Box | None:
        """What of the way up from a box stands at this depth."""
        while self.depth[box] > depth:
            far = self.jump[box]
            box = far if self.depth[far] >= depth else self.above[box]
        return box
