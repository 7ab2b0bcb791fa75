"""`archspec fmt`: files in the usual form."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import click

from archspec.cli.common import complain, detail, echo, globals_, remark, status, tell
from archspec.diagnostics import ArchspecError, Diagnostic, Source, printable
from archspec.frontend.formatting import formatted, is_spec
from archspec.frontend.loading import load_source
from archspec.frontend.schema import is_network
from archspec.frontend.source import parse
from archspec.util.files import write
from archspec.util.reading import STDIN, read, read_stdin

_SUFFIXES = (".yaml", ".yml")
_FOREIGN = frozenset(("__pycache__", "build", "dist", "node_modules", "site-packages", "venv"))
"""Folders of what others wrote, beside those whose names begin with a dot."""


@click.command
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="As --check, and print what would change.")
@click.option("--upgrade", is_flag=True, help="Rewrite what is from before version 1, too.")
@globals_
def fmt(specs: tuple[str, ...], check: bool, diff: bool, upgrade: bool) -> None:
    """Set every SPEC in the usual form, in place; what it means does not change.

    Lines have at most 100 columns. Comments stay where they are, and so do quotes, the order of
    keys and, where both are readable, the choice between braces and lines.

    A SPEC is a file; or a folder, for all specs in it; or - for standard input, of which the
    result is printed.

    \b
    Examples:
      archspec fmt mynet.yaml
      archspec fmt --check specs/
      archspec fmt --diff mynet.yaml
      archspec fmt - < mynet.yaml

    With --upgrade, files from before version 1 of the language are rewritten, as far as what they
    mean stays, and say `archspec: 1`; what is left is told with its place.
    """
    found: list[Diagnostic] = []
    changed = kept = 0
    for name in _files(specs):
        try:
            source = read_stdin() if name == STDIN else read(Path(name))
            if name in specs or is_spec(source):
                text = _upgraded(source, name, found) if upgrade else formatted(source)
                change = _set(source, text, name, writing=not (check or diff), diff=diff)
                changed, kept = changed + change, kept + (not change)
        except ArchspecError as error:
            found += error.diagnostics
    wrong = any(diagnostic.severity == "error" for diagnostic in found)
    if wrong:
        complain(found)
    else:
        tell(found)
    if not wrong and STDIN not in specs:
        _sum_up(changed, kept, writing=not (check or diff))
    if wrong or (changed and (check or diff)):
        click.get_current_context().exit(status(found) if wrong else 1)


def _files(specs: tuple[str, ...]) -> Iterator[str]:
    """Every file that is meant, once, those of a folder in the order of their names."""
    names: dict[str, None] = {}
    for spec in specs:
        if not Path(spec).is_dir():
            names[spec] = None
            continue
        for folder, inner, files in os.walk(spec):
            inner[:] = sorted(n for n in inner if n[0] != "." and n not in _FOREIGN)
            paths = (Path(folder, n) for n in sorted(files) if n.endswith(_SUFFIXES))
            names |= {str(path): None for path in paths if path.is_file()}
    yield from names


def _upgraded(source: Source, name: str, found: list[Diagnostic]) -> str:
    """The text of a file in version 1; what is wrong with that is added to `found`."""
    from archspec.frontend.upgrading import upgraded

    path = None if name == STDIN else Path(name)
    text, done = upgraded(source, path)
    if done:
        places = "place" if len(done) == 1 else "places"
        remark(f"{source.name}: {len(done):,} {places} rewritten for version 1")
    for what in done:
        detail(f"    {what}")
    if is_network(parse(Source(source.name, text))):
        found += _wrong(Source(source.name, text), path)
    return text


def _wrong(source: Source, path: Path | None) -> list[Diagnostic]:
    """What is wrong with a spec in any of its forms, and what is remarked on."""
    from archspec import pipeline
    from archspec.cli.check import built
    from archspec.cli.gathering import Gathered

    try:
        document = load_source(source, path)
    except ArchspecError as error:
        return list(error.diagnostics)
    gathered = Gathered(pipeline.forms(document))
    for _ in built(document, gathered, {}):
        pass
    return gathered.all()


def _set(source: Source, text: str, name: str, *, writing: bool, diff: bool) -> bool:
    """Set one file; return whether it changes."""
    if name == STDIN and writing:
        echo(text)
    elif text != source.text and writing:
        write(Path(name), text)
    elif text != source.text and diff:
        rows = (source.text.splitlines(), text.splitlines())
        echo("\n".join(map(printable, unified_diff(*rows, name, name, lineterm=""))))
    elif text != source.text:
        echo(printable(f"would change: {source.name}"))
    return text != source.text


def _sum_up(changed: int, kept: int, *, writing: bool) -> None:
    said = [(changed, "changed" if writing else "would change"), (kept, "left as it was")]
    if not writing:
        said[1] = (kept, "would stay")
    parts = [f"{n:,} {'file' if n == 1 else 'files'} {what}" for n, what in said if n]
    remark(", ".join(parts) or "no specs found")
