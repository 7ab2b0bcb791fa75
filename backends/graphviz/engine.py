"""DOT -> picture, by whatever Graphviz there is, and picture -> file."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from archspec.backends.graphviz.fonts import own_font
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.figures.paper import MOST_PIXELS, MOST_PIXELS_A_SIDE

_RESOLUTION = 144.0
"""Of a PNG, in dots an inch, unless that makes more pixels than viewers take."""


_PATIENCE = 15 * 60
"""Seconds."""


class _CannotDraw(Exception):
    """An engine is missing, or is there and fails."""


def draw(dot: str, format: str, resolution: float | None = None) -> bytes:
    """The picture of a DOT text; `dot` is the text itself.

    The first of `ENGINES` that can draws it.

    Args:
        resolution: in dots an inch, of PNG and PDF; by default, PNG has 144, or as many as make
            no more pixels than viewers take.

    Raises:
        ArchspecError: E603 where there is no engine, or none can draw the format.
    """
    if format == "dot":
        return dot.encode()
    if resolution is None and format == "png":
        resolution = _fitting_resolution(_draw(dot, "svg", None))
    drawn = _draw(dot, format, resolution)
    return _CREATED.sub(rb"\g<1>20000101000000", drawn) if format == "pdf" else drawn


_CREATED = re.compile(rb"(/CreationDate \(D:)\d{14}")
"""In a PDF, whose bytes would be others every second."""


def _draw(dot: str, format: str, resolution: float | None) -> bytes:
    complaints: list[str] = []
    for engine in ENGINES:
        try:
            return _run(engine, dot, format, resolution)
        except _CannotDraw as error:
            complaints.append(str(error))
    raise ArchspecError(
        Diagnostic(
            "E603",
            "no engine can draw the figure",
            expected="pygraphviz 2, which brings Graphviz along, or Graphviz's `dot` on PATH",
            found="; ".join(complaints),
            hint="install either (`pip install 'pygraphviz>=2'`, `apt install graphviz`, "
            "`brew install graphviz`), or write a .dot or .html file, which need none",
        )
    )


def bundled(format: str, resolution: float | None) -> list[str]:
    """The command that draws with the Graphviz within pygraphviz."""
    found = find_spec("pygraphviz")
    if found is None or found.origin is None:
        raise _CannotDraw("no pygraphviz")
    if not sys.executable or getattr(sys, "frozen", False):
        raise _CannotDraw("no Python to run pygraphviz in")
    program = Path(__file__).with_name("bundled.py")
    folder = Path(found.origin).parent.parent
    command = [sys.executable, "-ISX", "utf8", os.fspath(program), os.fspath(folder), format]
    return command if resolution is None else [*command, f"{resolution:.8g}"]


def system(format: str, resolution: float | None) -> list[str]:
    """The command that draws with the machine's own Graphviz."""
    program = shutil.which("dot")
    if program is None:
        raise _CannotDraw("no `dot` on PATH")
    return [program, f"-T{format}", *([] if resolution is None else [f"-Gdpi={resolution:.8g}"])]


Engine = Callable[[str, float | None], list[str]]
"""Gives the command that turns DOT into a format, at a resolution in dots an inch."""

ENGINES: tuple[Engine, ...] = (bundled, system)
"""The first is the same on all machines, and the figures of the documentation are drawn by it."""


def _run(engine: Engine, dot: str, format: str, resolution: float | None) -> bytes:
    command = engine(format, resolution)
    name = "pygraphviz" if engine is bundled else f"`{command[0]}`"
    try:
        with own_font() as environment:
            done = subprocess.run(
                command,
                input=dot.encode(),
                capture_output=True,
                check=False,
                env=environment,
                timeout=_PATIENCE,
            )
    except subprocess.TimeoutExpired as error:
        raise ArchspecError(
            Diagnostic(
                "E603",
                f"{name} has not drawn the figure within {_PATIENCE // 60} minutes",
                hint="draw less of it, with --level, --only or --from and --to, or write an .html"
                " file",
            )
        ) from error
    except OSError as error:
        raise _CannotDraw(f"{name} does not start: {error.strerror}") from error
    if done.returncode or not done.stdout:
        raise _CannotDraw(f"{name} fails: {_said(done.stderr) or f'exit status {done.returncode}'}")
    if format == "json" and not done.stdout.lstrip().startswith(b"{"):
        raise _CannotDraw(f"{name} writes no JSON")
    return done.stdout


def _said(stderr: bytes) -> str:
    """The last line of complaints, those of a font library about its configuration aside."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    return next((line for line in reversed(lines) if not line.startswith("Fontconfig ")), "")


_SIZE = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def _fitting_resolution(svg: bytes) -> float:
    """The resolution for a PNG of a figure as large as this SVG."""
    found = _SIZE.search(svg)
    if found is None:
        return _RESOLUTION
    width, height = (max(float(size) / 72, 0.01) for size in found.groups())
    fitting = min(
        (MOST_PIXELS_A_SIDE - 1) / max(width, height), math.sqrt(MOST_PIXELS / width / height)
    )
    return min(_RESOLUTION, fitting)
