"""Whether a picture is one that can be followed: no arrow over a box, no word under anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from archspec.backends.strips.runs import Run
from archspec.figures.geometry import Corners, around, holds, overlap

_HAIR = 0.4
"""Points by which things may touch."""


def is_clear(runs: Sequence[Run], boxes: Mapping[int, Corners], words: Iterable[Corners]) -> bool:
    """Whether arrows keep clear of boxes and of one another, and words of all of these.

    Args:
        boxes: where arrows touch each box.
        words: what each line covers; those in boxes, too.
    """
    own = {number: _less(box) for number, box in boxes.items()}
    if any(overlap(one, other) for one, other in combinations(own.values(), 2)):
        return False
    ways = [(run, list(_stretches(run))) for run in runs]
    for run, stretches in ways:
        others = (box for number, box in own.items() if number not in run.edge)
        if any(overlap(way, box) for box in others for way in stretches):
            return False
    for (one, ours), (other, theirs) in combinations(ways, 2):
        inside = one.kind == other.kind == "wire"
        if inside or not set(one.edge).isdisjoint(other.edge):
            continue
        if any(overlap(a, b) for a in ours for b in theirs):
            return False
    free = [_less(line) for line in words]
    free = [line for line in free if not any(holds(box, line) for box in boxes.values())]
    if any(overlap(one, other) for one, other in combinations(free, 2)):
        return False
    covered = [*own.values(), *(way for _, stretches in ways for way in stretches)]
    return not any(overlap(line, it) for line in free for it in covered)


def _less(box: Corners) -> Corners:
    (left, top), (right, low) = box
    return (left + _HAIR, top + _HAIR), (right - _HAIR, low - _HAIR)


def _stretches(run: Run) -> Iterator[Corners]:
    """What each part of an arrow covers."""
    thick = 2.8 if run.step is not None and run.step.by else 0.5
    for line in pairwise(run.points):
        (left, top), (right, low) = around(line)
        if left == right:
            yield (left - thick, top), (right + thick, low)
        else:
            yield (left, top - thick), (right, low + thick)
