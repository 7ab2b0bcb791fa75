"""`archspec render`: a figure."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from archspec import pipeline
from archspec.commands.common import choices, echo, globals_, progress, remark, remarked
from archspec.commands.detail import drawing
from archspec.drawing.legible import Illegible
from archspec.drawing.options import Options, panels
from archspec.files import guard
from archspec.ops import Shape

_MANY = 2_000
"""Layers, of which Graphviz lays out some hundred a second."""


@click.command
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file; default: DOT on stdout."
)
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option(
    "--format", "format_", help="svg, pdf, png, dot or html, where the name does not say it."
)
@drawing
@choices
@globals_
def render(
    specs: tuple[str, ...],
    output: Path | None,
    force: bool,
    format_: str | None,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    options: Options,
) -> None:
    """Draw SPEC: a box a layer, a frame a block, shapes on the arrows. Needs no Graphviz.

    Equal boxes that follow one another are one, with ×N. Several specs come side by side.
    An .html file is a page of its own, in which blocks fold and unfold.

    \b
    Examples:
      archspec render googlenet -o googlenet.svg --level block
      archspec render googlenet -o inception.pdf --only inception --fuse
      archspec render resnet50 -o stage.svg --from layer1 --to layer2.0
      archspec render unet -o unet.pdf --level block --legend
      archspec render vgg16 -o vgg16.png --fuse --size 16:9
      archspec render lenet alexnet -o both.svg --fuse
      archspec render resnet50 -o resnet50.html
    """
    graphs = [
        remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs)) for spec in specs
    ]
    try:
        panels(graphs, options)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    if output is None or str(output) == "-":
        if format_ not in (None, "dot"):
            raise click.UsageError(f"{format_} is written to a file: name it with -o.")
        echo(pipeline.render(graphs, options=options) or "")
        return
    guard(output, force)
    layers = sum(len(graph.nodes) for graph in graphs)
    if layers > _MANY:
        progress(f"drawing {layers:,} layers; an .html file, or less with --level, is quicker")
    with warnings.catch_warnings(record=True) as told, _listening() as chosen:
        warnings.simplefilter("always", Illegible)
        pipeline.render(graphs, output, format_, options=options)
    for message in dict.fromkeys(str(warning.message) for warning in told):
        remark(f"warning: {message}")
    for message in chosen:
        remark(message)
    remark(f"wrote {output}")


@contextmanager
def _listening() -> Iterator[list[str]]:
    """The messages of a backend that says what it chose."""
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("archspec")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
