"""A graph that is being built or edited, whose parts are rewired before `settle` makes it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from archspec.diagnostics import Source, Span
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops.base import Op
from archspec.ops.derived import Apply, Axis, Tree

NOWHERE = Span(Source("", ""), 0, 0, 0)
"""The place of what no text says."""

UNNAMED = "0"
"""What a part without an id is called until it is known where it stands."""

Part = Node | Instance


class Draft:
    """A graph in which every value knows who reads it.

    Attributes:
        graph: the graph, which is the draft's own.
        readers: for each value the nodes that read it or its shape.
        mentions: for each value the scopes that it feeds or comes out of.
        claimed: parts whose name is a number that counting would not give them.
        edited: scopes in which something has been changed.
        paths: what nodes were called at first.
        added: nodes that have been put in.
        anew: values that something reads that did not.
        emptied: scopes that nothing stands in any longer.
        ends: values that were outputs.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.readers: dict[Node, dict[Node, None]] = {}
        self.mentions: dict[Node, dict[Instance, None]] = {}
        self.claimed: set[Part] = set()
        self.edited: dict[Instance, None] = {}
        self.paths = {node: node.path for node in graph.nodes}
        self.added: dict[Node, None] = {}
        self.anew: set[Node] = set()
        self.emptied: dict[Instance, None] = {}
        self.ends: set[Node] = set()
        for node in graph.nodes:
            self.reads(node)
        for scope in graph.root.instances():
            self.mentioned(scope)
            count = 0
            for part in scope.children:
                if part.id is None:
                    number = int(name_of(part))
                    if number != count:
                        self.claimed.add(part)
                    count = number
                count += 1

    def reads(self, node: Node) -> None:
        """Know what a node reads."""
        for value in (*node.inputs, *node.measured):
            self.readers.setdefault(value, {})[node] = None

    def needed(self, part: Part) -> bool:
        """Whether a part is needed: by an output, one that there was, or what has been put in."""
        ends = {*self.ends, *self.added, *(output.node for output in self.graph.outputs)}
        left = [*part.nodes()] if isinstance(part, Instance) else [part]
        seen: set[Node] = set()
        while left:
            node = left.pop()
            if node in ends or node.op.internal:
                return True
            if node not in seen:
                seen.add(node)
                left += self.readers.get(node, ())
        return False

    def mentioned(self, scope: Instance) -> None:
        """Know which values feed a scope and come out of it."""
        for value in (*scope.inputs, *scope.output, *scope.outputs.values(), *scope.notes):
            self.mentions.setdefault(value, {})[scope] = None

    def rewire(self, node: Node, inputs: Iterable[Node]) -> None:
        """Let a node read other values."""
        for value in node.inputs:
            self.readers.get(value, {}).pop(node, None)
        node.inputs = tuple(inputs)
        self.reads(node)

    def redirect(
        self,
        value: Node,
        to: Node,
        but: Iterable[Node] = (),
        where: Callable[[Instance], bool] = lambda _: True,
    ) -> None:
        """Let all that reads a value read another: nodes, scopes and outputs.

        A block that both come from outside of is what it was, and is fed another value.

        Args:
            but: nodes that go on reading the value.
            where: in which scopes readers read the other value.
        """
        kept = {*but}
        self.edited |= {one.scope: None for one in (value, to) if where(one.scope)}
        self.anew.add(to)

        def swap(one: Node) -> Node:
            return to if one is value else one

        for reader in [*self.readers.get(value, {})]:
            if reader in kept or not where(reader.scope):
                continue
            if reader.derived is not None:
                reader.derived = {k: retold(tree, swap) for k, tree in reader.derived.items()}
            self.rewire(reader, map(swap, reader.inputs))
            self.readers[value].pop(reader, None)
        for scope in filter(where, [*self.mentions.get(value, {})]):
            del self.mentions[value][scope]
            if scope is not self.graph.root:
                scope.inputs = tuple(map(swap, scope.inputs))
                scope.output = tuple(map(swap, scope.output))
                scope.outputs = {name: swap(one) for name, one in scope.outputs.items()}
            scope.notes = {swap(one): note for one, note in scope.notes.items()}
            self.mentioned(scope)
        if where(self.graph.root):
            self.graph.outputs = [replace(o, node=swap(o.node)) for o in self.graph.outputs]

    def place(self, part: Part, scope: Instance, index: int) -> None:
        """Put a part into a scope."""
        if isinstance(part, Instance):
            part.parent = scope
        else:
            part.scope = scope
        scope.children.insert(index, part)
        self.edited[scope] = None

    def node(
        self,
        op: Op,
        inputs: tuple[Node, ...],
        scope: Instance,
        index: int,
        name: str | None = None,
        shape: tuple[int, ...] = (),
    ) -> Node:
        """Put a new node into a scope."""
        node = Node(within(scope, name), op, inputs, shape, scope, NOWHERE)
        self.place(node, scope, index)
        self.reads(node)
        self.anew.update(inputs)
        self.added[node] = None
        if node.id is None and name is not None:
            self.claimed.add(node)
        return node


def name_of(part: Part) -> str:
    """The last name of a part's path."""
    return part.path.rpartition(".")[2]


def within(scope: Instance, name: str | None) -> str:
    """The path of what is called so in a scope."""
    name = UNNAMED if name is None else name
    return f"{scope.path}.{name}" if scope.path else name


def holds(scope: Instance, node: Node) -> bool:
    """Whether a node stands in a scope, at any depth."""
    return any(around is scope for around in node.scope.ancestors())


def retold(tree: Tree, swap: Callable[[Any], Any]) -> Tree:
    """A derived size over other values."""
    if isinstance(tree, Axis):
        return Axis(swap(tree.value), tree.axis)
    if isinstance(tree, Apply):
        return Apply(tree.function, tuple(retold(a, swap) for a in tree.arguments), tree.weight)
    if isinstance(tree, tuple):
        return tuple(retold(part, swap) for part in tree)
    return tree


def fresh(wish: str, taken: set[str]) -> str:
    """A name that is not taken yet, which it is from now on: the wish, or with a number."""
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    taken.add(name)
    return name
