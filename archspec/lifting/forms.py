"""Numbers that follow from one column or two: `4 * p`, `p // 2`, `k * 2 ** i`, `p * (q // 2)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from archspec.lifting.kinds import PAIRS, Pair, forms
from archspec.lifting.samples import Rows, Vector, is_number, same

USUAL = frozenset({2, 4})
"""Factors that two rows are enough for."""
_ATOM = re.compile(r"[A-Za-z_][\w.]*(\[[^\[\]]*\]|\([^()]*\))?|\d+|\([^()]*\)")


class Candidate(NamedTuple):
    """An expression that fits, not yet verified, and what it costs to read."""

    text: str
    cost: int
    names: frozenset[str]


def bracketed(name: str) -> str:
    """A name to compute with: in brackets if it is made of several."""
    return name if _ATOM.fullmatch(name) else f"({name})"


def following(
    values: Sequence[Any], rows: Rows, kind: str, *, ids: bool = False
) -> list[Candidate]:
    """What gives the values, which differ, from one column.

    Args:
        values: one a row.
        rows: the rows.
        kind: what the values measure.
        ids: whether they are numbers in ids, for which two rows of an index are enough.
    """
    found: list[Candidate] = []
    numbers = all(map(is_number, values))
    for vector in rows.vectors:
        allowed = forms(kind, vector.kind)
        few = vector.kind == "index" and len(vector.distinct) < 3 and not ids
        if not allowed or few or len(vector.distinct) < 2:
            continue
        if "is" in allowed and same(vector.values, values):
            found.append(Candidate(vector.name, len(vector.name), frozenset({vector.name})))
        elif numbers and vector.numeric:
            found += _computed(values, vector, allowed, ids)
        elif kind == "flag" == vector.kind and _opposite(values, vector.values):
            text = f"not {bracketed(vector.name)}"
            found.append(Candidate(text, len(text) + 1, frozenset({vector.name})))
    return found


def _opposite(values: Sequence[Any], others: Sequence[Any]) -> bool:
    pairs = zip(values, others, strict=True)
    return all(isinstance(a, bool) and isinstance(b, bool) and a is not b for a, b in pairs)


class Guess(NamedTuple):
    """A text in `p` that gives the first value, and how it computes."""

    form: str
    text: str
    compute: Callable[[Any], Any]
    usual: bool = False


def _computed(
    values: Sequence[Any], vector: Vector, allowed: frozenset[str], ids: bool
) -> Iterator[Candidate]:
    """What gives the values from one column by a constant, which the first row determines."""
    enough = len(vector.distinct) >= 3
    for form, text, compute, usual in _guesses(values, vector, allowed):
        if not (usual or enough or (ids and form == "plus")):
            continue
        if all(compute(p) == value for p, value in zip(vector.values, values, strict=True)):
            shown = text.replace("p", bracketed(vector.name))
            cost = len(shown) + 2 + (0 if usual else 4)
            yield Candidate(shown, cost, frozenset({vector.name}))


def _guesses(values: Sequence[Any], vector: Vector, allowed: frozenset[str]) -> Iterator[Guess]:
    first, value = vector.values[0], values[0]
    if "scaled" in allowed and isinstance(value, int):
        yield from _products(values, vector)
    if not (isinstance(first, int) and isinstance(value, int)):
        return
    yield from _scaled(first, value, allowed)
    step = value - first
    if "less" in allowed and step == -1:
        yield Guess("less", "p - 1", lambda p: p - 1)
    if "plus" in allowed and step:
        text = f"p {'+' if step > 0 else '-'} {abs(step)}"
        yield Guess("plus", text, lambda p: p + step, abs(step) == 1)
    if "minus" in allowed:
        total = value + first
        yield Guess("minus", f"{total} - p", lambda p: total - p, vector.kind == "count")
    if "doubling" in allowed:
        yield from _doublings(values, vector)
    if allowed & {"linear", "multiple"}:
        yield from _lines(values, vector, "linear" in allowed)


def _scaled(first: int, value: int, allowed: frozenset[str]) -> Iterator[Guess]:
    """`k * p` and `p // k`."""
    if allowed & {"times", "twice"} and first and value % first == 0 and value // first > 1:
        factor = value // first
        if "times" in allowed or factor == 2:
            yield Guess("times", f"{factor} * p", lambda p: factor * p, factor in USUAL)
    if allowed & {"over", "half"}:
        exact = first // value if "over" in allowed and value > 0 else 2
        for divisor in sorted({exact, 2}):
            if divisor > 1 and first // divisor == value:
                text, usual = f"p // {divisor}", divisor in USUAL
                yield Guess("over", text, partial(_divided, divisor), usual)


def _products(values: Sequence[Any], vector: Vector) -> Iterator[Guess]:
    """`int(k * p)`, of a number that is not whole everywhere."""
    largest = max(range(len(values)), key=lambda row: vector.values[row])
    scale = vector.values[largest]
    if scale > 0 and not all(isinstance(p, int) for p in vector.distinct):
        factor = round(values[largest] / scale)
        yield Guess("scaled", f"int({factor} * p)", lambda p: int(factor * p))


def _divided(divisor: int, value: Any) -> Any:
    return value // divisor


def _doublings(values: Sequence[Any], vector: Vector) -> Iterator[Guess]:
    """`k * 2 ** p` and `k // 2 ** p`."""
    low = min(vector.distinct)
    value = values[vector.values.index(low)]
    if not (low >= 0 and max(vector.distinct) <= 40 and isinstance(value, int) and value > 0):
        return
    factor, rest = divmod(value, 2**low)
    if not rest:
        text = "2 ** p" if factor == 1 else f"{factor} * 2 ** p"
        yield Guess("doubling", text, lambda p: factor * 2**p)
    start = value * 2**low
    yield Guess("doubling", f"{start} // 2 ** p", lambda p: start // 2**p)


def _lines(values: Sequence[Any], vector: Vector, any_start: bool) -> Iterator[Guess]:
    """`a * p + b`, where a is no sign; `a * (p + b)` alone unless it may start anywhere."""
    first = vector.values[0]
    other = next(at for at, p in enumerate(vector.values) if p != first)
    slope, rest = divmod(values[other] - values[0], vector.values[other] - first)
    if rest or abs(slope) < 2:
        return  # `p + k` and `k - p` are forms of their own
    start = values[0] - slope * first
    if start % slope and not any_start:
        return
    sign, size = "+" if start > 0 else "-", abs(start)
    if slope < 0:
        text = f"{start} - {-slope} * p"
    elif start == 0:
        text = f"{slope} * p"
    elif start % slope == 0:
        text = f"{slope} * (p {sign} {size // slope})"
    else:
        text = f"{slope} * p {sign} {size}"
    yield Guess("linear", text, lambda p: slope * p + start)


# --- Two columns --------------------------------------------------------------------------


def following_two(values: Sequence[Any], rows: Rows, kind: str) -> list[Candidate]:
    """What gives the values from two columns that have four different rows at least."""
    found: list[Candidate] = []
    if not all(map(is_number, values)):
        return found
    for form, p, q in _pairs(rows, kind):
        text = _paired(values, p, q, form)
        if text is not None and rows.several(p, q) >= 4:
            found.append(Candidate(text, len(text) + 6, frozenset({p.name, q.name})))
    return found


def _pairs(rows: Rows, kind: str) -> list[tuple[Pair, Vector, Vector]]:
    """The forms of two columns, each with the columns that it may have."""
    key = ("pairs", kind)
    if key not in rows.notes:
        able = [v for v in rows.vectors if v.numeric and len(v.distinct) > 1]
        rows.notes[key] = [
            (form, p, q)
            for form in PAIRS
            if kind in form.target
            for p in able
            if p.kind in form.p
            for q in able
            if q is not p and q.kind in form.q
        ]
    found: list[tuple[Pair, Vector, Vector]] = rows.notes[key]
    return found


def _paired(values: Sequence[Any], p: Vector, q: Vector, form: Pair) -> str | None:
    """The text of a form of these columns, if it gives the values."""
    compute, step = form.compute, 0
    try:
        first = compute(p.values[0], q.values[0])
        if "k" in form.text:
            step = values[0] - first
        if first + step != values[0] or compute(p.values[-1], q.values[-1]) + step != values[-1]:
            return None
        rows = zip(p.values, q.values, values, strict=True)
        if not all(compute(a, b) + step == value for a, b, value in rows):
            return None
    except (ArithmeticError, TypeError):
        return None
    text = form.text.replace("+ k", f"{'+' if step > 0 else '-'} {abs(step)}" if step else "")
    named = {"p": bracketed(p.name), "q": bracketed(q.name)}
    return re.sub("[pq]", lambda match: named[match[0]], text.rstrip())
