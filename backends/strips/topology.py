"""Figures as boxes and wires: a whole network, or a block within it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from archspec.backends.strips import arcs
from archspec.backends.strips.cells import Cell
from archspec.figures.columns import Edge, columns
from archspec.figures.figure import Arrow, Figure
from archspec.figures.folding import Box
from archspec.figures.lenders import borrowed, known_as
from archspec.figures.maps import Maps, carries, in_order, maker
from archspec.figures.marks import idles, rearranges
from archspec.figures.repeats import nodes_of
from archspec.figures.words import shape_words
from archspec.ir.graph import Instance, Node, Output
from archspec.ops.types import Shape

MANY, LONG = 32, 9
"""Boxes, and boxes in a row, from which on a block is no small picture; of what is made of itself,
which is seen in the whole alone, three times as many."""


@dataclass(frozen=True)
class Topology:
    """What is drawn, in an order in which what is read comes first.

    Attributes:
        maps: a box each; first those from outside.
        wires: which reads which, by number, and whether the arrow is dashed.
        ends: the numbers of the boxes that give the figure's values; the last is the main one.
        names: of the values that a network gives, by the number of the box; what is made in
            training only has none.
        losses: those of these names that are given in training only, for a loss of their own.
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
    losses: Collection[str] = ()
    bodies: Mapping[Maps, Node] = field(default_factory=dict)

    @cached_property
    def before(self) -> list[list[int]]:
        """What each box reads, by number."""
        found: list[list[int]] = [[] for _ in self.maps]
        for tail, head in self.wires:
            found[head].append(tail)
        return found

    @cached_property
    def after(self) -> list[list[int]]:
        """What reads each box, by number."""
        found: list[list[int]] = [[] for _ in self.maps]
        for tail, head in self.wires:
            found[tail].append(head)
        return found

    @property
    def sources(self) -> range:
        """The numbers of the values from outside."""
        return range(sum(maps.source for maps in self.maps))

    @property
    def in_a_row(self) -> bool:
        """Whether no boxes stand beside one another, whatever comes in."""
        count = len(self.sources)
        return len(self.maps) - count + bool(count) == self.length

    def note(self, maps: Maps) -> str | None:
        """The formula on the arrow that leaves a box, or what goes with it."""
        boxes = (*reversed(maps.passing), maps.box)
        return next((self.notes[box] for box in boxes if box in self.notes), None)

    @property
    def named(self) -> dict[str, int]:
        """The values of which the names are written: all, where there are several."""
        return self.names if len(self.names) - len(self.losses) > 1 else {}

    def called(self, end: int | None = None) -> list[str]:
        """What is written of values with names, of all or those of one box."""
        return [
            f"{name}, training only" if name in self.losses else name
            for name, number in self.named.items()
            if end in (None, number)
        ]

    @cached_property
    def for_losses(self) -> set[int]:
        """The boxes that are always there, and give a value in training only."""
        gives = {name in self.losses: set[int]() for name in self.names}
        for name, number in self.names.items():
            gives[name in self.losses].add(number)
        return gives.get(True, set()) - gives.get(False, set())

    @property
    def whole(self) -> bool:
        """Whether all of a network is shown, up to what it gives."""
        return not self.figure.detail.parts and self.figure.detail.end is None

    def given(self, maps: Maps) -> Shape:
        """The shape of what leaves a box, after what goes with it."""
        return (maps.passing[-1] if maps.passing else maps.box).shapes[0]

    @property
    def end(self) -> int | None:
        """The number of the box that gives the main value."""
        return self.ends[-1] if self.ends else None

    @property
    def form(self) -> object:
        """What those share that have ops of one name and kernel, wired alike.

        Of what comes in it is which boxes read any of it, if that is not a single one.
        """
        count = len(self.sources)
        wires = {(max(tail - count, -1), head - count) for tail, head in self.wires}
        entering = {wire for wire in wires if wire[0] < 0}
        wires -= entering if len(entering) == 1 else set()
        return tuple(map(_outline, self.maps[count:])), frozenset(wires)

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
    def aside(self) -> set[Edge]:
        """Arrows that carry other values of a block than its first, or of a run than its last."""
        number = {box: n for n, maps in enumerate(self.maps) for box in (maps.box, *maps.passing)}
        carried: dict[Edge, list[bool]] = {}
        for arrow in self.figure.arrows:
            part, tail, head = arrow.tail.part, number.get(arrow.tail), number.get(arrow.head)
            if tail is not None and head is not None and isinstance(part, Instance):
                first = len(part.output) < 2 or arrow.value is part.output[0]
                carried.setdefault((tail, head), []).append(first)
        found = {edge for edge, firsts in carried.items() if not any(firsts)} & set(self.wires)
        return found | self.early

    @cached_property
    def early(self) -> set[Edge]:
        """The arrows that leave a run before its end."""
        return {edge for edge in self.wires if self.maps[edge[1]].after}

    @cached_property
    def left_early(self) -> set[Maps]:
        """The runs that such arrows leave."""
        return {self.maps[tail] for tail, _ in self.early}

    @cached_property
    def switches(self) -> set[int]:
        """The boxes, no inputs, whose values are only ever referred to."""
        inputs = set(self.figure.graph.inputs)
        number = {maps.box: i for i, maps in enumerate(self.maps)}
        referred: set[int] = set()
        flows = {i for i, maps in enumerate(self.maps) if not inputs.isdisjoint(maps.box.nodes())}
        flows.update(self.ends)
        for arrow in self.figure.arrows:
            (flows if carries(arrow) else referred).add(number[arrow.tail])
        return referred - flows

    @cached_property
    def drawn(self) -> dict[object, Cell]:
        """Small pictures of it, by how they are drawn."""
        return {}

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
    nodes = maps.box.nodes()
    return tuple((n.op.name, n.op.kernel_sizes(len(n.output) - 1)) for n in nodes)


def topology(figure: Figure) -> Topology:
    """The boxes of a figure."""
    maps = [Maps(box, source=True) for box in figure.sources]
    maps += [Maps(box) for box in in_order(figure)]
    _lend(figure, maps)
    number = {one.box: i for i, one in enumerate(maps)}
    wires: dict[Edge, bool] = {}
    for arrow in figure.arrows:
        edge = number[arrow.tail], number[arrow.head]
        dashed = arrow.refers or arrow.value.train_only or arrow.head.train_only
        wires[edge] = wires.get(edge, True) and dashed
    outputs = sorted(figure.outputs, key=_rank(figure))
    ends = dict.fromkeys(number[figure.box_of[output.node]] for output in outputs)
    shown = {(output.name, output.node) for output in outputs}
    given = [o for o in figure.graph.outputs if (o.name, o.node) in shown]
    given = [o for o in given if not (o.train_only and figure.box_of[o.node].train_only)]
    names = {output.name: number[figure.box_of[output.node]] for output in given}
    losses = {output.name for output in given if output.train_only}
    return Topology(figure, maps, wires, list(ends), _notes(figure), names, losses)


def _rank(figure: Figure) -> Callable[[Output], tuple[bool, int]]:
    """A key by which the main value is the last: of a block the first, which flows on from it."""
    place = {node: n for n, node in enumerate(figure.selection.root.output)}
    inner = figure.selection.root.parent is not None
    return lambda output: (not output.train_only, -place.get(output.node, 0) if inner else 0)


def _lend(figure: Figure, maps: Sequence[Maps]) -> None:
    """Say of boxes whose weights they use, and of those that lend them what they go by.

    What lends them to nothing but the run that follows it needs no name.
    """
    at = {one.box: one for one in maps if not one.source}
    reads: dict[Box, set[Box]] = {}
    for arrow in figure.arrows:
        reads.setdefault(arrow.head, set()).add(arrow.tail)
    for one in at.values():
        lenders = list(borrowed(one.box.parts))
        names = [known_as(part, one.box.part) for part in lenders]
        one.whose = ", ".join(dict.fromkeys(names))
        for part, name in zip(lenders, names, strict=True):
            box = figure.box_of.get(next(nodes_of((part,))))
            lends = at.get(box) if box is not None else None
            if lends is None or lends is one or part not in lends.box.parts:
                continue
            one.again = one.box.times > 1 and len(lenders) == 1 and reads[one.box] == {box}
            if not one.again:
                lends.known = "" if part.label is not None else name


def _notes(figure: Figure) -> dict[Box, str]:
    """The formulas of what each box gives, of several values all of them; shapes, if asked for."""
    notes: dict[Box, dict[str, None]] = {}
    for output in figure.outputs:
        if note := figure.note_of(output):
            notes.setdefault(figure.box_of[output.node], {})[note] = None
    told: set[Node] = set()
    for arrow in figure.arrows:
        if arrow.note:
            notes.setdefault(arrow.tail, {})[arrow.note] = None
        if arrow.value not in told and (shape := _news(figure, arrow)):
            notes.setdefault(arrow.tail, {})[shape_words(shape)] = None
        told.add(arrow.value)
    return {box: ", ".join(said) for box, said in notes.items()}


def _news(figure: Figure, arrow: Arrow) -> Shape | None:
    """What is to be said of a shape, if shapes are asked for.

    A folded block does not say here what it gives, so that is news where it is not what it reads.
    """
    if figure.detail.shapes is None:
        return None
    part = arrow.tail.part
    if arrow.shape is not None or isinstance(part, Node) or not part.inputs:
        return arrow.shape
    before, after = (figure.said(one.output) for one in (part.inputs[0], arrow.value))
    return after if before != after else None


def settled(one: Topology) -> Topology:
    """The same without boxes that a lecturer leaves out, which go with what they read.

    Zeros around maps go with the layer that alone reads them, and so does another order of values
    that is taken back after it.
    """
    readers, back = one.after, _taken_back(one)
    into: dict[int, int] = {}
    for number, (maps, tails) in enumerate(zip(one.maps, one.before, strict=True)):
        if len(tails) != 1:
            continue
        (tail,) = tails
        owner = into.get(tail, tail)
        alone = number not in one.ends and len(readers[number]) == 1
        if (not one.maps[owner].source and _left_out(maps)) or number in back:
            one.maps[owner].passing.append(maps.box)
        elif alone and (number in back.values() or _leads(maps, one.maps[readers[number][0]])):
            one.maps[readers[number][0]].leading.append(maps.box)
        else:
            continue
        into[number] = owner
    return one.without(into)


def _taken_back(one: Topology) -> dict[int, int]:
    """Boxes that give values their order again, and those that changed it before a single box."""
    found: dict[int, int] = {}
    before, readers = one.before, one.after
    for first, after in enumerate(readers):
        if len(after) != 1 or len(readers[after[0]]) != 1:
            continue
        (middle,), (last,) = after, readers[after[0]]
        parts = [one.maps[number].box.part for number in (first, middle, last)]
        nodes = [part for part in parts if isinstance(part, Node)]
        alone = before[middle] == [first] and before[last] == [middle]
        if not alone or len(nodes) < len(parts) or not {first, middle}.isdisjoint(one.ends):
            continue
        unlabelled = nodes[0].label is None and nodes[2].label is None
        if unlabelled and nodes[2].op.takes_back(nodes[0].op) and not rearranges(nodes[1]):
            found[last] = first
    return found


def _left_out(maps: Maps) -> bool:
    """Whether a box does nothing, or nothing but in training, or makes one axis of all.

    What has a label is drawn.
    """
    part = maps.box.part
    if maps.source or not isinstance(part, Node) or part.label is not None:
        return False
    return idles(part) or (rearranges(part) and len(part.output) == 1)


def _leads(maps: Maps, reader: Maps) -> bool:
    """Whether a box puts zeros around maps for a layer with a kernel."""
    part = maps.box.part
    if maps.source or not isinstance(part, Node) or part.label is not None:
        return False
    layer = maker(reader)
    kernel = isinstance(layer, Node) and layer.op.kernel_sizes(len(layer.output) - 1)
    return bool(kernel) and bool(part.op.zeros_around(*part.input_shapes))
