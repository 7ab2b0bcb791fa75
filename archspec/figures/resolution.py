"""Which maps have one resolution, and which a finer one."""

from __future__ import annotations

from archspec.figures.figure import Figure
from archspec.figures.folding import Box
from archspec.figures.grid import scales

_NEAR = 1.5
"""Sizes nearer than that are one resolution, where nothing else is known."""


def near(one: int, other: int) -> bool:
    """Whether two sizes are of one resolution, as far as they tell."""
    return max(one, other) < _NEAR * min(one, other)


class Resolutions:
    """Compares the resolutions of a figure's boxes.

    They are one where positions lie equally far apart in the input, so that a border more or less
    makes no other one. Where positions are lost, as in a vector, a box's size alone is known.
    """

    def __init__(self, figure: Figure) -> None:
        self.steps = {box: step for box, step in scales(figure).items() if step}

    def same(self, one: Box, other: Box) -> bool:
        """Whether two have one resolution."""
        spaces = one.shapes[0][1:], other.shapes[0][1:]
        if len(spaces[0]) != len(spaces[1]):
            return False
        if one in self.steps and other in self.steps:
            return self.steps[one] == self.steps[other]
        return all(near(a, b) for a, b in zip(*spaces, strict=True))

    def finer(self, one: Box, other: Box) -> bool:
        """Whether the first has a finer resolution than the second, in a space of the same kind."""
        spaces = one.shapes[0][1:], other.shapes[0][1:]
        if len(spaces[0]) != len(spaces[1]) or not spaces[0] or self.same(one, other):
            return False
        if one in self.steps and other in self.steps:
            return self.steps[one] < self.steps[other]
        return max(spaces[0]) > max(spaces[1])
