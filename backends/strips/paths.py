"""A convolution in groups as the paths that it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.strips import words
from archspec.backends.strips.cells import LEADING, RISE, SIZE, THICK, Cell, level
from archspec.drawing.geometry import Point
from archspec.drawing.maps import Maps, maker
from archspec.drawing.paint import INK, LINE, Paint
from archspec.drawing.picture import Item, Line, Oval, Picture, Polygon, Words
from archspec.graph import Node

_RAIL = 7.0
"""From boxes to where their paths part and meet."""
_BETWEEN = 6.0
_DOTS = 22.0
_DOT = 1.3


def cardinality(maps: Maps) -> int:
    """In how many groups a box's layer computes; 1 where each has a single channel, too, and where
    a label says all of it.
    """
    part = maker(maps)
    if part.label is not None:
        return 1
    groups = getattr(part.op, "groups", 1) if isinstance(part, Node) else 1
    alone = isinstance(part, Node) and groups == part.input_shapes[0][0]
    return groups if isinstance(groups, int) and not alone and maps.box.times == 1 else 1


def paths(maps: Maps, upwards: bool, notes: Sequence[str] = ()) -> Cell:
    """The first two groups and the last, each a box, with dots for those between.

    It is said what one group computes, how many there are, and what is fused into the layer.

    Args:
        notes: what is said besides.
    """
    part, count = maker(maps), cardinality(maps)
    assert isinstance(part, Node)
    box = level([words.of_group(part, count)], maps)
    wide, high = 2 * box.half[0], 2 * box.half[1]
    across, along = (wide, high) if upwards else (high, wide)
    middles = [0.0]
    for gap in [_BETWEEN] if count == 2 else [_BETWEEN, _BETWEEN if count == 3 else _DOTS]:
        middles.append(middles[-1] + across + gap)
    middles = [middle - middles[-1] / 2 for middle in middles]
    edge, ends = middles[-1] + across / 2, along / 2 + _RAIL
    around = [(-edge, -ends), (edge, -ends), (edge, ends), (-edge, ends)]
    items: list[Item] = [Polygon(tuple(_at(*c, upwards) for c in around), Paint("ground2"))]
    for middle in middles:
        items += Picture(box.items).moved(*_at(middle, 0.0, upwards)).items
    items += _rails(middles, along / 2, upwards)
    if count > len(middles):
        items += _dots((middles[-1] + middles[-2]) / 2, upwards)
    told = [f"{count} paths", *words.fused(maps), *notes]
    for number, line in enumerate(told):
        if upwards:
            y = (number - (len(told) - 1) / 2 + RISE) * LEADING * SIZE
            items.append(Words((edge + 6, y), line, SIZE, INK, "start"))
        else:
            items.append(Words((0.0, edge + (number + 1) * LEADING * SIZE), line, SIZE, INK))
    return Cell(tuple(items), _at(0.0, ends, upwards))


def _at(across: float, along: float, upwards: bool) -> Point:
    return (across, along) if upwards else (along, across)


def _rails(middles: list[float], half: float, upwards: bool) -> Iterator[Item]:
    """The lines that lead to all boxes, and those that lead from them."""
    for side in (-1, 1):
        near, far = side * half, side * (half + _RAIL)
        ways = [((m, near), (m, far)) for m in middles] + [((middles[0], far), (middles[-1], far))]
        for way in ways:
            yield Line(tuple(_at(*point, upwards) for point in way), LINE, THICK)


def _dots(middle: float, upwards: bool) -> Iterator[Item]:
    for step in (-6.0, 0.0, 6.0):
        yield Oval(_at(middle + step, 0.0, upwards), (_DOT, _DOT), INK, INK, 0.0)
