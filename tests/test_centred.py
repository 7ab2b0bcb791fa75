"""Titles, inputs and outputs of parts are over the middle of what they name."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from archspec import pipeline
from archspec.figures.bands import Slot
from archspec.figures.geometry import rounded
from archspec.figures.options import Options
from archspec.figures.ways import lay_out
from tests.saved_svg import SVG

NEAR = 8.0
"""As near as a way is to the middle that is taken for it."""


@pytest.mark.parametrize(
    ("name", "part", "title", "ends"),
    [
        ("googlenet", "inception", "Inception", ["192×28×28", "256×28×28"]),
        ("inception_v4", "inception_c", "Inception-C", ["1536×8×8", "1536×8×8"]),
        ("inception_v4", "inception_b", "Inception-B", ["1024×17×17", "1024×17×17"]),
        ("inception_v4", "reduction_a", "Reduction-A", ["384×35×35", "1024×17×17"]),
    ],
)
def test_a_part_stands_below_its_title(
    name: str, part: str, title: str, ends: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "part.svg"
    pipeline.render(pipeline.elaborate(name), file, options=Options(only=part, size="16:9"))
    root = ET.parse(file).getroot()
    left, _, wide, _ = map(float, root.attrib["viewBox"].split())
    texts = [(text.text, float(text.attrib["x"])) for text in root.iter(f"{SVG}text")]
    (over,) = (x for said, x in texts if said == title)
    assert over == pytest.approx(left + wide / 2, abs=0.5)
    middles = [x for said, x in texts if said in ends]
    assert len(middles) == 2
    assert middles[0] == pytest.approx(middles[1], abs=NEAR)
    boxes = [x for said, x in texts if said and ("conv" in said or "pool" in said)]
    assert middles[0] == pytest.approx((min(boxes) + max(boxes)) / 2, abs=NEAR)


def test_the_only_corner_of_a_short_side_has_all_of_it() -> None:
    corners = list(rounded([(0.0, 0.0), (20.0, 0.0), (20.0, 3.0)], 4.0))
    assert (17.0, 0.0) in corners and (20.0, 3.0) in corners


def test_two_corners_share_a_side() -> None:
    corners = list(rounded([(0.0, 0.0), (9.0, 0.0), (9.0, 4.0), (20.0, 4.0)], 4.0))
    assert (7.0, 0.0) in corners and (9.0, 2.0) in corners


@pytest.mark.parametrize("gap", [16.0, 20.0, 30.0])
def test_a_gap_has_room_for_a_rounded_corner_and_a_head(gap: float) -> None:
    slots = [Slot(10.0, 10.0, 8.0, 8.0, (10.0, 8.0))] * 5
    placed = lay_out(slots, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)], gap=gap)
    for head in (1, 3):
        *_, turn, tip = placed.ways[0, head]
        assert tip[0] - turn[0] >= 11.5
        assert turn[0] - placed.ways[0, head][0][0] >= 4.0
