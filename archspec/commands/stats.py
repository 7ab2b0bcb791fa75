"""`archspec stats`: what a network costs."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from archspec import pipeline
from archspec.analysis.cost import WIDTHS, Dtype, Stats
from archspec.commands.common import choices, colourful, detail, echo, globals_
from archspec.ops import Shape
from archspec.show import costs
from archspec.show.tables import FORMATS, Format, markdown, plain


@click.command(short_help="Print what a network costs, layer by layer.")
@click.argument("spec")
@choices
@click.option("--batch", type=click.IntRange(min=1), default=1, help="Samples at once.")
@click.option(
    "--dtype",
    type=click.Choice(list(WIDTHS)),
    default="float32",
    help="Type of parameters and activations.",
)
@click.option(
    "--depth", type=click.IntRange(min=0), help="Fold blocks below this level (not in JSON)."
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text")
@globals_
def stats(
    spec: str,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    batch: int,
    dtype: Dtype,
    depth: int | None,
    format_: Format,
) -> None:
    """Print parameters, MACs and memory of SPEC, layer by layer and in total.

    SPEC is a path, path@variant, or a name that `archspec list` shows.

    \b
    Examples:
      archspec stats resnet50
      archspec stats resnet50 --depth 1
      archspec stats specs/resnet.yaml@resnet18 --set num_classes=10 --batch 32
      archspec stats vgg16 --input 3x384x384 --format json
    """
    start = time.perf_counter()
    graph = pipeline.elaborate(spec, params=dict(params), inputs=inputs)
    counted = pipeline.stats(graph, batch=batch, dtype=dtype)
    seconds = time.perf_counter() - start
    detail(f"{len(graph.nodes):,} nodes read, elaborated and counted in {seconds:.3f} s")
    _print(counted, format_, depth)


def _print(counted: Stats, format_: Format, depth: int | None) -> None:
    if format_ == "json":
        echo(costs.as_json(counted))
    elif format_ == "csv":
        echo(costs.as_csv(counted, depth))
    elif format_ == "markdown":
        echo(markdown(costs.table(counted, depth=depth, paths=True)))
    elif sys.stdout.isatty():
        from archspec.show.terminal import paint

        paint(costs.table(counted, depth=depth), colour=colourful(sys.stdout))
    else:
        echo(plain(costs.table(counted, depth=depth)))
