"""Where the boxes of a tree stand, and the lines that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from archspec.figures.geometry import Place, Point
from archspec.figures.tree import Twig

GAP = 26.0
"""Between a part and what it is made of."""

APART = 16.0
"""Between neighbours that are made of something, and beside lists."""

LINE = 4.0
"""Between neighbours in a list."""

INDENT = 12.0
"""From the line that runs along a list to the boxes in it."""


@dataclass(slots=True)
class Branching:
    """A tree with a place for everything.

    Parts side by side that are not opened are a list, one below the other and equally wide.

    Attributes:
        places: where each part stands.
        ways: the corners of the line to each part but the root, from what it is a part of.
    """

    sizes: Mapping[Twig, tuple[float, float]]
    places: dict[Twig, Place] = field(default_factory=dict)
    ways: dict[Twig, list[Point]] = field(default_factory=dict)

    def put(self, twig: Twig, centre: Point, width: float | None = None) -> Place:
        across, high = self.sizes[twig]
        self.places[twig] = Place(*centre, width if width is not None else across, high)
        return self.places[twig]

    def list_width(self, twigs: tuple[Twig, ...]) -> float:
        return max(self.sizes[twig][0] for twig in twigs)


def downwards(root: Twig, sizes: Mapping[Twig, tuple[float, float]]) -> Branching:
    """The root at the top; what is opened side by side, lists below what holds them.

    Args:
        sizes: width and height of each box, in points.
    """
    made = Branching(sizes)
    _down(made, root, (0.0, 0.0))
    _hang(made, root)
    return made


def _down(made: Branching, twig: Twig, corner: Point) -> float:
    """Puts a twig and all it holds to the right of a corner and below it, and tells how wide."""
    left, top = corner
    width, height = made.sizes[twig]
    below = top + height + GAP
    right = left
    for twigs in _runs(twig):
        if twigs[0].twigs:
            right += _down(made, twigs[0], (right, below)) + APART
        else:
            right += INDENT if len(twigs) > 1 else 0.0
            across = made.list_width(twigs)
            y = below
            for line in twigs:
                high = made.sizes[line][1]
                made.put(line, (right + across / 2, y + high / 2), across)
                y += high + LINE
            right += across + APART
    held = right - APART - left
    total = max(held, width)
    _shift(made, twig, (total - held) / 2)
    made.put(twig, (left + total / 2, top + height / 2))
    return total


def _shift(made: Branching, twig: Twig, by: float) -> None:
    for child in twig.twigs:
        made.places[child].x += by
        _shift(made, child, by)


def _hang(made: Branching, twig: Twig) -> None:
    """Lines from a twig down to what it holds; along a list of several there is one at its left."""
    start = made.places[twig].bottom
    bus = start[1] + GAP / 2
    for twigs in _runs(twig):
        for child in twigs:
            to = made.places[child]
            along = to.left[0] - INDENT
            ends = (
                [(along, bus), (along, to.y), to.left] if len(twigs) > 1 else [(to.x, bus), to.top]
            )
            made.ways[child] = [start, (start[0], bus), *ends]
            _hang(made, child)


def _runs(twig: Twig) -> Iterator[tuple[Twig, ...]]:
    """What a twig holds: lists, and those that are opened, each by itself."""
    for opened, run in groupby(twig.twigs, key=lambda child: bool(child.twigs)):
        twigs = tuple(run)
        if opened:
            yield from ((child,) for child in twigs)
        else:
            yield twigs


def rightwards(root: Twig, sizes: Mapping[Twig, tuple[float, float]]) -> Branching:
    """The root at the left, and what it holds in a column beside it.

    Args:
        sizes: width and height of each box, in points.
    """
    made = Branching(sizes)
    _right(made, root, (0.0, 0.0), sizes[root][0])
    return made


def _right(made: Branching, twig: Twig, corner: Point, width: float) -> float:
    """Puts a twig and all it holds to the right of a corner and below it, and tells how high."""
    left, top = corner
    beside = left + width + GAP
    opened = max((made.sizes[child][0] for child in twig.twigs if child.twigs), default=0.0)
    y = top
    for twigs in _runs(twig):
        if twigs[0].twigs:
            y += _right(made, twigs[0], (beside, y), opened) + APART
        else:
            across = max(made.list_width(twigs), opened)
            for line in twigs:
                high = made.sizes[line][1]
                made.put(line, (beside + across / 2, y + high / 2), across)
                y += high + LINE
            y += APART - LINE
    half = made.sizes[twig][1] / 2
    ends = [made.places[child].y for child in twig.twigs] or [top + half]
    middle = max((ends[0] + ends[-1]) / 2, top + half)
    start = made.put(twig, (left + width / 2, middle), width).right
    bus = beside - GAP / 2
    for child in twig.twigs:
        to = made.places[child]
        made.ways[child] = [start, (bus, start[1]), (bus, to.y), to.left]
    return max(y - APART - top, middle + half - top)
