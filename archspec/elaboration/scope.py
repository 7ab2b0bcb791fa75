"""Names while a graph is built: what an id means where, and what path a node gets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archspec.diagnostics import Span
from archspec.elaboration.provenance import Expansion
from archspec.frontend.ast import Constant, Group, Home, Item
from archspec.frontend.bodies import idents
from archspec.frontend.expressions import Expression, Template
from archspec.ir.graph import Bundle, Instance

MANY_UNKNOWN = 16
"""Where so many ids are not known, any name may be one of them."""


@dataclass(slots=True)
class Entry:
    """What an id stands for: a value, and the scope it opened where it opened one.

    `value` is None where the node with that id was faulty; readers of it stay silent.
    """

    value: Bundle | None
    scope: Scope | None = None

    def part(self, name: str) -> Entry | None:
        """What a dot and a name after it stand for."""
        if self.scope is None:
            return None
        if self.scope.instance.block is None:
            return self.scope.names.get(name)
        outputs = self.scope.instance.outputs
        return Entry((outputs[name],)) if name in outputs else None


@dataclass(slots=True)
class Scope:
    """The names and positions of one instance.

    A group with an id sees the names around it; a block, being a function, does not. `unknown`
    are the ids of faulty items that cannot be computed; `borrowed` is where ids of nodes outside
    were read here; `home` is what its file has in sight. Where a condition decides on the next
    position, `moving` is the item that it stands at; `fixed` are the names that no form of the
    network gives another value. `depth` is how many block instances there are around a node in it.
    """

    expansion: Expansion
    home: Home
    outer: Scope | None = None
    names: dict[str, Entry] = field(default_factory=dict)
    unknown: dict[str, Template | Expression] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    borrowed: dict[str, Span] = field(default_factory=dict)
    position: int = 0
    moving: Item | None = None
    fixed: frozenset[str] = frozenset()
    depth: int = 0
    instance: Instance = field(init=False)

    def __post_init__(self) -> None:
        self.instance = self.expansion.instance

    def opened(self, group: Expansion) -> Scope:
        """The scope of a group in it, from which all is in sight that is so here."""
        return Scope(group, self.home, self, fixed=self.fixed, depth=self.depth)

    def moves(self, condition: Expression, item: Item) -> None:
        """Note that a condition decides on the next position, unless all forms agree on it."""
        nothing = isinstance(item.head, Group) and not item.head.body
        if not (nothing or condition.names <= self.fixed):
            self.moving = item

    def find(self, name: str) -> Entry | None:
        """The innermost entry for an id in sight."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def borrow(self, name: str, span: Span) -> Scope | None:
        """Note that an id is read here; the scope that has it, where one outside has it, too."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope.borrowed.setdefault(name, span)
            scope = scope.outer
        outer = scope.outer if scope is not None else None
        while outer is not None and name not in outer.names:
            outer = outer.outer
        hidden = scope is not None and scope.names[name].value is not None and outer is not None
        return scope if hidden else None

    def lost(self, name: str) -> bool:
        """Whether a faulty item in sight may have this id."""
        scope: Scope | None = self
        while scope is not None:
            unknown = scope.unknown
            if len(unknown) == MANY_UNKNOWN or any(
                not isinstance(ident, Template) or ident.matches(name) for ident in unknown.values()
            ):
                return True
            scope = scope.outer
        return False

    def within(self, name: str) -> str | None:
        """`g.name`, where a group or instance in sight has a part of that name; None where none."""
        scope: Scope | None = self
        while scope is not None:
            for ident, entry in scope.names.items():
                if entry.part(name) is not None:
                    return f"{ident}.{name}"
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
        """The name of the next child: its id or its position; None where it is taken.

        An id that is a number is the position, from which counting goes on.
        """
        if ident is not None and ident.isdecimal():
            self.position, self.moving = int(ident), None
        name = ident if ident is not None else str(self.position)
        self.position += 1
        if name in self.taken:
            return None
        self.taken.add(name)
        return name

    def path(self, name: str) -> str:
        return f"{self.instance.path}.{name}" if self.instance.path else name

    def look_up(self, dotted: str) -> tuple[Bundle | None, Scope | None] | str:
        """The value and scope behind `a` or `a.b`; the missing part's name where there is none.

        Both are None where something on the way is faulty.
        """
        first, *rest = dotted.split(".")
        entry = self.find(first)
        if entry is None:
            return first
        faulty = entry.value is None
        for part in rest:
            inside = entry.part(part)
            if inside is None:
                return (None, None) if faulty else part
            entry = inside
            faulty = entry.value is None
        return (None, None) if faulty else (entry.value, entry.scope)

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


def forget(item: Item, scope: Scope) -> None:
    """Know a faulty item's ids all the same, and those within it, so that readers stay silent."""
    for ident in idents([item]):
        if isinstance(ident, Constant):
            if ident is item.id or ident.value not in scope.names:
                scope.names[ident.value] = Entry(None)
        elif len(scope.unknown) < MANY_UNKNOWN and ident.text not in scope.unknown:
            scope.unknown[ident.text] = ident
            if ident is item.id and isinstance(ident, Template):
                for name in filter(re.compile(ident.pattern).fullmatch, scope.names):
                    scope.names[name] = Entry(None)
