"""The command `archspec`, which is also `python -m archspec`."""

from __future__ import annotations

import gc


def main() -> None:
    """Import the command line without collecting garbage, for it makes none, and run it."""
    gc.disable()
    from archspec.cli import main as run

    gc.freeze()
    gc.enable()
    run(prog_name="archspec")


if __name__ == "__main__":
    main()
