"""SVG documents that say to screen readers what they show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

_UNNAMED = re.compile(rb"<title>%3</title>\n?|(?<=<!-- )Title: %3 ")
"""Graphviz's own name for what has none."""

_MOST = 60
"""Things that a description lists."""


def described(svg: bytes, title: str, description: str) -> bytes:
    """The document as one picture, with a title and a description before anything else in it.

    What an engine wrote that is no SVG stays as it is.
    """
    drawn = _UNNAMED.sub(b"", svg)
    head = re.search(rb"<svg\b[^>]*(?=>)", drawn)
    if head is None:
        return svg
    said = f"<title>{_text(title)}</title>\n<desc>{_text(description)}</desc>"
    opened = f' role="img">\n{said}'.encode()
    return drawn[: head.end()] + opened + drawn[head.end() + 1 :]


def listing(what: str, things: Sequence[str]) -> str:
    """`3 boxes: a; b; c`; of very many the first, and how many more there are."""
    more = f"; and {len(things) - _MOST:,} more" if len(things) > _MOST else ""
    return f"{len(things):,} {what}: {'; '.join(things[:_MOST])}{more}"


def _text(text: str) -> str:
    """A line of text that XML may hold: what is not printable becomes U+FFFD."""
    letters = " ".join(text.split())
    shown = (c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in letters)
    return escape("".join(shown), quote=False)
