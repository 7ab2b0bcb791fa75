"""The page backend: a network as one interactive HTML file, which needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archspec.backends.base import format_of
from archspec.backends.page.document import to_html
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.figures.detail import by_blocks
from archspec.figures.options import Options, panels
from archspec.figures.slides import told
from archspec.ir.graph import Graph
from archspec.util.files import write


@dataclass(frozen=True, slots=True)
class Page:
    """Writes pages: the figure in the middle, the table of its costs beside it.

    The options say what is open at first, the direction, the theme and what boxes say. Where they
    do not say how far a network is opened, the page folds what could not be read at first.
    """

    name: str = "page"
    formats: tuple[str, ...] = ("html",)

    def html(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The page's text; the same text for the same graph.

        Raises:
            ArchspecError: E108 for a name in the options that no part of the network has, E601
                for several figures, and for another view or style than the usual.
        """
        options = options or Options()
        figures = panels(graph, by_blocks(options))
        unshown = [f"the view `{options.view}`"] if options.view != "graph" else []
        unshown += [f"the style `{options.style}`"] if options.style not in (None, "blocks") else []
        unshown += ["several figures"] if len(figures) != 1 else []
        if unshown:
            raise ArchspecError(
                Diagnostic(
                    "E601",
                    f"a page cannot show {unshown[0]}",
                    expected="the graph of one network, in the style `blocks`",
                    hint="write an .svg file",
                )
            )
        return to_html(*figures[0], free=not (told(options) or options.expand))

    def render(
        self,
        graph: Graph | Sequence[Graph],
        path: str | Path,
        format: str | None = None,
        options: Options | None = None,
    ) -> None:
        """Writes the page to a file, whole or not at all.

        Raises:
            ArchspecError: as for `html`, E601 for another format, and E101 where the file cannot be
                written.
        """
        path = Path(path)
        format_of(path, format, self.formats)
        write(path, self.html(graph, options))


backend = Page()
"""What `archspec.backends` finds under the name `page`."""
