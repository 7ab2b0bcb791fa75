"""Graph -> a U: a row for each resolution, down on the left, up on the right, copies between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from archspec.backends.base import Unfit
from archspec.backends.strips.beneath import beneath, under
from archspec.backends.strips.cells import RISE, SIZE, THICK
from archspec.backends.strips.clear import is_clear
from archspec.backends.strips.levels import BOTTOM, DOWN, UP, Levels, Place, levels
from archspec.backends.strips.meanings import Meanings
from archspec.backends.strips.parts import inset
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.runs import Run, runs
from archspec.backends.strips.slide import Form, Slide, formed, slide, tiny
from archspec.backends.strips.spread import spread, valley
from archspec.backends.strips.standing import Look, Part, part
from archspec.backends.strips.steps import copied, thick
from archspec.backends.strips.topology import Topology
from archspec.backends.strips.within import Insides
from archspec.figures.detail import Level, Repeat
from archspec.figures.geometry import Point, around
from archspec.figures.legends import with_meanings
from archspec.figures.lines import Arrows
from archspec.figures.options import Options
from archspec.figures.paint import FAINT, INK
from archspec.figures.picture import MARGIN, Item, Picture, Words, corners
from archspec.figures.slides import legible, told
from archspec.ir.graph import Graph

_LEAST, _MOST = 22.0, 46.0
"""Between rows, where there is no room for more, and where there is."""
_CLOSE = 13.0
_LOOKS = ((Look(), _LEAST), (Look(sizes=False), _LEAST), (Look(beside=True), _CLOSE))
"""How boxes look, and what is between rows: the next where there is no room; of heads the last."""
_LINE, _TITLE, _BETWEEN = 12.0, 24.0, 20.0


class U(Form):
    """A network as a U, its blocks opened below it.

    Args:
        room: width and height of what there is room for.
        plain: whether blocks with branches are not to be opened.

    Attributes:
        known: what is drawn, by the room between rows.

    Raises:
        Unfit: where there is no clean U.
    """

    called = "a U"

    def __init__(self, plan: Plan, room: Point, *, plain: bool = False) -> None:
        self.plan, self.room = plan, room
        found = levels(plan.whole)
        if found is None or (plain and plan.options.level == "layer" and found.branches):
            raise Unfit
        self.found = found
        self.meanings = Meanings(plan, found)
        self.at = {number: place for place, own in found.parts.items() for number in own}
        self.rows = sorted({place.row for place in found.parts})
        best = 0.0, dict[Place, Part](), _LEAST, dict[float, Picture]()
        for look, least in _LOOKS if plan.whole.named else _LOOKS[:2]:
            self.parts, self.least, self.known = self._stood(look), least, dict[float, Picture]()
            fit = self._fit(self._whole(least, ())) if self._is_clear() else 0.0
            best = max(best, (fit, self.parts, least, self.known), key=lambda each: each[0])
            if fit >= 1:
                break
        fit, self.parts, self.least, self.known = best
        if not fit:
            raise Unfit

    # --- where everything is ------------------------------------------------------------------

    def _stood(self, look: Look) -> dict[Place, Part]:
        """The parts from left to right."""
        found = self.found
        parts = {place: part(self.plan, found, place, look) for place in found.parts}
        parts = _levelled(found, parts)
        bottom = next(place for place in parts if place.side == BOTTOM)
        if len(found.parts[bottom]) == 1:  # as wide as arrows down to it and up from it ask for
            look = replace(look, wide=valley(found, parts))
            parts[bottom] = part(self.plan, found, bottom, look)
        return spread(found, parts, self.room[0])

    def _axes(self, gap: float) -> dict[int, float]:
        """The height of each row."""
        found: dict[int, float] = {}
        y = 0.0
        for row in self.rows:
            top, low = self._reach(row)
            found[row] = y - top
            y += low - top + gap
        return found

    def _reach(self, row: int) -> tuple[float, float]:
        """How far a row reaches above its axis and below it."""
        reaches = [one.reach for place, one in self.parts.items() if place.row == row]
        return min(top for top, _ in reaches), max(low for _, low in reaches)

    def drawn(self, gap: float) -> Picture:
        """The U, with so much between its rows."""
        if gap not in self.known:
            parts, found = self._standing(gap)
            boxes = (item for one in parts.values() for item in one.items)
            self.known[gap] = Picture((*self._arrows(found), *boxes, *self._names(parts)))
        return self.known[gap]

    def _standing(self, gap: float) -> tuple[dict[Place, Part], list[Run]]:
        """The parts at their heights, and all arrows."""
        axes = self._axes(gap)
        parts = {place: one.moved(0.0, axes[place.row]) for place, one in self.parts.items()}
        between = {row: axes[row] + self._reach(row)[0] - gap / 2 for row in self.rows}
        return parts, list(runs(self.found, parts, between))

    def _is_clear(self) -> bool:
        """Whether nothing lies on anything, with the least between rows."""
        parts, found = self._standing(self.least)
        touches = {number: box for one in parts.values() for number, box in one.touches.items()}
        said = [item for item in self.drawn(self.least).items if isinstance(item, Words)]
        return is_clear(found, touches, map(corners, said))

    def _names(self, parts: dict[Place, Part]) -> Iterator[Words]:
        """The names of what is opened at the top, outside of the U, at its finest level."""
        beside: dict[Place, list[str]] = {}
        for name, first, last in self.plan.stages:
            numbers = [number for number in range(first, last + 1) if number in self.at]
            sides = {self.at[number].side for number in numbers}
            if not numbers or len(sides) == 3:
                continue
            place = min((self.at[number] for number in numbers), key=lambda place: place.row)
            if place.row == self.rows[0]:
                boxes = [parts[place].touches[n] for n in numbers if self.at[n] == place]
                (left, _), (right, _) = around(corner for box in boxes for corner in box)
                at = (left + right) / 2, parts[place].box[0][1] - 5
                yield Words(at, name, SIZE, INK, since=self._since(numbers))
            else:
                beside.setdefault(place, []).append(name)
        for place, names in beside.items():
            (left, top), (right, low) = parts[place].box
            text, middle = ", ".join(names), (top + low) / 2 + RISE * SIZE
            since = self._since(self.found.parts[place])
            if place.side == BOTTOM:
                yield Words(((left + right) / 2, low + _LINE), text, SIZE, INK, since=since)
            elif place.side == UP:
                yield Words((right + 6, middle), text, SIZE, INK, "start", since=since)
            else:
                yield Words((left - 6, middle), text, SIZE, INK, "end", since=since)

    def _since(self, numbers: Sequence[int]) -> int:
        """The step with which the first of some boxes comes."""
        return min(self.plan.steps.of[number] for number in numbers)

    def _arrows(self, found: Sequence[Run]) -> Iterator[Item]:
        across, arrows, joining = copied(), Arrows(4.0, THICK), self.plan.steps.joining
        for by in (across, arrows):
            runs = [run for run in found if (run.kind == "copy") == (by is across)]
            by.expect((run.points for run in runs), (joining(run.edge) for run in runs))
        for run in found:
            by = across if run.kind == "copy" else arrows
            yield from self._drawn(run, by, joining(run.edge))

    def _drawn(self, run: Run, by: Arrows, since: int) -> Iterator[Item]:
        """An arrow, and what is said at it, there from a step on."""
        if run.step is not None and run.thick:
            shape = thick(run.points, self.meanings.fill(run.step))
            said = _beside(run, self.meanings.beside(run.step))
            yield from Picture((shape, *said)).since(since).items
            return
        yield from by.along(run.points, self.plan.whole.wires.get(run.edge, False), since)
        if run.kind == "copy" and (text := self.meanings.along(run.edge)):
            (x0, y), (x1, _) = run.points[:2]
            yield Words(((x0 + x1) / 2, y - 5), text, SIZE, FAINT, since=since)

    # --- the form -----------------------------------------------------------------------------

    def inset(self, inner: Topology, name: str, *, in_a_line: bool = False) -> Picture:
        """A block, opened."""
        return inset(inner, name, self.plan.noted, in_a_line=in_a_line)

    def together(self, insets: Sequence[Picture]) -> Picture:
        """The U, what its arrows mean, and opened blocks below; its rows as far apart as fits."""
        gap = self.least
        picture = self._whole(gap, insets)
        (_, top), (_, low) = picture.box
        spare = (self.room[1] - (low - top)) / max(len(self.rows) - 1, 1)
        if spare > 0:
            picture = self._whole(min(gap + spare, _MOST), insets)
        return picture

    def _whole(self, gap: float, insets: Sequence[Picture]) -> Picture:
        picture = self.drawn(gap)
        below = self._below(picture, insets)
        beside = self._in_the_corner(picture, insets) if insets else below
        drawn = (self.plan.whole.maps[n] for own in self.found.parts.values() for n in own)
        picture = max(below, beside, key=self._fit)
        return with_meanings(picture, self.plan.boxes(drawn), self.plan.options)

    def _fit(self, picture: Picture) -> float:
        """How much larger it may be."""
        (left, top), (right, low) = picture.box
        return min(self.room[0] / (right - left), self.room[1] / (low - top))

    def _below(self, picture: Picture, insets: Sequence[Picture]) -> Picture:
        """With its key, and opened blocks in rows below that."""
        return beneath(self._with_key(picture), insets)

    def _in_the_corner(self, picture: Picture, insets: Sequence[Picture]) -> Picture:
        """With opened blocks in the corner on the right, upon one another, and its key below."""
        _, (_, low) = picture.box
        items = list(picture.items)
        y = low
        for one in reversed(insets):
            (left, top), (_, end) = one.box
            y -= end - top
            near = [corners(item) for item in picture.items]
            edge = max(box[1][0] for box in near if box[1][1] > y - _BETWEEN)
            items += one.moved(edge + _BETWEEN - left, y - top).items
            y -= _BETWEEN
        return self._with_key(Picture(tuple(items), picture.axis))

    def _with_key(self, picture: Picture) -> Picture:
        (left, _), (right, _) = picture.box
        key = self.meanings.key(right - left)
        return under(picture, key) if key.items else picture


def _levelled(made: Levels, parts: dict[Place, Part]) -> dict[Place, Part]:
    """The parts, those of the way up so high that what is copied at their ends runs straight."""
    found = dict(parts)
    for place, one in parts.items():
        if place.side != UP or not one.into:
            continue
        out = parts[Place(DOWN, place.row)].out
        merge, last = made.ends[place][0], made.ends[Place(DOWN, place.row)][1]
        edge = max(one.into, key=lambda edge: (edge == (last, merge), edge[1] == merge))
        found[place] = one.moved(0.0, out[edge[0]][-1][1] - one.into[edge][0][1])
    return found


def _beside(run: Run, lines: Sequence[str]) -> Iterator[Words]:
    """What is said beside a thick arrow."""
    x, y = run.words
    for number, line in enumerate(lines):
        height = y + (number - (len(lines) - 1) / 2) * _LINE + RISE * SIZE
        yield Words((x, height), line, SIZE, FAINT, run.anchor)


_SHOWN: tuple[tuple[bool, Level, Repeat], ...] = (
    (True, "layer", "equal"),
    (True, "block", "equal"),
    (False, "block", "equal"),
    (False, "block", "alike"),
    (False, "stage", "alike"),
)
"""Whether blocks are small pictures, what is folded, and what is drawn once."""


def slide_in_a_u(plans: Iterable[Plan], options: Options, room: Point) -> Slide:
    """What is shown of a network in a U: all layers where there is room for them.

    Args:
        plans: what may be shown, from the most to the least.
        room: width and height that there is, in pixels.

    Raises:
        Unfit: where there is no clean U.
    """
    least = legible(options)
    scale = least / SIZE
    wide, high = room[0] / scale - 2 * MARGIN, room[1] / scale - 2 * MARGIN - _TITLE
    form = partial(U, room=(wide, high), plain=not told(options))
    return slide(formed(plans, form), room, least)


def plans_in_a_u(graph: Graph, options: Options) -> Iterator[Plan]:
    """What may be shown in a U, from the most to the least."""
    options, insides = replace(options, shapes=None), Insides()  # boxes say how large maps are
    if told(options):
        for small in tiny(options):
            plan = Plan(graph, options, tiny_blocks=small, in_a_u=True, insides=insides)
            plan.opened = len(tiny(options)) > 1
            yield plan
        return
    for small, level, repeat in _SHOWN:
        chosen = repeat if options.repeat == "equal" else options.repeat
        shown = replace(options, level=level, repeat=chosen)
        yield Plan(graph, shown, tiny_blocks=small, in_a_u=True, insides=insides)
