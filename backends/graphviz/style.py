"""How things look and what is written on them: palette, sizes, labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archspec.figures.called import called, folded
from archspec.figures.figure import Arrow
from archspec.figures.folding import Box, Frame, shapes_of
from archspec.figures.marks import dashed, joins, sign_of
from archspec.figures.measure import FONT
from archspec.figures.opwords import op_name, op_words, operand_word
from archspec.figures.theme import Theme
from archspec.figures.words import enumerated, output_words, shape_words, short
from archspec.ir.graph import Instance, Node, Output
from archspec.ir.sharing import lender
from archspec.ops.types import Shape

_COLOURS = ("color", "fillcolor", "fontcolor", "bgcolor")


@dataclass(frozen=True, slots=True)
class Look:
    """What is written in a box, and its Graphviz attributes."""

    lines: tuple[str, ...]
    attributes: dict[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(map(short, self.lines)))


def painted(attributes: Mapping[str, str], theme: Theme) -> dict[str, str]:
    """Attributes with a theme's colours in place of the roles, words in what is read there.

    Words are as large as the theme has them, and so are circles, which do not grow with words.
    """
    roles = dict(attributes)
    words = theme.words_on(roles["fillcolor"]) if "fillcolor" in roles else "ink"
    if words != "ink":  # which boxes have unless they say something else
        roles.setdefault("fontcolor", words)
    sized = ("fontsize", "width") if roles.get("shape") == "circle" else ("fontsize",)
    roles |= {key: f"{float(roles[key]) * theme.font_scale:g}" for key in sized if key in roles}
    found = {key: theme.colour(role) if key in _COLOURS else role for key, role in roles.items()}
    return found | ({"bgcolor": "transparent"} if theme.transparent and "bgcolor" in found else {})


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

SHARED = {"style": "filled,rounded,dotted", "penwidth": "2"}
"""What uses the weights of another part; what repeats has two outlines, and weights of its own."""


def ring(attributes: Mapping[str, str]) -> float:
    """What a second outline adds to the width of a box, and to its height, in points."""
    return 8.0 * (int(attributes.get("peripheries", "1")) - 1)


def of_source(box: Box, *, alone: bool = False) -> Look:
    """Where a value comes into the figure.

    Args:
        alone: whether there is no other one, so that what makes it need not be told.
    """
    made = isinstance(box.part, Node) and not box.part.op.internal
    named = ["input"] if made and alone else _named(box.path)
    return Look((*named, *map(shape_words, box.shapes)), _terminal())


def _named(path: str) -> list[str]:
    """The path, unless it ends in a position and not in a name."""
    return [] if path.rpartition(".")[2].isdigit() else [path]


def of_box(box: Box, notes: tuple[str, ...] = (), around: Instance | None = None) -> Look:
    """A node, what is folded, or a run of equals.

    Args:
        notes: what stands below.
        around: the instance whose frame it stands in, which tells how its path begins.
    """
    part, *fused = box.parts
    look = of_node(part) if isinstance(part, Node) else of_folded(box, around)
    lines = (op_name(part),) if isinstance(part, Node) and box.varies else look.lines
    lines += enumerated([op_words(node)[0] for node in fused if isinstance(node, Node)])
    if notes and look.attributes.get("shape") == "circle":  # too small for more than a sign
        look = Look(lines, {k: v for k, v in look.attributes.items() if k not in _CIRCLE} | _WORDY)
    lines += notes
    if box.times == 1:
        return Look(lines, look.attributes)
    repeated = (f"{lines[0]}  × {box.times}", *lines[1:])
    return Look(repeated, look.attributes | {"peripheries": "2"})


def of_node(node: Node) -> Look:
    """The box of an op."""
    lines = op_words(node)
    look: dict[str, str] = _merge(node) if joins(node) else {"fillcolor": node.op.category}
    if sign := sign_of(node):
        lines = (sign,)
    if node.shared:
        lines = (*lines, f"weights of {node.owner.path}")
        look |= SHARED
    if dashed(node):
        look["style"] = look.get("style", "filled,rounded") + ",dashed"
    return Look(lines, look)


def of_folded(box: Box, around: Instance | None = None) -> Look:
    """The box of an instance whose inside is not shown, or of a run of such."""
    run = [part for (part,) in box.run if isinstance(part, Instance)]
    instance = run[0]
    lines = ["the network"] if instance.parent is None else folded(run, around)
    lent = lender(instance)
    if lent is not None:
        lines.append(f"weights of {lent.path}")
    lines += [change_words(before, after) for before, after in changes(box)]
    look = {"penwidth": "2", "fillcolor": "ground2"} | (SHARED if lent is not None else {})
    if box.train_only:
        look["style"] = DASHED
    return Look(tuple(lines), look)


def changes(box: Box) -> list[tuple[Shape, Shape]]:
    """What a box gives: the shapes of its first member's values, and those of its last's."""
    first, last = (shapes_of(box.run[i]) for i in (0, -1))
    return (
        list(zip(first, last, strict=True)) if len(first) == len(last) else [(s, s) for s in last]
    )


def change_words(before: Shape, after: Shape) -> str:
    """`64×56×56`, or `256 → 480×28×28` where the channels become more within a run."""
    return shape_words(after) if before == after else f"{before[0]} → {shape_words(after)}"


def of_arrow(arrow: Arrow) -> dict[str, str]:
    """How an arrow is drawn: dashed for training only, dotted where a shape alone is read."""
    look: dict[str, str] = {}
    if arrow.value.train_only or arrow.head.train_only:
        look["style"] = "dashed"
    if arrow.refers:
        look |= {"style": "dotted", "arrowhead": "empty"}
    return look | (FORMULA if arrow.note is not None else {})


FORMULA = {"fontsize": "12", "fontcolor": "ink"}
"""What is said on an arrow of which the spec has a formula."""


def arrow_words(arrow: Arrow) -> list[str]:
    """Its formula, the shape where it is news, and which operand it is where they are not alike."""
    words = [arrow.note] if arrow.note is not None else []
    words += [] if arrow.shape is None else [shape_words(arrow.shape)]
    head = arrow.head.part
    if isinstance(head, Node) and arrow.operand is not None:
        word = operand_word(head, arrow.operand)
        words += [word] if word and word != arrow.note else []
    return words


def of_output(output: Output, *, alone: bool = False) -> Look:
    """The end of the figure that stands for a named output.

    Args:
        alone: whether there is no other one, so that which one it is need not be told.
    """
    part = output.name == output.node.path  # what leaves a part of the network has no name
    named = ["output"] if part and alone else _named(output.name) if part else [output.name]
    lines = (*named, *output_words(output))
    dashes = {"style": "filled,dashed"} if output.train_only else {}
    return Look(lines, _terminal() | dashes)


def of_cluster(frame: Frame, around: Instance | None = None) -> Look:
    """The frame round an instance's boxes, which stands in that of `around`."""
    instance = frame.instance
    lines = called(frame.members[: frame.times], around)[::-1]
    lent = lender(instance)
    if lent is not None:
        lines.append(f"weights of {lent.path}")
    train_only = all(node.train_only for node in instance.nodes())
    attributes = {
        "style": DASHED if train_only else "filled,rounded",
        "fillcolor": ("ground", "ground2")[sum(1 for _ in instance.ancestors()) % 2],
        "color": "frame",
        "fontsize": "10",
        "fontcolor": "faint",
        "labeljust": "l",
        "margin": "12",
    }
    if lent is not None:
        attributes |= SHARED
    return Look(tuple(lines), attributes | ({"color": "line"} if frame.times > 1 else {}))


def of_outline(frame: Frame) -> Look:
    """The outer one of the two outlines of a frame with ×N."""
    attributes = {
        "style": "filled,rounded",
        "fillcolor": "paper",
        "color": "line",
        "labeljust": "l",
        "fontsize": "12",
        "margin": "3",
    }
    return Look((f"× {frame.times}",), attributes)


RESIDUAL = Look(
    ("residual",),
    {
        "style": "filled,dashed",
        "fillcolor": "paper",
        "color": "line",
        "fontsize": "10",
        "fontcolor": "faint",
        "labeljust": "l",
        "margin": "8",
    },
)
"""The frame round what is added to a skip."""


def _terminal() -> dict[str, str]:
    return {"shape": "oval", "style": "filled", "penwidth": "1.6", "margin": "0.02"}


UPRIGHT = {"width": "0.5", "height": "0.9", "margin": "0.03,0.01"}
"""A bar in a figure from left to right."""


def is_bar(box: Box) -> bool:
    """Whether a box is drawn as a bar: a concatenation."""
    return isinstance(box.part, Node) and box.part.op.stacks


_CIRCLE = {
    "shape": "circle",
    "width": "0.3",
    "fixedsize": "true",
    "margin": "0",
    "fontsize": "16",
}
_WORDY = {"shape": "oval", "margin": "0.04,0.02"}


def _merge(node: Node) -> dict[str, str]:
    if sign_of(node):
        return _CIRCLE | {"style": "filled", "fillcolor": "merge"}
    if node.op.stacks:
        bar = {"style": "filled", "fontsize": "10", "fontcolor": "bar_ink", "margin": "0.3,0.01"}
        return bar | {"fillcolor": "bar", "height": "0.18"}
    return _WORDY | {"style": "filled"}
