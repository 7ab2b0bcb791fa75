"""`init:` in a spec as the last statements of constructors."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

from archspec.backends.torch.helpers import FILES, extends
from archspec.codegen.places import Place
from archspec.codegen.plan import ClassPlan
from archspec.codegen.program import Program
from archspec.codegen.python import (
    LOAD,
    Assign,
    Branching,
    Looping,
    Statement,
    Within,
    build,
    call,
    dotted,
    listed,
    method,
    name,
)
from archspec.codegen.symbols import literal
from archspec.elaboration.selection import selected
from archspec.frontend.initialisation import InitRule, Numbers
from archspec.ir.graph import Graph, Instance, Node

Rules = list[InitRule]


def initialisation(graph: Graph, planned: Program) -> dict[ClassPlan, list[Statement]]:
    """The last statements of constructors, by their classes.

    What an id means in every instance of a block starts where the block builds it. The network's
    constructor has a loop over the modules for ops, and what is left of ids.
    """
    within = dict[ClassPlan, list[Statement]]()
    after = dict[ClassPlan, list[Statement]]()
    left: list[Statement] = []
    for nodes, rules in _of_ids(graph):
        places, alone = _by_class(graph, planned, nodes)
        left += _listed_by_path([node.path for node in alone], rules)
        for (plan, path), several in places.items():
            later = plan is not planned.root and _again(graph, several, rules)
            kinds = {planned.kind(node) for node in several}
            owner = "module" if later else "self"
            body = [_where_there(rule, owner, path, kinds, several) for rule in rules]
            (after if later else within).setdefault(plan, []).extend(body)
    ops = _of_ops(graph, planned)
    blocks = ((_is_one([plan.name], planned), body) for plan, body in after.items())
    return {
        **within,
        planned.root: [
            *_told_apart(ops),
            *_told_apart([*blocks]),
            *within.pop(planned.root, []),
            *left,
        ],
    }


def _told_apart(cases: list[tuple[ast.expr, list[Statement]]]) -> Iterator[Statement]:
    """A loop over the modules, of whose conditions one holds at most."""
    rest: list[Statement] = []
    for test, body in reversed(cases):
        rest = [Branching(test, body, rest)]
    if rest:
        yield Looping(["module"], call("self.modules"), rest)


def _listed_by_path(paths: list[str], rules: Rules) -> Iterator[Statement]:
    """The starts of what stands at these paths of the network."""
    if not paths:
        return
    if len(paths) == 1:
        yield from (_started(rule, _reached("self", paths[0], rule.tensor)) for rule in rules)
        return
    names = ast.Tuple([ast.Constant(path) for path in paths], LOAD)
    body = []
    for rule in rules:
        path = ast.JoinedStr(
            [ast.FormattedValue(name("name"), -1), ast.Constant(f".{rule.tensor}")]
        )
        body.append(_started(rule, call("self.get_parameter", [path])))
    yield Looping(["name"], names, body)


def _again(graph: Graph, nodes: list[Node], rules: Rules) -> bool:
    """Whether the network's constructor later starts the same tensors by their op."""
    tensors = {rule.tensor for rule in rules}
    return any(
        not rule.selector.path
        and rule.tensor in tensors
        and any(rule.selector.selects(node.op.name, ()) for node in nodes)
        for rule in graph.init
    )


Places = dict[tuple[ClassPlan, str], list[Node]]


def _by_class(graph: Graph, planned: Program, nodes: list[Node]) -> tuple[Places, list[Node]]:
    """Some owners of tensors by the innermost classes of which all instances have one there.

    Those for which there is no such class, but that of the network, are the others.
    """
    found: Places = {}
    left = dict.fromkeys(nodes)
    ways = {
        node: [s for s in node.scope.ancestors() if s in planned.of]
        for node in graph.nodes
        if node.owner in left
    }
    for around in range(max(map(len, ways.values()), default=0)):
        places: dict[tuple[ClassPlan, str], tuple[list[Node], set[Instance]]] = {}
        for node, scopes in ways.items():
            # The network's own class is for what stands in no other.
            if node.owner in left and around < max(1, len(scopes) - 1):
                scope = scopes[around]
                place = planned.of[scope], scope.relative(node.path)
                owners, instances = places.setdefault(place, ([], set()))
                instances.add(scope)
                if not node.shared:
                    owners.append(node)
        for (plan, path), (owners, instances) in places.items():
            if owners and instances == {*plan.instances}:
                found[plan, path] = owners
                for node in owners:
                    del left[node]
    return found, [*left]


# --- ops ------------------------------------------------------------------------------------


def _of_ops(graph: Graph, planned: Program) -> list[tuple[ast.expr, list[Statement]]]:
    """A condition for the kinds of module that start alike, and what is done with such a one."""
    of_ops = [rule for rule in graph.init if not rule.selector.path]
    of_kind: dict[str, tuple[list[Node], Rules]] = {}
    for node in graph.nodes:
        rules = [r for r in of_ops if r.selector.selects(node.op.name, ())]
        if rules and node.tensors():
            of_kind.setdefault(planned.kind(node), ([], rules))[0].append(node)
    alike: dict[tuple[Any, ...], tuple[list[str], list[Node], Rules]] = {}
    for kind, (nodes, rules) in of_kind.items():
        there = [rule for rule in rules if any(_has(node, rule) for node in nodes)]
        said = tuple((r.tensor, r.scheme, r.args, r.values) for r in there)
        if said:
            kinds, several, _ = alike.setdefault(said, ([], [], there))
            kinds.append(kind)
            several += nodes
    return [
        (
            _is_one(kinds, planned),
            [_where_there(rule, "module", "", kinds, nodes) for rule in rules],
        )
        for kinds, nodes, rules in alike.values()
    ]


def _has(node: Node, rule: InitRule) -> bool:
    return any(tensor.name == rule.tensor for tensor in node.tensors())


def _where_there(
    rule: InitRule, owner: str, path: str, kinds: Iterable[str], nodes: list[Node]
) -> Statement:
    """The start of a tensor, under a condition where some of these modules are without it.

    That PyTorch's convolutions have a bias is not known by their type.
    """
    tensor = _reached(owner, path, rule.tensor)
    start = _started(rule, tensor)
    unsure = rule.tensor == "bias" and any(kind.startswith("nn.Conv") for kind in kinds)
    if not unsure and all(_has(node, rule) for node in nodes):
        return start
    return Branching(ast.Compare(tensor, [ast.IsNot()], [ast.Constant(None)]), [start])


def _is_one(kinds: list[str], planned: Program) -> ast.expr:
    """A test for some kinds of module, and not for a helper derived from one of them."""
    trees = list(map(dotted, kinds))
    several: ast.expr = ast.Tuple(trees, LOAD) if len(trees) > 1 else trees[0]
    if any(h in FILES and extends(h, kind) for h in planned.helpers for kind in kinds):
        sign = ast.In() if len(trees) > 1 else ast.Is()
        return ast.Compare(call("type", [name("module")]), [sign], [several])
    return call("isinstance", [name("module"), several])


# --- ids ------------------------------------------------------------------------------------


def _of_ids(graph: Graph) -> Iterator[tuple[list[Node], Rules]]:
    """The owners of tensors that ids or paths mean, with the rules that are for all of them.

    Of several rules for one tensor, which nodes may share, the last is left.
    """
    last: dict[tuple[Node, str], InitRule] = {}
    rules = [rule for rule in graph.init if rule.selector.path]
    meaning = selected(graph.nodes, (r.selector for r in rules)) if rules else {}
    for rule in rules:
        for node in meaning[rule.selector]:
            if _has(node, rule):
                last[node.owner, rule.tensor] = rule
    starting: dict[int, list[Node]] = {}
    for (node, _), rule in last.items():
        starting.setdefault(id(rule), []).append(node)
    found: dict[tuple[tuple[str, ...], tuple[Node, ...]], Rules] = {}
    for rule in rules:
        if id(rule) in starting:
            found.setdefault((rule.selector.path, (*starting[id(rule)],)), []).append(rule)
    yield from (([*nodes], several) for (_, nodes), several in found.items())


def _reached(owner: str, path: str, tensor: str) -> ast.expr:
    """How a tensor of a module within another is reached."""
    path = f"{path}.{tensor}" if path else tensor
    if any(part.isdigit() for part in path.split(".")):
        return Place(owner).asked("get_parameter", path).tree
    return dotted(f"{owner}.{path}")


# --- tensors --------------------------------------------------------------------------------


def _started(rule: InitRule, target: ast.expr) -> Statement:
    """The statement that starts one tensor."""
    if rule.values is not None:
        copy = method(target, "copy_", [build("torch.tensor", [_listed(rule.values)])])
        return Within(call("torch.no_grad"), [Assign(None, copy)])
    if rule.scheme == "bilinear":
        return Assign(None, call("bilinear_", [target]))
    args = [target, *(literal(value) for key, value in rule.args if key == "val")]
    keywords = [(key, literal(value)) for key, value in rule.args if key != "val"]
    return Assign(None, build(f"nn.init.{rule.scheme}_", args, keywords))


def _listed(values: Numbers) -> ast.expr:
    return listed(_listed(v) if isinstance(v, tuple) else literal(float(v)) for v in values)
