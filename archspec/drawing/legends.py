"""What colours mean, below a picture."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from archspec.drawing.measure import width
from archspec.drawing.paint import INK, LINE, Paint
from archspec.drawing.picture import Item, Picture, Polygon, Words
from archspec.drawing.theme import Kind, Theme

_SIZE = 10.0


def with_legend(picture: Picture, kinds: Collection[Kind], theme: Theme) -> Picture:
    """A picture with a swatch for each colour of kinds that have a meaning, in a row below."""
    return replace(picture, items=(*picture.items, *_swatches(picture, kinds, theme)))


def _swatches(picture: Picture, kinds: Collection[Kind], theme: Theme) -> Iterator[Item]:
    (left, _), (_, low) = picture.box
    x, y = left, low + 22
    for kind, meaning in theme.meanings(kinds):
        corners = ((x, y), (x + 18, y), (x + 18, y + 10), (x, y + 10))
        yield Polygon(corners, Paint(kind), LINE, 0.8)
        yield Words((x + 23, y + 8.5), meaning, _SIZE, INK, "start")
        x += 23 + width(meaning, _SIZE) + 18
