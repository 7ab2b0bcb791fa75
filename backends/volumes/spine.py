"""The longest way through a network, and what leads past parts of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from archspec.figures.maps import Link, Maps, Selected

_TAGS = 3
"""So many boxes may stand on one way past others."""

_OVER = 6
"""So many ways may lead past one place."""


@dataclass(frozen=True, slots=True)
class Arch:
    """A way past a part of the spine.

    Attributes:
        tail: where on the spine it begins.
        head: where on the spine it leads to; None where it ends by itself.
        links: along it.
    """

    tail: Maps
    head: Maps | None
    links: tuple[Link, ...]

    @property
    def tags(self) -> tuple[Maps, ...]:
        """What stands on it."""
        inner = self.links if self.head is None else self.links[:-1]
        return tuple(link.head for link in inner)


@dataclass(frozen=True, slots=True)
class Spine:
    """A network that is one line, with ways past parts of it.

    Attributes:
        maps: in order, each reading the one before.
    """

    maps: list[Maps]
    arches: list[Arch]

    @property
    def straight(self) -> set[tuple[Maps, Maps]]:
        """The neighbours."""
        return set(zip(self.maps, self.maps[1:], strict=False))


def spine(selected: Selected, end: Maps | None) -> Spine | None:
    """The spine of a picture; None where it is no line with simple ways past parts of it.

    Args:
        end: where it leads to.
    """
    if end is None:
        return None
    after: dict[Maps, list[Link]] = {maps: [] for maps in selected.maps}
    for link in selected.links:
        after[link.tail].append(link)
    line = _longest(selected, end)
    place = {maps: number for number, maps in enumerate(line)}
    arches: list[Arch] = []
    seen = set(line)
    for tail in line:
        for link in after[tail]:
            if place.get(link.head) == place[tail] + 1:
                continue
            links = [link]
            while links[-1].head not in place:
                tag = links[-1].head
                seen.add(tag)
                if len(selected.into[tag]) > 1 or len(after[tag]) > 1 or len(links) > _TAGS:
                    return None
                if not after[tag]:
                    break
                links += after[tag]
            head = links[-1].head if links[-1].head in place else None
            arches.append(Arch(tail, head, tuple(links)))
    if seen != set(selected.maps) or _deepest(arches, place) > _OVER:
        return None
    return Spine(line, arches)


def _longest(selected: Selected, end: Maps) -> list[Maps]:
    rank: dict[Maps, int] = {}
    for maps in selected.maps:
        rank[maps] = 1 + max((rank[link.tail] for link in selected.into[maps]), default=0)
    line = [end]
    while selected.into[line[-1]]:
        line.append(max((link.tail for link in selected.into[line[-1]]), key=rank.__getitem__))
    return line[::-1]


def _deepest(arches: list[Arch], place: dict[Maps, int]) -> int:
    """To how many places arches lead past one place at the most."""
    heads: dict[Maps | None, tuple[int, int]] = {}
    for arch in arches:
        if arch.head is not None:
            first, last = heads.get(arch.head, (len(place), 0))
            heads[arch.head] = min(first, place[arch.tail]), max(last, place[arch.head])
    steps = [0] * (len(place) + 1)
    for first, last in heads.values():
        steps[first] += 1
        steps[last] -= 1
    return max(accumulate(steps), default=0)
