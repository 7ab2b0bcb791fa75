"""The command line: its groups of options, and what becomes of errors."""

from __future__ import annotations

import errno
import io
import sys
import traceback
from importlib import import_module
from typing import Any, NamedTuple

import click

from archspec.cli.common import Settings, complain, globals_, settings, status
from archspec.diagnostics import ArchspecError, Diagnostic


class _Command(NamedTuple):
    """A command: its function in the module of its name, and what it does, in a line."""

    function: str
    about: str


COMMANDS = {
    "check": _Command("check", "Validate specs; say what is wrong, and where."),
    "compare": _Command("compare", "Compare networks side by side, in a table and a chart."),
    "compile": _Command("compile_spec", "Write a network as PyTorch source."),
    "diff": _Command("diff", "Show what changed between two networks."),
    "explain": _Command("explain", "Show how the numbers of a layer or a block are computed."),
    "fmt": _Command("fmt", "Set specs in the usual form; their comments stay."),
    "list": _Command("list_networks", "List the bundled networks."),
    "paths": _Command("paths", "Count the paths through a network, by length."),
    "render": _Command("render", "Draw a network as SVG, PDF, PNG, DOT or an interactive page."),
    "schema": _Command("schema", "Print the JSON Schema of specs, for editors."),
    "stats": _Command("stats", "Print what a network costs, layer by layer."),
}
"""Every command by its name, so that listing them imports none."""

_INTERRUPTED = 130
_INTERNAL = 70


class _Archspec(click.Group):
    """A group whose commands are imported when they are asked for, and never end in a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"archspec.cli.{cmd_name}")
        command: click.Command = getattr(module, COMMANDS[cmd_name].function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.about) for name, command in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # what cannot be encoded is still printed
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except ArchspecError as error:
            complain(error.diagnostics)
            ctx.exit(status(error.diagnostics))
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(_INTERRUPTED)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has seen enough; click ends quietly
                raise
            complain([_of_the_system(error)])
            ctx.exit(1)
        except Exception as error:
            if settings().verbose:
                traceback.print_exc()
            click.echo(
                f"internal error: {type(error).__name__}: {error}\n"
                "This is a mistake of archspec's: please report it, with the spec and what"
                " --verbose prints.",
                err=True,
            )
            ctx.exit(_INTERNAL)


def _of_the_system(error: OSError) -> Diagnostic:
    problem = (error.strerror or str(error)).lower()
    where = f"{error.filename}: " if error.filename else ""
    return Diagnostic("E101", f"{where}{problem}")


@click.group(
    cls=_Archspec,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="archspec-compiler", prog_name="archspec")
@globals_
@click.pass_context
def main(ctx: click.Context) -> None:
    """Compile network architectures written in YAML into PyTorch modules, figures and tables.

    A SPEC is the path of a YAML file, path@variant, or the name of a network that
    `archspec list` shows.

    \b
    Examples:
      archspec list                                      the bundled networks
      archspec check mynet.yaml                          is it right, and if not, where?
      archspec fmt mynet.yaml                            set it in the usual form
      archspec stats resnet50                            parameters, MACs and memory
      archspec paths resnet110                           the number of paths, by length
      archspec compare resnet50 vgg16 googlenet          networks side by side
      archspec diff resnet50 wide_resnet50_2             what changed from one to the other
      archspec explain resnet18 conv1                    how a layer's numbers are computed
      archspec compile googlenet -o googlenet.py         PyTorch source
      archspec render googlenet -o googlenet.svg         a figure

    Exit status: 0, or 1 for a faulty spec or output that cannot be written, 2 for a faulty
    command line, 3 where `diff --exit-code` finds a difference.
    """
    ctx.ensure_object(Settings)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
