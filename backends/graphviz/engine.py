"""DOT -> picture, by whatever Graphviz there is, and picture -> file."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

from archspec.backends.graphviz.fonts import FONTCONFIG, own_font
from archspec.diagnostics import ArchspecError, Diagnostic

_DPI = 144.0
_MOST_PIXELS_A_SIDE = 32_000
_MOST_PIXELS = 64e6
"""A PNG is drawn at 144 dots an inch unless that makes more pixels than viewers take."""


_PATIENCE = 15 * 60
"""Seconds."""


class _CannotDraw(Exception):
    """An engine is missing, or is there and fails."""


def draw(dot: str, format: str) -> bytes:
    """The picture of a DOT text; `dot` is the text itself.

    A `dot` on PATH draws it; where there is none, or it fails, the Graphviz within pygraphviz.

    Raises:
        ArchspecError: E603 where there is no engine, or none can draw the format.
    """
    if format == "dot":
        return dot.encode()
    dpi = _fitting_dpi(_draw(dot, "svg", None)) if format == "png" else None
    drawn = _draw(dot, format, dpi)
    return _CREATED.sub(rb"\g<1>20000101000000", drawn) if format == "pdf" else drawn


_CREATED = re.compile(rb"(/CreationDate \(D:)\d{14}")
"""In a PDF, whose bytes would be others every second."""


def _draw(dot: str, format: str, dpi: float | None) -> bytes:
    complaints: list[str] = []
    for engine in (_by_system, _by_pygraphviz):
        try:
            return engine(dot, format, dpi)
        except _CannotDraw as error:
            complaints.append(str(error))
    raise ArchspecError(
        Diagnostic(
            "E603",
            "no engine can draw the figure",
            expected="Graphviz's `dot` on PATH, or pygraphviz 2, which brings Graphviz along",
            found="; ".join(complaints),
            hint="install either (`apt install graphviz`, `brew install graphviz`, "
            "`pip install 'pygraphviz>=2'`), or write a .dot or .html file, which need none",
        )
    )


def _by_system(dot: str, format: str, dpi: float | None) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise _CannotDraw("no `dot` on PATH")
    arguments = [program, f"-T{format}"] + ([] if dpi is None else [f"-Gdpi={dpi:.8g}"])
    try:
        with own_font() as environment:
            done = subprocess.run(
                arguments,
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
                f"`{program}` has not drawn the figure within {_PATIENCE // 60} minutes",
                hint="draw less of it, with --level, --only or --from and --to, or write an .html"
                " file",
            )
        ) from error
    except OSError as error:
        raise _CannotDraw(f"`{program}` does not start: {error.strerror}") from error
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise _CannotDraw(f"`{program}` fails: {said or f'exit status {done.returncode}'}")
    if format == "json" and not done.stdout.lstrip().startswith(b"{"):
        raise _CannotDraw(f"`{program}` writes no JSON")
    return done.stdout


_one_at_a_time = threading.Lock()


def _by_pygraphviz(dot: str, format: str, dpi: float | None) -> bytes:
    try:
        import pygraphviz
    except (ImportError, OSError) as error:
        raise _CannotDraw("no pygraphviz") from error
    with _one_at_a_time, _set_in_own_font(), _without_font_warnings():
        try:
            graph = pygraphviz.AGraph(string=dot)
        except (pygraphviz.DotError, OSError) as error:  # it reads by way of a file
            raise _CannotDraw(f"pygraphviz does not read the figure: {error}") from error
        layout = dict(graph.graph_attr.items()).get("layout", "dot")
        if dpi is not None:
            graph.graph_attr["dpi"] = f"{dpi:.8g}"
        try:
            drawn = graph.draw(format=format, prog=layout)
        except (ValueError, OSError) as error:
            raise _CannotDraw(f"pygraphviz fails: {error}") from error
        finally:
            graph.close()
    if not drawn:
        raise _CannotDraw("pygraphviz draws nothing")
    return bytes(drawn)


@contextlib.contextmanager
def _set_in_own_font() -> Iterator[None]:
    """The C library's environment is this process's: fontconfig reads it when it first draws."""
    before = os.environ.get(FONTCONFIG)
    with own_font() as environment:
        if FONTCONFIG in environment:
            os.environ[FONTCONFIG] = environment[FONTCONFIG]
        try:
            yield
        finally:
            os.environ.pop(FONTCONFIG, None)
            if before is not None:
                os.environ[FONTCONFIG] = before


@contextlib.contextmanager
def _without_font_warnings() -> Iterator[None]:
    """Keeps from stderr what a bundled fontconfig says about the machine's configuration.

    It is of another age than the machine's and complains of words it does not know; the
    figure is none the worse. What anything else writes comes out at the end. pygraphviz's own
    warning that a large graph may take long goes through `sys.stderr` and is dropped.
    """
    with contextlib.ExitStack() as stack:
        try:
            said = stack.enter_context(tempfile.TemporaryFile())
            saved = os.dup(2)
        except OSError:  # there is no place for what is said, or nowhere to say it
            yield
            return
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        try:
            os.dup2(said.fileno(), 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            said.seek(0)
            rest = [line for line in said if not line.startswith(b"Fontconfig ")]
    sys.stderr.write(b"".join(rest).decode(errors="replace"))


_HEADER = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def of_size(svg: bytes, page: tuple[float, float] | None) -> bytes:
    """An SVG shown at the size of a page, in points; what is in it keeps its coordinates."""
    if page is None:
        return svg
    width, height = page
    return _HEADER.sub(f'<svg width="{width:g}pt" height="{height:g}pt"'.encode(), svg, count=1)


def _fitting_dpi(svg: bytes) -> float:
    """The resolution for a PNG of a figure as large as this SVG."""
    found = _HEADER.search(svg)
    if found is None:
        return _DPI
    width, height = (max(float(size) / 72, 0.01) for size in found.groups())
    fitting = min(
        (_MOST_PIXELS_A_SIDE - 1) / max(width, height), math.sqrt(_MOST_PIXELS / width / height)
    )
    return min(_DPI, fitting)
