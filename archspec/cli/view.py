"""The options that say what a table of costs shows."""

from __future__ import annotations

import click

from archspec.cli.common import gathered
from archspec.tables.columns import COLUMNS
from archspec.tables.costs import STYLES, View
from archspec.tables.rows import BY

_OPTIONS = (
    click.option("--depth", type=click.IntRange(min=0), help="Fold blocks below this level."),
    click.option(
        "--columns",
        metavar="A,B,C",
        help="Show these columns; +A,B adds them to the usual ones, all is every one.",
    ),
    click.option("--sort", metavar="COLUMN", help="Sort rows, the largest numbers first."),
    click.option("--top", type=click.IntRange(min=1), help="Show so many rows: the costliest."),
    click.option("--by", type=click.Choice(BY), help="Put together what has this in common."),
    click.option(
        "--style",
        type=click.Choice(STYLES),
        help="A table as lectures have it, with the arithmetic written out; of the other options"
        " of this kind, --columns chooses among its columns by their titles.",
    ),
    click.option("--exact", is_flag=True, help="Write all numbers out, without K, M and G."),
)

EPILOG = "\b\nColumns:\n" + "\n".join(f"  {c.name:<14} {c.title:<13} {c.about}" for c in COLUMNS)


viewing = gathered("view", View, _OPTIONS)
"""Give a command these options, as one argument `view`."""
