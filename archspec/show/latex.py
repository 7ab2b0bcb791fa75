"""A table in LaTeX: booktabs in a float, or over several pages where it is long."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archspec.show.tables import Line, Table, filled

_PAGE = 35
"""Lines that a page has room for."""

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

    A `table` that is too wide is shrunk; a `longtable` cannot be.

    The packages that it needs are named in its first line. Scripts other than the Latin one need
    LuaLaTeX or XeLaTeX, and a font.
    """
    columns = "".join("r" if column.right else "l" for column in table.columns)
    caption = f"\\caption{{{escaped(table.title)}}}"
    head = ["\\toprule", _row(escaped(c.title) for c in table.columns), "\\midrule"]
    body = [text for line in table.lines for text in _line(table, line)]
    remarks = [escaped(remark) + " \\\\" for remark in (*table.head, *table.foot)]
    if remarks:
        remarks[-1] = remarks[-1].removesuffix(" \\\\")
        remarks = ["{\\footnotesize\\raggedright", *remarks, "\\par}"]
    if len(table.lines) > _PAGE:
        texts = [
            "% \\usepackage{booktabs,longtable}",
            f"\\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
            f"{caption} \\\\",
            *head,
            "\\endfirsthead",
            *head,
            "\\endhead",
            *body,
            "\\bottomrule",
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
            f"\\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
            *head,
            *body,
            "\\bottomrule",
            "\\end{tabular}}",
            *(["\\par\\medskip", *remarks] if remarks else []),
            "\\end{table}",
        ]
    return "\n".join(texts) + "\n"


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
