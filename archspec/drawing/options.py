"""What may be asked of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from archspec.drawing.detail import Detail
from archspec.drawing.notes import Note
from archspec.drawing.theme import LIGHT, Theme

Direction = Literal["TB", "LR", "U"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

Style = Literal["blocks", "volumes", "planes"]
STYLES: tuple[Style, ...] = get_args(Style)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Detail):
    """How a figure is drawn, besides what it shows.

    Attributes:
        style: a box an op; or feature maps, as volumes or as stacks of planes.
        direction: from top to bottom, from left to right, or a U: a row for each resolution.
        annotate: what is written in boxes besides: params, macs, memory (of their outputs), rf
            (the receptive field).
        legend: whether it says what colours and lines mean.
        theme: its colours.

    Raises:
        ValueError: for an unknown style or direction, and for a level beside a depth.
    """

    style: Style = "blocks"
    direction: Direction = "TB"
    annotate: tuple[Note, ...] = ()
    legend: bool = False
    theme: Theme = LIGHT

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"style is {self.style!r}, not {' or '.join(STYLES)}")
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction is {self.direction!r}, not {' or '.join(DIRECTIONS)}")
        Detail.__post_init__(self)
