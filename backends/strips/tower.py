"""Graph -> a tower: boxes with words upon one another, blocks tiny among them, opened beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from archspec.backends.strips import words
from archspec.backends.strips.brackets import Extent, upright_brackets
from archspec.backends.strips.captions import named_bar, training_only
from archspec.backends.strips.cells import (
    LEADING,
    SIZE,
    Cell,
    given,
    level,
    merge,
    noted,
    plain,
    stepped,
)
from archspec.backends.strips.composed import Spacing, composed
from archspec.backends.strips.grounds import grounds
from archspec.backends.strips.groups import groups
from archspec.backends.strips.parts import inset, miniature, with_names
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Form, with_key
from archspec.backends.strips.topology import Topology
from archspec.backends.strips.touching import runs, stood
from archspec.figures.maps import Maps
from archspec.figures.measure import width
from archspec.figures.paint import FAINT, INK, Paint
from archspec.figures.picture import Picture, Polygon, Words

_GAP = 10.0
_SIDE, _OVER = 6.0, 3.0
"""How far the ground of a group reaches beyond its boxes."""
_BETWEEN = 24.0


class Tower(Form):
    """A network from bottom to top, its blocks opened beside it.

    Args:
        close: whether layers that follow one another touch.
    """

    called = "a tower"
    terse = True

    def __init__(self, plan: Plan, *, close: bool = False, sizes: bool = False) -> None:
        self.plan, self.close, self.sizes = plan, close, sizes
        plan.tell_apart()
        boxes = [m for m in plan.whole.maps if plan.tiny(m) is None and not m.source]
        lines = [line for maps in boxes for line in plan.lines(maps)]
        self.across = max([60.0, *(width(line, SIZE) + 14 for line in lines)])

    def sized(self) -> Tower:
        """The same with the size of what leaves each stage."""
        return Tower(self.plan, close=self.close, sizes=True)

    @cached_property
    def line(self) -> Picture:
        """The tower itself; its foot is its axis."""
        maps = self.plan.whole.maps
        drawn = [self._cell(one) for one in maps]
        for number in self.plan.whole.sources_of_arcs:
            drawn[number] = given(words.entrance(maps[number]).split())
        steps = self.plan.steps.of
        drawn = training_only(self.plan.whole, drawn)
        told = plain if self.sizes else None
        cells, wires, end = with_names(self.plan.whole, stepped(drawn, steps), told)
        apart = [[n] for n in range(len(maps), len(cells))]
        boxes = stood(cells, [*self._groups, *apart])
        last = None if end is None else boxes.place[end]
        wires, spacing = boxes.wires(wires), Spacing(_GAP)
        picture, middles = composed(boxes.cells, wires, last, spacing, upwards=True)
        middles = boxes.middles(middles)
        places = [
            (y + cell.box[0][1], y + cell.box[1][1])
            for cell, (_, y) in zip(cells, middles, strict=True)
        ]
        below = [
            *grounds(self.plan.whole, cells, middles, 4.0),
            *self._grouped(cells, places),
        ]
        left = Picture((*below, *picture.items)).box[0][0]
        stages = self.plan.bracketed(sizes=self.sizes)
        beside = upright_brackets(stages, places, left, steps)
        return Picture((*below, *picture.items, *beside), stem=0.0)

    def _grouped(self, cells: Sequence[Cell], places: Sequence[Extent]) -> Iterator[Polygon]:
        """A ground under each group of layers, all of one width."""
        found = groups(self.plan.whole, self.plan.stages)
        boxes = [cells[number].box for group in found for number in group]
        for group in found:
            left, right = min(box[0][0] for box in boxes), max(box[1][0] for box in boxes)
            top, low = places[group[-1]][0], places[group[0]][1]
            (x0, x1), (y0, y1) = (left - _SIDE, right + _SIDE), (top - _OVER, low + _OVER)
            corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
            since = min(cells[number].since for number in group)
            yield Polygon(corners, Paint("ground2"), since=since)

    @cached_property
    def _groups(self) -> list[list[int]]:
        """The boxes that touch."""
        whole = self.plan.whole
        return runs(whole) if self.close else [[n] for n in range(len(whole.maps))]

    @cached_property
    def _touching(self) -> set[Maps]:
        several = (group for group in self._groups if len(group) > 1)
        return {self.plan.whole.maps[n] for group in several for n in group}

    def _cell(self, maps: Maps) -> Cell:
        since = self.plan.leaving[maps]
        return noted(self._plain(maps), self.plan.whole.note(maps), upwards=True, since=since)

    def _plain(self, maps: Maps) -> Cell:
        if maps.source:
            return plain(words.entrance(maps))
        if maps.signed:
            return named_bar(merge(maps, size=1.4, upwards=True), maps)
        block = self.plan.tiny(maps)
        if block is None:
            alone = maps not in self._touching
            cell = level(self.plan.lines(maps), maps, self.across, doubled=alone)
            said: list[str] = []
        else:
            cell = miniature(block[0], maps, upwards=True, narrow=self.plan.narrow)
            said = [block[1], *self.plan.beside(maps)]
        if maps.box.times > 1:
            said[:1] = ["".join([*said[:1], words.repeated(maps)]).strip()]
        _, (right, _) = cell.box
        y = (-(len(said) - 1) / 2 + 0.3) * LEADING * SIZE
        beside = [
            Words(
                (right + 5, y + n * LEADING * SIZE),
                line,
                SIZE,
                INK if block is None else FAINT,
                "start",
            )
            for n, line in enumerate(said)
        ]
        return replace(cell, items=(*cell.items, *beside))

    def inset(self, inner: Topology, name: str, *, in_a_line: bool = False) -> Picture:
        """A block, opened."""
        return inset(inner, name, self.plan.noted, upwards=True, in_a_line=in_a_line)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """All with their feet on one line, which is the picture's axis."""
        picture = with_key(self.line, self.plan)
        items = list(picture.items)
        (left, _), (_, foot) = picture.box
        for one in insets:
            (_, _), (right, low) = one.box
            moved = one.moved(left - _BETWEEN - right, foot - low)
            items[:0] = moved.items
            left = moved.box[0][0]
        return Picture(tuple(items), foot, stem=picture.stem)
