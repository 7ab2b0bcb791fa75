"""Whether a graph holds together: order, names, shapes, tensors, scopes and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.arguments import output_problem
from archspec.ir.borders import Borders
from archspec.ir.graph import Graph, Instance, Node, reach
from archspec.ir.inplace import overwriting
from archspec.ops import OpError
from archspec.ops.identifiers import id_problem
from archspec.ops.types import show

MOST = 20
"""So many problems are told."""


class Unsound(ArchspecError):
    """A graph that does not hold together; `problems` says why, in words."""

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - MOST
        told = [*problems[:MOST], *([f"and {more:,} more"] if more > 0 else [])]
        super().__init__(*(Diagnostic("E422", problem) for problem in told))
        self.problems = problems

    def __reduce__(self) -> tuple[type[Unsound], tuple[list[str]]]:  # type: ignore[override]
        return Unsound, (self.problems,)


def verify(graph: Graph) -> None:
    """Make sure that a graph is one, whoever built or edited it.

    Every node has a name of its own that a spec could give it, which its scope begins, and stands
    in that scope; reads what stands before it, and across the border of a block what this declares;
    gives the shape that its op infers; and is needed for an output. Tensors have one owner, whose
    op has the same. Nothing that is needed is overwritten. NetworkX looks for cycles and for parts
    that nothing joins.

    Raises:
        Unsound: with all that is wrong.
    """
    problems = list(_of_structure(graph))
    if not problems:  # what follows relies on it
        problems = [*_of_nodes(graph), *_of_ends(graph)]
    if not problems:
        problems = [*Borders(graph).undeclared(), *_of_the_whole(graph)]
    if problems:
        raise Unsound(problems)


def _of_structure(graph: Graph) -> Iterator[str]:
    """Names, the tree and the order of the nodes."""
    for path, times in Counter(n.path for n in graph.nodes).items():
        if times > 1:
            yield f"{times} nodes have the path `{path}`"
    tree = [*graph.inputs, *graph.root.nodes()]  # inputs stand in no scope's list
    if Counter(tree) != Counter(graph.nodes):
        lost = {*graph.nodes} ^ {*tree}
        yield f"the tree and the nodes differ by {_told(lost)}"
    elif tree != graph.nodes:
        first = next(a for a, b in zip(tree, graph.nodes, strict=True) if a is not b)
        yield f"`{first.path}` stands in another place in the tree than among the nodes"
    seen: set[Node] = set()
    ordered = True
    for node in graph.nodes:
        for source in {*node.inputs, *node.measured}:
            if source not in seen:
                ordered = False
                yield f"`{node.path}` reads `{source.path}`, which does not stand before it"
        seen.add(node)
    if not ordered:
        yield from _cycle(graph)
    for scope in graph.root.instances():
        yield from _of_scope(scope, seen)


def _of_scope(scope: Instance, nodes: set[Node]) -> Iterator[str]:
    """The names of what a scope holds, and what feeds it and comes out of it."""
    told = scope.path or "network"
    role = "network" if scope.parent is None else "block" if scope.block is not None else None
    if scope.role != role and (role is not None or scope.role in ("network", "block")):
        yield f"`{told}` is said to be a {scope.role}"
    formals = scope.block.inputs if scope.block is not None else ()
    if formals and len(formals) != len(scope.inputs):
        yield f"`{told}` has {len(formals)} inputs, and is fed {len(scope.inputs)} values"
    for child in scope.children:
        around = child.parent if isinstance(child, Instance) else child.scope
        if around is not scope:
            yield f"`{child.path}` stands in `{scope.path}` and does not say so"
        name = scope.relative(child.path)
        begins = child.path.startswith(f"{scope.path}.") or not scope.path
        if not begins or not name or "." in name:
            yield f"`{child.path}` is no name of what stands in `{scope.path}`"
        elif (problem := id_problem(name)) is not None:
            yield f"`{child.path}` cannot be called so: {problem}"
        elif name in formals:
            yield f"`{child.path}` is called as an input of its block is"
        if isinstance(child, Instance) and child.name != name:
            yield f"`{child.path}` is called `{child.name}`"
    names = Counter(child.path for child in scope.children)
    yield from (f"`{path}` stands {n} times in its scope" for path, n in names.items() if n > 1)
    ends = (*scope.inputs, *scope.output, *scope.outputs.values(), *scope.notes)
    for node in dict.fromkeys(n for n in ends if n not in nodes):
        yield f"`{scope.path}` speaks of `{node.path}`, which is no node of the graph"


def _of_nodes(graph: Graph) -> Iterator[str]:
    """Shapes, derived sizes and the owners of tensors."""
    seen: set[Node] = set()
    for node in graph.nodes:
        seen.add(node)
        try:
            shape = node.op.infer(*node.input_shapes)
            if node.derived and node.op_at(lambda axis: axis.value.output[axis.axis]) != node.op:
                yield f"`{node.path}` has other attributes than its sizes give"
        except (OpError, ArithmeticError, IndexError, TypeError, ValueError) as error:
            yield f"`{node.path}` ({node.op.name}) cannot stand there: {error}"
            continue
        if shape != node.output:
            yield f"`{node.path}` gives {show(shape)}, and says {show(node.output)}"
        owner = node.owner
        if graph.by_path.get(owner.path) is not owner:
            yield f"`{node.path}` uses the tensors of `{owner.path}`, which there is not"
        elif owner.lender is not None:
            yield f"`{node.path}` uses the tensors of `{owner.path}`, which has none of its own"
        elif owner is not node and owner.tensors() != node.tensors():
            yield f"`{node.path}` and `{owner.path}` have other tensors, and would share them"
        elif owner not in seen:
            yield f"`{node.path}` uses the tensors of `{owner.path}`, which comes later"


def _of_ends(graph: Graph) -> Iterator[str]:
    """Inputs, outputs, what only training needs, and what is overwritten."""
    nodes = {*graph.nodes}
    internal = [n for n in graph.nodes if n.op.internal]
    if internal != graph.inputs:
        yield f"the inputs are {_told(internal)}, and {_told(graph.inputs)} are said to be"
    for name, times in Counter(o.name for o in graph.outputs).items():
        if times > 1:
            yield f"{times} outputs are called `{name}`"
    yield from filter(None, map(output_problem, graph.outputs))
    yield from (
        f"the output `{o.name}` is no node of the graph"
        for o in graph.outputs
        if o.node not in nodes
    )
    if not any(not o.train_only for o in graph.outputs):
        yield "no output stays in evaluation"
    staying = reach(o.node for o in graph.outputs if not o.train_only)
    needed = staying | reach(o.node for o in graph.outputs)
    for node in graph.nodes:
        if node not in needed:
            yield f"{node.told} is needed by no output"
        elif node.train_only == (node in staying):
            says = "is for training only" if node.train_only else "is needed in evaluation"
            yield f"`{node.path}` says that it {says}"
    for node, needs in overwriting(graph.nodes, graph.outputs):
        yield f"{node.told} overwrites {needs[0].value.told}, which is needed elsewhere"


def _of_the_whole(graph: Graph) -> Iterator[str]:
    """Parts that lie between no input and no output."""
    import networkx as nx

    ends = {output.node.path for output in graph.outputs}
    starts = {node.path for node in graph.inputs}
    for part in nx.weakly_connected_components(graph.dag):
        if not (part & starts and part & ends):
            yield f"`{min(part)}` lies between no input and no output"


def _cycle(graph: Graph) -> Iterator[str]:
    """A cycle, where there is one: then no order helps."""
    import networkx as nx

    with suppress(nx.NetworkXNoCycle):
        around = [edge[0] for edge in nx.find_cycle(graph.dag)]
        yield f"there is a cycle: {', '.join(f'`{path}`' for path in around[:MOST])}"


def _told(nodes: set[Node] | list[Node]) -> str:
    paths = sorted(node.path for node in nodes)
    more = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
    return ", ".join(f"`{path}`" for path in paths[:3]) + more or "none"
