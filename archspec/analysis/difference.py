"""What changed between two networks: layer by layer, block by block, in shapes and in cost.

`archspec.analysis.matching` says which layer of the one is which of the other.

Two networks are equal if they have the same layers with the same attributes, shapes, ids,
wiring, shared weights and outputs. Their names and how they are initialised do not matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from archspec.analysis.cost import Group, Layer, Stats, Totals
from archspec.analysis.matching import Part, attributes, identity, match, settled
from archspec.analysis.parts import block_name
from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.ops import Shape
from archspec.ops.types import show

ChangeKind = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: an attribute, `input`, `output`, `reads`, `weights` and so on."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a layer, a block or a network costs; or the difference of two such costs."""

    params: int = 0
    macs: int = 0
    activations_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params,
            self.macs + other.macs,
            self.activations_bytes + other.activations_bytes,
        )

    def __neg__(self) -> Cost:
        return Cost(-self.params, -self.macs, -self.activations_bytes)

    def __sub__(self, other: Cost) -> Cost:
        return self + -other

    @classmethod
    def of(cls, totals: Totals) -> Cost:
        return cls(totals.params, totals.macs, totals.activations_bytes)


@dataclass(frozen=True, slots=True)
class Side:
    """A layer or a block instance in one of the two networks.

    Attributes:
        what: the op with its attributes in few words, or the block's name; "" for a group.
        output: shape of its (first) output, without the batch axis.
        layers: how many are within; 1 for a layer.
    """

    path: str
    what: str
    output: Shape
    layers: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Entry:
    """A layer or a block instance, in either network or in both.

    Attributes:
        leaf: True for a layer.
        before, after: None where it is only in the other network.
        children: what is within a block that is in both, in the order of the second network.
    """

    kind: ChangeKind
    leaf: bool
    before: Side | None
    after: Side | None
    changes: tuple[Change, ...] = ()
    children: tuple[Entry, ...] = ()

    @property
    def side(self) -> Side:
        """As it is now, or as it was where it is no more."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def delta(self) -> Cost:
        """What it costs now less what it cost before."""
        after, before = (side.cost if side else Cost() for side in (self.after, self.before))
        return after - before


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one network to another.

    Attributes:
        before, after: their costs.
        ends: what changed in the named inputs and outputs of the network itself.
        root: the whole, block by block.
    """

    before: Stats
    after: Stats
    ends: tuple[Change, ...]
    root: Entry

    @property
    def equal(self) -> bool:
        return self.root.kind == "same" and not self.ends


def difference(before: Graph, after: Graph, costs: tuple[Stats, Stats]) -> Difference:
    """Compare two networks, whose `costs` are at one batch size and dtype."""
    differ = _Differ(before, after, costs, match(before, after))
    ends = (*differ.inputs(), *differ.outputs())
    return Difference(*costs, ends, differ.entry(before.root, after.root))


# --- comparing --------------------------------------------------------------------------------


class _Differ:
    """Compares what is matched, and enters the rest as added or removed."""

    def __init__(
        self, before: Graph, after: Graph, costs: tuple[Stats, Stats], twins: dict[Part, Part]
    ) -> None:
        self.graphs = before, after
        self.costs = _rows(costs[0]), _rows(costs[1])
        self.twins = twins

    @cached_property
    def matched(self) -> set[Part]:
        return set(self.twins.values())

    def entry(self, x: Part, y: Part) -> Entry:
        """Two parts that are matched."""
        before, after = self.side(x, 0), self.side(y, 1)
        if isinstance(x, Instance) and isinstance(y, Instance):
            children = tuple(self.children(x, y))
            changes = list(_renamed(x, y))
            if changes or any(child.kind != "same" for child in children):
                if not (x.stale or y.stale):
                    changes += _pairs(x.params, y.params)
                return Entry("changed", False, before, after, tuple(changes), children)
            return Entry("same", False, before, after, (), children)
        assert isinstance(x, Node)
        assert isinstance(y, Node)
        changes = [*_renamed(x, y), *self.layer(x, y)]
        return Entry("changed" if changes else "same", True, before, after, tuple(changes))

    def children(self, x: Instance, y: Instance) -> Iterator[Entry]:
        """The second's children in order; the first's that are gone, where they stood."""
        order = {child: i for i, child in enumerate(x.children)}
        partners = {second: first for first in x.children if (second := self.twins.get(first))}
        gone = deque(child for child in x.children if child not in self.twins)
        for child in y.children:
            partner = partners.get(child)
            if partner is None:
                yield Entry("added", isinstance(child, Node), None, self.side(child, 1))
                continue
            while gone and order[gone[0]] < order[partner]:
                yield self.removed(gone.popleft())
            yield self.entry(partner, child)
        yield from map(self.removed, gone)

    def removed(self, part: Part) -> Entry:
        return Entry("removed", isinstance(part, Node), self.side(part, 0), None)

    def side(self, part: Part, which: int) -> Side:
        row = self.costs[which].get((part.path, isinstance(part, Node)))
        if isinstance(part, Instance):
            output = part.output[0].output if part.output else ()
            cost = Cost.of(row.totals) if isinstance(row, Group) else Cost()
            return Side(
                part.path, block_name(part) or "", output, sum(1 for _ in part.nodes()), cost
            )
        cost = Cost(row.params, row.macs, row.output_bytes) if isinstance(row, Layer) else Cost()
        return Side(part.path, _brief(part), part.output, 1, cost)

    def layer(self, x: Node, y: Node) -> Iterator[Change]:
        """What differs between two layers."""
        if type(x.op) is not type(y.op):
            yield Change("op", _brief(x), _brief(y))
        else:
            yield from _pairs(attributes(x), attributes(y))
        if len(x.inputs) == len(y.inputs):
            yield from self.rewired(x, y)
            if x.input_shapes != y.input_shapes:
                yield Change("input", _shapes(x.input_shapes), _shapes(y.input_shapes))
        else:
            yield Change("reads", f"{len(x.inputs)} values", f"{len(y.inputs)} values")
        if x.output != y.output:
            yield Change("output", show(x.output), show(y.output))
        owners = x.owner, y.owner
        if x.shared != y.shared or self.apart(*owners):
            yield Change("weights", _owned(x), _owned(y))
        if x.train_only != y.train_only:
            yield Change("training only", _text(x.train_only), _text(y.train_only))

    def rewired(self, x: Node, y: Node) -> Iterator[Change]:
        """Operands that both networks have, but another than the one that was read before.

        One that is new or gone is in the difference already.
        """
        for a, b in zip(x.inputs, y.inputs, strict=True):
            if self.apart(a, b):
                yield Change("reads", a.path, b.path)

    def apart(self, x: Node, y: Node) -> bool:
        """Whether both are in both networks, and not the same."""
        return x in self.twins and y in self.matched and self.twins[x] is not y

    def inputs(self) -> Iterator[Change]:
        """What differs between the inputs of the networks."""
        before, after = (graph.inputs for graph in self.graphs)
        for x in before:
            y = self.twins.get(x)
            if not isinstance(y, Node):
                yield Change(f"input {x.path}", show(x.output), "none")
            elif x.path != y.path:
                yield Change(f"input {x.path}", show(x.output), f"{y.path} {show(y.output)}")
            elif x.output != y.output:
                yield Change(f"input {x.path}", show(x.output), show(y.output))
        for y in after:
            if y not in self.matched:
                yield Change(f"input {y.path}", "none", show(y.output))

    def outputs(self) -> Iterator[Change]:
        """What differs between the outputs of the networks, by name."""
        before, after = ({o.name: o for o in graph.outputs} for graph in self.graphs)
        for name in dict.fromkeys([*before, *after]):
            x, y = before.get(name), after.get(name)
            if x is None or y is None or self.apart(x.node, y.node) or _role(x) != _role(y):
                yield Change(f"output {name}", _role(x, True), _role(y, True))


def _rows(costs: Stats) -> dict[tuple[str, bool], Group | Layer]:
    """Layers and groups by path, and by whether it is a layer's."""
    found: dict[tuple[str, bool], Group | Layer] = {}
    stack: list[Group | Layer] = [costs.tree]
    while stack:
        row = stack.pop()
        found[row.path, isinstance(row, Layer)] = row
        if isinstance(row, Group):
            stack += row.children
    return found


def _renamed(x: Part, y: Part) -> Iterator[Change]:
    if identity(x) != identity(y):
        yield Change("id", identity(x) or "none", identity(y) or "none")
    if isinstance(x, Instance) and isinstance(y, Instance) and block_name(x) != block_name(y):
        yield Change("block", block_name(x) or "none", block_name(y) or "none")


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Values by name that both have, but not alike."""
    for name in before:
        if name in after and settled(before[name]) != settled(after[name]):
            yield Change(name, _text(before[name]), _text(after[name]))


def _brief(node: Node) -> str:
    return f"{node.op.name} {node.brief}".rstrip()


def _text(value: Any) -> str:
    """A value as a spec has it."""
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return str(list(value)) if isinstance(value, list | tuple) else str(value)


def _shapes(shapes: Iterable[Shape]) -> str:
    return ", ".join(map(show, shapes))


def _owned(node: Node) -> str:
    return f"those of {node.owner.path}" if node.shared else "its own"


def _role(output: Output | None, whole: bool = False) -> str:
    """What an output is besides a value; the `whole` text also says whose."""
    if output is None:
        return "none"
    parts = [output.node.path] if whole else []
    parts += ["training only"] if output.train_only else []
    parts += [] if output.loss_weight is None else [f"loss weight {output.loss_weight:g}"]
    return ", ".join(parts)
