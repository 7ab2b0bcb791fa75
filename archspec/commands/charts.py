"""The options of the commands that draw a chart beside their table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from archspec.commands.common import remark
from archspec.files import guard, write
from archspec.show.plot import format_of


@dataclass(frozen=True, slots=True)
class ChartFile:
    """Where a chart goes, and the format its name asks for."""

    path: Path
    format: str

    def save(self, content: bytes) -> None:
        write(self.path, content)
        remark(f"wrote {self.path}")


def charting(help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `--plot` and `--force`, as one argument `plot`.

    What is wrong with the file's name is said before anything is counted.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(plot: Path | None, force: bool, **given: Any) -> None:
            file = None
            if plot is not None:
                file = ChartFile(plot, format_of(plot))
                guard(plot, force)
            command(plot=file, **given)

        forced = click.option("--force", is_flag=True, help="Overwrite the chart if there is one.")(
            run
        )
        return click.option("--plot", type=click.Path(path_type=Path), help=help)(forced)

    return decorate
