"""Which boxes a figure has: the quotient of the graph by what is folded.

A box is a node, or an instance that is not opened; with `fuse`, a layer with the normalisation
and the activation after it, or, where these stand before layers, both of them together. A frame is
an open instance round what stands in it; with `fuse`, none is drawn round one box, nor round a
branch of boxes in a row, unless it has a label of its own. Equal boxes that follow one another are
one, drawn with ×N, and so are equal frames: the boxes in one stand for those in all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

from archspec.figures.detail import Selection
from archspec.figures.marks import alone, note_of
from archspec.figures.repeats import Member, Part, Repeats, nodes_of
from archspec.ir.graph import Instance, Node
from archspec.ops.types import Shape


@dataclass(eq=False, slots=True)
class Box:
    """What is drawn as one.

    Attributes:
        members: what it stands for, in order. The first gives its name.
        times: its ×N: how many of them follow one another. There are N of them, and N more for
            each further member of the frames around.
    """

    members: list[Member]
    times: int = 1

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
    def run(self) -> list[Member]:
        """The members in a row, where the frames around are drawn."""
        return self.members[: self.times]

    def nodes(self) -> Iterator[Node]:
        """All the nodes it stands for."""
        for member in self.members:
            yield from nodes_of(member)

    @property
    def train_only(self) -> bool:
        return all(node.train_only for member in self.run for node in nodes_of(member))

    @property
    def varies(self) -> bool:
        """Whether it stands for ops at several rates, so that none is that of all."""
        ops = {part.op for part, *_ in self.members if isinstance(part, Node)}
        return len(ops) > 1

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of its values, each once."""
        return shapes_of(self.run[-1])


@dataclass(eq=False, slots=True)
class Frame:
    """An open instance, with what is drawn in it.

    Attributes:
        members: the instances it stands for, in order; as `Box.members`.
        inside: what is drawn, whose members stand in all of its members.
        times: its ×N, as `Box.times`.
    """

    members: list[Instance]
    inside: list[Box | Frame]
    times: int = 1

    @property
    def instance(self) -> Instance:
        """The first, which is the one that is drawn."""
        return self.members[0]


def shapes_of(member: Member) -> list[Shape]:
    """The shapes of a member's values, each once."""
    last = member[-1]
    values = (last,) if isinstance(last, Node) else last.output
    return list(dict.fromkeys(node.output for node in values))


class Folding:
    """The boxes and frames of a selection.

    Attributes:
        inside: what stands in the figure itself.
        framed: False where no frames are drawn, so that only boxes repeat.
        apart: what is not written into the box of what it reads, where that is asked for.
    """

    def __init__(
        self, selection: Selection, framed: bool = True, apart: Collection[Node] = ()
    ) -> None:
        self.selection, self.detail, self.framed = selection, selection.detail, framed
        self.apart = apart
        self.preactivated: dict[Instance, bool] = {}
        self.shown = set(selection.nodes)
        self.repeats = Repeats(selection)
        self.inside = self._inside(selection.root)

    def _inside(self, instance: Instance) -> list[Box | Frame]:
        if instance.parent is None and self.detail.level == "network" and not self.detail.parts:
            return [Box([(instance,)])]
        found: list[Box | Frame] = []
        for child in instance.children:
            if self.shown.isdisjoint(nodes_of((child,))) or _unseen(child):
                continue
            if isinstance(child, Node) or self.selection.folds(child):
                entry: Box | Frame = Box([(child,)])
            else:
                entry = Frame([child], self._inside(child))
                if not entry.inside:
                    continue
                named = self.framed and child.label is not None
                if self.detail.fuse and not named and len(entry.inside) == 1:
                    entry = entry.inside[0]
                elif self.detail.fuse and not named and self.is_strand(entry):
                    found += entry.inside
                    continue
            before = found[-1] if found else None
            if isinstance(before, Box) and isinstance(entry, Box) and self.fuses(before, entry):
                before.members = [(*before.parts, *entry.parts)]
            else:
                found.append(entry)
        return self._repeated(found) if self.detail.repeat != "none" else found

    def _repeated(self, entries: list[Box | Frame]) -> list[Box | Frame]:
        found: list[Box | Frame] = []
        for entry in entries:
            if found and self.goes_on(found[-1], entry):
                found[-1].times += entry.times
                _join(found[-1], entry)
            else:
                found.append(entry)
        return found

    def fuses(self, before: Box, after: Box) -> bool:
        """Whether a box is written into the one before: a normalisation, an activation.

        What reads a value with a note is not, as then there were no arrow for it.
        """
        if not self.detail.fuse or before.times > 1 or after.times > 1:
            return False
        last = before.parts[-1]
        if isinstance(last, Node) and note_of(last) is not None:
            return False
        first, place = _place(last), _place(after.part)
        if place is None or place == 1 or (first or 4) >= place or after.part in self.apart:
            return False
        if place == 2 and self.is_preactivated(after.part):
            return False
        return self.repeats.joint(before.parts, after.parts) is not None

    def is_preactivated(self, part: Part) -> bool:
        """Whether it stands in a block that begins with a normalisation and an activation."""
        unit = (part.scope if isinstance(part, Node) else part).unit
        if unit not in self.preactivated:
            first = list(islice(unit.nodes(), 2))
            begins = [n.op.category for n in first] == ["normalisation", "activation"]
            self.preactivated[unit] = begins and first[1].inputs == (first[0],)
        return self.preactivated[unit]

    def is_strand(self, frame: Frame) -> bool:
        """Whether a frame holds boxes in a row and nothing but that: a branch of a merge."""
        if any(isinstance(entry, Frame) for entry in frame.inside):
            return False
        nodes = list(frame.instance.nodes())
        merges = [reader for reader in self.repeats.readers.get(nodes[-1], ()) if reader.op.merges]
        joined = any(merge.scope is frame.instance.parent for merge in merges)
        return joined and all(
            self.repeats.joint((a,), (b,)) is not None for a, b in pairwise(nodes)
        )

    def goes_on(self, before: Box | Frame, after: Box | Frame) -> bool:
        """Whether what comes after is one more of the same.

        It is equal, or with `repeat` alike so, to what comes before, and reads all that this
        gives, alone, as each member of what is repeated reads the one before it.
        """
        boxes = isinstance(before, Box) and isinstance(after, Box)
        if not boxes and not (self.framed and _drawn_alike(before, after)):
            return False
        alike = boxes and self.detail.repeat == "alike"
        last = _members(before, max(before.times - 2, 0), before.times)
        first = _members(after, 0, min(after.times, 2))
        return self.repeats.goes_on(last, first, alike)

    @cached_property
    def boxes(self) -> list[Box]:
        """All boxes, in the order of the spec."""
        return list(boxes_in(self.inside))

    @cached_property
    def box_of(self) -> dict[Node, Box]:
        """The box each shown node is drawn as, or within; of a merge of one operand, that's."""
        found = {n: box for box in self.boxes for n in box.nodes() if n in self.shown}
        for node in self.selection.nodes:
            if alone(node) and node.inputs[0] in found:
                found.setdefault(node, found[node.inputs[0]])
        return found

    @cached_property
    def frames(self) -> list[Frame]:
        """All frames, each before those within."""
        return list(_frames(self.inside))

    @cached_property
    def turns(self) -> dict[Node, dict[Frame, int]]:
        """For nodes in frames with ×N: in which of each frame's members they stand."""
        found: dict[Node, dict[Frame, int]] = {}
        for frame in self.frames:
            if frame.times > 1:
                for turn, member in enumerate(frame.members):
                    for node in member.nodes():
                        found.setdefault(node, {})[frame] = turn
        return found


def boxes_in(inside: Iterable[Box | Frame]) -> Iterator[Box]:
    """The boxes among entries and in their frames, in order."""
    for entry in inside:
        if isinstance(entry, Frame):
            yield from boxes_in(entry.inside)
        else:
            yield entry


def _frames(inside: Iterable[Box | Frame]) -> Iterator[Frame]:
    for entry in inside:
        if isinstance(entry, Frame):
            yield entry
            yield from _frames(entry.inside)


def run_of(entry: Box | Frame) -> list[Member]:
    """The members that follow one another."""
    return _members(entry, 0, entry.times)


def _members(entry: Box | Frame, start: int, end: int) -> list[Member]:
    if isinstance(entry, Box):
        return entry.members[start:end]
    return [(instance,) for instance in entry.members[start:end]]


def _drawn_alike(one: Box | Frame, other: Box | Frame) -> bool:
    """Whether as many nodes, of equals, are in each of the boxes of two frames."""
    if isinstance(one, Box) and isinstance(other, Box):
        counts = [[len(list(nodes_of(m))) for m in box.run] for box in (one, other)]
        return counts[0] == counts[1]
    if isinstance(one, Box) or isinstance(other, Box) or len(one.inside) != len(other.inside):
        return False
    pairs = zip(one.inside, other.inside, strict=True)
    return all(a.times == b.times and _drawn_alike(a, b) for a, b in pairs)


def _join(one: Box | Frame, other: Box | Frame) -> None:
    """Lets what is drawn once stand for the other as well."""
    if isinstance(one, Box) and isinstance(other, Box):
        one.members += other.members
    elif isinstance(one, Frame) and isinstance(other, Frame):
        one.members += other.members
        for a, b in zip(one.inside, other.inside, strict=True):
            _join(a, b)


def _unseen(part: Part) -> bool:
    return isinstance(part, Node) and alone(part)


def _place(part: Part) -> int | None:
    """The place of an op in a fused box: a layer with weights, a normalisation, an activation."""
    if not isinstance(part, Node):
        return None
    if part.op.makes is not None:
        return 1
    return {"normalisation": 2, "activation": 3}.get(part.op.category)
