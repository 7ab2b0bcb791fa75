"""Writing files: whole or not at all, and never over something else by accident."""

from __future__ import annotations

import os
from pathlib import Path

from archspec.diagnostics import ArchspecError, Diagnostic


def guard(path: Path, force: bool, text: str | None = None) -> None:
    """Refuse to overwrite a file, unless it holds just what would be written.

    Raises:
        ArchspecError: E107, or E101 where no file can be.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        if not path.resolve().parent.is_dir():
            raise FileNotFoundError("there is no such folder")
    except OSError as error:
        raise _unwritable(path, error) from error
    if force or not path.is_file():
        return
    if text is not None and path.read_bytes() == text.encode():
        return
    raise ArchspecError(
        Diagnostic(
            "E107",
            f"`{path}` exists" + (" and holds something else" if text is not None else ""),
            hint="--force overwrites it",
        )
    )


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ArchspecError: E101 where it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.exists() and not target.is_file():  # a pipe or a device has no replacement
            target.write_bytes(data)
            return
        try:
            draft.write_bytes(data)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ArchspecError:
    problem = (error.strerror or str(error)).lower()
    return ArchspecError(Diagnostic("E101", f"cannot write {path}: {problem}"))
