"""Drop-path: stochastic depth, and the joins of FractalNet."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from archspec.ops.base import Count, Expect, Fraction, Op, OpError, Positive, Shape, show
from archspec.ops.merge import Merge

Share = Annotated[
    Annotated[float, Field(ge=0, lt=1)], Expect("a number of at least 0 and less than 1")
]


class DropPath(Op):
    """Sets whole samples to zero with probability p and scales the rest by 1 / (1 - p).

    At the end of a residual branch this is stochastic depth: a sample skips the branch. Huang et
    al. 2016, where p grows with the depth. The identity in evaluation.
    """

    name: ClassVar[str] = "drop_path"
    primary: ClassVar[str | None] = "p"
    passes_on: ClassVar[bool] = True

    p: Share = 0.1


class FractalJoin(Merge):
    """The mean of its operands; in training each is dropped with probability p, sample by sample.

    At least one always stays, and the mean is over those that stay. `columns` names the value of
    a `choose_column`: where that is not all ones, only the operands whose column it chose count,
    or all where it chose none of them; `first` is the column of the first operand, and the
    others follow. Larsson et al. 2016, FractalNet, section 3: local drop-path and, with
    `columns`, global drop-path.
    """

    name: ClassVar[str] = "fractal_join"
    references: ClassVar[tuple[str, ...]] = ("columns",)

    p: Fraction = 0.15
    columns: Annotated[str | None, Expect("the id of a node")] = None
    first: Count = 0

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


class ChooseColumn(Op):
    """For each sample one of n columns, at random with probability p, or all: `[n]` of 0 and 1.

    All ones in evaluation. Reads any value, whose batch it follows; for the joins of FractalNet,
    see `fractal_join`. Larsson et al. 2016, global drop-path.
    """

    name: ClassVar[str] = "choose_column"
    primary: ClassVar[str | None] = "columns"

    columns: Positive
    p: Fraction = 0.5

    def infer(self, *inputs: Shape) -> Shape:
        return (self.columns,)
