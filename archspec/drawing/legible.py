"""Whether a figure on a page can be read."""

from __future__ import annotations

import warnings

_PIXELS_A_POINT = 4 / 3
_LEAST = 7.5
"""Smaller words, in pixels, are not read from a slide."""


class Illegible(UserWarning):
    """A figure shows more than its page has room for."""


def warn_of_small(size: float) -> None:
    """Warns where words of this size in points are too small on their page."""
    pixels = size * _PIXELS_A_POINT
    if pixels < _LEAST:
        message = (
            f"words are {pixels:.1f} pixels high on this page: show less, by a level such as "
            "block, fused layers, or a part by itself"
        )
        warnings.warn(message, Illegible, stacklevel=2)
