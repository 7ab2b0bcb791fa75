"""Which of the network's parameters its class keeps: those that only touch the last layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archspec.expressions import Expression, Template
from archspec.graph import Cond, Graph, Loop, Node, Step, Trace
from archspec.syntax import Args, Call, ListValue, MapValue, Value


def kept_parameters(graph: Graph, readers: Mapping[Node, list[Node]]) -> dict[str, Any]:
    """Parameters such as `num_classes` or `dropout`, with their values.

    Changing one must change nothing that another argument of the file depends on: each
    mention of it is an attribute of an op that feeds no op with weights, or shapes nothing.
    """
    kept = {
        n: v for n, v in graph.params.items() if type(v) in (int, float)
    }
    for mention, step in _mentions(graph.root.body):
        for name in mention & set(kept):
            if step is None or not _harmless(step, readers):
                del kept[name]
    mentioned = {n for m, _ in _mentions(graph.root.body) for n in m}
    return {n: v for n, v in kept.items() if n in mentioned}


def _harmless(step: Step, readers: Mapping[Node, list[Node]]) -> bool:
    node = step.node
    if node is None or step.branches is not None:
        return False
    if node.output == node.inputs[0].output and not node.tensors():
        return True
    stack, seen = list(readers.get(node, ())), set[Node]()
    while stack:
        reader = stack.pop()
        if reader in seen:
            continue
        seen.add(reader)
        if reader.tensors() or len(reader.inputs) > 1:
            return False
        stack += readers.get(reader, ())
    return True


def _mentions(traces: list[Trace]) -> Iterator[tuple[set[str], Step | None]]:
    """Every expression's names, with the step of a plain op whose attribute it is."""
    for trace in traces:
        item = trace.item
        for value in (item.when, item.id, item.feed.name if item.feed is not None else None):
            if isinstance(value, (Expression, Template)):
                yield _names(value), None
        if isinstance(trace, Loop):
            if item.loop is not None:
                for _, value in item.loop.lists.values():
                    yield _names(value), None
                if item.loop.count is not None:
                    yield _names(item.loop.count), None
            yield from _mentions(list(trace.iterations))
        elif isinstance(trace, Cond):
            yield from _mentions([trace.step] if trace.step is not None else [])
        else:
            yield from _step_mentions(trace)


def _step_mentions(step: Step) -> Iterator[tuple[set[str], Step | None]]:
    head = step.item.head
    plain = step if step.node is not None else None
    if isinstance(head, Call):
        if isinstance(head.name, Expression):
            yield set(head.name.names), None
        for value in _values(head.args):
            simple = isinstance(value, Expression) and value.text in value.names
            yield _names(value), plain if simple else None
    if step.instance is not None:
        block = step.instance.block
        if block is not None:
            for decl in block.params.values():
                if decl.default is not None:
                    yield _names(decl.default), None
            for names, inner in _mentions(step.instance.body):
                yield names - set(block.params), inner
        else:
            yield from _mentions(step.instance.body)
    yield from _mentions(step.body or [])
    for branch in step.branches or []:
        yield from _mentions(branch.body)


def _values(args: Args) -> Iterator[Value]:
    yield from (value for _, value in args.named.values())
    if args.bare is not None:
        yield args.bare


def _names(value: Value) -> set[str]:
    if isinstance(value, Expression):
        return set(value.names)
    if isinstance(value, Template):
        return {n for p in value.parts if isinstance(p, Expression) for n in p.names}
    if isinstance(value, ListValue):
        return {n for v in value.items for n in _names(v)}
    if isinstance(value, MapValue):
        return {n for _, v in value.entries.values() for n in _names(v)}
    return set()
