"""Parts that are compared: what is alike in them is drawn alike, and stands at one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from archspec.backends.base import find
from archspec.backends.strips.common import common
from archspec.backends.strips.opened import compared, plans_of_parts
from archspec.backends.strips.parts import inset
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.words import level
from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.figures.options import Options, panels
from archspec.figures.picture import Line, Oval, Picture, Polygon, Words, corners, stacked
from archspec.frontend.loading import Document, load_source
from tests.networks import network
from tests.slides import is_box

backend: Any = find("strips")
GRAPH = "name: n\ngraph: [{id: part, b: }]\n"


def drawn(names: Sequence[str], only: tuple[str, ...] | str, **options: Any) -> Picture:
    graphs = [network(name) for name in names]
    picture: Picture = backend.picture(graphs, Options(only=only, **options))
    return picture


def at(picture: Picture, text: str, axis: int) -> list[float]:
    """Where words stand."""
    found = [one for one in picture.items if isinstance(one, Words) and one.text == text]
    return [round(one.at[axis], 3) for one in found]


def boxes(picture: Picture) -> list[Polygon]:
    return [one for one in picture.items if is_box(one)]


def sums(picture: Picture, axis: int) -> set[float]:
    rings = [one for one in picture.items if isinstance(one, Oval) and one.radii[0] > 5]
    return {round(ring.middle[axis], 3) for ring in rings}


def test_side_by_side_rows_have_common_heights() -> None:
    parts = ("layer1.0", "layer1.0", "layer2.0")
    titles = ("Plain", "Residual", "Projected")
    picture = drawn(["plain18", "resnet18", "resnet18"], parts, title=titles)
    widths = {round(b[0] - a[0], 3) for a, b in (corners(box) for box in boxes(picture))}
    assert len(widths) == 1
    assert len(sums(picture, axis=1)) == 1
    for text, count in (("ReLU", 3), ("batch norm", 4), ("64×56×56", 5)):
        heights = at(picture, text, axis=1)
        assert len(heights) == count
        # one batch norm is beside the first, and sizes are said of what comes in and what leaves
        assert len(set(heights)) == (1 if text == "ReLU" else 2)


@pytest.mark.parametrize(
    ("names", "same"),
    [
        (("resnet50", "resnext50_32x4d"), ("256×56×56", "1×1 conv, 256", "F(x)", "ReLU")),
        (("resnet18", "resnet34"), ("64×56×56", "F(x)", "F(x) + x", "ReLU")),
    ],
)
def test_below_one_another_columns_are_common(names: Sequence[str], same: Sequence[str]) -> None:
    """What both have begins at one place, and so do titles."""
    figures = panels([network(name) for name in names], Options(only="layer1.1"))
    forms = compared(plans_of_parts(figures), upwards=False)
    picture = stacked([form.together(()) for form in forms], ["one · 1", "other · 1"])
    assert len(sums(picture, axis=0)) == 1
    for text in same:
        places = at(picture, text, axis=0)
        ends = 2 if "×56" in text else 1  # of the way, where sizes are said
        assert len(places) == 2 * ends and len(set(places)) == ends, text
    titles = [w for w in picture.items if isinstance(w, Words) and " · " in w.text]
    assert len(titles) == 2 and titles[0].at[0] == pytest.approx(titles[1].at[0])


def key(letter: str) -> tuple[object, ...]:
    if letter == ".":
        return ("end",)
    return (letter == ">", letter == "+", letter == "|", letter)


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        (">ccr.", ">cc+r.", ">ccr."),  # one has all of the other, and a sum besides
        (">cbcb+r.", ">bcbc+.", ">xxxx+."),  # equally many, one by one
        (">cbrcbrcb+r.", ">brcbrcbrc+.", ">+."),  # neither, between the same sums
        (">cc|.", ">ccccc|.", ">cc|."),  # the first ones
        (">c+.", ">c|.", ">cx."),  # a sum where the other has a concatenation
    ],
)
def test_what_is_alike_is_found(one: str, other: str, pairs: str) -> None:
    ours, theirs = common([list(map(key, one)), list(map(key, other))])
    alike = set(ours) & set(theirs)
    met = "".join(
        one[n] if one[n] == other[theirs.index(place)] else "x"
        for n, place in enumerate(ours)
        if place in alike
    )
    assert met == pairs
    for own in (ours, theirs):
        assert all(a < b for a, b in pairwise(own))


def test_a_third_part_joins_two() -> None:
    found = common([list(map(key, keys)) for keys in (">ccr.", ">cc+r.", ">c+r.")])
    assert found[0] == [0, 1, 2, 4, 5] and found[1] == [0, 1, 2, 3, 4, 5]
    assert found[2][0] == 0 and found[2][-3:] == [3, 4, 5]


def test_the_last_activation_stands_by_itself_in_all_or_in_none() -> None:
    layers = "{conv: {out_channels: 8, kernel_size: 3, padding: 1}}, batch_norm"
    bodies = f"[{layers}, relu]", f"[{{add: [[{layers}], []]}}, relu]"
    plain, residual = (
        load_source(
            Source("n.yaml", f"inputs: {{x: [8, 9, 9]}}\nblocks: {{b: {{graph: {body}}}}}\n{GRAPH}")
        )
        for body in bodies
    )

    def ends(*documents: Document) -> list[int]:
        figures = panels([build(one) for one in documents], Options(only="part"))
        plans = plans_of_parts(figures)
        return [len(plan.whole.maps[plan.whole.end or 0].box.parts) for plan in plans]

    assert ends(plain, residual) == [1, 1]
    assert ends(plain, plain) == [3, 3]  # a convolution with its norm and activation


def test_normalisations_before_layers_are_not_written_behind_others() -> None:
    """Neither in the block that begins with one, nor in the one it is compared with."""
    figures = panels([network("resnet50"), network("resnetv2_50")], Options(only="layer1.1"))
    one, other = (
        [", ".join(level(m)) for m in plan.whole.maps if not (m.source or m.joint)]
        for plan in plans_of_parts(figures)
    )
    both = "batch norm, ReLU"
    assert one == [
        *("1×1 conv, 64", both, "3×3 conv, 64", both, "1×1 conv, 256", "batch norm", "ReLU")
    ]
    assert other == [both, "1×1 conv, 64", both, "3×3 conv, 64", both, "1×1 conv, 256"]
    (alone,) = plans_of_parts(figures[:1])
    assert [len(m.box.parts) for m in alone.whole.maps if not m.source] == [3, 3, 2, 1, 1]


@pytest.mark.parametrize(
    ("name", "block", "lines"),
    [
        ("densenet121", "Dense layer", ["batch norm, ReLU", "1×1 conv, 128"] * 2),
        ("wrn28_10", "Pre-activation block", ["batch norm, ReLU", "3×3 conv, 160"] * 2),
    ],
)
def test_an_opened_block_begins_with_its_normalisation(
    name: str, block: str, lines: list[str]
) -> None:
    kinds = Plan(network(name), Options(style="strip", level="block")).kinds_of_blocks()
    inner, *_ = next(kind for kind in kinds if kind[1].startswith(block))
    words = [", ".join(level(m)) for m in inner.maps if not (m.source or m.joint or m.stacking)]
    assert words[:3] == lines[:3] and len(words) == 4


def test_the_line_that_leaves_a_block_begins_at_its_end() -> None:
    """However long the formula is that stands above it."""
    plan = Plan(network("wrn28_10"), Options(style="strip", level="block"))
    inner, name, *_ = next(plan.kinds_of_blocks())
    for upwards in (False, True):
        picture = inset(inner, name, plan.noted, upwards=upwards)
        (ring,) = [one for one in picture.items if isinstance(one, Oval)]
        edge = ring.middle[1] - ring.radii[1] if upwards else ring.middle[0] + ring.radii[0]
        lines = [one for one in picture.items if isinstance(one, Line)]
        ends = {round(point[upwards], 3) for one in lines for point in one.points}
        assert round(edge, 3) in ends


@pytest.mark.parametrize(
    ("name", "part", "notes"),
    [
        ("resnet18", "layer1.0", {"x", "F(x)", "F(x) + x"}),
        ("resnet18", "layer2.0", {"x", "F(x)", "W x", "F(x) + W x"}),
        ("resnet50", "layer1.0", {"x", "F(x)", "W x", "F(x) + W x"}),
        ("resnet18_c", "layer1.0", {"x", "F(x)", "W x", "F(x) + W x"}),
        ("resnet18_a", "layer2.0", {"x", "F(x)"}),  # what is padded has no formula of its own
        ("resnetv2_50", "layer1.1", {"x", "F(x)", "F(x) + x"}),
        ("resnetv2_50", "layer1.0", {"x", "h", "F(h)", "W h", "F(h) + W h"}),
        ("recurrent_resnet", "state2.enter", {"x", "h", "F(h)", "s(h)", "F(h) + s(h)"}),
    ],
)
def test_what_is_added_is_said(name: str, part: str, notes: set[str]) -> None:
    words = set(drawn([name], part).words())
    assert {word for word in words if re.fullmatch(r"[FWsxh()+ ]+", word)} == notes
