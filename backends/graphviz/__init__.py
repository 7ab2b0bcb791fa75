"""The Graphviz backend: a graph becomes a figure, as DOT, SVG, PDF or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archspec.backends.base import PICTURES, few, format_of
from archspec.backends.graphviz.arranged import arranged
from archspec.backends.graphviz.dot import to_dot
from archspec.backends.graphviz.printed import printed
from archspec.backends.graphviz.sheet import Sheet
from archspec.backends.graphviz.stepped import Since, steps, steps_of, until
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.figures.headings import headings, name_of, of_step
from archspec.figures.options import Options, panels
from archspec.ir.graph import Graph
from archspec.util.files import write
from archspec.util.svg import described, listing


@dataclass(frozen=True, slots=True)
class Graphviz:
    """Draws graphs: a box an op, a frame a block instance, shapes on the arrows.

    All methods take one graph, or several to set side by side, and `options`: which way it goes,
    what is opened and what is left out.
    """

    name: str = "graphviz"
    formats: tuple[str, ...] = PICTURES

    def dot(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The figure as DOT text, which needs no engine; the same text for the same graph.

        Several come one after another. Where things stand is Graphviz's business, but in a U.
        """
        figures = panels(graph, options or Options())
        return "".join(to_dot(each, chosen) for each, chosen in figures)

    def svg(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The figure as an SVG document.

        Raises:
            ArchspecError: E603 where no engine can draw it.
        """
        return self._drawn(graph, "svg", options).decode()

    def render(
        self,
        graph: Graph | Sequence[Graph],
        path: str | Path,
        format: str | None = None,
        options: Options | None = None,
    ) -> None:
        """Writes the figure to a file, whole or not at all, in the format its name ends in.

        Args:
            format: one of `formats`, where the name does not say it.

        Raises:
            ArchspecError: E601 for an unknown format, E603 where no engine can draw it,
                E101 where the file cannot be written.
        """
        path = Path(path)
        wanted = format_of(path, format, PICTURES)
        write(path, self._drawn(graph, wanted, options))

    def steps(
        self, graph: Graph | Sequence[Graph], format: str, options: Options | None = None
    ) -> list[bytes]:
        """The figure step by step, each with all that is there with it, at the same place.

        Raises:
            ArchspecError: E603 where no engine can draw it, E608 for another view than the graph,
                and where there are too many steps.
        """
        options = options or Options()
        if options.view != "graph":
            raise ArchspecError(Diagnostic("E608", f"the view `{options.view}` has no steps"))
        since: list[Since] = []
        names: list[str] = []
        figures = panels(graph, options)
        titles = headings(figures) if len(figures) > 1 else [""]
        for (each, chosen), title in zip(figures, titles, strict=True):
            own, called = steps_of(each, chosen, len(names))
            since.append(own)
            names += (", ".join(filter(None, (title, step))) for step in called)
        sheet = arranged(graph, options, since)
        found, name = few(steps(sheet)), name_of(options, figures)
        drawn = []
        for number, step in enumerate(found, 1):
            title = of_step(name, number, len(found), names[step - 1] if step else "")
            drawn.append(self._printed(until(sheet, step), title, format, options))
        return drawn

    def _drawn(self, graph: Graph | Sequence[Graph], format: str, options: Options | None) -> bytes:
        if format == "dot":
            return self.dot(graph, options).encode()
        options = options or Options()
        name = name_of(options, panels(graph, options))
        return self._printed(arranged(graph, options), name, format, options)

    def _printed(self, sheet: Sheet, name: str, format: str, options: Options) -> bytes:
        drawn = printed(sheet.dot, sheet.size, format, options.paper)
        if format != "svg":
            return drawn
        return described(drawn, name, listing("boxes", list(sheet.said())))


backend = Graphviz()
"""What `archspec.backends` finds under the name `graphviz`."""
