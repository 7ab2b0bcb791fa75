"""Names in sight: those of a block or a round, laid over those around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FEW = 16


class Namespace:
    """A value with attributes, such as `input` with `input.channels`; `label` names it."""

    __slots__ = ("attributes", "label")

    def __init__(self, label: str, attributes: Mapping[str, object]) -> None:
        self.label = label
        self.attributes = attributes

    def __repr__(self) -> str:
        return self.label


class Environment(Mapping[str, Any]):
    """Names with their values over others, which are not copied.

    A network may have a thousand parameters, and a thousand instances of a block that see them.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, outer: Mapping[str, Any], inner: Mapping[str, Any]) -> None:
        self._outer, self._inner = outer, inner

    def __getitem__(self, name: str) -> Any:
        names: Mapping[str, Any] = self
        while isinstance(names, Environment):
            if name in names._inner:
                return names._inner[name]
            names = names._outer
        return names[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._outer), **dict.fromkeys(self._inner)})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def over(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """`inner` over `outer`: one dictionary where it is small, for that is faster to look into."""
    if not inner:
        return outer
    if isinstance(outer, dict) and len(outer) <= _FEW:
        return {**outer, **inner}
    return Environment(outer, inner)
