"""A table as data, and its plain, Markdown and CSV texts.

`archspec.tables.latex` and `archspec.tables.html` write the same table, and
`archspec.tables.terminal` paints it in colour; that one alone imports rich.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Literal, get_args

from archspec.diagnostics import printable

Format = Literal["text", "json", "csv", "markdown", "latex", "beamer", "html"]
LineKind = Literal["row", "block", "aside", "total"]
FORMATS: tuple[Format, ...] = get_args(Format)
INDENT = "  "
_BAR = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers are set flush right, and `flexible` ones give way on a narrow screen.

    The values of a `bar` column are parts of a whole, from 0 to 1, and are drawn as bars.
    """

    title: str
    right: bool = False
    flexible: bool = False
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row. `depth` indents its first cell; `kind` says what it is, for colour.

    `values` are what the cells say, exactly, where that is known: to sort by, and to draw bars.
    """

    cells: tuple[str, ...]
    kind: LineKind = "row"
    depth: int = 0
    values: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if not all(map(str.isprintable, self.cells)):  # a file's name can hold anything
            object.__setattr__(self, "cells", tuple(map(printable, self.cells)))


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table with remarks above (`head`) and below (`foot`)."""

    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    head: Sequence[str] = ()
    foot: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", printable(self.title))
        object.__setattr__(self, "head", tuple(map(printable, self.head)))
        object.__setattr__(self, "foot", tuple(map(printable, self.foot)))


def filled(line: Line, index: int) -> float:
    """Return how far the bar in a cell reaches, from 0 to 1; of what is unknown, 0."""
    value = line.values[index] if line.values else None
    return 0.0 if value is None or isnan(value) else min(max(value, 0.0), 1.0)


def bar(line: Line, index: int, ink: str = "#") -> str:
    """The bar in a cell, made of a character."""
    return ink * round(_BAR * filled(line, index))


def drawn(table: Table, line: Line, ink: str = "#") -> tuple[str, ...]:
    """The cells of a line, the first one indented, shares beside their bars."""
    first, *rest = (
        f"{bar(line, index, ink):<{_BAR}} {cell:>6}" if column.bar else cell
        for index, (column, cell) in enumerate(zip(table.columns, line.cells, strict=True))
    )
    return (INDENT * line.depth + first, *rest)


def plain(table: Table) -> str:
    """Columns of spaces under a ruled header; the same for every reader and every pipe."""
    lines = [drawn(table, line) for line in table.lines]
    rows = [tuple(column.title for column in table.columns), *lines]
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
    rule = ["--:" if column.right or column.bar else ":--" for column in table.columns]
    rows = [[_prose(column.title) for column in table.columns], rule]
    for line in table.lines:
        first, *rest = (
            f"{bar(line, index, '█')} {cell}".strip() if column.bar else cell
            for index, (column, cell) in enumerate(zip(table.columns, line.cells, strict=True))
        )
        if line.kind == "total":
            rows.append([f"**{_prose(cell)}**" if cell else "" for cell in (first, *rest)])
        else:
            rows.append([_code(first), *map(_prose, rest)])
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    foot = "\n".join(f"- {_prose(remark)}" for remark in table.foot)
    parts = [f"**{_prose(table.title)}**", *map(_prose, table.head), body, foot]
    return "\n\n".join(part for part in parts if part) + "\n"


_MARKUP = re.compile(r"[\\`*<|~]|(?<!\w)_|_(?!\w)|\](?=[(\[:])|&(?=#?\w+;)")


def _prose(text: str) -> str:
    """Text that Markdown shows as it is, and no link; within words, underscores do nothing."""
    return _MARKUP.sub(r"\\\g<0>", text)


def _code(text: str) -> str:
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    room = " " if "`" in (text[:1], text[-1:]) else ""
    return f"{fence}{room}{text.replace('|', chr(92) + '|')}{room}{fence}"


def separated(records: Iterable[dict[str, Any]], fields: Sequence[str]) -> str:
    """Records as CSV with a header; truth values in lower case, nothing for None.

    A text that a spreadsheet would compute, or more, has an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(fields)
    for record in records:
        writer.writerow([_cell(record[name]) for name in fields])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return printable(f"'{value}" if value[:1] in _COMPUTED else value)
    return str(value).lower() if isinstance(value, bool) else value


_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
