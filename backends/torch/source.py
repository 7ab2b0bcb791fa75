"""Classes -> the text of a Python file."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator

from archspec.backends.torch.forward import Writer
from archspec.backends.torch.helpers import FILES
from archspec.backends.torch.helpers import reads as helper_reads
from archspec.backends.torch.helpers import source as helper_source
from archspec.backends.torch.layers import check_lowered
from archspec.backends.torch.links import begins
from archspec.backends.torch.plans import ClassPlan
from archspec.backends.torch.program import Program, program
from archspec.backends.torch.starts import initialisation
from archspec.backends.torch.unbound import check_bound
from archspec.backends.torch.variables import Forward
from archspec.codegen.places import SELF
from archspec.codegen.printing import printed
from archspec.codegen.python import (
    LOAD,
    Argument,
    Assign,
    Branching,
    Class,
    Leave,
    Method,
    Statement,
    dotted,
    name,
    reads,
    said_once,
)
from archspec.codegen.words import of_class, of_file
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
    planned = program(graph)
    classes = [_class(plan, planned, graph, probe) for plan in planned.classes]
    read = reads(classes)
    helpers = [h for h in {**planned.helpers, **read} if h in FILES and h in read]
    imports = _imports({*read}.union(*map(helper_reads, helpers)))
    body = "\n\n\n".join([*map(helper_source, helpers), *map(printed, classes)])
    text = f"{of_file(graph)}\n\n{imports}\n\n\n{body}\n"
    check_bound(text, ("probe",) if probe else ())
    return text, planned.root.name


def _imports(used: Container[str]) -> str:
    found = []
    if "torch" in used:
        found.append("import torch")
    if "F" in used:
        found.append("import torch.nn.functional as F")
    names = [n for n in ("Tensor", "nn") if n in used]
    if names:
        found.append(f"from torch import {', '.join(names)}")
    return "\n".join(found)


def _class(plan: ClassPlan, planned: Program, graph: Graph, probe: bool) -> Class:
    is_root = plan is planned.root
    block = plan.instances[0].block
    told: set[str] = set()
    doc = of_class(block.doc if block is not None else "", _explained(plan, graph))
    constructor = said_once(plan.constructor, told)
    if is_root:
        constructor += _loss_weights(graph)
        constructor += initialisation(graph, planned)
    methods = []
    inherited = len(constructor) == 1 and begins(constructor) and not plan.params
    if not inherited or plan.flow is None:
        arguments = [Argument(p.name, p.kind, p.default) for p in plan.params]
        methods.append(Method("__init__", arguments, ast.Constant(None), constructor))
    if plan.flow is not None:
        forward = Forward(plan, root=is_root, probe=True) if probe else planned.forwards[plan]
        writer = Writer(plan, forward, probe=probe, told=told)
        methods.append(_forward(plan, graph if is_root else None, writer))
    return Class(plan.name, dotted(plan.base), doc, methods)


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


def _loss_weights(graph: Graph) -> list[Statement]:
    """What each output's loss counts in training, for the caller's sum."""
    if len(graph.outputs) == 1:
        return []
    weights = ((o, 1.0 if o.loss_weight is None else o.loss_weight) for o in graph.outputs)
    table = _by_name((o, ast.Constant(float(weight))) for o, weight in weights)
    return [Assign(SELF.child("loss_weights").tree, table)]


def _by_name(pairs: Iterable[tuple[Output, ast.expr]]) -> ast.expr:
    """Something for each output, as a dict by name."""
    rows = [(ast.Constant(o.name), value) for o, value in pairs]
    return ast.Dict([key for key, _ in rows], [value for _, value in rows])


def _forward(plan: ClassPlan, graph: Graph | None, writer: Writer) -> Method:
    tensor, names = name("Tensor"), writer.names
    arguments = [Argument(names[v], tensor) for v in plan.inputs]
    arguments += [Argument(names[s.val], s.kind) for s in plan.sizes]
    if graph is not None and len(graph.outputs) > 1:
        returns, body = _several(plan, graph, writer)
    elif graph is None and (len(plan.outputs) > 1 or plan.many):
        several = [
            ast.Starred(name(names[o]), LOAD) if o.many else name(names[o]) for o in plan.outputs
        ]
        returns = ast.Subscript(name("tuple"), ast.Tuple([tensor, ast.Constant(...)], LOAD), LOAD)
        body = [*writer.statements(writer.flow), Leave("return", ast.Tuple(several, LOAD))]
    else:
        returns, body = tensor, writer.returning()
    return Method("forward", arguments, returns, body)


def _several(plan: ClassPlan, graph: Graph, writer: Writer) -> tuple[ast.expr, list[Statement]]:
    """The body of a network with several outputs: some of them, perhaps, in training alone."""
    pairs = [(o, writer.variable(v)) for o, v in zip(graph.outputs, plan.outputs, strict=True)]
    always = [(o, v) for o, v in pairs if not o.train_only]
    body = writer.statements(writer.flow)
    by_name: ast.expr = ast.Subscript(
        name("dict"), ast.Tuple([name("str"), name("Tensor")], LOAD), LOAD
    )
    everything = Leave("return", _by_name(pairs))
    if len(always) == len(pairs):
        return by_name, [*body, everything]
    test = Branching(SELF.child("training").tree, [everything])
    if len(always) != 1:
        return by_name, [*body, test, Leave("return", _by_name(always))]
    ((_, only),) = always
    either = ast.BinOp(name("Tensor"), ast.BitOr(), by_name)
    return either, [*body, test, Leave("return", only)]
