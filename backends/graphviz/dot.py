"""Figure -> DOT. The only place where anything is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import graphviz

from archspec.analysis.cost import stats
from archspec.backends.graphviz import style
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.drawing.notes import Notes
from archspec.drawing.options import Options
from archspec.graph import Graph, Node


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
    look: dict[str, str] = {}
    head = arrow.head.part
    if arrow.value.train_only or all(node.train_only for node in arrow.head.nodes()):
        look["style"] = "dashed"
    lines = [style.shape_words(arrow.value.output)] if arrow.news else []
    if isinstance(head, Node) and arrow.operand is not None:
        word = style.operand_word(head, arrow.operand)
        lines += [word] if word else []
        if word and head.op.references:
            look |= {"style": "dotted", "arrowhead": "empty"}  # only its shape is read
    if lines:
        look["label"] = label(f" {line}" for line in lines)
    if arrow.only and not arrow.skip:
        look["weight"] = "8"  # straight on, and let the skips go round
    drawing.edge(name(arrow.tail.path), name(arrow.head.path), **look)


def name(path: str, prefix: str = "") -> str:
    """A DOT identifier: the path, with what DOT, XML or the prefixes could mistake encoded.

    A colon would begin a port, a backslash an escape, and a percent sign is Graphviz's own mark
    of what has no name.
    """
    text = re.sub(
        r"[^\w.\-]",
        lambda m: "".join(f"~{b:02X}" for b in m[0].encode("utf-8", "surrogatepass")),
        path,
    )
    return prefix + text


def label(lines: Iterable[str], left: bool = False) -> str:
    """Lines of text, centred or at the left, that come out as they are.

    Graphviz reads entities and escapes in plain labels, and `<…>` as markup. Characters that
    cannot be shown, and those no XML may hold, become U+FFFD.
    """
    clean = (
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in s) for s in lines
    )
    safe = [s.replace("&", "&amp;").replace("\\", r"\\") for s in clean]
    text = "".join(rf"{s}\l" for s in safe) if left else r"\n".join(safe)
    quotable: str = graphviz.nohtml(text)
    return quotable
