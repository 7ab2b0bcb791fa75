"""Conditions without `and` and `or`: `p`, `i > 0`, `input.channels != 4 * p`, and where they hold.

The rows in which a condition holds are a mask, a whole number with a bit a row, so that finding
one that holds in given rows is a look-up, and joining two is an operation on numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from archspec.frontend.booleans import misleading
from archspec.frontend.evaluation import show
from archspec.lifting.forms import USUAL, bracketed
from archspec.lifting.kinds import ORDERED, SELECTORS, comparable
from archspec.lifting.positions import lengths
from archspec.lifting.samples import Rows, Vector, is_number

FEW = 8
"""So many different values of a column are each compared with; of more, the ends are."""
LANDMARKS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("index", "padding", "probability"), (0,)),
    **dict.fromkeys(("dilation", "groups", "kernel", "stride"), (0, 1)),
    **dict.fromkeys(("count", "unknown"), (0, 1)),
}
"""Values of a kind that stand for nothing done, with which two values suffice to compare."""
MAGIC = 10
"""What it costs to compare with a number that is no landmark of its kind."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A condition, the rows where it holds, and how well it is founded.

    Attributes:
        text: the condition.
        mask: the rows where it holds.
        vectors: the columns it reads.
        cost: what it costs to read.
        founded: whether there are enough different rows to believe it by itself; together with
            others it may be founded where it is not alone.
        shape: whether it compares with the size of the input, as what an `add` wants does.
        brief: how it is written before `if` and `else`: `p` for `p > 0`.
        magic: whether it compares with a number that is no landmark of its kind, which is
            believed of what a flag or a word selects alone.
        cause: whether it may be half of the reason for something: a flag, a word, a first round, a
            stride, the size of the input; that `j < i` or `depth > 2` holds as well is chance.
        last: whether it asks if a round is the last.
    """

    text: str
    mask: int
    vectors: tuple[Vector, ...]
    cost: int
    founded: bool
    brief: str
    magic: bool = False
    shape: bool = False
    cause: bool = True
    last: bool = False

    @property
    def counts(self) -> bool:
        """Whether it asks if an index or a count is above 0."""
        return self.brief != self.text and self.vectors[0].kind in ("count", "index")

    @property
    def names(self) -> frozenset[str]:
        """The columns it reads, by name."""
        return frozenset(vector.name for vector in self.vectors)


def atoms(rows: Rows) -> list[Atom]:
    """All conditions on one column or two that hold in some rows and not in others."""
    known = rows.notes.get("atoms")
    if known is None:
        found = [atom for vector in rows.vectors for atom in _of_one(vector)]
        vectors = [*rows.vectors, *lengths(rows)]
        for at, vector in enumerate(vectors):
            for other in vectors[at + 1 :]:
                if comparable(vector.kind, other.kind) and vector.numeric and other.numeric:
                    found += _of_two(*_ordered(vector, other), rows)
        known = rows.notes["atoms"] = [atom for atom in found if 0 < atom.mask < rows.full]
    return list(known)


def by_mask(rows: Rows) -> dict[int, list[Atom]]:
    """The conditions by the rows in which they hold."""
    known: dict[int, list[Atom]] | None = rows.notes.get("by_mask")
    if known is None:
        known = rows.notes["by_mask"] = {}
        for atom in atoms(rows):
            known.setdefault(atom.mask, []).append(atom)
    return known


def mask_of(flags: Iterable[object]) -> int:
    """The mask of the rows that are flagged."""
    digits = "".join(["1" if flag else "0" for flag in flags])
    return int(digits[::-1] or "0", 2)


# --- One column ---------------------------------------------------------------------------


def _of_one(vector: Vector) -> Iterator[Atom]:
    values = vector.distinct
    if len(values) < 2:
        return
    if all(isinstance(value, bool) for value in values):
        yield from _asked(vector)
    elif vector.numeric:
        yield from _thresholds(vector)
    elif None in values and all(is_number(v) and v for v in values if v is not None):
        yield from _asked(vector)
    elif all(value is None or isinstance(value, str) for value in values):
        words = [value for value in values if value is not None]
        if None in values and not any(map(misleading, words)) and all(words):
            yield from _asked(vector)
        name = bracketed(vector.name)
        for word in words[:FEW]:
            mask = mask_of([value == word for value in vector.values])
            rest = (1 << len(vector.values)) - 1 - mask
            for symbol, holds, more in (("==", mask, 0), ("!=", rest, 6)):
                text = f"{name} {symbol} {show(word)}"
                yield Atom(text, holds, (vector,), len(text) + more, True, text)


def _asked(vector: Vector) -> Iterator[Atom]:
    """`p` and `not p`."""
    mask = mask_of(vector.values)
    opposite = f"not {bracketed(vector.name)}"
    yield Atom(vector.name, mask, (vector,), len(vector.name), True, vector.name)
    rest = (1 << len(vector.values)) - 1 - mask
    yield Atom(opposite, rest, (vector,), len(opposite), True, opposite)


def _thresholds(vector: Vector) -> Iterator[Atom]:
    """Comparisons of numbers: of those that select with all that occur, else with the landmark."""
    name, kind = bracketed(vector.name), vector.kind
    values = sorted(vector.distinct)
    landmarks = LANDMARKS.get(kind, ())
    full, below = (1 << len(vector.values)) - 1, 0
    for at, value in enumerate(values):
        known, selects = value in landmarks, kind in SELECTORS
        equal = mask_of([other == value for other in vector.values])
        above = full - below - equal
        founded = (selects and len(values) >= 3) or (known and kind != "index")
        # Of what holds of one value alone, `==` says more; of 0, `> 0` does.
        none = known and (kind != "stride" or value == 0)
        more_above = -1 if none else 3 if at == len(values) - 2 else 0
        if known or len(values) <= FEW or at in (0, len(values) - 1):
            for symbol, mask, extra in (
                ("==", equal, 0),
                ("!=", full - equal, 0 if kind == "stride" else 3),
                (">", above if selects or known else 0, more_above),
                ("<", below if selects else 0, 3 if at == 1 else 2 if at == len(values) - 1 else 0),
            ):
                text = f"{name} {symbol} {int(value) if known else show(value)}"
                brief = vector.name if symbol == ">" and value == 0 == values[0] else text
                cost = len(text) + extra + (0 if known or selects else MAGIC)
                magic = not (known or selects)
                yield Atom(text, mask, (vector,), cost, founded, brief, magic, cause=known)
        below |= equal


# --- Two columns --------------------------------------------------------------------------


def _ordered(one: Vector, other: Vector) -> tuple[Vector, Vector]:
    """The input's size, or an index, to the left."""
    if other.name.startswith("input.") or (other.kind == "index" and one.kind != "index"):
        return other, one
    return one, other


def _of_two(left: Vector, right: Vector, rows: Rows) -> Iterator[Atom]:
    """Comparisons of two columns, of which one may be scaled, or less by one."""
    yield from _compared(left, right, rows, bracketed(right.name), 0, lambda value: value)
    if {left.kind, right.kind} <= {"index", "count"}:
        yield from _compared(left, right, rows, f"{bracketed(right.name)} - 1", 4, lambda v: v - 1)
        return
    for one, other in ((left, right), (right, left)):
        scales = {
            a // b
            for a, b in zip(one.values, other.values, strict=True)
            if isinstance(a, int) and isinstance(b, int) and b and a % b == 0 and a // b > 1
        }
        for scale in sorted(scales)[:4]:
            text = f"{scale} * {bracketed(other.name)}"
            more = 0 if scale in USUAL else 4
            yield from _compared(one, other, rows, text, more, partial(operator.mul, scale))


def _compared(
    left: Vector, right: Vector, rows: Rows, text: str, more: int, scaled: Callable[[Any], Any]
) -> Iterator[Atom]:
    others = [scaled(value) for value in right.values]
    less = mask_of(map(operator.lt, left.values, others))
    greater = mask_of(map(operator.gt, left.values, others))
    equal = rows.full - less - greater
    if rows.full in (less, greater, equal):
        return
    shape = left.name.startswith("input.") or right.name.startswith("input.")
    different = rows.several(left, right)
    last = (left.kind, right.kind) == ("index", "count") and more > 0 and not greater
    cause = last or (not more and "index" not in (left.kind, right.kind))
    founded = different >= 4 or (shape and not more and different >= 2)
    found = [
        ("==", equal, 4),
        ("!=", rows.full - equal, 4),
    ]
    if left.kind in ORDERED:
        found += [("<", less, 2), (">", greater, 2)]
        found += [("<=", less | equal, 4), (">=", greater | equal, 4)]
    for symbol, mask, extra in found:
        shown = f"{bracketed(left.name)} {symbol} {text}"
        cost = len(shown) + more + extra
        yield Atom(shown, mask, (left, right), cost, founded, shown, cause=cause, last=last)
