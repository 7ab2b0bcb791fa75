"""What notebooks show: figures of networks, tables of costs, interactive pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archspec import pipeline
from archspec.analysis.cost import Stats
from archspec.analysis.explanation import Explanation
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph
from archspec.util.files import write

if TYPE_CHECKING:
    from archspec.figures.options import Options


@dataclass(frozen=True)
class Drawing:
    """A figure of networks side by side, drawn when it is asked for; a notebook shows it.

    Each property, and `save`, raises ArchspecError: E108 for a part that is not there, E603 where
    nothing can draw it, E601 where nothing can draw it in that way.
    """

    graphs: tuple[Graph, ...]
    options: Options | None = None

    def __post_init__(self) -> None:
        if not self.graphs:
            raise ValueError("a figure needs a network")

    @property
    def title(self) -> str:
        """The networks' names."""
        return ", ".join(graph.name for graph in self.graphs)

    @cached_property
    def dot(self) -> str:
        """As DOT text, which needs no engine; so is `str` of a drawing."""
        return pipeline.render(self.graphs, options=self.options) or ""

    @cached_property
    def svg(self) -> str:
        """As an SVG document."""
        return self._drawn("svg")

    @cached_property
    def page(self) -> Page:
        """As an interactive page, which a notebook shows in a frame."""
        return Page(self._drawn("html"), self.title)

    def save(self, path: str | Path, format: str | None = None) -> None:
        """Write it to a file, as `archspec.render` does."""
        pipeline.render(self.graphs, Path(path), format, self.options)

    def steps(self, format: str = "svg") -> list[bytes]:
        """Step by step, each as a file's content; each adds to the one before, the last is all.

        Raises:
            ArchspecError: E608 too, for what has no steps, or too many.
        """
        built = pipeline.build_up(self.graphs, Path("figure"), format, self.options)
        return list(built.values())

    def _drawn(self, format: str) -> str:
        with TemporaryDirectory() as folder:
            path = Path(folder, f"figure.{format}")
            self.save(path)
            return path.read_text(encoding="utf-8")

    def __str__(self) -> str:
        return self.dot

    def __repr__(self) -> str:
        return f"<the figure of {self.title}>"

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except ArchspecError as error:
            if any(d.code != "E603" for d in error.diagnostics):
                raise
            return None  # no engine: the notebook shows `repr`


@dataclass(frozen=True)
class Page:
    """A web page that needs nothing else.

    Attributes:
        html: its text.
        title: what it shows.
    """

    html: str = field(repr=False)
    title: str

    def save(self, path: str | Path) -> None:
        """Write it to a file."""
        write(Path(path), self.html)

    def _repr_html_(self) -> str:
        """A frame, in which its styles and scripts are kept from the notebook's."""
        return (
            '<iframe sandbox="allow-scripts allow-downloads" '
            'style="width: 100%; height: 600px; border: 0" '
            f'title="{escape(self.title)}" srcdoc="{escape(self.html)}"></iframe>'
        )


def teach() -> None:
    """Let graphs, costs and explanations, which know of no drawing, be shown."""
    Graph.drawn = _figure
    Stats.tabled = _table
    Explanation.told = _text
    Explanation.tabled = _explained


def _figure(graph: Graph) -> str | None:
    """What can be read from a slide fits a notebook too, and drawing it takes no second."""
    from archspec.figures.options import Options

    return Drawing((graph,), Options())._repr_svg_()


def _text(explanation: Explanation) -> str:
    from archspec.tables.explanation import text

    return text(explanation)


def _explained(explanation: Explanation) -> str:
    from archspec.tables.explanation import table
    from archspec.tables.html import fragment

    return fragment(table(explanation))


def _table(stats: Stats) -> str:
    from archspec.tables.costs import table
    from archspec.tables.html import fragment

    return fragment(table(stats))
