"""Copies of a block's body, or of a whole graph, in the place of an instance."""

from __future__ import annotations

import re
from dataclasses import replace

from archspec.ir.draft import Draft, fresh, holds, retold
from archspec.ir.graph import Definition, Graph, Instance, Node
from archspec.ir.making import Refused
from archspec.ops.base import REGISTRY
from archspec.ops.identifiers import block_problem


def clone(draft: Draft, place: Instance, other: Instance) -> Instance:
    """Put a copy of an instance, with its parameters, in the place of another one.

    Raises:
        Refused: where they read or give different numbers of values, or one holds the other.
    """
    if place in other.ancestors() or other in place.ancestors():
        raise Refused(f"one of `{place.path}` and `{other.path}` holds the other")
    _check_ends(place, other.path, len(other.inputs), len(other.output))
    swap: dict[Node, Node] = dict(zip(other.inputs, place.inputs, strict=True))
    made: dict[Instance, Instance] = {}
    nodes: list[Node] = []
    for scope in other.instances():
        around = place.parent if scope is other else made[scope.parent or other]
        copy = replace(scope, parent=around, children=[])
        made[scope] = copy
        if scope is not other and around is not None:
            around.children.append(copy)
    for scope, copy in made.items():
        copy.children = []
        for part in scope.children:
            if isinstance(part, Instance):
                copy.children.append(made[part])
            else:
                swap[part] = replace(part, scope=copy)
                nodes.append(swap[part])
                copy.children.append(swap[part])
            if part in draft.claimed:
                draft.claimed.add(copy.children[-1])

    def swapped(one: Node) -> Node:
        return swap.get(one, one)

    for node in nodes:
        node.inputs = tuple(map(swapped, node.inputs))
        node.lender = None if node.lender is None else swapped(node.lender)
        if node.derived is not None:
            node.derived = {key: retold(tree, swapped) for key, tree in node.derived.items()}
    for copy in made.values():
        copy.inputs = tuple(map(swapped, copy.inputs))
        copy.output = tuple(map(swapped, copy.output))
        copy.outputs = {name: swapped(one) for name, one in copy.outputs.items()}
        copy.notes = {swapped(one): note for one, note in copy.notes.items()}
    return _put(draft, place, made[other])


def embed(draft: Draft, place: Instance, graph: Graph) -> Instance:
    """Put a copy of a graph, as a block of its name, in the place of an instance.

    Raises:
        Refused: where they read or give different numbers of values, or a part of the graph is for
            training only.
    """
    if any(output.train_only for output in graph.outputs):
        raise Refused(f"a part of {graph.name} is for training only, and no block can say that")
    _check_ends(place, graph.name, len(graph.inputs), len(graph.outputs))
    inner = Draft(graph.copy(provenance=False))
    for node, value in zip(inner.graph.inputs, place.inputs, strict=True):
        inner.redirect(node, value)
    names = tuple(node.path for node in inner.graph.inputs)
    taken = {one.block.name for one in draft.graph.root.instances() if one.block is not None}
    block = Definition(fresh(_word(graph.name), taken), names if len(names) > 1 else ())
    made = Instance(place.path, place.name, place.parent, block, {}, place.inputs, place.span)
    made.children, made.notes = inner.graph.root.children, inner.graph.root.notes
    for part in made.children:
        if isinstance(part, Instance):
            part.parent = made
        else:
            part.scope = made
    made.output = tuple(output.node for output in inner.graph.outputs)
    if len(made.output) > 1:
        made.outputs = {output.name: output.node for output in inner.graph.outputs}
    draft.claimed |= inner.claimed
    return _put(draft, place, made)


def _check_ends(place: Instance, what: str, inputs: int, outputs: int) -> None:
    """Refuse to put something in a place that has other ends."""
    ends = len(place.inputs), len(place.output)
    if ends != (inputs, outputs):
        told = f"reads {ends[0]} values and gives {ends[1]}, and {what} {inputs} and {outputs}"
        raise Refused(f"`{place.path}` {told}")
    if not all(holds(place, value) for value in place.output):
        raise Refused(f"`{place.path}` gives what it is given")


def _put(draft: Draft, place: Instance, made: Instance) -> Instance:
    """Let an instance stand where another one stood, and be read where that was."""
    assert place.parent is not None
    for node in made.nodes():
        draft.reads(node)
    for scope in made.instances():
        draft.mentioned(scope)
    siblings = place.parent.children
    siblings[siblings.index(place)] = made
    made.path, made.name = place.path, place.name
    if place in draft.claimed:
        draft.claimed.add(made)
    for value, new in zip(place.output, made.output, strict=True):
        draft.redirect(value, new)
    draft.edited = {one: None for one in draft.edited if one is not made}
    draft.edited[place.parent] = None
    return made


def _word(name: str) -> str:
    """A name that a block can have, after that of a network."""
    word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    if block_problem(word) is not None or word in REGISTRY:
        word = f"block_{word}"
    return word if block_problem(word) is None else "block"
