"""Which of the network's parameters its class keeps: those that only touch the last layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archspec.elaboration.provenance import Cond, Loop, Step, provenance
from archspec.frontend.ast import Call, Fan, Item, Parallel, Value, names_in
from archspec.frontend.expressions import Expression
from archspec.ir.graph import Graph, Node


def kept_parameters(graph: Graph, readers: Mapping[Node, list[Node]]) -> dict[str, Any]:
    """Parameters such as `num_classes` or `dropout`, with their values.

    Changing one must change nothing that another argument of the file depends on: each
    mention of it is an attribute of an op that feeds no op with weights, or shapes nothing.
    """
    candidates = {n: v for n, v in graph.params.items() if type(v) in (int, float)}
    mentions = _Mentions(readers, graph.params)
    mentions.visit(provenance(graph).of[graph.root].body, {n: n for n in candidates})
    return {
        n: v for n, v in candidates.items() if n in mentions.harmless and n not in mentions.harmful
    }


class _Mentions:
    """Sorts parameters by what their mentions in a trace do."""

    def __init__(self, readers: Mapping[Node, list[Node]], given: Mapping[str, Any]) -> None:
        self.readers = readers
        self.given = given
        self.harmless: set[str] = set()
        self.harmful: set[str] = set()
        self.written: dict[Item, tuple[set[str], set[str]]] = {}

    def visit(self, traces: list[Any], sought: Mapping[str, str]) -> None:
        """Look for the network's parameters, `sought` by what they are called here."""
        for trace in traces:
            if isinstance(trace, Loop):
                self.visit(trace.iterations, sought)
            elif isinstance(trace, Cond):
                if trace.step is None:
                    self.harmful |= _known(self.names(trace.item)[1], sought)
                else:
                    self.step(trace.step, sought)
            else:
                self.step(trace, sought)

    def step(self, step: Step, sought: Mapping[str, str]) -> None:
        bare, woven = self.names(step.item)
        self.harmful |= _known(woven, sought)
        if step.expansion is not None:
            self.visit(step.expansion.body, self.inside(step, bare, sought))
        else:
            for name in _known(bare, sought):
                kept = name in self.harmful or not self.shapes_nothing(step)
                (self.harmful if kept else self.harmless).add(name)
        self.visit(step.body or [], sought)
        for branch in step.branches or []:
            self.visit(branch.body, sought)

    def inside(self, step: Step, bare: set[str], sought: Mapping[str, str]) -> dict[str, str]:
        """What the network's parameters are called in a block: as ever, or as its own."""
        block = step.expansion.block if step.expansion is not None else None
        if block is None:
            return dict(sought)
        for decl in block.params.values():
            if decl.default is not None:
                self.harmful |= _known(names_in(decl.default), sought)
        for name, decl in block.home.params.items():  # of a used file, unless it is overridden
            if decl.default is not None and name not in self.given:
                self.harmful |= names_in(decl.default) & self.given.keys()
        own = {n: known for n, known in sought.items() if n not in block.params}
        if not isinstance(step.item.head, Call):
            self.harmful |= _known(bare, sought)
            return own
        args = step.item.head.args
        given = {name: value for name, (_, value) in args.named.items()}
        if args.bare is not None and block.bare is not None:
            given[block.bare] = args.bare
        for name, value in given.items():
            if isinstance(value, Expression) and value.text in sought:
                own[name] = sought[value.text]
                self.harmless.add(sought[value.text])
        return own

    def names(self, item: Item) -> tuple[set[str], set[str]]:
        """The names an item gives plainly to an attribute (`$dropout`), and all its others."""
        if item not in self.written:
            bare: set[str] = set()
            woven: set[str] = set()
            for value in _structure(item):
                woven |= names_in(value)
            if isinstance(item.head, Call):
                for value in _arguments(item.head):
                    plain = isinstance(value, Expression) and value.text in value.names
                    (bare if plain else woven).update(names_in(value))
            self.written[item] = bare, woven
        return self.written[item]

    def shapes_nothing(self, step: Step) -> bool:
        """Whether the step is an op whose attributes no later weight depends on."""
        node = step.node
        if node is None or step.branches is not None:
            return False
        if node.output == node.inputs[0].output and not node.tensors():
            return True
        stack, seen = list(self.readers.get(node, ())), set[Node]()
        while stack:
            reader = stack.pop()
            if reader in seen:
                continue
            seen.add(reader)
            if reader.tensors() or len(reader.inputs) > 1:
                return False
            stack += self.readers.get(reader, ())
        return True


def _structure(item: Item) -> Iterator[Value]:
    """The values that decide what is built, not how an op is set."""
    for value in (item.when, item.id, *(ref.name for ref in item.feed)):
        if value is not None:
            yield value
    head = item.head
    branches = head.branches or [] if isinstance(head, Call | Parallel) else []
    for loop in (item.loop, *(b.loop for b in branches if isinstance(b, Fan))):
        if loop is not None:
            yield from (value for _, value in loop.lists.values())
            if loop.count is not None:
                yield loop.count
    if isinstance(item.head, Call) and isinstance(item.head.name, Expression):
        yield item.head.name


def _known(names: Iterable[str], sought: Mapping[str, str]) -> set[str]:
    return {sought[n] for n in names if n in sought}


def _arguments(head: Call) -> Iterator[Value]:
    yield from (value for _, value in head.args.named.values())
    if head.args.bare is not None:
        yield head.args.bare
