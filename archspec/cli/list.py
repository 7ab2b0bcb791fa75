"""`archspec list`: the bundled networks."""

from __future__ import annotations

import click

from archspec import zoo
from archspec.cli.common import echo, formats, globals_, present, progress
from archspec.tables import listing
from archspec.tables.records import lines_of
from archspec.tables.tables import Format


@click.command("list")
@formats()
@globals_
def list_networks(format_: Format) -> None:
    """List the bundled networks, by family, one line a variant, with what they cost.

    The names serve wherever a SPEC is asked for; a family's own name is its usual form.
    """
    stale = zoo.stale()
    if stale:
        progress(f"counting the networks of {len(stale)} specs that are new or have changed ...")
    entries = list(zoo.networks())
    if format_ == "json":
        echo(lines_of(listing.records(entries)))
    elif format_ == "csv":
        echo(listing.as_csv(entries))
    else:
        present(listing.table(entries), format_)
