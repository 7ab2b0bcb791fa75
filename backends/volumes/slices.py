"""A solid: slices that touch, and what is written at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby, pairwise
from math import hypot

from archspec.backends.volumes import words
from archspec.backends.volumes.cells import (
    LARGE,
    LEADING,
    MOST,
    NEAR,
    PEN,
    SMALL,
    Cell,
    Convex,
    paint_of,
    reach,
)
from archspec.figures import solids
from archspec.figures.geometry import Point, meet
from archspec.figures.maps import Link, Maps, Selected
from archspec.figures.measure import width
from archspec.figures.paint import FAINT, INK, LINE, Paint
from archspec.figures.picture import Item, Picture, Polygon, Words
from archspec.figures.words import shown

_AWAY = tuple(SMALL * n for n in (1.05, 1.4, 2.0, 2.8, 3.8, 5.0))
"""How far words along an edge may be from it."""


@dataclass(frozen=True, slots=True)
class _Slice:
    """A part of a solid.

    Attributes:
        x: where its silhouette begins.
        said: its channels; nothing where they are those of what it samples.
    """

    maps: Maps
    solid: solids.Solid
    x: float
    paint: Paint
    said: str

    @property
    def y(self) -> float:
        return -self.solid.extent[1] / 2

    @property
    def front(self) -> Point:
        """From where to where its front reaches."""
        return self.x, self.x + self.solid.width

    @property
    def low(self) -> float:
        return self.solid.extent[1] / 2

    @property
    def right(self) -> float:
        """How far its back reaches."""
        return self.x + self.solid.extent[0]

    @property
    def top(self) -> Point:
        """The middle of its upper edge at the back."""
        return self.x + self.solid.width / 2 + self.solid.deep[0], self.y

    def along(self, text: str) -> Iterator[Words]:
        """Places for words along its lower edge that goes into the paper, the best first."""
        dx, dy = self.solid.deep
        long = max(hypot(dx, dy), 1e-9)
        for away in _AWAY:
            x, y = self.front[1] + dy / long * away, self.low + dx / long * away
            for share in (0.5, 0.3, 0.7) if width(text, SMALL) < long else ():
                at = x + dx * share, y - dy * share
                yield Words(at, text, SMALL, INK, slant=self.solid.slope)
            yield Words((x, y), text, SMALL, INK, "start", slant=self.solid.slope)


class Solid:
    """Slices that touch, each in the middle of the side of the one before.

    Args:
        rising: whether it stands in a U: arrows come from below, so that words stand above, and
            what is put beside other maps as a copy comes first.
    """

    def __init__(
        self, run: Sequence[Maps], selected: Selected, scale: solids.Scale, *, rising: bool = False
    ) -> None:
        self.run, self.selected, self.scale, self.rising = run, selected, scale, rising
        self.slices: list[_Slice] = []
        self.sides: dict[Link, Point] = {}
        self.tops: dict[Maps, Point] = {}
        self.end = 0.0
        """How far right the middle of the last slice's side is, of the depth the half."""
        self.copied = next(iter(self._copies(run)), None) if rising else None
        """What is put beside others as a copy, if that comes first."""
        if self.copied is not None:
            self._copy(self.copied.head, self.copied)
        for number, maps in enumerate(run):
            self._add(maps, run[number - 1] if number else None)

    def _copies(self, run: Sequence[Maps]) -> Iterator[Link]:
        """What the first concatenation in a solid puts beside the maps before it."""
        for before, maps in pairwise(run):
            if maps.stacking:
                yield from (k for k in self.selected.into[maps] if k.tail is not before)
                return

    def _add(self, maps: Maps, before: Maps | None) -> None:
        if maps.stacking and before is not None:
            for link in self.selected.into[maps]:
                if link.tail is not before and link is not self.copied:
                    self._copy(maps, link)
        elif maps.stacking and (shares := self._shares(maps)):
            for count, paint in shares:
                self._slice(maps, (count, *maps.shape[1:]), paint, "")
        else:
            times = min(maps.box.times, MOST)
            said = words.channels([maps])
            for _ in range(times):
                self._slice(maps, maps.shape, paint_of(maps, self.selected), said)
        for node in maps.box.nodes():
            if words.chooses(node):
                self._slice(maps, maps.shape, Paint("activation"), "", solids.THIN)
                break
        self.tops[maps] = self.slices[-1].top

    def _copy(self, maps: Maps, link: Link) -> None:
        count = link.arrow.value.output[0]
        paint = Paint(self.selected.kinds[link.tail], "paper", 0.6)
        self._slice(maps, (count, *maps.shape[1:]), paint, str(count))
        self.sides[link] = self.slices[-1].top

    def _shares(self, maps: Maps) -> list[tuple[int, Paint]]:
        """What is put side by side, by channels; nothing where that is too much to be seen."""
        into = self.selected.into[maps]
        if not 1 < len(into) <= _SEVERAL:
            return []
        counts = (link.arrow.value.output[0] for link in into)
        paints = (paint_of(link.tail, self.selected) for link in into)
        return list(zip(counts, paints, strict=True))

    def _slice(
        self, maps: Maps, shape: tuple[int, ...], paint: Paint, said: str, thin: float = 1.0
    ) -> None:
        solid = solids.solid(shape, self.scale)
        if paint.role == "pooling":  # what samples maps, and makes none
            thin, said = solids.THIN, said if len(self.run) == 1 else ""
        like = self.slices[0].solid if self.slices else solid
        if abs(solid.height / like.height - 1) > _BORDER:
            like = solid  # else no more than a border is lost, which would look like jitter
        solid = solids.Solid(solid.width * thin, like.height, like.deep)
        x = self.end - solid.deep[0] / 2
        self.slices.append(_Slice(maps, solid, x, paint, said))
        self.end += solid.width

    @property
    def foot(self) -> Point:
        """The middle of the lower edge of what is no copy, at its front."""
        first = self.slices[1 if self.copied is not None else 0]
        return (first.front[0] + first.front[1]) / 2, first.low

    def faces(self) -> Iterator[Polygon]:
        """A lit top and a side in shadow, so that a box is seen as one."""
        for each in self.slices:
            front, top, side = (tuple(f) for f in solids.faces(each.solid, each.x, each.y))
            paint, dashed = each.paint, each.maps.train_only
            if paint.other:  # what is copied
                shades = (paint, paint, paint)
            else:
                shades = (Paint(paint.role, "line", 0.25), Paint(paint.role, "paper", 0.45), paint)
            for face, shade in zip((side, top, front), shades, strict=True):
                yield Polygon(face, shade, LINE, PEN, dashed)

    @cached_property
    def outline(self) -> tuple[Convex, ...]:
        """What it covers, in convex pieces: one for all slices in a row with equal sides."""
        pieces = []
        for _, equal in groupby(self.slices, lambda each: (each.solid.height, each.solid.deep)):
            first, *_, last = [*equal] * 2
            whole = replace(first.solid, width=last.front[1] - first.x)
            pieces.append(solids.silhouette(whole, first.x, first.y))
        return tuple(pieces)

    @property
    def least(self) -> Point:
        """How long it is on its axis, and how high it is, without words."""
        left, right = reach(self.outline)
        return right - left, max(each.solid.extent[1] for each in self.slices)

    # --- words ----------------------------------------------------------------------------

    def counts(self, *, each_by_itself: bool) -> Iterator[Words]:
        """Channels under each slice, or under several that have as many; or above them."""
        low = max(each.low for each in self.slices) + NEAR + 0.75 * LARGE
        aside = 0.0
        if self.rising:
            low = min(each.y for each in self.slices) - NEAR
            aside = self.slices[0].solid.deep[0]
        groups: list[tuple[str, float, float]] = []
        for each in self.slices:
            if not each.said:
                continue
            left, right = each.front
            if groups and groups[-1][0] == each.said and not each_by_itself:
                groups[-1] = each.said, groups[-1][1], right
            else:
                groups.append((each.said, left, right))
        spans = [(a + b - w, a + b + w) for said, a, b in groups for w in [width(said, LARGE) + 2]]
        if any(one[1] > other[0] for one, other in pairwise(spans)):
            texts = dict.fromkeys(said for said, _, _ in groups)
            groups = [(", ".join(texts), groups[0][1], groups[-1][2])]
        for said, left, right in groups:
            beyond = max(width(said, LARGE) - (right - left) - 2 * NEAR, 0.0) / 2
            at = ((left + right) / 2 - beyond * (not self.rising) + aside, low)
            yield Words(at, shown(said), LARGE, INK)

    @property
    def roomy(self) -> bool:
        """Whether each of its slices is as wide as its channels are written."""
        said = [each for each in self.slices if each.said]
        return len(said) < 2 or all(
            width(each.said, LARGE) + _SPACE <= each.solid.width for each in said
        )

    def size(self, others: Sequence[Words]) -> Words:
        """The resolution along the edge that goes into the paper, where nothing is in its way.

        Where it shrinks from slice to slice by a border, it is that of the last.
        """
        said = [n for n, each in enumerate(self.slices) if each.said] or [len(self.slices) - 1]
        text = words.size(self.slices[said[-1]].maps.shape, whole=self.run[0].source)
        edges = self.slices[said[-1] :]
        return self._free((at for each in edges for at in each.along(text)), others)

    def last_size(self, others: Sequence[Words]) -> Words:
        """That of the last slice, along its own edge."""
        last = self.slices[-1]
        return self._free(last.along(words.size(last.maps.shape, whole=False)), others)

    def _free(self, places: Iterable[Words], others: Sequence[Words]) -> Words:
        """The first of some places where nothing is in the way, or the last."""
        taken = [*self.outline, *map(_around, others)]
        for place in places:
            outline = place.outline
            if not any(meet(outline, shape) for shape in taken):
                break
        return place


def _around(words: Words) -> Convex:
    """The outline of words with the room about them that sets them apart from others."""
    by, outline = 1 + 2 * _SPACE / max(width(words.text, words.size), 1.0), words.outline
    x, y = (sum(side) / len(outline) for side in zip(*outline, strict=True))
    return tuple((x + (a - x) * by, y + (b - y) * by) for a, b in outline)


_BORDER = 0.08
"""Slices whose sides differ by less are drawn with those of the first."""
_SPACE = 4.0
"""Between the channels of two slices."""
_SEVERAL = 12
"""From more operands than these a concatenation is no longer drawn as its parts."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is written at a solid, besides its channels.

    Attributes:
        stages: the names of the parts that it holds as a whole.
        named: of each of its maps, these, if what makes them is to be said.
        notes: lines for each of its maps.
        told: whether its resolution is to be seen already.
        sampled: whether that of its last slice, which samples maps, is to be said.
    """

    stages: Sequence[str]
    named: Sequence[Sequence[Maps]]
    notes: Sequence[Sequence[str]]
    told: bool = False
    sampled: bool = False


def volumes(solid: Solid, said: Said, *, each_by_itself: bool) -> Cell:
    """Slices that touch, with their channels below and their resolution along the edge.

    Args:
        each_by_itself: whether channels are written at each slice, and not once for several.
    """
    run = solid.run
    drawn: list[Item] = [*solid.faces()]
    vector = len(run[0].shape) < 2
    left, right = min(s.x for s in solid.slices), max(s.right for s in solid.slices)
    low = max(s.low for s in solid.slices)
    named = [each for each in solid.slices if each.said] or solid.slices
    front = min(each.front[0] for each in named), max(each.front[1] for each in named)
    written = list(solid.counts(each_by_itself=each_by_itself))
    room = max(front[1] - front[0], words.COLUMN)
    lines = list(_lines(run, said, room))
    middle, y = (front[0] + front[1]) / 2, low + NEAR + LARGE + 2
    if solid.rising:
        middle += solid.slices[0].solid.deep[0]
        y = min(s.y for s in solid.slices) - NEAR - LARGE - 1 - len(lines) * LEADING * SMALL
    for line, paint in lines:
        y += SMALL * LEADING
        written.append(Words((middle, y - 0.3 * SMALL), shown(line), SMALL, paint))
    if not vector and not said.told:
        written.append(solid.size(written))
    if said.sampled:
        written.append(solid.last_size(written))
    drawn += written
    shift, half = -(left + right) / 2, ((right - left) / 2, low)
    moved = Picture(tuple(drawn)).moved(shift, 0.0).items
    return Cell(
        run,
        moved,
        half,
        outline=tuple(tuple((x + shift, y) for x, y in piece) for piece in solid.outline),
        tops={maps: (x + shift, y) for maps, (x, y) in solid.tops.items()},
        sides={link: (x + shift, y) for link, (x, y) in solid.sides.items()},
        copied=solid.copied,
        foot=(solid.foot[0] + shift, solid.foot[1]) if solid.rising else None,
    )


def _lines(run: Sequence[Maps], said: Said, room: float) -> Iterator[tuple[str, Paint]]:
    """What stands below a solid: its stage's name, what makes it, and what that costs."""
    if said.stages:
        yield from ((line, INK) for line in words.wrapped(", ".join(said.stages), room))
    named = [[maps for maps in some if not (maps.stacking and len(run) > 1)] for some in said.named]
    if not any(said.notes):
        lines = words.names(list(chain(*named)), MOST, room)
        yield from ((line, FAINT) for line in lines if line not in said.stages)
        return
    for some, more in zip(named, said.notes, strict=True):  # notes stand below the name
        yield from ((line, FAINT) for line in (*words.names(some, MOST, room), *more))
