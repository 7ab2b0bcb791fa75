"""Which kinds an expression may relate: what a person would write, and not what is true by chance.

Kinds are those that ops declare of their attributes. `FORMS` says for the kind of a target how it
may follow from one column of another kind, `PAIRS` how from two, `tests` of which columns it may
depend by a condition, and `COMPARED` which kinds may be compared with one another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBERS = frozenset(
    {
        *("axis", "channels", "count", "dilation", "factor", "groups", "index", "kernel"),
        *("number", "padding", "probability", "rate", "size", "stride"),
    }
)
"""Kinds whose values are numbers, as a rule."""

_COUNTED = frozenset({"is", "times", "over", "plus"})
FORMS: Mapping[tuple[str, str], frozenset[str]] = {
    ("channels", "channels"): _COUNTED,
    ("channels", "count"): frozenset({"times"}),
    ("channels", "number"): frozenset({"scaled"}),
    ("channels", "index"): frozenset({"doubling", "multiple"}),
    ("count", "count"): _COUNTED | {"minus"},
    ("count", "index"): frozenset({"is", "times", "plus", "minus", "linear", "doubling"}),
    ("dilation", "dilation"): frozenset({"is", "times", "over"}),
    ("dilation", "index"): frozenset({"doubling"}),
    ("factor", "factor"): frozenset({"is", "times", "over"}),
    ("factor", "stride"): frozenset({"is"}),
    ("factor", "index"): frozenset({"doubling"}),
    ("groups", "groups"): frozenset({"is", "times", "over"}),
    ("groups", "channels"): frozenset({"is", "over"}),
    ("index", "count"): _COUNTED | {"minus"},
    ("index", "index"): _COUNTED | {"minus", "linear"},
    ("kernel", "kernel"): frozenset({"is", "plus"}),
    ("kernel", "size"): frozenset({"is"}),
    ("kernel", "stride"): frozenset({"is", "twice"}),
    ("padding", "dilation"): frozenset({"is"}),
    ("padding", "kernel"): frozenset({"half", "less"}),
    ("padding", "padding"): frozenset({"is", "times", "over"}),
    ("probability", "probability"): frozenset({"is"}),
    ("size", "channels"): frozenset(),
    ("size", "index"): frozenset({"doubling"}),
    ("size", "size"): _COUNTED,
    ("stride", "factor"): frozenset({"is"}),
    ("stride", "index"): frozenset({"doubling"}),
    ("stride", "kernel"): frozenset({"is"}),
    ("stride", "stride"): frozenset({"is", "times", "over"}),
}
"""The forms in which a target of the first kind may follow from a column of the second."""

_IS = frozenset({"is"})
_COMPUTED = {"channels": frozenset({"is", "times", "scaled"}), "unknown": _COUNTED}
"""What may be computed from a parameter of an unknown kind."""
_NONE: frozenset[str] = frozenset()


def forms(target: str, column: str) -> frozenset[str]:
    """The forms in which a target of one kind may follow from a column of another.

    A column of an unknown kind is a parameter that was given a name by a person: it may be the
    value itself, as a list may be.
    """
    if column == "unknown" and target in _COMPUTED:
        return _COMPUTED[target]
    if column in ("list", "unknown", "values"):
        return _IS
    return FORMS.get((target, column), _IS if target == column else _NONE)


@dataclass(frozen=True, slots=True)
class Pair:
    """How targets of some kinds may follow from two columns, `p` and `q`.

    `k` in the text is a whole number, chosen such that the first row comes out right.
    """

    target: frozenset[str]
    p: frozenset[str]
    q: frozenset[str]
    text: str
    compute: Callable[[Any, Any], Any]


def _pair(target: str, p: str, q: str, text: str, compute: Callable[[Any, Any], Any]) -> Pair:
    one, two, three = (frozenset(words.split()) for words in (target, p, q))
    return Pair(one, two, three, text, compute)


PAIRS = (
    _pair("channels", "channels", "channels", "p - q", lambda p, q: p - q),
    _pair("channels", "channels", "channels", "p + q", lambda p, q: p + q),
    _pair("channels", "channels", "count unknown", "q * p", lambda p, q: p * q),
    _pair("channels", "channels", "count", "p // q", lambda p, q: p // q),
    _pair("channels size", "channels size", "index", "p * 2 ** q", lambda p, q: p * 2**q),
    _pair("channels size", "channels size", "index", "p // 2 ** q", lambda p, q: p // 2**q),
    _pair("groups", "channels", "channels count", "p // q", lambda p, q: p // q),
    _pair("size", "size", "stride factor", "p // q", lambda p, q: p // q),
    _pair("size", "size", "stride factor", "q * p", lambda p, q: p * q),
    _pair("dilation stride", "dilation stride", "index", "p * 2 ** q", lambda p, q: p * 2**q),
    _pair("dilation stride", "count index", "index", "p ** q", lambda p, q: p**q),
    _pair("padding", "dilation", "kernel", "p * (q // 2)", lambda p, q: p * (q // 2)),
    _pair("padding", "dilation", "kernel", "p * (q - 1)", lambda p, q: p * (q - 1)),
    _pair("count index", "count index", "index", "p - q + k", lambda p, q: p - q),
    _pair("count index", "count index", "count index", "p + q + k", lambda p, q: p + q),
    _pair("count index", "count index", "count index", "p * q", lambda p, q: p * q),
)
"""The forms in which a target may follow from two columns, most usual first."""

SELECTORS = frozenset({"count", "flag", "index", "word"})
"""Kinds of what may decide on values of any kind, and be compared with any of its values."""


def tests(target: str) -> frozenset[str]:
    """The kinds of columns that a condition on values of a kind may read."""
    own = {target} if target in ("dilation", "kernel", "padding", "stride") else set()
    return SELECTORS | {"unknown"} | own


COMPARED = (frozenset({"count", "index"}), frozenset({"channels"}), frozenset({"size"}))
"""Kinds that may be compared with one another."""
ORDERED = COMPARED[0]
"""Kinds of which it means something that one is less than another."""


def comparable(one: str, other: str) -> bool:
    """Whether values of two kinds may be compared."""
    return any(one in kinds and other in kinds for kinds in COMPARED)
