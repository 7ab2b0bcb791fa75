"""Which feature maps a picture of volumes shows: a figure with what only passes values on left out.

A normalisation, an activation, a dropout, a flattening, a crop makes no maps that one would draw:
it is folded into what it reads. What remains is a volume for each input and each box that
computes, and a joint where values are added, with a link wherever one reads another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archspec.analysis.bypass import signal, weighted
from archspec.figures.figure import Arrow, Figure
from archspec.figures.folding import Box
from archspec.figures.marks import joins, passes_on, sole_op
from archspec.figures.resolution import Resolutions
from archspec.ir.graph import Instance, Node
from archspec.ops.types import Category, Shape


@dataclass(eq=False, slots=True)
class Maps:
    """What is drawn as one volume, or as one joint.

    Attributes:
        box: what makes the maps.
        passing: what is folded into it, in the figure's order.
        leading: what it reads through, such as zeros around maps, and nothing else does.
        source: whether they come from outside of the figure.
        whose: what has the weights that the box uses, if not the box itself.
        known: what the box is called by others in the figure that use its weights.
        again: whether these weights are those of the box that it alone reads, time after time.
        after: of a run of boxes that it hangs on, which it reads.
    """

    box: Box
    passing: list[Box] = field(default_factory=list)
    leading: list[Box] = field(default_factory=list)
    source: bool = False
    whose: str = ""
    known: str = ""
    again: bool = False
    after: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """That of the maker's value; of its first where it has several."""
        return self.box.shapes[0]

    @property
    def joint(self) -> bool:
        """Whether it puts values on one another, and is drawn as a sign in a circle."""
        part = self.box.part
        return not self.source and isinstance(part, Node) and joins(part) and not part.op.stacks

    @property
    def stacking(self) -> bool:
        """Whether it is a concatenation."""
        part = self.box.part
        return not self.source and isinstance(part, Node) and part.op.stacks

    @property
    def signed(self) -> bool:
        """Whether a sign or a bar says what it is, and no words: a merge without a label."""
        return (self.joint or self.stacking) and self.box.part.label is None

    @property
    def kind(self) -> Category:
        """Of the op that makes them; of a folded block its only op, or last layer with weights."""
        part = maker(self)
        if isinstance(part, Node):
            return part.op.category
        nodes = list(self.box.nodes())
        nodes = [node for node in nodes if weighted(node)] or nodes
        return nodes[-1].op.category

    @property
    def folded(self) -> bool:
        """Whether it is a block of several layers, and none of these."""
        return not self.source and isinstance(maker(self), Instance)

    @property
    def train_only(self) -> bool:
        return self.box.train_only


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Maps that others are made from.

    Attributes:
        arrow: the first of the figure's arrows that it stands for.
        on_the_way: what is folded into the tail and changes the shape of what the head reads.
    """

    arrow: Arrow
    tail: Maps
    head: Maps
    on_the_way: tuple[Node, ...]


class Selected:
    """The maps of a figure, and the links between them.

    Attributes:
        maps: in an order in which a tail comes before its heads.
        of: the maps that each box is, or is folded into.
        links: one for each pair of maps, by heads in that order.
        into: the links to each of the maps.
        resolutions: which maps have one.
        kinds: of the op that makes the maps; of a concatenation what most of its maps are, of a
            folded vector what that is; what makes maps larger is of the kind of what enlarges,
            whatever its op.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        reads: dict[Box, list[Arrow]] = {}
        for arrow in figure.arrows:
            if carries(arrow):
                reads.setdefault(arrow.head, []).append(arrow)
        self.maps = [Maps(box, source=True) for box in figure.sources]
        self.of: dict[Box, Maps] = {maps.box: maps for maps in self.maps}
        for box in in_order(figure):
            tails = {arrow.tail for arrow in reads.get(box, ())}
            if len(tails) == 1 and _passes_on(box):
                self.of[box] = self.of[tails.pop()]
                self.of[box].passing.append(box)
            else:
                self.of[box] = Maps(box)
                self.maps.append(self.of[box])
        self.links = list(self._links(reads))
        self.into: dict[Maps, list[Link]] = {maps: [] for maps in self.maps}
        for link in self.links:
            self.into[link.head].append(link)
        self.resolutions = Resolutions(figure)
        self.kinds: dict[Maps, Category] = {}
        for maps in self.maps:
            self.kinds[maps] = "upsampling" if self._enlarges(maps) else maps.kind
            if not maps.source and all(_folds(node) for node in maps.box.nodes()):
                self.kinds[maps] = self.kinds[self.into[maps][0].tail]
            if maps.stacking and self.into[maps]:
                widest = max(self.into[maps], key=lambda link: link.arrow.value.output[0])
                self.kinds[maps] = self.kinds[widest.tail]

    def _enlarges(self, maps: Maps) -> bool:
        """Whether an op by itself leads to a finer resolution."""
        part = maker(maps)
        if maps.source or not isinstance(part, Node) or len(self.into[maps]) != 1:
            return False
        tail, space = self.into[maps][0].tail, part.input_shapes[0][1:]
        if len(tail.shape) != len(maps.shape):  # of a vector that becomes maps on the way
            return bool(space) and max(maps.shape[1:], default=0) >= 2 * max(space)
        return self.resolutions.finer(maps.box, tail.box)

    def _links(self, reads: dict[Box, list[Arrow]]) -> Iterator[Link]:
        for maps in self.maps:
            arrows = reads.get(maps.box, [])
            for tail in dict.fromkeys(self.of[arrow.tail] for arrow in arrows):
                arrow = next(arrow for arrow in arrows if self.of[arrow.tail] is tail)
                yield Link(arrow, tail, maps, self._on_the_way(arrow, reads))

    def _on_the_way(self, arrow: Arrow, reads: dict[Box, list[Arrow]]) -> tuple[Node, ...]:
        found: list[Node] = []
        maps, box = self.of[arrow.tail], arrow.tail
        while box is not maps.box:
            changing = (node for node in box.nodes() if node.output != node.input_shapes[0])
            found += [node for node in changing if node.op.adapts]
            box = reads[box][0].tail
        return tuple(reversed(found))


def carries(arrow: Arrow) -> bool:
    """Whether anything in the head reads the values, and not their size or choice alone."""
    return any(arrow.value in signal(node) for node in arrow.head.nodes())


def in_order(figure: Figure) -> list[Box]:
    """The boxes, each after all that it reads."""
    seen: dict[Box, None] = {}
    left: dict[Box, set[Node]] = {box: set(box.nodes()) for box in figure.folding.boxes}
    for node in figure.selection.nodes:
        box = figure.box_of[node]
        if box not in left:
            continue
        left[box].discard(node)
        if not left[box]:
            seen[box] = None
    return [*seen, *(box for box in left if box not in seen)]


def _passes_on(box: Box) -> bool:
    return all(passes_on(node) for node in box.nodes()) and not any(map(_folds, box.nodes()))


def _folds(node: Node) -> bool:
    """Whether maps are made of a vector: the same values, and yet one draws them."""
    return passes_on(node) and len(node.output) > 1 and all(len(s) == 1 for s in node.input_shapes)


def maker(maps: Maps) -> Node | Instance:
    """What maps are named for: of a block that computes once, the op that does."""
    part = maps.box.part
    if isinstance(part, Instance) and part.parent is not None and part.label is None:
        return sole_op(part) or part
    return part
