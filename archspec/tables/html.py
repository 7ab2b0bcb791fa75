"""A table as a web page that needs nothing else: rows are sorted by a click on a header.

Words are as large as lets all of the table stand in the window, on a slide as on a screen; a table
that is too long for that is scrolled.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import inf
from typing import Any

from archspec.tables.tables import Column, Line, Table, drawn, filled

_STYLE = """\
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --ink: #0072b2; }
body { font: clamp(var(--least), min(100vh / var(--tall), 100vw / var(--wide)), 26px)/1.3
  system-ui, sans-serif; margin: 1em auto; padding: 0 1em; box-sizing: border-box;
  width: fit-content; max-width: 100%; }
h1 { font-size: 1.15em; margin: 0 0 .2em; }
p { margin: 0; opacity: .75; }
.wide { overflow: auto hidden; margin: .7em 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .1em .7em; text-align: left; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--line); padding: 0; }
th button { all: unset; box-sizing: border-box; width: 100%; cursor: pointer; }
th button, thead span { display: inline-block; padding: .15em .7em; }
th button:focus-visible { outline: 2px solid var(--ink); }
th[aria-sort=ascending] button::after { content: " \\25B2"; }
th[aria-sort=descending] button::after { content: " \\25BC"; }
tbody th { font-weight: normal; padding-left: calc(.7em + 1.2em * var(--level, 0)); }
.flat tbody th { padding-left: .7em; }
tbody tr:hover { background: var(--soft); }
tfoot tr:first-child > * { border-top: 2px solid var(--line); }
.right { text-align: right; }
.block > *, .total > * { font-weight: 600; }
.aside { opacity: .6; }
.bar { display: inline-block; width: 6em; height: .7em; margin-right: .5em; background:
  linear-gradient(var(--ink) 0 0) 0 / var(--part) 100% no-repeat var(--soft); }
.path, .flat .name, .flat .block { display: none; }
.flat .path { display: inline; }"""

# Rows are sorted without those of open blocks, whose layers have rows themselves; a third
# click brings the tree back.
_SCRIPT = """\
const table = document.querySelector("table"), body = table.tBodies[0];
const tree = [...body.rows], heads = [...table.tHead.rows[0].cells];
const key = (row, i) => {
  const value = row.cells[i].dataset.value;
  return heads[i].dataset.first === "ascending" ? value : Number(value || 0);
};
const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
heads.forEach((head, i) => head.firstElementChild.addEventListener("click", () => {
  const first = head.dataset.first, second = first === "ascending" ? "descending" : "ascending";
  const next = { [first]: second, [second]: "none" }[head.getAttribute("aria-sort")] || first;
  heads.forEach(other => other.removeAttribute("aria-sort"));
  table.classList.toggle("flat", next !== "none");
  const rows = [...tree];
  if (next !== "none") {
    head.setAttribute("aria-sort", next);
    const sign = next === "ascending" ? 1 : -1;
    rows.sort((a, b) => sign * compare(key(a, i), key(b, i)));
  }
  body.append(...rows);
}));"""


_LINE, _ROW = 1.3, 1.5
"""Heights of a line of words and of a row of the table, in em."""
_AROUND, _GUTTER, _LETTER = 5.6, 1.4, 0.64
"""In em: what is above, below and between; beside each cell; and a wide font's letter."""
_SLIDE = 720
_LEAST, _READ = 12, 14
"""Pixels: words are no smaller on a slide that the table fits; where it fits none, they are read
line by line."""


def _sized(table: Table) -> str:
    """The size of words, as the style reads it: the table's height and width in em."""
    remarks = len(table.head) + len(table.foot)
    tall = _AROUND + _LINE * remarks + _ROW * (1 + len(table.lines))
    columns = zip(*(drawn(table, line) for line in table.lines), strict=True)
    longest = [
        max(len(column.title), *map(len, cells))
        for column, cells in zip(table.columns, columns, strict=True)
    ]
    wide = 3 + sum(_LETTER * letters + _GUTTER for letters in longest)
    least = _LEAST if tall * _LEAST <= _SLIDE else _READ
    return f"--tall: {tall:.1f}; --wide: {wide:.1f}; --least: {least}px"


def html(table: Table) -> str:
    """A whole page. The total and what stands below it stay at the foot however rows are sorted."""
    cut = next((i for i, line in enumerate(table.lines) if line.kind == "total"), len(table.lines))
    sortable = all(line.values for line in table.lines)
    heads = "".join(_head(column, sortable) for column in table.columns)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(table.title)}</title>",
        f"<style>\n{_STYLE}\n</style>",
        "</head>",
        f'<body style="{_sized(table)}">',
        f"<h1>{escape(table.title)}</h1>",
        *(f"<p>{escape(remark)}</p>" for remark in table.head),
        '<div class="wide">',
        "<table>",
        f"<thead>\n<tr>{heads}</tr>\n</thead>",
        "<tbody>",
        *(_row(table, line) for line in table.lines[:cut]),
        "</tbody>",
        "<tfoot>",
        *(_row(table, line) for line in table.lines[cut:]),
        "</tfoot>",
        "</table>",
        "</div>",
        *(f"<p>{escape(remark)}</p>" for remark in table.foot),
        *([f"<script>\n{_SCRIPT}\n</script>"] if sortable else []),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def fragment(table: Table) -> str:
    """The table alone, for a page that has styles of its own; long ones are scrolled."""
    heads = "".join(
        f'<th style="text-align: {_side(c.right)}">{escape(c.title)}</th>' for c in table.columns
    )
    rows = "\n".join("<tr>" + "".join(_bare(table, line)) + "</tr>" for line in table.lines)
    remarks = "".join(f"<div>{escape(remark)}</div>" for remark in (*table.head, *table.foot))
    return (
        f"<div><strong>{escape(table.title)}</strong></div>\n"
        '<div style="max-height: 30em; width: fit-content; max-width: 100%; overflow: auto">\n'
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>\n"
        f"<small>{remarks}</small>\n"
    )


def _bare(table: Table, line: Line) -> Iterator[str]:
    """Cells that need no style sheet."""
    tag = "td" if line.kind in ("row", "aside") else "th"
    for index, (column, text) in enumerate(zip(table.columns, line.cells, strict=True)):
        style = f"text-align: {_side(column.right)}"
        if index == 0 and line.depth:
            style += f"; padding-left: {line.depth + 0.5:g}em"
        yield f'<{tag} style="{style}">{escape(text)}</{tag}>'


def _side(right: bool) -> str:
    return "right" if right else "left"


def _head(column: Column, sortable: bool) -> str:
    first = "descending" if column.right or column.bar else "ascending"
    style = ' class="right"' if column.right else ""
    title = escape(column.title)
    body = f"<button>{title}</button>" if sortable else f"<span>{title}</span>"
    return f'<th scope="col" data-first="{first}"{style}>{body}</th>'


def _row(table: Table, line: Line) -> str:
    return f'<tr class="{line.kind}">{"".join(_cells(table, line))}</tr>'


def _cells(table: Table, line: Line) -> Iterator[str]:
    values = line.values or line.cells
    for index, (column, text, value) in enumerate(
        zip(table.columns, line.cells, values, strict=True)
    ):
        body, key = escape(text), escape(_key(value))
        if index == 0:
            indent = f' style="--level: {line.depth}"' if line.depth else ""
            names = f'<span class="name">{body}</span><span class="path">{key or body}</span>'
            yield f'<th scope="row" data-value="{key}"{indent}>{names}</th>'
            continue
        if column.bar:
            body = f'<span class="bar" style="--part: {filled(line, index):.1%}"></span>{body}'
        attributes = ' class="right"' if column.right else ""
        if type(value) is int and str(value) != text:
            attributes += f' title="{value:,}"'
        yield f'<td data-value="{key}"{attributes}>{body}</td>'


def _key(value: Any) -> str:
    """A value as the script reads it."""
    if value is None:
        return ""
    return "Infinity" if value == inf else str(value)
