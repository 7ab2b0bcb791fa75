"""What is said on the ways from cell to cell, and where there is room for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from archspec.backends.volumes import words
from archspec.backends.volumes.cells import SMALL
from archspec.figures.columns import Edge
from archspec.figures.geometry import Point, overlap
from archspec.figures.maps import Link
from archspec.figures.measure import width
from archspec.figures.paint import FAINT
from archspec.figures.picture import Item, Words, corners

_ROOM = 54.0
"""For words between planes."""


class Ways:
    """The ways to cells that are reached from the column before, and from nowhere else.

    Args:
        links: of each way.
        column: of each cell.
        flat: whether cells are planes.
        brief: whether there is little room, so that only what is news is said.
    """

    def __init__(
        self, links: Mapping[Edge, Link], column: Sequence[int], *, flat: bool, brief: bool
    ) -> None:
        self.links, self.flat, self.brief = links, flat, brief
        fed = Counter(head for _, head in links)
        self.near = [(t, h) for t, h in links if fed[h] == 1 and column[h] - column[t] == 1]

    @cached_property
    def beneath(self) -> dict[int, int]:
        """The cells to which words stand below planes, and may be wider than gaps; their tails.

        Nothing else leaves what they are made from, so that no arrow turns there.
        """
        read = Counter(tail for tail, _ in self.links)
        return {head: tail for tail, head in self.near if self.flat and read[tail] == 1}

    @cached_property
    def _leads_to(self) -> dict[int, int]:
        return {tail: head for head, tail in self.beneath.items()}

    def below(self, number: int) -> list[int]:
        """The cells on the way to which words stand below a cell: itself, and what it leads to."""
        heads = [number] if number in self.beneath else []
        return [*heads, *([self._leads_to[number]] if number in self._leads_to else [])]

    @cached_property
    def told(self) -> dict[int, list[str]]:
        """The lines on the way to each cell."""
        found: dict[int, list[str]] = {}
        for edge in self.near:
            link, head = self.links[edge], edge[1]
            lines = words.wrapped(words.on_the_way(link))
            lines += words.wrapped(words.lecun(link.head), _ROOM) if self.flat else []
            lines = words.all_shown(lines)
            if head in self.beneath or not (self.flat and self.brief and lines in found.values()):
                found[head] = lines
        return found


def along(way: Sequence[Point], word: str, others: Sequence[Item]) -> list[Item]:
    """A word on the longest level part of an arrow, if there is room for it.

    Arrows that share a lane may have room for one of their words alone.
    """
    (x0, y), (x1, _) = max(pairwise(way), key=lambda ends: abs(ends[0][0] - ends[1][0]))
    if not word or width(word, SMALL) + 8 > abs(x1 - x0):
        return []
    said = Words(((x0 + x1) / 2, y - 3), word, SMALL, FAINT)
    return [] if any(overlap(corners(said), corners(other)) for other in others) else [said]
