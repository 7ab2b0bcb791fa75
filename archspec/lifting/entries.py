"""What a body holds as one instance of it has it: entries, before bodies are unified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.ir.graph import Bundle, Instance, Node

Names = tuple[str, ...]
"""The texts that one reference may have: a value that feeds a block twice has two names there."""


Place = tuple[int, int, int]
"""Where an item stands in the file of a spec: its line, its column, and what tells it apart."""


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of a body.

    Attributes:
        kind: "op", "merge", "block", "group", "list" (an `each` under an id), "loop", "parallel",
            or "place" (what makes nothing: an id, a note or a `from` alone).
        name: of the op or block.
        source: the values that it reads as they flow; None where it reads none of these.
        output: the values that flow on.
        feed: the names under `from`; empty where it reads what flows; `called` are the names that
            what it reads has in any case.
        attributes: what its op was given, or its block.
        references: the names in attributes that name other nodes.
        branches: those of a merge or of `parallel`.
        body: what a group holds; the rounds of a list or a loop, each a body by itself.
        item: the item of the spec that it comes from, by its place there; None where that is open.
        share: the names of what it shares its weights with, and what keeps its own; None where
            something around it says so.
    """

    kind: str
    name: str = ""
    source: Bundle | None = None
    output: Bundle = ()
    part: Node | Instance | None = None
    id: str | None = None
    feed: tuple[Names, ...] = ()
    called: tuple[Names, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, Names] = field(default_factory=dict)
    branches: list[Branch] = field(default_factory=list)
    body: list[Entry] = field(default_factory=list)
    rounds: list[list[Entry]] = field(default_factory=list)
    share: tuple[Names, tuple[str, ...]] | None = None
    label: str | None = None
    note: str | None = None
    doc: str = ""
    depth: int = 0
    size: int = 1
    lender: Instance | None = None
    item: Place | None = None


@dataclass(slots=True, eq=False)
class Branch:
    """A branch of a merge: a reference, or entries that start from what feeds the merge.

    One that holds `rounds` is an `each` of these.
    """

    name: Names = ()
    chain: list[Entry] | None = None
    rounds: list[Branch] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        return self.chain or []
