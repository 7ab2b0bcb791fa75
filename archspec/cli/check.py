"""`archspec check`: is it right, and if not, where?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

import click

from archspec import pipeline
from archspec.analysis import cost
from archspec.analysis.check import pinned
from archspec.analysis.units import dims
from archspec.cli.common import (
    choices,
    complain,
    detail,
    echo,
    globals_,
    label,
    present,
    settings,
    status,
    tell,
)
from archspec.cli.gathering import Gathered
from archspec.diagnostics import ArchspecError, Diagnostic, printable
from archspec.frontend.budget import budgeted
from archspec.frontend.loading import Document, load
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.ops.types import show
from archspec.tables import rescaling
from archspec.tables.rescaling import Rescaled, Stop


def _factor(text: str) -> float:
    """A number above 0."""
    try:
        factor = float(text)
    except ValueError:
        factor = 0
    if not 0 < factor < inf:
        raise click.BadParameter(f"{text!r} is not a number above 0")
    return factor


@click.command
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option(
    "--scale",
    "scales",
    type=_factor,
    metavar="FACTOR",
    multiple=True,
    help="Try the input this many times as large; may be given several times.",
)
@choices
@globals_
def check(
    specs: tuple[str, ...],
    scales: tuple[float, ...],
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
) -> None:
    """Validate every SPEC, in all its variants unless one is named.

    With --input, also elaborate at that size and name the layers that pin the input's size.
    With --scale, print a table: which SPEC takes its input that many times as large, and where
    the others stop.

    \b
    Examples:
      archspec check specs/*.yaml
      archspec check resnet50 --input 3x256x256
      archspec check alexnet googlenet resnet50 --scale 1.1 --scale 2 --scale 10
    """
    if scales and inputs:
        raise click.UsageError("--scale starts from the size in the spec: leave out --input.")
    found: list[Diagnostic] = []
    rescaled: list[Rescaled] = []
    for name in specs:
        try:
            document = load(name)
            gathered = Gathered(pipeline.forms(document))
        except ArchspecError as error:
            found += error.diagnostics
            continue
        values: dict[str | None, Mapping[str, Any]] = {}
        for form, graph, resized in built(document, gathered, dict(params), inputs):
            values[form] = graph.params
            if scales:
                stops = {s: _stop(document, form, params, graph, s) for s in scales}
                sizes = ", ".join(dims(node.output) for node in graph.inputs)
                rescaled.append(Rescaled(label(name, document, form), sizes, stops))
            elif not settings().quiet:
                _report(_called(name, document, form), resized, graph)
        if gathered.failed:
            found += gathered.all()
            continue
        chosen = params or inputs or scales or document.variant is not None
        tell([*gathered.all(), *([] if chosen else pipeline.untried(document, values))])
    if rescaled:
        present(rescaling.table(rescaled, scales))
    if found:
        each = {(d.code, str(d.span), d.message): d for d in found}  # a file may be named twice
        complain(each.values())
        click.get_current_context().exit(status(found))
    if any(stop for one in rescaled for stop in one.stops.values()):
        click.get_current_context().exit(1)


def built(
    document: Document,
    gathered: Gathered,
    params: Mapping[str, Any],
    inputs: Sequence[tuple[str | None, Shape]] = (),
) -> Iterator[tuple[str | None, Graph, Graph | None]]:
    """The forms of a spec that are right, each with its graph, and that at another input size.

    What is found in any is added to `gathered`.
    """
    for form in _affordable(gathered.forms):
        try:
            graph = pipeline.elaborate(document, form, params)
            resized = pipeline.elaborate(document, form, params, inputs) if inputs else None
            pipeline.check(graph, resized)
        except ArchspecError as error:
            gathered.add(form, error.diagnostics, built=False)
            continue
        gathered.add(form, [*graph.remarks, *(resized.remarks if resized else ())], built=True)
        yield form, graph, resized


def _affordable(forms: Sequence[str | None]) -> Iterator[str | None]:
    """The forms of a spec in turn, as long as what all may cost together lasts."""
    if len(forms) == 1:
        yield forms[0]
        return
    with budgeted(together=True) as budget:
        for form in forms:
            if not budget.spent:
                yield form


def _stop(
    document: Document,
    form: str | None,
    params: Sequence[tuple[str, Any]],
    graph: Graph,
    scale: float,
) -> Stop | None:
    """What keeps a network from an input `scale` times as large along every spatial axis."""
    inputs = [
        (node.path, (*node.output[:1], *(max(round(n * scale), 1) for n in node.output[1:])))
        for node in graph.inputs
    ]
    try:
        resized = pipeline.elaborate(document, form, dict(params), inputs)
    except ArchspecError as error:
        return rescaling.stop_in(error.diagnostics[0])
    return rescaling.stop_at(pinned(graph, resized))


def _report(name: str, resized: Graph | None, graph: Graph) -> None:
    counted = cost.stats(resized or graph)
    size = ", ".join(show(shape) for shape in counted.inputs.values())
    at = f" at {size}" if resized is not None else ""
    extra = counted.train_only.params
    more = f", and {extra:,} for training only" if extra else ""
    echo(f"ok: {name}: {counted.totals.params:,} parameters{at}{more}")
    detail(f"    {len(counted.layers):,} layers, {counted.totals.macs:,} MACs, {size}")


def _called(name: str, document: Document, form: str | None) -> str:
    """How a form is called in what is printed of it."""
    return f"{printable(_file(name, document))}{f' ({form})' if form else ''}"


def _file(name: str, document: Document) -> str:
    """The file as it was named on the command line, or the shipped file of that name."""
    path = name.partition("@")[0]
    if document.path is None or path.endswith(document.path.suffix):
        return path
    return document.path.name
