"""A convolution in groups as the paths that it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from archspec.backends.strips import words
from archspec.backends.strips.cells import LEADING, RISE, SIZE, THICK, Cell, level
from archspec.figures.geometry import Point, seen
from archspec.figures.lines import Arrows
from archspec.figures.maps import Maps, maker
from archspec.figures.paint import INK, LINE, Paint
from archspec.figures.picture import Item, Line, Oval, Picture, Polygon, Words
from archspec.ir.graph import Node

_SHOWN = 3
"""So many paths are drawn of any number, an odd one, so that one lies on the way."""
_FORK, _MARGIN = 13.0, 9.0
"""From boxes to where their paths part and meet, and from there to the edge of the ground."""
_BAR, _OVER, _ROUND = 4.0, 8.0, 3.0
"""How thick a bar is, how far it reaches beyond arrows, and how round corners are."""
_BETWEEN = 8.0
_DOTS = 22.0
_DOT = 1.3


def cardinality(maps: Maps) -> int:
    """In how many groups a box's layer computes; 1 where each has a single channel, too, and where
    a label says all of it.
    """
    part = maker(maps)
    if part.label is not None:
        return 1
    if not isinstance(part, Node) or maps.box.times > 1:
        return 1
    groups = part.op.cardinality
    return groups if groups != part.input_shapes[0][0] else 1


def paths(maps: Maps, upwards: bool, notes: Sequence[str] = ()) -> Cell:
    """Some of the groups, each a box, with dots for those between: the first, one amid, the last.

    Arrows lead to each, and from each to a bar, where they are concatenated. It is said what one
    group computes, of how many channels, how many there are, and what is fused into the layer.

    Args:
        notes: what is said besides.
    """
    part, count = maker(maps), cardinality(maps)
    assert isinstance(part, Node)
    box = level([words.of_group(part, count)], maps)
    wide, high = 2 * box.half[0], 2 * box.half[1]
    across, along = (wide, high) if upwards else (high, wide)
    gap = _BETWEEN if count <= _SHOWN else _DOTS
    shown = min(count, _SHOWN)
    middles = [(number - (shown - 1) / 2) * (across + gap) for number in range(shown)]
    edge, ends = middles[-1] + across / 2, along / 2 + _FORK + _MARGIN
    around = (-ends, -edge), (-ends, edge), (ends, edge), (ends, -edge)
    items: list[Item] = [Polygon(tuple(seen(c, upwards) for c in around), Paint("ground2"))]
    items += _ways(middles, along / 2, ends, upwards)
    for middle in middles:
        items += Picture(box.items).moved(*seen((0.0, middle), upwards)).items
    if count > shown:
        for one, other in pairwise(middles):
            items += _dots((one + other) / 2, upwards)
    channels = part.input_shapes[0][0]
    each = f"{channels // count} of {channels} channels each"
    after = ", ".join(["concat", *words.fused(maps)])
    items += _told(f"{count} paths", [each, *notes], after, (edge, along / 2 + _FORK), upwards)
    return Cell(tuple(items), (0.0, ends) if upwards else (ends, 0.0))


def _told(
    number: str, each: Sequence[str], after: str, reach: Point, upwards: bool
) -> Iterator[Words]:
    """What is said of all paths, of what goes into each and its costs, and of what comes of them.

    At their side in a tower, where each is so; beneath them in a strip.

    Args:
        reach: how far they reach to the side, and to where they part and meet.
    """
    edge, far = reach
    if not upwards:
        for place, line in enumerate((number, *each, after), 1):
            yield Words((0.0, edge + place * LEADING * SIZE), line, SIZE, INK)
        return
    below = ((line, far + place * LEADING * SIZE) for place, line in enumerate(each))
    for line, y in ((after, -far), (number, 0.0), *below):
        yield Words((edge + 6, y + RISE * SIZE), line, SIZE, INK, "start")


def _ways(middles: list[float], half: float, ends: float, upwards: bool) -> Iterator[Item]:
    """The arrows that lead to all boxes, and those that lead from them to a bar."""
    fork = -half - _FORK
    far = half + _FORK
    to = [((-ends, 0.0), (fork, 0.0), (fork, m), (-half, m)) for m in middles]
    after = [((half, m), (far, m)) for m in middles]
    ways = [list(dict.fromkeys(seen(p, upwards) for p in way)) for way in (*to, *after)]
    arrows = Arrows(_ROUND, THICK)
    arrows.expect(ways)
    for way in ways:
        yield from arrows.along(way, dashed=False)
    yield Line((seen((far, 0.0), upwards), seen((ends, 0.0), upwards)), LINE, THICK)
    left, right = middles[0] - _OVER, middles[-1] + _OVER
    corners = (far, left), (far, right), (far + _BAR, right), (far + _BAR, left)
    yield Polygon(tuple(seen(c, upwards) for c in corners), Paint("bar"), LINE, THICK)


def _dots(middle: float, upwards: bool) -> Iterator[Item]:
    for step in (-6.0, 0.0, 6.0):
        yield Oval(seen((0.0, middle + step), upwards), (_DOT, _DOT), INK, INK, 0.0)
