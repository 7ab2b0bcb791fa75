"""What figures say, in a lecturer's words: ops, sizes, titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archspec.drawing.called import kind_of_block
from archspec.graph import Graph, Instance, Node, Output
from archspec.ops.base import Op, Shape, spread

MANY = 8
"""From more channels than these a figure does not list them."""


def title(graph: Graph, shown: Instance | None = None, *, by_path: bool = False) -> str:
    """The network's name, its variant's, and that of a part which is shown by itself.

    Args:
        by_path: whether a part goes by its path, and not by its block.
    """
    part = shown.path if shown is not None else ""
    if shown is not None and not by_path:
        part = shown.label or kind_of_block(shown) or part
    whole = graph.label or " · ".join(filter(None, (graph.name, graph.variant)))
    return short(" · ".join(filter(None, (whole, part))))


LONGEST = 120
"""Characters of a line that a figure has room for."""


def short(text: str) -> str:
    """A line of words: of one that no figure has room for, its beginning and its end."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}…{text[-half:]}"


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


_LINE = 44
_LINES = 8


def enumerated(words: Sequence[str]) -> tuple[str, ...]:
    """Words with commas, in lines that are not long; of very many, the first."""
    if not words:
        return ()
    lines = [words[0]]
    for number, word in enumerate(words[1:], 1):
        if len(lines[-1]) + len(word) <= _LINE:
            lines[-1] += f", {word}"
        elif len(lines) < _LINES:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1] += f", … {len(words) - number:,} more"
            break
    return tuple(lines)


def op_name(node: Node) -> str:
    """What an op is called, with its kernel: `conv 3×3`; or what its label says."""
    op = node.op
    if node.label is not None:
        return short(node.label)
    name = _SPELLED.get(op.name, op.name.replace("_", " "))
    kernel = getattr(op, "kernel_size", None)
    if kernel is None:
        return name
    rank = len(node.input_shapes[0]) - 1 if node.inputs else 0
    return f"{name} {by_axis(spread(kernel, rank, 'kernel_size') if rank > 0 else kernel)}"


def op_words(node: Node) -> tuple[str, ...]:
    """An op in a lecturer's words: `conv 3×3, 64` and, below it, `stride 2, pad 1`.

    A label says all of it. What equals PyTorch's default goes without saying, the stride of a
    pooling excepted.
    """
    op, name = node.op, op_name(node)
    if node.label is not None:
        return (name,)
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
            continue
        if key in _IN_THE_NAME or (key == op.primary and key not in _COUNTED):
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


def output_words(output: Output) -> tuple[str, ...]:
    """An output's shape and, below it, whether it is for training only."""
    shape = shape_words(output.node.output)
    if not output.train_only:
        return (shape,)
    weight = "" if output.loss_weight is None else f", loss × {output.loss_weight:g}"
    return shape, f"training only{weight}"


def printable(text: str) -> str:
    """Text that any viewer can show, and XML may hold: what is not printable becomes U+FFFD."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def attribute_words(op: Op) -> Iterator[tuple[str, str]]:
    """All attributes of an op that say something, by name: `stride`, `2`; `bias`, `no`."""
    for key in type(op).model_fields:
        value = getattr(op, key)
        if value is None or value == ():
            continue
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, tuple) and len(value) > MANY:
            text = f"{len(value)} values"
        else:
            text = by_axis(value)
        yield key.replace("_", " "), text
