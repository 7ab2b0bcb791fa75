"""The options that say how much of a network a figure shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from archspec.drawing.detail import LEVELS, Detail
from archspec.drawing.notes import NOTES, Note


def listed_notes(text: str) -> tuple[Note, ...]:
    """`params,macs`: kinds of notes."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in NOTES:
            raise click.BadParameter(f"{word!r} is none of {', '.join(NOTES)}")
    return tuple(note for note in NOTES if note in words)


_OPTIONS = (
    click.option(
        "--level",
        type=click.Choice(LEVELS),
        help="The whole as one box, a box a stage, a box a block, or every layer (the default).",
    ),
    click.option("--depth", type=click.IntRange(min=0), help="Open so many levels of blocks."),
    click.option(
        "--expand", metavar="NAME", multiple=True, help="Open this block, or what has this path."
    ),
    click.option("--collapse", metavar="NAME", multiple=True, help="Fold it into one box."),
    click.option("--only", metavar="NAME", help="Show one instance of this block by itself."),
    click.option("--from", "start", metavar="NODE", help="Begin here."),
    click.option("--to", "end", metavar="NODE", help="End here."),
    click.option(
        "--fuse", is_flag=True, help="Write normalisations and activations into the layer's box."
    ),
    click.option(
        "--repeat/--no-repeat", default=True, help="Draw equal boxes in a row once, with ×N."
    ),
)


def detailed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, as one argument `detail`."""

    @wraps(command)
    def run(**given: Any) -> None:
        chosen = {name: given.pop(name) for name in Detail.__dataclass_fields__}
        if chosen["level"] is not None and chosen["depth"] is not None:
            raise click.UsageError("--level and --depth both say what is opened: give one.")
        chosen["level"] = chosen["level"] or "layer"
        command(detail=Detail(**chosen), **given)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run
