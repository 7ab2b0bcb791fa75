"""Dashed frames around residual functions: what a skip leads around on its way to a sum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from archspec.backends.strips.cells import THIN, Cell, noted
from archspec.backends.strips.topology import Topology
from archspec.figures.geometry import Corners, Point, around, holds, overlap, rounded
from archspec.figures.paint import LINE
from archspec.figures.picture import ALWAYS, Line, Picture, corners

_BEFORE, _AFTER, _BESIDE = 11.0, 5.0, 7.0
"""From what is framed to its frame: room for an arrow's head where the way begins; where it ends;
and at its sides."""
_RADIUS = 4.0


class Group(NamedTuple):
    """What is framed, by number.

    Attributes:
        first: what reads what comes in.
        last: what gives the value that is added.
        straight: whether it is one after another.
    """

    all: frozenset[int]
    first: frozenset[int]
    last: int
    straight: bool


def residual_functions(one: Topology) -> list[Group]:
    """What lies between a fork and a sum, beside an identity or a projection; if it has a note.

    Of several boxes only: one box is its own frame.
    """
    before, readers = one.before, one.after
    found = []
    for joint, tails in enumerate(before):
        if not one.maps[joint].joint or len(tails) != 2:
            continue
        for last, other in (tails, tails[::-1]):
            fork = other if joint in readers[other] and len(readers[other]) > 1 else None
            if fork is None and len(before[other]) == 1:
                (fork,) = before[other]
            body = _between(before, fork, last)
            closed = all({*body, joint}.issuperset(readers[n]) for n in body) and other not in body
            noted = one.note(one.maps[last]) is not None
            if closed and noted and len(body) > 1 and not body & {*one.ends}:
                first = frozenset(n for n in body if not body.issuperset(before[n]))
                straight = all(len(before[n]) == 1 == len(readers[n]) for n in body)
                found.append(Group(frozenset(body), first, last, straight))
                break
    return found


def _between(before: Sequence[Sequence[int]], fork: int | None, last: int) -> set[int]:
    """What leads from a fork to a box, itself among it; nothing if that comes from elsewhere."""
    body, waiting = set[int](), [last]
    while waiting:
        number = waiting.pop()
        if number == fork or number in body:
            continue
        if fork is None or number < fork or not before[number]:
            return set()
        body.add(number)
        waiting += before[number]
    return body


def roomy(
    cells: Sequence[Cell],
    notes: Iterable[str | None],
    groups: Sequence[Group],
    upwards: bool,
    leaving: Sequence[int] = (),
) -> list[Cell]:
    """Cells with formulas beside the arrows that leave them, and room for frames around groups.

    Args:
        leaving: the steps with which these arrows come, if not all at once.
    """
    lasts = {group.last for group in groups}
    cells = [
        noted(
            cell,
            note,
            upwards=upwards,
            beyond=_AFTER if n in lasts else 0.0,
            since=leaving[n] if leaving else ALWAYS,
        )
        for n, (cell, note) in enumerate(zip(cells, notes, strict=True))
    ]
    made = list(cells)
    for group in groups:
        reaches = {
            number: _beside(cells[number], number == group.last, upwards) for number in group.all
        }
        if group.straight:  # so that nothing stands beside a short one, within the frame
            lows, highs = zip(*reaches.values(), strict=True)
            reaches = dict.fromkeys(group.all, (min(lows), max(highs)))
        for number, (low, high) in reaches.items():
            x, y = made[number].half
            before = _BEFORE if number in group.first else 0.0
            after = _AFTER if number == group.last else 0.0
            if upwards:
                room = (low, -y - after), (high, y + before)
            else:
                room = (-x - before, low), (x + after, high)
            made[number] = replace(made[number], room=room)
    return made


def _beside(cell: Cell, last: bool, upwards: bool) -> Point:
    """How far a frame reaches across the way from the middle of a cell; beside a note, past it."""
    side = not upwards
    (low, high) = (-cell.half[side], cell.half[side]) if last else (c[side] for c in cell.box)
    return low - _BESIDE, high + _BESIDE


def frames(
    cells: Sequence[Cell],
    middles: Sequence[Point],
    groups: Sequence[Group],
    picture: Picture,
    upwards: bool,
) -> list[Line] | None:
    """The frames around groups of cells; None where one would cross anything but a way through."""
    found = []
    for group in groups:
        box = _box(cells, middles, group)
        if _crosses(box, picture, upwards) or any(
            holds(box, (middle, middle)) for n, middle in enumerate(middles) if n not in group.all
        ):
            return None
        (left, top), (right, low) = box
        half = (top + low) / 2
        way = ((left, half), (left, top), (right, top), (right, low), (left, low), (left, half))
        since = min(cells[n].since for n in group.all)
        found.append(Line((*rounded(way, _RADIUS),), LINE, THIN, dashed=True, since=since))
    return found


def _box(cells: Sequence[Cell], middles: Sequence[Point], group: Group) -> Corners:
    """The corners of a frame, around the words of all but the last, whose note stands beyond."""
    inner = group.all - {group.last}
    reach = [(corner, middles[n]) for n in inner for corner in cells[n].box]
    room = cells[group.last].room
    assert room is not None
    reach += [(corner, middles[group.last]) for corner in room]
    return around((x + dx, y + dy) for (dx, dy), (x, y) in reach)


def _crosses(box: Corners, picture: Picture, upwards: bool) -> bool:
    """Whether a frame would, but for lines along the way."""
    (left, top), (right, low) = box
    side = not upwards
    edges = (top, low) if side else (left, right)
    for item in picture.items:
        if not isinstance(item, Line):
            covered = corners(item)
            if overlap(box, covered) and not holds(box, covered):
                return True
            continue
        for stretch in pairwise(item.points):
            start, end = around(stretch)
            near = overlap(box, ((start[0] - 0.1, start[1] - 0.1), (end[0] + 0.1, end[1] + 0.1)))
            if near and any(start[side] < edge < end[side] for edge in edges):
                return True
    return False
