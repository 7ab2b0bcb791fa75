"""A document with its choices made -> a checked Graph."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from archspec.diagnostics import ArchspecError, Diagnostic, Span, did_you_mean, listed
from archspec.elaboration.binding import bind_network, input_namespace
from archspec.elaboration.calls import Elaborator
from archspec.elaboration.collect import MAX_NODES, Reporter, Stop, too_large
from archspec.elaboration.forecast import Extent, Forecast, total
from archspec.elaboration.provenance import Expansion, Provenance, parameter, record
from archspec.elaboration.remarks import remark_axes, remark_graph, remark_input, remark_outputs
from archspec.elaboration.scope import Entry, Scope
from archspec.elaboration.uneven import fitting
from archspec.elaboration.validate import (
    check_in_place,
    check_init,
    check_used,
    keep_derived,
    mark_train_only,
)
from archspec.frontend.ast import OutputDecl, Value, is_constant
from archspec.frontend.budget import A_VARIANT, Budget, apart, budgeted
from archspec.frontend.environment import over
from archspec.frontend.loading import Document, unknown_variant
from archspec.frontend.meant import whole_hint
from archspec.frontend.outputs import present, use_of
from archspec.frontend.requirements import met
from archspec.ir.graph import Graph, Instance, Node, Output
from archspec.ir.limits import MAX_COUNT
from archspec.ops.shape import Input
from archspec.ops.types import MAX_AXES, MAX_SIZE, Shape, show
from archspec.util.gc import collector_off


def build(
    document: Document,
    *,
    variant: str | None = None,
    params: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Shape] | None = None,
) -> Graph:
    """Elaborate a document.

    Args:
        variant: a name under `variants:`; default: the one the document's name picked.
        params: parameters that override the variant's.
        inputs: shapes, without the batch axis, that override the spec's inputs.

    Raises:
        ArchspecError: E1xx for the choices, E3xx to E5xx for what the graph shows.
    """
    try:
        with collector_off(), budgeted() as budget:
            names = len(document.spec.params) + len(document.blocks)
            budget.pay(A_VARIANT + names, document.spec.graph[0].span)
            start = _begin(document, variant, params or {}, inputs or {}, Reporter())
            try:
                return _finish(document, start)
            except Stop as stop:
                advised = _advised(stop.diagnostics, document, start, params or {}, budget)
                raise Stop(*advised) from None
    except Stop as stop:  # what ends elaboration early is an ordinary error outside it
        raise ArchspecError(*stop.diagnostics) from None


@dataclass(frozen=True, slots=True)
class _Start:
    """A network whose parameters and inputs are known, and nothing else of it."""

    builder: Elaborator
    scope: Scope
    sources: list[Node]
    variant: str | None


def _begin(
    document: Document,
    variant: str | None,
    params: Mapping[str, Any],
    inputs: Mapping[str, Shape],
    report: Reporter,
) -> _Start:
    spec = document.spec
    if variant is not None and document.variant not in (None, variant):
        message = f"the name has picked the variant `{document.variant}` already"
        raise ArchspecError(Diagnostic("E103", message, found=f"also `{variant}`"))
    variant = variant if variant is not None else document.variant
    if variant is not None and variant not in spec.variants:
        raise ArchspecError(unknown_variant(document, variant))
    row = spec.variants[variant] if variant is not None else {}
    values = bind_network(spec.params, row, params, document.home, report)
    report.check()
    builder = Elaborator(document.home, values, report)
    span = next(iter(spec.inputs.values()))[0] if spec.inputs else spec.graph[0].span
    root = Instance("", "", None, None, values, (), span, role="network")
    scope = Scope(Expansion(root, None, None, values), document.home)
    sources = _inputs(spec.inputs, inputs, values, scope, builder)
    report.check()
    root.inputs = tuple(sources)
    return _Start(builder, scope, sources, variant)


def _finish(document: Document, start: _Start) -> Graph:
    spec, builder, scope, sources = document.spec, start.builder, start.scope, start.sources
    report, root = builder.report, scope.instance
    values = builder.declared(document.home)
    flow = tuple(sources) if len(sources) == 1 else ()
    env = over(values, {"input": input_namespace(tuple(sources))})
    scope.expansion.env = env
    for remark in document.remarks:
        report(remark)
    builder.scopes[root], builder.bodies[root] = scope, spec.graph
    if not met(spec.require, env, report):
        raise report.error()
    with _room():
        _check_extent(document, builder)
        scope.expansion.body, after = builder.body(spec.graph, env, flow, scope)
    outputs = _outputs(spec.outputs, after, scope, builder, spec.graph[-1].span)
    root.output = tuple(o.node for o in outputs)
    of = {one: inner.expansion for one, inner in builder.scopes.items()}
    made = Provenance(of, builder.lent, spec.params, tuple(spec.require))
    needed = mark_train_only(outputs)
    if not report.found:
        keep_derived(builder.nodes, made.lent)
        absent = {decl.name: decl for decl in spec.outputs}
        for output in outputs:
            absent.pop(output.name, None)
        check_used(builder.nodes, needed, absent.values(), made, report)
        check_in_place(builder.nodes, outputs, report)
    report.check()
    with _room():
        remark_graph(scope.expansion, builder.nodes, report)
    remark_axes(builder.nodes, report)
    places = {decl.name: decl.ref.span for decl in spec.outputs}
    remark_outputs(outputs, places, builder.nodes, report)
    label, title = _called(document, start.variant, values)
    graph = Graph(
        spec.name,
        builder.nodes,
        root,
        sources,
        outputs,
        values,
        start.variant,
        spec.source or None,
        spec.year,
        tuple(spec.init),
        label=label,
        title=title,
        declared={name: parameter(decl) for name, decl in spec.params.items()},
        origin=document,
    )
    record(graph, made)
    bodies = (block.graph for block in document.home.every_block()) if spec.init else ()
    graph.init = check_init(graph, [spec.graph, *bodies], report)
    report.check()
    for remark in document.vain:
        report(remark)
    graph.remarks = report.remarks()
    return graph


def _check_extent(document: Document, builder: Elaborator) -> None:
    """E405 where a network is certain to be too large, before any of it is made."""
    forecast, sure = Forecast(), Extent(nodes=len(builder.nodes))
    for item in document.spec.graph:
        sure = total([sure, forecast.of(item, document.home)])
        if sure.nodes > MAX_NODES or not builder.budget.allows(sure.steps):
            span = item.span if item.loop is None else item.loop.span
            builder.report.stop(too_large(span, builder.budget))


def _called(
    document: Document, variant: str | None, params: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    """The network's label and title; words that read no parameter leave the variant to be said."""
    spec = document.spec
    row = spec.labels.get(variant or "")
    said = row if row is not None else spec.label
    if said is None:
        return None, None
    label = str(said.evaluate(params))
    says_all = variant is None or row is not None or not is_constant(said)
    return label, label if says_all else f"{label} · {variant}"


def _advised(
    found: Iterable[Diagnostic],
    document: Document,
    start: _Start,
    params: Mapping[str, Any],
    budget: Budget,
) -> Iterator[Diagnostic]:
    """Diagnostics; the first of those that another size of the input may mend says which does."""
    sources, asked = start.sources, False

    def fits(shapes: Sequence[Shape]) -> bool:
        budget.trials -= len(start.builder.nodes)
        inputs = {node.path: shape for node, shape in zip(sources, shapes, strict=True)}
        if budget.trials < 0:
            return False
        try:
            with apart():
                _finish(document, _begin(document, start.variant, params, inputs, Reporter(most=1)))
        except ArchspecError:
            return False
        return True

    for diagnostic in found:
        if not asked and any(note.cause for note in diagnostic.notes):
            asked = True
            hint = fitting([node.output for node in sources], fits)
            yield replace(diagnostic, hint=hint or diagnostic.hint)
        else:
            yield diagnostic


@contextmanager
def _room() -> Iterator[None]:
    """Room for recursive blocks, whose depth has a limit of its own, in block instances."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 10_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _inputs(
    declared: Mapping[str, tuple[Span, Value]],
    given: Mapping[str, Shape],
    env: Mapping[str, Any],
    scope: Scope,
    builder: Elaborator,
) -> list[Node]:
    report = builder.report
    for name in given:
        if name not in declared:
            report(
                Diagnostic(
                    "E415",
                    f"the network has no input `{name}`",
                    expected=listed(declared),
                    hint=did_you_mean(name, declared),
                )
            )
    nodes: list[Node] = []
    for name, (span, value) in declared.items():
        shape: Any = given.get(name)
        if shape is None:
            try:
                shape = value.evaluate(env)
            except ArchspecError as error:
                report(error.diagnostics[0])
                continue
        if not _is_possible(shape):
            batch = shape and shape[0] in (None, "None", "null", "batch", "N", "B", -1)
            report(
                Diagnostic(
                    "E203",
                    f"the input `{name}` has an impossible shape",
                    None if name in given else value.span,
                    expected=f"whole numbers from 1 to {MAX_SIZE:,}"
                    if len(shape) <= MAX_AXES
                    else f"at most {MAX_AXES} axes, beside the batch",
                    found=show(shape).replace("None", "null"),
                    hint="leave out the batch axis, which is never written"
                    if batch
                    else whole_hint(value, shape),
                )
            )
            continue
        remark_input(name, tuple(shape), None if name in given else value.span, report)
        op = Input(shape=tuple(shape))
        node = Node(name, op, (), tuple(shape), scope.instance, span)
        scope.names[name] = Entry((node,))
        scope.taken.add(name)
        nodes.append(node)
        builder.nodes.append(node)
        builder.by_path[name] = node
    return nodes


def _is_possible(shape: tuple[Any, ...]) -> bool:
    if not 0 < len(shape) <= MAX_AXES:
        return False
    sizes = all(type(n) is int and 0 < n <= MAX_SIZE for n in shape)
    return sizes and prod(shape) <= MAX_COUNT


def _outputs(
    declared: list[OutputDecl],
    last: tuple[Node, ...] | None,
    scope: Scope,
    builder: Elaborator,
    end: Span,
) -> list[Output]:
    report = builder.report
    if not declared:
        if last is None:
            return []
        if len(last) != 1:
            report(
                Diagnostic(
                    "E415",
                    f"the network ends in {len(last)} values",
                    end,
                    hint="gather them with a merge, or name each under `outputs`",
                )
            )
            return []
        return [Output(last[0].id or "output", last[0])]
    outputs, env = list[Output](), scope.expansion.env
    try:
        there = present(declared, env)
    except ArchspecError as error:
        report(error.diagnostics[0])
        return []
    for decl in there:
        try:
            use = use_of(decl, env)
            value = builder.returned(decl, env, scope)
        except Stop:
            raise
        except ArchspecError as error:
            report(error.diagnostics[0])
            continue
        if value is None:
            continue
        if len(value) != 1:
            message = f"the output `{decl.name}` is {len(value)} values"
            report(Diagnostic("E415", message, decl.ref.span))
            continue
        outputs.append(Output(decl.name, value[0], *use))
    if len(outputs) == len(there) and all(output.train_only for output in outputs):
        report(
            Diagnostic(
                "E415",
                "every output is for training only",
                there[0].ref.span,
                expected="at least one output that stays in evaluation",
            )
        )
    return outputs
