"""What boxes cost, in a few words for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from archspec.analysis.cost import Layer, stats
from archspec.analysis.units import brief, size
from archspec.figures.folding import Box
from archspec.figures.options import Note
from archspec.figures.opwords import quiet_words
from archspec.figures.repeats import Part, nodes_of
from archspec.figures.words import enumerated
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops.unknown import UNKNOWN

Counted = Mapping[Node, Layer]
"""What the nodes of one member of a box cost."""


class Notes:
    """Writes the costs of boxes; a box with ×N has those of all N, and says so, or where `each` is
    wanted those of one of them; one in a frame with ×N has those of the member that is drawn.
    """

    def __init__(self, graph: Graph, wanted: Sequence[Note]) -> None:
        layers = stats(graph).layers if wanted else ()
        self.layers = {layer.path: layer for layer in layers}
        self.wanted = wanted

    def of(self, box: Box) -> tuple[str, ...]:
        """A line for each kind that was asked for, and that the box has any of."""
        if not self.wanted:
            return ()
        once = len(box.members) == box.times
        # each member of several sees another field
        wanted: list[Note] = [note for note in self.wanted if once or note != "rf"]
        costs = written(list(self._counted(box)), wanted, fused=len(box.parts) > 1)
        return (*(quiet(box.parts) if "attributes" in self.wanted else ()), *costs)

    def _counted(self, box: Box) -> Iterator[Counted]:
        for member in box.run:
            nodes = list(nodes_of(member))
            if isinstance(box.part, Instance) and box.part.parent is None:
                nodes = lasting(nodes)
            yield {node: self.layers[node.path] for node in nodes if node.path in self.layers}


def quiet(parts: Iterable[Part]) -> tuple[str, ...]:
    """The attributes of ops in a box that lectures leave out, in lines."""
    words = (word for part in parts if isinstance(part, Node) for word in quiet_words(part))
    return enumerated(list(dict.fromkeys(words)))


def lasting(nodes: Sequence[Node]) -> list[Node]:
    """What of a whole network runs in evaluation, which its total in a table is of."""
    return [node for node in nodes if not node.train_only]


def written(
    members: Sequence[Counted], wanted: Sequence[Note], *, fused: bool = False
) -> tuple[str, ...]:
    """What equals in a row cost: a line for each kind that they have any of.

    A sum over several says so, and so does what each of them has.

    Args:
        fused: whether what works in place is in one box with what it overwrites, the memory of
            which is then counted once.
    """
    lines = []
    for note in wanted:
        if note == "rf":
            field = field_words([*members[-1].values()][-1]) if members and members[-1] else ""
            lines.append(f"sees {field}" if field else "")
        elif note in _AMOUNTS:
            counts = [_count(note, member, fused) for member in members]
            lines.append(_amount(note, counts, each="each" in wanted))
    return tuple(filter(None, lines))


_AMOUNTS: Mapping[Note, tuple[Callable[[int], str], str]] = {
    "params": (brief, " parameters"),
    "macs": (brief, " MACs"),
    "memory": (size, ""),
}
"""How numbers are written, and of what they are."""


def _count(note: Note, counted: Counted, fused: bool) -> int:
    if note == "memory":
        kept = (layer for node, layer in counted.items() if not (fused and node.op.in_place))
        return sum(layer.output_bytes for layer in kept)
    return sum(layer.params if note == "params" else layer.macs for layer in counted.values())


def _amount(note: Note, counts: Sequence[int], *, each: bool) -> str:
    """Of all together, or of each one, where these are several; nothing where there is none."""
    if not any(counts):
        return ""
    write, unit = _AMOUNTS[note]
    if UNKNOWN in counts:
        return f"{UNKNOWN}{unit}"
    if len(counts) == 1:
        return f"{write(counts[0])}{unit}"
    if not each:
        return f"{write(sum(counts))}{unit} in all"
    ends = dict.fromkeys((write(min(counts)), write(max(counts))))
    return f"{' to '.join(ends)}{unit} each"


def field_words(layer: Layer) -> str:
    """The receptive field of a layer, `7×7`; nothing where it sees everything."""
    if layer.field is None or layer.field.whole or not layer.field.size:
        return ""
    return str(UNKNOWN) if layer.field.unknown else "×".join(str(n) for n in layer.field.size)
