"""What a figure shows: boxes, frames, and the arrows between boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from archspec.analysis.bypass import signal
from archspec.figures.detail import Detail, Selection
from archspec.figures.folding import Box, Folding, Frame
from archspec.figures.formulas import formulas
from archspec.figures.residuals import Group, residuals
from archspec.figures.skips import ranks, skips
from archspec.ir.graph import Graph, Node, Output
from archspec.ops.types import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """A value on its way from one box to another.

    Attributes:
        value: the node whose value it is; within `tail`, or `tail` itself.
        operand: its position where the head is a node; None where the head is folded.
        skip: True where the same two boxes are also joined by a longer way.
        shape: what is to be written of the value's shape, if anything is.
        only: True where, skips and what is for training only aside, no other box reads what the
            tail gives.
        alone: True where, skips aside, the head reads nothing else.
        length: how many arrows the longest way to the head has more than that to the tail.
        note: the formula that the spec has for the value, on one of the arrows that bear it.
    """

    value: Node
    tail: Box
    head: Box
    operand: int | None
    skip: bool
    shape: Shape | None
    only: bool
    alone: bool
    length: int
    note: str | None = None

    @property
    def news(self) -> bool:
        """Whether anything is to be written of the shape."""
        return self.shape is not None

    @property
    def refers(self) -> bool:
        """Whether the value's shape alone is read, as by `crop: {like: up}`."""
        part = self.head.part
        if self.operand is None or not isinstance(part, Node):
            return False
        return self.operand >= len(signal(part))


class Figure:
    """A graph as it is shown.

    Args:
        framed: whether frames are drawn; where they are not, only boxes bear ×N.
        apart: nodes that are not to be written into the box of what they read.

    Attributes:
        inside: what stands in it, frames holding their own.
        sources: boxes for values that come from where the figure does not reach.
    """

    def __init__(
        self,
        graph: Graph,
        detail: Detail | None = None,
        framed: bool = True,
        apart: Collection[Node] = (),
    ) -> None:
        self.graph = graph
        self.detail = detail or Detail()
        self.selection = Selection(graph, self.detail)
        self.folding = Folding(self.selection, framed, apart)
        self.inside: list[Box | Frame] = self.folding.inside
        self.box_of = dict(self.folding.box_of)
        self.sources = [Box([(node,)]) for node in self._outside()]
        self.box_of.update((node, box) for box in self.sources for node in box.nodes())
        for node in self.selection.nodes:
            if node not in self.box_of:  # a merge of what comes from outside alone
                self.box_of[node] = self.box_of[node.inputs[0]]

    def _outside(self) -> Iterator[Node]:
        """Inputs, and values that are made where the figure does not reach; each once."""
        seen: dict[Node, None] = {}
        for node in self.selection.nodes:
            if node.op.internal:
                seen[node] = None
            for source in node.inputs:
                if source not in self.box_of and source not in self.folding.shown:
                    seen[source] = None
        seen |= dict.fromkeys(node for node in self._given_on if node not in self.folding.shown)
        yield from seen

    @cached_property
    def outputs(self) -> list[Output]:
        """What leaves the figure: the network's outputs, or those of the part that is shown.

        What the part is given is no value of its own, whoever else reads it, unless it gives that
        on.
        """
        own = set(self.selection.nodes)
        shown = [output for output in self.graph.outputs if output.node in own]
        if not self.detail.parts and self.detail.end is None:
            return shown
        read = (
            source
            for node in self.graph.nodes
            if node not in own
            for source in node.inputs
            if source in self.folding.box_of
        )
        found = dict.fromkeys(output.node for output in shown)
        more = dict.fromkeys(node for node in (*read, *self._given_on) if node not in found)
        return [*shown, *(Output(node.path, node) for node in more)]

    @property
    def _given_on(self) -> Iterator[Node]:
        """The values of a part by itself that are made where the figure does not reach."""
        if self.detail.parts and self.detail.end is None:
            own = set(self.folding.box_of)
            yield from (node for node in self.selection.root.output if node not in own)

    @cached_property
    def arrows(self) -> list[Arrow]:
        """In execution order of the heads, then by operand.

        A folded head reads each value once; a node has an arrow for each operand. That each
        member of a frame with ×N reads the one before goes without an arrow.
        """
        edges = list(self._edges())
        after: dict[Box, dict[Box, None]] = {}
        for _, tail, head, _ in edges:
            after.setdefault(tail, {})[head] = None
        rank = ranks(after)
        beside = skips(after, rank)
        before: dict[Box, set[Box]] = {}
        for _, tail, head, _ in edges:
            if (tail, head) not in beside:
                before.setdefault(head, set()).add(tail)
        ahead = {
            tail: {head for head in heads if (tail, head) not in beside and not head.train_only}
            for tail, heads in after.items()
        }
        given = {  # what is said of the shapes of all that a skip goes beside
            tail: {self.said(shape) for head in after[tail] for shape in head.shapes}
            for tail in {tail for tail, _ in beside}
        }
        told = {node for box in self.sources for node in box.nodes()}
        arrows = []
        for value, tail, head, operand in edges:
            skip = (tail, head) in beside
            if skip:
                news = given[tail] != {self.said(value.output)}
            else:
                news = value not in told and self._changes(tail, value)
                told.add(value)
            news = news or self.detail.shapes == "all"
            shape = self.said(value.output) if news else None
            only = ahead[tail] <= {head}
            alone = before.get(head, {tail}) == {tail}
            length = rank[head] - rank.get(tail, 0)
            arrows.append(Arrow(value, tail, head, operand, skip, shape, only, alone, length))
        return self._noted(arrows)

    def _noted(self, arrows: list[Arrow]) -> list[Arrow]:
        """With a formula on the first arrow of each value that has one, a skip only if need be."""
        noted: dict[Node, Arrow] = {}
        for arrow in arrows:
            if arrow.value in self.formulas and not arrow.refers:
                first = noted.setdefault(arrow.value, arrow)
                if first.skip and not arrow.skip:
                    noted[arrow.value] = arrow
        chosen = set(noted.values())
        return [
            replace(arrow, note=self.formulas[arrow.value]) if arrow in chosen else arrow
            for arrow in arrows
        ]

    @cached_property
    def formulas(self) -> dict[Node, str]:
        """What the spec has for values that are drawn."""
        return formulas(self.folding)

    def note_of(self, output: Output) -> str | None:
        """The formula of a value that only leaves the figure."""
        return None if output.node in self._read else self.formulas.get(output.node)

    @cached_property
    def _read(self) -> set[Node]:
        """The values on arrows."""
        return {arrow.value for arrow in self.arrows}

    @cached_property
    def residuals(self) -> list[Group]:
        """What is to have a frame because it is added to a skip; the larger ones first."""
        return residuals(self.graph, self.inside) if self.detail.residuals else []

    def said(self, shape: Shape) -> Shape | None:
        """What is written of a shape where it changes."""
        if self.detail.shapes == "none":
            return None
        return shape[:1] if self.detail.shapes == "channels" else shape

    def _changes(self, tail: Box, value: Node) -> bool:
        """Whether the shape is not to be seen in the box itself, nor on the way into it."""
        part = tail.part
        if not isinstance(part, Node):
            return tail.shapes != [value.output]
        said = self.said(value.output)
        return bool(part.inputs) and said != self.said(part.input_shapes[0])

    def _edges(self) -> Iterator[tuple[Node, Box, Box, int | None]]:
        seen: set[tuple[Node, Box]] = set()
        for node in self.selection.nodes:
            head = self.box_of[node]
            for operand, value in enumerate(node.inputs):
                tail = self.box_of[value]
                if tail is head or not self._once(value, node):
                    continue
                if head.times == 1 and head.parts == (node,):
                    yield value, tail, head, operand
                elif (value, head) not in seen:
                    seen.add((value, head))
                    yield value, tail, head, None

    def _once(self, value: Node, reader: Node) -> bool:
        """Whether both are in the member that is drawn of every frame that they have in common."""
        read, reads = (self.folding.turns.get(node, {}) for node in (value, reader))
        return all(read[frame] == reads[frame] == 0 for frame in read if frame in reads)
