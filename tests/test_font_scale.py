"""Words of another size, and figures without paper, in all styles, by both engines."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline
from archspec.backends.graphviz import engine
from archspec.cli.app import main as cli
from archspec.figures.options import Options
from archspec.figures.theme import theme
from tests.drawn_svg import drawn
from tests.engines import drawn_by, each_engine
from tests.networks import network
from tests.saved_svg import SVG

FIGURES = {
    "from top to bottom": (
        "resnet18",
        {"style": "blocks", "only": "layer2.0", "annotate": ("params",)},
    ),
    "in rows": ("googlenet", {"style": "blocks", "level": "block", "size": "16:9", "legend": True}),
    "a U": ("unet", {"style": "blocks", "level": "block"}),
    "bars": ("googlenet", {"only": "inception", "direction": "LR"}),
    "a tree": ("resnet18", {"view": "tree"}),
    "paths": ("resnet20", {"view": "unravel", "start": "layer1.0", "end": "layer1.1"}),
    "volumes": ("alexnet", {"style": "volumes", "legend": True}),
    "planes": ("lenet", {"style": "planes", "size": "16:9"}),
}


def svg(folder: Path, figure: str, **more: object) -> str:
    name, options = FIGURES[figure]
    file = folder / "figure.svg"
    pipeline.render(network(name), file, options=Options(**{**options, **more}))  # type: ignore[arg-type]
    return file.read_text()


def sizes(text: str) -> list[float]:
    """The sizes of all words, in the unit that lengths in the file have."""
    return sorted(float(t.get("font-size", 0)) for t in ET.fromstring(text).iter(f"{SVG}text"))


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("scale", [0.75, 1.5])
def test_all_words_are_larger_and_in_their_boxes(figure: str, scale: float, tmp_path: Path) -> None:
    usual, other = svg(tmp_path, figure), svg(tmp_path, figure, font_scale=scale)
    if "size" not in FIGURES[figure][1]:
        pairs = zip(sizes(usual), sizes(other), strict=True)
        assert all(b == pytest.approx(a * scale, rel=0.01) for a, b in pairs)
    found = drawn(other)
    assert found.words and not found.outside() and not found.too_wide()
    assert not found.overlapping(1.5)


@each_engine
def test_both_engines_have_larger_words(by: engine.Engine, tmp_path: Path) -> None:
    with drawn_by(by):
        for figure in ("from top to bottom", "a U"):
            usual, large = svg(tmp_path, figure), svg(tmp_path, figure, font_scale=2)
            assert sizes(large) == pytest.approx([2 * size for size in sizes(usual)])


def test_on_a_page_larger_words_are_larger(tmp_path: Path) -> None:
    """As large as the page lets them be: a figure of larger words is no larger itself."""
    for figure in ("in rows", "planes"):
        usual, other = (svg(tmp_path, figure, font_scale=scale) for scale in (1, 1.5))
        assert shown(other) > 1.05 * shown(usual)


def shown(text: str) -> float:
    """How large the smallest words are on a page of 960 points."""
    root = ET.fromstring(text)
    (group,) = [g for g in root if g.get("class") == "graph"] or [root]
    scale = 1.0
    if "transform" in group.attrib:
        scale = float(group.attrib["transform"].split("(")[1].split()[0].rstrip(")"))
    across = float(root.attrib["viewBox"].split()[2])
    return sizes(text)[0] * scale * 960 / across


def test_a_warning_is_of_the_words_as_they_are(tmp_path: Path) -> None:
    pixels = []
    for scale in ("0.5", "0.6"):
        command = [
            "render",
            "resnet50",
            "--style",
            "blocks",
            "--fuse",
            "--size",
            "16:9",
            "--font-scale",
            scale,
        ]
        result = CliRunner().invoke(cli, [*command, "-o", str(tmp_path / f"{scale}.svg")])
        pixels.append(float(result.stderr.split("words are ")[1].split()[0]))
    assert 1.1 * pixels[0] < pixels[1] < 7.5


@pytest.mark.parametrize("scale", [0, 0.4, 4.1, float("nan"), float("inf"), -1])
def test_what_is_no_scale_is_told(scale: float) -> None:
    with pytest.raises(ValueError, match=r"0\.5 to 4 times as large"):
        Options(font_scale=scale)
    result = CliRunner().invoke(cli, ["render", "lenet", "--font-scale", str(scale)])
    assert result.exit_code == 2 and "Traceback" not in result.output


# --- no paper -----------------------------------------------------------------------------


def opacity(png: bytes) -> int:
    """Alpha of the pixel in the upper left corner, which no filter changes."""
    depth, colours = struct.unpack(">8xBB", png[16:26])
    assert depth == 8 and colours in (2, 6)
    if colours == 2:  # there is no alpha
        return 255
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    return zlib.decompress(data)[4]


@each_engine
@pytest.mark.parametrize("figure", ["from top to bottom", "in rows", "volumes"])
def test_nothing_is_behind_a_transparent_figure(
    figure: str, by: engine.Engine, tmp_path: Path
) -> None:
    name, options = FIGURES[figure]
    file = tmp_path / "figure.png"
    with drawn_by(by):
        for transparent, alpha in ((False, 255), (True, 0)):
            chosen = Options(**options, transparent=transparent)  # type: ignore[arg-type]
            pipeline.render(network(name), file, options=chosen)
            assert opacity(file.read_bytes()) == alpha


@pytest.mark.parametrize("figure", FIGURES)
def test_an_svg_without_paper_has_all_else(figure: str, tmp_path: Path) -> None:
    usual, bare = (ET.fromstring(svg(tmp_path, figure, transparent=t)) for t in (False, True))
    paper = theme("light").paper
    filled = [[e.tag for e in root.iter() if e.get("fill") == paper] for root in (usual, bare)]
    assert len(filled[0]) > len(filled[1])
    assert [e.text for e in usual.iter(f"{SVG}text")] == [e.text for e in bare.iter(f"{SVG}text")]


def test_a_theme_may_have_both(tmp_path: Path) -> None:
    file = tmp_path / "slide.yaml"
    file.write_text("base: dark\nfont_scale: 1.25\ntransparent: true\n")
    chosen = Options(theme=str(file)).theme
    assert (chosen.font_scale, chosen.transparent) == (1.25, True)
    assert chosen.paper == theme("dark").paper
    assert Options(theme=str(file), font_scale=1).theme.font_scale == 1
    given = Options(theme="dark", font_scale=1.25, transparent=True).theme
    one, other = (
        pipeline.render(network("lenet"), options=Options(theme=t)) for t in (chosen, given)
    )
    assert one == other and "transparent" in (one or "")
