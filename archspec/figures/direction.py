"""Which way a figure goes."""

from __future__ import annotations

from archspec.figures.figure import Figure
from archspec.figures.grid import is_a_u
from archspec.figures.options import Direction, Options
from archspec.ir.graph import Graph


def chosen_direction(graph: Graph, options: Options) -> Direction:
    """As asked for, else as suits the network, the style and the page."""
    if options.direction is not None:
        return options.direction
    if options.view != "graph":
        return "LR" if options.view == "unravel" else "TB"
    if is_a_u(Figure(graph, options, framed=False)):
        return "U"
    return "TB" if options.page is None and options.style in (None, "blocks") else "LR"
