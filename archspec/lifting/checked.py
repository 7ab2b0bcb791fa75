"""Lifting that is checked: the spec is read and elaborated again, and is the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archspec.diagnostics import ArchspecError, Diagnostic, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.frontend.printer import print_spec
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from archspec.lifting.lift import lift


@dataclass(frozen=True, slots=True)
class Lifted:
    """The text of a spec, and the graph that it elaborates to."""

    text: str
    graph: Graph


def lifted(graph: Graph) -> Lifted:
    """A spec of a graph, whose elaboration is that graph but for the parameters of blocks.

    Raises:
        ArchspecError: E609 where it finds no such spec, with what stands in the way.
    """
    try:
        text = print_spec(lift(graph))
        again = build(load_source(Source(f"{graph.name}.yaml", text)))
    except LookupError as error:
        raise _unsayable(graph, str(error.args[0])) from None
    except ArchspecError as error:
        first = error.diagnostics[0]
        raise _unsayable(graph, first.message) from error
    again = replace(again, variant=graph.variant, title=graph.title)
    found = difference(graph, again, parameters=False)
    if found is not None:
        raise _unsayable(graph, found)
    return Lifted(text, again)


def _unsayable(graph: Graph, why: str) -> ArchspecError:
    message = f"no spec was found for the graph `{graph.name}`"
    return ArchspecError(Diagnostic("E609", message, found=why))
