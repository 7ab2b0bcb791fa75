"""A number that an op does not say: whatever is computed with it is unknown, too."""

from __future__ import annotations

from typing import Any


class _Unknown(float):
    """The number that absorbs all others, as NULL does in SQL; written `unknown`, never 0.

    It is a float so that it may stand wherever a number does: neither larger nor smaller than
    any, and true. There is one, `UNKNOWN`, also after copying and pickling.
    """

    __slots__ = ()

    def __new__(cls) -> _Unknown:
        return super().__new__(cls, "nan")

    def _absorb(self, *_: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _absorb
    __mod__ = __rmod__ = __pow__ = __rpow__ = _absorb
    __neg__ = __pos__ = __abs__ = __round__ = _absorb

    def __eq__(self, other: object) -> bool:
        return other is self

    def __ne__(self, other: object) -> bool:
        return other is not self

    def __hash__(self) -> int:
        return hash("unknown")

    def __str__(self) -> str:
        return "unknown"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "unknown"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()


def plain(value: Any, unknown: str | None = None) -> Any:
    """Return data for JSON, with None or a word in place of what is unknown."""
    if value is UNKNOWN:
        return unknown
    if isinstance(value, dict):
        return {key: plain(each, unknown) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, unknown) for each in value]
    return value
