"""Reading files: their text, or why there is none."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path

from archspec.diagnostics import ArchspecError, Diagnostic, Source, Span

MAX_BYTES = 4 * 2**20
STDIN = "-"
"""The name of standard input on the command line."""

_read: dict[tuple[int, int], Path] = {}
"""Where each file was that has been read, by its device and number."""


def was_read(status: os.stat_result) -> bool:
    """Whether this is a file that `read` has read, by whatever name, link or spelling."""
    path = _read.get((status.st_dev, status.st_ino))
    try:  # The number of a file that is gone is given to another.
        return path is not None and os.path.samestat(path.stat(), status)
    except OSError:
        return False


def read(path: Path) -> Source:
    """The text of a file.

    Raises:
        ArchspecError: E101 for what cannot be read, E004 for a file over 4 MiB, E005 for
            one that is not UTF-8.
    """
    try:
        # A FIFO or a device may block for ever, so it is refused before it is opened.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ValueError("it is a folder" if stat.S_ISDIR(mode) else "not a regular file")
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _read[status.st_dev, status.st_ino] = path.absolute()
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ArchspecError(Diagnostic("E101", f"cannot read {path}: {reason}")) from None
    return decoded(str(path), data)


def read_stdin() -> Source:
    """The text of standard input.

    Raises:
        ArchspecError: as `read`; E101 where it is closed.
    """
    if sys.stdin is None:
        raise ArchspecError(Diagnostic("E101", "standard input is closed"))
    return decoded("standard input", sys.stdin.buffer.read(MAX_BYTES + 1))


def decoded(name: str, data: bytes) -> Source:
    """What was read as text, without a byte order mark.

    Raises:
        ArchspecError: E004 for more than 4 MiB, E005 for what is not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise ArchspecError(too_large(name))
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace"))
        span = place_after(source, data[: error.start].decode("utf-8"))
        message = f"{name} is not UTF-8 text"
        diagnostic = Diagnostic("E005", message, span, hint="save the file with UTF-8 encoding")
        raise ArchspecError(diagnostic) from None


def too_large(name: str) -> Diagnostic:
    """E004, of a file or a text over 4 MiB."""
    return Diagnostic("E004", f"{name} is larger than {MAX_BYTES // 2**20} MiB")


def place_after(source: Source, before: str) -> Span:
    """The place that follows the text `before`."""
    lines = (before + "x").splitlines()
    return Span(source, len(lines), len(lines[-1]), len(lines[-1]) + 1)
