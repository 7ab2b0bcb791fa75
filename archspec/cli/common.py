"""What the commands share: options, their values, and how results and errors are printed."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archspec.diagnostics import (
    MOST,
    ArchspecError,
    Diagnostic,
    Source,
    coloured,
    printable,
    remainder,
)
from archspec.tables.tables import FORMATS, Format, Table, markdown, plain

if TYPE_CHECKING:  # `--help` comes through here, and needs none of it
    from archspec.frontend.loading import Document
    from archspec.ir.graph import Graph
    from archspec.ops import Shape

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Settings:
    """The global options, and what remarks have been printed: each is, once."""

    quiet: bool = False
    verbose: bool = False
    colour: bool = True
    told: set[tuple[str, str]] = field(default_factory=set)


def settings() -> Settings:
    """The global options of the command that is running."""
    return click.get_current_context().find_root().ensure_object(Settings)


def globals_(command: Command) -> Command:
    """The global options, which may stand before a command's name or after it."""

    def put(name: str, value: bool) -> Callable[[click.Context, click.Parameter, bool], None]:
        def callback(context: click.Context, _: click.Parameter, given: bool) -> None:
            if given:
                setattr(context.find_root().ensure_object(Settings), name, value)

        return callback

    for names, attribute, value, text in (
        (("--no-color",), "colour", False, "Print without colour; so does NO_COLOR=1."),
        (("-v", "--verbose"), "verbose", True, "Say what is done, on stderr."),
        (("-q", "--quiet"), "quiet", True, "Print results and errors only."),
    ):
        command = click.option(
            *names, is_flag=True, expose_value=False, callback=put(attribute, value), help=text
        )(command)
    return click.option(
        "--plugin",
        metavar="MODULE",
        multiple=True,
        is_eager=True,
        expose_value=False,
        callback=_plug_in,
        help="Import a Python module that defines ops; this runs its code.",
    )(command)


def _plug_in(_context: click.Context, _parameter: click.Parameter, modules: Sequence[str]) -> None:
    """Import modules that define ops, found as Python finds them, or in the current folder.

    Raises:
        click.BadParameter: for a module that cannot be imported, whatever it raises.
    """
    here = str(Path.cwd())
    if modules and here not in sys.path:
        sys.path.append(here)
    for module in modules:
        try:
            import_module(module)
        except Exception as error:
            if settings().verbose:
                traceback.print_exc()
            raise click.BadParameter(
                f"cannot import `{module}`: {type(error).__name__}: {error}" + _as_a_module(module)
            ) from error


def _as_a_module(text: str) -> str:
    """A hint for `examples/ops.py`, which is the path of a file and no module."""
    path = Path(text)
    if path.suffix != ".py" and len(path.parts) == 1:
        return ""
    return f"; it is named as Python imports it: --plugin {path.stem}, from the folder it is in"


def optional(options: Sequence[Callable[[Any], Any]]) -> Callable[[Command], Command]:
    """Give a command options, listed in this order."""

    def give(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def gathered(
    name: str, kind: type[Any], options: Sequence[Callable[[Any], Any]]
) -> Callable[[Command], Callable[..., None]]:
    """Give a command options that come as one argument, a dataclass with a field for each.

    What is not given, and has no default of its own, has the dataclass's. What the
    dataclass refuses is a mistake in using the command.
    """

    def give(command: Command) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            fields = [field for field in kind.__dataclass_fields__ if field in given]
            chosen = {field: given.pop(field) for field in fields}
            try:
                value = kind(**{k: v for k, v in chosen.items() if v is not None})
            except ValueError as error:
                raise click.UsageError(str(error)) from error
            command(**{name: value}, **given)

        taking: Callable[..., None] = run
        return optional(options)(taking)

    return give


def formats(among: Sequence[Format] = FORMATS) -> Callable[[Command], Command]:
    """Give a command `--format`."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(among),
        default="text",
        show_default=True,
        help="How results are printed; json has exact numbers.",
    )


# --- options ------------------------------------------------------------------------------


def setting(text: str) -> tuple[str, Any]:
    """`name=value`; the value is YAML: a number, a word, true, or a list."""
    from archspec.frontend.source import parse
    from archspec.frontend.source import plain as values

    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{text!r} is not of the form name=value")
    try:
        parsed = values(parse(Source(f"--set {name}", value))) if value.strip() else value
    except ArchspecError as error:
        raise click.BadParameter(f"{text!r}: {error.diagnostics[0].message}") from error
    return name.strip(), _frozen(parsed)


def input_shape(text: str) -> tuple[str | None, Shape]:
    """`3x224x224` or `name=3x224x224`, without the batch axis."""
    name, equals, sizes = text.rpartition("=")
    if not re.fullmatch(r"\d{1,18}([x×,]\d{1,18})*", sizes.strip(" []")) or (
        equals and not name.strip()
    ):
        raise click.BadParameter(f"{text!r} is not of the form 3x224x224 or name=3x224x224")
    return name.strip() or None, tuple(map(int, re.findall(r"\d+", sizes)))


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def choices(command: Command) -> Command:
    """`--set` and `--input`: the choices a spec leaves open."""
    command = click.option(
        "--input",
        "inputs",
        type=input_shape,
        metavar="[NAME=]CxHxW",
        multiple=True,
        help="Another input size, without the batch axis; with several inputs, name=3x224x224.",
    )(command)
    return click.option(
        "--set",
        "params",
        type=setting,
        metavar="NAME=VALUE",
        multiple=True,
        help="A parameter of the spec, such as num_classes=10 or depths=[3,4,6,3].",
    )(command)


def label(spec: str, document: Document, form: str | None) -> str:
    """A short name: a shipped network's own, else that of the file with the variant."""
    from archspec import zoo
    from archspec.frontend.using import library

    family = printable(document.path.stem if document.path is not None else spec)
    if document.path is not None and document.path.parent.resolve() == library().resolve():
        return zoo.label(family, form)
    return f"{family}@{form}" if form else family


# --- printing -----------------------------------------------------------------------------


def echo(text: str) -> None:
    """Print a result, with just one line end after it.

    Raises:
        OSError: where nobody would see it, because stdout was closed before the start.
    """
    _check_stdout()
    click.echo(text.removesuffix("\n"))


def _check_stdout() -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "standard output is closed")


def present(table: Table, format_: Format = "text") -> None:
    """Print a table; as text, in colour where a person is looking."""
    _check_stdout()
    if format_ == "markdown":
        echo(markdown(table))
    elif format_ in ("latex", "beamer"):
        from archspec.tables.latex import beamer, latex

        echo(beamer(table) if format_ == "beamer" else latex(table))
    elif format_ == "html":
        from archspec.tables.html import html

        echo(html(table))
    elif sys.stdout.isatty():
        from archspec.tables.terminal import paint

        paint(table, colour=colourful(sys.stdout))
    else:
        echo(plain(table))


def progress(message: str) -> None:
    """A word on stderr before something that takes long, where a person is looking."""
    if sys.stderr is not None and sys.stderr.isatty():
        remark(message)


def remark(text: str) -> None:
    """Print what is good to know, unless it is quiet."""
    if not settings().quiet:
        click.echo(printable(text), err=True)


def detail(text: str) -> None:
    """Print, on stderr, what only `--verbose` asks for."""
    if settings().verbose:
        click.echo(printable(text), err=True)


def colourful(stream: Any) -> bool:
    """Whether to write colour to a stream."""
    if not settings().colour or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(getattr(stream, "isatty", lambda: False)())


def complain(diagnostics: Iterable[Diagnostic]) -> None:
    """Print errors and their number on stderr, of very many the first, and remarks among them.

    When it is quiet, remarks are left out.
    """
    diagnostics = list(diagnostics)
    errors = [d for d in diagnostics if d.severity == "error"]
    for diagnostic in errors[:MOST]:
        _print(diagnostic)
    tell(d for d in diagnostics if d.severity == "remark")
    count = len(errors)
    number = f"{count:,} error" + ("" if count == 1 else "s")
    rest = "".join(f"; {more}" for more in remainder(count))
    click.echo(f"{number}{rest}", err=True)


def tell(remarks: Iterable[Diagnostic]) -> None:
    """Print those remarks on stderr that have not been, unless it is quiet."""
    told = settings().told
    for diagnostic in remarks:
        key = (diagnostic.code, str(diagnostic.span or diagnostic.message))
        if key not in told and not settings().quiet:
            _print(diagnostic)
        told.add(key)


def remarked(graph: Graph) -> Graph:
    """A graph, once its remarks are printed."""
    tell(graph.remarks)
    return graph


def _print(diagnostic: Diagnostic) -> None:
    paint = colourful(sys.stderr)
    text = diagnostic.render()
    click.echo((coloured(text) if paint else text) + "\n", err=True, color=paint)


_OF_THE_COMMAND_LINE = (
    "E101",
    "E102",
    "E103",
    "E106",
    "E107",
    "E108",
    "E110",
    "E113",
    "E203",
    "E414",
    "E415",
    "E601",
    "E608",
)


def status(diagnostics: Iterable[Diagnostic]) -> int:
    """1 where a spec is at fault, 2 where nothing but the command line is."""
    errors = [d for d in diagnostics if d.severity == "error"]
    blameless = all(d.span is None and d.code in _OF_THE_COMMAND_LINE for d in errors)
    return 2 if blameless else 1
