"""Which nodes a word or a path selects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PATH = re.compile(r"(\.[A-Za-z0-9_]+)+")


@dataclass(frozen=True, slots=True)
class Selector:
    """`conv` is every node of an op; `.gate` what has that id, at any depth, and all within it;
    `.g.conv1` a path, which may begin at any depth.
    """

    text: str
    path: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Selector | None:
        """The selector that is written so; None where it is none."""
        if not text.startswith("."):
            return cls(text)
        return cls(text, tuple(text[1:].split("."))) if _PATH.fullmatch(text) else None

    def selects(self, op: str, names: Sequence[str]) -> bool:
        """Whether it means a node of this op whose path has these names."""
        if not self.path:
            return op == self.text
        size = len(self.path)
        return any(tuple(names[i : i + size]) == self.path for i in range(len(names) - size + 1))
