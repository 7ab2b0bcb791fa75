"""Sizes taken from another map: `like` names the node whose spatial axes an output has."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeVar

from pydantic import Field

from archspec.ops.base import Op, spread
from archspec.ops.types import Expect, Kind, OpError, Shape, show

Like = Annotated[
    Annotated[str, Field(min_length=1)] | None, Expect("the id of a node"), Kind("reference")
]

_T = TypeVar("_T")


class SizedLike(Op):
    """Base of the ops that may have an attribute `like`, whose node's shape alone they read."""

    references: ClassVar[tuple[str, ...]] = ("like",)

    def read(self, inputs: tuple[_T, ...]) -> tuple[_T, ...]:
        return inputs[:1]


def like_sizes(op: Op, rank: int, inputs: tuple[Shape, ...]) -> tuple[int, ...]:
    """The spatial sizes of the second operand, which `like` names.

    Raises:
        OpError: E502 when that has not `rank` spatial axes.
    """
    like = inputs[1]
    if len(like) - 1 != rank:
        raise OpError(
            "E502",
            f"`{op.name}` makes {rank} spatial axes, not those of {show(like)}",
            expected=f"{rank} spatial axes in both",
            found=show(like),
            attribute="like",
        )
    return like[1:]


def given_or_like(
    op: Op, size: int | tuple[int, ...] | None, rank: int, inputs: tuple[Shape, ...]
) -> tuple[int, ...]:
    """The spatial sizes that `size` says, or those of the node that `like` names."""
    return like_sizes(op, rank, inputs) if size is None else spread(size, rank, "size")
