"""How things look and what is written on them: palette, sizes, labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from archspec.drawing.figure import Arrow, Figure
from archspec.drawing.folding import Box, Frame, shapes_of
from archspec.drawing.theme import Kind, Theme, kind_of
from archspec.graph import Graph, Instance, Node, Output
from archspec.ops.base import Shape, spread

FONT = "Liberation Sans,Arial,Helvetica,sans-serif"
"""The first comes along (`fonts`), and the others have the same metrics."""

_COLOURS = ("color", "fillcolor", "fontcolor", "bgcolor")


@dataclass(frozen=True, slots=True)
class Look:
    """What is written in a box, and its Graphviz attributes."""

    lines: tuple[str, ...]
    attributes: dict[str, str]


def painted(attributes: Mapping[str, str], theme: Theme) -> dict[str, str]:
    """Attributes with a theme's colours in place of the roles."""
    return {
        key: theme.colour(value) if key in _COLOURS else value for key, value in attributes.items()
    }


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

MANY = 8
"""From more channels than these a figure does not list them."""

DASHED = "filled,rounded,dashed"

SHARED = {"style": "filled,rounded,dotted", "penwidth": "2"}
"""What uses the weights of another part; what repeats has two outlines, and weights of its own."""


def of_source(box: Box) -> Look:
    """Where a value comes into the figure."""
    return Look((*_named(box.path), *map(shape_words, box.shapes)), _terminal())


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
    joins = node.op.merges and node.op.family() in _JOINS
    look: dict[str, str] = _merge(node) if joins else {"fillcolor": kind_of(node.op.family())}
    if node.op.name in _SIGNS:
        lines = (_SIGNS[node.op.name],)
    if node.shared and node.tensors():
        lines = (*lines, f"weights of {node.owner}")
        look |= SHARED
    if node.train_only or (node.op.family() in ("dropout", "drop_path") and not joins):
        look["style"] = look.get("style", "filled,rounded") + ",dashed"
    return Look(lines, look)


def of_folded(box: Box, around: Instance | None = None) -> Look:
    """The box of an instance whose inside is not shown, or of a run of such."""
    run = [part for (part,) in box.run if isinstance(part, Instance)]
    instance = run[0]
    lines = ["the network"] if instance.parent is None else called(run, around)
    if instance.origin is not None:
        lines.append(f"weights of {instance.origin.path}")
    lines += [change_words(before, after) for before, after in changes(box)]
    look = {"penwidth": "2", "fillcolor": "ground2"} | (SHARED if instance.origin else {})
    if all(node.train_only for node in instance.nodes()):
        look["style"] = DASHED
    return Look(tuple(lines), look)


def called(run: Sequence[Instance], around: Instance | None = None) -> list[str]:
    """The block's name, and the path, or the paths from the first to the last of several.

    The path is that within `around`, whose name goes before what begins with a position.
    """
    first, last = run[0], run[-1]
    path = first.path
    if around is not None and around.path and path.startswith(f"{around.path}."):
        within = around.relative(path)
        path = f"{around.name}.{within}" if within[0].isdigit() else within
    if first is not last:
        path += f" … {_beyond(first.path, last.path)}"
    return [path] if first.block is None or first.block.name == path else [first.block.name, path]


def _beyond(one: str, other: str) -> str:
    """The end of the other path, from where it is no longer that of the one."""
    steps = other.split(".")
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one.split("."), steps, strict=False))
    return ".".join(steps[len(list(same)) :])


def changes(box: Box) -> list[tuple[Shape, Shape]]:
    """What a box gives: the shapes of its first member's values, and those of its last's."""
    first, last = (shapes_of(box.run[i]) for i in (0, -1))
    return list(zip(first, last, strict=True)) if len(first) == len(last) else [(s, s) for s in last]


def change_words(before: Shape, after: Shape) -> str:
    """`64×56×56`, or `256 → 480×28×28` where the channels become more within a run."""
    return shape_words(after) if before == after else f"{before[0]} → {shape_words(after)}"


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
    words = [] if arrow.shape is None else [shape_words(arrow.shape)]
    head = arrow.head.part
    if isinstance(head, Node) and arrow.operand is not None:
        word = operand_word(head, arrow.operand)
        words += [word] if word else []
    return words


def of_output(output: Output) -> Look:
    """The end of the figure that stands for a named output."""
    part = output.name == output.node.path  # what leaves a part of the network has no name
    lines = [*(_named(output.name) if part else [output.name]), shape_words(output.node.output)]
    if output.train_only:
        weight = "" if output.loss_weight is None else f", loss × {output.loss_weight:g}"
        lines.append(f"training only{weight}")
    dashes = {"style": "filled,dashed"} if output.train_only else {}
    return Look(tuple(lines), {**_terminal(), **dashes})


def of_cluster(frame: Frame, around: Instance | None = None) -> Look:
    """The frame round an instance's boxes, which stands in that of `around`."""
    instance = frame.instance
    lines = called(frame.members[: frame.times], around)[::-1]
    if instance.origin is not None:
        lines.append(f"weights of {instance.origin.path}")
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
    if instance.origin is not None:
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
        "style": "dashed",
        "color": "line",
        "fontsize": "10",
        "fontcolor": "faint",
        "labeljust": "l",
        "margin": "8",
    },
)
"""The frame round what is added to a skip."""


def title(graph: Graph, shown: Instance) -> str:
    """The network's name, its variant's, and that of the part which is shown by itself."""
    part = shown.block.name if shown.block is not None else shown.path
    return " · ".join(filter(None, (graph.name, graph.variant, part)))


def _terminal() -> dict[str, str]:
    return {"shape": "oval", "style": "filled", "penwidth": "1.6", "margin": "0.02"}


_JOINS = ("merge", "drop_path")
"""Where merges are drawn as the joints they are; others, which compute, are boxes."""

_SIGNS = {"add": "+", "multiply": "×", "subtract": "−"}
"""Written in a circle: the ⊕ and ⊗ of textbooks, whatever glyphs the font has."""


UPRIGHT = {"width": "0.5", "height": "0.9", "margin": "0.03,0.01"}
"""A bar in a figure from left to right."""


def is_bar(box: Box) -> bool:
    """Whether a box is drawn as a bar: a concatenation."""
    return isinstance(box.part, Node) and box.part.op.name == "concat"


def _merge(node: Node) -> dict[str, str]:
    if node.op.name in _SIGNS:
        size = {"width": "0.3", "fixedsize": "true", "margin": "0", "fontsize": "16"}
        return size | {"shape": "circle", "style": "filled", "fillcolor": "merge"}
    if node.op.name == "concat":
        bar = {"style": "filled", "fontsize": "10", "fontcolor": "bar_ink", "margin": "0.3,0.01"}
        return bar | {"fillcolor": "bar", "height": "0.18"}
    return {"shape": "oval", "style": "filled", "margin": "0.04,0.02"}


_SPELLED = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "leaky ReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "celu": "CELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "conv_transpose": "transposed conv",
    "deform_conv": "deformable conv",
    "rbf": "RBF",
    "lp_pool": "Lp pool",
}
"""Names that are not the spec's own with spaces."""

_UNSAID = {
    *("bias", "affine", "elementwise_affine", "eps", "momentum", "track_running_stats"),
    *("alpha", "beta", "k", "init", "align_corners", "count_include_pad", "broadcast", "inplace"),
    *("connections", "kernel_mask", "first", "per_channel"),
}
"""Attributes that no figure in a textbook shows."""

_SAID = ("kernel_size", "p")
_IN_THE_NAME = ("kernel_size", "out_channels", "output_size", "shape", "size")
_COUNTED = ("groups", "num_groups")
_WORDS = {"padding": "pad {}", "groups": "{} groups", "num_groups": "{} groups"}


def op_words(node: Node) -> tuple[str, ...]:
    """An op in a lecturer's words: `conv 3×3, 64` and, below it, `stride 2, pad 1`.

    What equals PyTorch's default goes without saying, the stride of a pooling excepted.
    """
    op = node.op
    rank = len(node.input_shapes[0]) - 1 if node.inputs else 0
    name = _SPELLED.get(op.name, op.name.replace("_", " "))
    sizes: list[str] = []
    details: list[str] = []
    for key, field in type(op).model_fields.items():
        value = getattr(op, key)
        implied = key not in _SAID and not field.is_required() and value == field.default
        if key == "stride" and value is None:
            value = getattr(op, "kernel_size", None)
        elif implied or key in _UNSAID or key in op.references:
            continue
        if key == "kernel_size":
            name += f" {by_axis(spread(value, rank, key) if rank > 0 else value)}"
        elif key in _IN_THE_NAME or (key == op.primary and key not in _COUNTED):
            sizes.append(_listed(value) if key == "channels" else by_axis(value))
        else:
            details.append(_phrase(key, value))
    head = (", " if hasattr(op, "kernel_size") else " ").join([name, *sizes])
    return (head, ", ".join(details)) if details else (head,)


def operand_word(node: Node, operand: int) -> str | None:
    """What is written on the way to an operand that is not like the first, if anything."""
    op = node.op
    named = [key for key in op.references if getattr(op, key) is not None]
    if named and operand == len(node.inputs) - 1:
        return named[-1]
    words = _OPERANDS.get(op.name, ())
    return words[operand] if operand < len(words) else None


_OPERANDS = {
    "subtract": (None, "subtracted"),
    "grid_sample": (None, "grid"),
    "deform_conv": (None, "offsets", "factors"),
}


def _listed(channels: tuple[int, ...]) -> str:
    """`0, 2, 1`; only how many they are where they are many."""
    if len(channels) > MANY:
        return f"{len(channels)} channels"
    return ", ".join(map(str, channels))


def _phrase(key: str, value: Any) -> str:
    word = key.replace("_", " ")
    if isinstance(value, bool):
        return word if value else f"no {word}"
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    if key in _WORDS and not isinstance(value, str):
        return _WORDS[key].format(by_axis(value))
    return f"{word} {by_axis(value)}"


def by_axis(value: Any) -> str:
    """`3×5` for one size an axis, `1+2` for the two sides of one."""
    if isinstance(value, tuple):
        return "×".join(
            "+".join(map(str, v)) if isinstance(v, tuple) else by_axis(v) for v in value
        )
    return f"{value:g}" if isinstance(value, float) else str(value)


def shape_words(shape: Shape) -> str:
    """`64×56×56`; `4096` for features."""
    return by_axis(shape)
