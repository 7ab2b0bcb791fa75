"""What was made of graphs, kept as long as a graph is there and is what it was."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from archspec.ir.graph import Graph

Made = TypeVar("Made")


def unchanged(before: Sequence[Any], now: Sequence[Any]) -> bool:
    """Whether all that there was is still there: the same objects, one behind the other."""
    return len(before) == len(now) and all(map(is_, before, now))


class Remembered(Generic[Made]):
    """What was made of each graph, with all that it was made from."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Graph, tuple[Sequence[Any], Made]] = WeakKeyDictionary()

    def of(self, graph: Graph, now: Sequence[Any]) -> Made | None:
        """What was made of a graph, if what it was made from is what there is now."""
        known = self._known.get(graph)
        return known[1] if known is not None and unchanged(known[0], now) else None

    def keep(self, graph: Graph, now: Sequence[Any], made: Made) -> Made:
        """Remember what was made, and return it."""
        self._known[graph] = now, made
        return made
