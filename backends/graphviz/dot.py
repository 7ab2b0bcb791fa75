"""Graph -> DOT. The only place where anything is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import graphviz

from archspec.backends.graphviz import style
from archspec.backends.graphviz.view import Arrow, Box, View, shapes_of
from archspec.graph import Graph, Instance, Node

DIRECTIONS = ("TB", "LR")


def to_dot(graph: Graph, *, direction: str = "TB", depth: int | None = None) -> str:
    """The figure as DOT text, the same for the same graph.

    Nodes are named by their paths, clusters `cluster_` and the path, outputs `output ` and
    the name, with `~` and hexadecimal digits for what means something to DOT.

    Args:
        direction: `TB` (top to bottom) or `LR` (left to right).
        depth: how many levels of the instance tree to open; None opens all.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is {direction!r}, not one of {', '.join(DIRECTIONS)}")
    view = View(graph, depth)
    drawing = graphviz.Digraph(
        graph_attr={**style.figure_attributes(direction), "label": label([style.title(graph)])},
        node_attr=style.node_attributes(direction),
        edge_attr=style.EDGE_ATTRIBUTES,
    )
    for node in graph.inputs:
        _box(drawing, name(node.path), style.of_node(node))
    _inside(drawing, graph.root, view)
    for output in graph.outputs:
        _box(drawing, name(output.name, "output "), style.of_output(output))
    for arrow in view.arrows:
        _arrow(drawing, arrow)
    for output in graph.outputs:
        look = {"style": "dashed"} if output.train_only else {}
        tail = view.box_of[output.node]
        drawing.edge(name(tail.path), name(output.name, "output "), **look)
    return str(drawing.source)


def _inside(drawing: graphviz.Digraph, instance: Instance, view: View) -> None:
    """The boxes and frames that stand in an open instance."""
    for child in instance.children:
        if isinstance(child, Node):
            _box(drawing, name(child.path), style.of_node(child))
        elif next(child.nodes(), None) is None:
            continue
        elif view.folds(child):
            _box(drawing, name(child.path), style.of_folded(child, shapes_of(child)))
        else:
            look = style.of_cluster(child)
            with drawing.subgraph(name=name(child.path, "cluster_")) as cluster:
                cluster.attr(label=label(look.lines, left=True), **look.attributes)
                _inside(cluster, child, view)


def _box(drawing: graphviz.Digraph, identity: str, look: style.Look) -> None:
    drawing.node(identity, label(look.lines), **look.attributes)


def _arrow(drawing: graphviz.Digraph, arrow: Arrow) -> None:
    look: dict[str, str] = {}
    if arrow.value.train_only or _train_only(arrow.head):
        look["style"] = "dashed"
    lines = [style.shape_words(arrow.value.output)] if arrow.news else []
    if isinstance(arrow.head, Node) and arrow.operand is not None:
        word = style.operand_word(arrow.head, arrow.operand)
        lines += [word] if word else []
        if word and arrow.head.op.references:
            look |= {"style": "dotted", "arrowhead": "empty"}  # only its shape is read
    if lines:
        look["label"] = label(f" {line}" for line in lines)
    if arrow.only and not arrow.skip:
        look["weight"] = "8"  # straight on, and let the skips go round
    drawing.edge(name(arrow.tail.path), name(arrow.head.path), **look)


def _train_only(box: Box) -> bool:
    return box.train_only if isinstance(box, Node) else all(n.train_only for n in box.nodes())


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
