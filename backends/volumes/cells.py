"""What stands in a place of a picture; a joint, and a stack of planes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import cos, pi, sin

from archspec.backends.volumes import words
from archspec.figures import solids
from archspec.figures.called import spanned
from archspec.figures.geometry import Corners, Point
from archspec.figures.maps import Link, Maps, Selected
from archspec.figures.marks import strokes
from archspec.figures.measure import width
from archspec.figures.paint import FAINT, INK, LINE, Paint
from archspec.figures.picture import ALWAYS, Item, Line, Oval, Picture, Polygon, Words
from archspec.figures.words import shown
from archspec.ir.graph import Node

LARGE = SMALL = 10.0
LEADING = 1.2
MOST = 4
"""So many equals in a row are drawn one by one."""

PEN, THICK = 0.9, 1.2
"""Of outlines, and of arrows."""
RADIUS = 8.0
"""Of a joint."""
_CORNERS = 24
_APART, _RIM = 7.0, 4.0
"""Between arrows that come to a joint from above, and from the last one to its side."""

_DOT, _DOTS = 1.1, 0.16
"""The radius of dots, and how far they are apart, of the height of a stack's steps."""
_SEEN = 4.0
"""By how much a step between planes is wider than their outlines, so that their colour is seen."""
NEAR = 5.0
"""Between a shape and the words at it."""

Convex = tuple[Point, ...]


@dataclass(frozen=True)
class Cell:
    """A place in a picture, drawn about the origin.

    Attributes:
        run: the maps it shows.
        half: half the width and the height of what is drawn, without words.
        above, below: whether arrows may come to it from there.
        outline: what shapes cover, in convex pieces; nothing where that is the whole of `half`.
        tops: where ways past others leave maps, or come to them.
        sides: where such ways come to what is added to other maps, or put beside them.
        copied: what comes straight to its left side, where that is a copy of other maps.
        foot: where what comes from below comes to it.
        since: the step with which it comes.
    """

    run: Sequence[Maps]
    items: tuple[Item, ...]
    half: Point
    above: bool = False
    below: bool = False
    outline: tuple[Convex, ...] = ()
    tops: Mapping[Maps, Point] = field(default_factory=dict)
    sides: Mapping[Link, Point] = field(default_factory=dict)
    copied: Link | None = None
    foot: Point | None = None
    since: int = ALWAYS

    @cached_property
    def box(self) -> Corners:
        """The corners, words included."""
        return Picture(self.items).box

    @cached_property
    def covered(self) -> tuple[Convex, ...]:
        """What shapes cover, in convex pieces."""
        (x, y) = self.half
        return self.outline or (((-x, -y), (x, -y), (x, y), (-x, y)),)

    @cached_property
    def written(self) -> tuple[Convex, ...]:
        """What words cover."""
        return tuple(item.outline for item in self.items if isinstance(item, Words))

    @cached_property
    def reach(self) -> Point:
        """How far it reaches on its axis, to the left and to the right."""
        return reach(self.covered)

    @property
    def below_left(self) -> float:
        """How far it and the words below it reach to the left."""
        below = (i.left for i in self.items if isinstance(i, Words) and i.at[1] > self.half[1])
        return min([-self.half[0], *below])


def reach(pieces: Iterable[Convex]) -> Point:
    """From where to where convex pieces lie on the axis, which one of them crosses at the least."""
    found = [
        x0 + (x1 - x0) * (0 - y0) / (y1 - y0)
        for piece in pieces
        for (x0, y0), (x1, y1) in zip(piece, (*piece[1:], piece[0]), strict=True)
        if min(y0, y1) <= 0 <= max(y0, y1) and y0 != y1
    ]
    return min(found), max(found)


def joint(maps: Maps, notes: Sequence[str], over: Sequence[Link] = ()) -> Cell:
    """A sign in a circle, two bars for what is put side by side; a word in an oval.

    Args:
        over: what comes to it past others, from left to right.
    """
    text, signed = words.joint(maps)
    across, high = RADIUS, RADIUS
    drawn: list[Item] = []
    if maps.stacking:
        drawn += (Line(((x, -5.0), (x, 5.0)), LINE, PEN) for x in (-2.5, 2.5))
    elif signed:
        drawn += (Line(ends, LINE, 1.4) for ends in strokes(signed, RADIUS))
    else:
        across, high = width(text, SMALL) / 2 + 9, RADIUS + 2
        drawn.append(Words((0, 0.35 * SMALL), text, SMALL, INK))
    across = max(across, _APART * (len(over) - 1) / 2 + _RIM)
    round_it = Oval((0, 0), (across, high), Paint("merge"), LINE, PEN, maps.train_only)
    lines = [f"× {maps.box.times}"] * (maps.box.times > 1) + list(notes)
    drawn += below(high, [(line, SMALL, FAINT) for line in lines])
    sides = {}
    for number, link in enumerate(over):
        x = (number - (len(over) - 1) / 2) * _APART
        sides[link] = x, -high * (1 - (x / across) ** 2) ** 0.5
    turns = (2 * pi * n / _CORNERS for n in range(_CORNERS))
    outline = (tuple((across * cos(turn), high * sin(turn)) for turn in turns),)
    items, half = (round_it, *drawn), (across, high)
    return Cell([maps], items, half, above=True, below=not lines, outline=outline, sides=sides)


def paint_of(maps: Maps, selected: Selected) -> Paint:
    """The colour of maps."""
    return Paint("ground2" if maps.source else selected.kinds[maps])


# --- planes -------------------------------------------------------------------------------


def planes(
    run: Sequence[Maps],
    selected: Selected,
    notes: Sequence[str],
    scale: solids.Scale,
    roof: float = 0.0,
) -> Cell:
    """Squares one behind the other; over them their name, their number and their size.

    Args:
        run: equals in a row, for which one stack stands.
        roof: how far above the axis words stand at the least, so that those of a row are in line.
    """
    maps = run[0]
    stack = solids.stack(maps.shape, scale)
    across, high = stack.extent
    drawn: list[Item] = []
    thin = min(PEN, stack.plane(1)[0] / _SEEN)
    for index in range(stack.count):
        shift, down = stack.plane(index)
        left, top = shift - across / 2, down - high / 2
        right, low = left + stack.width, top + stack.height
        corners = ((left, top), (right, top), (right, low), (left, low))
        pen = PEN if index == stack.count - 1 else thin
        drawn.append(Polygon(corners, paint_of(maps, selected), LINE, pen, maps.train_only))
    if maps.shape[0] > stack.count > 1:
        drawn += _dots(stack)
    part = maps.box.part
    named = isinstance(part, Node) and not maps.source and not maps.stacking
    names = [part.id or ""] if isinstance(part, Node) and named else words.names([maps])
    if named and len(run) > 1:
        names = [spanned(names[0], run[-1].box.run[-1][0].path.split(".")[-1])] if names[0] else []
    times = sum(one.box.times for one in run)
    many = f" × {times}" if times > 1 and (named or len(run) > 1) else ""
    lines = [(line, SMALL, INK) for line in words.all_shown(names)]
    lines.append((words.at(maps.shape) + many, LARGE, INK))
    drawn += _above(max(high / 2, roof), lines, (stack.width - across) / 2)
    drawn += below(high / 2, [(line, SMALL, FAINT) for line in notes])
    return Cell(run, tuple(drawn), (across / 2, high / 2))


def _dots(stack: solids.Stack) -> Iterator[Oval]:
    """Three dots beside the upper right corners of a stack: there are more maps than squares."""
    across, high = stack.extent
    (x, y), (right, down) = stack.plane(1), stack.plane(stack.count - 1)
    for number in (-1, 0, 1):
        share = 0.5 + number * _DOTS
        at = (right * share + stack.width + 2 * x - across / 2, down * share - y - high / 2)
        yield Oval(at, (_DOT, _DOT), LINE, LINE)


def below(half: float, lines: Sequence[tuple[str, float, Paint]]) -> Iterator[Words]:
    """Lines of words, from so far below the axis on."""
    y = half + NEAR
    for text, size, paint in lines:
        y += size * LEADING
        yield Words((0, y - 0.35 * size), shown(text), size, paint)


def _above(
    half: float, lines: Sequence[tuple[str, float, Paint]], middle: float
) -> Iterator[Words]:
    y = -half - NEAR
    for text, size, paint in reversed(lines):
        yield Words((middle, y), shown(text), size, paint)
        y -= size * LEADING
