"""Graph -> levels side by side: network, stage and block, each opened from the one to its left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archspec.backends.strips import words
from archspec.backends.strips.cells import (
    LEADING,
    NOTHING,
    SIZE,
    THICK,
    Cell,
    given,
    level,
    merge,
    noted,
    plain,
)
from archspec.backends.strips.composed import composed
from archspec.backends.strips.descent import Level, descent
from archspec.backends.strips.grounds import grounds
from archspec.backends.strips.parallel import reading
from archspec.backends.strips.topology import Topology
from archspec.drawing.geometry import Corners, Point
from archspec.drawing.legends import with_legend
from archspec.drawing.maps import Maps, maker
from archspec.drawing.measure import width
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.drawing.paint import INK, LINE, Paint
from archspec.drawing.picture import Item, Line, Picture, Polygon, Words
from archspec.drawing.slides import legible, pixels
from archspec.drawing.words import shape_words
from archspec.graph import Graph, Node

_MARGIN, _BETWEEN = 10.0, 34.0


@dataclass(frozen=True, slots=True)
class _Panel:
    """A level on its ground, its feet at the height 0.

    Attributes:
        ground: its corners.
        opened: the corners of the box that is opened next.
    """

    picture: Picture
    ground: Corners
    opened: Corners | None


class Levels:
    """The levels of a network, as panels from left to right.

    Attributes:
        gap: between boxes.
        touching: in so many of the levels layers that follow one another touch.
    """

    gap = 16.0
    touching = 0

    def __init__(self, graph: Graph, options: Options, room: Point) -> None:
        self.options, self.room = options, room
        self.levels = descent(graph, options)
        self.notes = Notes(graph, options.annotate)

    def said(self) -> Iterator[str]:
        """What each box is called, level by level."""
        for one in self.levels:
            yield from (", ".join(self._lines(maps)) for maps in one.shown.maps)

    def picture(self) -> Picture:
        """The levels, as close as they must stand for words to be legible."""
        count = len(self.levels)
        found: list[Picture] = []
        for self.gap, self.touching in (
            (16.0, 0),
            (11.0, 0),
            (16.0, count - 1),
            (10.0, count - 1),
            (8.0, count),
        ):
            found.append(self._drawn())
            if pixels(found[-1], self.room) >= legible(self.options):
                return found[-1]
        return max(found, key=pixels)

    def _drawn(self) -> Picture:
        """The panels, with dashed lines from what is opened to the panel that opens it."""
        items: list[Item] = []
        left = 0.0
        before: tuple[Corners, float] | None = None
        for number, one in enumerate(self.levels):
            panel = self._panel(one, number)
            (start, top), (end, low) = panel.ground
            shift = left - start
            if before is not None:
                ((_, upper), (right, lower)), moved = before
                for y, edge in ((upper, top), (lower, low)):
                    items.append(Line(((right + moved, y), (left, edge)), LINE, THICK, dashed=True))
            items += panel.picture.moved(shift, 0.0).items
            left += end - start + _BETWEEN
            before = (panel.opened, shift) if panel.opened is not None else None
        picture = Picture(tuple(items))
        if not self.options.legend:
            return picture
        shown = {m.kind for one in self.levels for m in one.shown.maps if not m.source}
        return with_legend(picture, shown, self.options.theme)

    def _panel(self, one: Level, number: int) -> _Panel:
        maps, ends = one.shown.maps, one.shown.ends
        across = max([60.0, *(self._length(each) for each in maps)])
        groups = _runs(one.shown) if number < self.touching else [[n] for n in range(len(maps))]
        alone = {group[0] for group in groups if len(group) == 1}
        cells = [self._cell(each, across, n in alone) for n, each in enumerate(maps)]
        for box in one.shown.sources_of_arcs:
            cells[box] = given(self._lines(maps[box]))
        place = {box: i for i, group in enumerate(groups) for box in group}
        stood = [_upon([cells[box] for box in group]) for group in groups]
        said = (one.shown.note(maps[group[-1]]) for group in groups)
        stood = [noted(cell, text, upwards=True) for cell, text in zip(stood, said, strict=True)]
        times = {(place[tail], place[to]): n for (tail, to), n in one.shown.times.items()}
        stood = reading(stood, times)
        count = len(groups)
        wires = {(place[tail], place[to]): d for (tail, to), d in one.shown.wires.items()}
        wires = {edge: dashed for edge, dashed in wires.items() if edge[0] != edge[1]}
        wires |= {(place[end], count + n): False for n, end in enumerate(ends)}
        stood += [self._end(maps[end], number) for end in ends]
        last = range(count, len(stood))
        inner, middles = composed(
            stood, wires, count + len(ends) - 1, self.gap, last=last, upwards=True
        )
        inner = Picture((*grounds(one.shown, stood, middles, 4.0), *inner.items))
        foot = inner.box[1][1]
        name = words.part(one.instance) if one.instance.path else "network"
        opened = None
        if one.opened is not None:
            x, y = middles[place[one.opened]]
            wide, high = cells[one.opened].half
            opened = (x - wide, y - foot - high), (x + wide, y - foot + high)
        return _on_ground(inner.moved(0.0, -foot), name, opened)

    def _lines(self, maps: Maps) -> list[str]:
        """What is written in a box: what it is, what it holds or what is fused into it, costs."""
        if maps.source:
            return [shape_words(maps.shape)]
        lines = words.level(maps)
        part = maker(maps)
        if not isinstance(part, Node):
            times = f"{maps.box.times} × " if maps.box.times > 1 else ""
            lines = [times + words.part(part), *words.inner_blocks(part)]
        notes = ", ".join(self.notes.of(maps.box))
        return [*lines, *([notes] if notes else [])]

    def _length(self, maps: Maps) -> float:
        if maps.source or maps.signed:
            return 0.0
        return max(width(line, SIZE) for line in self._lines(maps)) + 12

    def _cell(self, maps: Maps, across: float, alone: bool) -> Cell:
        if maps.source:
            return plain(words.entrance(maps))
        if maps.signed:
            return merge(maps, upwards=True)
        return level(self._lines(maps), maps, across, doubled=alone)

    def _end(self, maps: Maps, number: int) -> Cell:
        """What leaves: of a part its shape, of the network nothing is said."""
        return plain(shape_words(maps.shape)) if number else NOTHING


def _runs(one: Topology) -> list[list[int]]:
    """Layers that follow one another, each of which reads the one before alone; others alone."""
    after: list[list[int]] = [[] for _ in one.maps]
    for tail, head in one.wires:
        after[tail].append(head)
    before = one.before
    found: dict[int, list[int]] = {}
    for number, maps in enumerate(one.maps):
        found[number] = [number]
        if _is_layer(maps) and len(before[number]) == 1:
            (tail,) = before[number]
            alone = after[tail] == [number] and one.note(one.maps[tail]) is None
            if alone and tail not in one.ends and _is_layer(one.maps[tail]):
                found[tail].append(number)
                found[number] = found[tail]
    return list({id(run): run for run in found.values()}.values())


def _is_layer(maps: Maps) -> bool:
    return isinstance(maker(maps), Node) and not (maps.source or maps.signed)


def _upon(cells: Sequence[Cell]) -> Cell:
    """Boxes upon one another, the first at the foot, that touch."""
    if len(cells) == 1:
        return cells[0]
    high = sum(cell.half[1] for cell in cells)
    y = high
    items: list[Item] = []
    for cell in cells:
        y -= cell.half[1]
        items += Picture(cell.items).moved(0.0, y).items
        y -= cell.half[1]
    return Cell(tuple(items), (max(cell.half[0] for cell in cells), high))


def _on_ground(inner: Picture, name: str, opened: Corners | None) -> _Panel:
    """A panel of what stands on the height 0."""
    (left, top), (right, _) = inner.box
    middle = (left + right) / 2
    half = max((right - left) / 2 + _MARGIN, width(name, SIZE + 2) / 2)
    ground = (a, b), (c, d) = (middle - half, top - _MARGIN / 2), (middle + half, _MARGIN)
    shape = Polygon(((a, b), (c, b), (c, d), (a, d)), Paint("ground2"))
    said = Words((middle, d + LEADING * SIZE + 3), name, SIZE + 2, INK)
    return _Panel(Picture((shape, *inner.items, said)), ground, opened)
