"""The font that figures are set in, which is bundled.

Liberation Sans has the metrics of Arial and Helvetica, so that boxes fit their words wherever an
SVG is opened; and a machine with other fonts, or with none, lays a figure out all the same.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from pathlib import Path

FILE = Path(__file__).with_name("LiberationSans-Regular.ttf")

FONTCONFIG = "FONTCONFIG_FILE"
"""The variable by which Graphviz's font library finds its configuration."""

_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
"""
"""The machine's own fonts serve for letters that this one lacks."""


@contextmanager
def own_font() -> Iterator[dict[str, str]]:
    """An environment for a program that draws, in which the font is found.

    Where nothing can be written, not even for a moment, the machine's own fonts must do.
    """
    environment = dict(os.environ)
    with ExitStack() as stack:
        try:
            made = stack.enter_context(tempfile.TemporaryDirectory())
            file = Path(made) / "fonts.conf"
            folder = escape(str(Path(__file__).parent), quote=False)
            file.write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
        except OSError:
            pass
        else:
            environment[FONTCONFIG] = str(file)
        yield environment
