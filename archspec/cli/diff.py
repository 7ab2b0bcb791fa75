"""`archspec diff`: what changed between two networks."""

from __future__ import annotations

import json
from typing import Any

import click

from archspec import pipeline
from archspec.cli.common import choices, echo, formats, globals_, present, remarked
from archspec.cli.setting import BATCH, running
from archspec.ops import Shape
from archspec.tables import difference as showing
from archspec.tables.tables import Format

_DIFFERENT = 3
_FORMATS: tuple[Format, ...] = ("text", "json", "markdown", "latex", "beamer", "html")


@click.command
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@choices
@BATCH
@running
@click.option(
    "--depth", type=click.IntRange(min=0), help="Fold blocks below this level (not in JSON)."
)
@formats(_FORMATS)
@click.option("--exit-code", is_flag=True, help=f"End with status {_DIFFERENT} if they differ.")
@globals_
def diff(
    before: str,
    after: str | None,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    format_: Format,
    exit_code: bool,
    depth: int | None,
    **conditions: Any,
) -> None:
    """Show what changed from A to B: layers, attributes, shapes, and what they cost.

    A and B are paths, path@variant, or names that `archspec list` shows. With A alone, tell
    what --set and --input change about it; with both, these hold for both.

    \b
    Examples:
      archspec diff resnet50 wide_resnet50_2
      archspec diff old.yaml new.yaml --exit-code
      archspec diff vgg16 --set batch_norm=true --depth 1
    """
    if after is None and not (params or inputs):
        raise click.UsageError("name two networks, or say with --set or --input what to change")
    chosen: dict[str, Any] = {"params": dict(params), "inputs": inputs}
    first = remarked(pipeline.elaborate(before, **(chosen if after is not None else {})))
    second = remarked(pipeline.elaborate(after if after is not None else before, **chosen))
    found = pipeline.difference(first, second, **conditions)
    names = (before, after if after is not None else _changed(before, params, inputs))
    if format_ == "json":
        echo(showing.as_json(found, names))
    else:
        paths = format_ == "markdown"  # whose rows cannot be indented
        present(showing.table(found, names, depth=depth, paths=paths), format_)
    if exit_code and not found.equal:
        click.get_current_context().exit(_DIFFERENT)


def _changed(
    name: str,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
) -> str:
    """The network's name with what the command line changes about it."""
    words = [f"{key}={v if isinstance(v, str) else json.dumps(v)}" for key, v in params]
    words += [f"{key or 'input'} {'x'.join(map(str, shape))}" for key, shape in inputs]
    return f"{name} ({', '.join(words)})"
