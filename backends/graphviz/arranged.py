"""What is drawn in the end: Graphviz's layout, put in rows, side by side, or on a slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.backends.graphviz.dot import chosen_direction, legend_dot, to_dot
from archspec.backends.graphviz.frames import with_names_in_the_clear
from archspec.backends.graphviz.page import abreast, fitting, numbered, on_page, stacked, titled
from archspec.backends.graphviz.rows import in_rows, worthy
from archspec.backends.graphviz.sheet import Point, Sheet, laid_out
from archspec.drawing.detail import Selection
from archspec.drawing.options import Direction, Options, panels
from archspec.drawing.words import title
from archspec.graph import Graph

_WAYS: tuple[tuple[Direction, bool], ...] = (
    ("LR", False),
    ("TB", True),
    ("LR", True),
    ("TB", False),
)
"""How figures may fill a page: which way they go, and whether they stand beside one another."""

_RATHER = 1.1
"""How much larger figures must be to go another way than from left to right."""


def arranged(graphs: Sequence[Graph], options: Options) -> Sheet:
    """Everything at the place where it is drawn.

    On a page that is not told which way to go, figures go the way in which they are larger.

    Raises:
        ArchspecError: E603 where there is no Graphviz, which says where things stand at first.
        ValueError: for so many parts and networks as make no figures.
    """
    figures = panels(graphs, options)
    direction = chosen_direction(*figures[0])
    page = options.page
    if page is None:
        return _together(figures, options, direction, beside=direction != "LR")[0]
    ways = [way for way in _WAYS if options.direction in (None, way[0])]
    if direction == "U":
        ways = [("U", False), ("U", True)]
    best, most = None, 0.0
    for way, side_by_side in ways[: None if len(figures) > 1 else len(ways) // 2]:
        sheet, bother = _together(figures, options, way, beside=side_by_side)
        worth = worthy(fitting(sheet, page), bother)
        if best is None or worth > _RATHER * most:
            best, most = sheet, worth
    assert best is not None
    return on_page(best, page)


def _together(
    figures: Sequence[tuple[Graph, Options]],
    options: Options,
    direction: Direction,
    *,
    beside: bool,
) -> tuple[Sheet, float]:
    """All figures, with what belongs to them, and how much bother it is to read them."""
    sheets, bothers = [], []
    page = options.page
    if page is not None:
        share = 1 / len(figures)
        page = (page[0] * share, page[1]) if beside else (page[0], page[1] * share)
    for graph, chosen in figures:
        own = chosen_direction(graph, chosen)
        sheet, bother = _one(graph, chosen, own if own == "U" else direction, page)
        sheets.append(sheet)
        bothers.append(bother)
    if len(sheets) > 1:
        sheets = numbered(sheets)
    sheet = abreast(sheets) if beside else stacked(sheets, centred=False)
    if options.legend and options.view == "graph":
        sheet = stacked([sheet, laid_out(legend_dot(figures, options))], gap=20.0)
    return sheet, max(bothers)


def _one(
    graph: Graph, options: Options, direction: Direction, page: Point | None
) -> tuple[Sheet, float]:
    plain = replace(options, legend=False, direction=direction)
    sheet, bother = laid_out(to_dot(graph, plain, headed=False)), 0.0
    if page is not None and direction == "LR" and options.view == "graph":
        sheet, bother = in_rows(sheet, page)
    shown = title(graph, Selection(graph, options).root)
    return titled(with_names_in_the_clear(sheet), shown, options.theme), bother
