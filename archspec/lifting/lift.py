"""Graph -> Spec: the plain data of a file that elaborates to the graph again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.ir.graph import Graph
from archspec.lifting.blocks import Block, gather
from archspec.lifting.phrases import plain
from archspec.lifting.known import introduce
from archspec.lifting.numbering import number
from archspec.lifting.reading import Reading
from archspec.lifting.solving import Solver, ordered
from archspec.lifting.samples import ABSENT
from archspec.lifting.terms import Item, Level, Slot, walk
from archspec.lifting.unify import unify
from archspec.lifting.writing import Writer

Data = dict[str, Any]


def lift(graph: Graph) -> Data:
    """The plain data of a spec."""
    return Lifter([graph]).data()


class Lifter:
    """Lifts graphs that are variants of one network."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = graphs
        self.readings = [Reading(graph) for graph in graphs]
        self.level = Level(len(graphs))
        self.blocks = {block.name: block for block in gather(self.readings)}
        bodies = {n: reading.body(reading.graph.root) for n, reading in enumerate(self.readings)}
        self.items = unify(self.level, bodies)
        for items in (self.items, *(block.items for block in self.blocks.values())):
            number(items)
        for block in self.blocks.values():
            self.block(block)
        self.solver = Solver(self.level)
        self.body(self.items, self.solver, None)

    # --- bodies -----------------------------------------------------------------------

    def block(self, block: Block) -> None:
        """Settle what is written in a block, and which parameters it has."""
        introduce(block)
        solver = Solver(block.level)
        self.body(block.items, solver, block)
        if block.label is not None:
            solver.solve(block.label, block.level)
        for slot in (*block.there.values(), *block.outputs.values()):
            solver.solve(slot, block.level)
        self.recursion(block, solver)

    def body(self, items: list[Item], solver: Solver, block: Block | None) -> None:
        solver.loops(items)
        for item in walk(items):
            callee = self.blocks[item.name] if item.kind == "block" else None
            if callee is not None and callee is not block:
                self.arguments(item, callee)
        for slot, level in ordered(items):
            solver.solve(slot, level)

    def arguments(self, item: Item, callee: Block) -> None:
        """What a call gives the parameters of its block."""
        places = [None if p is None else callee.index[p] for p in item.parts]  # type: ignore[index]
        for variable in callee.parameters():
            if f"argument.{variable.name}" in item.slots:
                continue
            values = [ABSENT if n is None else variable.values[n] for n in places]
            item.slots[f"argument.{variable.name}"] = Slot(variable.kind, values, variable.name)

    def recursion(self, block: Block, solver: Solver) -> None:
        """Give calls of a block within itself their arguments, until there are none to give."""
        calls = [i for i in walk(block.items) if i.kind == "block" and i.name == block.name]
        for _ in range(20):
            open_ = [p for p in block.parameters() for c in calls if f"argument.{p.name}" not in c.slots]
            if not open_:
                return
            for call in calls:
                before = set(call.slots)
                self.arguments(call, block)
                for key in [k for k in call.slots if k not in before]:
                    solver.solve(call.slots[key], call.level)
        raise LookupError(f"the arguments of `{block.name}` within itself have no end")

    # --- the file ---------------------------------------------------------------------

    def data(self) -> Data:
        """The whole file."""
        graph = self.graphs[0]
        bare = {b.name: p[0].name for b in self.blocks.values() if (p := b.parameters())}
        writer = Writer(bare)
        said: Data = {"name": graph.name}
        title = graph.title
        if title:
            said["label"] = plain(title)
        for key in ("source", "year"):
            if getattr(graph, key) is not None:
                said[key] = getattr(graph, key)
        said["inputs"] = {node.path: list(node.output) for node in graph.inputs}
        if graph.init:
            said["init"] = starts(graph.init)
        if self.blocks:
            said["blocks"] = {b.name: definition(b, writer) for b in self.blocks.values()}
        said["graph"] = writer.body(self.items)
        outputs = self.outputs(graph)
        if outputs is not None:
            said["outputs"] = outputs
        return said

    def outputs(self, graph: Graph) -> Any:
        """What is said of the outputs; None where the last node is the only one."""
        flow = self.flow()
        if len(graph.outputs) == 1:
            (one,) = graph.outputs
            if (one.node,) == flow and one.name == (one.node.id or "output") and not one.train_only:
                return None
        found: Data = {}
        names = self.readings[0].names
        for output in graph.outputs:
            ref: Any = names.wanted(output.node, graph.root)[0]
            if output.train_only or output.loss_weight is not None:
                ref = {"from": ref}
                if output.train_only:
                    ref["train_only"] = True
                if output.loss_weight is not None:
                    ref["loss_weight"] = output.loss_weight
            found[output.name] = ref
        return found

    def flow(self) -> tuple[Any, ...]:
        return self.readings[0].ends


def definition(block: Block, writer: Writer) -> Data:
    """What stands under the name of a block."""
    said: Data = {}
    if block.label is not None and block.label.text:
        said["label"] = block.label.text
    known = block.instances[0].block
    if known is not None and known.doc:
        said["doc"] = plain(known.doc)
    if block.inputs:
        said["inputs"] = list(block.inputs)
    parameters = block.parameters()
    if parameters:
        said["params"] = {p.name: declared(p.values) for p in parameters}
    said["graph"] = writer.body(block.items)
    if block.outputs:
        outputs: Data = {}
        for name, slot in block.outputs.items():
            there = block.there.get(name)
            outputs[name] = slot.text if there is None else {"from": slot.text, "when": there.text}
        same = all(name == text for name, text in outputs.items())
        said["outputs"] = list(outputs) if same else outputs
    return said


def declared(values: Sequence[Any]) -> Any:
    """A parameter's type; its default and that, where some instances have no use for it."""
    known = [v for v in values if v is not ABSENT]
    if len(known) == len(values):
        return type_of(known)
    default = max(known, key=known.count)
    kind = type_of(known)
    if isinstance(default, str) or kind != type_of([default]) or default is None:
        return {kind: plain(default)}
    return plain(default)


def type_of(values: Sequence[Any]) -> str:
    """The type that a parameter is declared with."""
    known = {type(v) for v in values if v is not ABSENT}
    if known <= {int}:
        return "int"
    for name, types in (("bool", {bool}), ("str", {str}), ("list", {tuple, list})):
        if known <= types:
            return name
    return "float" if known <= {int, float} else "any"


def starts(rules: Sequence[Any]) -> Data:
    """What is said under `init`."""
    said: Data = {}
    for rule in rules:
        scheme: Any = plain(rule.values) if rule.values is not None else rule.scheme
        if rule.args:
            scheme = {rule.scheme: dict(rule.args)}
        said.setdefault(rule.selector.text, {})[rule.tensor] = scheme
    return said
