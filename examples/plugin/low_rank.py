"""An op from outside archspec: a linear layer whose weight is a product of two thin matrices.

    archspec stats low_rank.yaml --plugin low_rank
    archspec compile low_rank.yaml --plugin low_rank --check

Importing this module registers the op (a subclass of `Op` with a name) and its lowering.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Annotated, ClassVar

from archspec.backends.torch.helpers import carry
from archspec.backends.torch.layers import Arg, Construct, Layer, from_attribute, lowers
from archspec.ops import Op, OpError, Shape, Tensor, Work
from archspec.ops.types import Category, Channels, Kind, Positive, show


class LowRank(Op):
    """y = B A x + b on features `[F]`, with A of shape `[rank, F]` and B `[out_features, rank]`.

    MACs: rank * (F + out_features). Denil et al. 2013, Predicting parameters in deep learning.
    """

    name: ClassVar[str] = "low_rank"
    called: ClassVar[str] = "low-rank FC"
    primary: ClassVar[str | None] = "out_features"
    inferred: ClassVar[tuple[str, ...]] = ("in_features",)
    category: ClassVar[Category] = "linear"
    makes: ClassVar[str | None] = "out_features"
    quiet: ClassVar[tuple[str, ...]] = ("bias",)

    out_features: Channels
    rank: Annotated[Positive, Kind("channels")]
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 1:
            raise OpError(
                "E502",
                f"`low_rank` cannot take a value of shape {show(shape)}",
                expected="[F]",
                found=show(shape),
                hint="put `flatten` before it",
            )
        if self.rank > min(shape[0], self.out_features):
            raise OpError(
                "E505",
                f"a rank of {self.rank} saves nothing",
                expected=f"a rank of at most {min(shape[0], self.out_features)}",
                found=str(self.rank),
                attribute="rank",
            )
        return (self.out_features,)

    def tensors(self, *inputs: Shape) -> tuple[Tensor, ...]:
        ((features,),) = inputs
        down = Tensor("down.weight", (self.rank, features), "weight")
        up = Tensor("up.weight", (self.out_features, self.rank), "weight")
        return (down, up, Tensor("up.bias", (self.out_features,), "bias"))[: 2 + self.bias]

    def work(self, inputs: tuple[Shape, ...], output: Shape, training: bool = False) -> Work:
        """rank * (F + out_features) MACs; with a bias, one addition a value."""
        ((features,),) = inputs
        macs = self.rank * (features + self.out_features)
        return Work(macs, elementwise=prod(output) if self.bias else 0)


carry("LowRankLinear", Path(__file__).with_name("low_rank_linear.py"))


@lowers(LowRank)
def low_rank(op: LowRank, inputs: tuple[Shape, ...]) -> Layer:
    """Write `LowRankLinear(in_features, out_features, rank)`."""
    features = Arg("in_features", inputs[0][0], "@features", positional=True)
    given = (from_attribute(op, name, positional=True) for name in ("out_features", "rank"))
    bias = from_attribute(op, "bias", True)
    return Layer(Construct("LowRankLinear", (features, *given, bias)), helper="LowRankLinear")
