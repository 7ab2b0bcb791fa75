"""When a program computes each value of a graph, and how long it holds on to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.ir.graph import Node


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a backend's program does, op by op.

    Attributes:
        order: the nodes in the order they run; inputs are not among them.
        until: for a value the place in `order` of the node after which no variable and no
            argument of a call refers to it.
        in_list: merges that take a list of operands, whose number the program does not say.
    """

    order: list[Node]
    until: Mapping[Node, int]
    in_list: frozenset[Node]
