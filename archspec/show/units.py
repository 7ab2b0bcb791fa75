"""How quantities are written: exact, or in units that can be read at a glance."""

from __future__ import annotations

from archspec.ops import Shape


def exact(number: int) -> str:
    """`25,557,032`; `-` for nothing, so that a column can be scanned."""
    return f"{number:,}" if number else "-"


def brief(number: int) -> str:
    """`4.09G`: three digits and a power of a thousand."""
    return _scaled(number, ("", "K", "M", "G", "T", "P"), "") if number else "-"


def size(number: int) -> str:
    """`102.23 MB`: bytes in powers of a thousand."""
    return _scaled(number, ("B", "kB", "MB", "GB", "TB", "PB"), " ")


def _scaled(number: int, units: tuple[str, ...], gap: str) -> str:
    value, rank = float(number), 0
    while rank + 1 < len(units) and round(value, 2) >= 1000:
        value, rank = value / 1000, rank + 1
    text = f"{value:.2f}" if rank else str(number)
    return f"{text}{gap}{units[rank]}"


def dims(shape: Shape) -> str:
    """`64x112x112`: a shape in a table cell."""
    return "x".join(map(str, shape))
