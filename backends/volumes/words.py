"""What is written at volumes and planes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.drawing import measure
from archspec.drawing.called import called
from archspec.drawing.folding import Box
from archspec.drawing.maps import Link, Maps, maker
from archspec.drawing.marks import SIGNS
from archspec.drawing.opwords import op_name, plain_name, stride_words
from archspec.drawing.words import by_axis, shown
from archspec.graph import Instance, Node
from archspec.ops.base import Shape

_MANY = 4
_SIZE, _COLUMN = 10.0, 64.0


def channels(run: Sequence[Maps]) -> str:
    """How many maps there are, or features; of each value where a block gives several."""
    return ", ".join(dict.fromkeys(str(shape[0]) for maps in run for shape in maps.box.shapes))


def resolution(shape: Shape) -> str:
    """`28×28`; nothing for a vector."""
    return by_axis(shape[1:])


def at(shape: Shape) -> str:
    """`6@28×28`, as LeCun writes it; `120` for a vector."""
    return f"{shape[0]}@{resolution(shape)}" if len(shape) > 1 else str(shape[0])


def names(run: Sequence[Maps], most: int = 1) -> list[str]:
    """What made the maps, each once: ops with their kernels, blocks with their paths, inputs.

    Args:
        most: so many equals in a row need no ×N, as each is drawn.
    """
    found: dict[str, dict[str, None]] = {}
    for maps in run:
        first, *more = _names(maps, most)
        found.setdefault(first, {}).update(dict.fromkeys(more))
    lines = []
    for first, others in found.items():
        more = list(others)
        lines += [first, *(more if len(more) < _MANY else [f"{more[0]} to", more[-1]])]
    return list(dict.fromkeys(lines))


def _names(maps: Maps, most: int) -> list[str]:
    part = maker(maps)
    if maps.source:
        lines = _source(maps.box)
    elif isinstance(part, Node):
        lines = wrapped(_op(part))
        if part.shared:
            lines += wrapped(f"weights of {part.owner}")
    else:
        lines = _block(part)
    if maps.box.times > most:
        lines[0] += f" × {maps.box.times}"
    return lines


def wrapped(text: str) -> list[str]:
    """A text in lines that are no wider than a column should be."""
    return measure.wrapped(text, _SIZE, _COLUMN)


def _source(box: Box) -> list[str]:
    """An input by its name, and what is made elsewhere by its own or by what makes it."""
    part = box.part
    if isinstance(part, Node) and not part.op.internal:
        return [part.id or _op(part)]
    return [box.path]


def _op(node: Node) -> str:
    name = op_name(node)
    if node.label is None and node.op.family() == "conv":
        return " ".join(filter(None, (name, stride_words(node))))
    return name


def _block(instance: Instance) -> list[str]:
    if instance.parent is None:
        return ["the network"]
    lines = [line for words in called([instance]) for line in wrapped(words)]
    if instance.origin is not None:
        lines.append(f"weights of {instance.origin.path}")
    return lines


def joint(maps: Maps) -> str:
    """What stands in a joint."""
    part = maps.box.part
    assert isinstance(part, Node)
    return SIGNS.get(part.op.name, part.op.name.replace("_", " "))


def on_the_way(link: Link) -> str:
    """What happens to the shape between tail and head: `crop`."""
    return ", ".join(dict.fromkeys(op_name(node) for node in link.on_the_way))


def lecun(maps: Maps) -> str:
    """What is written under the way to a plane: `convolutions 5×5`."""
    part = maker(maps)
    if not isinstance(part, Node):
        return ""
    name, kind = _op(part), maps.kind
    if part.label is not None:
        return name
    if kind == "convolution":
        return name.replace("conv", "convolutions", 1)
    if kind == "pooling":
        return name.replace(plain_name(part), "subsampling", 1)
    return "full connection" if kind == "linear" else name


def all_shown(lines: Iterable[str]) -> list[str]:
    """`shown`, of the lines that are not empty."""
    return [shown(line) for line in lines if line]
