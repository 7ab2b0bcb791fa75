"""`archspec compare`: networks side by side, and in one chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from archspec import pipeline
from archspec.analysis.comparison import Profile, depth
from archspec.analysis.receptive import network_field
from archspec.cli.charts import ChartFile, charting
from archspec.cli.common import (
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
from archspec.cli.setting import BATCH, running
from archspec.diagnostics import ArchspecError, Note
from archspec.frontend.loading import Document, load
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.tables import comparison
from archspec.tables.accuracies import read_scores
from archspec.tables.comparison import QUANTITIES
from archspec.tables.tables import Format

_ALL = "@*"
_MANY = 8


def _quantities(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...]:
    """`params,macs`: what has bars."""
    words = [word.strip() for word in (text or "").split(",") if word.strip()]
    for word in words:
        if word not in QUANTITIES:
            raise click.BadParameter(f"{word!r} is none of {', '.join(QUANTITIES)}")
    return tuple(dict.fromkeys(words))


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
@click.option(
    "--bars",
    callback=_quantities,
    metavar="A,B",
    help=f"Draw bars instead, of {', '.join(QUANTITIES)}.",
)
@globals_
def compare(
    specs: tuple[str, ...],
    format_: Format,
    top1: Path | None,
    plot: ChartFile | None,
    bars: tuple[str, ...],
    **choice: Any,
) -> None:
    """Put parameters, MACs, memory and depth of any number of networks side by side.

    A SPEC is a path, path@variant, or a name that `archspec list` shows; 'resnet@*' stands for
    all variants. Ratios are to the first. --set and --input hold for every network.

    \b
    Examples:
      archspec compare resnet50 vgg16 densenet121
      archspec compare 'resnet@*' --format csv
      archspec compare specs/*.yaml --plot networks.svg --size 16:9 --theme dark
      archspec compare lenet alexnet vgg16 --plot costs.svg --bars params,macs
      archspec compare 'resnet@*' 'vgg@*' --top1 accuracies.csv --plot top1.pdf
    """
    if bars and plot is None:
        raise click.UsageError("--bars are of a chart: name its file with --plot.")
    scores = read_scores(top1) if top1 is not None else {}
    profiles = [
        replace(profile, top1=scores.get(profile.name))
        for profile in _profiles(specs, charted=plot is not None, **choice)
    ]
    called = Counter(profile.label for profile in profiles)
    profiles = [p if called[p.label] == 1 else replace(p, label=p.name) for p in profiles]
    if top1 is not None:
        _scored(profiles, top1)
    if format_ == "json":
        echo(comparison.as_json(profiles))
    elif format_ == "csv":
        echo(comparison.as_csv(profiles))
    else:
        present(comparison.table(profiles), format_)
    if plot is not None:
        _draw(profiles, bars, plot)


def _draw(profiles: Sequence[Profile], quantities: Sequence[str], plot: ChartFile) -> None:
    """Write the chart, and say whose names it has no room for."""
    if quantities:
        from archspec.tables.bars import bars

        plot.save(bars(profiles, quantities, plot.format, plot.sheet))
        return
    from archspec.tables.chart import chart

    content, missing = chart(profiles, plot.format, plot.sheet)
    plot.save(content)
    if missing:
        remark(f"no room in the chart for the names of {', '.join(missing)}")


def _profiles(
    specs: Sequence[str],
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    *,
    charted: bool,
    **conditions: Any,
) -> Iterator[Profile]:
    """The networks in the order they are named in.

    Args:
        charted: whether they are to be called what figures call them.
    """
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
        field = network_field(graph)
        called, kin = _in_charts(graph, document) if charted else (name, family)
        yield Profile(name, family, called, kin, counted, depth(graph), field)


def _in_charts(graph: Graph, document: Document) -> tuple[str, str]:
    """What charts call a network, and its family."""
    from archspec.figures.headings import title  # which a table can do without
    from archspec.figures.words import shown

    return shown(title(graph)), shown(document.spec.name)


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
