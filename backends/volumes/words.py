"""What is written at volumes and planes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archspec.figures import measure
from archspec.figures.called import called
from archspec.figures.folding import Box
from archspec.figures.maps import Link, Maps, maker
from archspec.figures.marks import joins, passes_on
from archspec.figures.opwords import growth_words, op_name, plain_name, step_words
from archspec.figures.words import by_axis, shown
from archspec.ir.graph import Instance, Node
from archspec.ops.types import Shape, Sign

_MANY, _LINES = 4, 6
_WIDER = 1.1
_TIMES = " × "
_SIZE, COLUMN = 10.0, 64.0
"""Of the words below maps, and how wide their lines may be at the least."""


def channels(run: Sequence[Maps]) -> str:
    """How many maps there are, or features; of each value where a block gives several."""
    return ", ".join(dict.fromkeys(str(shape[0]) for maps in run for shape in maps.box.shapes))


def resolution(shape: Shape) -> str:
    """`28×28`; nothing for a vector."""
    return by_axis(shape[1:])


def size(shape: Shape, *, whole: bool) -> str:
    """`28`, of a square's side, `28×28` where the whole is asked for; `20×40`."""
    space = shape[1:]
    return resolution(shape) if whole or len(set(space)) > 1 else str(space[0])


def at(shape: Shape) -> str:
    """`6@28×28`, as LeCun writes it; `120` for a vector."""
    return f"{shape[0]}@{resolution(shape)}" if len(shape) > 1 else str(shape[0])


def names(run: Sequence[Maps], most: int = 1, room: float = COLUMN) -> list[str]:
    """What made the maps, each once: ops with their kernels, blocks with their paths, inputs.

    Args:
        most: so many equals in a row need no ×N, as each is drawn.
        room: for a line.
    """
    found: dict[str, dict[str, None]] = {}
    for maps in run:
        first, *more = _names(maps, most)
        found.setdefault(first, {}).update(dict.fromkeys(more))
    lines = []
    for first, others in found.items():
        more = list(others)
        lines += [first, *(more if len(more) < _MANY else [f"{more[0]} to", more[-1]])]
    whole = any(maps.source for maps in run)  # what comes from outside has a name of its own
    texts = dict.fromkeys(lines)
    lines = [line for text in texts for line in ([text] if whole else _named(text, room))]
    return (
        lines if len(lines) <= _LINES else [*lines[: _LINES // 2], "…", *lines[-_LINES // 2 + 1 :]]
    )


def _named(text: str, room: float) -> list[str]:
    """A name in lines, with its ×N after the last word."""
    name, *times = text.rsplit(_TIMES, 1)
    lines = wrapped(name, room)
    return [*lines[:-1], _TIMES.join([lines[-1], *times])]


def _names(maps: Maps, most: int) -> list[str]:
    part = maker(maps)
    if maps.source:
        lines = _source(maps.box)
    elif isinstance(part, Node):
        lines = [_op(part)]
        lines += (op_name(node) for node in maps.box.nodes() if chooses(node))
    else:
        lines = _block(part)
    if maps.box.times > most:
        lines[0] += f"{_TIMES}{maps.box.times}"
    return lines


def wished(maps: Maps) -> Iterator[str]:
    """What a spec wants to be read at maps, besides what makes them: labels, and its own notes.

    Notes within blocks are for figures of these.
    """
    boxes = [maps.box, *maps.passing] if maps.joint else maps.passing
    yield from (box.part.label for box in boxes if box.part.label is not None)
    given = (node for box in (maps.box, *maps.passing) for node in box.nodes())
    yield from dict.fromkeys(note for node in given if (note := _own_note(node)))


def _own_note(node: Node) -> str | None:
    *_, network = node.scope.ancestors()
    return network.notes.get(node)


def wrapped(text: str, room: float = COLUMN) -> list[str]:
    """A text in lines no wider than a column should be, or in two that are wider."""
    lines = measure.wrapped(text, _SIZE, room)
    while len(lines) > 2:
        room *= _WIDER
        lines = measure.wrapped(text, _SIZE, room)
    return lines


def chooses(node: Node) -> bool:
    """Whether an op is an activation over all channels, as a softmax is."""
    return node.op.category == "activation" and not node.op.local


def stages(run: Sequence[Maps], inside: Sequence[Maps]) -> list[str]:
    """What those opened parts are called that stand in a solid as a whole; each once.

    Args:
        inside: the run, and what stands on ways past parts of it.
    """
    if run[0].source:
        return []
    nodes = {node for maps in inside for node in maps.box.nodes()}
    found: dict[Instance, None] = {}
    for maps in run:
        part = maker(maps)
        scope = part.scope if isinstance(part, Node) else part
        around = [one for one in scope.ancestors() if one.parent is not None]
        whole = [one for one in around if nodes.issuperset(_making(one))]
        if whole and (whole[-1] is not part or part.block is None):
            found[whole[-1]] = None
    return [name for one in found if (name := part_name(one))]


def part_name(instance: Instance) -> str:
    """A part's label, or its id; nothing where it has a position alone."""
    own = "" if instance.name.isdigit() else instance.name.replace("_", " ")
    return own and (instance.label or own)


def _making(instance: Instance) -> Iterator[Node]:
    """The nodes that are more than values passed on, or joined."""
    return (node for node in instance.nodes() if not passes_on(node) and not joins(node))


def is_said_of_one(name: str, everything: Sequence[Instance]) -> bool:
    """Whether a name is one part's alone."""
    named = ((one.label, one.path.split(".")[-1].replace("_", " ")) for one in everything)
    return sum(name in names for names in named) == 1


def _source(box: Box) -> list[str]:
    """An input by its name, and what is made elsewhere by its own or by what makes it."""
    part = box.part
    if isinstance(part, Node) and not part.op.internal:
        return [part.id or _op(part)]
    return [box.path]


def _op(node: Node) -> str:
    name = op_name(node)
    if node.label is not None:
        return name
    if node.op.makes is not None:
        step = step_words(node)
    else:
        grows = node.op.category == "upsampling" and "×" not in name
        step = growth_words(node) if grows else ""
    return " ".join(filter(None, (name, step)))


def _block(instance: Instance) -> list[str]:
    if instance.parent is None:
        return ["the network"]
    first, *more = (text.replace("_", " ") for text in called([instance]))
    kind = first.casefold()  # a part called `blocks` says no more than what it is of
    return [first, *(name for name in more if name.casefold().rstrip("s") not in kind)]


def joint(maps: Maps) -> tuple[str, Sign]:
    """What stands in a joint: a name, and the sign in its place, if there is one."""
    part = maps.box.part
    assert isinstance(part, Node)
    return part.op.name.replace("_", " "), part.op.sign


def tag(maps: Maps, head: Maps | None) -> str:
    """A box on an arch: what makes its maps, and how many these are if not as many as the head's.

    Args:
        head: where the arch leads to.
    """
    part = maker(maps)
    name = _op(part) if isinstance(part, Node) else " ".join(_block(part))
    alike = head is not None and head.joint and head.shape[0] == maps.shape[0]
    return name if alike else f"{name}, {channels([maps])}"


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
