"""Concatenations of concatenations, as those read them that say what is connected to what.

A concatenation that another one goes on from, or holds all of, is no box: what reads it reads each
of its operands. So dense connections become what they are called, an arrow from each layer to each
later one, and nested concatenations one. A block that gives what it reads together with what it
makes, as a dense layer does, is such a concatenation, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import pairwise

from archspec.backends.strips.topology import Topology
from archspec.figures.columns import Edge
from archspec.figures.folding import Box
from archspec.figures.maps import Maps
from archspec.ir.graph import Instance, Node

_MOST = 20_000
"""Operands of all concatenations together, from which on they stay as they are."""


def dissolved(one: Topology) -> Topology:
    """The same without the concatenations that others hold all of.

    Where the arrows from each to each would not be arcs over a row, these stay as they are.
    """
    stacked = _Stacked(one)
    if not stacked.inner:
        return one
    found = stacked.without()
    if stacked.dense and not _in_rows(found, stacked):
        stacked = _Stacked(one, dense_too=False)
        found = stacked.without() if stacked.inner else one
    return found


@dataclass(slots=True)
class _Value:
    """What a box gives, as a concatenation.

    Attributes:
        atoms: the boxes whose values it consists of, as the bits of a number.
        body: where it is a block that concatenates at its end, what it concatenates last.
    """

    atoms: int
    body: Node | None = None


@dataclass(slots=True)
class _Stacked:
    """The concatenations of a topology.

    Attributes:
        dense_too: whether values dissolve that others read than those that hold them.
        values: by number of box.
        inner: the boxes whose values dissolve, as others hold all of them.
        dense: those of them that others read, too.
    """

    one: Topology
    dense_too: bool = True
    values: dict[int, _Value] = field(default_factory=dict)
    inner: set[int] = field(default_factory=set)
    dense: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        total = 0
        before = self.one.before
        for number, maps in enumerate(self.one.maps):
            made = _stacking(maps, self.one)
            if made is None:
                continue
            own = 0 if made.body is None else 1 << number
            made.atoms = reduce(int.__or__, map(self._atoms, before[number]), own)
            self.values[number] = made
            total += made.atoms.bit_count()
            if total > _MOST:
                return
        self._dissolve(before)
        inner = [self.values[number] for number in self.inner]
        for number in self.values.keys() - self.inner:
            value = self.values[number]
            if value.body is not None and not any(_holds(value, other) for other in inner):
                del self.values[number]  # it stays a block, as others of its kind are

    def _atoms(self, number: int) -> int:
        value = self.values.get(number)
        return 1 << number if value is None else value.atoms

    def _dissolve(self, before: Sequence[Sequence[int]]) -> None:
        """Find what dissolves: what nothing else reads, unless it is the last of a dense row."""
        readers = self.one.after
        dense_within: set[int] = set()
        for number, mine in self.values.items():
            within = any(n in self.dense or n in dense_within for n in before[number])
            if within:
                dense_within.add(number)
            holding = {n for n, value in self.values.items() if _holds(value, mine)}
            if not holding or number in self.one.ends:
                continue
            blocks = {n for n in holding if self.values[n].body is not None}
            if set(readers[number]) <= holding - blocks:
                if not within:
                    self.inner.add(number)
            elif self.dense_too:
                self.inner.add(number)
                self.dense.add(number)

    def without(self) -> Topology:
        """The topology with an arrow from each operand, and a bar for what is left of blocks."""
        maps: list[Maps] = []
        of: dict[int, int] = {}  # what a box is
        given: dict[int, int] = {}  # what has its value, if it is one thing
        bodies = dict(self.one.bodies)
        wires: dict[Edge, bool] = {}
        for number, box in enumerate(self.one.maps):
            value = self.values.get(number)
            bar = value is not None and value.body is None
            if number in self.inner and bar:
                continue
            of[number] = given[number] = len(maps)
            maps.append(box)
            if value is None or value.body is None:
                continue
            bodies[box] = value.body
            if number not in self.inner:
                out = _given(box)
                given[number] = len(maps)
                maps.append(Maps(Box([(out,)])))
        for (tail, head), dashed in self.one.wires.items():
            if head in of:
                for source in self._sources(tail, of, given):
                    edge = source, of[head]
                    wires[edge] = wires.get(edge, True) and dashed
        for number, value in self.values.items():
            if value.body is not None and number not in self.inner:
                for atom in _bits(value.atoms):
                    wires[of[atom], given[number]] = False
        ends = [given[end] for end in self.one.ends]
        names = {name: given[number] for name, number in self.one.names.items()}
        return replace(self.one, maps=maps, wires=wires, ends=ends, names=names, bodies=bodies)

    def _sources(self, tail: int, of: dict[int, int], given: dict[int, int]) -> Iterable[int]:
        if tail not in self.inner:
            return (given[tail],)
        return (of[atom] for atom in _bits(self.values[tail].atoms))


def _in_rows(found: Topology, stacked: _Stacked) -> bool:
    """Whether what came to be an arrow from each to each runs over rows of boxes."""
    number = {maps: i for i, maps in enumerate(found.maps)}
    rows = found.rows
    over = {edge for _, within in rows for edge in within}
    beside = {edge for row, _ in rows for edge in pairwise(row)}
    known = over | beside
    maps = stacked.one.maps
    for tail, head in stacked.one.wires:
        if tail in stacked.dense and maps[head] in number:
            for atom in _bits(stacked.values[tail].atoms):
                if (number[maps[atom]], number[maps[head]]) not in known:
                    return False
    return True


def _holds(one: _Value, other: _Value) -> bool:
    """Whether one has all of the other and more."""
    return one.atoms != other.atoms and not other.atoms & ~one.atoms


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def _stacking(maps: Maps, one: Topology) -> _Value | None:
    """What is known at first of a box that concatenates."""
    if maps.stacking and maps.signed and maps.box.times == 1:
        return _Value(0)
    part = maps.box.part
    if maps.source or not isinstance(part, Instance) or maps.box.members != [(part,)]:
        return None
    body = _body(part, one)
    return None if body is None else _Value(0, body)


def _given(maps: Maps) -> Node:
    """The one value of a block that concatenates at its end."""
    part = maps.box.part
    assert isinstance(part, Instance)
    (out,) = part.output
    return out


def _body(instance: Instance, one: Topology) -> Node | None:
    """What a block makes, where it gives that beside all that it reads; None where it does not."""
    nodes = set(instance.nodes())
    readers = one.figure.graph.readers
    if len(instance.output) != 1 or instance.output[0] not in nodes:
        return None
    (out,) = instance.output
    ends = {output.node for output in one.figure.graph.outputs}
    given = {node for node in nodes if node in ends or not nodes.issuperset(readers.get(node, ()))}
    made = [source for source in out.inputs if source in nodes]
    read = {source for node in nodes - {out} for source in node.inputs if source not in nodes}
    beside = set(out.inputs) - nodes
    if given == {out} and out.op.stacks and len(made) == 1 and beside and beside == read:
        return made[0]
    return None
