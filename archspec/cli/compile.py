"""`archspec compile`: PyTorch source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archspec import pipeline
from archspec.cli.common import choices, detail, echo, globals_, progress, remark, remarked
from archspec.ops import Shape
from archspec.util.files import guard, write


@click.command("compile")
@click.argument("spec")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file; default: stdout.")
@click.option("--force", is_flag=True, help="Overwrite a file that holds something else.")
@click.option("--check", is_flag=True, help="Run the module, and compare it with the spec.")
@click.option("--explain", is_flag=True, help="Say why a block is several classes.")
@click.option("--device", help="Where --check runs: cpu, cuda; default: torch's own.")
@click.option("--dtype", help="What --check runs in: float32, bfloat16; default: torch's own.")
@click.option("--batch", type=click.IntRange(min=1), help="Samples that --check runs; default: 2.")
@choices
@globals_
def compile_spec(
    spec: str,
    output: Path | None,
    force: bool,
    check: bool,
    explain: bool,
    params: tuple[tuple[str, Any], ...],
    inputs: tuple[tuple[str | None, Shape], ...],
    **options: Any,
) -> None:
    """Write SPEC as a Python file that needs PyTorch alone.

    --check runs it forward and backward on random input, and compares every shape, value and
    gradient with those of the spec's graph; without -o it prints its verdict alone. So does
    --explain, which tells of each block that is more than one class where it is defined, and what
    one class could not say.

    \b
    Examples:
      archspec compile googlenet -o googlenet.py
      archspec compile resnet18 --set num_classes=10 -o resnet18.py --check
      archspec compile dla60 --explain
    """
    given = [f"--{name}" for name in ("device", "dtype", "batch") if options[name] is not None]
    if given and not check:
        raise click.UsageError(f"{given[0]} says how --check runs: add --check")
    graph = remarked(pipeline.elaborate(spec, params=dict(params), inputs=inputs))
    text = pipeline.source(graph) if output is not None or not (check or explain) else ""
    to_file = output is not None and str(output) != "-"
    if to_file and output is not None:
        guard(output, force, text)
    report = None
    if check:
        progress("running it forward and backward ...")
        options["batch"] = options["batch"] or 2
        report = str(pipeline.check_module(graph, **options))
    if to_file and output is not None:
        write(output, text)
        detail(f"{len(text.splitlines()):,} lines written")
        remark(f"wrote {output}")
    elif text:
        echo(text)
    if explain:
        told = map(str, pipeline.splits(graph))
        click.echo("\n".join(told) or "each block is one class")
    if report is not None:
        click.echo(report)
