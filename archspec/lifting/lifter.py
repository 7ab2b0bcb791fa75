"""Graphs -> items with all that is written in them: blocks from the leaves up, then the network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.lifting.absorbing import absorb
from archspec.lifting.blocks import Block, called, gather
from archspec.lifting.causes import explain
from archspec.lifting.choosing import callees, choose, taken
from archspec.lifting.constants import Constants
from archspec.lifting.counting import count_from_one
from archspec.lifting.defaults import follow, settle
from archspec.lifting.former import Former
from archspec.lifting.known import (
    introduce,
    introduce_all,
    introduce_read,
    introduce_whole,
)
from archspec.lifting.naming import placed
from archspec.lifting.needless import leave_out
from archspec.lifting.numbering import number
from archspec.lifting.passes import ordered
from archspec.lifting.phrases import Derived
from archspec.lifting.policy import Policy
from archspec.lifting.reading import Reading
from archspec.lifting.samples import ABSENT
from archspec.lifting.solving import Solver
from archspec.lifting.terms import Item, Level, Slot, walk
from archspec.lifting.unify import Unifier
from archspec.lifting.unsayable import Unsayable
from archspec.lifting.whole import Whole, whole_blocks


class Lifter:
    """Lifts graphs that are variants of one network.

    Attributes:
        level: of the network, of which each graph is a sample.
        outputs: what is said of each output of the network, by its name.
        whole: the blocks that are written as a spec has them.
    """

    def __init__(self, graphs: Sequence[Graph], policy: Policy) -> None:
        self.graphs, self.numbered = graphs, policy.numbered
        self.readings = [Reading(graph, policy.recalled, policy.taste) for graph in graphs]
        self.level = Level(len(graphs))
        unifier = Unifier(policy)
        blocks = gather(self.readings, self.level, unifier)
        self.blocks = {block.name: block for block in blocks}
        bodies = {n: reading.body(reading.graph.root) for n, reading in enumerate(self.readings)}
        self.items = unifier.unify(self.level, bodies)
        self.taken: set[str] = set()
        self.former = Former(graphs if policy.recalled else ())
        introduce_all(self.level, graphs, self.items)
        several = len(graphs) > 1 and not self.former.known
        self.constants = Constants(self.level, graphs) if several else None
        self.taken |= {*self.level.hidden} if several else set()
        self.whole = whole_blocks(graphs) if policy.whole and self.former.known else {}
        for whole in self.whole.values():
            introduce_read(self.level, whole)
            self.taken |= whole.words
        self.all_blocks(blocks)
        solver = Solver(self.level, self.taken, self.former, self.constants)
        self.body(self.items, solver)
        self.inputs = self.shapes()
        self.outputs = self.ends()
        settle(self.blocks, [self.items, *(b.items for b in blocks)])
        for slot in self.inputs.values():
            solver.solve(slot, self.level)
        for parts in self.outputs.values():
            for slot in parts.values():
                solver.solve(slot, self.level)

    def sample(self, kind: str, values: Sequence[object], hint: str = "") -> Slot:
        return Slot(kind, list(values), hint)

    # --- bodies -----------------------------------------------------------------------

    def all_blocks(self, blocks: Sequence[Block]) -> None:
        """Settle what is written in blocks, a circle of them together."""
        solvers: dict[str, Solver] = {}
        done: set[str] = set()
        for block in blocks:
            block.whole = self.whole.get(block.name)
            if block.whole is not None:
                self.as_it_was(block, block.whole)
            else:
                solvers[block.name] = self.block(block)
            done.add(block.name)
            together = block.circle or {block.name}
            if together <= done:
                circle = [b for b in blocks if b.name in together and b.whole is None]
                self.recursion(circle, solvers)
                for one in circle:
                    follow(one, self.former)
                    if not self.former.known:
                        leave_out(one, circle)

    def as_it_was(self, block: Block, whole: Whole) -> None:
        """Take a block as its spec has it."""
        for item in walk(block.items):
            if item.kind == "block":
                self.arguments(item)
        introduce_whole(block, whole)

    def block(self, block: Block) -> Solver:
        """Settle what is written in a block, and which parameters it has."""
        introduce(block, self.former.known)
        solver = Solver(block.level, self.taken, self.former, self.constants)
        self.body(block.items, solver, block.circle)
        if block.label is not None:
            explain(block.items, [block.label])
            solver.solve(block.label, block.level)
        for slot in (*block.there.values(), *block.outputs.values()):
            solver.solve(slot, block.level)
        return solver

    def body(self, items: list[Item], solver: Solver, circle: Collection[str] = ()) -> None:
        items[:] = choose(items, self.blocks, circle)
        if self.constants is not None:
            self.constants.heads(items)
        if self.numbered:
            number(items)
        solver.loops(items)
        for item in walk(items):
            if item.kind == "block" and item.name not in circle:
                self.arguments(item)
        for item in walk(items):
            self.former.recall(item)
        placed(items)
        solver.slots = [*ordered(items)]
        if self.constants is not None:  # a list of numbers is shorter in one network alone
            solver.expressions.items = items
        if solver.level is not self.level and self.former.known:
            absorb(solver.level, solver.slots)
        explain(items)
        for slot, level in solver.slots:
            solver.solve(slot, level)
        if not self.former.known:
            count_from_one(items, solver)

    def arguments(self, item: Item) -> None:
        """What a call gives the parameters of its block."""
        if self.reuses(item):
            item.reuses = True
            return
        known = [{} if p is None else self.bound(p) for p in item.parts]
        callee = callees(item, self.blocks)[0]
        given = taken(item, callee)
        for variable in callee.parameters():
            if variable.name not in given or f"argument.{variable.name}" in item.slots:
                continue
            values = [k.get(variable.name, ABSENT) for k in known]
            kind = "values" if variable.kind == "list" else variable.kind
            values = [_outside(v, p) for v, p in zip(values, item.parts, strict=True)]
            slot = Slot(kind, values, variable.name)
            slot.usual = variable.default  # which is none that is computed
            item.slots[f"argument.{variable.name}"] = slot

    def reuses(self, item: Item) -> bool:
        """Whether instances are of the block whose weights they use, with the same parameters."""
        pairs = [(p, other) for p, other in zip(item.parts, item.lenders, strict=True) if p]
        if "share" not in item.slots or self.former.calls(item):
            return False
        return all(
            other and called(p) == called(other) and self.bound(p) == self.bound(other)
            for p, other in pairs
        )

    def bound(self, part: Node | Instance) -> dict[str, Any]:
        """The values that the parameters of an instance's block have in it."""
        assert isinstance(part, Instance) and part.block is not None
        block = self.blocks[part.block.name]
        at = block.index[part]
        return {v.name: v.values[at] for v in block.parameters()}

    def recursion(self, circle: Sequence[Block], solvers: Mapping[str, Solver]) -> None:
        """Give calls of blocks within themselves their arguments, until there are none to give.

        Raises:
            Unsayable: where there is no end to them.
        """
        names = {block.name for block in circle}
        calls = [
            (item, solvers[block.name])
            for block in circle
            for item in walk(block.items)
            if item.kind == "block" and item.name in names
        ]
        for _ in range(20):
            before = [len(call.slots) for call, _ in calls]
            for call, solver in calls:
                known = set(call.slots)
                self.arguments(call)
                self.former.recall(call)
                for key in [k for k in call.slots if k not in known]:
                    solver.solve(call.slots[key], call.level)
            if before == [len(call.slots) for call, _ in calls]:
                return
        raise Unsayable(f"the arguments of `{circle[0].name}` within itself have no end")

    # --- the network ------------------------------------------------------------------

    def shapes(self) -> dict[tuple[str, int], Slot]:
        """The sizes of the inputs, by their names and axes."""
        first = self.graphs[0].inputs
        found = {}
        for place, node in enumerate(first):
            shapes = [g.inputs[place].output for g in self.graphs if len(g.inputs) == len(first)]
            names = {g.inputs[place].path for g in self.graphs if len(g.inputs) == len(first)}
            if len(shapes) < len(self.graphs) or len({*map(len, shapes)}) > 1 or len(names) > 1:
                raise Unsayable("the graphs have other inputs")
            for axis in range(len(node.output)):
                kind, hint = ("size", "size") if axis else ("channels", "in_channels")
                sizes = [shape[axis] for shape in shapes]
                found[node.path, axis] = self.sample(kind, sizes, hint)
        return found

    def ends(self) -> dict[str, dict[str, Slot]]:
        """What is said of outputs; nothing where each graph has its last node alone."""
        if all(self.is_last(reading) for reading in self.readings):
            return {}
        found: dict[str, dict[str, Slot]] = {}
        for name in dict.fromkeys(o.name for g in self.graphs for o in g.outputs):
            ends = [next((o for o in g.outputs if o.name == name), None) for g in self.graphs]
            refs = [self.ref(n, o) for n, o in enumerate(ends)]
            parts = {"from": self.sample("reference", refs)}
            if None in ends:
                parts["when"] = self.sample("condition", [o is not None for o in ends], name)
            if any(o is not None and o.train_only for o in ends):
                only = [ABSENT if o is None else o.train_only for o in ends]
                parts["train_only"] = self.sample("flag", only, f"train_{name}")
            if any(o is not None and o.loss_weight is not None for o in ends):
                weights = [ABSENT if o is None else o.loss_weight for o in ends]
                parts["loss_weight"] = self.sample("number", weights, f"{name}_weight")
            found[name] = parts
        return found

    def ref(self, number: int, output: Output | None) -> object:
        if output is None:
            return ABSENT
        return self.readings[number].named(output.node)

    def is_last(self, reading: Reading) -> bool:
        """Whether a graph's only output is its last node, and called as that is."""
        outputs = reading.graph.outputs
        if len(outputs) != 1 or outputs[0].train_only:
            return False
        node: Node = outputs[0].node
        return reading.ends == (node,) and outputs[0].name == (node.id or "output")


def _outside(value: Any, part: Node | Instance | None) -> Any:
    """A value of an instance's parameter as it is written where the instance is called."""
    if isinstance(value, Derived) and isinstance(part, Instance) and part.parent is not None:
        return Derived(value.tree, value.value, part.parent.unit)
    return value
