"""Sampling at points that the network computes: affine grids, and values read at a grid."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal, TypeVar

from archspec.ops.like import Like, SizedLike, given_or_like
from archspec.ops.merge import Merge
from archspec.ops.stencil import STILL, Along, Reading, everything
from archspec.ops.tape import Tape, Value
from archspec.ops.types import Category, Child, MaybeSizes, OpError, Shape, show
from archspec.ops.work import Work, interpolated, separable

_AXES = {(6,): 2, (2, 3): 2, (12,): 3, (3, 4): 3}
"""How many axes the map has that an affine transformation of this shape is for."""

_HELD = {
    "zeros": Work(),
    "border": Work(comparisons=2),
    "reflection": Work(elementwise=7, comparisons=3),
}
"""What it costs to hold a coordinate to the map."""

_T = TypeVar("_T")


class AffineGrid(SizedLike):
    """The points an affine transformation sends the pixels of a map to: `F.affine_grid`.

    Reads the transformation, `[6]` or `[2, 3]` for an image and `[12]` or `[3, 4]` for a volume,
    row by row; gives `[H, W, 2]` or `[D, H, W, 3]`, coordinates from -1 to 1, x first. The map
    has the size `size`, or that of the node `like` names. Jaderberg et al. 2015, Spatial
    transformer networks; see `grid_sample`.
    """

    name: ClassVar[str] = "affine_grid"
    quiet: ClassVar[tuple[str, ...]] = ("align_corners",)
    called: ClassVar[str] = "grid generator"
    primary: ClassVar[str | None] = "size"
    sized: ClassVar[tuple[str, ...]] = ("size",)
    child: ClassVar[Child] = "never"

    size: MaybeSizes = None
    like: Like = None
    align_corners: bool = False

    @property
    def features_last(self) -> bool:
        return True

    def infer(self, *inputs: Shape) -> Shape:
        shape = inputs[0]
        if shape not in _AXES:
            raise OpError(
                "E505",
                f"a value of shape {show(shape)} is no affine transformation",
                expected="[6] or [2, 3] for an image, [12] or [3, 4] for a volume",
                found=show(shape),
            )
        rank = _AXES[shape]
        return (*self.sizes(*inputs), rank)

    def sizes(self, *inputs: Shape) -> tuple[int, ...]:
        """The size of the map that is to be sampled."""
        rank = _AXES[inputs[0]]
        self.check_either("size", "like")
        return given_or_like(self, self.size, rank, inputs)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """n multiplications and n additions a coordinate, in n dimensions."""
        return Work(elementwise=2 * output[-1] * prod(output))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        """The gradient of theta reads a grid of the output's points, each with a 1 at its end."""
        shape = self.batched(*inputs)
        points = tape.tensor((*shape[:-1], shape[-1] + 1))
        return tape.call(shape, inputs[0], scratch=points.nbytes)

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return (everything(len(inputs[0])),)


class GridSample(Merge):
    """The values of a map at the points of a grid: `F.grid_sample`.

    Two branches, the map `[C, H, W]` and the grid `[h, w, 2]`, as `affine_grid` makes it, give
    `[C, h, w]`; a volume `[C, D, H, W]` takes a grid `[d, h, w, 3]`. Between pixels the value is
    interpolated; `padding_mode` says what lies outside. Jaderberg et al. 2015.
    """

    name: ClassVar[str] = "grid_sample"
    category: ClassVar[Category] = "other"
    operands: ClassVar[tuple[str, ...]] = ("", "grid")
    quiet: ClassVar[tuple[str, ...]] = ("align_corners",)
    called: ClassVar[str] = "sampler"

    mode: Literal["bilinear", "nearest", "bicubic"] = "bilinear"
    padding_mode: Literal["zeros", "border", "reflection"] = "zeros"
    align_corners: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        self.check_count(inputs, exactly=2)
        x, grid = inputs
        rank = len(x) - 1
        if rank not in (2, 3) or len(grid) != rank + 1 or grid[-1] != rank:
            wanted = "[C, H, W] and [h, w, 2], or [C, D, H, W] and [d, h, w, 3]"
            raise self.disagree(wanted, inputs, "the map comes first, then the grid")
        if self.mode == "bicubic" and rank == 3:
            raise OpError(
                "E210",
                "`grid_sample` has no mode `bicubic` for volumes",
                expected="`bilinear` or `nearest`",
                found=self.mode,
                attribute="mode",
            )
        return (x[0], *grid[:-1])

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """For each coordinate of a point 4 operations (3 where corners are aligned) to scale it to
        pixels, and what holds it to the map: nothing for `zeros`, 2 comparisons for `border`, 7
        operations and 3 comparisons for `reflection`. Then in 2 and 3 dimensions: 10 and 25
        operations for the weights of a point's pixels, 7 and 15 for each value there; `nearest`:
        2 and 3, nothing; `bicubic`: 54, 35, and it holds four coordinates an axis.
        """
        rank = len(output) - 1
        points, values = prod(output[1:]), prod(output)
        scaled = rank * (3 if self.align_corners else 4)
        for_point, for_value = {
            "nearest": (rank, 0),
            "bilinear": interpolated(rank),
            "bicubic": (27 * rank, separable(4, rank)),
        }[self.mode]
        held = _HELD[self.padding_mode] * (rank * (4 if self.mode == "bicubic" else 1))
        return held * points + Work(elementwise=(scaled + for_point) * points + for_value * values)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        x, grid = map(tape.widened, inputs)
        return tape.call(self.batched(x, grid), x, grid, keeps=[x, grid])

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        x, grid = inputs
        points = (*(Along(axis + 1, STILL) for axis in range(len(grid) - 1)), None)
        return (everything(len(x)), points)  # the grid can point anywhere
