"""What repeats: equals, or blocks that are alike, that follow one another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from archspec.figures.detail import Selection
from archspec.figures.marks import note_of
from archspec.ir.graph import Bundle, Instance, Node
from archspec.ops.base import Op
from archspec.ops.types import KindName

Part = Node | Instance
Member = tuple[Part, ...]
"""What one box stands for: a part, or several in a row that are fused."""

Joint = tuple[int, ...]
"""How a member reads the one before it: which of its nodes, in the order in which they are read."""

_NO_STRUCTURE: frozenset[KindName] = frozenset(["probability"])
"""What equal blocks may differ in: the rate at which values are dropped."""
_LOOSE: frozenset[KindName] = _NO_STRUCTURE | {"channels", "groups", "rate"}
"""What alike blocks may differ in: also their width, and by how much branches are scaled."""


def nodes_of(member: Member) -> Iterator[Node]:
    """The nodes of one member of a box."""
    for part in member:
        if isinstance(part, Node):
            yield part
        else:
            yield from part.nodes()


class Repeats:
    """Compares what stands side by side in a selection."""

    def __init__(self, selection: Selection) -> None:
        self.shown = set(selection.nodes)
        self.readers = selection.graph.readers
        self.by_path = selection.graph.by_path
        outputs = selection.graph.outputs
        self.ends = {o.node for o in outputs}
        self.lasting_ends = {o.node for o in outputs if not o.train_only}
        self.forms: dict[tuple[object, ...], int] = {}
        self.known: dict[tuple[Member, bool], int] = {}

    def equal(self, one: Member, other: Member) -> bool:
        """Whether the same ops are wired alike, on equal shapes."""
        return self.form(one) == self.form(other)

    def alike(self, one: Member, other: Member) -> bool:
        """Whether they are instances of a block, of like ops on like resolutions, wired alike."""
        blocks = [p.block for m in (one, other) for p in m if isinstance(p, Instance)]
        named = blocks[0].name if len(blocks) == 2 and blocks[0] else None
        if named is None or len(one) + len(other) > 2 or blocks[1] is None:
            return False
        same = named == blocks[1].name
        return same and self.form(one, exact=False) == self.form(other, exact=False)

    def joint(self, before: Member, after: Member, training: bool = False) -> Joint | None:
        """How what is given by one is read by the other; None where anything else is or does.

        Args:
            training: whether what is for training only may read from within `before` as well.
        """
        others, nodes = list(nodes_of(before)), list(nodes_of(after))
        within, known = set(others), {*others, *nodes}
        place = {node: i for i, node in enumerate(others)}
        mine = set(nodes)
        read = list(dict.fromkeys(s for n in nodes for s in n.inputs if s not in mine))
        given = set()
        for node in others:
            leave = {
                reader
                for reader in self.readers.get(node, ())
                if reader not in within
                and not (training and reader.train_only and not node.train_only)
            }
            if not leave <= known:
                return None
            if leave:
                given.add(node)
        ends = self.lasting_ends if training else self.ends
        follow = given and set(read) == given and known <= self.shown
        if not follow or not within.isdisjoint(ends):
            return None
        return tuple(place[source] for source in read)

    def goes_on(self, before: Sequence[Member], after: Sequence[Member], alike: bool) -> bool:
        """Whether members are more of the same: each reads all that the one before it gives.

        They are equal, or also alike where that is asked for; and no note names what one gives that
        does not name what the next one gives.
        """
        last, first = before[-1], after[0]
        wide = alike and self.alike(last, first)
        if not wide and not self.equal(last, first):
            return False
        if _is_named_apart(last, first):
            return False
        row = pairwise((*before[-2:], *after[:2]))
        joints = {self.joint(one, other, training=wide) for one, other in row}
        return len(joints) == 1 and None not in joints

    def form(self, member: Member, exact: bool = True) -> int:
        """A number that equals share, or where it need not be exact, those that are alike.

        At which rates values are dropped does not count.

        Weights that are shared within the member say no more than that, and those from elsewhere
        whose they are.
        """
        if (member, exact) not in self.known:
            self.known[member, exact] = self._form(member, exact)
        return self.known[member, exact]

    def _form(self, member: Member, exact: bool) -> int:
        nodes = list(nodes_of(member))
        places: dict[Node, object] = {}
        mine = {node: i for i, node in enumerate(nodes)}
        rows: list[object] = []
        for node in nodes:
            inputs = []
            for source in node.inputs:
                if source not in mine and source not in places:
                    shape = source.output if exact else source.output[1:]
                    places[source] = ("from outside", len(places), shape)
                inputs.append(mine.get(source, places.get(source)))
            whose = mine.get(node.owner, node.owner.path) if node.shared else None
            op: object = node.op
            loose = _NO_STRUCTURE if exact else _LOOSE
            if not loose.isdisjoint(node.op.kinds().values()):
                op = _outline(node.op, loose)
            shape = node.output if exact else node.output[1:]
            said = (node.label, node.scope.label) if exact else None
            rows.append((op, tuple(inputs), shape, whose, node.train_only, said))
        blocks = tuple(
            (p.block and p.block.name, (p.kind, p.label) if exact else None)
            for p in member
            if isinstance(p, Instance)
        )
        return self.forms.setdefault((exact, blocks, *rows), len(self.forms))


def _is_named_apart(before: Member, after: Member) -> bool:
    """Whether what one gives has a note, and what the next one gives another or none."""
    notes = [note_of(node) for node in _given(before)]
    return any(notes) and notes != [note_of(node) for node in _given(after)]


def _given(member: Member) -> Bundle:
    last = member[-1]
    return (last,) if isinstance(last, Node) else last.output


def _outline(op: Op, loose: Collection[KindName]) -> tuple[object, ...]:
    """The op's name and attributes without those of kinds that may differ."""
    kept = (key for key, kind in op.kinds().items() if kind not in loose)
    return (op.name, *(getattr(op, key) for key in kept))
