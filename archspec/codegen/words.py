"""What a spec says in words, as comments and docstrings: safe there, in lines that fit.

Nothing a spec says can end a comment or a docstring, or speak to the tools that read comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unicodedata import east_asian_width

from archspec.ir.graph import Graph

WIDTH = 88
"""Columns of a generated file."""

INDENT = "    "

_DIRECTIVE = re.compile(
    r"(?:type|mypy|pyright|pytype|pylint|ruff|flake8|fmt|yapf|isort|autopep8|pragma|(?:en)?coding"
    r"|vim?|ex)\s*[:=]|pyre-|noqa|nosec|noinspection|-\*-|!",
    re.IGNORECASE,
)
"""How a comment begins that a tool obeys, or refuses: `# type: wide` is a fault to mypy."""


def comment(words: str, margin: str) -> list[str]:
    """A comment of these words, at a margin; nothing where there are none."""
    rows = _rows(printable(words), WIDTH - len(margin) - len("# … "))
    return [f"{margin}# {'… ' if _DIRECTIVE.match(row) else ''}{row}" for row in rows]


def of_file(graph: Graph) -> str:
    """What the network is, and where it comes from, as the file's docstring."""
    variant = graph.variant or ""
    title = f"{graph.name} ({variant})" if variant not in ("", graph.name) else graph.name
    if graph.source and len(whole := f"{title}: {graph.source}") + 7 <= WIDTH:
        return "\n".join(_docstring([_sentence(whole, 0)], 0))
    parts = [_sentence(text, 0) for text in (title, graph.source) if text]
    return "\n".join(_docstring(parts, 0))


def of_class(doc: str, arguments: Iterable[tuple[str, str]]) -> list[str]:
    """A class's docstring: what it is, and what each argument is of which that is said."""
    parts = [_sentence(doc, 1)] if doc else []
    said = [row for name, words in arguments for row in _argument(name, words)]
    if said:
        parts.append(["Args:", *said])
    return [*_docstring(parts, 1), ""] if parts else []


def _argument(name: str, words: str) -> Iterator[str]:
    rows = _rows(f"{name}: {_quotable(words)}", WIDTH - len(INDENT) * 3)
    yield from (f"{INDENT * (1 if not place else 2)}{row}" for place, row in enumerate(rows))


def _docstring(parts: list[list[str]], depth: int) -> list[str]:
    """Paragraphs as a docstring: one row on one line where it fits."""
    margin = INDENT * depth
    first, *rest = [row for part in parts for row in ("", *part)][1:]
    if first == "Args:":  # there is no sentence before it
        first, rest = "", [first, *rest]
    opening = '""" ' if first.startswith('"') else '"""'
    if not rest and _width(f"{margin}{opening}{first}") + 3 <= WIDTH:
        return [f'{margin}{opening}{first}"""']
    below = [f"{margin}{row}" if row else "" for row in rest]
    return [f"{margin}{opening}{first}", *below, f'{margin}"""']


def _sentence(text: str, depth: int) -> list[str]:
    """A sentence, safe within a docstring, in rows that fit."""
    return _rows(f"{_quotable(text).rstrip('.')}.", WIDTH - 4 - len(INDENT) * depth)


def _quotable(text: str) -> str:
    """Words that neither end the docstring that they stand in, nor escape anything."""
    return printable(text).replace("\\", "/").replace('"""', "'''").rstrip('" ')


def printable(text: str) -> str:
    """The text in one line, without what cannot be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _rows(text: str, room: int) -> list[str]:
    """The words in rows that are no wider than there is room, but for addresses."""
    rows: list[str] = []
    left = 0
    for word in text.split():
        for piece in _pieces(word, max(room, WIDTH // 4)):
            wide = _width(piece)
            if rows and piece is word and wide < left:
                rows[-1] += f" {piece}"
                left -= wide + 1
            else:
                rows.append(piece)
                left = max(room, WIDTH // 4) - wide
    return rows


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word, broken where it is too wide for a row."""
    if _width(word) <= room or "://" in word:
        yield word
        return
    piece, wide = "", 0
    for letter in word:
        if wide + _width(letter) > room:
            yield piece
            piece, wide = "", 0
        piece += letter
        wide += _width(letter)
    yield piece


def _width(text: str) -> int:
    """Columns that a text takes in an editor."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
