"""What figures are written on: a DOT graph, in a theme's colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import graphviz

from archspec.backends.graphviz import style
from archspec.backends.graphviz.names import label
from archspec.figures.theme import Theme


class Canvas:
    """Takes boxes, arrows and frames, whose colours are roles, and gives DOT text."""

    def __init__(
        self, title: str, direction: str, theme: Theme, more: Mapping[str, str] | None = None
    ) -> None:
        self.theme = theme
        self._graph = graphviz.Digraph(
            graph_attr={
                **style.painted(style.figure_attributes(direction), theme),
                "label": label([title]),
                **(more or {}),
            },
            node_attr=style.painted(style.node_attributes(direction), theme),
            edge_attr=style.painted(style.EDGE_ATTRIBUTES, theme),
        )

    @property
    def text(self) -> str:
        """The figure as DOT."""
        return str(self._graph.source)

    def box(self, identity: str, look: style.Look, **attributes: str) -> None:
        """A box with lines of words in it."""
        given = style.painted(look.attributes, self.theme) | attributes
        self._graph.node(identity, label(look.lines), **given)

    def arrow(
        self, tail: str, head: str, look: Mapping[str, str], words: Iterable[str] = ()
    ) -> None:
        """An arrow between boxes, and what is written beside it."""
        given = style.painted(look, self.theme)
        lines = list(words)
        if lines:
            given["label"] = label(lines)
        self._graph.edge(tail, head, **given)

    def markup(self, identity: str, html: str) -> None:
        """A node that is a table in Graphviz's markup."""
        self._graph.node(identity, html, shape="plain", style="")

    @contextmanager
    def frame(self, identity: str, look: style.Look) -> Iterator[None]:
        """A frame round what is drawn meanwhile."""
        outside = self._graph
        with outside.subgraph(name=identity) as cluster:
            given = style.painted(look.attributes, self.theme)
            cluster.attr(label=label(look.lines, left=True), **given)
            self._graph = cluster
            yield
            self._graph = outside
