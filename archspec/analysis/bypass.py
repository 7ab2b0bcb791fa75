"""The blocks that a value may go around: what a path crosses, or leaves out.

A block has a bypass where a merge that gathers (a sum, a mean, a concat: no product) has an
operand that carries on what came before. Between the merge and the last node that all its
operands come from, that operand has a way without an activation and with fewer weighted layers
than any such way to the others: an identity, a pooled or padded shortcut, a projection. What
leads to the other operands is the block's body, provided that it has weights; a path crosses the
block when it goes through the body. In the words of Veit et al. 2016 (Residual networks behave
like ensembles of relatively shallow networks), the body is a residual module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from archspec.analysis.cost import Mode
from archspec.analysis.parts import block_name
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph, Instance, Node

Edge = tuple[Node, int]
"""An operand: the node that reads it, and its position; `END` where the network returns it."""

END = -1
_MAX_STEPS = 5_000_000


@dataclass(frozen=True, slots=True)
class Crossing:
    """A block that is crossed, or not.

    Attributes:
        path: the block instance's path; the merge's where the instance has several, or none.
        block: the block's name; None outside of blocks.
        body: the nodes that the bypass goes around.
        bypass: the nodes on the way around, such as a projection's.
        exits: the edges out of the body; a path that crosses the block takes just one of them.
    """

    path: str
    block: str | None
    body: frozenset[Node]
    bypass: frozenset[Node]
    exits: tuple[Edge, ...]


def signal(node: Node) -> tuple[Node, ...]:
    """The operands whose values flow on; those that attributes name give a size or a choice."""
    named = len(node.references)
    return node.inputs[: len(node.inputs) - named]


def weighted(node: Node) -> bool:
    """Whether it is a layer as papers count them: a convolution or a linear layer."""
    return node.macs() != 0 and any(t.kind == "weight" for t in node.tensors())


class Flow:
    """What lies between the inputs and the outputs of a network, in execution order."""

    def __init__(self, graph: Graph, *, mode: Mode = "eval") -> None:
        self.outputs = [o for o in graph.outputs if mode == "train" or not o.train_only]
        self.ends = {o.node for o in self.outputs}
        self.starts = set(graph.inputs)
        from_inputs: set[Node] = set()
        for node in graph.nodes:
            if node in self.starts or any(o in from_inputs for o in signal(node)):
                from_inputs.add(node)
        wanted = set(self.ends)
        for node in reversed(graph.nodes):
            if node in wanted:
                wanted.update(signal(node))
        self.nodes = [n for n in graph.nodes if n in from_inputs and n in wanted]
        self.layers = {n for n in self.nodes if weighted(n)}
        live = set(self.nodes)
        self.operands = {
            n: [(i, o) for i, o in enumerate(signal(n)) if o in live] for n in self.nodes
        }

    @cached_property
    def readers(self) -> dict[Node, list[Edge]]:
        """The edges that lead on from each node."""
        found: dict[Node, list[Edge]] = {
            n: [(n, END)] if n in self.ends else [] for n in self.nodes
        }
        for node, operands in self.operands.items():
            for position, operand in operands:
                found[operand].append((node, position))
        return found


def crossings(flow: Flow) -> list[Crossing]:
    """The blocks with a bypass, in execution order; nested ones are blocks each.

    Raises:
        ArchspecError: E405 where the merges span too much to be looked through.
    """
    return list(_named(_Search(flow).found()))


def passages(flow: Flow, root: Instance, name: str) -> list[Crossing]:
    """The instances of a block, each of which is crossed by all that goes through it."""
    live = set(flow.nodes)
    found = []
    for instance in root.instances():
        if block_name(instance) == name:
            body = frozenset(n for n in instance.nodes() if n in live)
            if body:
                found.append(Crossing(instance.path, name, body, frozenset(), _exits(flow, body)))
    return found


def _exits(flow: Flow, body: Iterable[Node]) -> tuple[Edge, ...]:
    return tuple(e for n in body for e in flow.readers[n] if e[1] == END or e[0] not in body)


class _Search:
    """Looks at every merge together with what lies between it and its immediate dominator."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.order = {node: i for i, node in enumerate(flow.nodes)}
        self.steps = 0

    def found(self) -> Iterator[tuple[Node, Crossing]]:
        """Each merge with a bypass, and what is crossed beside it, as yet under no name."""
        for merge, start in self.dominators().items():
            operands = self.flow.operands[merge]
            if not merge.op.gathers or len({o for _, o in operands}) < 2:
                continue
            between = self.upstream((o for _, o in operands), start)
            fewest = self.fewest(between, start)
            least = min(fewest[o] for _, o in operands)
            past = [(i, o) for i, o in operands if fewest[o] > least]
            if least and any(fewest[o] < inf for _, o in past):
                continue  # a projection is a bypass only around activations
            short = self.upstream((o for _, o in operands if fewest[o] == least), start)
            body = frozenset(self.upstream((o for _, o in past), start) - short)
            if not body.isdisjoint(self.flow.layers):
                into = ((merge, i) for i, o in past if o not in body)
                exits = (*_exits(self.flow, body), *into)
                yield merge, Crossing("", None, body, frozenset(short), exits)

    def dominators(self) -> dict[Node, Node | None]:
        """For each node the last one that every path to it runs through; None: there is none."""
        above: dict[Node, Node | None] = {}
        depth: dict[Node | None, int] = {None: 0}
        for node, operands in self.flow.operands.items():
            common = None
            if node not in self.flow.starts:
                common, *others = (o for _, o in operands)
                for other in others:
                    common = self.meet(common, other, above, depth)
            above[node] = common
            depth[node] = depth[common] + 1
        return above

    def meet(
        self,
        one: Node | None,
        other: Node | None,
        above: dict[Node, Node | None],
        depth: dict[Node | None, int],
    ) -> Node | None:
        """The nearest node that dominates both or is one of them."""
        while one is not other:
            self.step()
            if depth[one] < depth[other]:
                one, other = other, one
            one = above[one] if one is not None else None
        return one

    def upstream(self, ends: Iterable[Node], start: Node | None) -> set[Node]:
        """The nodes that lead from `start`, itself left out, to one of `ends`."""
        seen: set[Node] = set()
        stack = [n for n in ends if n is not start]
        while stack:
            node = stack.pop()
            if node not in seen:
                self.step(len(self.flow.operands[node]))
                seen.add(node)
                stack += (o for _, o in self.flow.operands[node] if o is not start)
        return seen

    def fewest(self, between: set[Node], start: Node | None) -> dict[Node | None, float]:
        """How few weighted layers lie on a way from `start` that has no activation on it."""
        found: dict[Node | None, float] = {start: 0}
        for node in sorted(between, key=self.order.__getitem__):
            if node.op.category == "activation":
                found[node] = inf
            elif node in self.flow.starts:
                found[node] = 0
            else:
                least = min(found[o] for _, o in self.flow.operands[node])
                found[node] = least + (node in self.flow.layers)
        return found

    def step(self, count: int = 1) -> None:
        self.steps += count
        if self.steps > _MAX_STEPS:
            raise too_much("the merges of the network span too much to look for bypasses")


def too_much(message: str) -> ArchspecError:
    """E405, for a network whose paths would take too long to count."""
    return ArchspecError(Diagnostic("E405", message))


def _named(found: Iterable[tuple[Node, Crossing]]) -> Iterator[Crossing]:
    """The blocks under their names: the innermost instance that holds both body and merge."""
    placed = [(merge, bare, _scope((merge, *bare.body))) for merge, bare in found]
    count = Counter(scope for *_, scope in placed)
    for merge, bare, scope in placed:
        path = scope.path if scope.path and count[scope] == 1 else merge.path
        block = next(filter(None, map(block_name, scope.ancestors())), None)
        yield replace(bare, path=path, block=block)


def _scope(nodes: Iterable[Node]) -> Instance:
    """The innermost instance that all the nodes stand in."""
    scopes = {n.scope for n in nodes}
    chains = [list(scope.ancestors())[::-1] for scope in scopes]
    common = chains[0][0]
    for level in zip(*chains, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common
