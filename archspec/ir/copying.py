"""Copying and pickling graphs without recursion, however long they are and however deep they nest.

The parts of a graph refer to each other in cycles and long chains. So each part is written by
itself, with numbers in place of the parts that it refers to, and they are put together again in
the end.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import fields
from functools import cache
from typing import Any

from archspec.diagnostics import Span
from archspec.ops.base import Op


class Part:
    """Base of the classes, all dataclasses, whose objects refer to each other within a graph."""

    __slots__ = ()


def flat(one: Any) -> bytes:
    """Return an object as bytes that `unflat` reads: itself, then each part that it leads to."""
    return _Writer().all_of(one).getvalue()


def unflat(data: bytes) -> Any:
    """Return the object that `flat` wrote."""
    return _Reader(io.BytesIO(data), []).all()


def copied(one: Any) -> Any:
    """Return a copy in which each part is new; ops and spans, which never change, are the same."""
    writer = _Writer(share=True)
    stream = writer.all_of(one)
    stream.seek(0)
    return _Reader(stream, writer.shared).all()


class _Writer(pickle.Pickler):
    """Writes an object, and then the fields of each part, in the order in which they are met."""

    def __init__(self, share: bool = False) -> None:
        self.stream = io.BytesIO()
        super().__init__(self.stream, pickle.HIGHEST_PROTOCOL)
        self.share = share
        self.shared: list[Any] = []
        self.parts: list[Part] = []

    def reducer_override(self, obj: Any) -> Any:
        """Asked once of each object that is no plain data."""
        if isinstance(obj, Part):
            self.parts.append(obj)
            return _empty, (type(obj),)
        if self.share and isinstance(obj, Op | Span):
            self.shared.append(obj)
            return _shared, (len(self.shared) - 1,)
        return NotImplemented

    def all_of(self, one: Any) -> io.BytesIO:
        self.dump(one)
        for part in self.parts:  # which grows on the way
            self.dump([getattr(part, name) for name in _names(type(part))])
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
            for name, value in zip(_names(type(part)), self.load(), strict=True):
                setattr(part, name, value)
        return one


def _empty(_: type[Part]) -> Part:
    """Stand for a part of which nothing has been read: `_Reader.empty`."""
    raise LookupError("only within a graph")


def _shared(_: int) -> Any:
    """Stand for an object that a copy has in common with its original."""
    raise LookupError("only within a copy")


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))
