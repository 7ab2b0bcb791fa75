"""Writing files: whole or not at all, and never over something else by accident."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.util.reading import was_read


def guard(path: Path, force: bool, text: str | None = None, switch: str = "--force") -> None:
    """Refuse to overwrite a file, unless it holds just what would be written.

    Args:
        switch: what the caller has for `force`.

    Raises:
        ArchspecError: E107, also for a file that has been read, under whatever name; E101 where
            no file can be.
    """
    try:
        found = _status(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError("it is a folder")
        if found is None and not Path(os.path.realpath(path)).parent.is_dir():
            raise FileNotFoundError("there is no such folder")
        if found is None or _is_stream(path, found):
            return
        if was_read(found):
            message = f"`{path}` is one of the files that this is made from"
            raise ArchspecError(Diagnostic("E107", message, hint="write another file"))
        if force or (text is not None and _holds(path, found, text.encode())):
            return
    except OSError as error:
        raise _unwritable(path, error) from error
    raise ArchspecError(
        Diagnostic(
            "E107",
            f"`{path}` exists" + (" and holds something else" if text is not None else ""),
            hint=f"{switch} overwrites it",
        )
    )


def is_stream(path: Path) -> bool:
    """Whether a path leads to a pipe or a device, which takes bytes as they come.

    Raises:
        ArchspecError: E101 where that cannot be told.
    """
    try:
        found = _status(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return found is not None and _is_stream(path, found)


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; a pipe or a device, and what stdout goes to, as it comes.

    A file that is replaced keeps its permissions, and a link goes on pointing to it. One that has
    several names (hard links) is written where it is, so that all of them go on naming it.

    Raises:
        ArchspecError: E101 where it cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        found = _status(path)
        if found is not None and _is_stdout(found):
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif found is not None and _is_stream(path, found):
            path.write_bytes(data)
        elif found is not None and found.st_nlink > 1:
            with path.open("r+b") as opened:
                opened.write(data)
                opened.truncate()
        else:
            _replace(Path(os.path.realpath(path)), data, found)
    except OSError as error:
        raise _unwritable(path, error) from error


def _status(path: Path) -> os.stat_result | None:
    """What a path leads to; None where that is nothing yet."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_stdout(found: os.stat_result) -> bool:
    try:
        return sys.stdout is not None and os.path.samestat(found, os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # closed, or none of the system's
        return False


def _is_stream(path: Path, found: os.stat_result) -> bool:
    """Whether a path leads to what takes bytes as they come and cannot be replaced.

    That is a pipe or a device, and a file by way of `/dev/stdout` and its like: somebody has it
    open, and waits for what is written there.
    """
    folder = os.path.realpath(path.parent)
    opened = folder == "/dev" or folder.startswith(("/dev/fd", "/proc/"))
    return opened or not stat.S_ISREG(found.st_mode) or _is_stdout(found)


def _holds(path: Path, found: os.stat_result, data: bytes) -> bool:
    return found.st_size == len(data) and path.read_bytes() == data


def _replace(target: Path, data: bytes, found: os.stat_result | None) -> None:
    """Write a new file, of a name that nobody can guess, and put it in the place of `target`.

    Who may read `found`, which is there so far, may read it.
    """
    file, name = tempfile.mkstemp(prefix=".archspec-", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
        draft.chmod(stat.S_IMODE(found.st_mode) if found else 0o666 & ~_umask())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _umask() -> int:
    """What new files are not allowed; the system tells it only to who sets it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> ArchspecError:
    problem = (error.strerror or str(error)).lower()
    return ArchspecError(Diagnostic("E101", f"cannot write {path}: {problem}"))
