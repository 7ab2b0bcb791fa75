"""How wide text is, in the metrics that Helvetica, Arial and Liberation Sans share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

FONT = "Liberation Sans,Arial,Helvetica,sans-serif"
"""The fonts that figures are set in, as SVG names them; the first is bundled."""

_EMS = {
    **dict.fromkeys("'ijl|", 0.222),
    **dict.fromkeys(" !,./:;I[\\]ft", 0.278),
    **dict.fromkeys("()-r`²³", 0.333),
    **dict.fromkeys("Jckszvxy", 0.5),
    **dict.fromkeys("+<=>~×", 0.584),
    **dict.fromkeys("FTZ", 0.611),
    **dict.fromkeys("&ABEKPSVXY", 0.667),
    **dict.fromkeys("CDHNRUw", 0.722),
    **dict.fromkeys("GOQ", 0.778),
    **dict.fromkeys("mM", 0.833),
    "%": 0.889,
    "W": 0.944,
    "@": 1.015,
}
"""Adobe's font metrics of Helvetica; what is not here is as wide as a digit."""

_DIGIT = 0.556
_WIDE = 1.0
_LINE = 1.2
_KNOWN = 4096
"""So many lines are remembered."""


def width(text: str, size: float) -> float:
    """Of one line, in the unit of the font's size; an ideograph is a square."""
    return size * _ems(text)


@lru_cache(_KNOWN)
def _ems(text: str) -> float:
    """Of one line, in sizes of the font; what is measured is measured again and again."""
    return sum(_EMS.get(letter, _DIGIT if ord(letter) < 0x1100 else _WIDE) for letter in text)


def wrapped(text: str, size: float, across: float) -> list[str]:
    """A text in lines that are no wider than so much, cut between words; a word stays whole."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width(longer, size) > across:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def extent(lines: Sequence[str], size: float) -> tuple[float, float]:
    """Width and height of a label."""
    return max((width(line, size) for line in lines), default=0.0), _LINE * size * len(lines)
