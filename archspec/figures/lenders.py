"""Whose weights a part of a network uses, where it has none of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from archspec.figures.repeats import Part
from archspec.ir.graph import Instance, Node
from archspec.ir.sharing import counterpart, facing


def lender(part: Part) -> Part | None:
    """The part whose weights another one uses; None where it has any of its own by itself.

    An instance that stands within one that shares uses what its counterpart there has.
    """
    if isinstance(part, Node):
        return part.lender if part.tensors() else None
    if part.block is not None and (whole := counterpart(part)) is not None:
        return whole
    found: Instance | None = None
    for node in part.nodes():
        if node.tensors():
            one = _counterpart(part, node)
            if one is None or found not in (None, one):
                return None
            found = one
    return found


def _counterpart(part: Instance, node: Node) -> Instance | None:
    """What is to the owner of a node's weights as a part is to this node, which is within it."""
    found = facing(part, node)
    return None if found is None or found is part or found.parent is None else found


def borrowed(member: Iterable[Part]) -> Iterator[Part]:
    """What the parts of a box have their weights from, each once."""
    found = (lender(part) for part in member)
    yield from dict.fromkeys(one for one in found if one is not None)


def known_as(part: Part, among: Part | None = None) -> str:
    """What a part goes by that lends its weights: its label, or its path without positions.

    Args:
        among: a part that uses them; what both of their paths begin with is left out.
    """
    if part.label is not None:
        return part.label
    steps = part.path.split(".")
    others = [] if among is None else among.path.split(".")[:-1]
    pairs = zip(steps, others, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    own = steps[common:]
    while own and own[-1].isdigit():
        own.pop()
    return ".".join(own) or part.path
