"""`archspec stats`: what a network costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import click

from archspec import pipeline
from archspec.analysis.units import exact_size, size
from archspec.cli.common import (
    choices,
    detail,
    echo,
    formats,
    globals_,
    present,
    remark,
    remarked,
)
from archspec.cli.setting import fitted, running
from archspec.cli.view import EPILOG, viewing
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.tables import costs, cs231n, headers, memory
from archspec.tables.costs import View
from archspec.tables.tables import Format


@click.command(epilog=EPILOG)
@click.argument("spec")
@choices
@fitted
@running
@viewing
@formats()
@globals_
def stats(
    spec: str,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    view: View,
    format_: Format,
    fit: int | None,
    **setting: Any,
) -> None:
    """Print parameters, MACs and memory of SPEC, layer by layer and in total.

    SPEC is a path, path@variant, or a name that `archspec list` shows.

    \b
    Examples:
      archspec stats resnet50
      archspec stats resnet50 --depth 1 --columns +kernel,field,share
      archspec stats resnet50 --by op --sort elementwise
      archspec stats resnet.yaml@resnet18 --set num_classes=10 --batch 32 --top 10
      archspec stats vgg16 --input 3x384x384 --format json
      archspec stats vgg16 --style cs231n --columns Output,Memory
      archspec stats resnet50 --batch 64 --optimizer adam --dtype amp
      archspec stats resnet50 --fit 24GiB --checkpoint bottleneck
    """
    _check_style(view, fit, format_)
    start = time.perf_counter()
    graph = remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs))
    if inputs:
        _compare_sizes(graph, spec, params)
    if fit is not None:
        _answer(graph, fit, view, format_, setting)
        return
    counted = pipeline.stats(graph, **setting)
    seconds = time.perf_counter() - start
    detail(f"{len(graph.nodes):,} nodes read, elaborated and counted in {seconds:.3f} s")
    if format_ in ("html", "latex", "beamer"):
        counted = headers.as_figures_call_it(counted, graph)
    if view.style is not None:
        present(cs231n.table(graph, counted, view.columns), format_)
    elif format_ == "json":
        echo(costs.as_json(counted, view))
    elif format_ == "csv":
        echo(costs.as_csv(counted, view))
    else:
        present(costs.table(counted, view, tree=format_ != "markdown"), format_)


def _compare_sizes(graph: Graph, spec: str, params: Sequence[tuple[str, Any]]) -> None:
    """Say where the numbers are not those of a module compiled at the spec's own size."""
    try:
        own = pipeline.elaborate(spec, params=dict(params))
    except ArchspecError:
        return  # there is none at that size
    sides = zip(own.inputs, graph.inputs, strict=True)
    if any((len(a.output), a.output[0]) != (len(b.output), b.output[0]) for a, b in sides):
        return  # no other size, but another kind of input
    if pins := pipeline.pins(own, graph):
        node = next(iter(pins))
        rest = f" and {len(pins) - 1:,} more" if len(pins) > 1 else ""
        remark(
            "these numbers are for a module compiled at this size. A module compiled at the"
            f" spec's own size does not take it: `{node.path}` ({node.op.name}){rest} would"
            " have to change"
        )


def _answer(graph: Graph, limit: int, view: View, format_: Format, setting: dict[str, Any]) -> None:
    """Print the largest batch that fits."""
    if view != View(exact=view.exact) or format_ not in ("text", "json"):
        raise click.UsageError("--fit prints one answer, as text or json, and no table.")
    setting.pop("batch")
    found = pipeline.fit(graph, limit, **setting)
    if format_ == "json":
        echo(memory.fit_json(graph, found, setting["dtype"], setting["mode"]))
    else:
        bytes_ = exact_size if view.exact else size
        echo("\n".join(memory.fit_lines(graph, found, setting["dtype"], bytes_)))


def _check_style(view: View, fit: int | None, format_: Format) -> None:
    """A style has rows of its own, and is for people to read."""
    if view.style is None:
        return
    if fit is not None:
        raise click.UsageError("--style is a table, and --fit prints none.")
    if format_ in ("json", "csv"):
        raise click.UsageError(f"--style has no {format_}; leave it out for exact numbers.")
