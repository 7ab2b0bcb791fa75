"""Figure -> DOT. The only place where anything is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import graphviz

from archspec.backends.graphviz import style
from archspec.drawing.detail import Detail
from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame
from archspec.graph import Graph, Node

DIRECTIONS = ("TB", "LR")


def to_dot(graph: Graph, *, direction: str = "TB", detail: Detail | None = None) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, with `~` and hexadecimal digits for what means something to DOT.

    Args:
        direction: `TB` (top to bottom) or `LR` (left to right).
        detail: what is opened and what is left out; all layers unless given.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is {direction!r}, not one of {', '.join(DIRECTIONS)}")
    figure = Figure(graph, detail)
    drawing = graphviz.Digraph(
        graph_attr={**style.figure_attributes(direction), "label": label([style.title(graph)])},
        node_attr=style.node_attributes(direction),
        edge_attr=style.EDGE_ATTRIBUTES,
    )
    for box in figure.sources:
        _box(drawing, name(box.path), style.of_source(box))
    _inside(drawing, figure.inside)
    for output in figure.outputs:
        _box(drawing, name(output.name, "output "), style.of_output(output))
    for arrow in figure.arrows:
        _arrow(drawing, arrow)
    for output in figure.outputs:
        look = {"style": "dashed"} if output.train_only else {}
        tail = figure.box_of[output.node]
        drawing.edge(name(tail.path), name(output.name, "output "), **look)
    return str(drawing.source)


def _inside(drawing: graphviz.Digraph, inside: Iterable[Box | Frame]) -> None:
    """The boxes and frames that stand in a frame, or in the figure."""
    for entry in inside:
        if isinstance(entry, Box):
            _box(drawing, name(entry.path), style.of_box(entry))
            continue
        look = style.of_cluster(entry.instance)
        with drawing.subgraph(name=name(entry.instance.path, "cluster_")) as cluster:
            cluster.attr(label=label(look.lines, left=True), **look.attributes)
            _inside(cluster, entry.inside)


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
