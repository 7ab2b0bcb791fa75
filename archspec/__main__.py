"""The command `archspec`, which is also `python -m archspec`."""

from __future__ import annotations

import gc
import os
import sys

INTERRUPTED = 130


def program() -> None:
    """Run the command line as a process of its own, and end that at once when it is done.

    To take a million nodes apart would take seconds.
    """
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        if sys.stderr is not None:
            sys.stderr.flush()
        os._exit(end.code)


def main() -> None:
    """Import the command line without collecting garbage, for it makes none, and run it."""
    try:
        _occupy_standard_streams()
        gc.disable()
        from archspec.cli.app import main as run

        gc.freeze()
        gc.enable()
        try:
            run(prog_name="archspec")
        finally:
            _drop_what_cannot_be_written()
    except OSError as error:  # what click prints by itself, such as --help, cannot be written
        if sys.stderr is not None:
            sys.stderr.write(f"error[E101]: {(error.strerror or str(error)).lower()}\n")
        sys.exit(1)
    except KeyboardInterrupt:  # while it imports, for instance
        if sys.stderr is not None:
            sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)


def _drop_what_cannot_be_written() -> None:
    """Empty the buffer of a stdout that failed: Python would fail at exit again, with 120."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _occupy_standard_streams() -> None:
    """Open what was closed before the start: the first file opened would take its number.

    What is printed for stdout would then end in that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


if __name__ == "__main__":
    program()
