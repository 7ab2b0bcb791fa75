"""Figure -> DOT."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.analysis.cost import stats
from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.placed import draw_in_a_u
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.drawing.theme import Theme
from archspec.drawing.words import title
from archspec.graph import Graph


def to_dot(graph: Graph, options: Options | None = None) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, with `~` and hexadecimal digits for what means something to DOT.
    """
    options = options or Options()
    figure = Figure(graph, options)
    notes = Notes(stats(graph), options.annotate) if options.annotate else None
    canvas = Canvas(title(graph), options.direction, options.theme)
    if options.direction == "U":
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
        canvas.markup("legend", _legend(figure, options.theme))
    return canvas.text


def _legend(figure: Figure, theme: Theme) -> str:
    """A table of what the figure has: a colour or a line, and what it means."""
    rows = "".join(
        f'<TR><TD {attributes} WIDTH="26" HEIGHT="14"></TD>'
        f'<TD BORDER="0" ALIGN="LEFT">{words}</TD></TR>'
        for attributes, words in style.legend(figure, theme)
    )
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="4">{rows}</TABLE>>'


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
