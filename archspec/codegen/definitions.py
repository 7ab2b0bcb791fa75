"""A program's classes as trees: their constructors, their parameters, and what flows."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from archspec.codegen.chain_items import begins
from archspec.codegen.forward import Writer
from archspec.codegen.places import SELF
from archspec.codegen.plan import ClassPlan
from archspec.codegen.program import Program
from archspec.codegen.python import (
    LOAD,
    Argument,
    Assign,
    Branching,
    Class,
    Leave,
    Method,
    Statement,
    call,
    dotted,
    name,
    said_once,
)
from archspec.codegen.target import Target
from archspec.codegen.variables import Forward
from archspec.codegen.words import of_class
from archspec.elaboration.provenance import provenance
from archspec.ir.graph import Graph, Output
from archspec.ir.losses import loss_weights


def definitions(
    graph: Graph,
    program: Program,
    target: Target,
    closing: Mapping[ClassPlan, Iterable[Statement]] = MappingProxyType({}),
    *,
    probe: bool = False,
) -> list[Class]:
    """The classes of a network.

    Args:
        closing: the last statements of constructors, by their classes.
        probe: pass every value that no module computes through `probe(...)`, which they leave
            undefined.
    """
    return [
        _Definition(graph, program, target, plan, probe=probe).tree(closing.get(plan, ()))
        for plan in program.classes
    ]


class _Definition:
    """Writes one class."""

    def __init__(
        self, graph: Graph, program: Program, target: Target, plan: ClassPlan, *, probe: bool
    ) -> None:
        self.graph, self.program, self.target, self.plan = graph, program, target, plan
        self.root = plan is program.root
        self.probe = probe
        self.told: set[str] = set()

    def tree(self, closing: Iterable[Statement]) -> Class:
        plan, block = self.plan, self.plan.instances[0].block
        doc = of_class(block.doc if block is not None else "", _explained(plan, self.graph))
        constructor = said_once(plan.constructor, self.told)
        if self.root:
            constructor += _loss_weights(self.graph)
        constructor += closing
        methods = []
        inherited = len(constructor) == 1 and begins(constructor) and not plan.params
        if not inherited or plan.flow is None:
            arguments = [Argument(p.name, p.kind, p.default, p.keyword) for p in plan.params]
            methods.append(Method("__init__", arguments, ast.Constant(None), constructor))
        if plan.flow is not None:
            methods.append(self.forward())
        return Class(plan.name, dotted(self.target.words.containers[plan.base]), doc, methods)

    def forward(self) -> Method:
        plan, words = self.plan, self.target.words
        forward = self.program.forwards[plan]
        if self.probe:
            forward = Forward(plan, self.program.naming, root=self.root, probe=True)
        writer = Writer(plan, forward, words, probe=self.probe, told=self.told)
        names, value = forward.names, name(words.value)
        arguments = [Argument(names[v], value) for v in plan.inputs]
        arguments += [Argument(names[s.val], s.kind) for s in plan.sizes]
        if self.root and len(self.graph.outputs) > 1:
            returns, body = self.several(writer)
        elif not self.root and (len(plan.outputs) > 1 or plan.many):
            returns = _generic("tuple", value, ast.Constant(...))
            given = [
                ast.Starred(name(names[o]), LOAD) if o.many else name(names[o])
                for o in plan.outputs
            ]
            whole: ast.expr = ast.Tuple(given, LOAD)
            if len(given) == 1:
                whole = call("tuple", [name(names[plan.outputs[0]])])
            body = [*writer.statements(forward.flow), Leave("return", whole)]
        else:
            returns, body = value, writer.returning()
        return Method("forward", arguments, returns, body)

    def several(self, writer: Writer) -> tuple[ast.expr, list[Statement]]:
        """The body of a network with several outputs: some of them, perhaps, in training alone."""
        vals = zip(self.graph.outputs, self.plan.outputs, strict=True)
        pairs = [(output, writer.variable(val)) for output, val in vals]
        always = [(output, tree) for output, tree in pairs if not output.train_only]
        value = name(self.target.words.value)
        by_name = _generic("dict", name("str"), value)
        everything = Leave("return", _by_name(pairs))
        body = writer.statements(writer.flow)
        if len(always) == len(pairs):
            return by_name, [*body, everything]
        body.append(Branching(writer.training, [everything]))
        if len(always) != 1:
            return by_name, [*body, Leave("return", _by_name(always))]
        ((_, only),) = always
        return ast.BinOp(value, ast.BitOr(), by_name), [*body, Leave("return", only)]


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


def _loss_weights(graph: Graph) -> Iterator[Statement]:
    """What each output's loss counts in training, for the caller's sum."""
    if weights := loss_weights(graph.outputs):
        table = _by_name((o, ast.Constant(weights[o.name])) for o in graph.outputs)
        yield Assign(SELF.child("loss_weights").tree, table)


def _by_name(pairs: Iterable[tuple[Output, ast.expr]]) -> ast.expr:
    """Something for each output, as a dict by name."""
    rows = [(ast.Constant(output.name), value) for output, value in pairs]
    return ast.Dict([key for key, _ in rows], [value for _, value in rows])


def _generic(kind: str, *of: ast.expr) -> ast.expr:
    """`dict[str, int]`."""
    return ast.Subscript(name(kind), ast.Tuple(list(of), LOAD), LOAD)
