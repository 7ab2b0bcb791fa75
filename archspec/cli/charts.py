"""The options of the commands that draw a chart beside their table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archspec.cli.common import optional, remark
from archspec.util.files import guard, write

if TYPE_CHECKING:
    from archspec.tables.plot import Sheet


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
                file = _chart_file(plot, size, title, theme)
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


def _chart_file(path: Path, size: str | None, title: str | None, wanted: str | None) -> ChartFile:
    """Where a chart goes, and its page.

    Raises:
        ArchspecError: E601 for a format that there is not; for a theme that there is not, and for
            what is wrong in a theme's file.
        BadParameter: for what is no size, and a title that is too long.
    """
    from archspec.figures.paper import sized  # all of which a table can do without
    from archspec.figures.theme import LIGHT, theme
    from archspec.figures.words import check_title, shown
    from archspec.tables.plot import Sheet, format_of

    format_ = format_of(path)
    page = None if size is None else _checked(sized, size, "--size")
    line = None if title is None else shown(title)
    if line is not None:
        _checked(check_title, line, "--title")
    return ChartFile(path, format_, Sheet(LIGHT if wanted is None else theme(wanted), page, line))


_Checked = TypeVar("_Checked")


def _checked(check: Callable[[str], _Checked], text: str, option: str) -> _Checked:
    """What a check gives; what it refuses is a mistake in using an option."""
    try:
        return check(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error
