"""A part with all its words: boxes of one width in a column, and where its columns stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from archspec.backends.strips import words
from archspec.backends.strips.captions import named_bar, training_only
from archspec.backends.strips.cells import (
    NOTHING,
    Cell,
    entrance,
    given,
    level,
    merge,
    plain,
    stepped,
)
from archspec.backends.strips.composed import Spacing, composed
from archspec.backends.strips.frames import frames, residual_functions, roomy
from archspec.backends.strips.grounds import flush, grounds
from archspec.backends.strips.parallel import reading
from archspec.backends.strips.paths import cardinality, paths
from archspec.backends.strips.topology import Topology
from archspec.figures import columns
from archspec.figures.buildup import BuildUp
from archspec.figures.geometry import Point
from archspec.figures.maps import Maps
from archspec.figures.picture import ALWAYS, Picture
from archspec.figures.words import shape_words

_GAP, _WIDE = 16.0, 20.0
"""Between columns, and between those of a part by itself, where arrows fork beside each other."""

Costs = Callable[[Maps], Sequence[str]]
"""What boxes cost, in lines."""
Key = tuple[object, ...]
"""What columns of two parts have in common that are alike."""

_Drawn = tuple[Picture, list[Point], list[Cell]]
"""What is drawn, where the middles of cells are in it, and the cells."""


class Worded:
    """A block with its words, and arrows to what lies beyond its ends.

    Args:
        notes: what is said below, box by box.
        upwards: whether it goes from bottom to top, and not from left to right.
        entrances: whether it is said what comes in, and what leaves it has an arrow, always.
        in_a_line: whether what goes with a layer stands in one line with it.
        steps: with which each of its boxes comes, if not all at once.

    Attributes:
        framed: residual functions, which have a frame.
        column: of each cell; those that goes upwards are rows.
    """

    def __init__(
        self,
        inner: Topology,
        notes: Costs,
        upwards: bool = False,
        *,
        entrances: bool = False,
        in_a_line: bool = False,
        steps: Sequence[int] = (),
    ) -> None:
        self.inner, self.notes, self.upwards, self.entrances = inner, notes, upwards, entrances
        self.in_a_line = in_a_line
        self.framed = residual_functions(inner)
        count = len(inner.maps)
        leaving = inner.ends if entrances else _leaving(inner)
        of = steps or [ALWAYS] * count
        self.steps = [*of, *(of[end] for end in leaving)]
        ends = {(end, count + n): end in inner.for_losses for n, end in enumerate(leaving)}
        self.wires = inner.wires | ends
        self.leaving = BuildUp(self.steps, ()).leaving(self.wires)
        self.last = range(count, count + len(ends))
        self.end = self.last[-1] if ends else inner.end
        first = () if entrances else inner.sources
        self.column = columns.columns(count + len(ends), list(self.wires), self.last, first)

    @cached_property
    def widths(self) -> list[float]:
        """How wide a box is in each column, so that all there are of one width; upwards, in all."""
        widths = [0.0] * (max(self.column, default=0) + 1)
        for number, maps in enumerate(self.inner.maps):
            if self._is_box(maps):
                column = self.column[number]
                widths[column] = max(widths[column], 2 * self._level(maps).half[0])
        return [max(widths)] * len(widths) if self.upwards else widths

    @cached_property
    def keys(self) -> list[Key]:
        """What stands in each column on the longest way; nothing where that ends before."""
        keys: list[Key] = [()] * (max(self.column, default=0) + 1)
        (way, *_) = columns.paths(self.column, list(self.wires), self.end)
        for number in way:
            if number in self.last:
                keys[self.column[number]] = ("end",)
                continue
            maps = self.inner.maps[number]
            keys[self.column[number]] = (maps.source, maps.joint, maps.stacking, maps.kind)
        return keys

    def stops(self, widths: Sequence[float]) -> list[float]:
        """Where the columns stand when their boxes are so wide, from where the first begins."""
        _, middles, _ = self._composed(widths)
        found = dict.fromkeys(range(len(widths)), 0.0)
        found |= {
            column: -y if self.upwards else x
            for column, (x, y) in zip(self.column, middles, strict=True)
        }
        return [found[column] for column in range(len(widths))]

    @property
    def picture(self) -> Picture:
        """What is drawn."""
        return self._drawn[0]

    def placed(self, widths: Sequence[float], stops: Sequence[float]) -> Picture:
        """The same with boxes so wide in each column, and with columns where they are to stand."""
        return self._composed(widths, stops)[0]

    @property
    def under(self) -> int:
        """How many of the first things drawn are grounds, under all others."""
        _, middles, cells = self._drawn
        return sum(1 for _ in grounds(self.inner, cells, middles, 0.0))

    @property
    def entries(self) -> list[Point]:
        """Where values come in; one that a single box reads, where arrows touch that."""
        _, middles, cells = self._drawn
        if sources := self.inner.sources:
            return [middles[number] for number in sources]
        (x, y), half = middles[0], cells[0].half
        return [(x, y + half[1]) if self.upwards else (x - half[0], y)]

    @property
    def exit(self) -> Point:
        """Where the value of the last box leaves it."""
        assert self.end is not None
        _, middles, cells = self._drawn
        (x, y), half = middles[self.end], cells[self.end].half
        return (x, y - half[1]) if self.upwards else (x + half[0], y)

    @cached_property
    def _drawn(self) -> _Drawn:
        return self._composed(self.widths)

    def _composed(self, widths: Sequence[float], stops: Sequence[float] = ()) -> _Drawn:
        cells = self._cells(widths)
        at = [stops[column] for column in self.column] if stops else ()
        gap = _WIDE if self.entrances and not self.upwards else _GAP
        spacing = Spacing(gap, stops=at, centred=self.entrances)
        picture, middles = composed(cells, self.wires, self.end, spacing, self.last, self.upwards)
        around = frames(cells, middles, self.framed, picture, self.upwards)
        if around is None:
            self.framed = []
            return self._composed(widths, stops)
        items = (*grounds(self.inner, cells, middles, 4.0), *around, *picture.items)
        column = self.upwards and all(x == 0.0 for x, _ in middles)
        level = self.entrances and not self.upwards and self.inner.maps[0].source
        axis = middles[0][1] if level else 0.0  # so that parts are side by side where they begin
        return Picture(items, axis, 0.0 if column else None), middles, cells

    def _cells(self, widths: Sequence[float]) -> list[Cell]:
        inner = self.inner
        cells = [
            self._cell(maps, widths[column])
            for maps, column in zip(inner.maps, self.column, strict=False)
        ]
        if self.entrances:
            for number in inner.sources_of_arcs:
                cells[number] = given([words.entrance(inner.maps[number])])
        cells = roomy(cells, map(inner.note, inner.maps), self.framed, self.upwards, self.leaving)
        cells = flush(inner, training_only(inner, cells) if self.entrances else cells)
        leaving = map(self._exit, inner.ends[: len(self.last)])
        return stepped([*reading(cells, inner.times), *leaving], self.steps)

    def _exit(self, end: int) -> Cell:
        """What a value leads to that leaves: its names, or its size.

        Of a vector that a network gives neither is said, if it is the only value.
        """
        inner = self.inner
        if self.entrances and (names := inner.called(end)):
            return plain(", ".join(names))
        shape = inner.given(inner.maps[end])
        said = self.entrances and not (inner.whole and len(shape) == 1)
        return plain(shape_words(shape)) if said else NOTHING

    def _cell(self, maps: Maps, across: float) -> Cell:
        if maps.source:
            if self.entrances:
                return plain(words.entrance(maps))
            return entrance(self.upwards, alone=len(self.inner.sources) == 1)
        if cardinality(maps) > 1:
            return paths(maps, self.upwards, self.notes(maps))
        if self._is_box(maps):
            return self._level(maps, across)
        return named_bar(merge(maps, upwards=self.upwards), maps)

    def _level(self, maps: Maps, across: float = 0.0) -> Cell:
        said = words.level(maps)
        return level(
            [*([", ".join(said)] if self.in_a_line else said), *self.notes(maps)], maps, across
        )

    @staticmethod
    def _is_box(maps: Maps) -> bool:
        """Whether it is a box with words, and neither a value, a joint, a bar nor several paths."""
        return not (maps.source or maps.signed) and cardinality(maps) <= 1


def _leaving(inner: Topology) -> list[int]:
    """The boxes whose values need an arrow to lead out; one at the end of all needs none."""
    last = len(inner.maps) - 1
    return [] if inner.ends == [last] else inner.ends
