"""The page backend: a network as one interactive HTML file, which needs nothing but a browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archspec.backends.page.document import to_html
from archspec.drawing.options import Options
from archspec.files import write
from archspec.graph import Graph


@dataclass(frozen=True, slots=True)
class Page:
    """Writes pages: the figure in the middle, the table of its costs beside it.

    The options say what is open at first, the direction, the theme and what boxes say.
    """

    name: str = "page"
    formats: tuple[str, ...] = ("html",)

    def html(self, graph: Graph, options: Options | None = None) -> str:
        """The page's text; the same text for the same graph.

        Raises:
            ArchspecError: E108 for a name in the options that no part of the network has.
        """
        return to_html(graph, options or Options())

    def render(
        self,
        graph: Graph,
        path: str | Path,
        format: str | None = None,
        options: Options | None = None,
    ) -> None:
        """Writes the page to a file, whole or not at all.

        Raises:
            ArchspecError: E108 as for `html`, E101 where the file cannot be written.
        """
        write(Path(path), self.html(graph, options))


backend = Page()
"""What `archspec.backends` finds under the name `page`."""
