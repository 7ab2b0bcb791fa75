"""Each figure of the gallery shows what the paper's and the textbook's figure of it show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.saved_svg import SVG

FOLDER = Path(__file__).parents[1] / "docs" / "gallery"
WANTED: dict[str, dict[str, int]] = yaml.safe_load(
    Path(__file__).with_name("gallery.yaml").read_text(encoding="utf-8")
)


def said(name: str) -> str:
    """The words of a figure, line by line."""
    root = ET.parse(FOLDER / f"{name}.svg").getroot()
    return "\n".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


def test_each_figure_has_a_list() -> None:
    assert set(WANTED) == {path.stem for path in FOLDER.glob("*.svg")}


@pytest.mark.parametrize("name", WANTED)
def test_a_figure_says_what_it_should(name: str) -> None:
    """Words may be broken into lines."""
    text = said(name)
    missing = {}
    for words, least in WANTED[name].items():
        pattern = words.replace(" ", r"\s+")
        found = len(re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text))
        if found < least:
            missing[words] = found
    assert missing == {}, text
