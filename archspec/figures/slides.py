"""A slide: how large words are on it, and how much of a network to try to show there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from archspec.figures.detail import Level, Repeat
from archspec.figures.geometry import Point
from archspec.figures.options import Options
from archspec.figures.picture import Picture, Words, titled

LEGIBLE = 14.0
"""Pixels."""
SIZE = 10.0
"""Of words, in points."""
_PIXELS = (1280.0, 720.0)
_PIXELS_A_POINT = 4 / 3
SLIDE = (_PIXELS[0] * SIZE / LEGIBLE, _PIXELS[1] * SIZE / LEGIBLE)
"""Width and height of a slide where words of 10 points are legible."""

FEW = 5
"""Boxes that are too few to show how a network is made, where more could be shown."""

_DETAILS: tuple[tuple[Level, Repeat], ...] = (
    ("block", "equal"),
    ("block", "alike"),
    ("stage", "alike"),
)


def room(options: Options) -> Point:
    """Width and height, in pixels, of the page that is asked for, or else of a slide.

    A page of which only the shape is told is as large as a projector shows it: 4:3 is 960×720, and
    no side of any is longer than 1280.
    """
    if options.page is None or options.paper is None:
        return _PIXELS
    wide, high = options.page
    short, long = sorted((wide, high))
    fits = min(_PIXELS[0] / long, _PIXELS[1] / short)
    scale = _PIXELS_A_POINT if options.paper.in_pixels else fits
    return wide * scale, high * scale


def pixels(picture: Picture, room: Point = _PIXELS) -> float:
    """How high the least words are, in so much room, under a title."""
    return fitting(titled(picture, "title"), room)


def fitting(picture: Picture, room: Point = _PIXELS, page: Point | None = None) -> float:
    """How high the least words are, in so much room, on a page if there is one; inf of none."""
    _, _, wide, high = picture.outline(page)
    least = min((item.size for item in picture.items if isinstance(item, Words)), default=inf)
    return least * min(room[0] / wide, room[1] / high)


def legible(options: Options) -> float:
    """How high words are to be at the least, in pixels; larger ones where these are asked for."""
    return LEGIBLE * options.theme.font_scale


def told(options: Options) -> bool:
    """Whether it is said how far a network is opened."""
    return options.level is not None or options.depth is not None


def details(options: Options) -> Iterator[Options]:
    """Less and less to show: what is told of it stays."""
    for level, repeat in _DETAILS:
        chosen = replace(options, repeat=repeat) if options.repeat == "equal" else options
        yield chosen if told(options) else replace(chosen, level=level)
