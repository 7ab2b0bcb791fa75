"""Figures as boxes and wires: a whole network, or a block within it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from archspec.backends.strips import arcs
from archspec.drawing.columns import Edge, columns
from archspec.drawing.figure import Figure
from archspec.drawing.folding import Box
from archspec.drawing.maps import Maps, in_order
from archspec.graph import Node
from archspec.ops.stencil import still

MANY, LONG = 30, 9
"""Boxes, and boxes in a row, from which on a block is no small picture; of what is made of itself,
which is seen in the whole alone, three times as many."""


@dataclass(frozen=True)
class Topology:
    """What is drawn, in an order in which what is read comes first.

    Attributes:
        maps: a box each; first those from outside.
        wires: which reads which, by number, and whether the arrow is dashed.
        ends: the numbers of the boxes that give the figure's values; the last is the main one.
        names: of the values that a network gives, where there are several, by the number of the
            box; what is given in training only has none.
        bodies: of boxes that stand for blocks without the concatenation at their end, what these
            end in.
        notes: the formulas on the arrows that leave boxes.
    """

    figure: Figure
    maps: list[Maps]
    wires: dict[Edge, bool]
    ends: list[int]
    notes: dict[Box, str]
    names: dict[str, int] = field(default_factory=dict)
    bodies: Mapping[Maps, Node] = field(default_factory=dict)

    @property
    def before(self) -> list[list[int]]:
        """What each box reads, by number."""
        found: list[list[int]] = [[] for _ in self.maps]
        for tail, head in self.wires:
            found[head].append(tail)
        return found

    def note(self, maps: Maps) -> str | None:
        """The formula on the arrow that leaves a box, or what goes with it."""
        boxes = (*reversed(maps.passing), maps.box)
        return next((self.notes[box] for box in boxes if box in self.notes), None)

    @property
    def end(self) -> int | None:
        """The number of the box that gives the main value."""
        return self.ends[-1] if self.ends else None

    @property
    def form(self) -> object:
        """What those share that have ops of one name and kernel, wired alike."""
        return tuple(map(_outline, self.maps)), frozenset(self.wires)

    @property
    def chain(self) -> bool:
        """Whether each box reads one, and is read by one."""
        tails, heads = zip(*self.wires, strict=True) if self.wires else ((), ())
        return len(set(tails)) == len(set(heads)) == len(self.wires)

    @cached_property
    def times(self) -> dict[Edge, int]:
        """How many operands of a box are one value, where these are several, as in x · x."""
        number = {box: n for n, maps in enumerate(self.maps) for box in (maps.box, *maps.passing)}
        found: Counter[Edge] = Counter()
        for arrow in self.figure.arrows:
            ends = number.get(arrow.tail), number.get(arrow.head)
            if arrow.operand is not None and not arrow.refers and None not in ends:
                found[ends] += 1  # type: ignore[index]
        return {edge: count for edge, count in found.items() if count > 1 and edge in self.wires}

    @cached_property
    def length(self) -> int:
        """Boxes in the longest row."""
        return max(columns(len(self.maps), list(self.wires)), default=0) + 1

    @property
    def slim(self) -> bool:
        """Whether so many boxes are in a row that there is little room for each."""
        return self.length > LONG or bool(self.rows)

    @cached_property
    def rows(self) -> list[tuple[arcs.Row, list[Edge]]]:
        """The rows of boxes with arcs over them, and these arcs."""
        return arcs.rows(len(self.maps), list(self.wires), self.end)

    @property
    def sources_of_arcs(self) -> list[int]:
        """The values from outside that such rows begin with."""
        return [row[0] for row, _ in self.rows if self.maps[row[0]].source]

    def without(self, same: Mapping[int, int], gone: Collection[int] = ()) -> Topology:
        """The same without some boxes.

        Args:
            same: boxes that another one stands for, which is before them and stays.
            gone: boxes that nothing stands for, and their wires with them.
        """
        kept = [n for n in range(len(self.maps)) if n not in same and n not in gone]
        place = {number: i for i, number in enumerate(kept)}
        place.update((number, place[tail]) for number, tail in same.items())
        wires: dict[Edge, bool] = {}
        for (tail, head), dashed in self.wires.items():
            if head not in same and tail not in gone and head not in gone:
                edge = place[tail], place[head]
                wires[edge] = wires.get(edge, True) and dashed
        ends = list(dict.fromkeys(place[end] for end in self.ends))
        names = {name: place[end] for name, end in self.names.items()}
        return replace(self, maps=[self.maps[n] for n in kept], wires=wires, ends=ends, names=names)


def _outline(maps: Maps) -> object:
    if maps.source:
        return None
    ops = (node.op for node in maps.box.nodes())
    return tuple((op.name, getattr(op, "kernel_size", None)) for op in ops)


def topology(figure: Figure) -> Topology:
    """The boxes of a figure."""
    maps = [Maps(box, source=True) for box in figure.sources]
    maps += [Maps(box) for box in in_order(figure)]
    number = {one.box: i for i, one in enumerate(maps)}
    wires: dict[Edge, bool] = {}
    for arrow in figure.arrows:
        edge = number[arrow.tail], number[arrow.head]
        dashed = arrow.refers or arrow.value.train_only or arrow.head.train_only
        wires[edge] = wires.get(edge, True) and dashed
    outputs = sorted(figure.outputs, key=lambda output: not output.train_only)
    ends = dict.fromkeys(number[figure.box_of[output.node]] for output in outputs)
    shown = {(output.name, output.node) for output in outputs}
    given = [o for o in figure.graph.outputs if not o.train_only and (o.name, o.node) in shown]
    names = {output.name: number[figure.box_of[output.node]] for output in given}
    names = names if len(names) > 1 else {}
    return Topology(figure, maps, wires, list(ends), _notes(figure), names)


def _notes(figure: Figure) -> dict[Box, str]:
    """The formulas of what each box gives: of several values all of them."""
    notes: dict[Box, dict[str, None]] = {}
    for output in figure.outputs:
        if note := figure.note_of(output):
            notes.setdefault(figure.box_of[output.node], {})[note] = None
    for arrow in figure.arrows:
        if arrow.note:
            notes.setdefault(arrow.tail, {})[arrow.note] = None
    return {box: ", ".join(said) for box, said in notes.items()}


def settled(one: Topology) -> Topology:
    """The same without boxes that a lecturer leaves out, which go with what they read."""
    before = one.before
    into: dict[int, int] = {}
    for number, (maps, tails) in enumerate(zip(one.maps, before, strict=True)):
        if len(tails) == 1 and not one.maps[tails[0]].source and _left_out(maps):
            into[number] = into.get(tails[0], tails[0])
            one.maps[into[number]].passing.append(maps.box)
    return one.without(into)


def _left_out(maps: Maps) -> bool:
    """Whether a box is a dropout, makes one axis of all, or pools what is no larger than wanted.

    What has a label is drawn.
    """
    part = maps.box.part
    if maps.source or not isinstance(part, Node) or part.label is not None:
        return False
    family = part.op.family()
    if family == "pool":
        return part.op.stencils(part.input_shapes, part.output) == (still(len(part.output)),)
    return family == "dropout" or (family == "shape" and len(part.output) == 1)


def joined(one: Topology) -> Topology:
    """The same with all that comes from outside as one, or as nothing where one box reads it."""
    count = sum(maps.source for maps in one.maps)
    if count == 0:
        return one
    readers = {head for tail, head in one.wires if tail < count}
    kept = [] if len(readers) == 1 else [one.maps[0]]
    shift = count - len(kept)
    wires: dict[Edge, bool] = {}
    for (tail, head), dashed in one.wires.items():
        if tail >= count or kept:
            edge = max(tail - shift, 0), head - shift
            wires[edge] = wires.get(edge, True) and dashed
    ends = [max(end - shift, 0) for end in one.ends]
    return replace(one, maps=[*kept, *one.maps[count:]], wires=wires, ends=ends)
