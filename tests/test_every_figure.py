"""Every spec, at every level, in every layout and every format: without a word on stderr.

Graphviz's work is the layout, which all formats share. So every figure is drawn once, and the
formats take turns: over all the figures every family, level and layout meets every format. Of the
largest figures, those of every layer, each family has every other layout. CI draws a part of them.
A sweep draws each figure in each format.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.graphviz import engine
from archspec.diagnostics import ArchspecError
from archspec.figures.detail import LEVELS, Level
from archspec.figures.options import Options
from archspec.frontend.loading import families
from tests import sweeping
from tests.drawn_svg import drawn
from tests.formats import MAGIC, png_pixels
from tests.networks import network

pytestmark = pytest.mark.filterwarnings("ignore::archspec.figures.legible.Illegible")

FAMILIES = [path.stem for path in families()]
LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "TB": {"direction": "TB"},
    "LR": {"direction": "LR"},
    "U": {"direction": "U"},
    "16:9": {"size": "16:9"},
    "volumes": {"style": "volumes"},
    "planes": {"style": "planes", "size": "16:9"},
    "tree": {"view": "tree"},
    "unravel": {"view": "unravel"},
}
TURNS = ("svg", "pdf", "svg", "png", "html", "svg", "dot")
"""Most of all SVG, in which there is most to look at; seven, which four and eight do not divide."""

MANY_ARROWS = "E405"
"""What is unravelled may be too much to draw, and says so."""


def formats(family: str, level: Level, layout: str) -> Iterator[str]:
    """What a figure is written as; a page shows the graph, in boxes."""
    paged = not LAYOUTS[layout].keys() & {"style", "view"}
    among = [f for f in dict.fromkeys(TURNS) if f != "html" or paged]
    if sweeping.SEED is not None:
        yield from among
        return
    figures = [*product(LEVELS, LAYOUTS)]
    turn = TURNS[(FAMILIES.index(family) * 5 + figures.index((level, layout))) % len(TURNS)]
    other = (FAMILIES.index(family) + [*LAYOUTS].index(layout)) % 2
    if level != "layer" or turn == "html" or not other:
        yield turn if turn in among else "svg"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Graphviz says on stderr, which nobody sees where it succeeds.

    pygraphviz says of a large figure that it may take long, and its font library that it is of
    another age than the machine's configuration.
    """
    found: list[str] = []
    run = subprocess.run
    known = ("Fontconfig ", "Warning: graph has")

    def heard(*args: Any, **kwargs: Any) -> Any:
        done = run(*args, **kwargs)
        lines = (done.stderr or b"").decode(errors="replace").splitlines()
        found.extend(line for line in lines if not line.startswith(known))
        return done

    monkeypatch.setattr(engine.subprocess, "run", heard)
    return found


TAKEN = [(family, LEVELS[at % len(LEVELS)]) for at, family in enumerate(FAMILIES)]
"""Each family at one level, and each level of as many families."""


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("family", "level"), sweeping.some([*product(FAMILIES, LEVELS)], 0, always=TAKEN)
)
def test_every_figure_is_drawn(
    family: str, level: Level, said: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for layout, options in LAYOUTS.items():
        for format in formats(family, level, layout):
            file = tmp_path / f"figure.{format}"
            try:
                pipeline.render(network(family), file, options=Options(level=level, **options))
            except ArchspecError as error:
                assert (layout, error.diagnostics[0].code) == ("unravel", MANY_ARROWS)
                continue
            assert (said, capfd.readouterr()) == ([], ("", "")), (layout, format)
            assert problems(file, format) == [], (layout, format)


def problems(file: Path, format: str) -> list[Any]:
    """What is wrong with a figure."""
    data = file.read_bytes()
    if format == "svg":
        figure = drawn(data.decode())
        words = [] if figure.words else ["no words"]
        return [*words, *figure.outside(), *figure.overlapping(), *figure.too_wide()]
    if format == "png":
        width, height = png_pixels(data)
        fits = data.startswith(MAGIC["png"]) and 0 < width <= 32_000 and 0 < height <= 32_000
        return [] if fits else [data[:24]]
    if format == "pdf":
        return [] if data.startswith(b"%PDF-") and (text_of(file) or "").split() else [data[:8]]
    if format == "html":
        return [a for a in fetched(data.decode()) if not a.startswith("http://www.w3.org/")]
    return [] if data.startswith(b"digraph {") and data.endswith(b"}\n") else [data[:24]]


def text_of(file: Path) -> str:
    """What can be selected in a PDF, where there is a program that tells."""
    program = shutil.which("pdftotext")
    if program is None:
        return "unknown"
    done = subprocess.run([program, str(file), "-"], capture_output=True, check=True, text=True)
    return done.stdout


def fetched(page: str) -> list[str]:
    """The addresses in a page; names of XML's vocabularies look like some."""
    return re.findall(r"""https?://[^\s"'<>)]+|(?:src|href)=["'](?!#)[^"']*""", page)


def test_every_part_meets_every_format() -> None:
    """The turns leave nothing out."""
    met = {
        (part, format)
        for family, level, layout in product(FAMILIES, LEVELS, LAYOUTS)
        for format in formats(family, level, layout)
        for part in (level, layout, family)
    }
    paged = {name for name, options in LAYOUTS.items() if not options.keys() & {"style", "view"}}
    for part, format in product((*LEVELS, *LAYOUTS, *FAMILIES), set(TURNS)):
        assert (part, format) in met or (format == "html" and part in LAYOUTS.keys() - paged)


def test_the_text_of_a_pdf_is_text(tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on PATH")
    boxes = Options(style="blocks")  # words that are turned or slanted are shapes, of all others
    said = ((boxes, "32×32"), (replace(boxes, size="16:9"), "32×32"))
    said += ((Options(style="planes"), "32×32"), (Options(style="volumes"), "5×5 conv"))
    for options, words in said:
        file = tmp_path / "figure.pdf"
        pipeline.render(network("lenet"), file, options=options)
        assert "LeNet-5" in text_of(file)
        assert words in text_of(file)
