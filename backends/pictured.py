"""A backend whose figures are pictures: shapes and words with places of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from archspec.backends.base import PICTURES, few, format_of
from archspec.figures.headings import above_all, headings, name_of, of_step
from archspec.figures.legible import tell_of_small_words
from archspec.figures.options import Options, Panel, Style, panels
from archspec.figures.picture import HEADING, Picture, beside, stacked, titled
from archspec.figures.svg import to_svg
from archspec.figures.words import shown
from archspec.ir.graph import Graph
from archspec.util.files import write
from archspec.util.svg import described, listing

_LOG = logging.getLogger("archspec")


class Scene(Protocol):
    """A figure on its way to a picture."""

    @property
    def steps(self) -> Sequence[str]:
        """What the steps are called in which it is built up; the items of its picture have them."""
        ...

    def picture(self) -> Picture:
        """What is drawn, without a title."""
        ...

    def said(self) -> Iterable[tuple[str, int]]:
        """What is written, a text for each thing, and the step with which it comes."""
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
class _Whole:
    """All that is drawn.

    Attributes:
        name: what it is called.
        said: what is written, and the step with which it comes.
        steps: what the steps are called; the first is 1.
    """

    name: str
    picture: Picture
    said: Sequence[tuple[str, int]]
    steps: Sequence[str]


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
        return self._whole(graph, options).picture

    def _whole(self, graph: Graph | Sequence[Graph], options: Options) -> _Whole:
        """Figures that stand together, each built up after the one before it."""
        figures = panels(graph, options)
        scenes = self.scenes(figures)
        titles = list(map(shown, headings(figures)))
        pictures: list[Picture] = []
        said: list[tuple[str, int]] = []
        steps: list[str] = []
        for scene, title in zip(scenes.each, titles, strict=True):
            pictures.append(scene.picture().after(len(steps)))
            said += ((text, since + len(steps)) for text, since in scene.said())
            around = title if len(titles) > 1 else ""
            steps += (", ".join(filter(None, (around, name))) for name in scene.steps)
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
        picture = whole.scaled(options.theme.font_scale)
        return _Whole(name_of(options, figures), picture, said, steps)

    def dot(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The picture as DOT text, in which everything has its place."""
        return self._drawn(graph, "dot", options).decode()

    def svg(self, graph: Graph | Sequence[Graph], options: Options | None = None) -> str:
        """The picture as an SVG document, which needs no engine."""
        return self._drawn(graph, "svg", options).decode()

    def steps(
        self, graph: Graph | Sequence[Graph], format: str, options: Options | None = None
    ) -> list[bytes]:
        """The picture step by step, each with all that is there with it, on the same sheet.

        Raises:
            ArchspecError: E603 where no engine can draw it, E608 where there are too many.
        """
        options = options or Options(style=self.style)
        whole = self._whole(graph, options)
        tell_of_small_words(whole.picture, options)
        found = few(whole.picture.steps)
        drawn = []
        for number, step in enumerate(found, 1):
            called = whole.steps[step - 1] if step else ""
            part = replace(
                whole,
                name=of_step(whole.name, number, len(found), called),
                picture=whole.picture.until(step),
                said=[each for each in whole.said if each[1] <= step],
            )
            drawn.append(self._printed(part, whole.picture, format, options))
        return drawn

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
        write(path, self._drawn(graph, wanted, options))

    def _drawn(self, graph: Graph | Sequence[Graph], format: str, options: Options | None) -> bytes:
        options = options or Options(style=self.style)
        whole = self._whole(graph, options)
        if format != "dot":
            tell_of_small_words(whole.picture, options)
        return self._printed(whole, whole.picture, format, options)

    def _printed(self, whole: _Whole, sheet: Picture, format: str, options: Options) -> bytes:
        """What is drawn, in a format, on a sheet for a picture that may hold more."""
        outline = sheet.outline(options.page)
        if format == "svg":
            drawn = to_svg(whole.picture, options.theme, options.page, outline).encode()
            said = listing(self.things, [text for text, _ in whole.said])
            return described(drawn, whole.name, said)
        from archspec.backends.graphviz.pictured import to_dot  # which SVG can do without
        from archspec.backends.graphviz.printed import printed

        dot = partial(to_dot, whole.picture, options.theme, outline)
        return printed(dot, outline[2:], format, options.paper)
