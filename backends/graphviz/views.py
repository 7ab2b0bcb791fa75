"""Other views than the graph: a network as its paths, and as the tree of its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import cell, name
from archspec.drawing.notes import Notes
from archspec.drawing.options import Direction, Options
from archspec.drawing.theme import Kind, Theme, kind_of
from archspec.drawing.tree import Tree, Twig
from archspec.drawing.unravel import Copy, Term, Unravelled
from archspec.graph import Graph, Instance, Node, Output

_BODIES: Sequence[Kind] = (
    "convolution",
    "activation",
    "linear",
    "normalisation",
    "pooling",
    "other",
)
"""The colours of f₁, f₂, …, by turns: kinds of ops whose tints are far apart."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LETTERS = {"body": "f", "bypass": "W"}


def draw_view(canvas: Canvas, graph: Graph, options: Options, notes: Notes | None) -> None:
    """What `options.view` asks for."""
    if options.view == "unravel":
        draw_unravelled(canvas, Unravelled(graph, options), options.direction, notes)
    else:
        draw_tree(canvas, Tree(graph, options), notes)


def draw_unravelled(
    canvas: Canvas, view: Unravelled, direction: Direction, notes: Notes | None
) -> None:
    """The network, and below or beside it the tree of its paths.

    Boxes of the network have the paths of their last nodes as names, ends of it `output ` and
    that path; in the tree, `copy ` and a number stand before.
    """
    parts = [_network, _tree_of_paths]
    if direction == "LR":  # in which Graphviz begins at the bottom
        parts.reverse()
    for part in parts:
        part(canvas, view, notes)


def _network(canvas: Canvas, view: Unravelled, notes: Notes | None) -> None:
    with canvas.frame("cluster_network", _caption("the network", _followed(view))):
        for term in view.terms:
            canvas.box(name(term.path), _of_term(term, notes))
            for operand in term.operands:
                canvas.arrow(name(operand.path), name(term.path), _straight(operand, term))
            if term.ends:
                end = name(term.path, "output ")
                canvas.box(end, _of_end(view, term))
                canvas.arrow(name(term.path), end, _AHEAD)


def _tree_of_paths(canvas: Canvas, view: Unravelled, _: Notes | None) -> None:
    count = f"{view.paths} paths" if view.paths > 1 else "1 path"
    with canvas.frame("cluster_unravelled", _caption("unravelled", count)):
        for copy in view.copies:
            canvas.box(_name(copy), _of_copies(copy.term))
            for operand in copy.operands:
                canvas.arrow(_name(operand), _name(copy), _straight(operand.term, copy.term))
        for copy in view.ends:
            end = name(copy.term.path, f"output {copy.index} ")
            canvas.box(end, _of_end(view, copy.term))
            canvas.arrow(_name(copy), end, _AHEAD)


_AHEAD = {"weight": "8"}


def _straight(tail: Term, head: Term) -> dict[str, str]:
    """Arrows through bodies go straight ahead, and bypasses round them."""
    aside = {"source", "joint", "bypass"}
    return {} if head.role == "joint" and tail.role in aside else _AHEAD


def _name(copy: Copy) -> str:
    return name(copy.term.path, f"copy {copy.index} ")


def _caption(*words: str) -> style.Look:
    attributes = {
        "style": "rounded",
        "color": "frame",
        "fontsize": "14",
        "fontcolor": "faint",
        "margin": "12",
    }
    return style.Look((": ".join(filter(None, words)),), attributes)


def _followed(view: Unravelled) -> str:
    """What is computed after merges and not drawn."""
    after = {
        ", ".join(style.op_words(node)[0] for node in term.nodes[1:]): None
        for term in view.terms
        if term.role == "joint" and len(term.nodes) > 1
    }
    return f"{' or '.join(after)} after ⊕" if after else ""


def _of_end(view: Unravelled, term: Term) -> style.Look:
    """Where a value leaves the figure: an output of the network, or whatever comes after."""
    node = term.nodes[-1]
    output = next((o for o in view.flow.outputs if o.node is node), None)
    look = style.of_output(output or Output("", node))
    return look if output is not None else style.Look(look.lines[1:], look.attributes)


def _of_term(term: Term, notes: Notes | None) -> style.Look:
    """A box of the network itself, which says what it stands for."""
    look = _of_copies(term)
    if term.role == "joint":
        return look
    lines = look.lines
    if term.role == "body":
        lines += (term.where or "",)
    elif term.number:
        lines += style.of_box(term.box).lines
    lines += notes.of(term.box) if notes is not None else ()
    return style.Look(lines, look.attributes)


def _of_copies(term: Term) -> style.Look:
    """What all copies of a term look like."""
    first = term.nodes[0]
    if term.role == "source":
        look = style.of_source(term.box)
        return look if first.id or not first.inputs else style.Look(look.lines[1:], look.attributes)
    if term.role == "joint":
        return style.of_node(first)
    if term.number:
        fill = _BODIES[(term.number - 1) % len(_BODIES)] if term.role == "body" else "ground2"
        line = _LETTERS[term.role] + str(term.number).translate(_SUBSCRIPTS)
        return style.Look((line,), {"fillcolor": fill, "fontsize": "14", "width": "0.5"})
    if term.instance is not None:
        return style.of_folded(term.instance, term.box.shapes)
    look = style.of_box(term.box)
    return style.Look(look.lines, look.attributes | {"fillcolor": "ground2"})


def draw_tree(canvas: Canvas, tree: Tree, notes: Notes | None) -> None:
    """The network, its parts, and theirs; layers and folded blocks in lists.

    A part that is opened is a node named by its path; a list has `parts `, the path of what
    holds it and a number, with a port for each line: the path.
    """
    canvas.set(ordering="out", ranksep="0.45", nodesep="0.15", splines="ortho")
    pending = [tree.root]
    canvas.box(_root(tree), _of_part(tree.root, tree, notes))
    while pending:
        holder = pending.pop()
        above = _root(tree) if holder is tree.root else name(holder.box.path)
        runs = groupby(holder.twigs, key=lambda twig: bool(twig.twigs))
        for number, (opened, twigs) in enumerate(runs):
            if opened:
                for twig in twigs:
                    canvas.box(name(twig.box.path), _of_part(twig, tree, notes))
                    canvas.arrow(above, name(twig.box.path), _HELD)
                    pending.append(twig)
            else:
                identity = name(holder.box.path, f"parts {number} ")
                canvas.markup(identity, _list(canvas.theme, list(twigs), notes))
                canvas.arrow(above, identity, _HELD)


_HELD = {"arrowhead": "none"}


def _root(tree: Tree) -> str:
    return name(tree.root.box.path, "" if tree.root.box.path else "network")


def _of_part(twig: Twig, tree: Tree, notes: Notes | None) -> style.Look:
    more = notes.of(twig.box) if notes is not None else ()
    if not twig.box.path:
        return style.Look(("the network", *more), {"fillcolor": "ground2"})
    return style.Look((" ".join(filter(None, _words(twig))), *more), {"fillcolor": "ground2"})


def _words(twig: Twig) -> tuple[str, str]:
    """What a part is, and what it is called."""
    box, part = twig.box, twig.box.part
    if isinstance(part, Node):
        what = ", ".join(style.op_words(p)[0] for p in box.parts if isinstance(p, Node))
        names = [m[0].id or "" for m in box.members if isinstance(m[0], Node)]
        weights = part.owner if part.shared else None
    else:
        what = part.block.name if part.block is not None else ""
        names = [m[0].name for m in box.members if isinstance(m[0], Instance)]
        weights = part.origin.path if part.origin is not None else None
    called = names[0] if len(names) == 1 or not names[0] else f"{names[0]} … {names[-1]}"
    if weights is not None:
        called = f"{called}, weights of {weights}".removeprefix(", ")
    if not what:
        what, called = called, ""
    return (f"{what} × {box.times}" if box.times > 1 else what), called


def _list(theme: Theme, twigs: list[Twig], notes: Notes | None) -> str:
    """A table with a line for each part: what it is, how it is called, what it costs."""
    rows = []
    for twig in twigs:
        part = twig.box.part
        role = kind_of(part.op.family()) if isinstance(part, Node) else "ground2"
        what, called = _words(twig)
        cells = [cell(what, BGCOLOR=theme.colour(role), PORT=name(twig.box.path))]
        cells += [cell(text) for text in (called, *(notes.of(twig.box) if notes else ())) if text]
        rows.append(f"<TR>{''.join(cells)}</TR>")
    return f'<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="3">{"".join(rows)}</TABLE>>'
