"""Whether two graphs are equal, in one of three senses, and where they first differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple
from itertools import zip_longest
from typing import Any, Literal, get_args

from archspec.ir.graph import Graph, Instance, Node, Output, Parameter
from archspec.ops.base import Op
from archspec.ops.derived import kind, plain, relative

Level = Literal["structure", "names", "instances"]
"""In what sense graphs are equal; each sense asks for all that the one before it asks for.

- `structure`: they compute the same, and share the same tensors: ops, operands, shapes, derived
  sizes, inputs and outputs in their order. Names, the order of the nodes and scopes do not count.
- `names`: paths, the order, the tree of scopes and what opened each, the owners of tensors;
  of inputs and outputs the names, what is for training only, and loss weights.
- `instances`: blocks with their inputs and parameters, the values parameters have, what feeds an
  instance and comes out of it; labels, notes, docs, and how weights start.
"""


_NETWORK = "the network"


def equal(a: Graph, b: Graph, level: Level = "instances") -> bool:
    """Whether two graphs are equal in the sense of `level`."""
    return difference(a, b, level) is None


def difference(
    a: Graph, b: Graph, level: Level = "instances", *, parameters: bool = True, flow: bool = True
) -> str | None:
    """The first difference between two graphs in words, or None where they are equal.

    Linear in the nodes and their operands.

    Args:
        parameters: whether parameters count, and the variant, which stands for their values.
        flow: whether it counts what flows to scopes that are no blocks, be it read there or not.

    Raises:
        ValueError: for a level that there is not.
    """
    if level not in get_args(Level):
        raise ValueError(f"{level!r} is none of {', '.join(get_args(Level))}")
    if level == "structure":
        return next(_Structure(canonical(a), canonical(b)).differences(a, b), None)
    return next(_differences(a, b, level, parameters, flow), None)


def canonical(graph: Graph) -> list[Node]:
    """Return the nodes in an order that follows from the structure alone.

    Depth first from the outputs in their order, each node behind its operands in theirs: two graphs
    have one structure where they agree node for node in this order. What no output needs is last.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    for end in (*(output.node for output in graph.outputs), *graph.inputs, *graph.nodes):
        stack = [] if end in seen else [(end, iter(_read(end)))]
        seen.add(end)
        while stack:
            node, left = stack[-1]
            operand = next((one for one in left if one not in seen), None)
            if operand is None:
                stack.pop()
                order.append(node)
            else:
                seen.add(operand)
                stack.append((operand, iter(_read(operand))))
    return order


def _read(node: Node) -> tuple[Node, ...]:
    return (*node.inputs, *node.measured) if node.derived else node.inputs


class _Structure:
    """Nodes of two graphs, paired by their places in lists of each."""

    def __init__(self, ours: list[Node], theirs: list[Node]) -> None:
        self.ours, self.theirs = ours, theirs
        self.places = [{node: n for n, node in enumerate(nodes)} for nodes in (ours, theirs)]
        self.firsts = [dict(_lenders(nodes)) for nodes in (ours, theirs)]

    def differences(self, a: Graph, b: Graph) -> Iterator[str]:
        """All differences of structure, what is found first coming first."""
        if len(self.ours) != len(self.theirs):
            yield f"there are {len(self.ours):,} nodes and {len(self.theirs):,}"
        for ours, theirs in zip(self.ours, self.theirs, strict=False):
            yield from self.of_nodes(ours, theirs)
        for what, mine, other in (
            ("inputs", a.inputs, b.inputs),
            ("outputs", [o.node for o in a.outputs], [o.node for o in b.outputs]),
        ):
            if self.rows(mine, other):
                yield f"the {what} are {_told(mine)} and {_told(other)}"

    def rows(self, ours: Iterable[Node], theirs: Iterable[Node]) -> bool:
        """Whether two rows of nodes are others, place by place."""
        mine, other = self.places
        return [mine.get(n, -1) for n in ours] != [other.get(n, -1) for n in theirs]

    def of_nodes(self, ours: Node, theirs: Node) -> Iterator[str]:
        who = f"`{ours.path}`"
        if theirs.path != ours.path:
            who += f" (`{theirs.path}`)"
        if not _same_op(ours.op, theirs.op):
            yield f"{who} is `{_op(ours.op)}` and `{_op(theirs.op)}`"
        if self.rows(ours.inputs, theirs.inputs):
            yield f"{who} reads {_told(ours.inputs)} and {_told(theirs.inputs)}"
        if ours.output != theirs.output:
            yield f"{who} gives {list(ours.output)} and {list(theirs.output)}"
        if self.derived(ours, 0) != self.derived(theirs, 1):
            yield f"{who} has sizes that follow from others"
        if self.firsts[0][ours] != self.firsts[1][theirs]:
            yield f"{who} uses the tensors of `{ours.owner.path}` and of `{theirs.owner.path}`"

    def derived(self, node: Node, side: int) -> Any:
        place: Callable[[Any], Any] = self.places[side].get
        return {key: relative(tree, place) for key, tree in (node.derived or {}).items()}


def _lenders(nodes: list[Node]) -> Iterator[tuple[Node, int]]:
    """Each node with the place of the first that uses the same tensors."""
    first: dict[Node, int] = {}
    for place, node in enumerate(nodes):
        yield node, first.setdefault(node.owner, place)


def _differences(a: Graph, b: Graph, level: Level, parameters: bool, flow: bool) -> Iterator[str]:
    """How graphs differ that are to have the same names."""
    for ours, theirs in zip_longest(a.nodes, b.nodes):
        if ours is None or theirs is None or ours.path != theirs.path:
            yield f"{_path(ours)} stands where {_path(theirs)} does"
    pairs = _Structure(a.nodes, b.nodes)
    yield from pairs.differences(a, b)
    for ours, theirs in zip(a.nodes, b.nodes, strict=True):
        who = f"`{ours.path}`"
        yield from _of(who, "owner", ours.owner.path, theirs.owner.path)
        yield from _of(who, "train_only", ours.train_only, theirs.train_only)
    for mine, other in zip_longest(a.outputs, b.outputs):
        yield from _of_outputs(mine, other)
    yield from _of_trees(a, b)
    if level == "instances":
        yield from _of_graphs(a, b)
        if parameters:
            yield from _of(_NETWORK, "variant", a.variant, b.variant)
            yield from _of_parameters(_NETWORK, a.declared, b.declared)
        for ours, theirs in zip(a.nodes, b.nodes, strict=True):
            for what in ("label", "doc"):
                yield from _of(f"`{ours.path}`", what, getattr(ours, what), getattr(theirs, what))
        for one, two in zip(a.instances, b.instances, strict=True):
            yield from _of_instances(one, two, pairs, flow or one.role == "block")
            if parameters:
                yield from _of_arguments(one, two)


def _of_outputs(ours: Output | None, theirs: Output | None) -> Iterator[str]:
    if ours is None or theirs is None:
        yield "there are fewer outputs in one of them"
        return
    yield from _of("an output", "name", ours.name, theirs.name)
    for what in ("train_only", "loss_weight"):
        yield from _of(
            f"the output `{ours.name}`", what, getattr(ours, what), getattr(theirs, what)
        )


def _of_trees(a: Graph, b: Graph) -> Iterator[str]:
    """Scopes: which there are, in what order, and what stands in each."""
    for ours, theirs in zip_longest(a.instances, b.instances):
        if ours is None or theirs is None or ours.path != theirs.path:
            yield f"the scope {_path(ours)} stands where {_path(theirs)} does"
            return
        yield from _of(f"the scope `{ours.path}`", "role", ours.role, theirs.role)
        mine, other = ([child.path for child in one.children] for one in (ours, theirs))
        yield from _of(f"the scope `{ours.path}`", "children", mine, other)
        yield from _of(f"the scope `{ours.path}`", "role", ours.role, theirs.role)
        kinds = [[isinstance(c, Instance) for c in one.children] for one in (ours, theirs)]
        if kinds[0] != kinds[1]:
            yield f"in the scope `{ours.path}` a node stands where a scope does"


def _of_graphs(a: Graph, b: Graph) -> Iterator[str]:
    for what in ("name", "label", "title", "source", "year", "init"):
        yield from _of(_NETWORK, what, getattr(a, what), getattr(b, what))


def _of_instances(ours: Instance, theirs: Instance, pairs: _Structure, fed: bool) -> Iterator[str]:
    who = f"`{ours.path}`" if ours.path else _NETWORK
    if (ours.block is None) != (theirs.block is None):
        yield f"{who} is an instance of a block in one of them alone"
    elif ours.block is not None and theirs.block is not None:
        for what in ("name", "inputs", "doc"):
            yield from _of(
                f"the block of {who}", what, getattr(ours.block, what), getattr(theirs.block, what)
            )
    for what in ("kind", "label", "doc"):
        yield from _of(who, what, getattr(ours, what), getattr(theirs, what))
    for what in ("inputs", "output") if fed else ("output",):
        mine, other = getattr(ours, what), getattr(theirs, what)
        if pairs.rows(mine, other):
            yield f"{who} has the {what} {_told(mine)} and {_told(other)}"
    yield from _of(who, "names of outputs", list(ours.outputs), list(theirs.outputs))
    if pairs.rows(ours.outputs.values(), theirs.outputs.values()):
        yield f"{who} names other values as its outputs"
    notes = [sorted((n.path, text) for n, text in one.notes.items()) for one in (ours, theirs)]
    yield from _of(who, "notes", *notes)


def _of_arguments(ours: Instance, theirs: Instance) -> Iterator[str]:
    """How instances of a block differ in its parameters, and in what these are here."""
    who = f"`{ours.path}`" if ours.path else _NETWORK
    if ours.block is not None and theirs.block is not None:
        yield from _of_parameters(f"the block of {who}", ours.block.params, theirs.block.params)
    if (ours.stale and bool(ours.params)) != (theirs.stale and bool(theirs.params)):
        yield f"{who} has parameters that say what is in it in one of them alone"
    elif not ours.stale:
        yield from _of_values(who, ours.params, theirs.params)
        yield from _of(who, "passed parameters", sorted(ours.passed), sorted(theirs.passed))


def _of_parameters(
    who: str, ours: Mapping[str, Parameter], theirs: Mapping[str, Parameter]
) -> Iterator[str]:
    """How parameters differ as they are declared."""
    yield from _of(who, "parameters", list(ours), list(theirs))
    for name, one in ours.items():
        mine, other = ([*map(_typed, astuple(p))] for p in (one, theirs[name]))
        if mine != other:
            yield f"{who} declares {name} otherwise"


def _of_values(who: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    yield from _of(who, "parameters", list(ours), list(theirs))
    for name, value in ours.items():
        if _typed(value) != _typed(theirs.get(name)):
            yield f"{who} has {name} = {plain(value)!r} and {plain(theirs.get(name))!r}"


def _typed(value: Any) -> Any:
    """A value as it is compared: `true` is not 1, and a list is one however it is held."""
    if isinstance(value, tuple | list):
        return [_typed(one) for one in value]
    return kind(value), plain(value)


def _same_op(ours: Op, theirs: Op) -> bool:
    """Whether two ops are equal, whatever the operand is called that an attribute names."""
    if not ours.references or type(ours) is not type(theirs):
        return ours == theirs
    return _attributes(ours) == _attributes(theirs)


def _attributes(op: Op) -> dict[str, Any]:
    return {k: v is None if k in op.references else v for k, v in op.__dict__.items()}


def _op(op: Op) -> str:
    given = op.model_dump(exclude_unset=True)
    return " ".join([op.name, *(f"{key}={value}" for key, value in given.items())])


def _of(who: str, what: str, ours: Any, theirs: Any) -> Iterator[str]:
    if ours != theirs:
        yield f"{who} has the {what} {ours!r} and {theirs!r}"


def _path(one: Node | Instance | None) -> str:
    return "nothing" if one is None else f"`{one.path}`"


def _told(nodes: Iterable[Node]) -> str:
    return "[" + ", ".join(node.path for node in nodes) + "]"
