"""Copying and pickling graphs without recursion, however long they are and however deep they nest.

The parts of a graph refer to each other in cycles and long chains. So each part is written by
itself, with numbers in place of the parts that it refers to, and they are put together again in
the end.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields
from typing import Any, Self, cast

from archspec.diagnostics import Span
from archspec.ops.base import Op


class Part:
    """Base of the classes, all dataclasses, whose objects refer to each other within a graph."""

    __slots__ = ()


class Whole:
    """Base of the class, a dataclass, whose object holds the parts: it is copied and pickled."""

    def copy(self, *, provenance: bool = True) -> Self:
        """Return an object of its own that is equal to this one, with parts of its own.

        Ops and spans, which never change, are this one's, and so is what it and its parts have as
        `origin`.

        Args:
            provenance: whether that is copied, too; what will be changed needs none.
        """
        values = _values(self)
        if not provenance:
            values["provenance"] = None
        origin = values.pop("origin")
        writer = _Writer(share=True)
        stream = writer.all_of(values)
        stream.seek(0)
        cls: Any = type(self)
        return cast(Self, cls(**_Reader(stream, writer.shared).all(), origin=origin))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _read, (type(self), _Writer().all_of(_values(self)).getvalue())


def _values(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _names(one)}


def _read(cls: type[Any], data: bytes) -> Any:
    """Return the object that `Whole.__reduce__` wrote."""
    return cls(**_Reader(io.BytesIO(data), []).all())


class _Writer(pickle.Pickler):
    """Writes an object, and then the fields of each part, in the order in which they are met."""

    def __init__(self, share: bool = False) -> None:
        self.stream = io.BytesIO()
        super().__init__(self.stream, pickle.HIGHEST_PROTOCOL)
        self.share = share
        self.shared: list[Any] = []
        self.origins: set[int] = set()
        self.parts: list[Part] = []

    def reducer_override(self, obj: Any) -> Any:
        """Asked once of each object that is no plain data."""
        if isinstance(obj, Part):
            self.parts.append(obj)
            return _empty, (type(obj),)
        if self.share and (isinstance(obj, Op | Span) or id(obj) in self.origins):
            self.shared.append(obj)
            return _shared, (len(self.shared) - 1,)
        return NotImplemented

    def all_of(self, one: Any) -> io.BytesIO:
        self.dump(one)
        for part in self.parts:  # which grows on the way
            self.origins.add(id(getattr(part, "origin", None)))
            self.dump([getattr(part, name) for name in _names(part)])
        return self.stream


class _Reader(pickle.Unpickler):
    """Reads what a `_Writer` wrote."""

    def __init__(self, stream: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(stream)
        self.shared = shared
        self.parts: list[Part] = []

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name in (_empty.__name__, _shared.__name__):
            return self.empty if name == _empty.__name__ else self.shared.__getitem__
        return super().find_class(module, name)

    def empty(self, cls: type[Part]) -> Part:
        self.parts.append(cls.__new__(cls))
        return self.parts[-1]

    def all(self) -> Any:
        one = self.load()
        for part in self.parts:
            for name, value in zip(_names(part), self.load(), strict=True):
                setattr(part, name, value)
        return one


def _empty(_: type[Part]) -> Part:
    """Stand for a part of which nothing has been read: `_Reader.empty`."""
    raise LookupError("only within a graph")


def _shared(_: int) -> Any:
    """Stand for an object that a copy has in common with its original."""
    raise LookupError("only within a copy")


def _names(one: Any) -> list[str]:
    return [field.name for field in fields(one)]
