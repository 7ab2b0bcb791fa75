"""How quantities are written: exact, or in units that can be read at a glance."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.ops import Shape
from archspec.ops.unknown import UNKNOWN

NOTHING = "-"
"""What stands for a number that is nothing, so that a column can be scanned."""


def exact(number: int) -> str:
    """`25,557,032`; `-` for nothing."""
    return f"{number:,}" if number else NOTHING


def brief(number: int) -> str:
    """`4.09G`: three digits and a power of a thousand."""
    return _scaled(number, ("", "K", "M", "G", "T", "P"), "") if number else NOTHING


def size(number: int) -> str:
    """`102.23 MB`: bytes in powers of a thousand."""
    if number is UNKNOWN:
        return str(number)
    return _scaled(number, ("B", "kB", "MB", "GB", "TB", "PB"), " ")


def exact_size(number: int) -> str:
    """`102,228,128 B`."""
    return str(number) if number is UNKNOWN else f"{number:,} B"


def ratio(number: float) -> str:
    """`12.34`; `-` where there is nothing to divide."""
    return f"{number:,.2f}" if number else NOTHING


def percent(part: float | None) -> str:
    """`46.2%`, or `-`."""
    return f"{part:.1%}" if part else NOTHING


def _scaled(number: int, units: tuple[str, ...], gap: str) -> str:
    value, rank = float(number), 0
    while rank + 1 < len(units) and round(value, 2) >= 1000:
        value, rank = value / 1000, rank + 1
    text = f"{value:.2f}" if rank else str(number)
    return f"{text}{gap}{units[rank]}"


def dims(shape: Shape) -> str:
    """`64x112x112`: a shape in a table cell."""
    return "x".join(map(str, shape))


def value_dims(shape: Shape | tuple[Shape, ...]) -> str:
    """The shape of one value, or those of several side by side, in one cell."""
    several = [size for size in shape if isinstance(size, tuple)]
    return all_dims(several) if several else "x".join(map(str, shape))


def all_dims(shapes: Iterable[Shape]) -> str:
    """`3x224x224;10`: shapes in one cell."""
    return ";".join(map(dims, shapes))


def per_axis(numbers: tuple[float | None, ...], everything: str) -> str:
    """`43x43`, one number an axis, a word in place of None."""
    if UNKNOWN in numbers:
        return str(UNKNOWN)
    if numbers and all(number is None for number in numbers):
        return everything
    return "x".join(everything if n is None else f"{n:,.4g}" for n in numbers)
