"""Which parameters of blocks are classes of modules: `activation: type[nn.Module]`."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from archspec.codegen.forms import Layer
from archspec.codegen.structure import said
from archspec.elaboration.provenance import Cond, Expansion, Loop, Step, Trace
from archspec.frontend.ast import Call
from archspec.frontend.expressions import Expression
from archspec.ir.graph import Definition, Instance, Node

Parameter = tuple[Definition, str]


class Planner(Protocol):
    """What is asked of the plan of the whole file."""

    made: dict[Instance, Expansion]
    members: dict[Definition, list[Instance]]

    def layer(self, node: Node) -> Layer: ...


class Handed:
    """The parameters of blocks that name the op of a node, here or in a block they are given to."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.classes: dict[Parameter, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.given: dict[Parameter, set[Parameter]] = defaultdict(set)
        for definition, instances in planner.members.items():
            for instance in instances:
                self._look(definition, instance)
        self._pass_on()

    def of(self, instance: Instance, param: str) -> Mapping[str, str]:
        """The class that each value of a block's parameter is; none where one is not one class."""
        found = self.classes.get((instance.block, param), {}) if instance.block is not None else {}
        if any(len(names) != 1 for names in found.values()):
            return {}
        return {value: next(iter(names)) for value, names in found.items() if any(names)}

    def _look(self, definition: Definition, instance: Instance) -> None:
        made = self.planner.made[instance]
        params = made.block.params if made.block is not None else {}
        for step in _steps(made.body):
            head = step.item.head
            if not isinstance(head, Call):
                continue
            name = _name(head.name, params)
            value = instance.params.get(name or "")
            if name is not None and step.node is not None and isinstance(value, str):
                module = self.planner.layer(step.node).module
                kind = module.name if module is not None and head.branches is None else ""
                self.classes[definition, name][value].add(kind)
            block = step.expansion.block if step.expansion is not None else None
            if block is not None and step.instance is not None and step.instance.block is not None:
                for inner in block.params:
                    outer = _name(said(step, inner, block.bare), params)
                    if outer is not None:
                        self.given[definition, outer].add((step.instance.block, inner))

    def _pass_on(self) -> None:
        """What a parameter is where it is given to is what it is."""
        changed = True
        while changed:
            changed = False
            for outer, inners in self.given.items():
                for inner in inners:
                    for value, names in [*self.classes.get(inner, {}).items()]:
                        known = self.classes[outer][value]
                        changed = changed or not names <= known
                        known |= names


def _steps(traces: Iterable[Trace]) -> Iterator[Step]:
    """The steps of a block's own body, with those in its groups, loops and branches."""
    for trace in traces:
        if isinstance(trace, Loop):
            yield from _steps(trace.iterations)
            continue
        step = trace.step if isinstance(trace, Cond) else trace
        if step is None:
            continue
        yield step
        yield from _steps(step.body or ())
        for branch in step.branches or ():
            yield from _steps(branch.body)
        if step.expansion is not None and step.expansion.block is None:
            yield from _steps(step.expansion.body)


def _name(syntax: object, params: Mapping[str, object]) -> str | None:
    """The parameter that an expression is, if it is nothing else."""
    tree = syntax.tree if isinstance(syntax, Expression) else None
    return tree.id if isinstance(tree, ast.Name) and tree.id in params else None
