"""What stands in a place of a picture; a joint, and a stack of planes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from archspec.backends.volumes import words
from archspec.drawing import solids
from archspec.drawing.called import spanned
from archspec.drawing.geometry import Corners, Point
from archspec.drawing.maps import Link, Maps, Selected
from archspec.drawing.marks import SIGNS
from archspec.drawing.measure import width
from archspec.drawing.paint import FAINT, INK, LINE, Paint
from archspec.drawing.picture import Item, Line, Oval, Picture, Polygon, Words
from archspec.drawing.words import shown
from archspec.graph import Node

LARGE = SMALL = 10.0
LEADING = 1.2
MOST = 4
"""So many equals in a row are drawn one by one."""

PEN = 0.8
RADIUS = 7.0
"""Of a joint."""

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
        sides: where such ways come to what is put beside other maps.
    """

    run: Sequence[Maps]
    items: tuple[Item, ...]
    half: Point
    above: bool = False
    below: bool = False
    outline: tuple[Convex, ...] = ()
    tops: Mapping[Maps, Point] = field(default_factory=dict)
    sides: Mapping[Link, Point] = field(default_factory=dict)

    @cached_property
    def box(self) -> Corners:
        """The corners, words included."""
        return Picture(self.items).box

    @property
    def covered(self) -> tuple[Convex, ...]:
        """What shapes cover, in convex pieces."""
        (x, y) = self.half
        return self.outline or (((-x, -y), (x, -y), (x, y), (-x, y)),)

    @property
    def crowded(self) -> bool:
        """Whether joints on top of it lie on one another."""
        places = sorted(at[0] for maps, at in self.tops.items() if maps.joint)
        return any(b - a < 2 * RADIUS + 3 for a, b in pairwise(places))

    @property
    def below_left(self) -> float:
        """How far it and the words below it reach to the left."""
        below = (i.left for i in self.items if isinstance(i, Words) and i.at[1] > self.half[1])
        return min([-self.half[0], *below])


def joint(maps: Maps, notes: Sequence[str]) -> Cell:
    """A sign in a circle, two bars for what is put side by side; a word in an oval."""
    text = words.joint(maps)
    drawn: list[Item]
    if maps.stacking:
        radii = (RADIUS, RADIUS)
        drawn = [ring((0.0, 0.0), maps)]
        drawn += (Line(((x, -4.0), (x, 4.0)), LINE) for x in (-2.0, 2.0))
    elif text in SIGNS.values():
        radii = (RADIUS, RADIUS)
        drawn = [ring((0.0, 0.0), maps), *sign((0.0, 0.0), text)]
    else:
        radii = (width(text, SMALL) / 2 + 9, RADIUS + 2)
        drawn = [Oval((0, 0), radii, Paint("merge"), LINE, dashed=maps.train_only)]
        drawn.append(Words((0, 0.35 * SMALL), text, SMALL, INK))
    lines = [f"× {maps.box.times}"] * (maps.box.times > 1) + list(notes)
    drawn += below(radii[1], [(line, SMALL, FAINT) for line in lines])
    return Cell([maps], tuple(drawn), radii, above=True, below=not lines)


def ring(middle: Point, maps: Maps) -> Oval:
    """The circle of a joint."""
    return Oval(middle, (RADIUS, RADIUS), Paint("merge"), LINE, dashed=maps.train_only)


def sign(middle: Point, text: str) -> Iterator[Line]:
    """The strokes of a sum, a difference or a product."""
    (x, y), arm, aslant = middle, 0.55 * RADIUS, 0.4 * RADIUS
    flat, up = ((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))
    falling = ((x - aslant, y - aslant), (x + aslant, y + aslant))
    rising = ((x - aslant, y + aslant), (x + aslant, y - aslant))
    strokes = {"+": (flat, up), "−": (flat,), "×": (falling, rising)}
    return (Line(ends, LINE, 1.2) for ends in strokes[text])


def paint_of(maps: Maps, selected: Selected) -> Paint:
    """The colour of maps."""
    return Paint("ground2" if maps.source else selected.kinds[maps])


# --- planes -------------------------------------------------------------------------------


def planes(
    run: Sequence[Maps], selected: Selected, notes: Sequence[str], scale: solids.Scale
) -> Cell:
    """Squares one behind the other; over them their name, their number and their size.

    Args:
        run: equals in a row, for which one stack stands.
    """
    maps = run[0]
    stack = solids.stack(maps.shape, scale)
    across, high = stack.extent
    drawn: list[Item] = []
    for index in range(stack.count):
        shift = stack.plane(index)
        left, top = shift - across / 2, shift - high / 2
        right, low = left + stack.width, top + stack.height
        corners = ((left, top), (right, top), (right, low), (left, low))
        drawn.append(Polygon(corners, paint_of(maps, selected), LINE, PEN, maps.train_only))
    part = maps.box.part
    named = isinstance(part, Node) and not maps.source and not maps.stacking
    names = [part.id or ""] if isinstance(part, Node) and named else words.names([maps])
    if named and len(run) > 1:
        names = [spanned(names[0], run[-1].box.run[-1][0].path.split(".")[-1])] if names[0] else []
    times = sum(one.box.times for one in run)
    many = f" × {times}" if times > 1 and (named or len(run) > 1) else ""
    lines = [(line, SMALL, FAINT) for line in words.all_shown(names)]
    lines.append((words.at(maps.shape) + many, LARGE, INK))
    drawn += _above(high / 2, lines)
    drawn += below(high / 2, [(line, SMALL, FAINT) for line in notes])
    return Cell(run, tuple(drawn), (across / 2, high / 2))


def below(half: float, lines: Sequence[tuple[str, float, Paint]]) -> Iterator[Words]:
    """Lines of words, from so far below the axis on."""
    y = half + NEAR
    for text, size, paint in lines:
        y += size * LEADING
        yield Words((0, y - 0.35 * size), shown(text), size, paint)


def _above(half: float, lines: Sequence[tuple[str, float, Paint]]) -> Iterator[Words]:
    y = -half - NEAR
    for text, size, paint in reversed(lines):
        yield Words((0, y), shown(text), size, paint)
        y -= size * LEADING
