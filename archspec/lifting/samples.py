"""Samples to fit expressions to: values of the names in sight, equal rows taken together."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload


class Absent(enum.Enum):
    """The type of `ABSENT`: no value in this sample, which then constrains nothing."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Column:
    """A name in sight, with its value in each sample.

    Attributes:
        name: what an expression calls it: `channels`, `i`, `input.channels`.
        values: one a sample; `ABSENT` where it has none, or where none is known.
        kind: what it measures, a word of `archspec.ops.types.KINDS`, or "list".
    """

    name: str
    values: tuple[Any, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Vector:
    """The values of a column in some of the rows, all of them known.

    `distinct` are its different values, and `numeric` is whether all are numbers.
    """

    name: str
    kind: str
    values: tuple[Any, ...]
    distinct: tuple[Any, ...]
    numeric: bool

    @classmethod
    def of(cls, column: Column, values: tuple[Any, ...]) -> Vector:
        """The column's values in some rows."""
        distinct = tuple(dict.fromkeys(values))
        return cls(column.name, column.kind, values, distinct, all(map(is_number, distinct)))


class Rows:
    """Some of the distinct rows of the samples, and the columns that have a value in all."""

    def __init__(self, columns: Sequence[Column], table: Sequence[tuple[Any, ...]]) -> None:
        self.size = len(table)
        self.vectors: list[Vector] = []
        for column, values in zip(columns, zip(*table, strict=True), strict=False):
            if ABSENT not in values:
                self.vectors.append(Vector.of(column, values))
        self.full = (1 << self.size) - 1
        """The mask of all rows."""
        self.notes: dict[Any, Any] = {}
        """What was worked out of these rows alone, to be used for other targets."""

    def several(self, *vectors: Vector) -> int:
        """How many different rows there are when these columns alone are looked at."""
        if len(vectors) == 1:
            return len(vectors[0].distinct)
        key = ("several", *(vector.name for vector in vectors))
        if key not in self.notes:
            self.notes[key] = len(set(zip(*(v.values for v in vectors), strict=True)))
        return int(self.notes[key])


@dataclass
class Samples(Sequence[Column]):
    """The columns of all samples. Built once, it serves any number of targets faster."""

    columns: tuple[Column, ...]
    parts: dict[int, Rows] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Samples:
        """The columns as they are, or made into samples."""
        return columns if isinstance(columns, Samples) else cls(tuple(columns))

    @overload
    def __getitem__(self, index: int) -> Column: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Column, ...]: ...
    def __getitem__(self, index: int | slice) -> Column | tuple[Column, ...]:
        return self.columns[index]

    def __len__(self) -> int:
        return len(self.columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @cached_property
    def _numbered(self) -> tuple[list[tuple[Any, ...]], list[int]]:
        """The distinct rows, and which of them each sample has."""
        vectors = [tuple(map(frozen, column.values)) for column in self.columns]
        keys = zip(*(_keys(vector) for vector in vectors), strict=True)
        rows: dict[tuple[Any, ...], int] = {}
        numbers = [rows.setdefault(key, len(rows)) for key in keys]
        first = {number: at for at, number in reversed(list(enumerate(numbers)))}
        return [tuple(v[first[n]] for v in vectors) for n in range(len(rows))], numbers

    @property
    def table(self) -> list[tuple[Any, ...]]:
        """The distinct rows: one value a column."""
        return self._numbered[0]

    def gather(self, target: Sequence[Any]) -> dict[int, Any] | None:
        """The target's value in each distinct row that has one; None if a row has several."""
        if not self.columns:
            values = dict.fromkeys(frozen(value) for value in target if value is not ABSENT)
            return dict(enumerate(values)) if len(values) < 2 else None
        found: dict[int, Any] = {}
        for number, value in zip(self._numbered[1], target, strict=True):
            if value is not ABSENT:
                known = found.setdefault(number, value)
                if known is not value and not same(known, value):
                    return None
        return {number: frozen(found[number]) for number in sorted(found)}

    def where(self, numbers: Sequence[int]) -> Rows:
        """The rows with these numbers, in this order, which is ascending."""
        key = sum(1 << number for number in numbers)
        if key not in self.parts:
            self.parts[key] = Rows(self.columns, [self.table[number] for number in numbers])
        return self.parts[key]


def frozen(value: Any) -> Any:
    """A value with tuples in place of its lists."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, `true` and 1 being different."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def is_number(value: Any) -> bool:
    """Whether a value is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keys(vector: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, told apart where some are true or false and others numbers."""
    types = set(map(type, vector))
    if tuple in types or (bool in types and not types <= {bool, str, type(None), Absent}):
        return tuple((value, repr(value)) for value in vector)
    return vector
