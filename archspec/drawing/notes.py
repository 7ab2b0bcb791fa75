"""What boxes cost, in a few words for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archspec.analysis.cost import Layer, stats
from archspec.drawing.folding import Box
from archspec.drawing.options import Note
from archspec.drawing.opwords import quiet_words
from archspec.drawing.repeats import Part, nodes_of
from archspec.drawing.words import enumerated
from archspec.graph import Graph, Instance, Node
from archspec.show.units import brief, size


class Notes:
    """Writes the costs of boxes; a box with ×N has those of all N, and says so, one in a frame
    with ×N those of the member that is drawn.
    """

    def __init__(self, graph: Graph, wanted: Sequence[Note]) -> None:
        layers = stats(graph).layers if wanted else ()
        self.layers = {layer.path: layer for layer in layers}
        self.wanted = wanted

    def of(self, box: Box) -> tuple[str, ...]:
        """A line for each kind that was asked for, and that the box has any of."""
        nodes = [node for member in box.run for node in nodes_of(member)]
        if isinstance(box.part, Instance) and box.part.parent is None:
            nodes = lasting(nodes)
        counted = {n: self.layers[n.path] for n in nodes if n.path in self.layers}
        once = len(box.members) == box.times
        wanted: list[Note] = [
            note for note in self.wanted if once or note != "rf"
        ]  # each sees another field
        costs = written(counted, wanted, times=box.times, fused=len(box.parts) > 1)
        return (*(quiet(box.parts) if "attributes" in self.wanted else ()), *costs)


def quiet(parts: Iterable[Part]) -> tuple[str, ...]:
    """The attributes of ops in a box that lectures leave out, in lines."""
    words = (word for part in parts if isinstance(part, Node) for word in quiet_words(part))
    return enumerated(list(dict.fromkeys(words)))


def lasting(nodes: Sequence[Node]) -> list[Node]:
    """What of a whole network runs in evaluation, which its total in a table is of."""
    return [node for node in nodes if not node.train_only]


def written(
    counted: Mapping[Node, Layer], wanted: Sequence[Note], *, times: int = 1, fused: bool = False
) -> tuple[str, ...]:
    """What layers cost together: a line for each kind that they have any of.

    Args:
        times: how many there are in a row of what they are; sums over several say so.
        fused: whether what works in place is in one box with what it overwrites, the memory of
            which is then counted once.
    """
    lines = []
    for note in wanted:
        if note == "attributes":
            continue
        once = fused and note == "memory"
        word = _word(note, [layer for n, layer in counted.items() if not (once and n.op.in_place)])
        if word:
            lines.append(f"{word} in all" if times > 1 and note != "rf" else word)
    return tuple(lines)


def _word(note: Note, layers: Sequence[Layer]) -> str:
    if note == "params":
        count = sum(layer.params for layer in layers)
        return f"{brief(count)} parameters" if count else ""
    if note == "macs":
        count = sum(layer.macs for layer in layers)
        return f"{brief(count)} MACs" if count else ""
    if note == "memory":
        return size(sum(layer.output_bytes for layer in layers)) if layers else ""
    field = field_words(layers[-1]) if layers else ""
    return f"sees {field}" if field else ""


def field_words(layer: Layer) -> str:
    """The receptive field of a layer, `7×7`; nothing where it sees everything."""
    if layer.field is None or layer.field.whole or not layer.field.size:
        return ""
    return "×".join(str(n) for n in layer.field.size)
