"""Blocks of which instances were changed, taken apart: a block for each way their bodies are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from archspec.ir.graph import Definition, Graph, Instance
from archspec.lifting.names import fresh

Pattern = tuple[tuple[str, str | None], ...]


def apart(graph: Graph) -> Graph | None:
    """A copy in which changed instances with other parts than most of their block's have its own.

    One block for all would need conditions that nothing in sight decides. The others keep the
    block's name. None where there is nothing to take apart.
    """
    copy = graph.copy(provenance=False)
    taken = {one.block.name for one in copy.instances if one.block is not None}
    made: dict[tuple[str, Pattern], Definition] = {}
    for instance in reversed(copy.instances):  # those within others first: a pattern names them
        block = instance.block
        if block is None or not instance.stale:
            continue
        pattern = _pattern(instance)
        if pattern == _usual(copy, block):
            continue
        key = (block.name, pattern)
        if key not in made:
            made[key] = replace(block, name=fresh(block.name, taken))
            taken.add(made[key].name)
        instance.block = made[key]
    return copy if made else None


def _pattern(instance: Instance) -> Pattern:
    """The parts of an instance: what each is, and its id."""
    return tuple(
        (
            child.op.name
            if not isinstance(child, Instance)
            else f"{child.role} {child.block.name if child.block is not None else ''}",
            child.id,
        )
        for child in instance.children
    )


def _usual(graph: Graph, block: Definition) -> Pattern:
    """The parts that most instances of a block have, unchanged ones before others."""
    same = [one for one in graph.instances if one.block is block]
    of = [one for one in same if not one.stale] or same
    return Counter(map(_pattern, of)).most_common(1)[0][0]
