"""The page that a figure fills: of a shape, such as 16:9, or of so many pixels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import gcd

from archspec.figures.geometry import Point

_POINTS_A_PIXEL = 0.75
_LONG_SIDE = 960.0
"""Of a page of which only the shape is told, in points: 1280 pixels."""

_LONGEST = 20
"""A page's long side by its short one, at most."""

MOST_PIXELS_A_SIDE = 32_000
MOST_PIXELS = 64_000_000
"""What viewers of bitmaps take."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A page's width and height: in pixels, or by each other alone."""

    width: int
    height: int
    in_pixels: bool

    @property
    def size(self) -> Point:
        """Width and height in points."""
        unit = _POINTS_A_PIXEL if self.in_pixels else _LONG_SIDE / max(self.width, self.height)
        return self.width * unit, self.height * unit

    @property
    def resolution(self) -> float:
        """How many dots an inch a bitmap has; where pixels were asked for, it is they."""
        return 72 / _POINTS_A_PIXEL if self.in_pixels else 144.0

    def whole(self, resolution: float) -> tuple[int, int]:
        """Width and height in whole dots, of which so many make an inch.

        They are in exactly the proportions asked for, and as near to `size` as such numbers are.
        """
        divisor = gcd(self.width, self.height)
        shape = self.width // divisor, self.height // divisor
        times = max(1, round(max(self.size) * resolution / 72 / max(shape)))
        return shape[0] * times, shape[1] * times


def paper(size: str) -> Paper | None:
    """What `16:9` or `1280x720` says; None where it says nothing, or more than can be drawn."""
    found = re.fullmatch(r"([1-9]\d{0,4})([:x×])([1-9]\d{0,4})", size)
    if found is None:
        return None
    made = Paper(int(found[1]), int(found[3]), found[2] != ":")
    long, short = sorted(made.whole(made.resolution), reverse=True)
    fits = long <= min(_LONGEST * short, MOST_PIXELS_A_SIDE) and long * short <= MOST_PIXELS
    return made if fits else None


def sized(size: str) -> Paper:
    """The page that is asked for.

    Raises:
        ValueError: for what says nothing, or more than can be drawn.
    """
    made = paper(size)
    if made is None:
        most = f"at most {MOST_PIXELS // 10**6} million"
        raise ValueError(f"{size!r} is no page's size: write 16:9, or 1280x720 in pixels, {most}")
    return made
