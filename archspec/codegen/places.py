"""How a module is reached: `self.branches[0].conv`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple

from archspec.codegen.python import LOAD, call, name


class Step(NamedTuple):
    """`attribute`, `key` or `index`, or the name of a method that is asked for a path."""

    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module is kept, from `self` or a variable on."""

    base: str = "self"
    steps: tuple[Step, ...] = ()

    def child(self, called: str) -> Place:
        """`self.conv1`, or `self["0"]` where a child has a position."""
        return Place(
            self.base, (*self.steps, Step("key" if called.isdigit() else "attribute", called))
        )

    def item(self, position: str) -> Place:
        """`self.branches[0]`."""
        return Place(self.base, (*self.steps, Step("index", position)))

    def asked(self, method: str, path: str) -> Place:
        """`self.get_submodule("0.conv")`, of what can be reached in no other way."""
        return Place(self.base, (*self.steps, Step(method, path)))

    def lies_in(self, other: Place) -> bool:
        """Whether it is reached by way of another place."""
        count = len(other.steps)
        return len(self.steps) > count and self.steps[:count] == other.steps

    @property
    def numbered(self) -> bool:
        """Whether a position stands in it."""
        return any(kind in ("key", "index") for kind, _ in self.steps)

    @property
    def in_dict(self) -> bool:
        """Whether it stands at a position directly under the first."""
        return bool(self.steps) and self.steps[0][0] == "key"

    @property
    def ends_in_position(self) -> bool:
        return bool(self.steps) and self.steps[-1][0] in ("key", "index")

    @property
    def word(self) -> str | None:
        """The last word of it, if that is no position."""
        kind, said = self.steps[-1] if self.steps else Step("attribute", self.base)
        return None if kind in ("key", "index") else said.rpartition(".")[2]

    @property
    def tree(self) -> ast.expr:
        """It as an expression."""
        tree = name(self.base)
        for kind, said in self.steps:
            if kind == "attribute":
                tree = ast.Attribute(tree, said, LOAD)
            elif kind in ("key", "index"):
                key = ast.Constant(said if kind == "key" else int(said))
                tree = ast.Subscript(tree, key, LOAD)
            else:
                tree = call(ast.Attribute(tree, kind, LOAD), [ast.Constant(said)])
        return tree


SELF = Place()
