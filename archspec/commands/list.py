"""`archspec list`: the networks that come along."""

from __future__ import annotations

import json

import click

from archspec import zoo
from archspec.commands.common import echo, globals_, present, progress
from archspec.show import listing
from archspec.show.tables import FORMATS, Format


@click.command("list", short_help="List the networks that come along.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text")
@globals_
def list_networks(format_: Format) -> None:
    """List the networks that come along, by family, one line a variant, with what they cost.

    The names serve wherever a SPEC is asked for; a family's own name is its usual form.
    """
    stale = zoo.stale()
    if stale:
        progress(f"counting the networks of {len(stale)} specs that are new or have changed ...")
    entries = list(zoo.networks())
    if format_ == "json":
        rows = ",\n  ".join(json.dumps(r, ensure_ascii=False) for r in listing.records(entries))
        echo(f"[\n  {rows}\n]")
    elif format_ == "csv":
        echo(listing.as_csv(entries))
    else:
        present(listing.table(entries), format_)
