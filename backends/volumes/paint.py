"""Colours of roles, and mixtures of them."""

from __future__ import annotations

from archspec.drawing.picture import Paint
from archspec.drawing.theme import Theme


def colour(paint: Paint, theme: Theme) -> str:
    """As `#rrggbb`."""
    base = theme.colour(paint.role)
    if not paint.other:
        return base
    other = theme.colour(paint.other)
    pairs = zip(_channels(base), _channels(other), strict=True)
    mixed = (round(a + (b - a) * paint.share) for a, b in pairs)
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
