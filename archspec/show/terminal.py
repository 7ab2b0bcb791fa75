"""A table in colour, fitted to the width of the screen. Only this module imports rich."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from archspec.show.tables import Table

_GAP = 2
_LEAST = 8
_STYLES = {"row": "", "block": "bold", "aside": "dim", "total": "bold"}


def paint(table: Table, *, colour: bool = True) -> None:
    """Print a table on the terminal; cells too long for it are cut, numbers never."""
    console = Console(highlight=False, emoji=False, markup=False, no_color=not colour)
    console.print(Text(table.title, style="bold"))
    for remark in table.head:
        console.print(Text(remark, style="dim"))
    grid = RichTable(
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
        show_edge=False,
    )
    widths = [_width(table, index) for index in range(len(table.columns))]
    spare = console.width - sum(widths) - _GAP * (len(widths) - 1)
    for column, width in zip(table.columns, widths, strict=True):
        grid.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=max(width + min(spare, 0), _LEAST) if column.flexible else width,
            style="green" if column.flexible else "",
        )
    for line in table.lines:
        if line.kind == "total":
            grid.add_section()
        grid.add_row(*map(Text, line.indented), style=_STYLES[line.kind])
    console.print()
    console.print(grid)
    if table.foot:
        console.print()
    for remark in table.foot:
        console.print(Text(remark, style="dim"))


def _width(table: Table, index: int) -> int:
    """What a column needs for all its cells."""
    return max(
        len(table.columns[index].title), *(len(line.indented[index]) for line in table.lines)
    )
