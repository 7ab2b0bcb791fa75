"""Drop-path: stochastic depth, and the joins of FractalNet."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, TypeVar

from archspec.ops.base import Op
from archspec.ops.merge import Merge
from archspec.ops.stencil import Reading, everything, still
from archspec.ops.tape import Tape, Value
from archspec.ops.types import (
    Category,
    Count,
    DropRate,
    Expect,
    Index,
    Kind,
    OpError,
    Probability,
    Shape,
    show,
)
from archspec.ops.work import Work

_T = TypeVar("_T")


class DropPath(Op):
    """Sets whole samples to zero with probability p and scales the rest by 1 / (1 - p).

    At the end of a residual branch this is stochastic depth: a sample skips the branch. Huang et
    al. 2016, where p grows with the depth. The identity in evaluation.
    """

    name: ClassVar[str] = "drop_path"
    category: ClassVar[Category] = "noise"
    trains_only: ClassVar[bool] = True
    primary: ClassVar[str | None] = "p"
    passes_on: ClassVar[bool] = True
    local: ClassVar[bool] = True

    p: DropRate = 0.1

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """In training a comparison with p, and 2 operations a value: to drop, and to scale it."""
        if not training or self.p == 0:
            return Work()
        return Work(elementwise=2 * prod(output), comparisons=1)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        (x,) = inputs
        if not tape.training or self.p == 0:
            return x
        kept = tape.tensor((x.shape[0],), "bool", "masks")
        return tape.call(x.shape, tape.call(x.shape, x, keeps=[kept], aside=[kept]))


class FractalJoin(Merge):
    """The mean of its operands; in training each is dropped with probability p, sample by sample.

    At least one always stays, and the mean is over those that stay. `columns` names the value of
    a `choose_column`: where that is not all ones, only the operands whose column it chose count,
    or all where it chose none of them; `first` is the column of the first operand, and the
    others follow. Larsson et al. 2016, FractalNet, section 3: local drop-path and, with
    `columns`, global drop-path.
    """

    name: ClassVar[str] = "fractal_join"
    quiet: ClassVar[tuple[str, ...]] = ("first",)
    called: ClassVar[str] = "mean"
    references: ClassVar[tuple[str, ...]] = ("columns",)
    gathers: ClassVar[bool] = True

    p: Probability = 0.15
    columns: Annotated[str | None, Expect("the id of a node"), Kind("reference")] = None
    first: Index = 0

    def infer(self, *inputs: Shape) -> Shape:
        operands = inputs if self.columns is None else inputs[:-1]
        self.check_count(operands)
        if len(set(operands)) > 1:
            raise self.disagree("equal shapes", operands, None)
        if self.columns is not None:
            chosen = inputs[-1]
            if len(chosen) != 1:
                raise OpError(
                    "E502",
                    f"`columns` is a value of shape {show(chosen)}",
                    expected="[n], as `choose_column` gives it",
                    found=show(chosen),
                    attribute="columns",
                )
            if self.first + len(operands) > chosen[0]:
                raise OpError(
                    "E505",
                    f"there are no {len(operands)} columns from column {self.first} on",
                    expected=f"at least {self.first + len(operands)} columns",
                    found=show(chosen),
                    attribute="first",
                )
        return operands[0]

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """In evaluation as in `mean`. In training, for n operands, 2 n - 1 operations a value, as
        many for the sample's factors, and 3 n - 1 comparisons: of n draws with p, and to find the
        largest, which stays; with `columns` one more for each operand, and for each column.
        """
        n = len(inputs) if self.columns is None else len(inputs) - 1
        if not training:
            return Work(elementwise=(n if n > 1 else 0) * prod(output))
        comparisons = 3 * n - 1 + (0 if self.columns is None else n + inputs[-1][0])
        return Work(elementwise=(2 * n - 1) * (prod(output) + 1), comparisons=comparisons)

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        operands = inputs if self.columns is None else inputs[:-1]
        shape = operands[0].shape
        if not tape.training:
            return tape.gather("mean", *operands)
        stacked = tape.merge((len(operands), *shape), *operands)
        weights = tape.tensor((len(operands), shape[0]), stacked.dtype, "masks")
        weighted = tape.call(stacked.shape, stacked, keeps=[weights], aside=[weights])
        total = tape.sum(shape, weighted)
        tape.hold(stacked)
        return total

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        flowing = len(inputs) - (self.columns is not None)
        readings = tuple(still(len(output)) for _ in range(flowing))
        return readings if self.columns is None else (*readings, everything(1))


class ChooseColumn(Op):
    """For each sample one of n columns, at random with probability p, or all: `[n]` of 0 and 1.

    All ones in evaluation. Reads any value, whose batch it follows; for the joins of FractalNet,
    see `fractal_join`. Larsson et al. 2016, global drop-path.
    """

    name: ClassVar[str] = "choose_column"
    category: ClassVar[Category] = "noise"
    primary: ClassVar[str | None] = "columns"

    columns: Count
    p: Probability = 0.5

    def infer(self, *inputs: Shape) -> Shape:
        return (self.columns,)

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """In training a comparison with p."""
        return Work(comparisons=int(training))

    def trace(self, tape: Tape, *inputs: Value) -> Value:
        return tape.call((inputs[0].shape[0], self.columns))

    def read(self, inputs: tuple[_T, ...]) -> tuple[_T, ...]:
        return ()

    def stencils(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Reading, ...]:
        return ()
