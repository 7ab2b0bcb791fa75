"""`archspec render`: a figure."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from archspec import pipeline
from archspec.cli.common import choices, echo, gathered, globals_, progress, remark, remarked
from archspec.cli.detail import drawing
from archspec.figures.legible import ADVICE, Illegible
from archspec.figures.options import Options, panels
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.util.files import guard, is_stream, write

_SEVERAL = "--steps writes several files: name them with -o."

_MANY = 2_000
"""Layers, of which Graphviz lays out some hundred a second."""


@dataclass(frozen=True)
class Target:
    """Where a figure is written, and as what.

    Attributes:
        output: the file; None for stdout.
        format_: where the file's name does not say it.
        steps: whether there is a file for each step.
    """

    output: Path | None = None
    force: bool = False
    format_: str | None = None
    steps: bool = False


target = gathered(
    "target",
    Target,
    (
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="A file; default: DOT on stdout.",
        ),
        click.option("--force", is_flag=True, help="Overwrite the file if there is one."),
        click.option(
            "--format",
            "format_",
            help="svg, pdf, png, dot or html, where the name does not say it.",
        ),
        click.option(
            "--steps",
            is_flag=True,
            help="Write a file a stage, x.1.svg, x.2.svg and so on, each adding to the one before.",
        ),
    ),
)


@click.command
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@target
@drawing
@choices
@globals_
def render(
    specs: tuple[str, ...],
    target: Target,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    options: Options,
) -> None:
    """Draw SPEC as it can be read from a slide: in a strip, a U, or towers side by side.

    As much is folded as that asks for; a line says what. --style blocks draws a box a layer, a
    frame a block and shapes on the arrows. Equal boxes that follow one another are one, with ×N.
    An .html file is a page of its own, in which blocks fold and unfold. Graphviz is not needed.

    \b
    Examples:
      archspec render googlenet -o googlenet.svg --level block
      archspec render googlenet -o inception.pdf --only inception --fuse
      archspec render resnet50 -o stage.svg --from layer1 --to layer2.0
      archspec render unet -o unet.pdf --level block --legend
      archspec render vgg16 -o vgg16.png --fuse --size 16:9
      archspec render lenet alexnet -o both.svg --fuse
      archspec render resnet50 -o resnet50.svg --steps
      archspec render resnet50 -o resnet50.html
    """
    graphs = [
        remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs)) for spec in specs
    ]
    try:
        panels(graphs, options)
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error
    output = target.output
    if output is None or str(output) == "-":
        if target.steps:
            raise click.UsageError(_SEVERAL)
        if target.format_ not in (None, "dot"):
            raise click.UsageError(f"{target.format_} is written to a file: name it with -o.")
        echo(pipeline.render(graphs, options=options) or "")
        return
    guard(output, target.force or target.steps)
    layers = sum(len(graph.nodes) for graph in graphs)
    if layers > _MANY:
        progress(f"drawing {layers:,} layers; an .html file, or less with --level, is quicker")
    written = [output]
    with warnings.catch_warnings(record=True) as told, _listening() as chosen:
        warnings.simplefilter("always", Illegible)
        if target.steps:
            written = _write_steps(graphs, output, target, options)
        else:
            pipeline.render(graphs, output, target.format_, options=options)
    for message in dict.fromkeys(str(warning.message) for warning in told):
        remark(f"warning: {message}")
    for logger, message in chosen:
        if logger != ADVICE:
            remark(message)
    for path in written:
        remark(f"wrote {path}")
    for logger, message in chosen:
        if logger == ADVICE:
            remark(message)


def _write_steps(
    graphs: Sequence[Graph], output: Path, target: Target, options: Options
) -> list[Path]:
    """A file for each step of a figure, none of them where one is in the way; which these are."""
    if is_stream(output):
        raise click.UsageError(_SEVERAL)
    guard(pipeline.file_of_step(output, 1, target.format_), target.force)
    files = pipeline.build_up(graphs, output, target.format_, options)
    for path in files:
        guard(path, target.force)
    for path, drawn in files.items():
        write(path, drawn)
    return list(files)


@contextmanager
def _listening() -> Iterator[list[tuple[str, str]]]:
    """What a backend says that it chose, and what it advises: each with the logger's name."""
    heard: list[tuple[str, str]] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(  # type: ignore[method-assign]
        (record.name, record.getMessage())
    )
    logger = logging.getLogger("archspec")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
