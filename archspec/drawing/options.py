"""What may be asked of a figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from archspec.drawing.detail import Detail
from archspec.drawing.notes import Note

Direction = Literal["TB", "LR"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, slots=True)
class Options:
    """How a figure is drawn.

    Attributes:
        direction: from top to bottom, or from left to right.
        detail: what is opened, folded and left out; every layer unless given.
        annotate: what is written in boxes besides: params, macs, memory (of their outputs), rf
            (the receptive field).
        legend: whether it says what colours and lines mean.

    Raises:
        ValueError: for an unknown direction.
    """

    direction: Direction = "TB"
    detail: Detail = field(default_factory=Detail)
    annotate: tuple[Note, ...] = ()
    legend: bool = False

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            raise ValueError(f"direction is {self.direction!r}, not {' or '.join(DIRECTIONS)}")
