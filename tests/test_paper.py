"""A page is as large as was asked for: read from the files, in every layout and format."""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline
from archspec.backends.graphviz import engine
from archspec.figures.options import Options
from archspec.figures.paper import paper
from archspec.figures.slides import room
from tests.engines import drawn_by, each_engine
from tests.networks import network

pytestmark = pytest.mark.filterwarnings("ignore::archspec.figures.legible.Illegible")

LAYOUTS: list[tuple[list[str], dict[str, Any]]] = [
    (["resnet50"], {"level": "stage"}),
    (["lenet"], {"direction": "TB"}),
    (["unet"], {"level": "stage", "direction": "U"}),
    (["lenet", "alexnet"], {"level": "stage", "legend": True}),
    (["lenet"], {"view": "tree"}),
    (["lenet"], {"style": "planes"}),
    (["vgg"], {"style": "volumes"}),
    (["lenet", "alexnet"], {"style": "volumes"}),
]
SIZES = {  # width and height in pixels, and in points of PDF
    "16:9": ((1920, 1080), (960, 540)),
    "4:3": ((1920, 1440), (960, 720)),
    "9:16": ((1080, 1920), (540, 960)),
    "7:3": ((1918, 822), (959, 411)),
    "1280x720": ((1280, 720), (960, 540)),
    "1366x768": ((1366, 768), (1366, 768)),
    "1000x333": ((1000, 333), (1000, 333)),
}


CASES = [
    *((*LAYOUTS[0], size) for size in SIZES),
    *((*layout, size) for layout in LAYOUTS[1:] for size in ("16:9",)),
]


@each_engine
@pytest.mark.parametrize(("names", "layout", "size"), CASES, ids=str)
def test_a_page_has_the_size_asked_for(
    names: list[str], layout: dict[str, Any], size: str, by: engine.Engine, tmp_path: Path
) -> None:
    pixels, points = SIZES[size]
    with drawn_by(by):
        for format in ("svg", "pdf", "png"):
            options = Options(size=size, **layout)
            file = tmp_path / f"figure.{format}"
            pipeline.render([network(name) for name in names], file, options=options)
    assert size_of_png(tmp_path / "figure.png") == pixels
    assert size_of_pdf(tmp_path / "figure.pdf") == points
    shown, seen = sizes_of_svg(tmp_path / "figure.svg")
    width, height = shown
    assert max(shown) == pytest.approx(960 if ":" in size else 0.75 * max(pixels), rel=1e-8)
    assert width / height == pytest.approx(pixels[0] / pixels[1], rel=1e-6)
    assert seen[0] / seen[1] == pytest.approx(pixels[0] / pixels[1], rel=1e-6)


def size_of_png(file: Path) -> tuple[int, int]:
    """From the header."""
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR"
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def size_of_pdf(file: Path) -> tuple[float, float]:
    """From the one page's box."""
    (box,) = re.findall(rb"/MediaBox \[ ([-\d. ]+) \]", file.read_bytes())
    left, low, right, high = map(float, box.split())
    return right - left, high - low


def sizes_of_svg(file: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """How large it is shown, in points, and what of its own coordinates is seen."""
    (header,) = re.findall(r"<svg [^>]*>", file.read_text(encoding="utf-8"))
    width, height = (
        float(re.findall(rf' {side}="([\d.]+)pt"', header)[0]) for side in ("width", "height")
    )
    _, _, wide, high = map(float, re.findall(r'viewBox="([^"]*)"', header)[0].split())
    return (width, height), (wide, high)


# --- in numbers -------------------------------------------------------------------------------


@given(st.integers(1, 12_000), st.integers(1, 12_000), st.sampled_from(":x×"))
def test_whole_dots_are_in_the_proportions_asked_for(width: int, height: int, between: str) -> None:
    made = paper(f"{width}{between}{height}")
    long, short = max(width, height), min(width, height)
    pixels = long // gcd(width, height) * (short // gcd(width, height))
    if made is None:
        assert long > 20 * short or max(width * height, pixels) > 64e6
        return
    assert between == ":" or made.whole(made.resolution) == (width, height)
    for resolution in (72.0, made.resolution):
        found = made.whole(resolution)
        assert Fraction(*found) == Fraction(width, height)
        wanted = max(made.size) * resolution / 72
        step = long // gcd(width, height)
        assert abs(max(found) - wanted) <= step / 2 or max(found) == step


@pytest.mark.parametrize("size", ["40000x40000", "99999:99998", "9000x8000"])
def test_what_no_bitmap_can_hold_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="at most 64 million"):
        Options(size=size)


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        (None, (1280, 720)),
        ("16:9", (1280, 720)),
        ("4:3", (960, 720)),
        ("3:1", (1280, 1280 / 3)),
        ("9:16", (720, 1280)),
        ("1:1", (720, 720)),
        ("1024x768", (1024, 768)),
    ],
)
def test_a_page_is_as_large_as_it_is_shown(size: str | None, pixels: tuple[float, float]) -> None:
    assert room(Options(size=size)) == pytest.approx(pixels)


def test_volumes_are_legible_at_the_size_that_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "volumes.svg"
    pipeline.render(pipeline.elaborate("vgg16"), file, options=Options(size="4:3", style="volumes"))
    drawn = file.read_text()
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', drawn)]
    (box,) = re.findall(r'viewBox="([^"]*)"', drawn)
    _, _, wide, high = map(float, box.split())
    assert min(sizes) * min(960 / wide, 720 / high) >= 14.0
