"""Ids of iterations: `layer$(i + 1)`, `block3_$(i + 1)`, `score_$pool`, `branch$('abc'[i])`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from archspec.diagnostics import ArchspecError, Source, Span
from archspec.frontend.expressions import Expression, Template, parse_value
from archspec.frontend.source import Scalar
from archspec.lifting.fit import Fitted, environment, literal, named, written
from archspec.lifting.forms import Candidate, bracketed, following, following_two
from archspec.lifting.positions import places
from archspec.lifting.samples import ABSENT, Column, Rows, Samples, Vector, is_number

_PIECES = re.compile(r"\d+|\D+")
_NUMBER = re.compile(r"0|[1-9]\d{0,17}")


def template(names: Sequence[Any], columns: Sequence[Column]) -> list[Fitted]:
    """Ids that have these values in the samples, best first; none where no template gives them.

    The text of what is returned is the whole id, dollars and all, as is its `data`. In ids an
    index of two values is enough, as each iteration has to have an id of its own.

    Args:
        names: the id in each sample, a word or a number, or `ABSENT`.
        columns: the names in sight.
    """
    samples = Samples.of(columns)
    gathered = samples.gather(names)
    if not gathered:
        return []
    values = tuple(gathered.values())
    if len(set(values)) == 1:
        return [_fitted(str(values[0]).replace("$", "$$"), values[0], 0, frozenset())]
    rows = samples.where(tuple(gathered))
    found = [*_whole(values, rows), *_of_words(values, rows)]
    pieces = [_PIECES.findall(str(value)) for value in values]
    if not found and len({len(each) for each in pieces}) == 1:
        joined = _joined([*zip(*pieces, strict=True)], rows)
        found += [joined] if joined else []
    held = [one for each in found if (one := sure(each, gathered, samples)) is not None]
    return sorted(held, key=lambda one: (one.cost, one.text))


def _fitted(text: str, data: Any, cost: int, names: frozenset[str]) -> Fitted:
    return Fitted(text, len(text) + cost, names, data)


def _whole(values: Sequence[Any], rows: Rows) -> list[Fitted]:
    """Ids that are a column, or numbers that follow from one."""
    found = []
    for vector in rows.vectors:
        if vector.kind == "word" and vector.values == tuple(values):
            text = f"${vector.name}"
            found.append(_fitted(text, text, 0, frozenset({vector.name})))
    if all(map(is_number, values)):
        for text, cost, names in _numbers(values, rows):
            shown = written(text)
            found.append(_fitted(shown, shown, cost - len(text), names))
    return found


def _of_words(values: Sequence[Any], rows: Rows) -> list[Fitted]:
    """Ids in which a column stands between parts that are the same everywhere."""
    found = []
    for vector in rows.vectors:
        if vector.kind != "word" or not all(isinstance(v, str) and v for v in vector.distinct):
            continue
        at = str(values[0]).find(vector.values[0])
        before, after = str(values[0])[:at], str(values[0])[at + len(vector.values[0]) :]
        whole = [f"{before}{word}{after}" for word in vector.values]
        if at >= 0 and before + after and whole == [*map(str, values)]:
            text = _placed(vector.name, before, after)
            found.append(_fitted(text, text, 0, frozenset({vector.name})))
    return found


def _placed(text: str, before: str, after: str) -> str:
    """An expression between texts."""
    return before.replace("$", "$$") + _ending(text, before, after) + after.replace("$", "$$")


def _ending(text: str, before: str, after: str) -> str:
    """An expression with its dollar, in brackets where the text after it would go on with it."""
    shown = written(text)
    goes_on = re.match(r"[\w\[]" if before else r"[\w.\[]", after)
    return f"$({text})" if goes_on and not shown.startswith("$(") else shown


def _joined(pieces: Sequence[tuple[str, ...]], rows: Rows) -> Fitted | None:
    """A template made piece by piece: words that stay, numbers and letters that follow."""
    text, cost, names = "", 0, frozenset[str]()
    for at, values in enumerate(pieces):
        if len(set(values)) == 1:
            text += values[0].replace("$", "$$")
            continue
        found = _following(values, rows)
        if found is None:
            return None
        before, best, after = found
        beyond = after or (pieces[at + 1][0] if at + 1 < len(pieces) else "")
        text += before.replace("$", "$$")
        text += _ending(best.text, text, beyond) + after.replace("$", "$$")
        cost += best.cost - len(best.text)
        names |= best.names
    return _fitted(text, text, cost, names)


def _following(values: Sequence[str], rows: Rows) -> tuple[str, Candidate, str] | None:
    """What gives a piece that varies, and what is the same in all before and after it."""
    if all(map(_NUMBER.fullmatch, values)):
        found = _numbers([int(value) for value in values], rows)
        return ("", found[0], "") if found else None
    before, after = _common(values), _common([value[::-1] for value in values])[::-1]
    middle = [value[len(before) : len(value) - len(after)] for value in values]
    if all(map(_NUMBER.fullmatch, middle)):  # behind a zero
        found = _numbers([int(value) for value in middle], rows)
    elif all(len(letter) == 1 for letter in middle):
        found = _letters(middle, rows)
    else:
        found = []
    return (before, found[0], after) if found else None


def _common(values: Sequence[str]) -> str:
    """What all begin with, and do not wholly consist of."""
    shortest = min(map(len, values)) - 1
    same = 0
    while same < shortest and len({value[same] for value in values}) == 1:
        same += 1
    return values[0][:same]


def _letters(letters: Sequence[str], rows: Rows) -> list[Candidate]:
    """`'abc'[i]`: letters by position."""
    found = []
    for vector in rows.vectors:
        if vector.kind != "index" or not vector.numeric or set(vector.values) - set(range(26)):
            continue
        places: dict[int, str] = {}
        pairs = zip(vector.values, letters, strict=True)
        if all(places.setdefault(place, letter) == letter for place, letter in pairs):
            word = "".join(places.get(place, "_") for place in range(max(places) + 1))
            if "_" not in word and len(vector.distinct) > 1:
                text = f"{literal(word)}[{vector.name}]"
                found.append(Candidate(text, len(text) + 6, frozenset({vector.name})))
    return found


def _numbers(values: Sequence[int], rows: Rows) -> list[Candidate]:
    """What gives numbers in ids."""
    found = following(values, rows, "index", ids=True) or following_two(values, rows, "index")
    found = found or _rows_of(values, rows) or _placed_in_all(values, rows)
    return sorted(found, key=lambda one: (one.cost, one.text))


def _placed_in_all(values: Sequence[int], rows: Rows) -> list[Candidate]:
    """`k * (sum(p[:i]) + j) + i + c`: positions where each round has k, and each list's end one."""
    found = []
    for place in places(rows):
        (outer,) = (v for v in rows.vectors if f"[:{v.name}]" in place.name)
        for text, factors in _steps(values, rows, place, outer):
            rest = [v - k * at for v, k, at in zip(values, factors, place.values, strict=True)]
            added = _line(rest, outer)
            if added is not None:
                shown = f"{text}({place.name}){added}" if text else f"{place.name}{added}"
                found.append(Candidate(shown, len(shown) + 10, frozenset({place.name})))
    return found


def _steps(
    values: Sequence[int], rows: Rows, place: Vector, outer: Vector
) -> Iterator[tuple[str, Sequence[int]]]:
    """How many positions a round may have: a constant, or a column."""
    found = pairwise(zip(outer.values, place.values, values, strict=True))
    step = next((b[2] - a[2] for a, b in found if b[0] == a[0] and b[1] == a[1] + 1), 1)
    yield ("" if step == 1 else f"{step} * "), [step] * rows.size
    for vector in rows.vectors:
        if vector.kind in ("count", "unknown") and vector.numeric and len(vector.distinct) > 1:
            yield f"{bracketed(vector.name)} * ", vector.values


def _line(rest: Sequence[int], outer: Vector) -> str | None:
    """` + k * i + c` that gives what is left; None where nothing does."""
    first = outer.values.index(min(outer.distinct))
    other = next((at for at, i in enumerate(outer.values) if i == outer.values[first] + 1), first)
    slope = rest[other] - rest[first]
    start = rest[first] - slope * outer.values[first]
    if any(slope * i + start != value for i, value in zip(outer.values, rest, strict=True)):
        return None
    if slope < 0 or start < 0:
        return None
    text = "" if slope == 0 else f" + {outer.name}" if slope == 1 else f" + {slope} * {outer.name}"
    return f"{text} + {start}" if start else text


def _rows_of(values: Sequence[int], rows: Rows) -> list[Candidate]:
    """`k * p + q + c`: positions in rows of k."""
    found = []
    able = [v for v in rows.vectors if v.kind == "index" and v.numeric and len(v.distinct) > 1]
    for p in (*able, *places(rows)):
        for q in able:
            samples = [*zip(p.values, q.values, values, strict=True)]
            first = samples[0]
            other = next((s for s in samples if s[0] != first[0]), None)
            if p is q or other is None or rows.several(p, q) < 4:
                continue
            step, rest = divmod(other[2] - first[2] - other[1] + first[1], other[0] - first[0])
            start = first[2] - step * first[0] - first[1]
            if rest or step < 2 or any(step * a + b + start != value for a, b, value in samples):
                continue
            more = f" {'+' if start > 0 else '-'} {abs(start)}" if start else ""
            text = f"{step} * {bracketed(p.name)} + {bracketed(q.name)}{more}"
            found.append(Candidate(text, len(text) + 8, frozenset({p.name, q.name})))
    return found


def sure(found: Fitted, gathered: dict[int, Any], samples: Samples) -> Fitted | None:
    """A template with the columns that it reads, if the language makes the ids of it."""
    text = found.text
    span = Span(Source("lifted", text), 1, 1, 1 + len(text))
    try:
        parsed = parse_value(Scalar(text, span, text, False))
        parts = parsed.parts if isinstance(parsed, Template) else (parsed,)
        inner = [named(part.text, samples) for part in parts if isinstance(part, Expression)]
        names = frozenset[str]().union(*inner)
        for number, wanted in gathered.items():
            env = environment(samples, number, names)
            value = parsed.evaluate(env) if isinstance(parsed, Expression | Template) else parsed
            if ABSENT in env.values() or str(value) != str(wanted):
                return None
    except ArchspecError:
        return None
    return replace(found, names=names)
