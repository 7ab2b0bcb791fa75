"""The dashed frames around residual functions."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.base import find
from archspec.figures.geometry import Corners, holds, overlap
from archspec.figures.options import Options
from archspec.figures.picture import Line, Oval, Picture, Words, corners

backend: Any = find("strips")


def drawn(name: str, only: str, **options: Any) -> Picture:
    graph = pipeline.elaborate(name)
    picture: Picture = backend.picture([graph, graph], Options(only=(only, only), **options))
    return picture


def framed(picture: Picture) -> list[Corners]:
    closed = (one for one in picture.items if isinstance(one, Line) and one.dashed)
    return [corners(one) for one in closed if one.points[0] == one.points[-1]]


def within(picture: Picture, frame: Corners) -> list[str]:
    words = (one for one in picture.items if isinstance(one, Words))
    return sorted({one.text.split(",")[0] for one in words if holds(frame, corners(one))})


@pytest.mark.parametrize("size", ["16:9", "4:3", "9:16"])
@pytest.mark.parametrize(
    ("name", "only", "inside"),
    [
        ("resnet18", "layer1.0", ["3×3 conv", "batch norm"]),
        ("resnet18", "layer2.0", ["3×3 conv", "batch norm"]),
        ("resnet50", "layer1.1", ["1×1 conv", "3×3 conv", "batch norm"]),
    ],
)
def test_what_is_added_has_a_frame(name: str, only: str, inside: list[str], size: str) -> None:
    picture = drawn(name, only, size=size)
    frames = framed(picture)
    assert len(frames) == 2
    for frame in frames:
        assert within(picture, frame) == inside
        for item in picture.items:
            if not isinstance(item, Line):  # neither a box nor words are cut
                assert holds(frame, corners(item)) or not overlap(frame, corners(item))
        sums = (one for one in picture.items if isinstance(one, Oval))
        assert not any(overlap(frame, corners(one)) for one in sums)


@pytest.mark.parametrize(
    ("name", "only"), [("plain18", "layer1.0"), ("googlenet", "inception3a"), ("vgg16", "features")]
)
def test_nothing_else_has_one(name: str, only: str) -> None:
    assert not framed(drawn(name, only))


def test_of_a_plain_block_beside_the_same_is_framed() -> None:
    graphs = [pipeline.elaborate(name) for name in ("plain18", "resnet18")]
    picture = backend.picture(graphs, Options(only="layer1.0", size="16:9"))
    plain, residual = sorted(framed(picture))
    assert within(picture, plain) == within(picture, residual) == ["3×3 conv", "batch norm"]
    # one below the other
    assert [corner[0] for corner in plain] == pytest.approx([corner[0] for corner in residual])
