"""The options that say how a network runs when its costs are counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, get_args

import click

from archspec.analysis.cost import Mode
from archspec.analysis.step import OPTIMIZERS
from archspec.cli.common import optional
from archspec.ops.tape import DTYPES

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}

BATCH = click.option(
    "--batch", type=click.IntRange(min=1), default=1, show_default=True, help="Samples at once."
)

DTYPE = click.option(
    "--dtype",
    type=click.Choice(DTYPES),
    default="float32",
    show_default=True,
    help="Of parameters and activations; amp is autocast to bfloat16.",
)

MODE = click.option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    default="train",
    show_default=True,
    help="A training step, or a forward pass without gradients.",
)

_OPTIONS = (
    DTYPE,
    MODE,
    click.option(
        "--optimizer",
        type=click.Choice(OPTIMIZERS),
        default="sgd",
        show_default=True,
        help="Of the training step; momentum is SGD's.",
    ),
    click.option(
        "--checkpoint",
        metavar="BLOCK",
        multiple=True,
        help="Run this block, or what has this path, again in the backward pass, and keep its"
        " inputs only.",
    ),
)


running = optional(_OPTIONS)
"""Give a command the options that `pipeline.stats` takes, but for the batch."""


def capacity(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    """`24GiB`, `800 MB` or plain bytes, whatever the case."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,18}(?:\.\d{1,6})?)\s*([kmgt]i?|)b?", text.strip().lower())
    size = float(found[1]) * (_UNITS | _BINARY)[found[2]] if found else 0
    if not found or size < 1:
        raise click.BadParameter(f"{text!r} is not an amount of memory such as 24GiB or 800MB")
    return int(size)


def fitted(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--batch`, or `--fit` in its place."""

    @wraps(command)
    def run(batch: int | None, fit: int | None, **given: Any) -> None:
        if batch is not None and fit is not None:
            raise click.UsageError("--fit looks for the batch, so --batch cannot be given, too.")
        command(batch=batch or 1, fit=fit, **given)

    size = click.option(
        "--fit",
        metavar="SIZE",
        callback=capacity,
        help="Print the largest batch that needs no more memory than this, such as 24GiB.",
    )
    batch = click.option(
        "--batch", type=click.IntRange(min=1), help="Samples at once; 1 unless given."
    )
    return batch(size(run))
