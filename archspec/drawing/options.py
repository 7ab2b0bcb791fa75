"""What may be asked of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from archspec.drawing.detail import Detail
from archspec.drawing.notes import Note
from archspec.drawing.theme import LIGHT, Theme

Direction = Literal["TB", "LR", "U"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

View = Literal["graph", "unravel", "tree"]
VIEWS: tuple[View, ...] = get_args(View)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Detail):
    """How a figure is drawn, besides what it shows.

    Attributes:
        direction: from top to bottom, from left to right, or a U: a row for each resolution;
            unless given, from left to right where it is unravelled, else from top to bottom.
        annotate: what is written in boxes besides: params, macs, memory (of their outputs), rf
            (the receptive field).
        legend: whether it says what colours and lines mean.
        theme: its colours.
        view: the graph; a residual network unravelled into its paths; or the tree of blocks.

    Raises:
        ValueError: for an unknown direction or view, for a level beside a depth, and for a U
            of anything but the graph.
    """

    direction: Direction | None = None
    annotate: tuple[Note, ...] = ()
    legend: bool = False
    theme: Theme = LIGHT
    view: View = "graph"

    def __post_init__(self) -> None:
        if self.direction not in (None, *DIRECTIONS):
            raise ValueError(f"direction is {self.direction!r}, not {' or '.join(DIRECTIONS)}")
        if self.view not in VIEWS:
            raise ValueError(f"view is {self.view!r}, not {' or '.join(VIEWS)}")
        if self.view != "graph" and self.direction == "U":
            raise ValueError("a U has a row for each resolution, which only the graph has.")
        Detail.__post_init__(self)
