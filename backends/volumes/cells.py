"""What stands in a column: a run of volumes, a stack of planes, a joint; drawn about its middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from archspec.backends.volumes import words
from archspec.drawing import solids
from archspec.drawing.geometry import Corners, Point
from archspec.drawing.maps import Maps, Selected, maker
from archspec.drawing.marks import SIGNS
from archspec.drawing.measure import width
from archspec.drawing.paint import FAINT, INK, LINE, Paint
from archspec.drawing.picture import Item, Oval, Picture, Polygon, Words
from archspec.drawing.words import shown
from archspec.graph import Instance, Node

LARGE, SMALL = 12.0, 10.0
LEADING = 1.2
MOST = 4
"""So many equals in a row are drawn one by one."""

_PEN = 0.8
_JOINT = 10.0
_SEVERAL = 12
"""From more operands than these a concatenation is no longer drawn as its parts."""

_NEAR = 5.0
"""Between a shape and the words at it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's place, drawn about the origin.

    Attributes:
        run: the maps it shows.
        half: half the width and the height of what is drawn, without words.
        above, below: whether arrows may come to it from there.
    """

    run: Sequence[Maps]
    items: tuple[Item, ...]
    half: Point
    above: bool = False
    below: bool = False

    @property
    def box(self) -> Corners:
        """The corners, words included."""
        return Picture(self.items).box

    @property
    def below_left(self) -> float:
        """How far it and the words below it reach to the left."""
        below = (i.left for i in self.items if isinstance(i, Words) and i.at[1] > self.half[1])
        return min([-self.half[0], *below])


def joint(maps: Maps, notes: Sequence[str]) -> Cell:
    """A sign in a circle; a word in an oval."""
    text = words.joint(maps)
    sign = text in SIGNS.values()
    size = 15.0 if sign else SMALL
    radii = (_JOINT, _JOINT) if sign else (width(text, size) / 2 + 9, _JOINT)
    drawn: list[Item] = [
        Oval((0, 0), radii, Paint("merge"), LINE, dashed=maps.train_only),
        Words((0, 0.35 * size), text, size, INK),
    ]
    lines = [f"× {maps.box.times}"] * (maps.box.times > 1) + list(notes)
    drawn += _below(radii[1], [(line, SMALL, FAINT) for line in lines])
    return Cell([maps], tuple(drawn), radii, above=True, below=not lines)


def volumes(
    run: Sequence[Maps],
    selected: Selected,
    notes: Sequence[Sequence[str]],
    scale: solids.Scale,
) -> Cell:
    """Boxes side by side, with their resolution over them and their channels below.

    The resolution is written where it is not that of what is read.

    Args:
        notes: lines for each of the run.
        scale: of the picture.
    """
    makers = [maps for maps in run for _ in range(min(maps.box.times, MOST))]
    boxes = [solids.solid(maps.shape, scale) for maps in makers]
    across, high = sum(box.width for box in boxes) + boxes[-1].deep[0], boxes[-1].extent[1]
    drawn: list[Item] = []
    x = -across / 2
    for maps, box in zip(makers, boxes, strict=True):
        for share, paint in _shares(maps, selected):
            part = solids.Solid(box.width * share, box.height, box.deep)
            drawn += _faces(part, x, -high / 2, paint, maps)
            x += part.width
    into = selected.into[run[0]]
    if not into or any(link.tail.shape[1:] != run[0].shape[1:] for link in into):
        above = words.all_shown([words.resolution(run[0].shape)])
        drawn += _above(high / 2, [(line, SMALL, INK) for line in above])
    named = [[maps] for maps in run] if any(notes) else [run]  # notes stand below the name
    below = (words.names(part, MOST) for part in named)
    texts = chain(*(chain(*pair) for pair in zip_longest(below, notes, fillvalue=())))
    lines = [(line, SMALL, FAINT) for line in texts]
    drawn += _below(high / 2, [(words.channels(run), LARGE, INK), *lines])
    return Cell(run, tuple(drawn), (across / 2, high / 2))


def _shares(maps: Maps, selected: Selected) -> list[tuple[float, Paint]]:
    """The colours along a volume: one, or those of what is put side by side, by channels."""
    into = selected.into[maps]
    if not maps.stacking or not 1 < len(into) <= _SEVERAL:
        return [(1.0, _paint(maps, selected))]
    counts = [link.arrow.value.output[0] for link in into]
    return [
        (count / sum(counts), _paint(link.tail, selected))
        for link, count in zip(into, counts, strict=True)
    ]


def _paint(maps: Maps, selected: Selected) -> Paint:
    return Paint("ground2" if maps.source else selected.kinds[maps])


def _faces(solid: solids.Solid, x: float, y: float, paint: Paint, maps: Maps) -> Iterator[Polygon]:
    """A lit top and a side in shadow, so that a box is seen as one."""
    front, top, side = (tuple(face) for face in solids.faces(solid, x, y))
    thick = 2 * _PEN if isinstance(maker(maps), Instance) else _PEN
    for face, shade in (
        (side, Paint(paint.role, "line", 0.25)),
        (top, Paint(paint.role, "paper", 0.45)),
        (front, paint),
    ):
        yield Polygon(face, shade, LINE, thick, maps.train_only)


def planes(maps: Maps, selected: Selected, notes: Sequence[str], scale: solids.Scale) -> Cell:
    """Squares one behind the other; over them their name, their number and their size."""
    stack = solids.stack(maps.shape, scale)
    across, high = stack.extent
    drawn: list[Item] = []
    for index in range(stack.count):
        shift = stack.plane(index)
        left, top = shift - across / 2, shift - high / 2
        right, low = left + stack.width, top + stack.height
        corners = ((left, top), (right, top), (right, low), (left, low))
        drawn.append(Polygon(corners, _paint(maps, selected), LINE, _PEN, maps.train_only))
    part = maps.box.part
    named = isinstance(part, Node) and not maps.source and not maps.stacking
    names = [part.id or ""] if isinstance(part, Node) and named else words.names([maps])
    many = f" × {maps.box.times}" if named and maps.box.times > 1 else ""
    lines = [(line, SMALL, FAINT) for line in words.all_shown(names)]
    lines.append((words.at(maps.shape) + many, LARGE, INK))
    drawn += _above(high / 2, lines)
    drawn += _below(high / 2, [(line, SMALL, FAINT) for line in notes])
    return Cell([maps], tuple(drawn), (across / 2, high / 2))


def _below(half: float, lines: Sequence[tuple[str, float, Paint]]) -> Iterator[Words]:
    y = half + _NEAR
    for text, size, paint in lines:
        y += size * LEADING
        yield Words((0, y - 0.35 * size), shown(text), size, paint)


def _above(half: float, lines: Sequence[tuple[str, float, Paint]]) -> Iterator[Words]:
    y = -half - _NEAR
    for text, size, paint in reversed(lines):
        yield Words((0, y), shown(text), size, paint)
        y -= size * LEADING
