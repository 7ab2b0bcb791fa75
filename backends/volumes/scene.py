"""Graph -> picture of its feature maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple

from archspec.backends.volumes import cells, words
from archspec.backends.volumes.cells import LEADING, SMALL, THICK, Cell
from archspec.backends.volumes.line import ARROW, SHORT, Across, Laid, Tag
from archspec.backends.volumes.patches import Ray, rays
from archspec.backends.volumes.rowed import Cut, cut
from archspec.backends.volumes.slices import Said, Solid, volumes
from archspec.backends.volumes.spine import spine
from archspec.backends.volumes.stages import brackets, stages
from archspec.backends.volumes.telling import Telling
from archspec.backends.volumes.touching import Run, Touching
from archspec.backends.volumes.ways import Ways, along
from archspec.figures import solids
from archspec.figures.bands import Slot
from archspec.figures.buildup import built_up
from archspec.figures.columns import Edge, columns
from archspec.figures.direction import chosen_direction
from archspec.figures.figure import Figure
from archspec.figures.geometry import Corners, Point, around
from archspec.figures.legends import with_legend
from archspec.figures.lines import Arrows
from archspec.figures.maps import Link, Maps, Selected
from archspec.figures.measure import width
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.paint import FAINT, INK
from archspec.figures.picture import Item, Picture, Words, corners
from archspec.figures.ways import GAP, Placed, lay_out
from archspec.ir.graph import Graph

_ROW = 12.0
"""Between the axis of a row in a U and what is in the next one."""

_RISE = 16.0
"""What leads up in a U, at the least."""
_AWAY, _APART = 5.0, 12.0
"""Between a cell and the words on the way to it, and between such words."""
_NARROW = 46.0
"""Words on arches, where there is little room."""
_RAYS, _NEAREST = 22.0, 0.75
"""Between planes, where one sees what a kernel does; how much nearer than usual others may be."""


class Measures(NamedTuple):
    """How large a picture is.

    Attributes:
        wide: its width.
        up, down: how far it reaches above its axis, and below.
        clear: whether nothing lies on what stands above a line.
    """

    wide: float
    up: float
    down: float
    clear: bool


class Scene:
    """What a picture shows, and where it stands at a scale.

    Args:
        brief: whether what stands on arches has narrow boxes, and of planes equals in a row
            are one.
        lined: whether it may be a line with arches.

    Attributes:
        runs: the maps that touch, for each cell.
        spine: the line that the picture is, with arches; None where it is laid out in bands.
        asked: what was asked for, where less is shown.
        scale: how large things are drawn.
        lines: in how many rows what goes from left to right goes on.
        each: whether channels are written at each slice: in a picture in one manner.
    """

    def __init__(
        self, graph: Graph, options: Options, *, brief: bool = False, lined: bool = True
    ) -> None:
        self.graph, self.options, self.asked = graph, options, options
        self.flat, self.brief = options.style == "planes", brief
        self.in_a_u = chosen_direction(graph, options) == "U"
        self.figure = Figure(graph, replace(options, fuse=True), framed=False)
        self.selected = Selected(self.figure)
        self.fitting = solids.fitting(maps.shape for maps in self.selected.maps)
        self.scale, self.lines = self.fitting, 1
        self._measured: dict[tuple[solids.Scale, int], Measures] = {}
        self.spine = spine(self.selected, self._end()) if lined and not self.flat else None
        touching = Touching(self.selected, self.spine, in_a_u=self.in_a_u)
        if self.flat:
            self.runs: list[Run] = [[maps] for maps in self.selected.maps]
            if brief:
                self.runs = touching.lumps()
        else:
            self.runs = touching.runs()
        self.rows = touching.rows(self.runs) if self.in_a_u else [0] * len(self.runs)
        self.number = {maps: n for n, run in enumerate(self.runs) for maps in run}
        self.since, self.steps = built_up(self.selected, in_a_u=self.in_a_u)
        together = set(chain(*map(pairwise, self.runs)))
        links = self.selected.links  # all but those between neighbours in a solid have arrows
        self.shown = [link for link in links if (link.tail, link.head) not in together]
        costs = Notes(graph, options.annotate)
        self.telling = Telling(self.selected, self.spine, self.runs, costs, rising=self.rising)
        self.each = True
        in_line = self.spine is not None and not self.in_a_u
        everything = graph.instances
        self.brackets = list(stages(self.runs, everything)) if in_line else []
        bracketed = [name for name, _, _ in self.brackets]
        self.told = [self.telling.said(run, bracketed) for run in self.runs]

    def _comes(self, maps: Maps) -> int:
        """The step with which maps are there, or the solid that they are a slice of."""
        number = self.number.get(maps)
        return self.since[maps] if number is None else self.cells[number].since

    def _end(self) -> Maps | None:
        main = [o.node for o in self.figure.outputs if not o.train_only]
        return self.selected.of[self.figure.box_of[main[-1]]] if main else None

    def at(self, scale: solids.Scale, lines: int = 1) -> Scene:
        """The same at another scale, in so many rows."""
        other = object.__new__(Scene)
        kept = {k: v for k, v in self.__dict__.items() if k not in _AT_A_SCALE}
        other.__dict__.update(kept, scale=scale, lines=lines)
        return other

    @cached_property
    def solids(self) -> list[Solid | None]:
        """The slices at each place; None for joints and planes."""
        jointed = [run[0].joint or self.flat for run in self.runs]
        return [
            None if other else Solid(run, self.selected, self.scale, rising=self.rising)
            for run, other in zip(self.runs, jointed, strict=True)
        ]

    @cached_property
    def least(self) -> Point:
        """Width and height that it has at the least, which are known before it is laid out."""
        if self.flat:
            shapes = (run[0].shape for run in self.runs if not run[0].joint)
            return 0.0, max(solids.stack(shape, self.scale).extent[1] for shape in shapes)
        joint = 2 * cells.RADIUS, 0.0
        made = [joint if one is None else one.least for one in self.solids]
        wides, highs = zip(*made, strict=True)
        arrows = (SHORT if one is None else ARROW for one in self.solids[1:])
        return 0.0 if self.spine is None else sum(wides) + sum(arrows), max(highs)

    @cached_property
    def cells(self) -> list[Cell]:
        """What stands at each place."""
        self.each = all(one.roomy for one in self.solids if one is not None)
        made = map(self._cell, self.runs, self.solids, self.told)
        return [replace(cell, since=self.since[cell.run[0]]) for cell in made]

    @property
    def rising(self) -> bool:
        """Whether it is a U in which what leads up comes to solids from below."""
        return self.in_a_u and self.spine is not None

    def _cell(self, run: Run, solid: Solid | None, said: Said) -> Cell:
        if solid is not None:
            return volumes(solid, said, each_by_itself=self.each)
        if run[0].joint:
            return cells.joint(run[0], said.notes[0], self._over(run[0]))
        return cells.planes(run, self.selected, list(chain(*said.notes)), self.scale, self._roof)

    @property
    def _roof(self) -> float:
        """How far planes reach above the axis, where all stand in one line."""
        return self.least[1] / 2 if self.chain and self.lines == 1 else 0.0

    def _over(self, joint: Maps) -> list[Link]:
        """What comes to a joint past others, the shortest way first: they nest."""
        arches = [] if self.spine is None or self.in_a_u else self.spine.arches
        ways = [arch for arch in arches if arch.head is joint]
        ways.sort(key=lambda arch: -self.number[arch.tail])
        return [arch.links[-1] for arch in ways]

    @cached_property
    def tags(self) -> dict[Maps, Tag]:
        """What stands on arches."""
        arches = self.spine.arches if self.spine is not None else []
        return {maps: self._tag(maps, arch.head) for arch in arches for maps in arch.tags}

    def _tag(self, maps: Maps, head: Maps | None) -> Tag:
        said = words.tag(maps, head)
        lines = words.wrapped(said, _NARROW) if self.brief else [said]
        return Tag(maps, tuple(words.all_shown([*lines, *self.telling.notes(maps)])))

    # --- places ---------------------------------------------------------------------------

    @cached_property
    def laid(self) -> Laid:
        """Where everything stands."""
        if self.spine is not None:
            drops = self._drops() if self.in_a_u else None
            laid = Across(self.cells, self.spine, self.shown, self.tags, drops).lay()
            laid.said += brackets(self.brackets, self.cells, laid.middles)
            return laid
        placed = self.placed()
        ways = {self._edges[edge]: way for edge, way in placed.ways.items()}
        return Laid(placed.middles, ways)

    @property
    def measures(self) -> Measures:
        """How large it is at its scale, found once for all that are like it."""
        at = self.scale, self.lines
        if at not in self._measured:
            (left, top), (right, low) = self.box
            axis = self.laid.middles[0][1]
            clear = self.spine is None or self.laid.clear(self.tags)
            self._measured[at] = Measures(right - left, axis - top, low - axis, clear)
        return self._measured[at]

    @cached_property
    def _edges(self) -> dict[Edge, Link]:
        return {(self.number[k.tail], self.number[k.head]): k for k in self.shown}

    @cached_property
    def column(self) -> list[int]:
        return columns(len(self.runs), list(self._edges))

    @property
    def length(self) -> int:
        """How many things stand in a row."""
        return max(self.column, default=0) + 1 if self.spine is None else len(self.runs)

    @cached_property
    def chain(self) -> bool:
        """Whether each cell reads the one before, and no other."""
        return len(self._edges) == max(self.column, default=0) == len(self.runs) - 1

    def placed(self) -> Placed:
        """All cells in bands, from left to right; in rows by resolution where it is a U."""
        drops = self._drops() if self.in_a_u else [0.0] * len(self.cells)
        slots = []
        for i, (cell, drop) in enumerate(zip(self.cells, drops, strict=True)):
            (left, top), (right, low) = cell.box
            if i in self.approach:
                (words_left, _), (_, words_low) = Picture(self.approach[i]).box
                low = max(low, words_low)
                if i not in self.ways.beneath:
                    room = _AWAY - GAP if self.chain else _AWAY  # in a chain the gap is free
                    left = min(left, words_left - room)
            if self.flat:
                left, right = left - self._short(i), right + self._short(i)
                below = (self.approach.get(head, ()) for head in self.ways.below(i))
                low = max([low, *(Picture(said).box[1][1] for said in below)])
            half = cell.reach[1], cell.half[1]
            slots.append(Slot(-left, right, -top, low, half, cell.above, cell.below, drop))
        end, edges = self._end(), list(self._edges)
        number = None if end is None else self.number[end]
        if self.lines > 1:
            return Cut(slots, edges, self.column, self.line, number, self._gap).placed()
        return lay_out(slots, edges, number, self._gap)

    @cached_property
    def line(self) -> list[int]:
        """The row of each cell, where it goes on in rows."""
        wides = [0.0] * (max(self.column, default=0) + 1)
        for cell, column in zip(self.cells, self.column, strict=True):
            (left, _), (right, _) = cell.box
            wides[column] = max(wides[column], right - left + self._gap)
        found = cut(self.column, list(self._edges), wides, self.lines)
        return found if found is not None else [0] * len(self.cells)

    @cached_property
    def ways(self) -> Ways:
        """What is said on the ways to cells."""
        return Ways(self._edges, self.column, flat=self.flat, brief=self.brief)

    @property
    def _gap(self) -> float:
        near = min(self.scale.thickness, 1.0) if self.flat else 1.0
        return _RAYS * near if self.flat and self.chain else GAP * max(near, _NEAREST)

    def _short(self, number: int) -> float:
        """How much wider on either side a cell is, so that words on ways have room below it."""
        around = [self.ways.told[head] for head in self.ways.below(number)]
        wides = [max((width(line, SMALL) for line in lines), default=0.0) for lines in around]
        (left, _), (right, _) = self.cells[number].box
        return max(sum(wides) / 2 + _APART - self._gap - (right - left), 0.0) / 2

    @cached_property
    def approach(self) -> Mapping[int, tuple[Words, ...]]:
        """What is said on the way to each cell of bands, as seen from its middle."""
        return dict(self._approaches()) if self.spine is None else {}

    def _approaches(self) -> Iterator[tuple[int, tuple[Words, ...]]]:
        before = {head: tail for tail, head in self._edges}
        for head, lines in self.ways.told.items():
            near = self._beside(head) if self.chain else [before[head], head]
            y = max(self.cells[n].box[1][1] for n in near) if self.flat else 0.0
            wide = max((width(line, SMALL) for line in lines), default=0.0)
            x = self.cells[head].below_left - wide / 2 - _AWAY
            if head in self.ways.beneath:
                x = self.cells[head].box[0][0] - self._short(head) - self._gap / 2
            at = ((x, y + (n + 1.3) * LEADING * SMALL) for n in range(len(lines)))
            both = zip(at, lines, strict=True)
            if lines:
                paint = INK if self.flat else FAINT
                yield head, tuple(Words(a, line, SMALL, paint) for a, line in both)

    def _beside(self, number: int) -> list[int]:
        """The cells in one row with another one, and that one."""
        return [n for n, line in enumerate(self.line) if line == self.line[number]]

    def _drops(self) -> list[float]:
        """How low each cell stands: by its row, whose maps are lower than the axis above.

        What comes from below comes from further down than where it leads to.
        """
        low, axes = 0.0, [0.0]
        for row in range(1, max(self.rows, default=0) + 1):
            tops = [c.box[0][1] for c, r in zip(self.cells, self.rows, strict=True) if r == row]
            above = [c.foot for c, r in zip(self.cells, self.rows, strict=True) if r == row - 1]
            foot = max((at[1] + _RISE for at in above if at is not None), default=0.0)
            low += max(_ROW - min(tops, default=0.0), foot)
            axes.append(low)
        return [axes[row] for row in self.rows]

    def said(self) -> Iterator[tuple[str, int]]:
        """What is written at each cell, its lines with commas, and the step it comes with."""
        for i, cell in enumerate(self.cells):
            items = (*self.approach.get(i, ()), *cell.items)
            text = ", ".join(item.text for item in items if isinstance(item, Words))
            yield text, cell.since
        for maps, tag in self.tags.items():
            yield ", ".join(tag.lines), self.since[maps]
        yield from ((name, self.cells[last].since) for name, _, last in self.brackets)

    # --- the picture ----------------------------------------------------------------------

    def picture(self) -> Picture:
        """Arrows, then cells, then what lies on them."""
        laid, arrows = self.laid, Arrows(0.0 if self.spine is None else 4.0, THICK)
        items: list[Item] = []
        over: list[Item] = [*laid.said]
        ways = dict(sorted(laid.ways.items(), key=lambda each: len(each[1]) > 2))
        steps = {link: max(map(self._comes, (link.tail, link.head))) for link in ways}
        arrows.expect(ways.values(), steps.values())
        for link, way in ways.items():
            since = steps[link]
            edge = self.number.get(link.tail, -1), self.number.get(link.head, -1)
            drawn = self._rays(link, edge, laid) if self.flat and len(way) == 2 else None
            if drawn is not None:
                over += Picture(tuple(drawn)).since(since).items
                continue
            dashed = link.tail.train_only or link.head.train_only
            items += arrows.along(way, dashed, since)
            if self.spine is None and self.column[edge[1]] - self.column[edge[0]] > 1:
                said = along(way, words.on_the_way(link), over)
                over += Picture(tuple(said)).since(since).items
        for i, (cell, (x, y)) in enumerate(zip(self.cells, laid.middles, strict=True)):
            near = (*cell.items, *self.approach.get(i, ()))
            items += Picture(near).moved(x, y).since(cell.since).items
        for maps, middle in laid.tags.items():
            items += Picture(tuple(self.tags[maps].items(middle))).since(self.since[maps]).items
        picture = Picture((*items, *over), laid.middles[0][1] if laid.middles else 0.0)
        kinds = {self.selected.kinds[m] for m in self.selected.maps if not m.source}
        return with_legend(picture, kinds, self.options)

    @property
    def box(self) -> Corners:
        """The corners of the picture, as far as the thickness of lines."""
        if self.options.legend:
            return self.picture().box
        points = [point for way in self.laid.ways.values() for point in way]
        for number, (x, y) in enumerate(self.laid.middles):
            cell = self.cells[number]
            boxes = [cell.box, *map(corners, self.approach.get(number, ()))]
            points += [(a + x, b + y) for box in boxes for a, b in box]
        for maps, (x, y) in self.laid.tags.items():
            a, b = self.tags[maps].half
            points += [(x - a, y - b), (x + a, y + b)]
        points += [point for item in self.laid.said for point in corners(item)]
        return around(points or [(0.0, 0.0)])

    def _rays(self, link: Link, edge: Edge, laid: Laid) -> list[Item] | None:
        tail, head = (self.cells[i] for i in edge)
        if tail.above or head.above:
            return None
        ends = laid.middles[edge[0]], tail.half, laid.middles[edge[1]], head.half
        return rays(Ray(link, *ends, self.scale, self.selected))


_AT_A_SCALE = ("scale", "lines", "solids", "least", "cells", "laid", "approach", "line")
