"""What stands in a strip, about the origin: boxes with words, joints, tiny boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archspec.drawing.geometry import Corners, Point
from archspec.drawing.maps import Maps
from archspec.drawing.marks import SIGNS
from archspec.drawing.measure import width
from archspec.drawing.paint import INK, LINE, PAPER, Paint
from archspec.drawing.picture import Item, Line, Oval, Picture, Polygon, Words
from archspec.graph import Node

SIZE = 10.0
"""Of words."""
LEADING = 1.2
THICK, THIN = 1.2, 0.8
RISE = 0.36
"""Of a font's size: how far the middle of a capital is above the baseline."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column.

    Attributes:
        half: from its middle to where arrows touch it, at its sides and above or below.
        open: whether arrows may come to it from above and below.
        bar: whether it is a bar, which is as high as what comes to it.
    """

    items: tuple[Item, ...]
    half: Point
    open: bool = False
    bar: bool = False

    @property
    def box(self) -> Corners:
        """The corners, words included."""
        x, y = self.half
        return Picture((*self.items, Line(((-x, -y), (x, y)), LINE, 0.0))).box


def rectangle(half: Point, fill: Paint, *, dashed: bool = False, thick: float = THICK) -> Polygon:
    """A box about the origin."""
    x, y = half
    return Polygon(((-x, -y), (x, -y), (x, y), (-x, y)), fill, LINE, thick, dashed)


def _boxed(half: Point, maps: Maps, thick: float = THICK, behind: float = 2.5) -> tuple[Item, ...]:
    """The box of maps about the origin; of several in a row, with another one behind it."""
    box = rectangle(half, Paint(maps.kind), dashed=maps.train_only, thick=thick)
    if maps.box.times == 1:
        return (box,)
    return (*Picture((box,)).moved(behind, -behind).items, box)


def upright(lines: Sequence[str], high: float, maps: Maps) -> Cell:
    """A narrow box with lines of turned words."""
    half = len(lines) * LEADING * SIZE / 2 + 3, high / 2
    return Cell((*_boxed(half, maps), *turned(lines, Paint(maps.kind))), half)


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


def level(lines: Sequence[str], maps: Maps, across: float = 0.0) -> Cell:
    """A box with lines of words as one reads them, as wide as so much or as these ask for."""
    longest = max(width(line, SIZE) for line in lines)
    half = max(longest + 12, across) / 2, len(lines) * LEADING * SIZE / 2 + 3
    ys = ((n - (len(lines) - 1) / 2) * LEADING * SIZE + RISE * SIZE for n in range(len(lines)))
    words = (Words((0.0, y), line, SIZE, INK) for y, line in zip(ys, lines, strict=True))
    return Cell((*_boxed(half, maps), *words), half)


def tiny(maps: Maps, upwards: bool = False) -> Cell:
    """A box without a word; of several in a row, with another one behind."""
    half = (16.0, 3.5) if upwards else (4.0, 12.0)
    return Cell(_boxed(half, maps, THIN, behind=2.0), half)


def joint(maps: Maps, radius: float = 7.0) -> Cell:
    """A merge: its sign in a circle; in lines, so that it may be of any size."""
    part = maps.box.part
    sign = SIGNS.get(part.op.name, "") if isinstance(part, Node) else ""
    ring = Oval((0.0, 0.0), (radius, radius), Paint("merge"), LINE, THICK if radius > 5 else THIN)
    arm, aslant = radius * 0.55, radius * 0.4
    level_line, upright_line = ((-arm, 0.0), (arm, 0.0)), ((0.0, -arm), (0.0, arm))
    falling, rising = ((-aslant, -aslant), (aslant, aslant)), ((-aslant, aslant), (aslant, -aslant))
    strokes = {"+": (level_line, upright_line), "−": (level_line,), "×": (falling, rising)}
    lines = (Line(ends, LINE, ring.thick) for ends in strokes.get(sign, ()))
    return Cell((ring, *lines), (radius, radius), open=True)


def bar(size: float = 1.0, upwards: bool = False) -> Cell:
    """A concatenation of nothing as yet."""
    half = (12.0 * size, 2.5 * size) if upwards else (2.5 * size, 12.0 * size)
    return Cell((rectangle(half, Paint("bar")),), half, bar=True)


def noted(cell: Cell, text: str | None, *, upwards: bool = False) -> Cell:
    """A cell with a formula beside the arrow that leaves it; next to it, so that it has room."""
    if text is None:
        return cell
    x, y = cell.half
    at = (4.0, -y - 4.0) if upwards else (x + 3.0, -4.0)
    return replace(cell, items=(*cell.items, Words(at, text, SIZE, INK, "start")))


NOTHING = Cell((), (0.0, 0.0))
"""Where values come in."""
