"""What was lifted is read, elaborated and compared with the graphs that it is to give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, load_source
from archspec.ir.equality import difference
from archspec.ir.graph import Graph, Instance, Node


def document_of(text: str) -> Document:
    """The document of a lifted text."""
    return load_source(Source("lifted", text))


def mismatch(text: str, graphs: Sequence[Graph]) -> str | None:
    """The first difference between graphs and what a text gives; None where there is none.

    Raises:
        ArchspecError: where the text is no spec.
    """
    document = document_of(text)
    for graph in graphs:
        variant = graph.variant if len(graphs) > 1 else None
        found = differs(graph, build(document, variant=variant))
        if found is not None:
            return found
    return None


def differs(graph: Graph, other: Graph) -> str | None:
    """The first difference between a graph and what it was lifted to; None where there is none.

    Parameters may be others, for lifting finds its own; those of one name have the same values.
    """
    found = difference(graph, other, "names")
    return found if found is not None else next(_differences(graph, other), None)


def _differences(graph: Graph, other: Graph) -> Iterator[str]:
    for what in ("name", "source", "year", "title", "init"):
        if getattr(graph, what) != getattr(other, what):
            yield f"the {what} is another"
    for ours, theirs in zip(graph.nodes, other.nodes, strict=True):
        if (ours.label, ours.doc) != (theirs.label, theirs.doc):
            yield f"`{ours.path}` has another label or doc"
    for one, two in zip(graph.instances, other.instances, strict=True):
        yield from _of_instances(one, two)


def _of_instances(ours: Instance, theirs: Instance) -> Iterator[str]:
    who = f"`{ours.path}`"
    for what in ("kind", "label", "doc"):
        if getattr(ours, what) != getattr(theirs, what):
            yield f"{who} has another {what}"
    for what in ("inputs", "output"):
        if _paths(getattr(ours, what)) != _paths(getattr(theirs, what)):
            yield f"{who} has another {what}"
    if _named(ours.outputs) != _named(theirs.outputs):
        yield f"{who} has other outputs"
    notes = ({n.path: text for n, text in one.notes.items()} for one in (ours, theirs))
    if next(notes) != next(notes):
        yield f"{who} has other notes"
    if ours.block is None or theirs.block is None:
        return
    for what in ("name", "inputs", "doc"):
        if getattr(ours.block, what) != getattr(theirs.block, what):
            yield f"the block of {who} has another {what}"


def _paths(nodes: Sequence[Node]) -> list[str]:
    return [node.path for node in nodes]


def _named(nodes: dict[str, Node]) -> dict[str, str]:
    return {name: node.path for name, node in nodes.items()}
