"""Figure -> DOT."""

from __future__ import annotations

from collections.abc import Iterable

import graphviz

from archspec.analysis.cost import stats
from archspec.backends.graphviz import style
from archspec.backends.graphviz.names import label, name
from archspec.backends.graphviz.placed import draw_in_a_u
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.graph import Graph


def to_dot(graph: Graph, options: Options | None = None) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, with `~` and hexadecimal digits for what means something to DOT.
    """
    options = options or Options()
    figure = Figure(graph, options)
    notes = Notes(stats(graph), options.annotate) if options.annotate else None
    drawing = graphviz.Digraph(
        graph_attr={
            **style.figure_attributes(options.direction),
            "label": label([style.title(graph)]),
        },
        node_attr=style.node_attributes(options.direction),
        edge_attr=style.EDGE_ATTRIBUTES,
    )
    if options.direction == "U":
        looks = {box: style.of_source(box) for box in figure.sources}
        for box in figure.folding.boxes:
            looks[box] = style.of_box(box, notes.of(box) if notes is not None else ())
        draw_in_a_u(drawing, figure, looks)
        return str(drawing.source)
    for box in figure.sources:
        _box(drawing, name(box.path), style.of_source(box))
    _inside(drawing, figure.inside, notes)
    for output in figure.outputs:
        _box(drawing, name(output.name, "output "), style.of_output(output))
    for arrow in figure.arrows:
        _arrow(drawing, arrow)
    for output in figure.outputs:
        look = {"style": "dashed"} if output.train_only else {}
        tail = figure.box_of[output.node]
        drawing.edge(name(tail.path), name(output.name, "output "), **look)
    if options.legend:
        drawing.node("legend", _legend(figure), shape="plain", style="")
    return str(drawing.source)


def _legend(figure: Figure) -> str:
    """A table of what the figure has: a colour or a line, and what it means."""
    rows = "".join(
        f'<TR><TD {attributes} WIDTH="26" HEIGHT="14"></TD>'
        f'<TD BORDER="0" ALIGN="LEFT">{words}</TD></TR>'
        for attributes, words in style.legend(figure)
    )
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="4">{rows}</TABLE>>'


def _inside(drawing: graphviz.Digraph, inside: Iterable[Box | Frame], notes: Notes | None) -> None:
    """The boxes and frames that stand in a frame, or in the figure."""
    for entry in inside:
        if isinstance(entry, Box):
            more = notes.of(entry) if notes is not None else ()
            _box(drawing, name(entry.path), style.of_box(entry, more))
            continue
        look = style.of_cluster(entry.instance)
        with drawing.subgraph(name=name(entry.instance.path, "cluster_")) as cluster:
            cluster.attr(label=label(look.lines, left=True), **look.attributes)
            _inside(cluster, entry.inside, notes)


def _box(drawing: graphviz.Digraph, identity: str, look: style.Look) -> None:
    drawing.node(identity, label(look.lines), **look.attributes)


def _arrow(drawing: graphviz.Digraph, arrow: Arrow) -> None:
    look = style.of_arrow(arrow)
    words = style.arrow_words(arrow)
    if words:
        look["label"] = label(f" {line}" for line in words)
    if arrow.only and not arrow.skip:
        look["weight"] = "8"  # straight on, and let the skips go round
    drawing.edge(name(arrow.tail.path), name(arrow.head.path), **look)
