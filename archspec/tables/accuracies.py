"""Accuracies that were measured elsewhere, from a CSV file: `network,top1`."""

from __future__ import annotations

import csv
from pathlib import Path

from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span
from archspec.util.reading import read

_NAME, _SCORE = "network", "top1"


def read_scores(path: Path) -> dict[str, float]:
    """Top-1 accuracy in per cent by the network's name.

    The first line names the columns; others than `network` and `top1` may stand beside them,
    and lines that begin with `#` are comments.

    Raises:
        ArchspecError: E101 and E005 for the file, E109 for each faulty line.
    """
    source = read(path)
    rows = csv.reader(line if not line.startswith("#") else "" for line in source.lines)
    scores: dict[str, float] = {}
    found: list[Diagnostic] = []
    try:
        header = next((row for row in rows if row), [])
        columns = [cell.strip().lower() for cell in header]
        if _NAME not in columns or _SCORE not in columns:
            raise ArchspecError(_no_header(source, rows.line_num))
        for row in filter(None, rows):
            cells = dict(zip(columns, map(str.strip, row), strict=False))
            problem = _problem(cells, scores)
            if problem is None:
                scores[cells[_NAME]] = float(cells[_SCORE])
            else:
                found.append(_faulty(source, rows.line_num, *problem))
    except csv.Error as error:
        found.append(_faulty(source, rows.line_num, str(error), "comma-separated values"))
    if found:
        raise ArchspecError(*found)
    return scores


def _problem(cells: dict[str, str], scores: dict[str, float]) -> tuple[str, str] | None:
    """What is wrong with a line, and what was expected; None where it is right."""
    if not cells.get(_NAME):
        return "the line names no network", "a network and its accuracy"
    if cells[_NAME] in scores:
        return f"`{cells[_NAME]}` has an accuracy already", "one line a network"
    text = cells.get(_SCORE, "")
    if not text:
        return f"`{cells[_NAME]}` has no accuracy", "a number from 0 to 100, or no such line"
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if 0 <= score <= 100:
        return None
    return f"`{text}` is no accuracy", "a number from 0 to 100"


def _no_header(source: Source, line: int) -> Diagnostic:
    return Diagnostic(
        "E109",
        "the first line does not name the columns",
        _place(source, line),
        expected=f"`{_NAME},{_SCORE}`, in any order, perhaps with others",
        hint="put commas between the columns" if set(";\t|") & set(source.line(line)) else None,
    )


def _faulty(source: Source, line: int, message: str, expected: str) -> Diagnostic:
    return Diagnostic("E109", message, _place(source, line), expected=expected)


def _place(source: Source, line: int) -> Span:
    number = max(line, 1)
    return Span(source, number, 1, len(source.line(number)) + 1)
