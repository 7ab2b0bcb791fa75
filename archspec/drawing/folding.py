"""Which boxes a figure has: the quotient of the graph by what is folded.

A box is a node, or an instance that is not opened; with `fuse`, a layer with the normalisation
and the activation after it. Equal boxes that follow one another are one, drawn with ×N. A frame
is an open instance round what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from archspec.drawing.detail import Selection
from archspec.graph import Instance, Node
from archspec.ops.base import Shape

Part = Node | Instance
Member = tuple[Part, ...]
"""What one box stands for: a part, or several in a row that are fused."""


@dataclass(eq=False, slots=True)
class Box:
    """What is drawn as one.

    Attributes:
        members: what it stands for: equals, one after the other. The first gives its name.
    """

    members: tuple[Member, ...]

    @property
    def parts(self) -> Member:
        """Of the first member."""
        return self.members[0]

    @property
    def part(self) -> Part:
        """The first of all, of which a fused box has the name and the colour."""
        return self.members[0][0]

    @property
    def path(self) -> str:
        return self.part.path

    @property
    def times(self) -> int:
        return len(self.members)

    def nodes(self) -> Iterator[Node]:
        """All the nodes it stands for."""
        for member in self.members:
            yield from nodes_of(member)

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of its values, each once."""
        last = self.members[-1][-1]
        values = (last,) if isinstance(last, Node) else last.output
        return list(dict.fromkeys(node.output for node in values))


@dataclass(eq=False, slots=True)
class Frame:
    """An open instance, with what is drawn in it."""

    instance: Instance
    inside: list[Box | Frame] = field(default_factory=list)


def nodes_of(member: Member) -> Iterator[Node]:
    """The nodes of one member of a box."""
    for part in member:
        if isinstance(part, Node):
            yield part
        else:
            yield from part.nodes()


class Folding:
    """The boxes and frames of a selection.

    Attributes:
        inside: what stands in the figure itself.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection, self.detail = selection, selection.detail
        self.shown = set(selection.nodes)
        self.readers = {n: set(readers) for n, readers in selection.graph.readers.items()}
        self.ends = {output.node for output in selection.graph.outputs}
        self.forms: dict[tuple[object, ...], int] = {}
        self.inside = self._inside(selection.root)

    def _inside(self, instance: Instance) -> list[Box | Frame]:
        if instance.parent is None and self.detail.level == "network" and not self.detail.only:
            return [Box(((instance,),))]
        found: list[Box | Frame] = []
        for child in instance.children:
            if self.shown.isdisjoint(nodes_of((child,))):
                continue
            if isinstance(child, Node) or self.selection.folds(child):
                entry: Box | Frame = Box(((child,),))
            else:
                entry = Frame(child, self._inside(child))
                if self.detail.fuse and len(entry.inside) == 1:
                    entry = entry.inside[0]
            before = found[-1] if found else None
            if isinstance(before, Box) and isinstance(entry, Box) and self.fuses(before, entry):
                before.members = ((*before.parts, *entry.parts),)
            else:
                found.append(entry)
        return self._repeated(found) if self.detail.repeat else found

    def _repeated(self, entries: list[Box | Frame]) -> list[Box | Frame]:
        found: list[Box | Frame] = []
        for entry in entries:
            before = found[-1] if found else None
            if isinstance(before, Box) and isinstance(entry, Box) and self.equal(before, entry):
                before.members += entry.members
            else:
                found.append(entry)
        return found

    def fuses(self, before: Box, after: Box) -> bool:
        """Whether a box is written into the one before: a normalisation, an activation."""
        if not self.detail.fuse or before.times > 1 or after.times > 1:
            return False
        rank = {"norm": 1, "activation": 2}
        place = rank.get(_family(after.part), 0)
        last = before.parts[-1]
        carries = _family(before.part) in ("conv", "special_conv", "linear")
        return (
            carries
            and place > rank.get(_family(last), 0)
            and self.follows(before.members[-1], after.parts)
        )

    def equal(self, before: Box, after: Box) -> bool:
        """Whether a box is equal to the one before it, and reads all that this gives, alone."""
        if self.form(before.members[-1]) != self.form(after.parts):
            return False
        return self.follows(before.members[-1], after.parts)

    def follows(self, before: Member, after: Member) -> bool:
        """Whether what is given by one is read by the other, and nothing else is or does."""
        others, nodes = set(nodes_of(before)), set(nodes_of(after))
        read = {source for node in nodes for source in node.inputs if source not in nodes}
        given = {node for node in others if not self.readers.get(node, set()) <= others}
        known = all(self.readers[node] <= others | nodes for node in given)
        return bool(given) and read == given and known and not others & self.ends

    def form(self, member: Member) -> int:
        """A number that equals share: the same ops, wired alike, on equal shapes."""
        places: dict[Node, object] = {}
        rows: list[object] = []
        for node in nodes_of(member):
            inputs = tuple(places.get(source, source.output) for source in node.inputs)
            places[node] = len(places)
            owner = node.owner if node.shared else None
            rows.append((node.op, inputs, node.output, owner, node.train_only))
        blocks = tuple(p.block.name for p in member if isinstance(p, Instance) and p.block)
        return self.forms.setdefault((blocks, *rows), len(self.forms))

    @cached_property
    def boxes(self) -> list[Box]:
        """All boxes, in the order of the spec."""
        return list(_boxes(self.inside))

    @cached_property
    def box_of(self) -> dict[Node, Box]:
        """The box each shown node is drawn as, or within."""
        return {n: box for box in self.boxes for n in box.nodes() if n in self.shown}


def _boxes(inside: Iterable[Box | Frame]) -> Iterator[Box]:
    for entry in inside:
        if isinstance(entry, Frame):
            yield from _boxes(entry.inside)
        else:
            yield entry


def _family(part: Part) -> str:
    return part.op.family() if isinstance(part, Node) else ""
