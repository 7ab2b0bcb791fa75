"""The options of the commands that draw a chart beside their table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from archspec.commands.common import optional, remark
from archspec.drawing.paper import paper
from archspec.drawing.theme import LIGHT, theme
from archspec.drawing.words import LONGEST, shown
from archspec.files import guard, write
from archspec.show.plot import Sheet, format_of


@dataclass(frozen=True, slots=True)
class ChartFile:
    """Where a chart goes, the format its name asks for, and its page."""

    path: Path
    format: str
    sheet: Sheet

    def save(self, content: bytes) -> None:
        write(self.path, content)
        remark(f"wrote {self.path}")


def charting(help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `--plot` and what goes with it, as one argument `plot`.

    What is wrong with them is said before anything is counted.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(
            plot: Path | None,
            force: bool,
            size: str | None,
            title: str | None,
            theme: str | None,
            **given: Any,
        ) -> None:
            file = None
            if plot is not None:
                file = ChartFile(plot, format_of(plot), _sheet(size, title, theme))
                guard(plot, force)
            for option, value in (("size", size), ("title", title), ("theme", theme)):
                if file is None and value is not None:
                    raise click.UsageError(f"--{option} is of a chart: name its file with --plot.")
            command(plot=file, **given)

        taking: Callable[..., None] = run
        return optional(
            (
                click.option("--plot", type=click.Path(path_type=Path), help=help),
                *_OPTIONS,
            )
        )(taking)

    return decorate


_OPTIONS = (
    click.option("--force", is_flag=True, help="Overwrite the chart if there is one."),
    click.option(
        "--size",
        metavar="W:H",
        help="The shape of the chart's page, such as 16:9, or its pixels, such as 1280x720.",
    ),
    click.option("--title", metavar="TEXT", help="What stands above the chart; '' for nothing."),
    click.option(
        "--theme",
        metavar="NAME|FILE",
        help="The chart's paper, words and lines: light (the default), dark, print, textbook, or a"
        " YAML file, as for `archspec render`.",
    ),
)


def _sheet(size: str | None, title: str | None, wanted: str | None) -> Sheet:
    """The page of a chart.

    Raises:
        ArchspecError: for a theme that there is not, and for what is wrong in a theme's file.
        BadParameter: for what is no size, and a title that is too long.
    """
    page = paper(size) if size is not None else None
    if size is not None and page is None:
        raise click.BadParameter(
            f"{size!r} is no page's size: write 16:9, or 1280x720 in pixels.", param_hint="--size"
        )
    line = None if title is None else shown(title)
    if line is not None and len(line) > LONGEST:
        raise click.BadParameter(
            f"a title has at most {LONGEST} characters, not {len(line):,}", param_hint="--title"
        )
    return Sheet(LIGHT if wanted is None else theme(wanted), page, line)
