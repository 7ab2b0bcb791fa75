"""Margins around a map: what an op can make of them."""

from __future__ import annotations

from archspec.ops.types import OpError, Shape, show


def both_sides(margins: object, rank: int) -> str | None:
    """How `pad` has margins of both sides that are written as `F.pad` has them: last axis first."""
    if not isinstance(margins, tuple) or len(margins) != 2 * rank:
        return None
    if not all(isinstance(margin, int) for margin in margins):
        return None
    pairs = reversed(list(zip(margins[::2], margins[1::2], strict=True)))
    return f"[{', '.join(map(show, pairs))}]"


def check_padding_mode(
    mode: str, shape: Shape, margins: tuple[int, ...], attribute: str = "padding"
) -> None:
    """`reflect` and `circular` take the margin from the map itself, so it must be large enough.

    Raises:
        OpError: E505 when an axis of `shape` is too short for its margin.
    """
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return
    for size, margin in zip(shape[1:], margins, strict=True):
        if margin and size < margin + spare:
            raise OpError(
                "E505",
                f"{size} values cannot be padded by {margin} in mode `{mode}`",
                expected=f"at least {margin + spare} values along the axis",
                found=show(shape),
                attribute=attribute,
            )
