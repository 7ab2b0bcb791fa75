"""Dropout in its forms. Each is the identity in evaluation, and keeps the shape."""

from __future__ import annotations

from typing import ClassVar

from archspec.ops.base import Fraction, Op, Shape, spatial


class _Dropout(Op):
    primary: ClassVar[str | None] = "p"
    passes_on: ClassVar[bool] = True

    p: Fraction = 0.5
    inplace: bool = False


class Dropout(_Dropout):
    """Sets each value to zero with probability p and scales the rest by 1 / (1 - p).

    Srivastava et al. 2014. `nn.Dropout`.
    """

    name: ClassVar[str] = "dropout"


class SpatialDropout(_Dropout):
    """Dropout of whole channels: `nn.Dropout1d`, `nn.Dropout2d`, `nn.Dropout3d`.

    Tompson et al. 2014.
    """

    name: ClassVar[str] = "spatial_dropout"

    def infer(self, *inputs: Shape) -> Shape:
        spatial(self, inputs[0])
        return inputs[0]


class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance, for networks of `selu`. Klambauer et al. 2017."""

    name: ClassVar[str] = "alpha_dropout"


class FeatureAlphaDropout(_Dropout):
    """`alpha_dropout` of whole channels."""

    name: ClassVar[str] = "feature_alpha_dropout"
