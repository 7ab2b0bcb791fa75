"""Ops from their names and attributes, for graphs that are made by hand; and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from archspec.diagnostics import ArchspecError, Diagnostic, did_you_mean
from archspec.ir.graph import Node
from archspec.ops.base import OPERAND, REGISTRY, Op


class Refused(ArchspecError):
    """What cannot be done to a graph; `problems` says why, in words."""

    def __init__(self, problem: str, hint: str | None = None) -> None:
        super().__init__(Diagnostic("E423", problem, hint=hint))

    def __reduce__(self) -> Any:
        return ArchspecError, self.diagnostics


def make(
    op: Op | str, attributes: Mapping[str, Any], node: Callable[[Any], Node]
) -> tuple[Op, tuple[Node, ...]]:
    """Return an op as a graph has it, and the nodes that its attributes refer to.

    Args:
        op: the op, or its name.
        attributes: its attributes; with an op, those alone that refer to nodes.
        node: which node is meant by what such an attribute is given.

    Raises:
        Refused: for an op that there is not, and attributes that it cannot have.
    """
    cls = type(op) if isinstance(op, Op) else _known(op)
    values = dict(attributes)
    given = {role: node(values[role]) for role in cls.references if values.get(role) is not None}
    values |= dict.fromkeys(given, OPERAND)
    if isinstance(op, Op):
        values = {**op.model_dump(exclude_unset=True), **values}
    try:
        made = cls(**{name: tuples(value) for name, value in values.items()})
    except ValidationError as error:
        raise Refused(*_told(cls, error)) from None
    wanted = [role for role in cls.references if getattr(made, role) is not None]
    if wanted != [*given]:
        raise Refused(f"`{cls.name}` has to be given the node that `{wanted[0]}` refers to")
    return made, tuple(given.values())


def _known(name: Any) -> type[Op]:
    if not isinstance(name, str):
        raise Refused(f"{name!r} is no op and no name of one")
    cls = REGISTRY.get(name)
    if cls is None or cls.internal:
        raise Refused(f"there is no op `{name}`", did_you_mean(name, REGISTRY))
    return cls


def tuples(value: Any) -> Any:
    """A value as ops and parameters have it: lists, at any depth, are tuples."""
    return tuple(map(tuples, value)) if isinstance(value, tuple | list) else value


def _told(cls: type[Op], error: ValidationError) -> tuple[str, str | None]:
    """What is wrong with an op's attributes, and what may be meant."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return f"`{cls.name}` has no attribute `{name}`", did_you_mean(name, cls.model_fields)
    if first["type"] == "missing":
        return f"`{cls.name}` needs `{name}`", None
    wrong = f"`{name}` of `{cls.name}` cannot be {first['input']!r}"
    return f"{wrong}: {first['msg'][:1].lower()}{first['msg'][1:]}", None
