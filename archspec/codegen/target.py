"""What code generation asks of a target: how it writes an op, and what it calls what it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from archspec.codegen.forms import Layer
from archspec.ops import Op, Shape

Container = Literal["module", "chain", "list", "dictionary", "nothing"]
"""What holds modules: a class of one's own, one after another, by position, by name; or none."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a target calls what generated classes use.

    Attributes:
        containers: the class of each kind of container.
        names: what gives a chain its children with their names.
        value: the type of what flows.
        training: the attribute that says whether a module is in training.
        append: the method that adds a child at the next position.
        add: the one that adds a child by its name.
        reach: the one that gives what stands at a path within.
        put: the one that puts a module there.
        buffers: the attribute that holds all tensors of a module that are not trained.
    """

    containers: Mapping[Container, str]
    names: str
    value: str
    training: str
    append: str
    add: str
    reach: str
    put: str
    buffers: str


class Target(Protocol):
    """A language and a library in which networks are written."""

    @property
    def words(self) -> Words: ...

    @property
    def reserved(self) -> frozenset[str]:
        """The names that a file imports or carries, which nothing else in it may have."""
        ...

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer | None:
        """What an op is written as on operands of such shapes; None for one that cannot be."""
        ...
