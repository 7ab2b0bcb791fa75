"""What is written in a strip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archspec.figures.called import called, kind_of_block, own_name
from archspec.figures.maps import Maps, maker
from archspec.figures.marks import idles, rearranges
from archspec.figures.opwords import op_name, op_words, plain_name, step_words
from archspec.figures.repeats import nodes_of
from archspec.figures.words import by_axis, shape_words
from archspec.ir.graph import Instance, Node

_KINDS = 3
"""So many kinds of blocks may be told in a line."""


def along(maps: Maps, unsaid: str = "") -> list[str]:
    """A narrow box: an op with its kernel, a block by its name and how many parts of one kind.

    Args:
        unsaid: the activation that goes without saying.
    """
    part = maker(maps)
    if maps.source:
        return [entrance(maps)]
    if isinstance(part, Node):
        found = dict.fromkeys(op_words(one)[0] for one in activations(maps, unsaid))
        return [", ".join([named(maps, _one(maps, part)), *found]), *labels(maps), *weights(maps)]
    return [", ".join([named(maps, block(part)), *inner_blocks(part)]), *weights(maps)]


def named(maps: Maps, text: str) -> str:
    """What a box is, with what it is called by others that use its weights."""
    if not maps.known:
        return text
    return f"{text} {maps.known}" if maps.folded else f"{maps.known}: {text}"


def weights(maps: Maps) -> list[str]:
    """Whose weights a box uses, if not its own; of a run that says so, of what it has its own."""
    if not maps.again:
        return [f"weights of {maps.whose}"] if maps.whose else []
    nodes = (node for node in nodes_of(maps.box.run[-1]) if node.tensors() and not node.shared)
    own = list(dict.fromkeys(map(plain_name, nodes)))
    return [f"own {' and '.join(own)}"] if own else []


def entrance(maps: Maps) -> str:
    """A value from outside: its shape, and where the network has it from outside its name."""
    part = maps.box.part
    shape = shape_words(maps.shape)
    return f"{part.path} {shape}" if isinstance(part, Node) and part.op.internal else shape


def op(node: Node) -> str:
    """An op with its kernel and channels; its stride, dilation and groups where it has any."""
    return ", ".join([_led(node, op_words(node)[0]), *_besides(node)])


def _one(maps: Maps, node: Node) -> str:
    """The op of a box; without its rate where it stands for several at other rates."""
    return op_name(node) if maps.box.varies else op(node)


def brief(node: Node) -> str:
    """An op with its kernel, stride, dilation and groups; its channels are said elsewhere."""
    name, *details = op_words(node)
    enlarges = node.op.category == "upsampling"
    if node.op.makes is not None:
        name, details = _led(node, op_name(node)), []
    elif enlarges and node.label is None:
        factor = node.output[-1] / node.input_shapes[0][-1]
        name = f"{op_name(node)} ×{factor:.4g}"
    return ", ".join([name, *_besides(node), *(details if enlarges else [])])


def _led(node: Node, name: str) -> str:
    """The name of an op, and that it is causal where zeros before a sequence make up its kernel."""
    op, source = node.op, node.inputs[0]
    if node.label is not None or len(node.output) != 2 or op.pads:
        return name
    reach = sum(d * (k - 1) for k, d in zip(op.kernel_sizes(1), op.dilations(1), strict=False))
    causal = bool(reach) and source.op.zeros_around(*source.input_shapes) == ((reach, 0),)
    return f"causal {name}" if causal else name


def _besides(node: Node) -> Iterator[str]:
    """The stride, and more than that; nothing where a label says all."""
    if node.label is not None:
        return
    if node.op.primary != "stride" and (step := step_words(node)):
        yield step
    if size := _size(node.op.dilations(len(node.output) - 1)):
        yield f"dilation {size}"
    if 1 < node.op.cardinality < node.input_shapes[0][0]:
        yield f"{node.op.cardinality} groups"


def parts(maps: Maps, *, channels: bool = False) -> list[str]:
    """What a box is, and what is fused into it; of a block of one op, this op.

    Args:
        channels: whether the first says how many it gives.
    """
    first = maker(maps)
    if not isinstance(first, Node):
        return [named(maps, block(first)), *weights(maps)]
    return [
        named(maps, op(first) if channels else brief(first)),
        *(op_words(node)[0] for node in going_with(maps)),
        *weights(maps),
    ]


def going_with(maps: Maps) -> Iterator[Node]:
    """What goes with the op of a box, in it; with a block of several, nothing does."""
    first, part = maker(maps), maps.box.part
    if isinstance(first, Node) and not maps.source:
        nodes = maps.box.parts if isinstance(part, Node) else part.nodes()
        others = (node for node in nodes if isinstance(node, Node) and node is not first)
        yield from (node for node in others if not (idles(node) or rearranges(node)))


def activations(maps: Maps, unsaid: str) -> Iterator[Node]:
    """The activations of a box that are said; those with a label have a line of their own.

    That of a box that begins with a normalisation is always said.
    """
    unsaid = "" if maps.kind == "normalisation" else unsaid
    for node in going_with(maps):
        if node.op.category == "activation" and node.label is None and plain_name(node) != unsaid:
            yield node


def of_group(node: Node, groups: int) -> str:
    """What one of the groups of a convolution computes."""
    said = [f"{op_name(node)}, {node.output[0] // groups}", step_words(node)]
    return ", ".join(filter(None, said))


def fused(maps: Maps) -> list[str]:
    """What goes with a layer, in a line."""
    more = [op_words(node)[0] for node in maps.box.parts[1:] if isinstance(node, Node)]
    return [", ".join(more)] if more else []


def labels(maps: Maps) -> list[str]:
    """What goes with a layer and has a label, in a line: it is said even where there is no room."""
    more = [op_words(node)[0] for node in going_with(maps) if node.label is not None]
    return [", ".join(more)] if more else []


def _size(value: object) -> str:
    """One number where all axes agree; nothing where it is 1."""
    sizes = set(value) if isinstance(value, tuple) else {value}
    if sizes <= {None, 1}:
        return ""
    return by_axis(sizes.pop() if len(sizes) == 1 else value)


def unsaid(node: Node) -> str:
    """What is left out with an op; of what makes one axis of all, which is no step, nothing."""
    if idles(node) and not node.op.trains_only:
        return "what changes nothing"
    return "" if rearranges(node) and len(node.output) == 1 else plain_name(node)


def repeated(maps: Maps) -> str:
    """How often a box stands for what it is, after its name, and whether with the same weights."""
    if maps.box.times == 1:
        return ""
    return f" × {maps.box.times}{', same weights' if maps.again else ''}"


def inner_blocks(instance: Instance) -> list[str]:
    """`dense layer × 6`: the blocks in an instance, of a few kinds, in the order of the first."""
    inner = [c for c in instance.children if isinstance(c, Instance) and c.block is not None]
    count = Counter(map(block, inner))
    if instance.kind is not None or len(inner) < 2 or len(count) > _KINDS:
        return []  # a label says as much as is wanted
    return [f"{name} × {times}" if times > 1 else name for name, times in count.items()]


def level(maps: Maps) -> list[str]:
    """A box of an opened block: its op, and what is fused into it."""
    first = maker(maps)
    name = _one(maps, first) if isinstance(first, Node) else block(first)
    lines = [named(maps, name), *fused(maps), *weights(maps)]
    if maps.kind == "normalisation":
        lines = [", ".join(lines)]
    return [lines[0] + repeated(maps), *lines[1:]]


def block(instance: Instance) -> str:
    """What a block is called, or a group."""
    return instance.label or kind_of_block(instance) or " ".join(called([instance]))


def besides(run: Sequence[Instance]) -> str:
    """What blocks in a row are called besides their kind: their ids, or what numbers them."""
    return " ".join(called(run)).removeprefix(block(run[0])).strip()


def numbered(instance: Instance) -> str:
    """What a block is called, with its number if its id is its name and that: `Inception 3a`."""
    said = called([instance])
    return said[0] if len(said) == 1 and instance.label is None else block(instance)


def placed(instance: Instance) -> str:
    """What a block is called, and where it stands: `Basic block layer2.0`."""
    if instance.path == own_name(instance):
        return " ".join(called([instance]))
    return f"{block(instance)} {instance.path}"


def stage(instance: Instance) -> str:
    """What an opened part is called; its block where it has a position alone.

    A group of a single block whose name tells no more than this is called as it is: `transformers`
    of one spatial transformer.
    """
    if instance.label is not None:
        return instance.label
    name = own_name(instance).replace("_", " ")
    inner = [block(child) for child in instance.children if isinstance(child, Instance)]
    single = instance.block is None and len(inner) == len(instance.children) == 1
    if single and name.casefold().removesuffix("s") in inner[0].casefold():
        return inner[0]
    return name or block(instance)


def part(instance: Instance) -> str:
    """What a block or a stage is called, by itself."""
    return block(instance) if instance.block is not None else stage(instance)
