"""Figure -> DOT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.analysis.cost import stats
from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.placed import draw_in_a_u
from archspec.backends.graphviz.views import view_dot
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.drawing.grid import is_a_u
from archspec.drawing.notes import Notes
from archspec.drawing.options import Direction, Options
from archspec.drawing.words import title
from archspec.graph import Graph


def chosen_direction(graph: Graph, options: Options) -> Direction:
    """Which way a figure goes: as asked for, else as suits the network and the page."""
    if options.direction is not None:
        return options.direction
    if options.view != "graph":
        return "LR" if options.view == "unravel" else "TB"
    if is_a_u(Figure(graph, options)):
        return "U"
    return "TB" if options.page is None else "LR"


def to_dot(graph: Graph, options: Options | None = None, *, headed: bool = True) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, the legend `legend `; with `~` and hexadecimal digits for what means something to
    DOT.

    Args:
        headed: whether the network's name stands above it.
    """
    options = options or Options()
    notes = Notes(stats(graph), options.annotate) if options.annotate else None
    if options.view != "graph":
        return view_dot(graph, options, title(graph) if headed else "", notes)
    direction = chosen_direction(graph, options)
    canvas = Canvas(title(graph) if headed else "", direction, options.theme)
    figure = Figure(graph, options)
    if direction == "U":
        looks = {box: style.of_source(box) for box in figure.sources}
        for box in figure.folding.boxes:
            looks[box] = style.of_box(box, notes.of(box) if notes is not None else ())
        draw_in_a_u(canvas, figure, looks)
        return canvas.text
    for box in figure.sources:
        canvas.box(name(box.path), style.of_source(box))
    _inside(canvas, figure.inside, notes)
    for output in figure.outputs:
        canvas.box(name(output.name, "output "), style.of_output(output))
    for arrow in figure.arrows:
        _arrow(canvas, arrow)
    for output in figure.outputs:
        look = {"style": "dashed"} if output.train_only else {}
        tail = figure.box_of[output.node]
        canvas.arrow(name(tail.path), name(output.name, "output "), look)
    if options.legend:
        _legend(canvas, [figure])
    return canvas.text


def legend_dot(graphs: Sequence[Graph], options: Options) -> str:
    """The legend by itself, of all that some figures have."""
    canvas = Canvas("", "LR", options.theme)
    _legend(canvas, [Figure(graph, options) for graph in graphs], across=True)
    return canvas.text


def _legend(canvas: Canvas, figures: Sequence[Figure], *, across: bool = False) -> None:
    """A table of what figures have: a colour or a line, and what it means."""
    entries = dict.fromkeys(e for figure in figures for e in style.legend(figure, canvas.theme))
    cells = [
        f'<TD {attributes} WIDTH="26" HEIGHT="14"></TD><TD BORDER="0" ALIGN="LEFT">{words}</TD>'
        for attributes, words in entries
    ]
    rows = ["".join(cells)] if across else cells
    table = "".join(f"<TR>{row or '<TD></TD>'}</TR>" for row in rows)
    canvas.markup("legend ", f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="4">{table}</TABLE>>')


def _inside(canvas: Canvas, inside: Iterable[Box | Frame], notes: Notes | None) -> None:
    """The boxes and frames that stand in a frame, or in the figure."""
    for entry in inside:
        if isinstance(entry, Box):
            more = notes.of(entry) if notes is not None else ()
            canvas.box(name(entry.path), style.of_box(entry, more))
            continue
        look = style.of_cluster(entry.instance)
        with canvas.frame(name(entry.instance.path, "cluster_"), look):
            _inside(canvas, entry.inside, notes)


def _arrow(canvas: Canvas, arrow: Arrow) -> None:
    look = style.of_arrow(arrow)
    if arrow.only and not arrow.skip:
        look["weight"] = "8"  # straight on, and let the skips go round
    words = [f" {line}" for line in style.arrow_words(arrow)]
    canvas.arrow(name(arrow.tail.path), name(arrow.head.path), look, words)
