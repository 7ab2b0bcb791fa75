"""How the emitted module runs: op after op, and how long Python refers to each value.

A tensor is freed when nothing refers to it. In a `forward`, a variable refers to its value
until it is assigned anew or the method returns; and a module's arguments live as long as its
call. So what a network holds depends on its classes and not on its dataflow alone: the input
of a stage stays until the whole stage has run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from archspec.codegen.plan import Choice, ClassPlan, Compute, Flowing, Repeat, Val
from archspec.codegen.program import Program, program
from archspec.codegen.target import Target
from archspec.codegen.variables import Forward
from archspec.ir.graph import Graph, Instance, Node
from archspec.ir.schedule import Schedule


def schedule(graph: Graph, target: Target, *, training: bool) -> Schedule:
    """Return the order of a network's ops in its module, and how long that holds each value.

    An op that the target cannot write stands there, too: as a module where it has tensors, else as
    a call.
    """
    run = _Run(graph, program(graph, target), training)
    run.call(graph.root)
    return Schedule(run.order, run.until, frozenset(run.in_list))


class _Run:
    """A forward pass, with nodes in place of tensors."""

    def __init__(self, graph: Graph, planned: Program, training: bool) -> None:
        self.plans = planned.of
        self.forwards = planned.forwards
        self.training = training
        self.order: list[Node] = []
        self.until: dict[Node, int] = defaultdict(int)
        self.ran: set[Node] = set()
        self.done: set[Instance] = set()
        self.places: dict[Instance, int] = {}
        self.taken: dict[Choice, dict[int, int]] = {}
        self.in_list: set[Node] = set()
        self.arguments = _arguments(graph)

    @property
    def now(self) -> int:
        return len(self.order) - 1

    def keep(self, values: Iterable[Node]) -> None:
        """Something refers to these until now."""
        for value in values:
            self.until[value] = self.now

    def node(self, node: Node) -> None:
        if node in self.ran or node.op.internal or (node.train_only and not self.training):
            return
        self.ran.add(node)
        self.order.append(node)
        self.keep([node, *node.inputs])

    def waits(self, instance: Instance) -> bool:
        """Whether anything in it is still to run."""
        if instance in self.done:
            return False
        waiting = any(
            node not in self.ran and (self.training or not node.train_only)
            for node in instance.nodes()
        )
        if not waiting:
            self.done.add(instance)
        return waiting

    def place(self, plan: ClassPlan, instance: Instance) -> int:
        """Which of a class's instances this is."""
        if instance not in self.places:
            self.places.update((each, number) for number, each in enumerate(plan.instances))
        return self.places[instance]

    def within(self, choice: Choice) -> dict[int, int]:
        """For the executions in which a choice is taken, their places among these."""
        if choice not in self.taken:
            self.taken[choice] = {p: number for number, p in enumerate(sorted(choice.taken))}
        return self.taken[choice]

    def places_in(self, line: Choice | Repeat, place: int) -> list[int]:
        """The executions of a body that one of the statement makes, by their places."""
        if isinstance(line, Repeat):
            return line.rounds[place]
        return [self.within(line)[place]] if place in line.taken else []

    def call(self, instance: Instance) -> None:
        """Call a module: a class with a `forward` of its own, or a chain."""
        plan = self.plans.get(instance)
        if plan is not None and plan.flow is not None:
            _Frame(self, instance, plan, self.forwards[plan]).run()
        self.children(instance)
        self.keep(self.arguments.get(instance, ()))

    def children(self, instance: Instance) -> None:
        """What an instance consists of, one after the other, as far as it has not run."""
        for child in instance.children:
            if isinstance(child, Instance):
                if self.waits(child):
                    self.call(child)
            else:
                self.node(child)


class _Frame:
    """One call of a class's `forward`: its variables, and what they refer to."""

    def __init__(self, run: _Run, instance: Instance, plan: ClassPlan, forward: Forward) -> None:
        self.run_, self.instance, self.forward = run, instance, forward
        self.variables: dict[str, tuple[Node, ...]] = {}
        self.open: dict[Instance, bool] = {}
        self.place = run.place(plan, instance)
        self.targets = set(self._targets(forward.flow, self.place))

    def run(self) -> None:
        self.flow(self.forward.flow, self.place)
        for values in self.variables.values():
            self.run_.keep(values)

    def flow(self, lines: list[Flowing], place: int) -> None:
        """Run statements; `place` is this call's among those in which they run."""
        for line in lines:
            if isinstance(line, Compute):
                if line.train_only and not self.run_.training:
                    continue
                if line.in_list:
                    self.run_.in_list.update(line.target.concrete[place])
                for value in line.targets:
                    for node in value.concrete[place]:
                        self.compute(node)
                if line in self.forward.inlined:
                    continue  # an argument alone refers to it
                for value in line.targets:
                    self.assign(value, place)
            else:
                for inner in self.run_.places_in(line, place):
                    if isinstance(line, Repeat):
                        self.assign(line.entry, inner)
                    self.flow(line.body, inner)
                self.assign(line.result, place)

    def assign(self, value: Val, place: int) -> None:
        name = self.forward.names.get(value)
        if name is None:
            return
        self.run_.keep(self.variables.get(name, ()))
        self.variables[name] = value.concrete[place]

    def compute(self, node: Node) -> None:
        """Run the op, or the module that gives this value."""
        within = []
        for scope in node.scope.ancestors():
            if scope is self.instance:
                break
            within.append(scope)
        else:
            return  # a value that was passed in
        for scope in reversed(within):
            if not self.opened(scope):
                if self.run_.waits(scope):
                    self.run_.call(scope)
                return
        self.run_.node(node)

    def opened(self, scope: Instance) -> bool:
        """Whether the statements of a group stand in this `forward`, as it is no module."""
        if scope.block is not None:
            return False
        if scope not in self.open:
            self.open[scope] = len(self.targets.intersection(scope.nodes())) > len(scope.output)
        return self.open[scope]

    def _targets(self, lines: list[Flowing], place: int) -> Iterator[Node]:
        for line in lines:
            if isinstance(line, Compute):
                for value in line.targets:
                    yield from value.concrete[place]
            else:
                for inner in self.run_.places_in(line, place):
                    yield from self._targets(line.body, inner)


def _arguments(graph: Graph) -> dict[Instance, dict[Node, None]]:
    """For each instance the values from outside that something inside reads."""
    found: dict[Instance, dict[Node, None]] = defaultdict(dict)
    for node in graph.nodes:
        for source in node.inputs:
            if source.scope is node.scope:
                continue
            home = set(source.scope.ancestors())
            for scope in node.scope.ancestors():
                if scope in home:
                    break
                found[scope][source] = None
    return found
