"""`init:` in a spec as the last statements of the network's constructor."""

from __future__ import annotations

import ast

from archspec.backends.torch.helpers import FILES, extends
from archspec.backends.torch.target import TORCH
from archspec.codegen.places import SELF
from archspec.codegen.program import Program
from archspec.codegen.python import (
    LOAD,
    Assign,
    Branching,
    Looping,
    Statement,
    Within,
    alike,
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
from archspec.ir.graph import Definition, Graph, Instance, Node

Rules = list[InitRule]

Cases = list[tuple[ast.expr, list[Statement]]]
"""Conditions of which one holds at most, and what is done then."""


def initialisation(graph: Graph, planned: Program) -> list[Statement]:
    """Loops over the modules for ops and for ids that come again, then what stands alone."""
    spread: Cases = []
    alone: list[Statement] = []
    for ((*outer, ident), paths), rules in _of_ids(graph).items():
        if len(paths) == 1:
            alone += (_started(rule, _reached(paths[0])) for rule in rules)
            continue
        body: list[Statement] = [_started(rule, name("module")) for rule in rules]
        named = not (outer or ident.isdigit()) and all(
            path.rpartition(".")[2] == ident for path in paths
        )
        if named and _named_so(graph, ident) == set(paths):
            spread.append((_ends_in(ident), body))
            continue
        found = call("self.get_submodule", [name("name")])
        names = ast.Tuple([ast.Constant(path) for path in paths], LOAD)
        alone.append(Looping(["name"], names, [Assign(name("module"), found), *body]))
    return [
        *_loop(["module"], call("self.modules"), _of_ops(graph, planned)),
        *_loop(["name", "module"], call("self.named_modules"), spread),
        *alone,
    ]


def _ends_in(ident: str) -> ast.expr:
    """`name.rpartition(".")[2] == ident`."""
    parts = call("name.rpartition", [ast.Constant(".")])
    last = ast.Subscript(parts, ast.Constant(2), LOAD)
    return ast.Compare(last, [ast.Eq()], [ast.Constant(ident)])


def _loop(targets: list[str], walked: ast.expr, cases: Cases) -> list[Statement]:
    """A loop over modules that tells some kinds apart."""
    rest: list[Statement] = []
    for test, body in reversed(cases):
        rest = [Branching(test, body, rest)]
    return [Looping(targets, walked, rest)] if rest else []


# --- ops ------------------------------------------------------------------------------------


def _of_ops(graph: Graph, planned: Program) -> Cases:
    """A condition for each kind of module, and what is done with such a one."""
    kinds: dict[str, tuple[list[Node], Rules]] = {}
    of_ops = [rule for rule in graph.init if not rule.selector.path]
    for node in graph.nodes:
        rules = [r for r in of_ops if r.selector.selects(node.op.name, ())]
        if rules and node.tensors():
            module = planned.layers[node].module
            assert module is not None
            kinds.setdefault(module.name, ([], rules))[0].append(node)
    started: list[tuple[list[str], list[Statement]]] = []
    for kind, (nodes, rules) in kinds.items():
        body: list[Statement] = []
        for rule in rules:
            having = [n for n in nodes if any(t.name == rule.tensor for t in n.tensors())]
            start = _started(rule, name("module"))
            if having and len(having) < len(nodes):
                there = ast.Compare(
                    dotted(f"module.{rule.tensor}"), [ast.IsNot()], [ast.Constant(None)]
                )
                body.append(Branching(there, [start]))
            elif having:
                body.append(start)
        others = next((others for others, same in started if alike(same, body)), None)
        if others is not None:
            others.append(kind)
        elif body:
            started.append(([kind], body))
    return [(_is_one(several, planned), body) for several, body in started]


def _is_one(kinds: list[str], planned: Program) -> ast.expr:
    """A test for some kinds of module, and not for a helper derived from one of them."""
    trees = list(map(dotted, kinds))
    several: ast.expr = ast.Tuple(trees, LOAD) if len(trees) > 1 else trees[0]
    if any(h in FILES and extends(h, kind) for h in planned.helpers for kind in kinds):
        sign = ast.In() if len(trees) > 1 else ast.Is()
        return ast.Compare(call("type", [name("module")]), [sign], [several])
    return call("isinstance", [name("module"), several])


# --- ids ------------------------------------------------------------------------------------


def _of_ids(graph: Graph) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Rules]:
    """The rules for each id or path with the paths of the modules they are for.

    Of several rules for one tensor, which nodes may share, the last is left.
    """
    last: dict[tuple[str, str], InitRule] = {}
    rules = [rule for rule in graph.init if rule.selector.path]
    meaning = selected(graph.nodes, (r.selector for r in rules)) if rules else {}
    for rule in rules:
        for node in meaning[rule.selector]:
            if any(t.name == rule.tensor for t in node.tensors()):
                last[node.owner.path, rule.tensor] = rule
    starting: dict[int, list[str]] = {}
    for (path, _), rule in last.items():
        starting.setdefault(id(rule), []).append(path)
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], Rules] = {}
    for rule in rules:
        if id(rule) in starting:
            paths = tuple(starting[id(rule)])
            found.setdefault((rule.selector.path, paths), []).append(rule)
    return found


def _named_so(graph: Graph, ident: str) -> set[str]:
    """The paths of whatever has this name and may be a module; a shared one counts as its owner.

    In an instance whose `when` leaves the node out, an `nn.Identity` may stand for it.
    """
    found: set[str] = set()
    having: dict[Definition, set[Instance]] = {}
    instances, waiting = list[Instance](), [graph.root]
    while waiting:
        scope = waiting.pop()
        instances.append(scope)
        for child in scope.children:
            if isinstance(child, Instance):
                waiting.append(child)
            named = (child.name if isinstance(child, Instance) else child.id) == ident
            if named:
                found.add(child.path if isinstance(child, Instance) else child.owner.path)
                if scope.block is not None:
                    having.setdefault(scope.block, set()).add(scope)
    without = (i.path for i in instances if i.block in having and i not in having[i.block])
    return found | {f"{path}.{ident}" for path in without}


def _reached(path: str) -> ast.expr:
    """How the network reaches a module within it."""
    positions = any(part.isdigit() for part in path.split("."))
    return SELF.asked(TORCH.words.reach, path).tree if positions else dotted(f"self.{path}")


# --- tensors --------------------------------------------------------------------------------


def _started(rule: InitRule, module: ast.expr) -> Statement:
    """The statement that starts one tensor."""
    target = ast.Attribute(module, rule.tensor, LOAD)
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
