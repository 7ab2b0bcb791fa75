"""Themes: words can be read, kinds are told apart by every eye and in grey, files change colours.

Colours are measured here by formulas of our own: WCAG 2.2's contrast, CIEDE2000, and Machado,
Oliveira and Fernandes's (2009) matrices for eyes without one of the three kinds of cones.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image

from archspec import pipeline
from archspec.backends.graphviz import backend
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError, Source
from archspec.figures.colours import contrast, normal
from archspec.figures.options import Options
from archspec.figures.theme import LIGHT, NAMES, ROLES, Theme, theme
from archspec.figures.themefile import ThemeFile
from archspec.ops import REGISTRY
from archspec.ops.types import CATEGORIES, Category
from archspec.tables.plot import COLOURS
from tests.networks import network
from tests.pieces import graph_of
from tests.saved_svg import SVG

THEMES = [theme(name) for name in NAMES]
each_theme = pytest.mark.parametrize("chosen", THEMES, ids=NAMES)
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

APART: tuple[Category, ...] = tuple(kind for kind in CATEGORIES if kind not in ("merge", "noise"))
"""Kinds that boxes tell by their fill alone: merges have shapes, dropouts dashes."""


# --- colours, measured --------------------------------------------------------------------

_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]  # sRGB, D65
)
SEEN = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""Machado et al. 2009, severity 1.0; to be applied to linear RGB."""


def linear(colour: str) -> Array:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eyes: str = "all cones") -> Array:
    """CIELAB of a colour as eyes see it."""
    xyz = _TO_XYZ @ np.clip(SEEN[eyes] @ linear(colour), 0, 1) / _TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: Array, other: Array) -> float:
    """Sharma, Wu and Dalal (2005), equations 2 to 22."""
    l1, a1, b1 = map(float, one)
    l2, a2, b2 = map(float, other)
    mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 1 + 0.5 * (1 - math.sqrt(mean**7 / (mean**7 + 25**7)))
    c1, c2 = math.hypot(a1 * g, b1), math.hypot(a2 * g, b2)
    h1, h2 = (math.degrees(math.atan2(b, a * g)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn) / 2)
    hue = h1 + h2
    if c1 * c2:
        hue /= 2
        if abs(h1 - h2) > 180:
            hue += 180 if h1 + h2 < 360 else -180
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    swing = math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))
    rt = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(swing)
    parts = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return math.sqrt(sum(p * p for p in parts) + rt * parts[1] * parts[2])


def luminance(colour: str) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour))


def ratio(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distances_are_those_published(
    one: tuple[float, ...], other: tuple[float, ...], distance: float
) -> None:
    """Rows of table 1 in Sharma, Wu and Dalal."""
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(distance, abs=1e-4)
    assert ciede2000(np.array(other), np.array(one)) == pytest.approx(distance, abs=1e-4)


def test_simulated_eyes_confuse_what_eyes_confuse() -> None:
    def distance(eyes: str, one: str, other: str) -> float:
        return ciede2000(lab(one, eyes), lab(other, eyes))

    for eyes, one, other in [
        ("deuteranopia", "#ed6f5a", "#b4a33f"),
        ("protanopia", "#ffc0cb", "#b0c4de"),
        ("tritanopia", "#8dd3c7", "#80b1d3"),
    ]:
        assert distance(eyes, one, other) < distance("all cones", one, other) / 1.5
    for eyes in SEEN:  # greys stay greys
        assert np.allclose(lab("#808080", eyes)[1:], 0, atol=0.1)


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")
    for one, other in combinations([*LIGHT.fills.values(), LIGHT.ink, LIGHT.faint], 2):
        assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio(one, other))


# --- the bundled themes -----------------------------------------------------------


def test_each_theme_is_a_file() -> None:
    folder = Path(pipeline.__file__).parent / "figures" / "themes"
    assert sorted(path.stem for path in folder.iterdir()) == sorted(NAMES)
    for name, found in zip(NAMES, THEMES, strict=True):
        assert found.name == name and theme(name) is found
        assert set(found.fills) == set(CATEGORIES)
        colours = [found.colour(role) for role in (*ROLES, *CATEGORIES)]
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    assert Options().theme is LIGHT


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_eye_tells_kinds_apart(name: str, eyes: str) -> None:
    chosen = theme(name)
    for one, other in combinations(APART, 2):
        pair = lab(chosen.fills[one], eyes), lab(chosen.fills[other], eyes)
        assert ciede2000(*pair) > 11, (one, other)
    for kind in APART:  # a folded block
        pair = lab(chosen.fills[kind], eyes), lab(chosen.ground2, eyes)
        assert ciede2000(*pair) > 9, kind


@pytest.mark.parametrize("eyes", SEEN)
def test_a_textbook_has_two_tints_and_white(eyes: str) -> None:
    """By role: what has weights, what has none, and what only lets values in or together."""
    chosen = theme("textbook")
    strong, light = (chosen.fills[kind] for kind in ("convolution", "pooling"))
    tints = {kind: fill for kind, fill in chosen.fills.items() if fill != chosen.paper}
    assert {k for k, fill in tints.items() if fill == strong} == {
        "convolution",
        "upsampling",
        "linear",
    }
    assert set(tints.values()) == {strong, light} and chosen.fills["merge"] == chosen.paper
    for one, other in combinations((strong, light, chosen.paper, chosen.ground2), 2):
        if {one, other} != {chosen.paper, chosen.ground2}:
            assert ciede2000(lab(one, eyes), lab(other, eyes)) > 9, (one, other)
    hues = [math.degrees(math.atan2(*lab(fill)[:0:-1])) for fill in (strong, light)]
    assert abs(hues[0] - hues[1]) < 12
    assert lab(light)[0] - lab(strong)[0] > 12  # in grey, too


def test_a_legend_says_what_has_one_colour_once() -> None:
    figure = drawn("googlenet", Options(legend=True, level="block"), theme("textbook"))
    words = [text.text for text in figure.iter(f"{SVG}text")]
    assert "pooling, normalisation, reshaping or resizing" in words


@pytest.mark.parametrize("eyes", SEEN)
def test_every_eye_tells_the_colours_of_charts_apart(eyes: str) -> None:
    for one, other in combinations(COLOURS, 2):
        assert ciede2000(lab(one, eyes), lab(other, eyes)) > 10, (one, other)
    for colour in COLOURS:
        assert ciede2000(lab(colour, eyes), lab("#ffffff", eyes)) > 20, colour


def test_print_is_grey_and_tells_kinds_apart() -> None:
    chosen = theme("print")
    assert all(re.fullmatch(r"#(..)\1\1", chosen.colour(role)) for role in (*ROLES, *CATEGORIES))
    greys = sorted(lab(chosen.fills[kind])[0] for kind in APART)
    assert min(b - a for a, b in pairwise(greys)) > 9.5


@each_theme
def test_lines_can_be_seen(chosen: Theme) -> None:
    """WCAG 2.2 asks 3:1 of what a figure is made of."""
    for ground in (chosen.paper, chosen.ground, chosen.ground2):
        assert ratio(chosen.line, ground) >= 3


# --- what is drawn ------------------------------------------------------------------------

FIGURES = [
    ("googlenet", Options(legend=True, annotate=("params", "macs"))),
    ("resnet18", Options(level="block", legend=True, direction="LR")),
    ("unet", Options(direction="U")),
    ("st_cnn", Options(legend=True)),
    ("densenet121", Options(fuse=True)),
    ("vgg16", Options(size="16:9", legend=True)),
]
figures = pytest.mark.parametrize(("name", "options"), FIGURES, ids=[n for n, _ in FIGURES])


def drawn(name: str, options: Options, chosen: Theme) -> ET.Element:
    return ET.fromstring(backend.svg(network(name), replace(options, theme=chosen)))


def grounds_and_words(figure: ET.Element) -> Iterator[tuple[str, str, str]]:
    """Each text with its colour and what it stands on; within one group the latest shape."""
    page = figure.find(f"{SVG}g")
    assert page is not None
    paper = page.find(f"{SVG}polygon")
    assert paper is not None
    for group in (page, *page.iter(f"{SVG}g")):
        ground = paper.attrib["fill"]
        beside = group.get("class") not in ("node", "cluster")
        beside |= group.findtext(f"{SVG}title") == "legend "
        for part in group:
            if part.tag == f"{SVG}text":
                yield "".join(part.itertext()), part.get("fill", "#000000"), ground
            elif not beside and part.get("fill", "none") not in ("none", "transparent"):
                ground = part.attrib["fill"]


@each_theme
@figures
def test_words_can_be_read_where_they_stand(name: str, options: Options, chosen: Theme) -> None:
    found = list(grounds_and_words(drawn(name, options, chosen)))
    assert len(found) > 20 and len({ground for *_, ground in found}) > 3
    for text, words, ground in found:
        assert ratio(words, ground) >= 4.5, (text, words, ground)
    for ground in (chosen.paper, chosen.ground, chosen.ground2):  # words beside arrows
        assert ratio(chosen.faint, ground) >= 4.5


def strange() -> Theme:
    """A theme whose roles have colours that nothing else has."""
    colours = iter(f"#{n:02x}5a{255 - n:02x}" for n in range(1, 200, 7))
    roles = {role: next(colours) for role in ROLES}
    return Theme("strange", **roles, fills={kind: next(colours) for kind in CATEGORIES})


@figures
def test_every_colour_is_the_themes(name: str, options: Options) -> None:
    chosen = strange()
    known = {chosen.colour(role) for role in (*ROLES, *CATEGORIES)}
    root = drawn(name, options, chosen)
    used = {part.attrib[a] for part in root.iter() for a in ("fill", "stroke") if a in part.attrib}
    assert used - {"none", "transparent"} <= known
    assert all("fill" in text.attrib for text in root.iter(f"{SVG}text"))
    assert {chosen.paper, chosen.ink, chosen.line, chosen.fills["convolution"]} <= used
    page = root.find(f"{SVG}g/{SVG}polygon")
    assert page is not None and page.attrib["fill"] == chosen.paper
    kinds = {n.op.category for n in network(name).nodes if not n.op.internal}
    if options.level is None and not options.fuse:
        assert {chosen.fills[k] for k in kinds - {"merge"}} <= used


def test_a_legend_shows_what_boxes_have() -> None:
    for chosen in THEMES:
        dot = backend.dot(network("lenet"), Options(theme=chosen, legend=True))
        boxes = set(re.findall(r'fillcolor="(#......)"', dot.partition('"legend " [')[0]))
        cells = set(re.findall(r'BGCOLOR="(#......)"', dot))
        kinds = ("convolution", "pooling", "activation", "linear", "reshaping")
        assert len(cells) == len({chosen.fills[kind] for kind in kinds})  # five but in a textbook
        assert cells <= boxes | {chosen.fills["other"]}


def test_a_box_may_be_called_legend() -> None:
    text = "name: n\ninputs: {a: [4]}\ngraph:\n  - {id: legend, linear: 2}\n"
    graph = graph_of(text)
    dot = backend.dot(graph, Options(legend=True))
    assert re.search(r'^\tlegend \[label="FC 2"', dot, re.M)
    assert re.search(r'^\t"legend " \[', dot, re.M)


def test_what_enlarges_maps_has_a_colour_of_its_own() -> None:
    enlarging = {name for name, op in REGISTRY.items() if op.category == "upsampling"}
    assert enlarging == {"conv_transpose", "upsample"}
    for chosen in (each for each in THEMES if each.name != "textbook"):  # whose tints are by role
        svg = backend.svg(network("unet"), Options(level="block", theme=chosen))
        assert svg.count(f'fill="{chosen.fills["upsampling"]}"') == 4


def test_a_png_stands_on_the_themes_paper(tmp_path: Path) -> None:
    for chosen in THEMES:
        path = tmp_path / f"{chosen.name}.png"
        backend.render(network("lenet"), path, options=Options(theme=chosen))
        pixels = image.imread(path)
        corner = "#" + "".join(f"{round(v * 255):02x}" for v in pixels[0, 0][:3])
        assert corner == chosen.paper


# --- asking for one -----------------------------------------------------------------------


def write(folder: Path, text: str) -> Path:
    path = folder / "house.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_changes_some_colours(tmp_path: Path) -> None:
    path = write(tmp_path, 'base: dark\nink: "#FfF"\nfills: {convolution: "#102030"}\n')
    found = theme(path)
    assert found.name == "house"
    assert found.ink == "#ffffff" and found.fills["convolution"] == "#102030"
    assert found.fills["pooling"] == theme("dark").fills["pooling"]
    assert found.paper == theme("dark").paper
    assert theme(write(tmp_path, 'paper: "#fffff0"')).line == LIGHT.line
    assert theme(write(tmp_path, "base: print")).fills == theme("print").fills


def test_options_take_a_name_a_file_or_a_theme(tmp_path: Path) -> None:
    path = write(tmp_path, "base: dark")
    assert Options(theme="dark").theme is Options(theme=theme("dark")).theme
    assert Options(theme=path).theme == Options(theme=str(path)).theme
    assert hash(Options(theme="dark")) != hash(Options())
    with pytest.raises(ValueError, match="theme is 3"):
        Options(theme=3)  # type: ignore[arg-type]
    for wrong in ("drak", "", "x" * 5000, "no\0thing", tmp_path):
        with pytest.raises(ArchspecError) as error:
            Options(theme=wrong)
        assert [d.code for d in error.value.diagnostics] == ["E110"]
    for wrong in (tmp_path / "none.yaml", "x" * 5000 + ".yaml", "\0.yaml"):
        with pytest.raises(ArchspecError) as error:
            Options(theme=wrong)
        assert [d.code for d in error.value.diagnostics] == ["E101"]


def test_words_change_to_what_can_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, 'fills: {linear: "#202020"}')
    found = theme(path)
    assert found.words_on("linear") == "bar_ink" and found.words_on("pooling") == "ink"
    dot = backend.dot(network("lenet"), Options(theme=path))
    assert re.search(r'label="FC 84" .*fontcolor="#ffffff"', dot)
    assert len(re.findall(r'fontcolor="#ffffff"', dot)) == 3


def test_mistakes_are_told_with_their_places(tmp_path: Path) -> None:
    text = 'base: drak\ninc: "#fff"\nink: #fff\nfills:\n  paper: "#000"\n  pooling: abcdef\n'
    with pytest.raises(ArchspecError) as error:
        theme(write(tmp_path, text))
    told = [
        (d.code, d.span and (d.span.line, d.span.column), d.hint) for d in error.value.diagnostics
    ]
    assert told == [
        ("E110", (1, 7), "did you mean `dark`?"),
        ("E201", (2, 1), "did you mean `ink`?"),
        ("E111", (3, 1), "`#` begins a comment: put the colour in quotes"),
        ("E201", (5, 3), "write it beside `fills`"),
        ("E111", (6, 12), 'write "#abcdef"'),
    ]
    with pytest.raises(ArchspecError) as error:
        theme(write(tmp_path, "# nothing\n"))
    assert [(d.code, d.hint) for d in error.value.diagnostics] == [("E006", None)]


def test_what_nobody_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchspecError) as error:
        theme(write(tmp_path, 'faint: "#bbb"\nbar: "#ddd"\n'))
    first, second = error.value.diagnostics
    assert first.code == second.code == "E112"
    assert first.span is not None and first.span.line == 2 and "`bar`" in first.message
    assert second.message.endswith("`paper`, `ground`, `ground2`")


@given(st.text(alphabet="abcdefkinr:{}[]\"'#&*!-, \n01", max_size=60))
def test_no_text_gives_more_than_diagnostics(text: str) -> None:
    try:
        found = ThemeFile(Source("t.yaml", text), NAMES, ROLES, CATEGORIES)
    except ArchspecError as error:
        assert error.diagnostics and str(error)
    else:
        assert all(normal(c) == c for c in (*found.roles.values(), *found.fills.values()))


def test_the_command_takes_a_theme(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, ["render", "lenet", *arguments])
        return result.exit_code, result.stdout, result.stderr

    dark = run("--theme", "dark")
    assert dark == (0, backend.dot(network("lenet"), Options(theme="dark")), "")
    assert run("--theme", str(write(tmp_path, "base: dark"))) == dark
    assert run("--theme", "light") == run()
    status, _, said = run("--theme", "drak")
    assert status == 2 and "did you mean `dark`" in said
    status, _, said = run("--theme", str(write(tmp_path, "ink: 3")))
    assert status == 1 and "house.yaml:1:6" in said
