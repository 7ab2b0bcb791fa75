"""A table in colour, fitted to the width of the screen. Only this module imports rich."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from archspec.tables.tables import Table, drawn

_GAP = 2
_LEAST = 8
_STYLES = {"row": "", "block": "bold", "aside": "dim", "total": "bold"}


def paint(table: Table, *, colour: bool = True) -> None:
    """Print a table on the terminal.

    Words too long for it are cut, numbers never: the last columns that have no room are left
    out, and named below.
    """
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
    lines = [drawn(table, line, "█") for line in table.lines]
    widths = _fitted(table, lines, console.width)
    for column, width in zip(table.columns, widths, strict=False):
        grid.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=width,
            style="green" if column.flexible else "cyan" if column.bar else "",
        )
    for line, cells in zip(table.lines, lines, strict=True):
        if line.kind == "total":
            grid.add_section()
        grid.add_row(*map(Text, cells[: len(widths)]), style=_STYLES[line.kind])
    console.print()
    console.print(grid)
    foot = list(table.foot)
    if left_out := [column.title for column in table.columns[len(widths) :]]:
        foot.append(f"no room for: {', '.join(left_out)}; widen the window, or print to a file")
    if foot:
        console.print()
    for remark in foot:
        console.print(Text(remark, style="dim"))


def _fitted(table: Table, lines: list[tuple[str, ...]], room: int) -> list[int]:
    """The widths of the columns that have room, from the left."""
    widths = [
        max(map(cell_len, (column.title, *(cells[index] for cells in lines))))
        for index, column in enumerate(table.columns)
    ]
    least = [
        min(width, _LEAST) if column.flexible else width
        for column, width in zip(table.columns, widths, strict=True)
    ]
    while len(least) > 1 and sum(least) + _GAP * (len(least) - 1) > room:
        least.pop()
    spare = room - sum(least) - _GAP * (len(least) - 1)
    for index, width in enumerate(least):
        given = min(widths[index] - width, max(spare, 0))
        least[index] += given
        spare -= given
    return least
