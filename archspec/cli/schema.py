"""`archspec schema`: a JSON Schema for editors."""

from __future__ import annotations

import json

import click

from archspec import pipeline
from archspec.cli.common import echo, globals_


@click.command
@click.argument("spec", required=False)
@globals_
def schema(spec: str | None) -> None:
    """Print the JSON Schema (draft 2020-12) of a spec, for editors to complete and check by.

    With SPEC, the schema knows the blocks of that spec, and refuses other names.

    \b
    Examples:
      archspec schema > archspec.frontend.schema.json
      archspec schema mynet.yaml > mynet.schema.json
    """
    echo(json.dumps(pipeline.json_schema(spec), indent=2, ensure_ascii=False))
