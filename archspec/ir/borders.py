"""What crosses the borders of blocks: a block is a function, which reads its inputs alone.

A value that is read within a block and made outside of it is one of the block's inputs; one that is
made within and read outside is one of its outputs. Where an edit has let a node read something new,
both are added, all the way from where the value is made to where it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import compress

from archspec.ir.draft import Draft, Part, fresh, holds
from archspec.ir.graph import Bundle, Definition, Graph, Instance, Node


class Borders:
    """What enters each scope of a graph, and leaves each block instance, as its nodes read."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.scopes = list(graph.root.instances())
        self.depth: dict[Instance, int] = {graph.root: 0}
        for scope in self.scopes[1:]:
            assert scope.parent is not None
            self.depth[scope] = self.depth[scope.parent] + 1
        self.enters: dict[Instance, dict[Node, None]] = {}
        self.leaves: dict[Instance, dict[Node, None]] = {}
        for node in graph.nodes:
            for value in node.inputs:  # a size that is measured outside is a parameter here
                self.cross(value, node.scope)
        for scope in self.scopes[1:]:
            for value in (*scope.output, *scope.outputs.values()):
                self.cross(value, scope)
        for output in graph.outputs:
            self.cross(output.node, graph.root)

    def cross(self, value: Node, reader: Instance) -> None:
        """Note the borders between a value and a scope that reads it."""
        inner, maker = reader, value.scope
        while inner is not maker:
            if self.depth[inner] >= self.depth[maker]:
                self.enters.setdefault(inner, {})[value] = None
                assert inner.parent is not None
                inner = inner.parent
            else:
                if maker.block is not None:
                    self.leaves.setdefault(maker, {})[value] = None
                assert maker.parent is not None
                maker = maker.parent

    def undeclared(self) -> Iterator[str]:
        """What crosses a border without being an input or an output of the block, in words."""
        for scope, values in self.enters.items():
            for value in values if scope.block is not None else ():
                if value not in scope.inputs:
                    yield f"`{value.path}` is read in `{scope.path}`, and is none of its inputs"
        for scope, values in self.leaves.items():
            for value in values:
                if value not in scope.output and value not in scope.outputs.values():
                    outside = f"`{value.path}` is read outside `{scope.path}`"
                    yield f"{outside}, and is none of its outputs"


def declare(draft: Draft) -> None:
    """Give block instances the inputs and outputs that cross their borders."""
    graph = draft.graph
    alive = {*graph.nodes}
    unsaid: set[Instance] = set()
    for scope in reversed(list(graph.root.instances())):
        named, scope.outputs = scope.outputs, {n: v for n, v in scope.outputs.items() if v in alive}
        if named and not scope.outputs:
            unsaid.add(scope)
        if scope.role == "list":  # which gives what its rounds make
            scope.output = tuple(v for part in scope.children for v in flowing(part))
        else:
            scope.output = tuple(v for v in scope.output if v in alive) or _last(scope)
        scope.notes = {v: note for v, note in scope.notes.items() if v in alive}
    borders = Borders(graph)
    definitions = _Definitions(borders.scopes)
    for scope in reversed(borders.scopes[1:]):
        read = borders.enters.get(scope, {})
        outside = [value in alive and not holds(scope, value) for value in scope.inputs]
        edited = scope in draft.edited
        known = [
            there and (not edited or value in read)
            for value, there in zip(scope.inputs, outside, strict=True)
        ]
        if scope.block is None:
            scope.inputs = tuple(compress(scope.inputs, outside)) or tuple(read)[:1]
            continue
        new = [value for value in read if value not in scope.inputs]
        if new or not all(known):
            definitions.narrow(scope, known, new)
        assert scope.parent is not None
        for value in scope.inputs:
            borders.cross(value, scope.parent)
    alone = {*draft.anew}  # values that are read by themselves, and not with others of their scope
    for scope in borders.scopes[1:]:
        left = borders.leaves.get(scope, {})
        shown = {*scope.output, *scope.outputs.values()}
        new = [value for value in left if value not in shown]
        apart = not scope.outputs and len(scope.output) > 1 and not alone.isdisjoint(left)
        if new or apart or scope in unsaid:
            definitions.widen(scope, new)
            alone.update(scope.outputs.values())
    definitions.name({scope.block for scope in borders.scopes})


def _last(scope: Instance) -> Bundle:
    """What a scope gives that says nothing of it: the value of its last part."""
    return flowing(scope.children[-1]) if scope.children else ()


def flowing(part: Part) -> Bundle:
    """What flows on from a part: of several outputs that have names, the first."""
    if isinstance(part, Node):
        return (part,)
    return part.output[:1] if part.outputs else part.output


class _Definitions:
    """Blocks with other ends than they had; instances that have the same ones share them."""

    def __init__(self, scopes: list[Instance]) -> None:
        self.made: dict[tuple[Definition, tuple[str, ...], tuple[str, ...]], Definition] = {}
        self.names = {scope.block.name for scope in scopes if scope.block is not None}

    def narrow(self, scope: Instance, known: list[bool], new: list[Node]) -> None:
        """Leave inputs out of an instance, and add others."""
        block = scope.block
        assert block is not None
        taken = {*block.inputs} | {part.id for part in scope.children if part.id is not None}
        formals = list(block.inputs)
        while len(formals) < len(scope.inputs):
            formals.append(fresh("x", taken))
        names = list(compress(formals, known)) + [fresh(value.id or "x", taken) for value in new]
        scope.inputs = (*compress(scope.inputs, known), *new)
        if len(scope.inputs) == 1 and not block.inputs:
            names = []
        self.change(scope, block, tuple(names), ())

    def widen(self, scope: Instance, new: list[Node]) -> None:
        """Let more values come out of an instance; where they are several, each has a name."""
        block = scope.block
        assert block is not None
        if not scope.output:
            scope.output = (new[0],)
        values = dict.fromkeys([*(scope.outputs.values() or scope.output), *new])
        if len(values) > 1:
            taken = {name for name in scope.outputs if name}
            named = {value: name for name, value in scope.outputs.items() if name}
            scope.outputs = {
                named.get(value) or fresh(value.id or "out", taken): value for value in values
            }
            scope.output = tuple(values)
        self.change(scope, block, block.inputs, tuple(scope.outputs) or ("",))

    def change(
        self, scope: Instance, block: Definition, inputs: tuple[str, ...], outputs: tuple[str, ...]
    ) -> None:
        """Give an instance a block of its own, with other ends."""
        if inputs == block.inputs and not outputs:
            return
        key = block, inputs, outputs
        if key not in self.made:
            self.made[key] = replace(block, name=fresh(block.name, self.names), inputs=inputs)
        scope.block = self.made[key]
        if scope.parent is not None and scope.parent.role == "list":  # whose rounds are one block
            scope.parent.stale = True

    def name(self, used: set[Definition | None]) -> None:
        """Give a block the name of the one it was made from, where nothing else has that."""
        free = {block.name for block, *_ in self.made if block not in used}
        for (before, *_), block in self.made.items():
            if before.name in free and block in used:
                free.discard(before.name)
                block.name = before.name
