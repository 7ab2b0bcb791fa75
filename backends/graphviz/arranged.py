"""What is drawn in the end: Graphviz's layout, put in rows, side by side, or on a slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.backends.graphviz.dot import legend_dot, to_dot
from archspec.backends.graphviz.ends import with_ends_on_sides
from archspec.backends.graphviz.frames import with_edges_in_the_clear, with_names_in_the_clear
from archspec.backends.graphviz.laid import laid_out
from archspec.backends.graphviz.page import (
    Fit,
    abreast,
    best,
    fit,
    numbered,
    on_page,
    printed_size,
    stacked,
    titled,
)
from archspec.backends.graphviz.rows import in_rows
from archspec.backends.graphviz.sheet import Sheet
from archspec.backends.graphviz.stepped import Since, with_steps
from archspec.backends.graphviz.trunks import with_trunks_drawn_once
from archspec.backends.graphviz.words import with_words_in_the_clear
from archspec.figures.direction import chosen_direction
from archspec.figures.geometry import Point
from archspec.figures.headings import HEADING, above_all, headings
from archspec.figures.legible import tell_of_small_print
from archspec.figures.options import Direction, Options, panels
from archspec.figures.slides import room
from archspec.ir.graph import Graph

_WAYS: tuple[tuple[Direction, bool], ...] = (
    ("LR", False),
    ("TB", True),
    ("LR", True),
    ("TB", False),
)
"""How figures may fill a page: which way they go, and whether they stand beside one another."""

_POINTS_A_PIXEL = 0.75

_RATHER = 2.0
"""What it costs that figures go another way than the one before, in the unit of a cut arrow."""

_LEGEND = 300.0
"""A legend may be so wide, whatever it stands below."""


def arranged(
    graph: Graph | Sequence[Graph], options: Options, since: Sequence[Since] = ()
) -> Sheet:
    """Everything at the place where it is drawn.

    On a page that is not told which way to go, figures go the way in which they are larger, or,
    where they are about as large, in which the page is fuller.

    Args:
        since: the steps with which the boxes of each figure come, if they are to have such.

    Raises:
        ArchspecError: E603 where there is no Graphviz, which says where things stand at first.
        ValueError: for so many parts and networks as make no figures.
    """
    figures = panels(graph, options)
    direction = chosen_direction(*figures[0])
    page = options.page
    if page is None:
        sheet, _ = _together(figures, options, direction, since, beside=direction != "LR")
        _tell_of_small(sheet, options)
        return sheet
    ways = [way for way in _WAYS if options.direction in (None, way[0])]
    if direction == "U":
        ways = [("U", False), ("U", True)]
    found: list[tuple[Fit, Sheet]] = []
    for way, side_by_side in ways[: None if len(figures) > 1 else len(ways) // 2]:
        sheet, bother = _together(figures, options, way, since, beside=side_by_side)
        found.append((fit(sheet.size, page, bother + _RATHER * len(found)), sheet))
    _, sheet = best(found)
    _tell_of_small(sheet, options)
    return on_page(sheet, page)


def _tell_of_small(sheet: Sheet, options: Options) -> None:
    wide, high = room(options)
    shown = (wide * _POINTS_A_PIXEL, high * _POINTS_A_PIXEL)
    size = printed_size(sheet, shown) * options.theme.font_scale
    tell_of_small_print(size, options)


def _together(
    figures: Sequence[tuple[Graph, Options]],
    options: Options,
    direction: Direction,
    since: Sequence[Since],
    *,
    beside: bool,
) -> tuple[Sheet, float]:
    """All figures, with what belongs to them, and how bothersome their rows are."""
    own = [chosen_direction(*figure) for figure in figures]
    ways = [way if "U" in (way, direction) else direction for way in own]
    sheets = [_one(*figure, way) for figure, way in zip(figures, ways, strict=True)]
    bother = 0.0
    if options.page is not None and options.view == "graph" and "LR" in ways:
        sheets, bother = _in_rows(sheets, options.page, ways, beside=beside)
    if since:
        sheets = list(map(with_steps, sheets, since))
    sheets = [
        titled(with_trunks_drawn_once(with_names_in_the_clear(sheet)), words, options.theme)
        for sheet, words in zip(sheets, headings(figures), strict=True)
    ]
    if len(sheets) > 1:
        sheets = numbered(sheets)
    sheet = abreast(sheets) if beside else stacked(sheets, centred=False)
    sheet = titled(sheet, above_all(options, figures), options.theme, HEADING)
    if options.legend and options.view == "graph":
        across = max(sheet.size[0], _LEGEND)
        sheet = stacked([sheet, laid_out(legend_dot(figures, options, across))], gap=20.0)
    return sheet, bother


def _one(graph: Graph, options: Options, direction: Direction) -> Sheet:
    plain = replace(options, legend=False, direction=direction)
    sheet = laid_out(to_dot(graph, plain, headed=False))
    return with_edges_in_the_clear(with_words_in_the_clear(with_ends_on_sides(sheet)))


def _in_rows(
    sheets: Sequence[Sheet], page: Point, ways: Sequence[Direction], *, beside: bool
) -> tuple[list[Sheet], float]:
    """What goes from left to right in rows, and how bothersome they are."""
    if not beside and set(ways) == {"LR"}:
        return in_rows(sheets, page)
    share = (page[0] / len(sheets), page[1]) if beside else (page[0], page[1] / len(sheets))
    found = [
        in_rows([sheet], share) if way == "LR" else ([sheet], 0.0)
        for sheet, way in zip(sheets, ways, strict=True)
    ]
    return [sheet for (sheet,), _ in found], sum(bother for _, bother in found)
