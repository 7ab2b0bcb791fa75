"""Bodies as they are written: the ids that stand in them, and what stands within what."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.frontend.ast import (
    BranchSyntax,
    Call,
    Constant,
    Fan,
    For,
    Group,
    Item,
    ListValue,
    MapValue,
    Parallel,
    Value,
)
from archspec.frontend.expressions import Expression, Template


def written_ids(items: list[Item]) -> set[str]:
    """Every constant id in a body, reached or not: tells a forward reference from a typo."""
    return {ident.value for ident in idents(items) if isinstance(ident, Constant)}


def idents(items: list[Item]) -> Iterator[Constant | Template | Expression]:
    """Every id as it is written in a body, but not in the blocks it calls."""
    for item in items:
        if item.id is not None:
            yield item.id
        for _, inner in within(item):
            yield from idents(inner)


def heads(items: list[Item]) -> Iterator[str | None]:
    """The ops and blocks that are called in a body; None for one that an expression picks."""
    for item in items:
        if isinstance(item.head, Call):
            yield item.head.name if isinstance(item.head.name, str) else None
        for _, inner in within(item):
            yield from heads(inner)


def vanishing(group: Group) -> Item | None:
    """The first item whose condition may leave a group with nothing in it; None where none does."""
    if group.scoped:
        return None
    asked: list[Item | None] = []
    for item in group.body:
        inner = vanishing(item.head) if isinstance(item.head, Group) else None
        if item.when is not None and not group.either:
            inner = item
        elif item.loop is not None or (inner is None and not is_place(item)):
            if group.either:
                continue
            return None
        asked.append(inner)
    return next(filter(None, asked), None)


def is_place(item: Item) -> bool:
    """Whether an item makes nothing, and at most names what flows where it stands."""
    head = item.head
    return isinstance(head, Group) and not head.scoped and all(map(is_place, head.body))


def loops_around(item: Item, body: list[Item]) -> list[For] | None:
    """The loops that an item of a body stands in, outermost first, its own included."""
    for other in body:
        own = [] if other.loop is None else [other.loop]
        if other is item:
            return own
        for fan, inner in within(other):
            found = loops_around(item, inner)
            if found is not None:
                return [*own, *fan, *found]
    return None


def conditions(
    path: list[str], items: list[Item], *, either: bool = False
) -> list[tuple[Expression, bool]] | None:
    """The conditions of a node, outermost first, each with whether it has to hold.

    None where the node is not written, or comes in the rounds of a loop.

    Args:
        path: its id, after those of the groups around it.
        either: whether the items are a node with a condition, and what stands there instead.
    """
    for number, item in enumerate(items):
        if item.loop is not None:
            continue
        own = [] if item.when is None else [(item.when, True)]
        if either and number and items[0].when is not None:
            own = [(items[0].when, False)]
        rest = path
        if isinstance(item.id, Constant) and item.id.value == path[0]:
            rest = path[1:]
            if not rest or isinstance(item.head, Call):  # what a block gives is always there
                return own
        for loops, inner in within(item):
            asked = [(loop.count, True) for loop in loops if loop.asked and loop.count is not None]
            if len(asked) == len(loops):
                alternatives = isinstance(item.head, Group) and item.head.either
                found = conditions(rest, inner, either=alternatives)
                if found is not None:
                    return [*own, *asked, *found]
    return None


def within(item: Item) -> Iterator[tuple[list[For], list[Item]]]:
    """The bodies an item holds, each with the `each` that it is a round of, if it is one."""
    head = item.head
    branches: list[BranchSyntax] = []
    if isinstance(head, Group):
        branches = [head.body]
    elif isinstance(head, Parallel | Call):
        branches = head.branches or []
    for branch in branches:
        if isinstance(branch, Fan):
            yield [branch.loop], [branch.body]
        elif isinstance(branch, list):
            yield [], branch


def expressions(value: Value | None) -> Iterator[Expression]:
    """The expressions in a value, at any depth."""
    for leaf in leaves(value):
        if isinstance(leaf, Expression):
            yield leaf
        elif isinstance(leaf, Template):
            yield from (part for part in leaf.parts if isinstance(part, Expression))


def leaves(value: Value | None) -> Iterator[Value]:
    """What is neither a list nor a mapping in a value, at any depth."""
    if isinstance(value, ListValue):
        for item in value.items:
            yield from leaves(item)
    elif isinstance(value, MapValue):
        for _, entry in value.entries.values():
            yield from leaves(entry)
    elif value is not None:
        yield value


def positions(item: Item) -> int | None:
    """How many positions an item takes if it is there; None where that is not written."""
    head, ident = item.head, item.id
    numbered = ident is not None and not (
        isinstance(ident, Constant) and ident.value.isidentifier()
    )
    if item.loop is not None or numbered:
        return None
    if isinstance(head, Group):
        if ident is not None or head.scoped:
            return 1
        return head.takes if head.either else _sum(head.body)
    branches = head.branches or [] if isinstance(head, Call | Parallel) else []
    if any(isinstance(branch, Fan) for branch in branches):
        return None
    inner = _sum([entry for branch in branches if isinstance(branch, list) for entry in branch])
    return inner if inner is None or isinstance(head, Parallel) else inner + 1


def _sum(items: list[Item]) -> int | None:
    counts = [None if item.when is not None else positions(item) for item in items]
    return None if None in counts else sum(filter(None, counts))
