"""`archspec check`: is it right, and if not, where?"""

from __future__ import annotations

from typing import Any

import click

from archspec import pipeline
from archspec.commands.common import choices, complain, detail, globals_, settings, status
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.loading import Document, load
from archspec.ops import Shape
from archspec.ops.base import show


@click.command(short_help="Validate specs; say what is wrong, and where.")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@choices
@globals_
def check(
    specs: tuple[str, ...],
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
) -> None:
    """Validate every SPEC, in all its variants unless one is named.

    With --input, also elaborate at that size and name the layers that pin the input's size.

    \b
    Examples:
      archspec check specs/*.yaml
      archspec check resnet50 --input 3x256x256
    """
    found: dict[tuple[str, str, str], Diagnostic] = {}
    for name in specs:
        try:
            document = load(name)
            forms = pipeline.forms(document)
        except ArchspecError as error:
            found |= _keyed(error)
            continue
        for form in forms:
            try:
                graph = pipeline.elaborate(document, form, dict(params))
                resized = None
                if inputs:
                    resized = pipeline.elaborate(document, form, dict(params), inputs)
                pipeline.check(graph, resized)
            except ArchspecError as error:
                found |= _keyed(error)
                continue
            if not settings().quiet:
                counted = pipeline.stats(resized or graph)
                size = ", ".join(show(shape) for shape in counted.inputs.values())
                label = f"{_file(name, document)}{f' ({form})' if form else ''}"
                at = f" at {size}" if inputs else ""
                click.echo(f"ok: {label}: {counted.totals.params:,} parameters{at}")
                detail(f"    {len(counted.layers):,} layers, {counted.totals.macs:,} MACs, {size}")
    if found:
        complain(found.values())
        click.get_current_context().exit(status(found.values()))


def _keyed(error: ArchspecError) -> dict[tuple[str, str, str], Diagnostic]:
    """Diagnostics by what they say and where, so that one in every variant is printed once."""
    return {(d.code, str(d.span), d.message): d for d in error.diagnostics}


def _file(name: str, document: Document) -> str:
    """The file as it was named on the command line, or the shipped file of that name."""
    path = name.partition("@")[0]
    if document.path is None or path.endswith(document.path.suffix):
        return path
    return document.path.name
