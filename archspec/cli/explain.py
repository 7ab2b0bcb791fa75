"""`archspec explain`: how the numbers of a layer or a block are computed."""

from __future__ import annotations

from typing import Any

import click

from archspec import pipeline
from archspec.cli.common import choices, echo, formats, globals_, present, remarked
from archspec.cli.setting import BATCH, DTYPE, MODE
from archspec.ops import Shape
from archspec.tables import explanation as showing
from archspec.tables.tables import Format


@click.command
@click.argument("spec")
@click.argument("node")
@choices
@BATCH
@DTYPE
@MODE
@click.option(
    "--only",
    metavar="A,B",
    help="Show these numbers alone: shape, parameters, work, memory, receptive field, or one of"
    " those below them, such as MACs.",
)
@formats()
@globals_
def explain(
    spec: str,
    node: str,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    only: str | None,
    format_: Format,
    **setting: Any,
) -> None:
    """Show the arithmetic of NODE in SPEC: how its numbers are computed.

    These are the shape, parameters, multiply-accumulates, memory and the receptive field. NODE is
    the path of a layer, as `archspec stats` prints it, or an id that comes once; of a block or a
    group, the sums over what it holds.

    \b
    Examples:
      archspec explain resnet18 conv1
      archspec explain resnet18 layer2.0.downsample.0
      archspec explain resnet50 layer3
      archspec explain resnet18 conv1 --only shape,MACs --format beamer
      archspec explain unet top.up --input 1x128x128 --batch 8
      archspec explain googlenet inception3a.4 --format json
    """
    graph = remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs))
    found = pipeline.explain(graph, node, **setting)
    if only is not None:
        try:
            found = showing.only(found, only)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--only") from error
    if format_ == "json":
        echo(showing.as_json(found))
    elif format_ == "csv":
        echo(showing.as_csv(found))
    elif format_ == "text":
        echo(showing.text(found))  # not through `present`, which cuts what is too wide
    else:
        present(showing.table(found), format_)
