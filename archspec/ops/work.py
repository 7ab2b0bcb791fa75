"""What an op computes: multiply-accumulates, other arithmetic, and comparisons, kept apart.

Conventions, with which every op's `work` is written:

- A MAC is one multiplication and the addition of its product to a sum, in a convolution, a
  linear layer or a matrix product. Zeros of the padding are multiplied too.
- Any other addition, subtraction, multiplication, division or call of a function (exp, log,
  sqrt, erf, tanh, a power, rounding down) is one elementwise operation; so is adding a bias.
- Choosing the larger of two values is one comparison; so are a test that a value takes and
  one bound that it is held to. Where a test has two outcomes, the costlier is counted.
- What depends on parameters, attributes and shapes alone counts as nothing, for it can be
  done ahead: folding a batch norm into a factor and an offset, masking a weight, the weights
  of an enlargement. Nor is there a count for what is done once for a whole batch, for finding
  where a value lies in memory, or for drawing a random number.
- A window counts whole where it overhangs the map, as the padding of a convolution does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """What is computed of one sample."""

    macs: int = 0
    elementwise: int = 0
    comparisons: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.macs + other.macs,
            self.elementwise + other.elementwise,
            self.comparisons + other.comparisons,
        )

    def __mul__(self, times: int) -> Work:
        return Work(self.macs * times, self.elementwise * times, self.comparisons * times)


def interpolated(rank: int) -> tuple[int, int]:
    """Operations of linear interpolation at a point between pixels: for the point, for a value.

    Along each of `rank` axes the point's place is rounded down, and the distances to both
    neighbours are found; each of the 2^rank corners has the product of its distances as its
    weight. A value is the weighted sum of the corners.
    """
    corners: int = 2**rank
    return 3 * rank + corners * (rank - 1), 2 * corners - 1


def separable(taps: int, rank: int) -> int:
    """Operations of interpolation axis by axis, with `taps` weights for each that are known.

    A weighted sum of `taps` values along the last axis, for each of those along the axes
    before.
    """
    sums: int = sum(taps**axis for axis in range(rank))
    return (2 * taps - 1) * sums
