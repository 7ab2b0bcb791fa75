"""What stands in a strip, about the origin: boxes with words, joints, tiny boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from archspec.figures.geometry import Corners, Point
from archspec.figures.maps import Maps
from archspec.figures.marks import Stroke, strokes
from archspec.figures.measure import width
from archspec.figures.paint import INK, LINE, PAPER, Paint
from archspec.figures.picture import ALWAYS, Item, Line, Oval, Picture, Polygon, Words
from archspec.ir.graph import Node

SIZE = 10.0
"""Of words."""
LEADING = 1.2
THICK, THIN, FINE = 1.2, 0.8, 0.4
"""Of lines: in a line of boxes, in tiny pictures, and of arcs in these."""
_BOLD = 1.7
"""How much thicker the outlines of folded blocks are, and of what has no weights of its own."""
_CLEAR = 5.0
"""How far beside a value that comes in another one may be."""
ASIDE = 5.0
"""How far beside an upright arrow its words begin."""
RISE = 0.36
"""Of a font's size: how far the middle of a capital is above the baseline."""


@dataclass(frozen=True)
class Cell:
    """What stands in a column.

    Attributes:
        half: from its middle to where arrows touch it, at its sides and above or below.
        open: whether arrows may come to it from above and below.
        bar: the colour of a bar, which is as high as what comes to it; None for what is no bar.
        top: how far above its middle arcs touch it, or left of it where it stands in a tower; as
            far as arrows, if not given.
        ground: the corners of the ground that a small picture of a block stands on.
        room: the corners of what it needs besides, of a frame around it.
        over: how much of it, at its right, may stand over or under the columns after its own.
        noted: whether there are words beside the arrow that leaves it.
        said: what is written beside it where there is room.
        flush: whether that ends where the cell does, if it stands above or below.
        again: the numbers of cells of which it reads the value once more than an arrow says.
        aside: the numbers of cells of which it reads another value than the first.
        since: the step with which it comes.
        first: whether it stands in the first column, wherever what reads it is.
        ports: at which heights from its middle values come in at the side of a small picture of a
            block, besides that at its middle.
    """

    items: tuple[Item, ...]
    half: Point
    open: bool = False
    bar: Paint | None = None
    top: float | None = None
    ground: Corners | None = None
    room: Corners | None = None
    over: float = 0.0
    noted: bool = False
    said: str = ""
    flush: bool = False
    again: tuple[int, ...] = ()
    aside: tuple[int, ...] = ()
    since: int = ALWAYS
    first: bool = False
    ports: tuple[float, ...] = ()

    @cached_property
    def box(self) -> Corners:
        """The corners, words and room included."""
        x, y = self.half
        reach = Line(((-x, -y), (x, y), *(self.room or ())), LINE, 0.0)
        return Picture((*self.items, reach)).box


def rectangle(half: Point, fill: Paint, thick: float = THICK) -> Polygon:
    """A box about the origin."""
    x, y = half
    return Polygon(((-x, -y), (x, -y), (x, y), (-x, y)), fill, LINE, thick)


def outlined(corners: Corners, maps: Maps) -> Polygon:
    """The ground of a small picture of a block; outlined where its weights are not its own."""
    (left, top), (right, low) = corners
    line = LINE if maps.whose else None
    points = (left, top), (right, top), (right, low), (left, low)
    return Polygon(points, Paint("ground2"), line, THICK, dotted=bool(maps.whose))


def fill_of(maps: Maps) -> Paint:
    """The colour of a box: of what it computes; of a block of several layers that of none."""
    return Paint("ground2" if maps.folded else maps.kind)


def _boxed(half: Point, maps: Maps, thick: float = THICK, behind: float = 2.5) -> tuple[Item, ...]:
    """The box of maps about the origin; of several in a row, with another one behind it."""
    thick *= _BOLD if maps.folded or maps.whose else 1.0
    box = rectangle(half, fill_of(maps), thick)
    box = replace(box, dashed=maps.train_only, dotted=bool(maps.whose))
    if maps.box.times == 1:
        return (box,)
    return (*Picture((box,)).moved(behind, -behind).items, box)


def upright(lines: Sequence[str], high: float, maps: Maps) -> Cell:
    """A narrow box with lines of turned words."""
    half = len(lines) * LEADING * SIZE / 2 + 2, high / 2
    return Cell((*_boxed(half, maps), *turned(lines, fill_of(maps))), half)


def given(lines: Sequence[str] = ()) -> Cell:
    """A box for a value from outside, which arcs leave from."""
    longest = max((width(line, SIZE) for line in lines), default=22.0)
    half = longest / 2 + 6, max(len(lines) * LEADING * SIZE / 2 + 4, 17.0)
    return Cell((rectangle(half, PAPER), *lying(lines)), half)


def bare(lines: Sequence[str]) -> Cell:
    """Turned words alone, for a value from outside."""
    return Cell(tuple(turned(lines, PAPER)), (len(lines) * LEADING * SIZE / 2 + 2, 0.0))


def plain(text: str) -> Cell:
    """Words as one reads them, for a value from outside."""
    said = Words((0.0, RISE * SIZE), text, SIZE, INK)
    return Cell((said,), (width(text, SIZE) / 2 + 3, SIZE / 2 + 2))


def turned(lines: Sequence[str], ground: Paint) -> Iterable[Words]:
    """Lines from right to left, each read from top to bottom."""
    for number, line in enumerate(lines):
        x = ((len(lines) - 1) / 2 - number) * LEADING * SIZE - RISE * SIZE
        yield Words((x, 0.0), line, SIZE, INK, turned=True, ground=ground)


def level(
    lines: Sequence[str],
    maps: Maps,
    across: float = 0.0,
    margin: float = 6.0,
    *,
    doubled: bool = True,
    padding: float = 3.0,
) -> Cell:
    """A box with lines of words as one reads them, as wide as so much or as these ask for.

    Args:
        doubled: whether several in a row have another box behind theirs.
        padding: above the words, and below.
    """
    longest = max(width(line, SIZE) for line in lines)
    half = max(longest + 2 * margin, across) / 2, len(lines) * LEADING * SIZE / 2 + padding
    box = _boxed(half, maps) if doubled else _boxed(half, maps)[-1:]
    return Cell((*box, *lying(lines)), half)


def lying(lines: Sequence[str]) -> Iterable[Words]:
    """Lines one below the other, about the origin."""
    for number, line in enumerate(lines):
        y = (number - (len(lines) - 1) / 2) * LEADING * SIZE + RISE * SIZE
        yield Words((0.0, y), line, SIZE, INK)


def tiny(
    maps: Maps, upwards: bool = False, slim: float | None = None, stretch: float = 1.0
) -> Cell:
    """A box without a word; of several in a row, with another one behind.

    Args:
        slim: how narrow it is where it stands among so many that there is little room.
        stretch: how much longer than usual it is, across the way.
    """
    along, across, thick = (3.5, 16.0, THIN) if upwards else (4.0, 12.0, THIN)
    if slim is not None:
        along, across, thick = 1.9 * slim, 9.0, THIN * slim
    across *= stretch
    half = (across, along) if upwards else (along, across)
    return Cell(_boxed(half, maps, thick, behind=2.0), half)


def merge(maps: Maps, radius: float = 7.0, size: float = 1.0, upwards: bool = False) -> Cell:
    """What puts values together: a sign in a circle, or where it has none, a bar."""
    if maps.stacking:
        return bar(Paint("bar"), size, upwards)
    part = maps.box.part
    lines = strokes(part.op.sign, radius) if isinstance(part, Node) else ()
    return _signed(lines, radius) if lines else bar(Paint("merge"), size, upwards)


def _signed(strokes: Iterable[Stroke], radius: float) -> Cell:
    """A sign in a circle."""
    ring = Oval((0.0, 0.0), (radius, radius), Paint("merge"), LINE, THICK if radius > 5 else THIN)
    lines = (Line(ends, LINE, ring.thick) for ends in strokes)
    return Cell((ring, *lines), (radius, radius), open=True)


def bar(fill: Paint, size: float = 1.0, upwards: bool = False) -> Cell:
    """A bar to which nothing comes as yet."""
    half = (12.0 * size, 2.5 * size) if upwards else (2.5 * size, 12.0 * size)
    return Cell((rectangle(half, fill),), half, bar=fill)


def noted(
    cell: Cell,
    text: str | None,
    *,
    upwards: bool = False,
    beyond: float = 0.0,
    since: int = ALWAYS,
) -> Cell:
    """A cell with a formula beside the arrow that leaves it; next to it, so that it has room.

    Args:
        beyond: how much further on it stands, of what is in a frame.
        since: the step with which that arrow comes.
    """
    if text is None:
        return cell
    x, y = cell.half[0], -cell.box[0][1]
    at = (ASIDE, -y - beyond - 4.0) if upwards else (x + beyond + 3.0, -4.0)
    said = Words(at, text, SIZE, INK, "start", since=since)
    return replace(cell, items=(*cell.items, said), noted=True)


def stepped(cells: Sequence[Cell], steps: Sequence[int]) -> list[Cell]:
    """Cells that come with these steps; what is said of their arrows may come later."""
    return [
        replace(cell, items=Picture(cell.items).no_sooner(step).items, since=step) if step else cell
        for cell, step in zip(cells, steps, strict=True)
    ]


NOTHING = Cell((), (0.0, 0.0))
"""Where a value leaves."""


def entrance(upwards: bool, scale: float = 1.0, *, alone: bool) -> Cell:
    """Where a value comes in; with room for an arrow straight on to a sign, unless it is alone."""
    room = (_CLEAR * scale, 0.0) if upwards else (0.0, _CLEAR * scale)
    around = ((-room[0], -room[1]), room)
    return replace(NOTHING, first=True, room=None if alone else around)
