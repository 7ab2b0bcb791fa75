"""Specs of graphs, remembered: a graph that has not changed since is not lifted again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from archspec.ir.graph import Definition, Graph, Instance, Node, Parameter
from archspec.ir.remembered import Remembered
from archspec.ir.verify import verify
from archspec.lifting.checked import Lifted, lifted

_LIFTED: Remembered[Lifted] = Remembered()


def lifted_once(graph: Graph) -> Lifted:
    """A spec of a graph: the one that was found before, if the graph is what it was.

    Raises:
        Unsound: for a graph that does not hold together.
        ArchspecError: E609 for one that cannot be lifted.
    """
    now = [*_state(graph)]
    found = _LIFTED.of(graph, now)
    if found is not None:
        return found
    verify(graph)
    return _LIFTED.keep(graph, now, lifted(graph))


def _state(graph: Graph) -> Iterator[Any]:
    """All that there is of a graph, one behind the other: objects that do not change, or parts."""
    for part in (*graph.nodes, *graph.root.instances()):
        yield part
        for name in _NODE if isinstance(part, Node) else _INSTANCE:
            yield from _flat(getattr(part, name))
    for name in _GRAPH:
        yield from _flat(getattr(graph, name))


def _flat(value: Any) -> Iterator[Any]:
    """What a list or a mapping holds now, since it may hold other things later."""
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, Definition):
        yield from (value, value.name, value.inputs, value.doc)
        for name, parameter in value.params.items():
            yield from (name, *(getattr(parameter, field) for field in _PARAMETER))
    else:
        yield value
    yield None  # where it ends


_NODE, _INSTANCE, _PARAMETER = (
    [field.name for field in fields(cls)] for cls in (Node, Instance, Parameter)
)
_GRAPH = [f.name for f in fields(Graph) if f.name not in ("nodes", "root", "remarks", "provenance")]
