"""How things look and what is written on them: palette, sizes, labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box
from archspec.drawing.theme import Kind, Theme, kind_of
from archspec.drawing.words import JOINS, SIGNS, op_words, operand_word, shape_words
from archspec.graph import Instance, Node, Output
from archspec.ops.base import Shape

FONT = "Liberation Sans,Arial,Helvetica,sans-serif"
"""The first comes along (`fonts`), and the others have the same metrics."""

_COLOURS = ("color", "fillcolor", "fontcolor", "bgcolor")


@dataclass(frozen=True, slots=True)
class Look:
    """What is written in a box, and its Graphviz attributes."""

    lines: tuple[str, ...]
    attributes: dict[str, str]


def painted(attributes: Mapping[str, str], theme: Theme) -> dict[str, str]:
    """Attributes with a theme's colours in place of the roles, words in what is read there."""
    roles = dict(attributes)
    words = theme.words_on(roles["fillcolor"]) if "fillcolor" in roles else "ink"
    if words != "ink":  # which boxes have unless they say something else
        roles.setdefault("fontcolor", words)
    return {key: theme.colour(role) if key in _COLOURS else role for key, role in roles.items()}


def figure_attributes(direction: str) -> dict[str, str]:
    """Graph attributes of a whole figure."""
    return {
        **({"layout": "nop2"} if direction == "U" else {"rankdir": direction}),
        "fontname": FONT,
        "fontsize": "18",
        "fontcolor": "ink",
        "labelloc": "t",
        "bgcolor": "paper",
        "pad": "0.2",
        "nodesep": "0.25",
        "ranksep": "0.3",
    }


def node_attributes(direction: str) -> dict[str, str]:
    """Attributes of boxes that say nothing else.

    A column's boxes have one width, which also leaves room beside the arrows for shapes.
    """
    return _BOX | {"width": "1.8" if direction == "TB" else "0.75"}


_BOX = {
    "shape": "box",
    "style": "filled,rounded",
    "fontname": FONT,
    "fontsize": "12",
    "fontcolor": "ink",
    "color": "line",
    "fillcolor": "paper",
    "penwidth": "1",
    "height": "0.3",
    "margin": "0.13,0.05",
}

EDGE_ATTRIBUTES = {
    "fontname": FONT,
    "fontsize": "10",
    "fontcolor": "faint",
    "color": "line",
    "arrowsize": "0.6",
    "penwidth": "1",
}

DASHED = "filled,rounded,dashed"


def ring(attributes: Mapping[str, str]) -> float:
    """What a second outline adds to the width of a box, and to its height, in points."""
    return 8.0 * (int(attributes.get("peripheries", "1")) - 1)


def of_source(box: Box) -> Look:
    """Where a value comes into the figure."""
    return Look((box.path, *map(shape_words, box.shapes)), _terminal())


def of_box(box: Box, notes: tuple[str, ...] = ()) -> Look:
    """A node, what is folded, or a run of equals; `notes` stand below."""
    part, *fused = box.parts
    look = of_node(part) if isinstance(part, Node) else of_folded(part, box.shapes)
    lines = look.lines
    if fused:
        lines += (", ".join(op_words(node)[0] for node in fused if isinstance(node, Node)),)
    lines += notes
    if box.times == 1:
        return Look(lines, look.attributes)
    repeated = (f"{lines[0]}  × {box.times}", *lines[1:])
    return Look(repeated, look.attributes | {"peripheries": "2"})


def of_node(node: Node) -> Look:
    """The box of an op."""
    lines = op_words(node)
    joins = node.op.merges and node.op.family() in JOINS
    look: dict[str, str] = _merge(node) if joins else {"fillcolor": kind_of(node.op.family())}
    if node.op.name in SIGNS:
        lines = (SIGNS[node.op.name],)
    if node.shared:
        lines = (*lines, f"weights of {node.owner}")
    if node.train_only or (node.op.family() in ("dropout", "drop_path") and not joins):
        look["style"] = look.get("style", "filled,rounded") + ",dashed"
    return Look(lines, look)


def of_folded(instance: Instance, outputs: list[Shape]) -> Look:
    """The box of an instance whose inside is not shown."""
    if instance.parent is None:
        lines = ["the network"]
    else:
        lines = [instance.block.name, instance.path] if instance.block else [instance.path]
    if instance.origin is not None:
        lines.append(f"weights of {instance.origin.path}")
    lines += [shape_words(shape) for shape in outputs]
    look = {"penwidth": "2", "fillcolor": "ground2"}
    if all(node.train_only for node in instance.nodes()):
        look["style"] = DASHED
    return Look(tuple(lines), look)


def of_arrow(arrow: Arrow) -> dict[str, str]:
    """How an arrow is drawn: dashed for training only, dotted where a shape alone is read."""
    look: dict[str, str] = {}
    if arrow.value.train_only or all(node.train_only for node in arrow.head.nodes()):
        look["style"] = "dashed"
    if arrow.refers:
        look |= {"style": "dotted", "arrowhead": "empty"}
    return look


def arrow_words(arrow: Arrow) -> list[str]:
    """The shape where it is news, and which operand it is where they are not alike."""
    words = [shape_words(arrow.value.output)] if arrow.news else []
    head = arrow.head.part
    if isinstance(head, Node) and arrow.operand is not None:
        word = operand_word(head, arrow.operand)
        words += [word] if word else []
    return words


def of_output(output: Output) -> Look:
    """The end of the figure that stands for a named output."""
    lines = [output.name, shape_words(output.node.output)]
    if output.train_only:
        weight = "" if output.loss_weight is None else f", loss × {output.loss_weight:g}"
        lines.append(f"training only{weight}")
    dashes = {"style": "filled,dashed"} if output.train_only else {}
    return Look(tuple(lines), {**_terminal(), **dashes})


def of_cluster(instance: Instance) -> Look:
    """The frame round an instance's boxes."""
    label = [instance.path, *([instance.block.name] if instance.block else [])]
    if instance.origin is not None:
        label.append(f"weights of {instance.origin.path}")
    dashed = all(node.train_only for node in instance.nodes())
    attributes = {
        "style": DASHED if dashed else "filled,rounded",
        "fillcolor": ("ground", "ground2")[sum(1 for _ in instance.ancestors()) % 2],
        "color": "frame",
        "fontsize": "10",
        "fontcolor": "faint",
        "labeljust": "l",
        "margin": "12",
    }
    return Look(tuple(label), attributes)


_MEANINGS: Mapping[Kind, str] = {
    "convolution": "convolution",
    "pooling": "pooling",
    "normalisation": "normalisation",
    "activation": "activation",
    "linear": "fully connected",
    "reshaping": "same values, another shape",
    "other": "sampling",
}


def legend(figure: Figure, theme: Theme) -> Iterator[tuple[str, str]]:
    """What is to be told of a figure: attributes of a cell, and what they mean."""
    parts = [box.part for box in figure.folding.boxes]
    kinds = {kind_of(p.op.family()) for p in parts if isinstance(p, Node)}
    for kind, words in _MEANINGS.items():
        if kind in kinds:
            yield f'STYLE="ROUNDED" BGCOLOR="{theme.colour(kind)}"', words
    if any(isinstance(part, Instance) for part in parts):
        yield f'STYLE="ROUNDED" BORDER="2" BGCOLOR="{theme.colour("ground2")}"', "block, folded"
    if any(node.train_only for node in figure.selection.nodes):
        yield 'STYLE="ROUNDED,DASHED"', "in training only"


def _terminal() -> dict[str, str]:
    return {"shape": "oval", "style": "filled", "penwidth": "1.6", "margin": "0.02"}


def _merge(node: Node) -> dict[str, str]:
    if node.op.name in SIGNS:
        size = {"shape": "circle", "style": "filled", "fontsize": "16"}
        if not node.shared:
            size |= {"width": "0.3", "fixedsize": "true", "margin": "0"}
        return size | {"fillcolor": "merge"}
    if node.op.name == "concat":
        bar = {"style": "filled", "fontsize": "10", "fontcolor": "bar_ink", "margin": "0.3,0.01"}
        return bar | {"fillcolor": "bar", "height": "0.18"}
    return {"shape": "oval", "style": "filled", "margin": "0.04,0.02"}
