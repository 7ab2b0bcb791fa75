"""What follows from lists in sight: how long they are, their sums, and where a round stands in all.

A loop over `depths` that holds a loop over `range(depth)` has rounds that are counted through:
`sum(depths[:i]) + j`.
"""

from __future__ import annotations

from typing import Any

from archspec.lifting.samples import Rows, Vector, is_number


def lengths(rows: Rows) -> list[Vector]:
    """`len(p)` of each list that is not equally long everywhere."""
    return [
        _made(f"len({vector.name})", "count", tuple(map(len, vector.values)))
        for vector in _lists(rows)
        if len(set(map(len, vector.distinct))) > 1
    ]


def sums(rows: Rows) -> list[Vector]:
    """`sum(p)` of each list of whole numbers."""
    return [
        _made(f"sum({vector.name})", "count", tuple(sum(each) for each in vector.values))
        for vector in _lists(rows)
        if _whole(vector)
    ]


def places(rows: Rows) -> list[Vector]:
    """`sum(p[:i]) + j`, where i is an index of the list p, and j one of so many as p has there."""
    known = rows.notes.get("places")
    if known is None:
        known = rows.notes["places"] = []
        indices = [v for v in rows.vectors if v.kind == "index" and v.numeric]
        for vector in filter(_whole, _lists(rows)):
            for i in indices:
                for j in indices:
                    if i is not j and _counts(vector, i, j):
                        text = f"sum({vector.name}[:{i.name}]) + {j.name}"
                        both = zip(vector.values, i.values, j.values, strict=True)
                        values = tuple(sum(each[:a]) + b for each, a, b in both)
                        known.append(_made(text, "index", values))
    found: list[Vector] = known
    return found


def _lists(rows: Rows) -> list[Vector]:
    return [
        vector
        for vector in rows.vectors
        if vector.name.isidentifier() and all(isinstance(each, tuple) for each in vector.distinct)
    ]


def _whole(vector: Vector) -> bool:
    return all(is_number(n) and isinstance(n, int) for each in vector.distinct for n in each)


def _counts(vector: Vector, i: Vector, j: Vector) -> bool:
    """Whether j is an index of as many as the list has at i."""
    both = zip(vector.values, i.values, j.values, strict=True)
    return all(0 <= a < len(each) and 0 <= b < each[a] for each, a, b in both)


def _made(text: str, kind: str, values: tuple[Any, ...]) -> Vector:
    return Vector(text, kind, values, tuple(dict.fromkeys(values)), True)
