"""Which layers pin the size of a network's input."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import Any

from archspec.diagnostics import Diagnostic, Note, Span
from archspec.ir.graph import Graph, Node
from archspec.ops import Op, Tensor
from archspec.ops.types import show


def pinned(graph: Graph, resized: Graph) -> dict[Node, Diagnostic]:
    """E506 for each node that keeps what it has at the spec's own size.

    The module is compiled at that size. At another, it computes what the spec describes there if
    both graphs have the same nodes, with the same operands, attributes and tensors; derived
    attributes follow. Of nodes that one of the graphs lacks, the first is told.
    """
    found: dict[Node, Diagnostic] = {}
    parted = _parted(graph, resized)
    if parted is not None:
        node, what = parted
        found[node] = _structure(node, what)
    for node in graph.nodes:
        other = resized.by_path.get(node.path)
        if other is None or _mark(other) != _mark(node) or node.op.internal:
            continue
        problem = _frozen(node, other, resized) or _resized_tensor(node, other)
        problem = problem or _built_for(node, other)
        if problem is None and parted is None and _paths(other.inputs) != _paths(node.inputs):
            problem = _structure(node, f"`{node.path}` reads {_told(other.inputs)}")
        if problem is not None:
            found.setdefault(node, problem)
    return found


def _mark(node: Node) -> tuple[type[Op], Span]:
    """What makes two nodes of one path the same: the op, and where it is written."""
    return type(node.op), node.span


def _parted(graph: Graph, resized: Graph) -> tuple[Node, str] | None:
    """The node at which two graphs of one spec part, and what it is at the other size."""
    for ours, theirs in zip_longest(graph.nodes, resized.nodes):
        if ours is not None and theirs is not None:
            if ours.path == theirs.path and _mark(ours) == _mark(theirs):
                continue
            if _mark(ours) == _mark(theirs):
                return ours, f"`{theirs.path}`"
        here, there = (Counter(map(_mark, g.nodes)) for g in (graph, resized))
        if ours is not None and (theirs is None or here[_mark(ours)] > there[_mark(ours)]):
            return ours, "nothing"
        assert theirs is not None
        return theirs, f"another node, `{theirs.path}` ({theirs.op.name})"
    for end, other in zip(graph.outputs, resized.outputs, strict=False):
        if (end.name, end.node.path) != (other.name, other.node.path):
            return end.node, f"the output `{other.name}` is `{other.node.path}`"
    return None


def _resized_tensor(node: Node, other: Node) -> Diagnostic | None:
    if node.shared:
        return None
    theirs = {t.name: t for t in other.tensors()}
    for tensor in node.tensors():
        there = theirs.get(tensor.name)
        if there is None or there.shape != tensor.shape:
            return _pin(node, other, tensor, there)
    return None


def _paths(nodes: tuple[Node, ...]) -> list[str]:
    return [node.path for node in nodes]


def _told(nodes: tuple[Node, ...]) -> str:
    return ", ".join(f"`{path}`" for path in _paths(nodes))


def _frozen(node: Node, other: Node, resized: Graph) -> Diagnostic | None:
    """E506 where an attribute, computed from a size, would have to be another."""
    here = node.op
    if here == other.op and node.derived is None:
        return None
    try:
        here = node.op_at(lambda axis: resized.by_path[axis.value.path].output[axis.axis])
    except (ArithmeticError, IndexError, KeyError, TypeError, ValueError):
        here = node.op
    for name in type(here).model_fields:
        ours, theirs = getattr(here, name), getattr(other.op, name)
        if ours != theirs:
            return _constant(node, name, ours, theirs)
    return None


def _constant(node: Node, name: str, ours: Any, theirs: Any) -> Diagnostic:
    return Diagnostic(
        "E506",
        f"the `{node.op.name}` at `{node.path}` pins the input size",
        node.span,
        expected=f"{name} {_said(ours)}, as at the spec's own size",
        found=_said(theirs),
        notes=(Note(f"`{name}` is computed from a size, and is a constant in the module"),),
        hint="compile at this size, with --input",
    )


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_said, value)) + "]"
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"
    )


def _built_for(node: Node, other: Node) -> Diagnostic | None:
    """E506 where an op without tensors is built for a size all the same."""
    ours = node.op.built_for(*node.input_shapes)
    theirs = node.op.built_for(*other.input_shapes)
    return _constant(node, "normalized_shape", ours, theirs) if ours != theirs else None


def _structure(node: Node, what: str) -> Diagnostic:
    return Diagnostic(
        "E506",
        f"the `{node.op.name}` at `{node.path}` pins the input size",
        node.span,
        expected="the same nodes as at the spec's own size",
        found=what,
        notes=(Note("a `when`, a count, a list or a name there is computed from a size"),),
        hint="compile at this size, with --input",
    )


def _pin(node: Node, other: Node | None, tensor: Tensor, resized: Tensor | None) -> Diagnostic:
    reads = show(node.inputs[0].output)
    now = show(other.inputs[0].output) if other is not None else "nothing"
    source = node.inputs[0]
    return Diagnostic(
        "E506",
        f"the `{node.op.name}` at `{node.path}` pins the input size",
        node.span,
        expected=f"{node.path}.{tensor.name} {show(tensor.shape)}, as at the spec's own size",
        found=show(resized.shape) if resized is not None else "no such parameters",
        notes=(
            Note(f"it reads {reads} at the spec's own size and {now} at this one"),
            Note(f"through `{source.path}` ({source.op.name})", source.span),
        ),
        hint="put `global_avg_pool` or `adaptive_avg_pool` before it, which give the same"
        " size whatever comes",
    )
