"""What is drawn in the end: Graphviz's layout, put in rows, side by side, or on a slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.backends.graphviz.dot import chosen_direction, legend_dot, to_dot
from archspec.backends.graphviz.frames import with_names_in_the_clear
from archspec.backends.graphviz.page import beside, numbered, on_page, stacked, titled
from archspec.backends.graphviz.rows import in_rows
from archspec.backends.graphviz.sheet import Sheet, laid_out
from archspec.drawing.detail import Selection
from archspec.drawing.options import Options
from archspec.drawing.words import title
from archspec.graph import Graph


def arranged(graphs: Sequence[Graph], options: Options) -> Sheet:
    """Everything at the place where it is drawn.

    Raises:
        ArchspecError: E603 where there is no Graphviz, which says where things stand at first.
    """
    sheets = [_one(graph, options, len(graphs)) for graph in graphs]
    if len(sheets) > 1:
        sheets = numbered(sheets)
        level = chosen_direction(graphs[0], options) == "LR"
        sheet = stacked(sheets, centred=False) if level else beside(sheets)
    else:
        sheet = sheets[0]
    legend = legend_dot(graphs, options) if options.legend else None
    if legend is not None:
        sheet = stacked([sheet, laid_out(legend)], gap=20.0)
    if options.page is not None:
        sheet = on_page(sheet, options.page)
    return sheet


def _one(graph: Graph, options: Options, among: int) -> Sheet:
    direction = chosen_direction(graph, options)
    plain = replace(options, legend=False, direction=direction)
    sheet = laid_out(to_dot(graph, plain, headed=False))
    if options.page is not None and direction == "LR" and options.view == "graph":
        sheet = in_rows(sheet, among * options.page[0] / options.page[1])
    return titled(
        with_names_in_the_clear(sheet), title(graph, Selection(graph, options).root), options.theme
    )
