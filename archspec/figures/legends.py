"""What colours mean, below a picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archspec.figures.maps import Maps
from archspec.figures.measure import width
from archspec.figures.options import Options
from archspec.figures.paint import INK, LINE, PAPER, Paint
from archspec.figures.picture import Item, Picture, Polygon, Words
from archspec.figures.theme import Theme
from archspec.ops.types import Category

_SIZE = 10.0
_CORNERS = (0.0, 0.0), (18.0, 0.0), (18.0, 10.0), (0.0, 10.0)
"""Of a swatch."""


def with_legend(picture: Picture, kinds: Collection[Category], options: Options) -> Picture:
    """A picture with a swatch below it for each colour that has a meaning, if that is asked for."""
    return _with_key(picture, _colours(kinds, options.theme)) if options.legend else picture


def with_meanings(picture: Picture, boxes: Iterable[Maps], options: Options) -> Picture:
    """The same for each colour and each outline that boxes of the picture have."""
    if not options.legend:
        return picture
    boxes = list(boxes)
    kinds = {maps.kind for maps in boxes if not (maps.source or maps.folded)}
    swatches = _colours(kinds, options.theme)
    if any(maps.folded for maps in boxes):
        swatches.append((Polygon(_CORNERS, Paint("ground2"), LINE, 2.0), "block, folded"))
    if any(maps.whose for maps in boxes):
        shared = Polygon(_CORNERS, PAPER, LINE, 2.0, dotted=True)
        swatches.append((shared, "shares its weights"))
    return _with_key(picture, swatches)


def _colours(kinds: Collection[Category], theme: Theme) -> list[tuple[Polygon, str]]:
    return [(Polygon(_CORNERS, Paint(k), LINE, 0.8), said) for k, said in theme.meanings(kinds)]


def _with_key(picture: Picture, swatches: Iterable[tuple[Polygon, str]]) -> Picture:
    return picture.with_more([*_below(picture, swatches)])


def _below(picture: Picture, swatches: Iterable[tuple[Polygon, str]]) -> Iterator[Item]:
    (left, _), (_, low) = picture.box
    x, y = left, low + 22
    for swatch, meaning in swatches:
        yield from Picture((swatch,)).moved(x, y).items
        yield Words((x + 23, y + 8.5), meaning, _SIZE, INK, "start")
        x += 23 + width(meaning, _SIZE) + 18
