"""`archspec compare`: networks side by side, and in one chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from archspec import pipeline
from archspec.analysis.comparison import Profile, depth
from archspec.analysis.receptive import network_field
from archspec.commands.charts import ChartFile, charting
from archspec.commands.common import (
    choices,
    echo,
    formats,
    globals_,
    label,
    present,
    progress,
    remark,
    remarked,
)
from archspec.commands.setting import BATCH, running
from archspec.diagnostics import ArchspecError, Note
from archspec.loading import Document, load
from archspec.ops import Shape
from archspec.scores import read_scores
from archspec.show import comparison
from archspec.show.tables import Format

_ALL = "@*"
_MANY = 8


@click.command
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@choices
@BATCH
@running
@formats()
@click.option(
    "--top1",
    type=click.Path(path_type=Path),
    help="A CSV file with the columns network and top1, in per cent.",
)
@charting("Draw operations against parameters, or with --top1 top-1 against operations.")
@globals_
def compare(
    specs: tuple[str, ...],
    format_: Format,
    top1: Path | None,
    plot: ChartFile | None,
    **choice: Any,
) -> None:
    """Put parameters, MACs, memory and depth of any number of networks side by side.

    A SPEC is a path, path@variant, or a name that `archspec list` shows; 'resnet@*' stands for
    all variants. Ratios are to the first. --set and --input hold for every network.

    \b
    Examples:
      archspec compare resnet50 vgg16 densenet121
      archspec compare 'resnet@*' --format csv
      archspec compare specs/*.yaml --plot networks.svg
      archspec compare 'resnet@*' 'vgg@*' --top1 accuracies.csv --plot top1.pdf
    """
    scores = read_scores(top1) if top1 is not None else {}
    profiles = [
        replace(profile, top1=scores.get(profile.name)) for profile in _profiles(specs, **choice)
    ]
    if top1 is not None:
        _scored(profiles, top1)
    if format_ == "json":
        echo(comparison.as_json(profiles))
    elif format_ == "csv":
        echo(comparison.as_csv(profiles))
    else:
        present(comparison.table(profiles), format_)
    if plot is not None:
        from archspec.show.chart import chart

        content, missing = chart(profiles, plot.format)
        plot.save(content)
        if missing:
            remark(f"no room in the chart for the names of {', '.join(missing)}")


def _profiles(
    specs: Sequence[str],
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    **conditions: Any,
) -> Iterator[Profile]:
    """The networks in the order they are named in."""
    forms = [(spec, *form) for spec in specs for form in _forms(spec)]
    if len(forms) >= _MANY:
        progress(f"counting {len(forms)} networks ...")
    labels = [label(*form) for form in forms]
    for (spec, document, form), short in zip(forms, labels, strict=True):
        name = short if labels.count(short) == 1 else spec.replace(_ALL, f"@{form}")
        try:
            graph = remarked(pipeline.elaborate(document, form, dict(params), inputs))
        except ArchspecError as error:
            note = Note(f"in the network `{name}`")
            raise ArchspecError(
                *(replace(d, notes=(*d.notes, note)) for d in error.diagnostics)
            ) from error
        family = document.path.stem if document.path is not None else name
        counted = pipeline.stats(graph, **conditions)
        yield Profile(name, family, counted, depth(graph), network_field(graph))


def _forms(spec: str) -> Iterator[tuple[Document, str | None]]:
    """What a name on the command line stands for: one form, or with `@*` all there are."""
    document = load(spec.removesuffix(_ALL))
    if spec.endswith(_ALL):
        yield from ((document, form) for form in pipeline.forms(document))
    else:
        yield document, document.variant


def _scored(profiles: Sequence[Profile], path: Path) -> None:
    """Say which networks have no accuracy; all of them are one too many."""
    missing = [profile.name for profile in profiles if profile.top1 is None]
    if len(missing) == len(profiles):
        raise click.BadParameter(
            f"{path} has none of these networks: {', '.join(missing)}", param_hint="--top1"
        )
    if missing:
        remark(f"{path} has no accuracy for {', '.join(missing)}")
