"""A scope of a graph -> the entries of a body: what flows, what is named, what are branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archspec.ir.borders import flowing
from archspec.ir.graph import Bundle, Graph, Instance, Node
from archspec.lifting.branching import PLAIN, Stack, Taste
from archspec.lifting.entries import Branch, Entry
from archspec.lifting.names import Namer, is_list
from archspec.lifting.phrases import Derived
from archspec.lifting.sharing import Shares
from archspec.ops.base import Op
from archspec.ops.types import OpError


class Reading:
    """Reads the bodies of one graph.

    Attributes:
        names: how values are called, here and in all bodies that are read.
        taste: what branches are like, unless it is said otherwise.
    """

    def __init__(self, graph: Graph, recalled: bool = False, taste: Taste = PLAIN) -> None:
        self.graph, self.recalled, self.taste = graph, recalled, taste
        self.names = Namer(graph)
        self.shares = Shares(graph, self.names)
        self.ends: Bundle = ()
        self.contents: dict[Instance, int] = {}
        self.readers: dict[Node, set[Node]] = {}
        for node in graph.nodes:
            for value in node.inputs:
                self.readers.setdefault(value, set()).add(node)

    def body(self, scope: Instance, taste: Taste | None = None) -> list[Entry]:
        """The entries of a scope.

        Args:
            taste: what its branches are to be like.

        Raises:
            Unsayable: where a value is read that nothing in sight can name.
        """
        if scope.unit is scope:
            self.names.begin(scope)
        feed = scope.inputs if scope.parent or len(scope.inputs) == 1 else ()
        if scope.block is not None and len(scope.block.inputs) > 1:
            feed = ()
        stack = Stack(self.names, self.readers, scope, feed, taste or self.taste)
        position = 0
        for child in scope.children:
            if child.id is None and child.path.rpartition(".")[2] != str(position):
                position = int(child.path.rpartition(".")[2])
                self.names.claimed.add(child)  # counting goes on from here
            position += 1
            stack.add(self.entry(child, scope))
        stack.end(scope.output if scope.parent is not None and not scope.outputs else stack.flow)
        entries = stack.entries
        if scope.parent is None:
            self.ends = stack.flow
        self.note(entries, scope, feed)
        self.feeds(entries, feed, scope)
        self.claim(entries)
        placed = self.names.placed.get(scope, {})
        marks = [Entry("place", id=word, source=(v,), output=(v,)) for v, word in placed.items()]
        for mark in marks:
            mark.feed = () if mark.source == feed else (self.names.of(mark.output[0], scope),)
        return [*marks, *entries]

    def named(self, value: Node) -> str:
        """What a value is called in the network."""
        return self.names.wanted(value, self.graph.root)[0]

    # --- one child ------------------------------------------------------------------

    def entry(self, part: Node | Instance, scope: Instance) -> Entry:
        ident = part.id
        if isinstance(part, Node):
            found = self.op(part, scope)
        elif part.block is not None:
            found = Entry("block", part.block.name, part.inputs, flowing(part), part)
            found.attributes = dict(part.params) or {"holds": self.content(part)}
        elif is_list(part):
            found = Entry("list", "", part.inputs, part.output, part)
            found.rounds = self.rounds(part)
            ident = part.name  # without one there would be no list
        else:
            found = Entry("group", "", part.inputs, part.output, part)
            found.body = self.body(part)
            if part.role == "group":  # which opens a scope, and so has an id
                ident = part.name
        found.id, found.label, found.doc = ident, part.label, part.doc
        found.share = self.shares.of(part)
        if self.recalled and part.origin is not None:
            found.item = _place(part.origin)
        found.lender = self.shares.lenders.get(part)
        return found

    def content(self, instance: Instance) -> int:
        """A number for what stands in an instance, by which it is told from others."""
        if instance not in self.contents:
            parts = [
                self.content(c) if isinstance(c, Instance) else hash(repr(c.op))
                for c in instance.children
            ]
            self.contents[instance] = hash(tuple(parts)) % 10_000
        return self.contents[instance]

    def rounds(self, around: Instance) -> list[list[Entry]]:
        """The rounds of a list; where one says what it reads, all do: they are written once."""
        found = [[self.entry(part, around)] for part in around.children]
        for entries in found:
            self.note(entries, around, around.inputs)
            self.feeds(entries, around.inputs, around)
        if any(entries[0].feed for entries in found):
            for entry in (entries[0] for entries in found):
                entry.feed = tuple(self.names.wanted(v, around) for v in entry.source or ())
        return found

    def op(self, node: Node, scope: Instance) -> Entry:
        data, named = operands(node)
        entry = Entry("op", node.op.name, data, (node,), node)
        if node.op.merges:
            entry.kind = "merge"
        entry.attributes = attributes(node)
        entry.references = {role: self.names.wanted(v, scope) for role, v in named.items()}
        return entry

    # --- what is known once the body is whole ---------------------------------------

    def note(self, entries: list[Entry], scope: Instance, feed: Bundle) -> None:
        """Say notes of a scope beside what makes the values that they are of."""
        left = dict(scope.notes)
        for entry in walk(entries):
            if entry.output and entry.output[-1] in left and entry.kind != "place":
                entry.note = left.pop(entry.output[-1])
        for value in [v for v in left if is_list(v.scope)]:
            del left[value]
        for value, text in left.items():
            if is_list(scope):
                continue  # said beside another round
            place = Entry("place", source=(value,), output=(value,), note=text)
            if (value,) != feed:
                place.source = feed
                place.feed = (self.names.wanted(value, scope),)
                entries.append(place)
                back = entries[-2].output if len(entries) > 1 else feed
                entries.append(Entry("place", source=back, output=back))
            else:
                entries.insert(0, place)

    def feeds(self, entries: list[Entry], flow: Bundle, scope: Instance) -> None:
        """Say `from` beside every entry that does not read what flows."""
        for at, part in enumerate(entries):
            apart = part.kind == "list" and part.source != flow
            entry = entries[at] = _around_list(part) if apart else part
            if entry.source is not None and entry.source != flow and not entry.feed:
                entry.feed = tuple(self.names.wanted(v, scope) for v in entry.source)
            if entry.source is not None:
                entry.called = tuple(self.names.of(v, scope) for v in entry.source)
            for branch in entry.branches:
                self.feeds(branch.entries, entry.source or flow, scope)
            flow = entry.output

    def claim(self, entries: list[Entry]) -> None:
        """Write the positions that are read as ids."""
        for entry in walk(entries):
            for inner in (entry.body, *entry.rounds):  # which what stands behind it may read
                self.claim(inner)
            part = entry.part
            claimed = part in self.names.claimed or part in self.names.lenders
            if claimed and entry.id is None and part is not None:
                entry.id = part.path.rpartition(".")[2]


def _place(origin: Any) -> tuple[int, int, int]:
    """What tells an item of a spec from others, which are in the order that they stand in."""
    span = origin.span
    return span.line, span.column, id(origin)


def _around_list(rounds: Entry) -> Entry:
    """What says `from` for a list of rounds; beside the list itself, each round would read it."""
    alone = [Branch(chain=[rounds])]
    return Entry("parallel", "", rounds.source, rounds.output, branches=alone)


def walk(entries: list[Entry]) -> Iterator[Entry]:
    """All entries of a scope, those in branches too."""
    for entry in entries:
        for branch in entry.branches:
            yield from walk(branch.entries)
        yield entry


def operands(node: Node) -> tuple[Bundle, Mapping[str, Node]]:
    """The values that a node reads as they flow, and those that its attributes name."""
    references = node.references
    return node.inputs[: len(node.inputs) - len(references)], references


def attributes(node: Node) -> dict[str, Any]:
    """What an op is given beyond its defaults; derived sizes as what computes them."""
    op = node.op
    fields = type(op).model_fields
    found = {
        name: getattr(op, name)
        for name, field in fields.items()
        if name not in type(op).references and (field.is_required() or _other(op, name, field))
    }
    silent = [n for n in fields if n in op.model_fields_set - {*found, *op.references}]
    if silent and not _is_whole(node, found):  # to say a default may be to say all there is to say
        found |= {name: getattr(op, name) for name in silent}
    for name, tree in (node.derived or {}).items():
        found[name] = Derived(tree, getattr(op, name), node.scope.unit)
    return found


def _is_whole(node: Node, said: Mapping[str, Any]) -> bool:
    """Whether an op is meant by this and the defaults of what it says nothing of."""
    op = node.op
    references = {name: getattr(op, name) for name in op.references}
    try:
        made = type(op)(**said, **references)
        made.infer(*(value.output for value in node.inputs))
    except (OpError, ValueError):
        return False
    return made == op and not (op.idle and not said)


def _other(op: Op, name: str, field: Any) -> bool:
    value = getattr(op, name)
    return bool(
        value != field.default or isinstance(value, bool) != isinstance(field.default, bool)
    )
