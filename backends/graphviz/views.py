"""Other views than the graph: a network as its paths, and as the tree of its blocks."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.backends.graphviz import style
from archspec.backends.graphviz.canvas import Canvas
from archspec.backends.graphviz.names import name
from archspec.backends.graphviz.placed import size_of, spline, standing
from archspec.figures.branching import downwards, rightwards
from archspec.figures.called import called, spanned
from archspec.figures.folding import Box
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.opwords import op_words
from archspec.figures.tree import Tree, Twig
from archspec.figures.unravel import MANY, Copy, Term, Unravelled
from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.ir.sharing import lender
from archspec.ops.types import Category

_BODIES: Sequence[Category] = (
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


def view_dot(graph: Graph, options: Options, title: str, notes: Notes) -> str:
    """What `options.view` asks for, as DOT text.

    In the tree, parts are named by their paths, and the network `network `. Of what is
    unravelled, boxes of the network have the paths of their last nodes as names, ends of it
    `output ` and that path; copies have `copy `, a number and that path.
    """
    if options.view == "tree":
        canvas = Canvas(title, "U", options.theme)  # everything has its place
        _draw_tree(canvas, Tree(graph, options), options.direction or "TB", notes)
        return canvas.text
    direction = options.direction or "LR"
    canvas = Canvas(title, direction, options.theme)
    view = Unravelled(graph, options)
    parts = [_network, _tree_of_paths]
    if direction == "LR":  # in which Graphviz begins at the bottom
        parts.reverse()
    for part in parts:
        part(canvas, view, notes)
    return canvas.text


def _network(canvas: Canvas, view: Unravelled, notes: Notes) -> None:
    with canvas.frame("cluster_network", _caption("the network", _followed(view))):
        for term in view.terms:
            canvas.box(name(term.path), _of_term(view, term, notes))
            for operand in term.operands:
                canvas.arrow(name(operand.path), name(term.path), _straight(operand, term))
            if term.ends:
                end = name(term.path, "output ")
                canvas.box(end, _of_end(view, term))
                canvas.arrow(name(term.path), end, _AHEAD)


def _tree_of_paths(canvas: Canvas, view: Unravelled, _: Notes) -> None:
    with canvas.frame("cluster_unravelled", _caption("unravelled", _paths(view))):
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


def _paths(view: Unravelled) -> str:
    """How many paths are drawn, and how many there are where boxes have several within."""
    drawn, all_ = view.paths, view.through_layers
    count = f"{drawn:,} path" + ("s" if drawn > 1 else "")
    if all_ == drawn:
        return count
    return f"{count} through boxes, {f'{all_:,}' if all_ < MANY else 'very many'} through layers"


def _followed(view: Unravelled) -> str:
    """What is computed after merges and not drawn."""
    after = {
        ", ".join(op_words(node)[0] for node in term.nodes[1:]): None
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


def _of_term(view: Unravelled, term: Term, notes: Notes) -> style.Look:
    """A box of the network itself, which says what it stands for."""
    look = _of_copies(term)
    if term.role == "joint":
        return look
    lines = look.lines
    if term.role == "body":
        lines += (view.name(term),)
    elif term.number:
        lines += style.of_box(term.box).lines
    lines += notes.of(term.box)
    return style.Look(lines, look.attributes)


def _of_copies(term: Term) -> style.Look:
    """What all copies of a term look like."""
    first = term.nodes[0]
    if term.role == "source":
        return style.of_source(term.box)
    if term.role == "joint":
        return style.of_node(first)
    if term.number:
        fill = _BODIES[(term.number - 1) % len(_BODIES)] if term.role == "body" else "ground2"
        line = _LETTERS[term.role] + str(term.number).translate(_SUBSCRIPTS)
        return style.Look((line,), {"fillcolor": fill, "fontsize": "14", "width": "0.5"})
    if term.instance is not None:
        return style.of_box(Box([(term.instance,)]))
    look = style.of_box(term.box)
    return style.Look(look.lines, look.attributes | {"fillcolor": "ground2"})


def _draw_tree(canvas: Canvas, tree: Tree, direction: str, notes: Notes) -> None:
    looks = {twig: _of_twig(twig, direction, notes) for twig in tree.twigs}
    sizes = {twig: size_of(look, canvas.theme.font_scale) for twig, look in looks.items()}
    made = (downwards if direction == "TB" else rightwards)(tree.root, sizes)
    for twig, look in looks.items():
        canvas.box(_twig_name(twig), look, **standing(made.places[twig]))
        for child in twig.twigs:
            line = {"pos": spline(made.ways[child]), "arrowhead": "none", "color": "frame"}
            canvas.arrow(_twig_name(twig), _twig_name(child), line)


def _twig_name(twig: Twig) -> str:
    return name(twig.box.path) or "network "


def _of_twig(twig: Twig, direction: str, notes: Notes) -> style.Look:
    """A part: what it is, what it is called, what it costs; in one line where lines are short."""
    words = " · ".join(filter(None, _words(twig)))
    lines = (words, *notes.of(twig.box))
    part = twig.box.part
    if isinstance(part, Node):
        look = style.of_node(part).attributes
        attributes = {k: v for k, v in look.items() if k in ("fillcolor", "fontcolor")}
    else:
        attributes = {"fillcolor": "paper" if twig.twigs else "ground2"}
        attributes["penwidth"] = "1" if twig.twigs else "2"
    if twig.box.train_only:
        attributes["style"] = style.DASHED
    if direction == "LR" and not twig.twigs:
        lines = (" · ".join(lines),)
    return style.Look(lines, attributes)


def _words(twig: Twig) -> tuple[str, str]:
    """What a part is, and what it is called."""
    box, part = twig.box, twig.box.part
    if isinstance(part, Node):
        what = ", ".join(op_words(p)[0] for p in box.parts if isinstance(p, Node))
        ids = [m[0].id or "" for m in box.members if isinstance(m[0], Node)]
        names = [] if part.label is not None else [spanned(ids[0], ids[-1])]
        weights = part.owner.path if part.shared else None
    elif part.parent is None:
        return "the network", ""
    else:
        run = [m[0] for m in box.members if isinstance(m[0], Instance)]
        what, *names = called(run, part.parent)
        weights = lent.path if (lent := lender(part)) is not None else None
    if weights is not None:
        names.append(f"weights of {weights}")
    what = f"{what} × {box.times}" if box.times > 1 else what
    return what, ", ".join(filter(None, names))
