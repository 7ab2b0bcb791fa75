"""A table as data, and its plain, Markdown and CSV texts.

`archspec.show.terminal` paints the same table in colour; it alone imports rich.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["text", "json", "csv", "markdown"]
FORMATS: tuple[Format, ...] = ("text", "json", "csv", "markdown")
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers are set flush right, and `flexible` ones give way on a narrow screen."""

    title: str
    right: bool = False
    flexible: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row. `depth` indents its first cell; `kind` says what it is, for colour."""

    cells: tuple[str, ...]
    kind: Literal["row", "block", "aside", "total"] = "row"
    depth: int = 0

    @property
    def indented(self) -> tuple[str, ...]:
        return (INDENT * self.depth + self.cells[0], *self.cells[1:])


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table with remarks above (`head`) and below (`foot`)."""

    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    head: Sequence[str] = ()
    foot: Sequence[str] = field(default=())


def plain(table: Table) -> str:
    """Columns of spaces under a ruled header; the same for every reader and every pipe."""
    rows = [tuple(c.title for c in table.columns), *(line.indented for line in table.lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [_spaced(row, widths, table.columns) for row in rows]
    rule = "-" * max(map(len, texts))
    body = [texts[0], rule]
    for line, text in zip(table.lines, texts[1:], strict=True):
        body += [rule, text] if line.kind == "total" else [text]
    parts = [[table.title, *table.head], body, list(table.foot)]
    return "\n\n".join("\n".join(part) for part in parts if any(part)) + "\n"


def _spaced(row: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    cells = [
        cell.rjust(width) if column.right else cell.ljust(width)
        for cell, width, column in zip(row, widths, columns, strict=True)
    ]
    return "  ".join(cells).rstrip()


def markdown(table: Table) -> str:
    """A pipe table under its remarks. First cells are code, for they are names."""
    rule = ["--:" if column.right else ":--" for column in table.columns]
    rows = [[c.title for c in table.columns], rule]
    for line in table.lines:
        first, *rest = (cell.replace("|", "\\|") for cell in line.cells)
        if line.kind == "total":
            rows.append([f"**{cell}**" if cell else "" for cell in (first, *rest)])
        else:
            rows.append([f"`{first}`", *rest])
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    foot = "\n".join(f"- {remark}" for remark in table.foot)
    parts = [f"**{table.title}**", *table.head, body, foot]
    return "\n\n".join(part for part in parts if part) + "\n"


def separated(records: Iterable[dict[str, Any]], fields: Sequence[str]) -> str:
    """Records as CSV with a header; truth values in lower case, nothing for None."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    for record in records:
        writer.writerow([_cell(record[name]) for name in fields])
    return out.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
