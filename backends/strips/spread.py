"""How far apart the sides of a U are, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.backends.strips.levels import BOTTOM, DOWN, UP, Levels, Place
from archspec.backends.strips.standing import Part
from archspec.backends.strips.steps import EDGE, HALF, NEARLY, inner
from archspec.figures.geometry import Corners

Interval = tuple[float, float]

_COPY = 28.0
"""How long the arrow of a copy is, at the least."""
_STEP = HALF + 7.0
"""Further from the middle than the row below, so that an arrow up clears the words there."""
_APART, _AWAY = 14.0, 4.0
"""How far apart the boxes of the two sides are without copies, and words from boxes."""


def spread(found: Levels, parts: dict[Place, Part], room: float) -> dict[Place, Part]:
    """The parts where they stand from left to right, mirrored about zero.

    They stand so that arrows between them are straight; where there is no room for that, at least
    those that lead down, and the others nearly so; where there is none for that, upright.

    Args:
        room: as wide as they may be, if they can.
    """
    wide, narrow, upright = (_halves(found, parts, to) for to in ((DOWN, UP), (DOWN,), ()))
    for more, less in ((wide, narrow), (narrow, upright)):
        most, least = (_width(_placed(found, parts, halves)) for halves in (more, less))
        if most <= room:
            return _placed(found, parts, more)
        if least <= room:
            share = (room - least) / (most - least)
            between = {row: less[row] + share * (more[row] - less[row]) for row in more}
            return _placed(found, parts, between)
    return _placed(found, parts, upright)


def _width(parts: dict[Place, Part]) -> float:
    boxes = [one.box for one in parts.values()]
    return max(box[1][0] for box in boxes) - min(box[0][0] for box in boxes)


def _bottom(parts: dict[Place, Part]) -> Place:
    return next(place for place in parts if place.side == BOTTOM)


def _placed(
    found: Levels, parts: dict[Place, Part], halves: Mapping[int, float]
) -> dict[Place, Part]:
    """The parts, each so far from the middle as its row says."""
    moved: dict[Place, Part] = {}
    for place, one in parts.items():
        if place.side == BOTTOM:
            (left, _), (right, _) = one.box
            moved[place] = one.moved(-(left + right) / 2, 0.0)
        else:
            half = -halves[place.row] if place.side == DOWN else halves[place.row]
            moved[place] = one.moved(half - _inner_edge(found, parts, place), 0.0)
    return moved


def _halves(found: Levels, parts: dict[Place, Part], straight: Sequence[int]) -> dict[int, float]:
    """How far from the middle the sides of each row are.

    Args:
        straight: the sides on which arrows are to be straight.
    """
    bottom = _bottom(parts)
    halves: dict[int, float] = {}
    below = {DOWN: bottom, UP: bottom}
    half = 0.0
    for row in sorted({place.row for place in parts} - {bottom.row}, reverse=True):
        sides = [place for place in (Place(DOWN, row), Place(UP, row)) if place in parts]
        half = max(half + _STEP, _room(found, parts, row) / 2)
        moved = _placed(found, {at: parts[at] for at in below.values()}, halves)
        ranges = [
            _straight(found, parts, _ends(found, moved, below[place.side]), place)
            for place in sides
            if place.side in straight
        ]
        half = halves[row] = _chosen(half, ranges)
        below.update({place.side: place for place in sides})
    return halves


def _ends(found: Levels, parts: dict[Place, Part], place: Place) -> tuple[Corners, Corners]:
    """Where arrows touch the first and the last box of a part."""
    first, last = found.ends[place]
    return parts[place].touches[first], parts[place].touches[last]


def _inner_edge(found: Levels, parts: dict[Place, Part], place: Place) -> float:
    """What is as far from the middle on the one side as on the other."""
    first, last = _ends(found, parts, place)
    return last[1][0] if place.side == DOWN else first[0][0]


def _room(found: Levels, parts: dict[Place, Part], row: int) -> float:
    """How far apart the two sides of a row are at the least."""
    over = 0.0
    down, up = Place(DOWN, row), Place(UP, row)
    if down in parts:
        edge = _inner_edge(found, parts, down)
        over = max(box[1][0] for box in parts[down].touches.values()) - edge
    if up not in parts:
        return over + _APART
    edge = _inner_edge(found, parts, up)
    side = edge - min(box[0][0] for box in parts[up].touches.values())
    words = edge - parts[up].box[0][0]
    return over + max(words + _AWAY, side + (_COPY if parts[up].into else _APART))


def valley(found: Levels, parts: dict[Place, Part]) -> float:
    """How wide the bottom has to be for straight arrows from the row above, and to it."""
    row = max(place.row for place in parts if place.side != BOTTOM)
    return _room(found, parts, row) + 4 * EDGE


def _straight(
    found: Levels, parts: dict[Place, Part], lower: tuple[Corners, Corners], place: Place
) -> Interval:
    """How far from the middle a part may be, so that the arrow to or from the lower is straight."""
    edge = _inner_edge(found, parts, place)
    first, last = _ends(found, parts, place)
    own, other = (last, lower[0]) if place.side == DOWN else (first, lower[1])
    (a, b), (c, d) = ((box[0][0], box[1][0]) for box in (own, other))
    (a, b), (c, d) = inner(a - edge, b - edge), inner(c, d)
    return (a - d, b - c) if place.side == DOWN else (c - b, d - a)


def _chosen(half: float, ranges: Sequence[Interval]) -> float:
    """The least distance from the middle that makes arrows straight, as many as can be."""
    for group in (ranges, *([one] for one in ranges)):
        low = max([half, *(one[0] for one in group)])
        if group and low <= min(one[1] for one in group) + NEARLY:
            return low
    return half
