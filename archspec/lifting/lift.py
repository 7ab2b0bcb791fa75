"""Graph -> Spec: the plain data of a file that elaborates to the graph again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.ir.graph import Graph
from archspec.lifting.checked import lifted

Data = Mapping[str, Any]


def lift(graph: Graph) -> Data:
    """The plain data of a spec that elaborates to a graph.

    Raises:
        ArchspecError: E609 for a graph of which no spec was found, with the reason.
    """
    return lifted(graph).data


def lift_family(graphs: Sequence[Graph]) -> Data:
    """The plain data of one spec that has each of several graphs as a variant.

    Raises:
        ArchspecError: E609 where no such spec was found, with the reason.
    """
    return lifted(*graphs).data
