"""Graph -> one strip: narrow boxes in a line, blocks tiny in it, and opened below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from archspec.backends.strips import words
from archspec.backends.strips.beneath import beneath
from archspec.backends.strips.brackets import brackets
from archspec.backends.strips.captions import named_bar, training_only
from archspec.backends.strips.cells import (
    LEADING,
    SIZE,
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
from archspec.backends.strips.grounds import grounds
from archspec.backends.strips.parts import inset, miniature, with_names
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Form, with_key
from archspec.backends.strips.topology import Topology
from archspec.drawing.maps import Maps
from archspec.drawing.measure import width, wrapped
from archspec.drawing.paint import FAINT, INK
from archspec.drawing.picture import Picture, Words
from archspec.drawing.slides import pixels

_GAP, _CAPTION = 10.0, 60.0
"""Between boxes; and as wide a line below a tiny row of many may be, however few these are."""
_STRETCHES = 1.25, 1.5, 1.75


class Strip(Form):
    """A network in one line, its blocks opened below it."""

    called = "a strip"
    terse = True

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
    def line(self) -> Picture:
        """The strip itself; where ways branch, its boxes lie if their words are larger so."""
        maps = self.plan.whole.maps
        cells = [self._cell(one, self.high) for one in maps]
        upright = self._composed(cells)
        beside = [n for n, (_, y) in enumerate(upright.middles[: len(maps)]) if y != 0.0]
        if not beside:
            return self._bracketed(upright)
        for number in beside:  # beside the line, a box is as high as its words ask for
            cells[number] = self._cell(maps[number], self._length(maps[number]))
        lying = [self._cell(one, 0.0) for one in maps]
        return max((self._bracketed(self._composed(each)) for each in (cells, lying)), key=pixels)

    def _composed(self, made: Sequence[Cell]) -> Composed:
        """Cells as a line."""
        maps, cells = self.plan.whole.maps, [*made]
        for number in self.plan.whole.sources_of_arcs:
            cells[number] = _told(given(), [words.entrance(maps[number])])
        steps = self.plan.steps.of
        cells = training_only(self.plan.whole, cells)
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
            cell = _told(
                miniature(block[0], maps, narrow=self.plan.narrow, stretch=self.stretch),
                [block[1], *self.plan.beside(maps)],
                _CAPTION if block[0].slim else 0.0,
            )
        elif high:
            cell = upright(self.plan.lines(maps), high, maps)
        else:
            cell = level(self.plan.lines(maps), maps)
        if maps.box.times == 1:
            return cell
        return _counted(cell, words.repeated(maps).strip())

    def inset(self, inner: Topology, name: str) -> Picture:
        """A block, opened."""
        return inset(inner, name, self.plan.noted)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The strip, and rows of opened blocks below it."""
        return with_key(beneath(self.line, insets), self.plan)


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
