"""Pictures in rows below another."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.figures.picture import Item, Picture
from archspec.figures.slides import SLIDE

_BETWEEN = 20.0


def beneath(picture: Picture, others: Sequence[Picture]) -> Picture:
    """A picture and rows of others below it, which are no wider than it is, or than a slide."""
    (left, _), (right, _) = picture.box
    for row in _in_rows(others, max(right - left, SLIDE[0])):
        picture = under(picture, row)
    return picture


def _in_rows(pictures: Sequence[Picture], across: float) -> list[Picture]:
    """Pictures side by side, as many a row as are no wider than so much."""
    rows: list[list[Item]] = []
    x = 0.0
    for picture in pictures:
        (left, top), (right, _) = picture.box
        if not rows or x + right - left > across:
            rows.append([])
            x = 0.0
        rows[-1] += picture.moved(x - left, -top).items
        x += right - left + _BETWEEN
    return [Picture(tuple(row)) for row in rows]


def under(picture: Picture, other: Picture) -> Picture:
    """A picture and another one below its middle."""
    (left, _), (right, low) = picture.box
    (a, top), (b, _) = other.box
    moved = other.moved((left + right - a - b) / 2, low + _BETWEEN - top)
    return picture.with_more(moved.items)
