"""Feature maps as solids: how large, and which faces are seen.

A volume stands in oblique projection: upwards its height, into the paper its width, to the right
its channels. A vector is a bar that goes into the paper. Sizes follow Stevens' power law with an
exponent near one half, so that an image of 224 pixels a side, maps of 7 and a vector of 4096
features stand in one picture, and more is always larger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, prod, radians, sin

from archspec.figures.geometry import Point
from archspec.ops.types import Shape

_SIDE, _AT = 150.0, 224
_RESOLUTION = 0.45
_CHANNEL = 1.3
_CHANNELS = 0.5
_FEATURE = 3.0
_FEATURES = 0.45
_DEEP = 0.356
"""How long what goes into the paper is drawn, by how long it would be upright."""
_BAR = 9.0
"""Width of a vector's bar, and its height."""

THIN = 0.3
"""By how much thinner a slice is that only samples the maps before it."""

_LARGE = 8192
_LONGEST = 1.1
"""How long a vector may be, by the side of the largest maps beside it."""


def side(positions: float) -> float:
    """Of an axis of space, in points: `150 (n / 224)^0.45`."""
    return float(_SIDE * (positions / _AT) ** _RESOLUTION)


def thickness(channels: int) -> float:
    """Of a stack of maps, in points: `1.3 √c`, and 2 more."""
    return float(2 + _CHANNEL * channels**_CHANNELS)


def height(features: int) -> float:
    """Of a vector, in points: `3 f^0.45`, and 3 more."""
    return float(3 + _FEATURE * features**_FEATURES)


@dataclass(frozen=True, slots=True)
class Scale:
    """By how much axes are shrunk, so that none in a picture goes beyond all others.

    Attributes:
        side, thickness, height: of an axis of space, of a stack of maps, of a vector.
        edge: of an axis of space of planes.
        slope: by how many degrees what goes into the paper rises.
        depth: by how much what goes into the paper is shorter than by itself; of planes, by how
            much further each stands below the one behind it.
    """

    side: float = 1.0
    thickness: float = 1.0
    height: float = 1.0
    slope: float = 38.0
    depth: float = 1.0
    edge: float = 1.0

    @property
    def deep(self) -> Point:
        """How far right and how far up a point into the paper is seen."""
        return cos(radians(self.slope)), sin(radians(self.slope))

    def times(self, side: float, thickness: float = 1.0) -> Scale:
        """The scale at which sides and vectors are larger by one factor, stacks by another."""
        return replace(
            self,
            side=self.side * side,
            thickness=self.thickness * thickness,
            height=self.height * side,
            edge=self.edge * side,
        )


def fitting(shapes: Iterable[Shape]) -> Scale:
    """The scale at which 224 pixels, 8192 channels or 8192 features are as large as any may be.

    Beside maps no vector is much longer than the largest of them is high.
    """
    sides: list[int] = []
    thick, high = [_LARGE], [_LARGE]
    for shape in shapes:
        if len(shape) < 2:
            high.append(prod(shape))
        else:
            thick.append(shape[0])
            sides += shape[1:]
    by_side = side(_AT) / side(max([_AT, *sides]))
    by_edge = edge(_AT) / edge(max([_AT, *sides]))
    by_height = height(_LARGE) / height(max(high))
    if sides and len(high) > 1:
        by_height = min(by_height, _LONGEST * by_side * side(max(sides)) / height(max(high[1:])))
    by_thickness = thickness(_LARGE) / thickness(max(thick))
    return Scale(by_side, by_thickness, by_height, edge=by_edge)


@dataclass(frozen=True, slots=True)
class Solid:
    """A box in oblique projection.

    Attributes:
        width, height: of its front, in points.
        deep: how far its back lies to the right of its front, and above it.
    """

    width: float
    height: float
    deep: Point

    @property
    def extent(self) -> Point:
        """Width and height of all that is seen of it."""
        return self.width + self.deep[0], self.height + self.deep[1]

    @property
    def slope(self) -> float:
        """By how many degrees what goes into the paper rises."""
        return degrees(atan2(self.deep[1], self.deep[0]))


def solid(shape: Shape, scale: Scale = Scale()) -> Solid:
    """The volume of `[C, H, W]`, `[C, L]`, `[C, D, H, W]`, or of a vector `[F]`.

    Where there are three axes of space, the height stands for the first two, by their geometric
    mean. A sequence is as deep as one position.
    """
    if len(shape) < 2:
        return Solid(_BAR, _BAR, _scaled(scale.deep, scale.height * height(prod(shape))))
    tall, last = _upright(shape)
    into = scale.side * side(last)
    thick = scale.thickness * thickness(shape[0])
    deep = _scaled(scale.deep, _DEEP * scale.depth * into)
    return Solid(thick, scale.side * side(tall), deep)


def _scaled(point: Point, by: float) -> Point:
    return point[0] * by, point[1] * by


def _upright(shape: Shape) -> tuple[float, int]:
    """How many positions go upwards, and how many into the paper."""
    _, *space = shape
    *upright, last = space if len(space) > 1 else (space[0], 1)
    return prod(upright) ** (1 / len(upright)), last


def faces(solid: Solid, x: float, y: float) -> tuple[list[Point], list[Point], list[Point]]:
    """Front, top and side of a solid whose silhouette's upper left corner is at a point."""
    dx, dy = solid.deep
    left, right, top, low = x, x + solid.width, y + dy, y + dy + solid.height
    front = [(left, low), (right, low), (right, top), (left, top)]
    above = [(left, top), (right, top), (right + dx, y), (left + dx, y)]
    beside = [(right, low), (right + dx, low - dy), (right + dx, y), (right, top)]
    return front, above, beside


def silhouette(solid: Solid, x: float, y: float) -> tuple[Point, ...]:
    """The six corners of all that is seen of a solid, whose upper left corner is at a point."""
    dx, dy = solid.deep
    left, right, top, low = x, x + solid.width, y + dy, y + dy + solid.height
    back = right + dx
    return (left, low), (right, low), (back, low - dy), (back, y), (left + dx, y), (left, top)


# --- planes -------------------------------------------------------------------------------

_STEP, _CROWDING = (5.0, 4.0), -0.22
_STEPS = (0.4, 1.6)
"""By how much the step from plane to plane is smaller and larger, at the most."""
_PLANE, _PLANES = 7.4, 0.6
_UPRIGHT, _UPRIGHTS = 16.0, 0.3

MOST_PLANES = 16
"""So many maps are drawn one by one; of more, so many with dots beside them."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Squares one behind the other, the last at the upper left.

    Attributes:
        width, height: of a square, in points.
        count: how many there are.
        step: by how much the steps between them, to the right and down, are larger than by
            themselves.
    """

    width: float
    height: float
    count: int
    step: Point = (1.0, 1.0)

    @property
    def extent(self) -> Point:
        """Width and height of all of it."""
        right, down = self.plane(self.count - 1)
        return self.width + right, self.height + down

    def plane(self, index: int) -> Point:
        """How far to the right and down a square is from the hindmost, which has index 0.

        The more there are, the closer they stand.
        """
        steps = index * float(max(self.count - 1, 1) ** _CROWDING)
        return steps * self.step[0] * _STEP[0], steps * self.step[1] * _STEP[1]


def edge(positions: float) -> float:
    """Of a plane, in points: `7.4 n^0.6`, so that the size of maps is seen; planes overlap, and
    so may be larger than volumes.
    """
    return float(_PLANE * positions**_PLANES)


def upright(features: int) -> float:
    """Of a vector's bar beside planes, in points: `16 f^0.3`, so that ten are seen beside 4096."""
    return float(_UPRIGHT * features**_UPRIGHTS)


def planes(channels: int) -> int:
    """How many squares stand for so many maps: one for each, as far as `MOST_PLANES`."""
    return min(channels, MOST_PLANES)


def stack(shape: Shape, scale: Scale = Scale()) -> Stack:
    """The planes of `[C, H, W]`, `[C, L]` or `[C, D, H, W]`; a vector is one upright bar."""
    if len(shape) < 2:
        return Stack(_BAR, scale.height * upright(prod(shape)), 1)
    tall, last = _upright(shape)
    least, most = _STEPS
    step = min(max(scale.side, least), most)
    down = step * scale.depth
    return Stack(scale.edge * edge(last), scale.edge * edge(tall), planes(shape[0]), (step, down))
