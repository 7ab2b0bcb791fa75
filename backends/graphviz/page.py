"""Figures on a page: a title above, a legend below, several side by side, a slide's shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from archspec.backends.graphviz.names import label
from archspec.backends.graphviz.sheet import Sheet, Thing
from archspec.backends.graphviz.style import painted
from archspec.figures.geometry import Point
from archspec.figures.measure import FONT, width
from archspec.figures.picture import ENLARGED
from archspec.figures.theme import Theme

_TITLE, _WORDS = 18.0, 12.0
_GAP = 14.0
_BETWEEN = 48.0
HEADING = _TITLE * 1.2 + _GAP + _BETWEEN
"""What each of several figures needs besides its own height, for its title and a gap."""

MARGIN = 14.4
"""Round a figure on its page."""

_ENOUGH = 1.5
"""The scale from which on words need not be larger, 24 pixels on a slide of 1280."""

_ABOUT = 0.93
"""By how much words may be smaller where that is less bothersome."""

_USUAL, _MAZE = 15.0, 0.01
"""Beyond so much bother words must be larger by so much for each arrow more that is cut."""

_EMPTY = 12.0
"""What it costs to leave a page empty, by the part that is, in the unit of an arrow that is cut."""


def titled(sheet: Sheet, title: str, theme: Theme, size: float = _TITLE) -> Sheet:
    """A line of words above a figure, if there are any."""
    if not title:
        return sheet
    look = {"shape": "plaintext", "fontname": FONT, "fontsize": f"{size:g}", "fontcolor": "ink"}
    large = size * theme.font_scale
    extent = width(title, large) + 4, large * 1.2
    head = Thing(" title", painted(look, theme) | {"label": label([title])}, (0.0, 0.0), extent)
    return stacked([Sheet([head], [], [], sheet.attributes), sheet], _GAP)


def stacked(sheets: Sequence[Sheet], gap: float = _BETWEEN, *, centred: bool = True) -> Sheet:
    """One below another."""
    widest = max(sheet.size[0] for sheet in sheets)
    y, moved = 0.0, []
    for sheet in sheets:
        (x0, _), (_, y1) = sheet.bounds
        indent = (widest - sheet.size[0]) / 2 if centred else 0.0
        moved.append(_shifted(sheet, indent - x0, y - y1))
        y -= sheet.size[1] + gap
    return _together(moved)


def abreast(sheets: Sequence[Sheet]) -> Sheet:
    """From left to right, with their heads in one line."""
    x, moved = 0.0, []
    for sheet in sheets:
        (x0, _), (_, y1) = sheet.bounds
        moved.append(_shifted(sheet, x - x0, -y1))
        x += sheet.size[0] + _BETWEEN
    return _together(moved)


def numbered(sheets: Sequence[Sheet]) -> list[Sheet]:
    """With names that tell the figures apart."""
    return [
        sheet.moved(lambda point: point, f"{number} ") for number, sheet in enumerate(sheets, 1)
    ]


def scale_of(size: Point, page: Point) -> float:
    """How large something of this size may be on a page, all in points: its scale."""
    width, height = size
    return min(page[0] / (width + 2 * MARGIN), page[1] / (height + 2 * MARGIN), ENLARGED)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well something fills a page, other than by what stands on it.

    Attributes:
        scale: how large it is.
        bother: what is bothersome about it, in the unit of an arrow that is cut.
    """

    scale: float
    bother: float

    @property
    def worth(self) -> float:
        """How large words are, where it is no more bothersome than usual."""
        return min(self.scale, _ENOUGH) / (1 + _MAZE * max(self.bother - _USUAL, 0.0))


Way = TypeVar("Way")


def best(ways: Iterable[tuple[Fit, Way]]) -> tuple[Fit, Way]:
    """By the size of words first, and of those that are about as large the least bothersome."""
    found = list(ways)
    largest = max(fit.worth for fit, _ in found)
    large = [each for each in found if each[0].worth >= _ABOUT * largest]
    return min(large, key=lambda each: each[0].bother)


def printed_size(sheet: Sheet, page: Point) -> float:
    """How large the words in boxes are on a page, in points."""
    return _WORDS * scale_of(sheet.size, page)


def fit(size: Point, page: Point, bother: float = 0.0) -> Fit:
    """How well what is so large fills a page, on which nothing should be empty."""
    scale = scale_of(size, page)
    empty = 1 - scale * size[0] / page[0] * scale * size[1] / page[1]
    return Fit(scale, bother + _EMPTY * empty)


def on_page(sheet: Sheet, page: Point) -> Sheet:
    """In the middle of a page of this shape, whose size in points is what it is drawn in."""
    (x0, y0), (x1, y1) = sheet.bounds
    scale = scale_of(sheet.size, page)
    half = page[0] / scale / 2, page[1] / scale / 2
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    low = middle[0] - half[0], middle[1] - half[1]
    high = middle[0] + half[0], middle[1] + half[1]
    unseen = {"style": "invis", "label": "", "shape": "point"}
    corners = [Thing(f" corner {n}", unseen, at, at) for n, at in enumerate((low, high))]
    return replace(
        sheet, boxes=[*sheet.boxes, *corners], attributes={**sheet.attributes, "pad": "0"}
    )


def _shifted(sheet: Sheet, across: float, up: float) -> Sheet:
    return sheet.moved(lambda point: (point[0] + across, point[1] + up))


def _together(sheets: Sequence[Sheet]) -> Sheet:
    return Sheet(
        boxes=[box for sheet in sheets for box in sheet.boxes],
        frames=[frame for sheet in sheets for frame in sheet.frames],
        lines=[line for sheet in sheets for line in sheet.lines],
        attributes=sheets[0].attributes,
    )
