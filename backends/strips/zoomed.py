"""Graph -> levels side by side: network, stage and block, each opened from the one to its left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from archspec.backends.strips import words
from archspec.backends.strips.cells import (
    ASIDE,
    LEADING,
    NOTHING,
    SIZE,
    THICK,
    Cell,
    given,
    level,
    merge,
    plain,
    tiny,
)
from archspec.backends.strips.composed import Spacing, composed
from archspec.backends.strips.descent import Level, descent
from archspec.backends.strips.frames import frames, residual_functions, roomy
from archspec.backends.strips.grounds import grounds
from archspec.backends.strips.parallel import reading
from archspec.backends.strips.touching import runs, stood
from archspec.figures.geometry import Corners, Point
from archspec.figures.legends import with_meanings
from archspec.figures.maps import Maps, maker
from archspec.figures.measure import width
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.paint import INK, LINE, Paint
from archspec.figures.picture import Item, Line, Picture, Polygon, Words, titled
from archspec.figures.slides import LEGIBLE, legible, pixels
from archspec.figures.words import shape_words
from archspec.ir.graph import Graph, Node

_MARGIN = 10.0
_ROOM, _FILLED = 280.0, 0.6
"""What many boxes without words have together, and how much of it they fill."""
_MANY = 14
"""Boxes upon one another, from which on those that are alike need no words."""
_BETWEEN, _NEARER, _FURTHEST = 34.0, 24.0, 84.0
"""Between panels; where there is little room; and the most, where a page is wider."""
_COMFORTABLE = 20.0 / LEGIBLE
"""So many times as large as must be words are no easier to read."""
_WORTH = 0.93
"""So much smaller words may be so that sizes are said."""
_SAME = 0.999


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


@dataclass(frozen=True, slots=True)
class _Close:
    """How close things stand.

    Attributes:
        gap: between boxes.
        touching: in so many of the levels layers that follow one another touch.
        padding: above the words of a box, and below.
        between: panels.
        small: whether boxes that say what the opened one of many says have no words.
        flat: whether boxes have their words in one line: those of parts, or all.
        sizes: whether the sizes of what leaves parts of the network are said.
    """

    gap: float
    touching: int = 0
    padding: float = 3.0
    between: float = _BETWEEN
    small: bool = False
    flat: Literal["none", "parts", "all"] = "none"
    sizes: bool = False


class Levels:
    """The levels of a network, as panels from left to right."""

    close = _Close(16.0)

    def __init__(self, graph: Graph, options: Options, room: Point) -> None:
        self.options, self.room = options, room
        self.levels = descent(graph, options)
        self.notes = Notes(graph, options.annotate)

    @property
    def steps(self) -> list[str]:
        """What the levels are called, each of which comes with a step."""
        return [_name(one) for one in self.levels]

    def said(self) -> Iterator[tuple[str, int]]:
        """What each box is called, level by level, and the step with which it comes."""
        for step, one in enumerate(self.levels, 1):
            numbers = range(len(one.shown.maps))
            yield from ((", ".join(self._lines(one, n)), step) for n in numbers)

    def picture(self) -> Picture:
        """The levels, as close as they must stand for words to be large; panels fill the page."""
        count, enough = len(self.levels), legible(self.options)
        best: tuple[float, Picture, _Close] | None = None
        for close in (
            _Close(16.0, sizes=True),
            _Close(11.0, sizes=True),
            _Close(11.0),
            _Close(16.0, count - 1),
            _Close(10.0, count - 1),
            _Close(8.0, count),
            _Close(10.0, count - 1, between=_NEARER),
            _Close(7.0, count, 2.2, _NEARER),
            _Close(7.0, count, 2.2, _NEARER, small=True),
        ):
            if best is not None and best[0] >= enough * (1 if close.touching else _COMFORTABLE):
                break
            for flat in ("none", "parts", "all"):
                self.close = replace(close, flat=flat)
                picture = self._drawn()
                size = self._size(picture)
                kept = best is not None and best[2].sizes > close.sizes and best[0] >= enough
                if best is None or size > best[0] / (_WORTH if kept else 1):
                    best = size, picture, self.close
        assert best is not None
        return self._spread(*best)

    def _spread(self, size: float, picture: Picture, close: _Close) -> Picture:
        """The same with panels further apart, as far as words stay as large."""
        _, _, wide, high = titled(picture, "title").outline()
        free = max(high * self.room[0] / self.room[1] - wide, 0.0) / max(len(self.levels) - 1, 1)
        self.close = replace(close, between=min(close.between + free, _FURTHEST))
        wider = self._drawn()
        return wider if self._size(wider) >= size * _SAME else picture

    def _size(self, picture: Picture) -> float:
        """How high the least words are, in pixels."""
        return pixels(picture, self.room)

    def _drawn(self) -> Picture:
        """The panels, with dashed lines from what is opened to the panel that opens it."""
        items: list[Item] = []
        left = 0.0
        before: tuple[Corners, float] | None = None
        for number, one in enumerate(self.levels):
            panel, step = self._panel(one, number), number + 1
            (start, top), (end, low) = panel.ground
            shift = left - start
            if before is not None:
                ((_, upper), (right, lower)), moved = before
                for y, edge in ((upper, top), (lower, low)):
                    ends = (right + moved, y), (left, edge)
                    items.append(Line(ends, LINE, THICK, dashed=True, since=step))
            items += panel.picture.moved(shift, 0.0).since(step).items
            left += end - start + self.close.between
            before = (panel.opened, shift) if panel.opened is not None else None
        shown = (maps for one in self.levels for maps in one.shown.maps)
        return with_meanings(Picture(tuple(items)), shown, self.options)

    def _panel(self, one: Level, number: int, *, framing: bool = True) -> _Panel:
        maps, ends = one.shown.maps, one.shown.ends
        across = max([60.0, *(self._length(one, n) for n in range(len(maps)))])
        apart = number >= self.close.touching
        groups = [[n] for n in range(len(maps))] if apart else runs(one.shown)
        alone = {group[0] for group in groups if len(group) == 1}
        cells = [self._cell(one, n, across, n in alone) for n in range(len(maps))]
        wordless = set(self._wordless(one))
        pitch = _ROOM / max(len(wordless), 1)
        for box in wordless:
            cells[box] = tiny(maps[box], upwards=True, slim=_FILLED * pitch / 3.8)
        for box in one.shown.sources_of_arcs:
            cells[box] = given(self._lines(one, box))
        boxes, count = stood(reading(cells, one.shown.times), groups), len(groups)
        wires = boxes.wires(one.shown.wires)
        wires |= {(boxes.place[end], count + n): False for n, end in enumerate(ends)}
        said = (self._said(one, group[-1]) for group in groups)
        framed = residual_functions(one.shown) if framing and apart else []
        standing = roomy(boxes.cells, said, framed, upwards=True)
        standing += [self._end(maps[end], number) for end in ends]
        inner, places = composed(
            standing,
            wires,
            count + len(ends) - 1,
            Spacing((1 - _FILLED) * pitch if wordless else self.close.gap),
            last=range(count, len(standing)),
            upwards=True,
        )
        around = frames(standing, places, framed, inner, upwards=True)
        if around is None:
            return self._panel(one, number, framing=False)
        middles = boxes.middles(places)
        inner = Picture((*grounds(one.shown, cells, middles, 4.0), *around, *inner.items))
        foot = inner.box[1][1]
        opened = None
        if one.opened is not None:
            x, y = middles[one.opened]
            wide, high = cells[one.opened].half
            opened = (x - wide, y - foot - high), (x + wide, y - foot + high)
        return _on_ground(inner.moved(0.0, -foot), _name(one), opened)

    def _wordless(self, one: Level) -> Iterator[int]:
        """The boxes that are like the opened one, where these are many."""
        if not self.close.small or one.opened is None or one.shown.length <= _MANY:
            return
        said = self._lines(one, one.opened)
        for number, maps in enumerate(one.shown.maps):
            if number != one.opened and not maps.source and self._lines(one, number) == said:
                yield number

    def _lines(self, one: Level, number: int) -> list[str]:
        """What is written in a box: what it is, what it holds or what is fused into it, costs."""
        maps = one.shown.maps[number]
        if maps.source:
            return [shape_words(maps.shape)]
        lines = words.level(maps)
        part = maker(maps)
        if not isinstance(part, Node):
            name = words.named(maps, words.part(part)) + words.repeated(maps)
            unlike = [one.unlike[number]] if number in one.unlike else []
            lines = [name, *words.inner_blocks(part), *unlike]
            lines += words.weights(maps)
        notes = ", ".join(self.notes.of(maps.box))
        lines += [notes] if notes else []
        joint = ", " if isinstance(part, Node) or number in one.unlike else ": "
        if self.close.flat == "all" or (self.close.flat == "parts" and not isinstance(part, Node)):
            return [joint.join(lines)]
        return lines

    def _length(self, one: Level, number: int) -> float:
        maps = one.shown.maps[number]
        if maps.source or maps.signed:
            return 0.0
        longest = max(width(line, SIZE) for line in self._lines(one, number)) + 12
        # what is said above a box is no wider, so that lines from its corners cross none of it
        said = self._said(one, number) if one.opened is not None else None
        return longest if said is None else max(longest, 2 * (width(said, SIZE) + 1.5 * ASIDE))

    def _said(self, one: Level, number: int) -> str | None:
        """What is written beside the arrow that leaves a box.

        Of parts of the network it is the size of what leaves them, where there is room for it.
        """
        maps = one.shown.maps[number]
        sized = self.close.sizes and maps.folded and one is self.levels[0]
        return one.shown.note(maps) or (shape_words(maps.shape) if sized else None)

    def _cell(self, one: Level, number: int, across: float, alone: bool) -> Cell:
        maps = one.shown.maps[number]
        if maps.source:
            return plain(words.entrance(maps))
        if maps.signed:
            return merge(maps, upwards=True)
        lines, padding = self._lines(one, number), self.close.padding
        return level(lines, maps, across, doubled=alone, padding=padding)

    def _end(self, maps: Maps, number: int) -> Cell:
        """What leaves: of a part its shape, of the network nothing is said."""
        return plain(shape_words(maps.shape)) if number else NOTHING


def _name(one: Level) -> str:
    """What a level is called."""
    return words.part(one.instance) if one.instance.path else "network"


def _on_ground(inner: Picture, name: str, opened: Corners | None) -> _Panel:
    """A panel of what stands on the height 0."""
    (left, top), (right, _) = inner.box
    middle = (left + right) / 2
    half = max((right - left) / 2 + _MARGIN, width(name, SIZE + 2) / 2)
    ground = (a, b), (c, d) = (middle - half, top - _MARGIN / 2), (middle + half, _MARGIN)
    shape = Polygon(((a, b), (c, b), (c, d), (a, d)), Paint("ground2"))
    said = Words((middle, d + LEADING * SIZE + 3), name, SIZE + 2, INK)
    return _Panel(Picture((shape, *inner.items, said)), ground, opened)
