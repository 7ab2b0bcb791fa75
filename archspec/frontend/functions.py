"""The functions that expressions may call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def _total(values: Any) -> Any:
    """`sum` of numbers only; Python's would join lists, in quadratic time."""
    values = list(values)
    if not all(isinstance(value, int | float) for value in values):
        raise TypeError("only numbers have a sum")
    return sum(values)


def _truths(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """`all` or `any` of a list; Python's would take a word for a list of letters."""

    def judged(values: Any) -> bool:
        if not isinstance(values, list | tuple | range):
            raise TypeError("not iterable")
        return of(values)

    return judged


def _log2(number: float) -> float:
    if number <= 0:
        raise ValueError("only numbers above 0")
    return math.log2(number)


def _rounded(number: float, digits: int = 0) -> float:
    if not -18 <= digits <= 18:
        raise ValueError("at most 18 digits")
    return round(number, digits) if digits else round(number)


def _whole(value: str | float) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise OverflowError
    return int(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "range": range,
    "len": len,
    "min": min,
    "max": max,
    "sum": _total,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": _rounded,
    "abs": abs,
    "int": _whole,
    "all": _truths(all),
    "any": _truths(any),
    "log2": _log2,
}

# What Python says of a failed call, and how an expression's author would put it.
REASONS = (
    ("not iterable", "it takes a list"),
    ("has no len", "it takes a list"),
    ("iterable argument is empty", "the list is empty"),
    ("empty sequence", "the list is empty"),
    ("argument", "it takes another number of values"),
    ("not supported between", "the values cannot be compared"),
    ("must not be zero", "the step is zero"),
    ("only numbers have a sum", "only numbers have a sum"),
    ("only numbers above 0", "only numbers above 0 have a logarithm"),
    ("at most 18 digits", "at most 18 digits can be kept"),
    ("interpreted as an integer", "it takes whole numbers, as `//` and `int` give them"),
    ("invalid literal", "the word is no number"),
)
