"""Blocks of which instances were changed, taken apart: a block for each way their bodies are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace

from archspec.ir.graph import Definition, Graph, Instance, Node
from archspec.lifting.names import fresh, is_list
from archspec.ops.derived import plain, relative


def apart(graph: Graph) -> Graph | None:
    """A copy in which changed instances with other parts than most of their block's have its own.

    One block for all would need conditions that nothing in sight decides. The others keep the
    block's name, unless that is the name of an op beside it. None where all can stay.
    """
    copy = graph.copy(provenance=False)
    split = _Split(copy)
    for instance in reversed(copy.instances):  # those within others first: a pattern names them
        block = instance.block
        if block is not None and block.name in split.ops:
            split.give(instance, block, None)
            block = instance.block
        if block is None or not any(one.stale for one in _alike(instance)):
            continue
        pattern = _pattern(instance)
        if pattern != _usual(copy, block):
            split.give(instance, block, pattern)
    return copy if split.made else None


def wholly_apart(graph: Graph) -> Graph:
    """A copy in which all instances of a block are the same, so that it needs no parameters."""
    copy = graph.copy(provenance=False)
    split = _Split(copy)
    for instance in reversed(copy.instances):
        if instance.block is not None:
            split.give(instance, instance.block, _content(instance), keeps=True)
    return copy


class _Split:
    """Blocks made of others, by the names of these and what stands in their instances."""

    def __init__(self, graph: Graph) -> None:
        self.ops = {node.op.name for node in graph.nodes}
        self.taken = {one.block.name for one in graph.instances if one.block is not None} | self.ops
        self.kept = {*self.ops}
        self.made: dict[tuple[str, Hashable], Definition] = {}

    def give(
        self, instance: Instance, block: Definition, pattern: Hashable, keeps: bool = False
    ) -> None:
        """Give an instance the block for what is in it; the first of them keeps the block's own."""
        key = block.name, pattern
        if key not in self.made and keeps and block.name not in self.kept:
            self.kept.add(block.name)
            self.made[key] = block
        if key not in self.made:
            self.made[key] = replace(block, name=fresh(block.name, self.taken))
            self.taken.add(self.made[key].name)
        instance.block = self.made[key]


def _alike(instance: Instance) -> list[Instance]:
    """The instances that have to be of one block: the rounds of a list, or an instance alone."""
    around = instance.parent
    if around is None or not is_list(around):
        return [instance]
    return [one for one in around.children if isinstance(one, Instance)]


def _pattern(instance: Instance) -> Hashable:
    """The parts of an instance: what each is, and its id."""
    return tuple(
        tuple((_kind(child), child.id) for child in one.children) for one in _alike(instance)
    )


def _kind(part: Node | Instance) -> str:
    if isinstance(part, Node):
        return part.op.name
    return f"{part.role} {part.block.name if part.block is not None else ''}"


def _usual(graph: Graph, block: Definition) -> Hashable:
    """The parts that most instances of a block have, unchanged ones before others."""
    same = [one for one in graph.instances if one.block is block]
    of = [one for one in same if not one.stale] or same
    return Counter(map(_pattern, of)).most_common(1)[0][0]


def _content(instance: Instance) -> Hashable:
    """All that a block says of an instance of it, whose own blocks are known by their names."""

    def place(value: Node) -> str:
        if value in instance.inputs:
            return f"input {instance.inputs.index(value)}"
        return instance.relative(value.path)

    def said(part: Node | Instance) -> Hashable:
        words = part.path[len(instance.path) :], _kind(part), part.label, part.doc
        if isinstance(part, Instance):
            inside = [] if part.block is not None else [*map(said, part.children)]
            notes = sorted((place(value), note) for value, note in part.notes.items())
            ends = [*map(place, part.inputs)], [*map(place, part.output)]
            return repr((words, inside, notes, ends))
        sizes = {name: relative(tree, place) for name, tree in (part.derived or {}).items()}
        given = {n: plain(v) for n, v in part.op.model_dump().items() if n not in sizes}
        shared = place(part.owner) if part.owner.path.startswith(f"{instance.path}.") else ""
        return repr((words, given, sizes, [*map(place, part.inputs)], shared))

    ends = [(name, place(value)) for name, value in instance.outputs.items()]
    notes = sorted((place(value), note) for value, note in instance.notes.items())
    given = [*map(place, instance.output)]
    return repr(([*map(said, instance.children)], ends, given, notes, instance.kind))
