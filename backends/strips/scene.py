"""Graph -> one strip: narrow boxes in a line, blocks tiny in it, and opened below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from archspec.backends.strips import words
from archspec.backends.strips.beneath import beneath
from archspec.backends.strips.brackets import brackets
from archspec.backends.strips.captions import named_bar, training_only
from archspec.backends.strips.cells import (
    ASIDE,
    LEADING,
    SIZE,
    THICK,
    Cell,
    bare,
    given,
    level,
    merge,
    noted,
    stepped,
    upright,
)
from archspec.backends.strips.composed import Composed, Spacing
from archspec.backends.strips.grounds import flush, grounds
from archspec.backends.strips.parts import inset, miniature, with_names
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Form, with_key
from archspec.backends.strips.topology import Topology
from archspec.figures.geometry import moved, overlap, rounded
from archspec.figures.lines import head
from archspec.figures.maps import Maps
from archspec.figures.measure import width, wrapped
from archspec.figures.paint import FAINT, INK, LINE
from archspec.figures.picture import Line, Picture, Words
from archspec.figures.slides import pixels

_GAP, _CAPTION = 8.5, 60.0
"""Between boxes; and as wide a line below a tiny row of many may be, however few these are."""
_STRETCHES = 1.25, 1.5, 1.75
_BACK, _OVER, _RADIUS = (11.0, 6.0), 7.0, 4.0
"""How far before a box an arrow leads back, and how far behind it begins; how far above it runs."""


class Strip(Form):
    """A network in one line, its blocks opened below it."""

    called = "a strip"
    terse = True
    lower = True

    def __init__(self, plan: Plan, stretch: float = 1.0, *, sizes: bool = False) -> None:
        self.plan, self.stretch, self.sizes = plan, stretch, sizes
        plan.tell_apart()
        long = (self._length(maps) for maps in plan.whole.maps if plan.tiny(maps) is None)
        self.high = max([80.0, *long]) * stretch

    def taller(self) -> Iterator[Strip]:
        """The same with longer and longer boxes."""
        return (Strip(self.plan, stretch, sizes=self.sizes) for stretch in _STRETCHES)

    def sized(self) -> Strip:
        """The same with the size of what leaves each stage."""
        return Strip(self.plan, self.stretch, sizes=True)

    def _length(self, maps: Maps) -> float:
        """How high a box must be for its words."""
        return max(width(line, SIZE) for line in self.plan.lines(maps)) + 14

    @cached_property
    def lines(self) -> list[Picture]:
        """The strip; where ways branch, also with all boxes lying, or those of side branches."""
        maps = self.plan.whole.maps
        cells = [self._cell(one, self.high) for one in maps]
        upright = self._composed(cells)
        beside = [n for n, (_, y) in enumerate(upright.middles[: len(maps)]) if y != 0.0]
        if not beside:
            return [self._bracketed(upright)]
        for number in beside:  # beside the line, a box is as high as its words ask for
            cells[number] = self._cell(maps[number], self._length(maps[number]))
        lying = [self._cell(one, 0.0) for one in maps]
        read = {tail for tail, _ in self.plan.whole.wires}
        found = [self._composed(way) for way in (cells, lying)]
        if ends := [n for n in beside if n not in read]:
            found += self._with_ends_lying(cells, {n: lying[n] for n in ends})
        return [self._bracketed(one) for one in found]

    def _with_ends_lying(
        self, cells: Sequence[Cell], ends: Mapping[int, Cell]
    ) -> Iterator[Composed]:
        """The line with the ends of side branches lying: over the boxes after them, if they can."""
        over = [_over(ends[n]) if n in ends else cell for n, cell in enumerate(cells)]
        one = self._composed(over)
        placed = zip(one.cells, one.middles, strict=True)
        boxes = [moved(cell.box, x, y) for cell, (x, y) in placed]
        if any(overlap(boxes[n], other) for n in ends for i, other in enumerate(boxes) if i != n):
            one = self._composed([ends.get(n, cell) for n, cell in enumerate(cells)])
        yield one

    def _composed(self, made: Sequence[Cell]) -> Composed:
        """Cells as a line."""
        maps, cells = self.plan.whole.maps, [*made]
        for number in self.plan.whole.sources_of_arcs:
            cells[number] = _told(given(), [words.entrance(maps[number])])
        steps = self.plan.steps.of
        cells = flush(self.plan.whole, training_only(self.plan.whole, cells))
        told = (lambda size: bare([size])) if self.sizes else None
        cells, wires, end = with_names(self.plan.whole, stepped(cells, steps), told)
        return Composed(cells, wires, end, Spacing(_GAP))

    def _bracketed(self, line: Composed) -> Picture:
        """A line with its brackets."""
        picture, middles = line.picture, line.middles
        places = [
            (x + cell.box[0][0], x + cell.box[1][0])
            for cell, (x, _) in zip(line.cells, middles, strict=True)
        ]
        stages = self.plan.bracketed(sizes=self.sizes)
        below = brackets(stages, places, picture.box[1][1], self.plan.steps.of)
        under = grounds(self.plan.whole, line.cells, middles, 4.0)
        return Picture((*under, *picture.items, *below))

    def _cell(self, maps: Maps, high: float) -> Cell:
        since = self.plan.leaving[maps]
        return noted(self._plain(maps, high), self.plan.whole.note(maps), since=since)

    def _plain(self, maps: Maps, high: float) -> Cell:
        """What stands in the line; a box that is given no height lies."""
        if maps.source:
            return bare(words.along(maps))
        if maps.signed:
            return named_bar(merge(maps, size=1.4), maps)
        block = self.plan.tiny(maps)
        if block is not None:
            cell = miniature(block[0], maps, narrow=self.plan.narrow, stretch=self.stretch)
            said = [block[1], *self.plan.beside(maps)]
            cell = _told(cell, said, _CAPTION if block[0].slim else 0.0)
            if maps in self.plan.whole.left_early:
                return _left_early(cell, words.repeated(maps).strip())
        elif high:
            cell = upright(self.plan.lines(maps), high, maps)
        elif maps.folded:
            name, *more = self.plan.lines(maps)
            return level([name + words.repeated(maps), *more], maps)
        else:
            cell = level(self.plan.lines(maps), maps)
        if maps.box.times == 1:
            return cell
        return _counted(_looped(cell) if maps.again else cell, words.repeated(maps).strip())

    def inset(self, inner: Topology, name: str, *, in_a_line: bool = False) -> Picture:
        """A block, opened."""
        return inset(inner, name, self.plan.noted, in_a_line=in_a_line)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The strip, and rows of opened blocks below it, with the largest words."""
        ways = (with_key(beneath(line, insets), self.plan) for line in self.lines)
        return max(ways, key=pixels)


def _over(cell: Cell) -> Cell:
    """A lying box that takes no more room along the line than an upright one."""
    x, y = cell.half
    narrow = LEADING * SIZE / 2
    items = Picture(cell.items).moved(x - narrow, 0.0).items
    return replace(cell, items=items, half=(narrow, y), over=2 * (x - narrow))


def _looped(cell: Cell) -> Cell:
    """A cell with an arrow over it, from behind it to before it: what it gives, it reads again."""
    x, (_, top), (_, low) = cell.half[0], *cell.box
    left, right, over = -x - _BACK[0], x + _BACK[1], top - _OVER
    way = (right, 0.0), (right, over), (left, over), (left, 0.0)
    back = Line((*rounded(way, _RADIUS),), LINE, THICK)
    items = (*cell.items, back, head(((right, over), (0.0, over)), THICK))
    return replace(cell, items=items, room=((left, over), (right, low)))


def _left_early(cell: Cell, text: str) -> Cell:
    """A cell with how often it stands for what it is, beside an arrow that leaves at its top."""
    (_, top), _ = cell.box
    size = SIZE + 2
    said = Words((-ASIDE, top - 5.0), text, size, INK, "end")
    over = top - 5.0 - size
    stub = Line(((0.0, top), (0.0, over)), LINE, THICK, dashed=True)
    return replace(cell, items=(*cell.items, said, stub), half=(cell.half[0], -over))


def _counted(cell: Cell, text: str) -> Cell:
    """A cell with how often it stands for what it is above it, in two lines if it is narrow."""
    (left, top), (right, _) = cell.box
    size = SIZE + 2
    fits = width(text, size) <= right - left + _GAP
    lines = [text] if fits else text.replace(", ", ",\n").split("\n")
    above = (
        Words((0.0, top - 5.0 - (len(lines) - 1 - n) * LEADING * size), line, size, INK)
        for n, line in enumerate(lines)
    )
    return replace(cell, items=(*cell.items, *above))


def _told(cell: Cell, said: Sequence[str], least: float = 0.0) -> Cell:
    """A tiny block with what is said of it below, in lines as wide as it is, or as so much."""
    (_, _), (right, low) = cell.box
    across = max(2 * right + _GAP, least)
    parts = [part for text in said for part in text.split(", ")]
    lines = [line for text in parts for line in wrapped(text, SIZE, across)]
    below = (
        Words((0.0, low + (n + 0.95) * LEADING * SIZE), line, SIZE, FAINT)
        for n, line in enumerate(lines)
    )
    return replace(cell, items=(*cell.items, *below))
