"""How a graph came from a spec: which item, which round of a loop, which branch.

It stands beside the graph, which is complete without it. Elaboration makes it; code generation
reads it, to write `4 * channels` where the graph says 256, and a loop where it has a run of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.frontend.ast import (
    Block,
    BranchSyntax,
    Item,
    ParamDecl,
    Requirement,
    is_constant,
)
from archspec.ir.copying import Part
from archspec.ir.graph import Bundle, Definition, Graph, Instance, Node, Parameter
from archspec.ir.remembered import unchanged
from archspec.ir.verify import verify
from archspec.ops.selectors import Selector


@dataclass(slots=True, eq=False)
class Expansion(Part):
    """A scope as elaboration made it.

    Attributes:
        block: the definition of its block as it is written; None for the network and for groups.
        item: what calls it; None for the network.
        env: the names in sight there.
        lender: the instance that its own `share` names, if it has one.
        own: what keeps its own weights despite that.
        body: the trace of its body.
    """

    instance: Instance
    block: Block | None
    item: Item | None
    env: Mapping[str, Any]
    lender: Instance | None = None
    own: tuple[Selector, ...] = ()
    body: list[Trace] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether it is a group of which conditions left nothing, which is no part of the graph."""
        return self.instance.role == "group" and not self.instance.children

    def keeps(self, node: Node) -> bool:
        """Whether a node within keeps its own weights, though the instance shares."""
        names = self.instance.relative(node.path).split(".") if self.own else ()
        return any(selector.selects(node.op.name, names) for selector in self.own)

    @property
    def inside(self) -> Mapping[str, Any]:
        """The names in sight where its body begins."""
        return self.body[0].env if self.body else self.env


@dataclass(slots=True, eq=False)
class Step(Part):
    """One execution of one item of a body, once its loop and condition are settled.

    Exactly one of these describes it: `node` alone (an op), `node` with `branches` (a merge),
    `branches` alone (`parallel`), `expansion` (a block, or a group with an id), `body` (a
    group without one).
    """

    item: Item
    env: Mapping[str, Any]
    source: Bundle
    output: Bundle
    node: Node | None = None
    branches: list[Branch] | None = None
    expansion: Expansion | None = None
    body: list[Trace] | None = None

    @property
    def instance(self) -> Instance | None:
        return None if self.expansion is None else self.expansion.instance


@dataclass(slots=True, eq=False)
class Branch(Part):
    """One branch of a merge: the values it starts from, its trace, and the values it ends in.

    `syntax` is what it was written as; the branches of one `each` have theirs in common.
    """

    source: Bundle
    body: list[Trace]
    output: Bundle
    syntax: BranchSyntax


@dataclass(slots=True, eq=False)
class Cond(Part):
    """An item with `when`: the step it took, or None. `source` flows on when it took none."""

    item: Item
    env: Mapping[str, Any]
    source: Bundle
    step: Step | None


@dataclass(slots=True, eq=False)
class Loop(Part):
    """An item with `for` or `repeat`: one entry an iteration."""

    item: Item
    env: Mapping[str, Any]
    source: Bundle
    iterations: list[Cond | Step]


Trace = Step | Cond | Loop


def parameter(decl: ParamDecl) -> Parameter:
    """A parameter as a graph has it, where its default is a value or none."""
    constant = decl.default is None or is_constant(decl.default)
    default = None if decl.default is None or not constant else decl.default.evaluate({})
    return Parameter(decl.name, decl.type, default, not constant, decl.choices, decl.doc)


class Definitions(dict[Block, Definition]):
    """Blocks as a graph has them, by what they are written as."""

    def __missing__(self, block: Block) -> Definition:
        params = {name: parameter(decl) for name, decl in block.params.items()}
        self[block] = Definition(block.name, tuple(block.inputs), params, block.doc)
        return self[block]


@dataclass(slots=True, eq=False)
class Provenance:
    """How a whole graph came about.

    Attributes:
        of: the expansion of each of its instances.
        lent: for each node with a `share` of its own the node that this names.
        params: the network's parameters as they are declared.
        require: what these have to fulfil.
        seen: what there was of each node and output, to notice whatever is changed by hand.
    """

    of: dict[Instance, Expansion]
    lent: dict[Node, Node]
    params: Mapping[str, ParamDecl]
    require: tuple[Requirement, ...]
    seen: list[Any] = field(default_factory=list)

    def describes(self, graph: Graph) -> bool:
        """Whether the graph is what elaboration made of the spec still."""
        return unchanged(self.seen, seen(graph))


def seen(graph: Graph) -> list[Any]:
    """The nodes, outputs and scopes, and what there is of each, one behind the other."""
    found: list[Any] = []
    for n in graph.nodes:
        found += (n, n.path, n.op, n.lender, n.derived, n.scope, n.output)
        found += n.inputs
    for output in graph.outputs:
        found += (output, output.node)
    for instance in graph.root.instances():
        found += (instance, instance.path, instance.parent, instance.block)
        found += instance.children
    return found


def record(graph: Graph, made: Provenance) -> None:
    """Say how a graph came about, which is as it is now."""
    made.seen = seen(graph)
    graph.provenance = made


def known(graph: Graph) -> bool:
    """Whether it is known how a graph came about: not if it was built, or changed since."""
    return isinstance(graph.provenance, Provenance) and graph.provenance.describes(graph)


def verify_changed(graphs: Graph | Iterable[Graph]) -> None:
    """Verify each of the graphs that may not be what elaboration made.

    Raises:
        Unsound: for one that does not hold together.
    """
    for graph in [graphs] if isinstance(graphs, Graph) else graphs:
        if not known(graph):
            verify(graph)


def provenance(graph: Graph) -> Provenance:
    """How a graph came about.

    Raises:
        LookupError: for a graph that was built or edited by hand.
    """
    if not isinstance(graph.provenance, Provenance):
        raise LookupError(f"{graph!r} has no provenance: it was not elaborated from a spec")
    return graph.provenance
