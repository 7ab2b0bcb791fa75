"""Classes -> the text of a Python file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from archspec.backends.torch.forward import Writer, settle
from archspec.backends.torch.helpers import source as helper_source
from archspec.backends.torch.layers import check_lowered
from archspec.backends.torch.layout import wrapped
from archspec.backends.torch.planner import FilePlanner
from archspec.backends.torch.plans import (
    Assign,
    Branching,
    ClassPlan,
    Looping,
    Param,
    Statement,
)
from archspec.backends.torch.starts import initialisation
from archspec.backends.torch.symbols import written
from archspec.backends.torch.text import Call, flat, lines, remarked
from archspec.backends.torch.unbound import check_bound
from archspec.backends.torch.words import INDENT, WIDTH, comment, of_class, of_file
from archspec.elaboration.provenance import provenance
from archspec.ir.graph import Graph, Output


def write(graph: Graph, *, probe: bool = False) -> tuple[str, str]:
    """The file's text, and the name of the network's class in it.

    Args:
        probe: pass every value that no module computes through `probe(...)`, which the
            text leaves undefined; for checking shapes.

    Raises:
        ArchspecError: E602 for an op that has no lowering, E606 where the text would read a
            name that nothing binds.
    """
    check_lowered(graph)
    planner = FilePlanner(graph)
    root = planner.plan()
    classes = [_class(plan, planner, probe) for plan in planner.order]
    used = _read("\n\n\n".join(classes))
    needed = [h for h in planner.helpers if h in used]
    helpers = [helper_source(h).replace("torch.Tensor", "Tensor") for h in needed]
    imports = _imports(used.union(*map(_read, helpers)))
    body = "\n\n\n".join([*helpers, *classes])
    text = f"{of_file(graph)}\n\n{imports}\n\n\n{body}\n"
    check_bound(text, ("probe",) if probe else ())
    return text, root.name


def _read(code: str) -> set[str]:
    """The names that code reads, whatever its comments and texts speak of."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def _imports(used: set[str]) -> str:
    found = []
    if "torch" in used:
        found.append("import torch")
    if "F" in used:
        found.append("import torch.nn.functional as F")
    names = [n for n in ("Tensor", "nn") if n in used]
    if names:
        found.append(f"from torch import {', '.join(names)}")
    return "\n".join(found)


def _class(plan: ClassPlan, planner: FilePlanner, probe: bool) -> str:
    graph = planner.graph
    is_root = plan.instances[0] is graph.root
    out = [f"class {plan.name}({plan.base}):"]
    block = plan.instances[0].block
    told: set[str] = set()
    out += of_class(block.doc if block is not None else "", _explained(plan, graph))
    constructor = _statements(_said_once(plan.constructor, told), 2)
    if is_root:
        constructor += _loss_weights(graph)
        constructor += initialisation(planner)
    inherited = constructor == [f"{INDENT * 2}super().__init__()"] and not plan.params
    if not inherited or plan.flow is None:
        out += _signature("__init__", [_param(p) for p in plan.params], "None")
        out += [*constructor, ""]
    if plan.flow is not None:
        out += _forward(plan, graph if is_root else None, probe, told)
    return "\n".join(out).rstrip("\n")


def _explained(plan: ClassPlan, graph: Graph) -> Iterator[tuple[str, str]]:
    """The constructor's parameters of which the spec says what they are, and what it says."""
    made = provenance(graph)
    block = made.of[plan.instances[0]].block
    homes = [block.params, block.home.params] if block is not None else []
    for param in plan.params:
        decls = (home.get(param.spec or "") for home in [*homes, made.params])
        decl = next(filter(None, decls), None)
        if decl is not None and decl.doc:
            yield param.name, decl.doc


def _loss_weights(graph: Graph) -> list[str]:
    """What each output's loss counts in training, for the caller's sum."""
    if len(graph.outputs) == 1:
        return []
    pairs = [(o, str(o.loss_weight if o.loss_weight is not None else 1.0)) for o in graph.outputs]
    return _mapping(f"{INDENT * 2}self.loss_weights = ", pairs, 2)


def _signature(name: str, params: Iterable[str], returns: str) -> list[str]:
    params = ["self", *params]
    whole = f"{INDENT}def {name}({', '.join(params)}) -> {returns}:"
    if len(whole) <= WIDTH:
        return [whole]
    inner = f"{INDENT * 2}{', '.join(params)}"
    if len(inner) <= WIDTH:
        return [f"{INDENT}def {name}(", inner, f"{INDENT}) -> {returns}:"]
    return [
        f"{INDENT}def {name}(",
        *(f"{INDENT * 2}{p}," for p in params),
        f"{INDENT}) -> {returns}:",
    ]


def _param(param: Param) -> str:
    default = written(param.default) if param.default is not None else None
    kind = param.kind or "int"
    return f"{param.name}: {kind}" + (f" = {default}" if default is not None else "")


def _said_once(body: list[Statement], told: set[str]) -> list[Statement]:
    """The statements without those words on them that were said before; `told` learns them."""
    out: list[Statement] = []
    for statement in body:
        if isinstance(statement, Assign):
            out.append(replace(statement, code=remarked(statement.code, told)))
        elif isinstance(statement, Branching):
            inner, other = (_said_once(b, told) for b in (statement.body, statement.orelse))
            out.append(replace(statement, body=inner, orelse=other))
        else:
            doc = "" if statement.doc in told else statement.doc
            told.add(doc)
            out.append(Looping(statement.header, _said_once(statement.body, told), doc))
    return out


def _statements(body: list[Statement], depth: int) -> list[str]:
    out: list[str] = []
    margin = INDENT * depth
    for statement in body:
        if isinstance(statement, Assign):
            out += _assign(statement, depth)
        elif isinstance(statement, Branching):
            out += wrapped("if ", statement.test, margin, ":")
            out += _statements(statement.body, depth + 1)
            if statement.orelse:
                out.append(f"{margin}else:")
                out += _statements(statement.orelse, depth + 1)
        elif isinstance(statement, Looping):
            out += comment(statement.doc, margin)
            out += _header(statement.header, depth)
            out += _statements(statement.body, depth + 1)
    return out


def _header(header: str, depth: int) -> list[str]:
    """A loop's head; the lists that a long one walks stand one a line."""
    loop = ast.parse(f"{header} pass").body[0]
    assert isinstance(loop, ast.For)
    if len(header) + len(INDENT) * depth <= WIDTH or not isinstance(loop.iter, ast.Call):
        return [f"{INDENT * depth}{header}"]
    walked = Call(written(loop.iter.func), [written(a) for a in loop.iter.args])
    return lines(walked, depth, header.partition(" in ")[0] + " in ", ":")


def _assign(statement: Assign, depth: int) -> list[str]:
    target, code = statement.target, statement.code
    if target is None:
        return lines(code, depth)
    text = flat(code)
    if isinstance(code, str) and text.startswith(f"{target} + "):
        return lines(text.removeprefix(f"{target} + "), depth, f"{target} += ")
    return lines(code, depth, f"{target} = ")


def _forward(plan: ClassPlan, graph: Graph | None, probe: bool, told: set[str]) -> list[str]:
    settle(plan, root=graph is not None, probe=probe)
    assert plan.flow is not None
    writer = Writer(plan, probe, told)
    inputs = [f"{v.var}: Tensor" for v in plan.inputs]
    inputs += [f"{s.val.var}: {s.kind}" for s in plan.sizes]
    if graph is None or len(graph.outputs) == 1:
        if graph is None and (len(plan.outputs) > 1 or plan.many):
            stars = [f"*{o.var}" if o.many else str(o.var) for o in plan.outputs]
            end = ", ".join(stars) + ("," if len(stars) == 1 else "")
            head = _signature("forward", inputs, "tuple[Tensor, ...]")
            return [*head, *writer.lines(plan.flow, 2), f"{INDENT * 2}return {end}"]
        return [*_signature("forward", inputs, "Tensor"), *writer.returning(2)]
    mixed = any(o.train_only for o in graph.outputs)
    single = mixed and sum(not o.train_only for o in graph.outputs) == 1
    returns = "Tensor | dict[str, Tensor]" if single else "dict[str, Tensor]"
    head = _signature("forward", inputs, returns)
    pairs = [(o, str(v.var)) for o, v in zip(graph.outputs, plan.outputs, strict=True)]
    body = writer.lines(plan.flow, 2)
    always = [(o, v) for o, v in pairs if not o.train_only]
    if len(always) == len(pairs):
        return [*head, *body, *_return(pairs, 2)]
    return [
        *head,
        *body,
        f"{INDENT * 2}if self.training:",
        *_return(pairs, 3),
        *_return(always, 2),
    ]


def _return(pairs: list[tuple[Output, str]], depth: int) -> list[str]:
    if len(pairs) == 1:
        return [f"{INDENT * depth}return {pairs[0][1]}"]
    return _mapping(f"{INDENT * depth}return ", pairs, depth)


def _mapping(head: str, pairs: list[tuple[Output, str]], depth: int) -> list[str]:
    """Something for each output, as a dict by name."""
    names = ", ".join(f'"{o.name}": {v}' for o, v in pairs)
    whole = f"{head}{{{names}}}"
    if len(whole) <= WIDTH:
        return [whole]
    rows = [f'{INDENT * (depth + 1)}"{o.name}": {v},' for o, v in pairs]
    return [f"{head}{{", *rows, f"{INDENT * depth}}}"]
