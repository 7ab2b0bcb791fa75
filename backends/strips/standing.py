"""The parts of a U, each laid out about an axis of its own: its boxes, words and arrows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from archspec.backends.strips import words
from archspec.backends.strips.cells import (
    LEADING,
    NOTHING,
    SIZE,
    THICK,
    Cell,
    level,
    lying,
    merge,
    stepped,
)
from archspec.backends.strips.composed import laid_out, slot
from archspec.backends.strips.levels import DOWN, UP, Levels, Place
from archspec.backends.strips.parts import miniature
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.steps import HALF
from archspec.figures.columns import Edge
from archspec.figures.folding import Box
from archspec.figures.geometry import Corners, Point, around, moved
from archspec.figures.maps import Maps
from archspec.figures.marks import idles
from archspec.figures.measure import width, wrapped
from archspec.figures.opwords import op_words
from archspec.figures.paint import FAINT, INK, LINE, Paint
from archspec.figures.picture import ALWAYS, Item, Line, Picture, Polygon, Words
from archspec.figures.words import size_words
from archspec.ir.graph import Node

_GAP = 9.0
_FAR = 1e4
_NARROW, _WIDE = 46.0, 100.0
"""As wide as this, what is fused into an op may stand in one line, below sizes and without."""
_LONG = 1.25
"""How much longer a line is that is broken."""


@dataclass(frozen=True, slots=True)
class Look:
    """How boxes look.

    Attributes:
        sizes: whether each says how large its maps are, and not those alone that change it.
        beside: whether the name and the size of what a box gives stand beside the box's, not below.
        wide: how wide they are at the least.
    """

    sizes: bool = True
    beside: bool = False
    wide: float = 0.0


@dataclass
class Part:
    """A part about its axis; what is measured of it stays once it has all that it is to have.

    Attributes:
        items: boxes and words.
        touches: where arrows touch each box.
        ways: of the arrows within it, and to and from its sides: by the box alone of which the
            value leaves it, or comes to it.
    """

    items: list[Item] = field(default_factory=list)
    touches: dict[int, Corners] = field(default_factory=dict)
    ways: dict[Edge, list[Point]] = field(default_factory=dict)
    out: dict[int, list[Point]] = field(default_factory=dict)
    into: dict[Edge, list[Point]] = field(default_factory=dict)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """How far boxes and arrows reach up and down."""
        ways = (*self.ways.values(), *self.out.values(), *self.into.values())
        heights = [y for points in (*self.touches.values(), *ways) for _, y in points]
        return min(heights), max(heights)

    @cached_property
    def box(self) -> Corners:
        """The corners of all there is."""
        points = [point for way in self.ways.values() for point in way]
        return around((*Picture(tuple(self.items)).box, *points))

    def moved(self, dx: float, dy: float) -> Part:
        """The same elsewhere."""

        def way(points: Sequence[Point]) -> list[Point]:
            return [(x + dx, y + dy) for x, y in points]

        return Part(
            [*Picture(tuple(self.items)).moved(dx, dy).items],
            {n: moved(touched, dx, dy) for n, touched in self.touches.items()},
            {edge: way(points) for edge, points in self.ways.items()},
            {tail: way(points) for tail, points in self.out.items()},
            {edge: way(points) for edge, points in self.into.items()},
        )


def part(plan: Plan, found: Levels, place: Place, look: Look) -> Part:
    """What stands at a place, its longest way on the axis."""
    numbers, (first, last) = found.parts[place], found.ends[place]
    copies = [(t, h) for t, h in found.copies if t in numbers or h in numbers]
    sides = list(dict.fromkeys(~tail for tail, _ in copies))
    wires = [(tail, head) for tail, head in found.wires if tail in numbers]
    if place.side == UP:
        order = [*sides, *numbers]
        near = {first, *(head for tail, head in wires if tail == first)}
        into = [(~tail, head) for tail, head in copies]
        begun = [edge for edge in into if edge[1] in near]  # before others, to be on the axis
        edges = [*begun, *wires, *into]
        aside = any(head != first for _, head in begun)  # where arrows come to, from beneath
        above, end = place == list(found.ends)[-1] and not aside, last
    else:
        order = [*numbers, *sides]
        edges = [*wires, *((tail, ~tail) for tail, _ in copies)]
        above, end = place.side == DOWN, ~last if ~last in sides else last
    at = {number: i for i, number in enumerate(order)}
    cells = [_cell(plan, found, i, look) if i >= 0 else NOTHING for i in order]
    cells = stepped(cells, [plan.steps.of[i] if i >= 0 else ALWAYS for i in order])
    numbered = [(at[tail], at[head]) for tail, head in dict.fromkeys(edges)]
    closing = [at[side] for side in sides] if place.side != UP else []
    return _laid(cells, order, numbered, at[end], closing, above=above)


def _laid(
    cells: Sequence[Cell],
    order: Sequence[int],
    edges: Sequence[Edge],
    end: int,
    last: Sequence[int],
    *,
    above: bool,
) -> Part:
    """Cells in a row.

    Args:
        order: their numbers; what is negative stands for a side.
        above: whether what is not on the axis is above it, and not below: the step to the next
            part begins on the other side.
    """
    sign = 1.0 if above else -1.0
    given = list(cells) if above else [_turned(cell) for cell in cells]
    placed, spans = laid_out([slot(cell) for cell in given], edges, end, _GAP, last)
    points = [*placed.middles, *(point for way in placed.ways.values() for point in way)]
    if any(y > 0 for _, y in points):  # below the axis there is to be no room
        given = [
            _deep(cell) if y == 0 else cell
            for cell, (_, y) in zip(given, placed.middles, strict=True)
        ]
        placed, spans = laid_out([slot(cell) for cell in given], edges, end, _GAP, last)
    made = Part()
    for i, (number, (x, y)) in enumerate(zip(order, placed.middles, strict=True)):
        if number < 0:
            continue
        cell = cells[i]
        items = cell.items
        touch = _touch(cell)
        if i in spans:
            low, high = sorted(sign * end for end in spans[i])
            touch = (-cell.half[0], low), (cell.half[0], high)
            box = Polygon(_four(touch), Paint("bar"), LINE, THICK)
            items = (box, *Picture(items[1:]).moved(0.0, low + cell.half[1]).items)
        made.items += Picture(items).moved(x, sign * y).since(cell.since).items
        (a, b), (c, d) = touch
        made.touches[number] = (a + x, b + sign * y), (c + x, d + sign * y)
    for tail, head in edges:
        way = [(x, sign * y) for x, y in placed.ways[tail, head]]
        if order[head] < 0:
            made.out[order[tail]] = way
        elif order[tail] < 0:
            made.into[~order[tail], order[head]] = way
        else:
            made.ways[order[tail], order[head]] = way
    return made


def _touch(cell: Cell) -> Corners:
    """Where arrows touch a cell: its card, or the box that its halves are of."""
    if cell.ground is not None:
        return cell.ground
    x, y = cell.half
    return (-x, -y), (x, y)


def _four(box: Corners) -> tuple[Point, ...]:
    (left, top), (right, low) = box
    return (left, top), (right, top), (right, low), (left, low)


def _turned(cell: Cell) -> Cell:
    """As much room, above in place of below."""
    (left, top), (right, low) = cell.box
    return replace(cell, items=(Line(((left, -low), (right, -top)), LINE, 0.0),))


def _deep(cell: Cell) -> Cell:
    """A cell that reaches so far down that nothing is put there."""
    x, _ = cell.half
    return replace(cell, items=(*cell.items, Line(((-x, _FAR), (x, _FAR)), LINE, 0.0)))


# --- what stands in it ----------------------------------------------------------------------


def _cell(plan: Plan, found: Levels, number: int, look: Look) -> Cell:
    maps = plan.whole.maps[number]
    if maps.source:
        return _source(maps, plan.whole.note(maps))
    if maps.signed:
        cell, note = merge(maps, size=1.6), plan.whole.note(maps)
        ends = [ends for place, ends in found.ends.items() if place.side == UP and number in ends]
        if not ends and maps.joint:
            return cell if note is None else _captioned(cell, note, aside=False)
        caption = ", ".join(filter(None, (note, size_words(maps.shape))))
        return _captioned(cell, caption, aside=bool(ends) and number == ends[0][1])
    others = [plan.whole.maps[other] for other in found.within.get(number, ())]
    passing = [*maps.passing, *(box for other in others for box in (other.box, *other.passing))]
    size = size_words((passing[-1] if passing else maps.box).shapes[0])
    names = [f"→ {name}" for name in plan.whole.called(number)]
    noted = (plan.whole.note(one) for one in (maps, *others))
    names += [f"→ {note}" for note in noted if note]
    notes = plan.notes[maps]
    times = words.repeated(maps)
    block = plan.tiny(maps)
    if block is not None:
        lines = [block[1] + times, *_passing(passing), *plan.beside(maps), size, *names]
        return _card(miniature(block[0], maps), lines, look.wide)
    told = look.sizes or _resizes(maps) or number in plan.whole.ends
    name, *more = words.parts(maps, channels=not told)
    across = max(_NARROW, width(size, SIZE)) if look.sizes and not look.beside else _WIDE
    if look.beside and len(names) == 1:
        name, names, told = f"{name} {names[0]}, {size}", [], False
    *begun, named = wrapped(name, SIZE, _LONG * across)
    lines = [*begun, named + times, *_packed([*more, *_passing(passing), *notes], across)]
    lines += [*([size] if told else ()), *names]
    return level(lines, maps, look.wide, margin=4.0, padding=2.2 if look.beside else 3.0)


def _resizes(maps: Maps) -> bool:
    """Whether a box leads to maps of another size, or what it leads to has no op to say it."""
    first = next(maps.box.nodes())
    same = bool(first.inputs) and first.input_shapes[0][1:] == maps.shape[1:]
    return not same or maps.folded


def _packed(texts: Sequence[str], across: float) -> list[str]:
    """Texts in lines as wide as so much, with commas within these; only what is long is broken."""
    lines: list[str] = []
    for text in texts:
        if lines and width(f"{lines[-1]}, {text}", SIZE) <= across:
            lines[-1] += f", {text}"
        else:
            lines += wrapped(text, SIZE, _LONG * across)
    return lines


def _passing(passing: Iterable[Box]) -> list[str]:
    """What is done to the value before it leaves the box."""
    nodes = (part for box in passing for part in box.parts if isinstance(part, Node))
    return [op_words(node)[0] for node in nodes if not idles(node)]


def _source(maps: Maps, note: str | None) -> Cell:
    """A value from outside: its name, its size, and what a note says of it."""
    lines = [maps.box.part.path, size_words(maps.shape), *([f"→ {note}"] if note else [])]
    half = max(width(line, SIZE) for line in lines) / 2 + 3
    return Cell(tuple(lying(lines)), (half, len(lines) * LEADING * SIZE / 2 + 2))


def _captioned(cell: Cell, text: str, *, aside: bool) -> Cell:
    """A merge with the size of what it gives above it, where nothing follows.

    Args:
        aside: whether a thick arrow begins there.
    """
    x, y = cell.half
    said = Words((-HALF - 3 if aside else x, -y - 3), text, SIZE, FAINT, "end")
    return replace(cell, items=(*cell.items, said))


def _card(tiny: Cell, lines: Sequence[str], wide: float) -> Cell:
    """A small picture of a block with words below it, on one ground."""
    ground, *items = tiny.items
    assert isinstance(ground, Polygon) and tiny.ground is not None
    (_, top), (_, low) = tiny.ground
    half = max(tiny.half[0], max(width(line, SIZE) for line in lines) / 2 + 5, wide / 2)
    stubs = [Line(((s * half, 0.0), (s * tiny.half[0], 0.0)), LINE, THICK) for s in (-1.0, 1.0)]
    said = [
        Words((0.0, low + (n + 0.8) * LEADING * SIZE), line, SIZE, INK)
        for n, line in enumerate(lines)
    ]
    touch = (-half, top), (half, low + len(lines) * LEADING * SIZE + 3)
    card = replace(ground, points=_four(touch))
    drawn = stubs if half > tiny.half[0] else []
    return Cell((card, *drawn, *items, *said), (half, 0.0), ground=touch)
