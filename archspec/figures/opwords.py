"""Ops in a lecturer's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archspec.figures.words import by_axis, short
from archspec.ir.graph import Node
from archspec.ops.base import Op
from archspec.ops.types import KindName

MANY = 8
"""From more channels than these a figure does not list them."""

_SAID: tuple[KindName, ...] = ("kernel", "probability")
"""What is said even where it is the default."""
_IN_THE_NAME: tuple[KindName, ...] = ("kernel", "size", "shape")
"""What stands beside the name of an op: `crop 32×32`."""
_WORDS = {"padding": "pad {}", "groups": "{} groups", "num_groups": "{} groups"}
_PLAIN = ("mode",)
"""Attributes whose values say what they are."""


def op_name(node: Node) -> str:
    """What an op is called, with its kernel: `3×3 conv`; or what its label says."""
    if node.label is not None:
        return short(node.label)
    kernel = _kernel(node)
    if kernel is None:
        return (*_spoken(node), plain_name(node))[0]
    several = "×" in kernel
    return f"{kernel} {plain_name(node)}" if several else f"{plain_name(node)} {kernel}"


def _spoken(node: Node) -> tuple[str, ...]:
    """What a lecturer says in place of its name and its attributes, if anything."""
    return node.op.spoken(len(node.input_shapes[0]) - 1) if node.inputs else ()


def plain_name(node: Node) -> str:
    """What an op is called, without its kernel."""
    name = node.op.called or node.op.name.replace("_", " ")
    return f"depthwise {name}" if _depthwise(node) else name


def kernel_words(node: Node) -> str:
    """The kernel of an op and its stride, `7×7, /2`; nothing where it has no kernel."""
    kernel, stride = _kernel(node), step_words(node)
    if kernel is None:
        return ""
    said = kernel if "×" in kernel else f"kernel {kernel}"
    return ", ".join(filter(None, (said, stride)))


def stride_words(node: Node) -> str:
    """The stride of an op as papers write it: `/2`; nothing where it is 1.

    That of a pooling which was told none is its kernel.
    """
    steps = node.op.strides(len(node.output) - 1)
    if max(steps, default=1) == 1:
        return ""
    return f"/{by_axis(steps[0] if len(set(steps)) == 1 else steps)}"


def step_words(node: Node) -> str:
    """What the stride of an op does to the resolution: `/2`, or `×2` where maps become larger."""
    stride = stride_words(node)
    return stride.replace("/", "×") if _grows(node) else stride


def growth_words(node: Node) -> str:
    """By how much an op without a stride makes maps larger, `×2`; nothing where that is uneven."""
    if not _grows(node) or len(node.input_shapes[0]) != len(node.output):
        return ""
    pairs = zip(node.output[1:], node.input_shapes[0][1:], strict=True)
    steps = {more / less for more, less in pairs}
    return f"×{steps.pop():g}" if len(steps) == 1 and max(steps) % 1 == 0 else ""


def _grows(node: Node) -> bool:
    return len(node.output) > 1 and node.input_shapes[0][-1] < node.output[-1]


def _kernel(node: Node) -> str | None:
    """`3×5`, or `3` along a sequence, where 1 goes by `1×1` as well; None without a kernel."""
    sizes = node.op.kernel_sizes(len(node.input_shapes[0]) - 1) if node.inputs else ()
    if not sizes:
        return None
    return "1×1" if sizes == (1,) else by_axis(sizes)


def _depthwise(node: Node) -> bool:
    """Whether an op has a kernel for each channel, of which none is summed with another."""
    groups = node.op.cardinality
    return groups > 1 and bool(node.inputs) and groups == node.input_shapes[0][0]


def op_words(node: Node, *, brief: bool = False) -> tuple[str, ...]:
    """An op in a lecturer's words: `3×3 conv, 64` and, below it, `stride 2, pad 1`.

    A label says all of it. What equals PyTorch's default goes without saying, the stride of a
    pooling excepted, and so does what no lecture shows.

    Args:
        brief: whether the stride of a kernel stands beside it, `3×3 conv, 64, /2`, and padding
            is not said.
    """
    op, name = node.op, op_name(node)
    if node.label is not None:
        return (name,)
    if spoken := _spoken(node):
        return spoken
    sizes: list[str] = []
    details: list[str] = []
    for key, field in type(op).model_fields.items():
        value = getattr(op, key)
        kind = op.kinds()[key]
        implied = kind not in _SAID and not field.is_required() and value == field.default
        if kind == "stride" and value is None:
            value = op.strides(len(node.output) - 1)
        elif implied or key in (*op.hidden, *op.references) or _is_quiet(op, key):
            continue
        if key == "kernel_size" or (kind == "groups" and _depthwise(node)):
            continue
        if kind == "stride" and brief:
            sizes += filter(None, (step_words(node),))
            continue
        if kind == "padding" and brief:
            continue
        named = kind in _IN_THE_NAME or key == op.makes
        if named or (key == op.primary and kind != "groups"):
            sizes.append(_listed(value) if kind == "index" else by_axis(value))
        else:
            details.append(_phrase(key, value))
    head = (", " if _kernel(node) is not None else " ").join([name, *sizes])
    return (head, ", ".join(details)) if details else (head,)


def quiet_words(node: Node) -> Iterator[str]:
    """What `op_words` leaves out although it is not PyTorch's default."""
    for key, field in type(node.op).model_fields.items():
        value = getattr(node.op, key)
        if value != field.default and _is_quiet(node.op, key):
            yield _phrase(key, value)


def _is_quiet(op: Op, key: str) -> bool:
    """Whether an attribute is written only where all are asked for."""
    return key in op.quiet or (op.kinds()[key] == "padding" and isinstance(getattr(op, key), str))


def operand_word(node: Node, operand: int) -> str | None:
    """What is written on the way to an operand that is not like the first, if anything."""
    op = node.op
    named = list(node.references)
    if named and operand == len(node.inputs) - 1:
        return named[-1]
    return op.operands[operand] or None if operand < len(op.operands) else None


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
    if key in _PLAIN:
        return str(value)
    if key in _WORDS and not isinstance(value, str):
        return _WORDS[key].format(by_axis(value))
    return f"{word} {by_axis(value)}"


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
