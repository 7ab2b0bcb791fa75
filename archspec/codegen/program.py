"""The classes of a network, planned once: for its order and lifetimes, and for its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archspec.codegen.classes import FilePlanner
from archspec.codegen.forms import Layer
from archspec.codegen.naming import Naming
from archspec.codegen.plan import ClassPlan
from archspec.codegen.splits import Split, splits
from archspec.codegen.target import Target
from archspec.codegen.variables import Forward
from archspec.elaboration.provenance import seen
from archspec.ir.graph import Graph, Instance, Node
from archspec.ir.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Program:
    """The plan of a network. It knows nothing of the graph as a whole, which may go before it does.

    Attributes:
        classes: in the order in which they stand in the file; the last is the network's own.
        of: the class of each instance that has one.
        forwards: the `forward` of each class that has one of its own.
        layers: what each node is written as.
        naming: what makes names of words.
        splits: the blocks that are several classes, and why.
    """

    classes: list[ClassPlan]
    of: dict[Instance, ClassPlan]
    forwards: dict[ClassPlan, Forward]
    layers: dict[Node, Layer]
    naming: Naming
    splits: tuple[Split, ...]

    @property
    def root(self) -> ClassPlan:
        return self.classes[-1]

    def kind(self, node: Node) -> str:
        """The class of the module that a node with tensors is."""
        module = self.layers[node].module
        assert module is not None
        return module.name

    @property
    def helpers(self) -> dict[str, None]:
        """The definitions that ops need, in the order in which these run."""
        found = (layer.helper for layer in self.layers.values())
        return dict.fromkeys(helper for helper in found if helper is not None)


_PLANNED: Remembered[Program] = Remembered()


def program(graph: Graph, target: Target) -> Program:
    """The plan of a graph as it is now: the one that was made before, if it is unchanged."""
    now = [target, *_depends(graph)]
    found = _PLANNED.of(graph, now)
    if found is not None and found.naming.reserved == target.reserved:
        return found
    return _PLANNED.keep(graph, now, _planned(graph, target))


def _depends(graph: Graph) -> list[Any]:
    """All that a plan is made from, one behind the other."""
    found = [graph.provenance, graph.name, graph.label, graph.params, *seen(graph)]
    for output in graph.outputs:
        found += (output.name, output.train_only)
    for instance in graph.root.instances():
        found += (instance.kind, instance.params)
    found += (node.train_only for node in graph.nodes)
    return found


def _planned(graph: Graph, target: Target) -> Program:
    planner = FilePlanner(graph, target)
    root = planner.plan()
    forwards = {
        plan: Forward(plan, planner.naming, root=plan is root)
        for plan in planner.order
        if plan.flow is not None
    }
    layers = {node: planner.layer(node) for node in graph.nodes if not node.op.internal}
    of = {**planner.plans, graph.root: root}
    found = splits(planner.members, planner.plans, planner.made, planner.obstacles)
    return Program(planner.order, of, forwards, layers, planner.naming, tuple(found))
