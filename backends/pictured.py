"""A backend whose figures are pictures: shapes and words with places of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from archspec.backends.base import PICTURES, format_of
from archspec.drawing.headings import above_all, headings, name_of
from archspec.drawing.options import Options, Panel, Style, panels
from archspec.drawing.picture import HEADING, Picture, beside, stacked, titled
from archspec.drawing.svg import to_svg
from archspec.drawing.words import shown
from archspec.files import write
from archspec.graph import Graph
from archspec.svg import described, listing

_LOG = logging.getLogger("archspec")


class Scene(Protocol):
    """A figure on its way to a picture."""

    def picture(self) -> Picture:
        """What is drawn, without a title."""
        ...

    def said(self) -> Iterable[str]:
        """What is written, a text for each thing."""
        ...


@dataclass(frozen=True, slots=True)
class Scenes:
    """Figures that stand together.

    Attributes:
        stacked: whether they stand one below another, and not side by side.
        left: whether those one below another have their left edges on one line.
        chosen: what was chosen in the user's place, if anything.
    """

    each: Sequence[Scene]
    stacked: bool = False
    left: bool = False
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Pictured:
    """Draws graphs by way of pictures, of which SVG needs no engine.

    All methods take one graph, or several to set side by side, and `options`.

    Attributes:
        style: what is drawn where no options are given.
        things: what its figures are made of, in a word.
        scenes: gives the figures that stand together.
    """

    name: str
    style: Style | None
    things: str
    scenes: Callable[[Sequence[Panel]], Scenes]
    formats: tuple[str, ...] = PICTURES

    def picture(self, graph: Graph | Sequence[Graph], options: Options) -> Picture:
        """The shapes and words of the picture.

        Where words are larger, all is, but for solids and planes, which scenes draw smaller.
        """
        figures = panels(graph, options)
        return self._together(self.scenes(figures), figures, options)

    def _together(self, scenes: Scenes, figures: Sequence[Panel], options: Options) -> Picture:
        pictures = [scene.picture() for scene in scenes.each]
        titles = list(map(shown, headings(figures)))
        if len(figures) == 1:
            whole = titled(pictures[0], titles[0])
        else:
            heading = shown(above_all(options, figures))
            if scenes.stacked:
                together = stacked(pictures, titles, scenes.left)
            else:
                together = beside(pictures, titles)
            whole = titled(together, heading, HEADING)
        if scenes.chosen:
            _LOG.info("drew %s", scenes.chosen)
        return whole.scaled(options.theme.font_scale)

    def dot(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The picture as DOT text, in which everything has its place."""
        options = options or Options(style=self.style)
        return self._printed(graph, "dot", options).decode()

    def svg(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The picture as an SVG document, which needs no engine."""
        options = options or Options(style=self.style)
        figures = panels(graph, options)
        scenes = self.scenes(figures)
        picture = self._together(scenes, figures, options)
        drawn = to_svg(picture, options.theme, options.page).encode()
        said = listing(self.things, [words for scene in scenes.each for words in scene.said()])
        return described(drawn, name_of(options, figures), said).decode()

    def render(
        self,
        graph: Graph | Sequence[Graph],
        path: str | Path,
        format: str | None = None,
        options: Options | None = None,
    ) -> None:
        """Writes the picture to a file, whole or not at all, in the format its name ends in.

        Raises:
            ArchspecError: E601 for an unknown format, E603 where no engine can draw it,
                E101 where the file cannot be written.
        """
        path = Path(path)
        wanted = format_of(path, format, PICTURES)
        if wanted == "svg":
            write(path, self.svg(graph, options))
        else:
            write(path, self._printed(graph, wanted, options or Options(style=self.style)))

    def _printed(self, graph: Graph | Sequence[Graph], format: str, options: Options) -> bytes:
        from archspec.backends.graphviz.pictured import to_dot  # which SVG can do without
        from archspec.backends.graphviz.printed import printed

        picture = self.picture(graph, options)
        outline = picture.outline(options.page)
        dot = partial(to_dot, picture, options.theme, outline)
        return printed(dot, outline[2:], format, options.paper)
