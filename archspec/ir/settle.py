"""From a draft to a graph: what is unused is dropped, and names, shapes and owners are settled."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import fields, replace
from itertools import chain
from typing import Any

from archspec.ir.borders import declare
from archspec.ir.draft import Draft, Part, name_of, within
from archspec.ir.graph import Graph, Instance, Node, reach
from archspec.ir.inplace import overwriting
from archspec.ir.limits import check_size
from archspec.ir.verify import Unsound, verify
from archspec.ops import OpError
from archspec.ops.derived import compute, is_derived, plain, tree_of
from archspec.ops.selectors import Selector


def settle(draft: Draft) -> Graph:
    """Return the graph that a draft has become, which is verified.

    Nodes that no output needs any longer are dropped, and scopes that so become empty. Tensors of a
    node that is dropped go to the next that shares them. What has no id is called by its position.
    Shapes are inferred, and sizes that follow from others computed again. An op in place that would
    overwrite what is needed elsewhere is in place no longer.

    Raises:
        Unsound: where there is no graph like that, with all reasons.
    """
    graph = draft.graph
    _drop(draft)
    graph.nodes = [*graph.inputs, *graph.root.nodes()]
    _inherit(graph.nodes)
    _check_order(graph.nodes)
    declare(draft)
    graph.root.inputs = tuple(graph.inputs)
    graph.root.output = tuple(output.node for output in graph.outputs)
    for scope in draft.edited:
        for around in scope.ancestors():
            around.stale = True
    _check_rounds(draft)
    _name(draft)
    _infer(graph)
    if draft.edited:
        rules: dict[str, list[Any]] = {}  # by what they are for, as a spec has them
        for rule in _starts(graph, draft.paths):
            rules.setdefault(rule.selector.text, []).append(rule)
        graph.init = tuple(chain.from_iterable(rules.values()))
        graph.variant, graph.title = None, graph.label  # what it was before it was edited
    staying = reach(output.node for output in graph.outputs if not output.train_only)
    for node in graph.nodes:
        node.train_only = node not in staying
    for node, _ in overwriting(graph.nodes, graph.outputs):
        node.op = node.op.model_copy(update={"inplace": False})
    graph.provenance, graph.remarks = None, ()
    made = Graph(**{field.name: getattr(graph, field.name) for field in fields(Graph)})
    if len(made.nodes) == len(made.inputs):  # a spec may say so, where conditions leave all out
        raise Unsound(["nothing is computed: there is no node but inputs"])
    verify(made)
    return made


def _drop(draft: Draft) -> None:
    """Drop what no output and no added node needs."""
    graph = draft.graph
    needed = reach([*(output.node for output in graph.outputs), *draft.added, *graph.inputs])
    for scope in reversed(list(graph.root.instances())):
        kept = [
            part
            for part in scope.children
            if (part not in draft.emptied if isinstance(part, Instance) else part in needed)
        ]
        if len(kept) < len(scope.children):
            scope.children = kept
            draft.edited[scope] = None
            if not kept:
                draft.emptied[scope] = None


def _inherit(nodes: Iterable[Node]) -> None:
    """Hand the tensors of a node that is gone to the first that shares them."""
    heirs: dict[Node, Node | None] = {}
    alive = {*nodes}
    for node in nodes:
        if node.lender is not None and node.lender not in alive:
            lender, node.lender = node.lender, heirs.get(node.lender)
            heirs.setdefault(lender, node)


def _check_order(nodes: Iterable[Node]) -> None:
    """Make sure that values stand before what reads them."""
    nodes = list(nodes)
    there, seen = {*nodes}, set[Node]()
    problems: list[str] = []
    for node in nodes:
        for value in (value for value in node.inputs if value not in seen):
            why = "comes later" if value in there else "is no node of the graph"
            problems.append(f"{node.told} would read {value.told}, which {why}")
        seen.add(node)
    if problems:
        raise Unsound(problems)


def _check_rounds(draft: Draft) -> None:
    """Let lists be groups whose rounds are no longer one thing, made again and again."""
    for scope in draft.graph.root.instances():
        if scope.role == "list" and scope.stale and not _is_list(draft, scope):
            scope.role = "group"
        if scope.role == "round" and (scope.parent is None or scope.parent.role != "list"):
            scope.role = "group"


def _is_list(draft: Draft, scope: Instance) -> bool:
    """Whether rounds are alike, are called by their positions, and do not read one another."""
    if any(part.id is not None or part in draft.claimed for part in scope.children):
        return False
    inside = {*scope.nodes()}
    rounds = ([part] if isinstance(part, Node) else [*part.nodes()] for part in scope.children)
    if any({*node.inputs} & inside - {*nodes} for nodes in rounds for node in nodes):
        return False
    return len({*map(_shape, scope.children)}) == 1


def _shape(part: Part) -> Hashable:
    """What stands in a round, by its ops, blocks and ids; a block may say that it was changed."""
    if isinstance(part, Node):
        return part.op.name, part.id
    inside = () if part.block is not None else tuple(map(_shape, part.children))
    return part.role, part.block, part.id, inside


def _name(draft: Draft) -> None:
    """Call everything by its id, or by its position in its scope."""
    for scope in draft.graph.root.instances():
        count = 0
        for part in scope.children:
            name = name_of(part)
            if part.id is None:
                count = int(name) if part in draft.claimed else count
                name = str(count)
            count += 1
            part.path = within(scope, name)
            if isinstance(part, Instance):
                part.name = name


def _infer(graph: Graph) -> None:
    """Infer all shapes, and compute the sizes that follow from them."""
    alive = {*graph.nodes}
    for node in graph.nodes:
        if node.derived is not None and not _is_sayable(node, alive):
            node.derived = None
        try:
            if node.derived is not None:
                op = node.op_at(lambda axis: axis.value.output[axis.axis])
                node.op = node.op if op == node.op else op
            shape = node.op.infer(*node.input_shapes)
            check_size(node.op, node.input_shapes, shape)
        except (OpError, ArithmeticError, IndexError, TypeError, ValueError) as error:
            raise Unsound([f"{node.told} cannot stand there: {error}"]) from None
        node.output = shape
    for scope in graph.root.instances():
        if any(map(is_derived, scope.params.values())):
            scope.params = {name: _again(value) for name, value in scope.params.items()}


def _is_sayable(node: Node, alive: set[Node]) -> bool:
    """Whether the values whose sizes a node reads are what feeds a scope around it, and alone."""
    fed = {scope.inputs[0] for scope in node.scope.ancestors() if len(scope.inputs) == 1}
    return all(value in alive and value in fed for value in node.measured)


def _again(value: Any) -> Any:
    """A parameter's value where the shapes it follows from are other ones."""
    if isinstance(value, tuple | list):
        return type(value)(map(_again, value))
    if not is_derived(value):
        return value
    try:
        number = compute(tree_of(value), lambda axis: axis.value.output[axis.axis])
        return type(value)(number, tree_of(value))
    except (ArithmeticError, IndexError, TypeError, ValueError):
        return plain(value)


def _starts(graph: Graph, before: dict[Node, str]) -> Iterator[Any]:
    """The rules for how weights start, which go on meaning the nodes that they meant.

    A node that was meant by its path, and has another one now, gets a rule of its own. Rules for
    ops that are gone, and for paths that mean nothing with such a tensor any longer, are left out.
    """
    ops = {node.op.name for node in graph.nodes}
    meant = {node: [t.name for t in node.tensors()] for node, _ in graph.owners()}
    for rule in graph.init:
        selector: Selector = rule.selector
        holding = [node for node, names in meant.items() if rule.tensor in names]
        now = {n for n in holding if selector.selects(n.op.name, n.path.split("."))}
        if now or (not selector.path and selector.text in ops):
            yield rule
        for node in holding if selector.path else ():
            known = before[node].split(".") if node in before and node not in now else []
            if selector.selects(node.op.name, known):
                path = node.path.split(".")
                yield replace(rule, selector=Selector(f".{node.path}", tuple(path)))
