"""What colours, outlines and signs of a figure mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.figures.figure import Figure
from archspec.figures.grid import copies
from archspec.figures.measure import width
from archspec.figures.theme import Theme
from archspec.ir.graph import Instance, Node

_SIZE = 12.0
_SWATCH = 26.0
_APART = 8.0
"""Between entries that stand side by side."""


def legend(figures: Sequence[Figure], theme: Theme, *, across: float | None = None) -> str:
    """A table, in Graphviz's markup, of what figures have and what it means.

    Args:
        across: how wide it may be, in points, where entries stand side by side and not one
            below another.
    """
    told: dict[tuple[str, str], None] = {}
    for tell in (_fills, _joints, _lines):
        told |= dict.fromkeys(entry for figure in figures for entry in tell(figure, theme))
    words = [words for _, words in told]
    columns = 1 if across is None else _columns(words, across, _SIZE * theme.font_scale)
    apart = f'<TD BORDER="0" WIDTH="{_APART:g}"></TD>'
    cells = [f'{cell}<TD BORDER="0" ALIGN="LEFT">{words}</TD>' for cell, words in told]
    rows = [apart.join(cells[i : i + columns]) for i in range(0, len(cells), columns)]
    table = "".join(f"<TR>{row}</TR>" for row in rows or ["<TD></TD>"])
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="4">{table}</TABLE>>'


def _columns(told: Sequence[str], across: float, size: float) -> int:
    """How many entries stand side by side, of which rows have about as many each."""
    count = len(told)
    for rows in range(1, count):
        columns = -(-count // rows)
        widest = [max(width(words, size) for words in told[i::columns]) for i in range(columns)]
        if sum(widest) + columns * (_SWATCH + _APART + 16) <= across:
            return columns
    return 1


def _cell(attributes: str, inside: str = "") -> str:
    return f'<TD {attributes} WIDTH="{_SWATCH:g}" HEIGHT="14">{inside}</TD>'


def _line(look: str, thick: int = 1) -> str:
    """A piece of a line, in the middle of a cell."""
    upper = f'<TD SIDES="B" STYLE="{look}" BORDER="{thick}" WIDTH="{_SWATCH:g}" HEIGHT="7"></TD>'
    table = '<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0">'
    rows = f'<TR>{upper}</TR><TR><TD BORDER="0" HEIGHT="7"></TD></TR>'
    return f'<TD BORDER="0">{table}{rows}</TABLE></TD>'


def _ops(figure: Figure) -> list[Node]:
    return [box.part for box in figure.folding.boxes if isinstance(box.part, Node)]


def _fills(figure: Figure, theme: Theme) -> Iterator[tuple[str, str]]:
    kinds = {node.op.category for node in _ops(figure)}
    for kind, words in theme.meanings(kinds):
        yield _cell(f'STYLE="ROUNDED" BGCOLOR="{theme.colour(kind)}"'), words
    if any(isinstance(box.part, Instance) for box in figure.folding.boxes):
        ground = theme.colour("ground2")
        yield _cell(f'STYLE="ROUNDED" BORDER="2" BGCOLOR="{ground}"'), "block, folded"


def _joints(figure: Figure, theme: Theme) -> Iterator[tuple[str, str]]:
    ops = [node.op for node in _ops(figure)]
    signs = {op.sign: op.result for op in ops if op.sign}
    for sign in sorted(signs):
        yield _cell('STYLE="ROUNDED"', sign), signs[sign]
    if any(op.stacks for op in ops):
        yield _cell(f'BGCOLOR="{theme.colour("bar")}"'), "concatenation"


def _lines(figure: Figure, _: Theme) -> Iterator[tuple[str, str]]:
    boxes, frames = figure.folding.boxes, figure.folding.frames
    if any(box.times > 1 for box in boxes) or any(frame.times > 1 for frame in frames):
        inner = '<TABLE STYLE="ROUNDED" CELLBORDER="0"><TR><TD HEIGHT="4"></TD></TR></TABLE>'
        alike = figure.detail.repeat == "alike"
        what = "N alike in a row" if alike else "repeated N times"
        yield _cell('STYLE="ROUNDED" CELLPADDING="1"', inner), f"× N: {what}"
    if any(node.shared for node in figure.selection.nodes):
        yield _cell('STYLE="ROUNDED,DOTTED" BORDER="2"'), "shares its weights"
    if any(node.train_only for node in figure.selection.nodes):  # as dropout does by its name
        yield _cell('STYLE="ROUNDED,DASHED"'), "in training only"
    elif any(node.op.category == "noise" for node in _ops(figure)):
        yield _cell('STYLE="ROUNDED,DASHED"'), "dropout"
    if not figure.folding.framed and copies(figure):
        yield _line("SOLID", thick=2), "copy"
    if any(arrow.refers for arrow in figure.arrows):
        yield _line("DOTTED"), "its size alone is read"
    if figure.residuals:
        yield _cell('STYLE="DASHED"'), "residual: what is added to the skip"
