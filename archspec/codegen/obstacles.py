"""What stands in the way of one class for all instances of a block, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from archspec.diagnostics import Span
from archspec.frontend.ast import Item

MANY = 4
"""So many different things are told."""


class _Obstacle(Exception):
    """Something that stands in the way; `span` is where, once that is known."""

    span: Span | None = None

    @property
    def why(self) -> str:
        """What it is, in words; empty where nobody has said."""
        return str(self)


class Irregular(_Obstacle):
    """One class cannot stand for all these instances; they are split by structure."""


class Unwritable(_Obstacle):
    """This expression cannot stand in a constructor; a literal or an argument must."""


@contextmanager
def standing(item: Item) -> Iterator[None]:
    """Whatever stands in the way within is a matter of this item, or of one that it holds."""
    try:
        yield
    except (Irregular, Unwritable) as obstacle:
        obstacle.span = obstacle.span or item.span
        raise


def either(values: Iterable[object]) -> str:
    """`2 or 3`: what is the one here and the other there."""
    words = sorted(map(str, set(values)))
    return " or ".join([*words[:MANY], *(["another"] if len(words) > MANY else [])])
