"""`init:` in a spec as the last statements of the network's constructor."""

from __future__ import annotations

import re

from archspec.backends.torch.helpers import FILES
from archspec.backends.torch.helpers import source as helper_source
from archspec.backends.torch.planner import FilePlanner
from archspec.backends.torch.symbols import literal, written
from archspec.backends.torch.text import Call, Code, lines
from archspec.backends.torch.words import INDENT
from archspec.elaboration.selection import selected
from archspec.frontend.initialisation import InitRule, Numbers
from archspec.ir.graph import Definition, Graph, Instance, Node

Rules = list[InitRule]


def initialisation(planner: FilePlanner) -> list[str]:
    """Loops over the modules for ops and for ids that come again, then what stands alone."""
    graph = planner.graph
    if any(rule.scheme == "bilinear" for rule in graph.init):
        planner.need_helper("bilinear_")
    branches = _of_ops(planner)
    out = _loop("for module in self.modules():", branches)
    spread: list[tuple[str, list[str]]] = []
    alone: list[str] = []
    for ((*outer, ident), paths), rules in _of_ids(graph).items():
        if len(paths) == 1:
            for rule in rules:
                alone += _started(rule, _reached(paths[0]), 2)
            continue
        body = [line for rule in rules for line in _started(rule, "module", 4)]
        named = not (outer or ident.isdigit()) and all(
            path.rpartition(".")[2] == ident for path in paths
        )
        if named and _named_so(graph, ident) == set(paths):
            spread.append((f'name.rpartition(".")[2] == "{ident}"', body))
            continue
        names = Call("", [f'"{path}"' for path in paths])
        alone += lines(names, 2, "for name in ", ":")
        alone.append(f"{INDENT * 3}module = self.get_submodule(name)")
        alone += [line.removeprefix(INDENT) for line in body]
    return [*out, *_loop("for name, module in self.named_modules():", spread), *alone]


def _loop(head: str, branches: list[tuple[str, list[str]]]) -> list[str]:
    out = [f"{INDENT * 2}{head}"] if branches else []
    for number, (test, body) in enumerate(branches):
        out += [f"{INDENT * 3}{'elif' if number else 'if'} {test}:", *body]
    return out


# --- ops ------------------------------------------------------------------------------------


def _of_ops(planner: FilePlanner) -> list[tuple[str, list[str]]]:
    """A condition for each kind of module, and what is done with such a one."""
    kinds: dict[str, tuple[list[Node], Rules]] = {}
    of_ops = [rule for rule in planner.graph.init if not rule.selector.path]
    for node in planner.graph.nodes:
        rules = [r for r in of_ops if r.selector.selects(node.op.name, ())]
        if rules and node.tensors():
            module = planner.layer(node).module
            assert module is not None
            kinds.setdefault(module.name, ([], rules))[0].append(node)
    branches = []
    for kind, (nodes, rules) in kinds.items():
        body: list[str] = []
        for rule in rules:
            having = [n for n in nodes if any(t.name == rule.tensor for t in n.tensors())]
            if having and len(having) < len(nodes):
                body.append(f"{INDENT * 4}if module.{rule.tensor} is not None:")
            if having:
                body += _started(rule, "module", 4 + (len(having) < len(nodes)))
        if body:
            branches.append((_is_a(kind, planner), body))
    return branches


def _is_a(kind: str, planner: FilePlanner) -> str:
    """A test for a kind of module, and not for a helper derived from it."""
    derived = re.compile(rf"class \w+\({re.escape(kind)}\):")
    if any(h in FILES and derived.match(helper_source(h)) for h in planner.helpers):
        return f"type(module) is {kind}"
    return f"isinstance(module, {kind})"


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


def _reached(path: str) -> str:
    """How the network reaches a module within it."""
    positions = any(part.isdigit() for part in path.split("."))
    return f'self.get_submodule("{path}")' if positions else f"self.{path}"


# --- tensors --------------------------------------------------------------------------------


def _started(rule: InitRule, module: str, depth: int) -> list[str]:
    """The statements that start one tensor."""
    target = f"{module}.{rule.tensor}"
    if rule.values is not None:
        copy = Call(f"{target}.copy_", [Call("torch.tensor", [_listed(rule.values)])])
        return [f"{INDENT * depth}with torch.no_grad():", *lines(copy, depth + 1)]
    if rule.scheme == "bilinear":
        return lines(Call("bilinear_", [target]), depth)
    call = Call(f"nn.init.{rule.scheme}_", [target])
    for name, value in rule.args:
        text = written(literal(value))
        if name == "val":
            call.args.append(text)
        else:
            call.keywords.append((name, text))
    return lines(call, depth)


def _listed(values: Numbers) -> Code:
    return Call(
        "",
        [_listed(v) if isinstance(v, tuple) else written(literal(float(v))) for v in values],
        brackets="[]",
    )
