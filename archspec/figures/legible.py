"""Whether a figure can be read from a slide, and what to try where it cannot."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

from archspec.figures.options import Options
from archspec.figures.picture import Picture
from archspec.figures.slides import LEGIBLE, fitting, room

ADVICE = "archspec.advice"
"""The logger of what might be tried."""
_LOG = logging.getLogger(ADVICE)

_PIXELS_A_POINT = 4 / 3
_LEAST = 7.5
"""Smaller words, in pixels, are not read from a page by anyone."""
_HAIR = 0.05


class Illegible(UserWarning):
    """A figure shows more than its page has room for."""


def tell_of_small(pixels: float, options: Options) -> None:
    """Say where words of this height are too small on the page, or else on a slide.

    What is not read at all on a page that was asked for is warned of. Nothing is said of a figure
    without a page in which every layer is asked for.
    """
    least = min(LEGIBLE, LEGIBLE * options.theme.font_scale)
    on_page = options.page is not None
    if pixels >= least - _HAIR or (options.level == "layer" and not on_page):
        return
    where = "this page" if on_page else "a slide of 1280×720"
    *others, last = remedies(options)
    ways = f"{', '.join(others)} or {last}" if others else last
    message = f"words are {pixels:.1f} pixels high on {where}: try {ways}"
    if on_page and pixels < _LEAST:
        warnings.warn(message, Illegible, stacklevel=2)
    else:
        _LOG.info("%s", message)


def remedies(options: Options) -> Iterator[str]:
    """What leaves larger words, as far as it is not asked for already."""
    boxes = options.style == "blocks"
    if boxes:
        yield "--style strip"
    if options.level not in ("stage", "network"):
        yield "--level stage" if options.level == "block" else "--level block"
    if boxes and not options.fuse:
        yield "--fuse"
    if options.shapes not in (None, "none"):
        yield "--shapes none"
    yield "a smaller part, with --only" if options.parts else "a part, with --only"


def tell_of_small_words(picture: Picture, options: Options) -> None:
    """The same of the least words of a picture."""
    tell_of_small(fitting(picture, room(options), options.page), options)


def tell_of_small_print(points: float, options: Options) -> None:
    """The same of words of this size in points."""
    tell_of_small(points * _PIXELS_A_POINT, options)
