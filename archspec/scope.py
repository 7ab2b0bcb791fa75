"""Names while a graph is built: what an id means where, and what path a node gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archspec.expressions import Expression, Template
from archspec.graph import Bundle, Instance
from archspec.syntax import BranchSyntax, Call, Constant, Fan, Group, Item, Parallel


@dataclass(slots=True)
class Entry:
    """What an id stands for: a value, and the scope it opened where it opened one.

    `value` is None where the node with that id was faulty; readers of it stay silent.
    """

    value: Bundle | None
    scope: Scope | None = None


@dataclass(slots=True)
class Scope:
    """The names and positions of one instance.

    A group with an id sees the names around it; a block, being a function, does not.
    """

    instance: Instance
    outer: Scope | None = None
    names: dict[str, Entry] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    position: int = 0

    def find(self, name: str) -> Entry | None:
        """The innermost entry for an id in sight."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def visible(self) -> list[str]:
        """Every id in sight, for a did-you-mean."""
        names: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            names += scope.names
            scope = scope.outer
        return names

    def claim(self, ident: str | None) -> str | None:
        """The name of the next child: its id or its position; None where it is taken."""
        name = ident if ident is not None else str(self.position)
        self.position += 1
        if name in self.taken:
            return None
        self.taken.add(name)
        return name

    def path(self, name: str) -> str:
        return f"{self.instance.path}.{name}" if self.instance.path else name

    def look_up(self, dotted: str) -> tuple[Bundle | None, Scope | None] | str:
        """The value and scope behind `a` or `a.b`; the missing part's name where there is none."""
        first, *rest = dotted.split(".")
        entry = self.find(first)
        if entry is None:
            return first
        for part in rest:
            scope = entry.scope
            if scope is None:
                return part
            if scope.instance.block is not None:
                if part not in scope.instance.outputs:
                    return part
                entry = Entry((scope.instance.outputs[part],))
            elif part in scope.names:
                entry = scope.names[part]
            else:
                return part
        return entry.value, entry.scope

    def parts(self, dotted: str) -> tuple[str, list[str]]:
        """As much of `a.b.c` as there is, and what can stand after it."""
        whole, known = "", list[str]()
        words = dotted.split(".")
        for end in range(1, len(words)):
            found = self.look_up(".".join(words[:end]))
            if isinstance(found, str):
                break
            whole, inner = ".".join(words[:end]), found[1]
            known = []
            if inner is not None:
                known = list(inner.instance.outputs if inner.instance.block else inner.names)
        return whole, known


def written_ids(items: list[Item]) -> set[str]:
    """Every constant id in a body, reached or not: tells a forward reference from a typo."""
    return {ident.value for ident in idents(items) if isinstance(ident, Constant)}


def idents(items: list[Item]) -> Iterator[Constant | Template | Expression]:
    """Every id as it is written in a body, but not in the blocks it calls."""
    for item in items:
        if item.id is not None:
            yield item.id
        branches: list[BranchSyntax] = []
        if isinstance(item.head, Group):
            branches = [item.head.body]
        elif isinstance(item.head, Parallel) or (
            isinstance(item.head, Call) and item.head.branches
        ):
            branches = item.head.branches or []
        for branch in branches:
            if isinstance(branch, Fan):
                yield from idents([branch.body])
            elif isinstance(branch, list):
                yield from idents(branch)
