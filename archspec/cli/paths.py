"""`archspec paths`: how many paths lead through a network, and how long they are."""

from __future__ import annotations

import re
import time
from typing import Any, get_args

import click

from archspec import pipeline
from archspec.analysis.cost import Mode
from archspec.analysis.paths import Paths
from archspec.cli.charts import ChartFile, charting
from archspec.cli.common import choices, detail, echo, formats, globals_, present, remarked
from archspec.ops import Shape
from archspec.tables import paths as showing
from archspec.tables.tables import Format


def _span(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> tuple[int, int] | None:
    """`19:35`, a first and a last length."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,9}):(\d{1,9})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise click.BadParameter(f"{text!r} is not of the form 19:35")
    return int(match[1]), int(match[2])


@click.command
@click.argument("spec")
@choices
@click.option("--by", type=click.Choice(showing.BY), help="What has a line; default: blocks.")
@click.option("--block", metavar="NAME", help="The block to count lengths in.")
@click.option("--delete", metavar="PATH", multiple=True, help="A block to delete; repeatable.")
@click.option(
    "--range", "span", metavar="FIRST:LAST", callback=_span, help="Lengths whose share to tell."
)
@click.option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    default="eval",
    show_default=True,
    help="With train, count outputs that are for training only, too.",
)
@click.option("--exact", is_flag=True, help="Write every digit of large counts.")
@charting("A chart: .svg, .pdf or .png.")
@formats()
@globals_
def paths(
    spec: str,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    plot: ChartFile | None,
    **options: Any,
) -> None:
    """Count the paths from the inputs of SPEC to its outputs, by their lengths.

    A length is a number of blocks that are crossed rather than bypassed, or of layers. By
    deletion, a line tells how many paths are left without one block.

    \b
    Examples:
      archspec paths resnet110 --range 19:35
      archspec paths resnet50 --by layers --plot paths.svg
      archspec paths densenet121 --by deletion
      archspec paths resnet110 --delete layer1.3 --delete layer2
    """
    start = time.perf_counter()
    graph = remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs))
    counted = {name: options.pop(name) for name in ("block", "delete", "mode")}
    found = pipeline.paths(graph, **counted)
    detail(f"{len(graph.nodes):,} nodes searched in {time.perf_counter() - start:.3f} s")
    options["by"] = _kind(found, options["by"])
    _print(found, **options)
    if plot is not None:
        plot.save(showing.chart(found, plot.format, plot.sheet, options["by"], options["span"]))


def _kind(found: Paths, by: showing.By | None) -> showing.By:
    """What has a line, where it is not said."""
    if by is None:
        return "layers" if found.blocks is None else "blocks"
    if by != "layers" and found.blocks is None:
        raise click.UsageError("no block has a bypass: name one with --block")
    return by


def _print(
    found: Paths,
    by: showing.By,
    span: tuple[int, int] | None,
    exact: bool,
    format_: Format,
) -> None:
    if format_ == "json":
        echo(showing.as_json(found, by, span))
    elif format_ == "csv":
        echo(showing.as_csv(found, by))
    else:
        present(showing.table(found, by, span=span, exact=exact), format_)
