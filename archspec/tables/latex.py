"""A table in LaTeX: in a float, over several pages where it is long, or in a frame of beamer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil

from archspec.tables.tables import Line, Table, filled

_PAGE = 35
"""Lines that a page has room for."""

_HEADING, _REMARK, _LOWEST = 0.16, 0.03, 0.4
"""Of the height of a frame's text: its title, a line of remarks; and a table's, at the least."""
_ACROSS = 130
"""Letters of a line of remarks."""

_BAR = 4.0
"""How long the bar of a whole is, in em."""

_SHRUNK = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%"
"""What makes a table no wider than its column, and leaves a narrow one alone."""

_SPECIAL = {
    **{character: f"\\{character}" for character in "{}$&#_%"},
    "\\": "\\textbackslash{}",
    "^": "\\textasciicircum{}",
    "~": "\\textasciitilde{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    "`": "\\textasciigrave{}",
    '"': "\\textquotedbl{}",
    "×": "$\\times$",
    "·": "$\\cdot$",
    "−": "$-$",
    "⌊": "$\\lfloor$",
    "⌋": "$\\rfloor$",
    "⌈": "$\\lceil$",
    "⌉": "$\\rceil$",
    "--": "-{}-",  # otherwise a dash
}
_ESCAPED = re.compile("|".join(map(re.escape, sorted(_SPECIAL, key=len, reverse=True))))


def escaped(text: str) -> str:
    """Text as LaTeX prints it, on one line."""
    return _ESCAPED.sub(lambda match: _SPECIAL[match[0]], " ".join(text.split()))


def latex(table: Table) -> str:
    """A `table` with the title as its caption; a `longtable` where a page is too short for it.

    A `table` that is too wide is shrunk; a `longtable` cannot be, and stands in no frame.

    The packages that it needs are named in its first line. Scripts other than the Latin one need
    LuaLaTeX or XeLaTeX, and a font.
    """
    caption = f"\\caption{{{escaped(table.title)}}}"
    remarks = [escaped(remark) + " \\\\" for remark in (*table.head, *table.foot)]
    if remarks:
        remarks[-1] = remarks[-1].removesuffix(" \\\\")
        remarks = ["{\\footnotesize\\raggedright", *remarks, "\\par}"]
    if len(table.lines) > _PAGE:
        texts = [
            "% \\usepackage{booktabs,longtable}",
            "% for a slide: --format beamer",
            f"\\begin{{longtable}}{{{_columns(table)}}}",
            f"{caption} \\\\",
            *_head(table),
            "\\endfirsthead",
            *_head(table),
            "\\endhead",
            *_body(table),
            "\\end{longtable}",
            *remarks,
        ]
    else:
        texts = [
            "% \\usepackage{booktabs,graphicx}",
            "\\begin{table}",
            "\\centering",
            caption,
            _SHRUNK,
            *_tabular(table, "}"),
            *(["\\par\\medskip", *remarks] if remarks else []),
            "\\end{table}",
        ]
    return "\n".join(texts) + "\n"


def beamer(table: Table) -> str:
    """A frame of beamer: the table under its title, all of it on the slide, remarks in one text.

    A table that is too wide or too high is shrunk; what it needs is named in its first line.
    """
    remarks = "; ".join((*table.head, *table.foot))
    taken = _HEADING + _REMARK * ceil(len(remarks) / _ACROSS)
    high = max(1 - taken, _LOWEST)
    texts = [
        "% \\usepackage{booktabs,adjustbox}",
        f"\\begin{{frame}}{{{escaped(table.title)}}}",
        "\\centering",
        f"\\begin{{adjustbox}}{{max width=\\linewidth,max totalheight={high:.2f}\\textheight}}",
        *_tabular(table),
        "\\end{adjustbox}",
        *(
            ["\\par\\smallskip", f"{{\\tiny\\raggedright {escaped(remarks)}\\par}}"]
            if remarks
            else []
        ),
        "\\end{frame}",
    ]
    return "\n".join(texts) + "\n"


def _tabular(table: Table, after: str = "") -> list[str]:
    begin = f"\\begin{{tabular}}{{{_columns(table)}}}"
    return [begin, *_head(table), *_body(table), f"\\end{{tabular}}{after}"]


def _columns(table: Table) -> str:
    sides = "".join("r" if column.right else "l" for column in table.columns)
    return f"@{{}}{sides}@{{}}"


def _head(table: Table) -> list[str]:
    return ["\\toprule", _row(escaped(c.title) for c in table.columns), "\\midrule"]


def _body(table: Table) -> list[str]:
    return [*(text for line in table.lines for text in _line(table, line)), "\\bottomrule"]


def _line(table: Table, line: Line) -> Iterable[str]:
    cells = [escaped(cell) for cell in line.cells]
    if line.kind in ("block", "total"):
        cells[0] = f"\\textbf{{{cells[0]}}}"
    elif cells[0].startswith(("[", "*")):
        cells[0] = f"{{}}{cells[0]}"  # or it would belong to the `\\` before it
    cells[0] = "\\quad " * line.depth + cells[0]
    for index, column in enumerate(table.columns):
        if column.bar:
            width = _BAR * filled(line, index)
            bar = f"\\rule{{{width:.2f}em}}{{1.2ex}}" if width else ""
            cells[index] = f"\\makebox[{_BAR}em][l]{{{bar}}} \\makebox[3em][r]{{{cells[index]}}}"
    return (["\\midrule"] if line.kind == "total" else []) + [_row(cells)]


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + " \\\\"
