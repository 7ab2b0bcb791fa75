"""What is made only as far as it is asked for, and no more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from itertools import tee
from typing import TypeVar

_Made = TypeVar("_Made")


class Kept(Iterable[_Made]):
    """What an iterator gives, as often as it is asked for."""

    def __init__(self, made: Iterable[_Made]) -> None:
        (self._made,) = tee(made, 1)

    def __iter__(self) -> Iterator[_Made]:
        return copy(self._made)
