"""What figures say of sizes and outputs, and how they say what is long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.ir.graph import Output
from archspec.ops.types import Shape

LONGEST = 120
"""Characters of a line that a figure has room for."""


def short(text: str) -> str:
    """A line of words: of one that no figure has room for, its beginning and its end."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[-half:]}"


def check_title(text: str) -> None:
    """Raise a ValueError for a title that no figure has room for."""
    if len(text) > LONGEST:
        raise ValueError(f"a title has at most {LONGEST} characters, not {len(text):,}")


_LINE = 44
_LINES = 8


def enumerated(words: Sequence[str]) -> tuple[str, ...]:
    """Words with commas, in lines that are not long; of very many, the first."""
    if not words:
        return ()
    lines = [words[0]]
    for number, word in enumerate(words[1:], 1):
        if len(lines[-1]) + len(word) <= _LINE:
            lines[-1] += f", {word}"
        elif len(lines) < _LINES:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1] += f", … {len(words) - number:,} more"
            break
    return tuple(lines)


def by_axis(value: Any) -> str:
    """`3×5` for one size an axis, `(1, 2)` for the two sides of one."""
    if isinstance(value, tuple):
        return "×".join(
            f"({', '.join(map(str, v))})" if isinstance(v, tuple) else by_axis(v) for v in value
        )
    return f"{value:g}" if isinstance(value, float) else str(value)


def shape_words(shape: Shape) -> str:
    """`64×56×56`; `4096` for features."""
    return by_axis(shape)


def size_words(shape: Shape) -> str:
    """`64×56²`: channels, and the side of square or cubic maps; all sides where they differ."""
    channels, *sides = shape
    if len(sides) in _POWERS and len(set(sides)) == 1 and sides[0] > 1:
        return f"{channels}×{sides[0]}{_POWERS[len(sides)]}"
    return shape_words(shape)


_POWERS = {2: "²", 3: "³"}


def output_words(output: Output) -> tuple[str, ...]:
    """An output's shape and, below it, whether it is for training only."""
    shape = shape_words(output.node.output)
    if not output.train_only:
        return (shape,)
    weight = "" if output.loss_weight is None else f", loss × {output.loss_weight:g}"
    return shape, f"training only{weight}"


def printable(text: str) -> str:
    """Text that any viewer can show, and XML may hold: what is not printable becomes U+FFFD."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def shown(text: str) -> str:
    """A text without characters that cannot be shown, and with one space where there are more."""
    return " ".join(printable(text).split())
