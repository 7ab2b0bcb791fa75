"""What stands above figures is what was asked for, in all styles and views."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from archspec import pipeline
from archspec.backends.page.data import describe
from archspec.backends.page.document import to_html
from archspec.cli.app import main as cli
from archspec.figures.options import Options, panels
from tests.networks import network
from tests.saved_svg import SVG

STYLES = {
    "blocks": Options(level="stage"),
    "a page": Options(level="stage", size="16:9"),
    "a legend": Options(level="stage", legend=True),
    "volumes": Options(style="volumes"),
    "planes": Options(style="planes", size="16:9"),
    "a tree": Options(view="tree", level="stage"),
}


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., list[str]]:
    """The lines of words of a figure, from the top to the bottom."""

    def words(names: list[str], options: Options) -> list[str]:
        file = tmp_path / "figure.svg"
        pipeline.render([network(name) for name in names], file, options=options)
        texts = ET.parse(file).iter(f"{SVG}text")
        found = sorted((float(t.get("y", 0)), float(t.get("x", 0)), t.text or "") for t in texts)
        return [text for *_, text in found]

    return words


def asked(options: Options, *titles: str) -> Options:
    given = {name: getattr(options, name) for name in options.__dataclass_fields__}
    return Options(**{**given, "title": titles})


@pytest.mark.parametrize("style", STYLES)
def test_a_title_is_the_first_line(style: str, said: Callable[..., list[str]]) -> None:
    options = STYLES[style]
    assert said(["lenet"], options)[0] == "LeNet-5"
    words = "Where it <b>all</b> began & \N{LATIN SMALL LETTER E WITH ACUTE}"
    mine = said(["lenet"], asked(options, words))
    assert mine[0] == words and "LeNet-5" not in mine
    bare, short = (said(["lenet"], asked(options, title)) for title in ("", "LeNet"))
    assert short[0] == "LeNet" and sorted(bare) == sorted(short[1:])  # a long one takes room


def test_a_view_as_paths_has_a_title(said: Callable[..., list[str]]) -> None:
    options = Options(view="unravel", start="layer1.0", end="layer1.1")
    assert said(["resnet20"], options)[0] == "ResNet-20"
    assert said(["resnet20"], asked(options, "Paths"))[0] == "Paths"


@pytest.mark.parametrize("style", ["a page", "volumes"])
def test_of_several_one_stands_above_all_or_each_has_its_own(
    style: str, said: Callable[..., list[str]]
) -> None:
    names, options = ["lenet", "alexnet"], STYLES[style]
    usual = said(names, options)
    assert {"LeNet-5", "AlexNet"} <= set(usual)
    assert said(names, asked(options, "Then and now"))[0] == "Then and now"
    assert sorted(said(names, asked(options, "Then and now"))) == sorted([*usual, "Then and now"])
    plain = sorted(set(usual) - {"LeNet-5", "AlexNet"})
    assert sorted(set(said(names, asked(options, "")))) == plain
    assert sorted(set(said(names, asked(options, "Then", "Now")))) == sorted(
        [*plain, "Then", "Now"]
    )
    assert sorted(set(said(names, asked(options, "", "Now")))) == sorted([*plain, "Now"])


def test_dot_text_has_the_title() -> None:
    texts = [
        pipeline.render(network("lenet"), options=Options(title=t)) for t in ("Mine", "", None)
    ]
    labels = [re.findall(r"graph \[.*?\blabel=(\S+)", text or "") for text in texts]
    assert labels == [["Mine"], ['""'], ['"LeNet-5"']]


def test_the_page_has_the_title_and_always_a_name() -> None:
    for title, shown, name in (
        ("Mine", "Mine", "Mine"),
        ("", "", "LeNet-5"),
        (None, "LeNet-5", "LeNet-5"),
    ):
        data = describe(network("lenet"), Options(title=title))
        assert (data["title"], data["name"]) == (shown, name)
        page = to_html(network("lenet"), Options(title=title))
        assert f"<title>{name}</title>" in page and f"<h1>{shown}</h1>" in page


@pytest.mark.parametrize("text", ["a\x1b[31mb", "\u202eab", "\udc80", "\x00"])
def test_what_cannot_be_shown_is_not(text: str, said: Callable[..., list[str]]) -> None:
    for style in ("blocks", "volumes"):
        first = said(["lenet"], asked(STYLES[style], text))[0]
        assert first.isprintable() and "\N{REPLACEMENT CHARACTER}" in first


def test_a_title_is_one_line(said: Callable[..., list[str]]) -> None:
    for style in ("blocks", "volumes"):
        assert said(["lenet"], asked(STYLES[style], " two\n\tlines "))[0] == "two lines"
        assert said(["lenet"], asked(STYLES[style], " \n")) == said(
            ["lenet"], asked(STYLES[style], "")
        )


def test_too_long_a_title_and_too_many_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 120 characters, not 121"):
        Options(title="x" * 121)
    with pytest.raises(ValueError, match="2 titles of one figure"):
        panels(network("lenet"), Options(title=("a", "b")))
    out = str(tmp_path / "x.svg")
    for titles, message in (
        (["x" * 1000], "at most 120 characters, not 1,000"),
        (["a", "b"], "2 titles of one figure: give one, or one for each"),
    ):
        given = [word for title in titles for word in ("--title", title)]
        result = CliRunner().invoke(cli, ["render", "lenet", *given, "-o", out])
        assert result.exit_code == 2 and message in result.output
        assert not Path(out).exists()


def test_the_command_takes_titles(tmp_path: Path) -> None:
    out = tmp_path / "x.svg"
    command = ["render", "lenet", "--title", "Mine", "--level", "stage", "-o", str(out)]
    assert CliRunner().invoke(cli, command).exit_code == 0
    assert ">Mine</text>" in out.read_text()
