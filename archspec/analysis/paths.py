"""The paths from a network's inputs to its outputs: how many there are, and how long.

A path follows operands, one after the other, from an input to an output that runs in
evaluation. An operand that is read twice is two ways on; so is each factor of a product. What
an attribute names (`crop: {like: up}`) gives a size or a choice, and no path runs through it.

The length of a path in layers is the number of its convolutions and linear layers, in blocks
that of the blocks it crosses instead of going around them (`archspec.analysis.bypass`). All
counts are exact, by dynamic programming over the DAG. Veit et al. 2016, Residual networks behave
like ensembles of relatively shallow networks, sections 3 and 4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from archspec.analysis.bypass import (
    END,
    Crossing,
    Edge,
    Flow,
    crossings,
    passages,
    too_much,
    weighted,
)
from archspec.analysis.cost import Mode
from archspec.analysis.parts import block_name, unknown
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops import Shape

_MAX_BITS = 14_000  # of a count; Python writes no longer ones in decimal digits
_MAX_WORK = 2**33  # bits, of all the distributions that are computed on the way


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many paths there are of each length: `counts[n]` of length n."""

    counts: tuple[int, ...]

    @property
    def paths(self) -> int:
        return sum(self.counts)

    @property
    def shortest(self) -> int:
        """The least length, 0 where there is no path."""
        return next((n for n, count in enumerate(self.counts) if count), 0)

    @property
    def longest(self) -> int:
        return max(len(self.counts) - 1, 0)

    @property
    def mean(self) -> float:
        """The mean length, 0 where there is no path."""
        return float(self._moment(1))

    @property
    def deviation(self) -> float:
        """The standard deviation of the length."""
        return sqrt(self._moment(2) - self._moment(1) ** 2)

    def _moment(self, power: int) -> Fraction:
        total = sum(n**power * count for n, count in enumerate(self.counts))
        return Fraction(total, self.paths or 1)

    def share(self, first: int, last: int) -> float:
        """What part of the paths has a length from `first` to `last`."""
        within = self.counts[max(first, 0) : max(last + 1, 0)]
        return sum(within) / (self.paths or 1)

    def central(self, share: Fraction = Fraction(95, 100)) -> tuple[int, int]:
        """The first and last length once no more than half of the rest is cut off at either end."""
        spare = self.paths * (1 - share) / 2
        first, below = self.shortest, 0
        while first < self.longest and below + self.counts[first] <= spare:
            below += self.counts[first]
            first += 1
        last, above = self.longest, 0
        while last > first and above + self.counts[last] <= spare:
            above += self.counts[last]
            last -= 1
        return first, last


@dataclass(frozen=True, slots=True)
class Deletion:
    """A block, and how many paths are left once it is deleted and its bypass stays."""

    path: str
    block: str | None
    left: int


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of a network.

    Attributes:
        inputs, outputs: shapes by name, without the batch axis.
        block: the name of the block that lengths are counted in; None: all that have a bypass.
        deleted: what was deleted first; all that follows is about what is left.
        whole: how many paths there were before.
        count: how many there are.
        layers: their lengths in weighted layers.
        blocks: their lengths in blocks; None where no block has a bypass and none was named.
        deletions: what each block that is left would leave, the one that matters most first.
    """

    name: str
    variant: str | None
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    block: str | None
    deleted: tuple[str, ...]
    whole: int
    count: int
    layers: Lengths
    blocks: Lengths | None
    deletions: tuple[Deletion, ...]

    def left(self) -> list[float]:
        """What part of the paths is left without 0, 1, 2, … blocks, on average over which.

        A path that crosses b of n blocks is among those left by C(n - b, k) of the C(n, k)
        choices of k blocks.
        """
        if self.blocks is None or not self.count:
            return []
        total, choices = len(self.deletions), self.count
        left = list(self.blocks.counts)
        found = [1.0]
        for k in range(total):  # both terms of the fraction are k! times the above
            left = [n * max(total - crossed - k, 0) for crossed, n in enumerate(left)]
            choices *= total - k
            found.append(sum(left) / choices)
        return found


def paths(
    graph: Graph, *, block: str | None = None, delete: Collection[str] = (), mode: Mode = "eval"
) -> Paths:
    """Count the paths of a network.

    Args:
        block: the name of the block that lengths are counted in; default: all with a bypass.
            Instances without a bypass are crossed by everything that goes through them.
        delete: paths of blocks or nodes to delete first. Of a block with a bypass, that stays;
            of what holds such blocks, all of theirs; of anything else, nothing.
        mode: of the outputs; those for training only do not run in evaluation.

    Raises:
        ArchspecError: E108 for a block or a path that is not there; E405 for more paths than
            can be counted within a few seconds, or with more than 4,200 digits.
    """
    flow = Flow(graph, mode=mode)
    around = crossings(flow)
    counted = around
    if block is not None:
        counted = [c for c in around if c.block == block] or passages(flow, graph.root, block)
        if not counted:
            names = map(block_name, graph.instances)
            raise unknown("block", block, filter(None, names))
    gone = _Gone()
    for path in dict.fromkeys(delete):
        gone.delete(path, graph, around)
    left = _Counts(flow, gone)
    deletions = [
        Deletion(c.path, c.block, left.total - lost)
        for c in counted
        if (lost := left.over(c.exits))
    ]
    crossed = Counter(edge for c in counted for edge in c.exits)
    return Paths(
        graph.name,
        graph.variant,
        {n.path: n.output for n in graph.inputs},
        {o.name: o.node.output for o in flow.outputs},
        block,
        tuple(dict.fromkeys(delete)),
        _Counts(flow, _Gone()).total if delete else left.total,
        left.total,
        left.lengths(layers=flow.layers.__contains__),
        left.lengths(crossed=crossed.__getitem__) if counted else None,
        tuple(sorted(deletions, key=lambda deletion: deletion.left)),
    )


def _shifted(number: int, bits: int) -> int:
    """Shifted to the left; Python would copy a number of megabytes to shift it by nothing."""
    return number << bits if bits else number


def _joined(ways: list[tuple[int, int]], room: int) -> tuple[int, int]:
    """Polynomials added, each with the power that its lowest coefficient stands at."""
    ways = [(low, polynomial) for low, polynomial in ways if polynomial]
    lowest = min((low for low, _ in ways), default=0)
    if len(ways) == 1:
        return ways[0]
    return lowest, sum(_shifted(polynomial, room * (low - lowest)) for low, polynomial in ways)


def _nothing(_: Node | Edge) -> int:
    return 0


class _Gone:
    """What is deleted."""

    def __init__(self) -> None:
        self.nodes: set[Node] = set()
        self.edges: set[Edge] = set()

    def delete(self, path: str, graph: Graph, around: list[Crossing]) -> None:
        """Delete what has this path: a block with a bypass, a node, or any other instance."""
        block = next((c for c in around if c.path == path), None)
        if block is not None:
            self.edges.update(block.exits)
        elif path in graph.by_path:
            self.nodes.add(graph.by_path[path])
        else:
            known = {i.path: i for i in graph.instances if i.path}
            if path not in known:
                raise unknown("block or layer", path, [*known, *graph.by_path])
            self.empty(known[path], around)

    def empty(self, instance: Instance, around: list[Crossing]) -> None:
        """Delete all of an instance but the bypasses within it."""
        inside = set(instance.nodes())
        held = [c for c in around if c.body <= inside]
        kept: set[Node] = set()
        for block in held:
            self.edges.update(block.exits)
            kept |= block.bypass
        heavy = set(filter(weighted, inside))
        self.nodes |= heavy - kept if held or heavy else inside


class _Counts:
    """How many paths run through what is left of a network."""

    def __init__(self, flow: Flow, gone: _Gone) -> None:
        self.flow, self.gone = flow, gone
        self.before: dict[Node, int] = {}
        for node in flow.nodes:
            ways = sum(self.before[operand] for _, operand in self.operands(node))
            self.before[node] = ways + (node in flow.starts and node not in gone.nodes)
        self.after = dict.fromkeys(flow.nodes, 0)
        for node in reversed(flow.nodes):
            self.after[node] += self.ends(node)
            for _, operand in self.operands(node):
                self.after[operand] += self.after[node]
        self.total = sum(self.before[node] for node in flow.ends if self.ends(node))
        if self.total.bit_length() > _MAX_BITS:
            raise too_much(f"the network has more than 2^{_MAX_BITS:,} paths")

    def operands(self, node: Node) -> list[tuple[int, Node]]:
        """The operands of a node that are left, with their positions."""
        if node in self.gone.nodes:
            return []
        edges = self.gone.edges
        return [(i, o) for i, o in self.flow.operands[node] if (node, i) not in edges]

    def ends(self, node: Node) -> bool:
        """Whether paths end here."""
        return node in self.flow.ends and (node, END) not in self.gone.edges

    def over(self, edges: Iterable[Edge]) -> int:
        """How many paths take one of the edges, if none takes two."""
        found = 0
        for node, position in edges:
            if position == END:
                found += self.before[node] * self.ends(node)
            else:
                found += sum(
                    self.before[operand] * self.after[node]
                    for i, operand in self.operands(node)
                    if i == position
                )
        return found

    def lengths(
        self,
        layers: Callable[[Node], int] = _nothing,
        crossed: Callable[[Edge], int] = _nothing,
    ) -> Lengths:
        """How many paths have each length, a node and an edge being as long as is said.

        The counts of all lengths are one integer, a polynomial at a power of two that no count
        reaches; beside it stands the length that its lowest digits count. So a layer costs
        nothing, and a sum joins paths.
        """
        room = 8 * (self.total.bit_length() // 8 + 1)
        waiting = {n: sum(at != END for _, at in edges) for n, edges in self.flow.readers.items()}
        found: dict[Node, tuple[int, int]] = {}
        done: list[tuple[int, int]] = []
        work = 0
        for node in self.flow.nodes:
            ways = [
                (found[operand][0] + crossed((node, i)), found[operand][1])
                for i, operand in self.operands(node)
                if self.after[node]  # to a dead end there may be more paths than there is room for
            ]
            if node in self.flow.starts and node not in self.gone.nodes:
                ways.append((0, 1))
            shortest, joined = _joined(ways, room)
            found[node] = (shortest + layers(node), joined)
            if self.ends(node):
                done.append((found[node][0] + crossed((node, END)), joined))
            for _, operand in self.flow.operands[node]:
                waiting[operand] -= 1
                if not waiting[operand]:
                    del found[operand]
            work += joined.bit_length() if len(ways) > 1 else 0
            if work > _MAX_WORK:
                raise too_much("the paths of the network are too many, and too long, to sort")
        shortest, whole = _joined(done, room)
        size = room // 8
        data = whole.to_bytes(-(-whole.bit_length() // 8), "little")
        counts = (int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size))
        return Lengths((*[0] * (shortest if whole else 0), *counts))
