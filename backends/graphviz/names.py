"""Names and labels in DOT. The only place where anything is quoted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import graphviz

from archspec.figures.words import printable


def name(path: str, prefix: str = "") -> str:
    """A DOT identifier: the path, with what DOT, XML or the prefixes could mistake encoded.

    A colon would begin a port, a backslash an escape, and a percent sign is Graphviz's own mark
    of what has no name. Of a path of thousands of letters the end is a digest.
    """
    text = re.sub(
        r"[^\w.\-]",
        lambda m: "".join(f"~{b:02X}" for b in m[0].encode("utf-8", "surrogatepass")),
        path,
    )
    if len(text) > _LONGEST:
        digest = hashlib.sha256(text.encode()).hexdigest()
        text = f"{text[:_LONGEST]}~{digest}"
    return prefix + text


_LONGEST = 4_000
"""Graphviz 2 reads no name of more than 16 KiB."""


def spelled(label: str) -> list[str]:
    """The lines of a label, as they were before `label` made it of them."""
    lines = re.split(r"\\[nl]", label.replace("\\\\", "\0"))  # which no label holds
    return [line.replace("\0", "\\").replace("&amp;", "&") for line in lines if line]


def label(lines: Iterable[str], left: bool = False) -> str:
    """Lines of text, centred or at the left, that come out as they are.

    Graphviz reads entities and escapes in plain labels, and `<…>` as markup. Characters that
    cannot be shown, and those no XML may hold, become U+FFFD.
    """
    safe = [s.replace("&", "&amp;").replace("\\", r"\\") for s in map(printable, lines)]
    text = "".join(rf"{s}\l" for s in safe) if left else r"\n".join(safe)
    quotable: str = graphviz.nohtml(text)
    return quotable
