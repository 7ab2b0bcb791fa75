"""What may be asked of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from archspec.figures.detail import Detail, check_parts
from archspec.figures.paper import Paper, paper, sized
from archspec.figures.theme import LIGHT, Theme, theme
from archspec.figures.themefile import FONT_SCALES, is_scale
from archspec.figures.words import check_title
from archspec.ir.graph import Graph

Direction = Literal["TB", "LR", "U"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

Style = Literal["blocks", "strip", "tower", "levels", "volumes", "planes"]
STYLES: tuple[Style, ...] = get_args(Style)

Note = Literal["params", "macs", "memory", "rf", "attributes", "each"]
NOTES: tuple[Note, ...] = get_args(Note)

View = Literal["graph", "unravel", "tree"]
VIEWS: tuple[View, ...] = get_args(View)


if TYPE_CHECKING:

    class _Chosen:
        """A field that takes a theme's name or file, too, and is a theme."""

        def __get__(self, instance: object, owner: type | None = None) -> Theme: ...
        def __set__(self, instance: object, value: Theme | str | Path) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Detail):
    """How a figure is drawn, besides what it shows.

    Attributes:
        style: a box an op; a strip of narrow boxes, or a tower of wide ones, with blocks that
            are tiny in it and opened beside it; levels, a network, a stage and a block each opened
            from the one to its left; or feature maps, as volumes or as stacks of planes.
            Unless given, what can be read from a slide; a box an op where every layer is asked
            for, or what boxes alone can show.
        direction: from top to bottom, from left to right, or a U: a row for each resolution;
            unless given, a U for what leads to maps of its input's resolution by way of coarse
            ones, and else from top to bottom, or from left to right on a page. Strips and feature
            maps stand in a U or go from left to right; without a style, a U is that of strips where
            there is a clean one, and what goes in a line is boxes.
        size: the shape of the page, such as 16:9, or its size in pixels, such as 1280x720: what
            goes from left to right is folded into rows that fill it.
        annotate: what is written in boxes besides: params, macs, memory (of their outputs), rf
            (the receptive field), attributes (of ops, those that lectures leave out); `each` says
            of a box with ×N what one of them costs, and not all.
        legend: whether it says what colours and lines mean.
        view: the graph; a residual network unravelled into its paths; or the tree of blocks.
        title: what stands above it, in place of the network's name; nothing where it is empty. Of
            several figures, a title for each; or one, which stands above all of them.
        theme: its colours; may be given as `theme.theme` takes it, by its name or its file. A page
            without one is light or dark as its reader's screen is.
        font_scale: how much larger words are than usual, in place of what the theme says.
        transparent: whether it stands on nothing, in place of the theme's paper.

    Raises:
        ArchspecError: for a theme that there is not, and for what is wrong in a theme's file.
        ValueError: for an unknown style, direction or view, what is no size, a level beside a
            depth, a U of anything but the graph, a view or a size of anything but blocks, a title
            that is too long, and a scale of words that is none.
    """

    style: Style | None = None
    direction: Direction | None = None
    size: str | None = None
    annotate: tuple[Note, ...] = ()
    legend: bool = False
    view: View = "graph"
    title: str | tuple[str, ...] | None = None
    font_scale: float | None = None
    transparent: bool = False
    if TYPE_CHECKING:
        theme: _Chosen = _Chosen()
    else:
        theme: Theme = LIGHT

    def __post_init__(self) -> None:
        self._check_style()
        if self.direction not in (None, *DIRECTIONS):
            raise ValueError(f"direction is {self.direction!r}, not {' or '.join(DIRECTIONS)}")
        if self.view not in VIEWS:
            raise ValueError(f"view is {self.view!r}, not {' or '.join(VIEWS)}")
        if self.view != "graph" and self.direction == "U":
            raise ValueError("a U has a row for each resolution, which only the graph has.")
        if self.size is not None:
            sized(self.size)
        for text in self.titles:
            check_title(text)
        given: object = self.theme
        if isinstance(given, str | Path):
            object.__setattr__(self, "theme", theme(given))
        elif not isinstance(given, Theme):
            raise ValueError(f"theme is {given!r}, not a theme, its name or its file")
        if self.font_scale is not None and not is_scale(self.font_scale):
            bounds = " to ".join(f"{bound:g}" for bound in FONT_SCALES)
            raise ValueError(f"words are {bounds} times as large, not {self.font_scale:g}")
        if self.font_scale is not None:
            scaled = replace(self.theme, font_scale=float(self.font_scale))
            object.__setattr__(self, "theme", scaled)
        if self.transparent:
            object.__setattr__(self, "theme", replace(self.theme, transparent=True))
        Detail.__post_init__(self)
        if self.style is None and self._boxes_alone:
            object.__setattr__(self, "style", "blocks")

    @property
    def _boxes_alone(self) -> bool:
        """Whether it asks for what only a figure with a box an op can show."""
        told = self.residuals or "attributes" in self.annotate
        flows = self.view != "graph" or self.direction in ("TB", "LR")
        return told or flows or self.level == "layer"

    def _check_style(self) -> None:
        """Raise a ValueError for a style that there is not, and for what it cannot show."""
        if self.style is None:
            return
        if self.style not in STYLES:
            raise ValueError(f"style is {self.style!r}, not {' or '.join(STYLES)}")
        if self.style != "blocks" and self.view != "graph":
            raise ValueError(f"{self.style} have no other view: leave that out.")
        if self.style == "tower" and self.direction is not None:
            raise ValueError("a tower goes from bottom to top.")
        if self.style == "strip" and self.direction == "TB":
            raise ValueError("a strip goes from left to right, or in a U.")
        if self.style == "levels":
            self._check_levels()
        if self.style != "blocks" and self.direction == "TB":
            raise ValueError(f"{self.style} go from left to right, or in a U.")
        if self.style in ("strip", "tower") and self.residuals:
            raise ValueError(f"a {self.style} has no frames round residuals.")

    def _check_levels(self) -> None:
        """Raise a ValueError for what levels side by side cannot show."""
        if self.direction is not None or self.residuals or self.shapes is not None:
            raise ValueError("levels stand side by side, from bottom to top: leave the rest out.")
        if self.level is not None or self.depth is not None or self.collapse:
            raise ValueError("levels are opened one by one: name with --expand what is opened.")

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles that are given, each in one line: one, or one a figure."""
        given = (self.title,) if isinstance(self.title, str) else self.title or ()
        return tuple(" ".join(text.split()) for text in given)

    @property
    def paper(self) -> Paper | None:
        """The page, where there is one."""
        return paper(self.size or "")

    @property
    def page(self) -> tuple[float, float] | None:
        """Width and height of the page in points, where there is one."""
        found = self.paper
        return None if found is None else found.size


Panel = tuple[Graph, Options]
"""One of the figures that stand side by side."""


def panels(graph: Graph | Sequence[Graph], options: Options) -> list[Panel]:
    """The figures that stand side by side: one for each network, or for each part of one.

    Raises:
        ValueError: where there are other numbers of networks and of parts, but one of either; and
            where there are more titles than one, and not one for each.
    """
    graphs = [graph] if isinstance(graph, Graph) else graph
    parts: tuple[str | None, ...] = options.parts or (None,)
    if len(parts) == 1:
        parts *= len(graphs)
    elif len(graphs) == 1:
        graphs = [*graphs] * len(parts)
    if len(parts) != len(graphs):
        raise ValueError(f"{len(parts)} parts of {len(graphs)} networks: name one, or one for each")
    titles = _titles(options.titles, len(parts))
    if len(parts) > 1:
        check_parts(graphs, parts)
    return [
        (graph, replace(options, only=part or None, title=title))
        for graph, part, title in zip(graphs, parts, titles, strict=True)
    ]


def _titles(given: tuple[str, ...], count: int) -> tuple[str | None, ...]:
    """A title for each figure; one of several stands above all, and none says none of any."""
    if given == ("",):
        return given * count
    if not given or len(given) < min(count, 2):
        return (None,) * count
    if len(given) != count:
        figures = "one figure" if count == 1 else f"{count} figures"
        raise ValueError(f"{len(given)} titles of {figures}: give one, or one for each")
    return given
