"""Graph -> picture of its feature maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.volumes import cells, words
from archspec.backends.volumes.cells import SMALL, Cell
from archspec.backends.volumes.patches import Ray, rays
from archspec.drawing import solids
from archspec.drawing.bands import GAP, Edge, Placed, Slot, columns, lay_out
from archspec.drawing.direction import chosen_direction
from archspec.drawing.figure import Figure
from archspec.drawing.geometry import Point, overlap
from archspec.drawing.grid import scales
from archspec.drawing.legends import with_legend
from archspec.drawing.lines import Arrows
from archspec.drawing.maps import Link, Maps, Selected, runs
from archspec.drawing.measure import width
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.drawing.paint import FAINT
from archspec.drawing.picture import (
    Item,
    Picture,
    Words,
    corners,
)
from archspec.graph import Graph, Node

_ROW = 26.0
_AWAY = 5.0
"""Between a cell and the words on the way to it."""


class Scene:
    """The cells of a picture, where they stand, and what runs between them."""

    def __init__(self, graph: Graph, options: Options) -> None:
        self.graph, self.options = graph, options
        self.flat = options.style == "planes"
        self.in_a_u = chosen_direction(graph, options) == "U"
        self.figure = Figure(graph, replace(options, fuse=True), framed=False)
        self.selected = Selected(self.figure)
        fitting = solids.fitting(maps.shape for maps in self.selected.maps)
        self.scale = fitting.by(1 / options.theme.font_scale)
        notes = Notes(graph, options.annotate)
        found = runs(self.selected, cells.MOST)
        if self.flat:
            found = [[maps] for run in found for maps in run]
        self.cells = [self._cell(run, notes) for run in found]
        self.number = {maps: i for i, run in enumerate(found) for maps in run}
        self.links: dict[Edge, Link] = {}
        for link in self.selected.links:
            edge = self.number[link.tail], self.number[link.head]
            if edge[0] != edge[1]:
                self.links[edge] = link
        self.column = columns(len(self.cells), list(self.links))
        self.chain = len(self.links) == max(self.column, default=0) == len(self.cells) - 1
        self.approach = dict(self._approaches())

    def _cell(self, run: Sequence[Maps], notes: Notes) -> Cell:
        more = [list(self._notes(maps, notes)) for maps in run]
        if run[0].joint:
            return cells.joint(run[0], more[0])
        if self.flat:
            return cells.planes(run[0], self.selected, more[0], self.scale)
        return cells.volumes(run, self.selected, more, self.scale)

    def _notes(self, maps: Maps, notes: Notes) -> Iterator[str]:
        if len(self.figure.outputs) > 1:
            for output in self.figure.outputs:
                if self.selected.of[self.figure.box_of[output.node]] is maps:
                    training = ", training only" if output.train_only else ""
                    yield from words.wrapped(f"output {output.name}{training}")
        part = maps.box.part
        if maps.joint and isinstance(part, Node) and part.label is not None:
            yield from words.wrapped(part.label)
        yield from notes.of(maps.box)

    # --- places ---------------------------------------------------------------------------

    def placed(self) -> Placed:
        """All cells, from left to right; in rows by resolution where it is a U."""
        drops = self._drops() if self.in_a_u else [0.0] * len(self.cells)
        slots = []
        for i, (cell, drop) in enumerate(zip(self.cells, drops, strict=True)):
            (left, top), (right, low) = cell.box
            if i in self.approach:
                (words_left, _), (_, words_low) = Picture(self.approach[i]).box
                room = _AWAY - GAP if self.chain else _AWAY  # in a chain the gap is free
                left, low = min(left, words_left - room), max(low, words_low)
            slots.append(Slot(-left, right, -top, low, cell.half, cell.above, cell.below, drop))
        main = [o.node for o in self.figure.outputs if not o.train_only]
        end = self.number[self.selected.of[self.figure.box_of[main[-1]]]] if main else None
        return lay_out(slots, list(self.links), end)

    def _approaches(self) -> Iterator[tuple[int, tuple[Words, ...]]]:
        """What is written under the ways to cells that are reached from the column before."""
        tails: dict[int, list[int]] = {}
        for tail, head in self.links:
            tails.setdefault(head, []).append(tail)
        alone = {head: some[0] for head, some in tails.items() if len(some) == 1}
        for head, tail in alone.items():
            link = self.links[tail, head]
            if self.column[head] - self.column[tail] != 1:
                continue
            lines = words.wrapped(words.on_the_way(link))
            if self.flat:
                lines += words.wrapped(words.lecun(link.head))
            lines = words.all_shown(lines)
            near = self.cells if self.chain else (self.cells[tail], self.cells[head])
            y = max(cell.half[1] for cell in near) if self.flat else 0.0
            wide = max((width(line, SMALL) for line in lines), default=0.0)
            x = self.cells[head].below_left - wide / 2 - _AWAY
            at = ((x, y + (n + 1.3) * cells.LEADING * SMALL) for n in range(len(lines)))
            if lines:
                yield head, tuple(map(_faint, at, lines))

    def _drops(self) -> list[float]:
        """How low each cell stands: by its resolution, the finest on top."""
        scale = scales(self.figure)
        known = [scale.get(cell.run[0].box) for cell in self.cells]
        tails = {head: tail for tail, head in reversed(self.links)}
        for i, step in enumerate(known):
            if step is None and i in tails:
                known[i] = known[tails[i]]
        rows = sorted({step for step in known if step is not None})
        drops, low = {}, 0.0
        for n, row in enumerate(rows):
            boxes = [cell.box for cell, step in zip(self.cells, known, strict=True) if step == row]
            if n > 0:
                low += max(-top for (_, top), _ in boxes) + _ROW
            drops[row] = low
            low += max(bottom for _, (_, bottom) in boxes)
        return [drops[step] if step is not None else 0.0 for step in known]

    def said(self) -> Iterator[str]:
        """What is written at each cell, its lines with commas."""
        for i, cell in enumerate(self.cells):
            items = (*self.approach.get(i, ()), *cell.items)
            yield ", ".join(item.text for item in items if isinstance(item, Words))

    # --- the picture ----------------------------------------------------------------------

    def picture(self) -> Picture:
        """Arrows, then cells, then what lies on them."""
        placed, arrows = self.placed(), Arrows()
        items: list[Item] = []
        over: list[Item] = []
        for edge, way in placed.ways.items():
            link = self.links[edge]
            drawn = self._rays(link, edge, placed) if self.flat and len(way) == 2 else None
            if drawn is not None:
                over += drawn
            else:
                items += arrows.along(way, link.tail.train_only or link.head.train_only)
                if self.column[edge[1]] - self.column[edge[0]] > 1:
                    over += _said(way, words.on_the_way(link), over)
        for i, (cell, (x, y)) in enumerate(zip(self.cells, placed.middles, strict=True)):
            items += Picture((*cell.items, *self.approach.get(i, ()))).moved(x, y).items
        picture = Picture((*items, *over), placed.middles[0][1] if placed.middles else 0.0)
        if self.options.legend:
            kinds = {self.selected.kinds[m] for c in self.cells for m in c.run if not m.source}
            picture = with_legend(picture, kinds, self.options.theme)
        return picture

    def _rays(self, link: Link, edge: Edge, placed: Placed) -> list[Item] | None:
        tail, head = (self.cells[i] for i in edge)
        if tail.above or head.above:
            return None
        ends = placed.middles[edge[0]], tail.half, placed.middles[edge[1]], head.half
        return rays(Ray(link, *ends, self.scale))


def _faint(at: Point, text: str) -> Words:
    return Words(at, text, SMALL, FAINT)


def _said(way: Sequence[Point], word: str, others: Sequence[Item]) -> list[Item]:
    """A word on the longest level part of an arrow, if there is room for it.

    Arrows that share a lane may have room for one of their words alone.
    """
    (x0, y), (x1, _) = max(pairwise(way), key=lambda ends: abs(ends[0][0] - ends[1][0]))
    if not word or width(word, SMALL) + 8 > abs(x1 - x0):
        return []
    said = _faint(((x0 + x1) / 2, y - 3), word)
    return [] if any(overlap(corners(said), corners(other)) for other in others) else [said]
