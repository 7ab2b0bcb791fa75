"""Levels side by side: each panel is what a box of the one before it holds."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archspec import pipeline, zoo
from archspec.backends.base import find
from archspec.backends.strips.descent import Level, descent
from archspec.diagnostics import ArchspecError
from archspec.figures.geometry import meet
from archspec.figures.options import Options
from archspec.figures.picture import Line, Picture, Polygon, Words
from archspec.figures.slides import LEGIBLE
from archspec.frontend.loading import families
from archspec.ir.graph import Instance
from tests.engines import drawn_by, each_engine
from tests.networks import network
from tests.rectangles import Rectangle, crossing
from tests.slides import is_box, rectangle
from tests.sweeping import some

FAMILIES = [path.stem for path in families()]
FLAT = {"all_cnn", "fcn", "inception_modules", "lenet", "zfnet"}
"""Networks without blocks of several layers."""
DEEP = [name for name in FAMILIES if name not in FLAT]
HERE = DEEP[::3]
"""Of which all is tested; of every network the sweep looks at what can be read."""
SMALLER = {"fractalnet_deep80": 11, "fractalnet_deep160": 11, "lenet5_1998": 4.9}
"""Of which a level is a fractal of 16 in a row, or has 16 branches, each with other channels."""

backend: Any = find("strips")


@cache
def drawn(name: str) -> Picture:
    picture: Picture = backend.picture(network(name), Options(style="levels"))
    return picture


def levels(name: str, **options: Any) -> list[Level]:
    return descent(network(name), Options(style="levels", **options))


def grounds(picture: Picture) -> list[Rectangle]:
    """Those of panels, from left to right."""
    found = [i for i in picture.items if isinstance(i, Polygon) and i.fill.role == "ground2"]
    return [(*item.points[0], *item.points[2]) for item in found if item.line is None]


def boxes(picture: Picture) -> list[Rectangle]:
    return [rectangle(item) for item in picture.items if is_box(item)]


def pixels(picture: Picture) -> float:
    """The least words on a slide."""
    _, _, wide, high = picture.outline()
    least = min(item.size for item in picture.items if isinstance(item, Words))
    return least * min(1280 / wide, 720 / high)


# --- what is opened -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_each_level_is_within_the_one_before(name: str) -> None:
    found = levels(name)
    assert found[0].instance.parent is None
    assert found[-1].opened is None
    for one, other in pairwise(found):
        assert one.opened is not None
        parts = [part for (part,) in one.shown.maps[one.opened].box.run]
        alone = other.instance.parent in parts and len(other.instance.parent.children) == 1
        assert other.instance in parts or alone  # a group of one block needs no level
        assert one.instance in list(other.instance.ancestors())[1:]
        mine = {n for maps in one.shown.maps for n in maps.box.nodes()}
        assert set(other.instance.nodes()) <= mine


@pytest.mark.parametrize("name", HERE)
def test_a_level_shows_all_of_what_it_opens(name: str) -> None:
    """No node is left out, switches and concatenations that are arcs aside."""
    for one in levels(name):
        drawn = [m for m in one.shown.maps if not m.source]
        shown = {n for m in drawn for box in (m.box, *m.leading, *m.passing) for n in box.nodes()}
        left = [n for n in one.instance.nodes() if n not in shown and not n.op.internal]
        assert all(n.op.merges or n.op.name == "choose_column" for n in left)


def test_the_first_of_the_most_common_kind() -> None:
    paths = [level.instance.path for level in levels("resnet50")]
    assert paths == ["", "layer1", "layer1.1"]  # there are two such, and one with a projection
    assert levels("inception_v4")[1].instance.path == "stage_b"  # seven blocks, and not four
    assert [one.instance.path for one in levels("densenet121")] == [
        "",
        "features",
        "features.denseblock1",
        "features.denseblock1.denselayer1",
    ]


@pytest.mark.parametrize(
    ("name", "expand", "paths"),
    [
        ("resnet50", "layer2.0", ["", "layer2", "layer2.0"]),
        ("resnet50", "layer4", ["", "layer4", "layer4.1"]),
        ("densenet121", "transition", ["", "features", "features.transition1"]),
        ("googlenet", "inception4b", ["", "inception4b"]),
    ],
)
def test_what_is_asked_for_is_opened(name: str, expand: str, paths: list[str]) -> None:
    assert [one.instance.path for one in levels(name, expand=(expand,))] == paths


def test_a_part_by_itself() -> None:
    found = levels("densenet121", only="features")
    assert found[0].instance.path == "features" and len(found) == 3


@pytest.mark.parametrize("name", sorted(FLAT))
def test_what_has_no_levels_is_told(name: str) -> None:
    with pytest.raises(ArchspecError, match=r"E607.*no levels to open") as caught:
        levels(name)
    assert "--style strip" in str(caught.value)


def test_unknown_names_are_told() -> None:
    with pytest.raises(ArchspecError, match="E108"):
        levels("resnet50", expand=("layer9",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "LR"}, "side by side"),
        ({"residuals": True}, "side by side"),
        ({"level": "stage"}, "--expand"),
        ({"depth": 2}, "--expand"),
        ({"view": "tree"}, "no other view"),
    ],
)
def test_what_levels_cannot_show(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(style="levels", **options)


def test_empty_groups_are_no_levels(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text("""
name: partly empty
inputs: {image: [3, 8, 8]}
blocks:
  two: {graph: [{conv: {out_channels: 4, kernel_size: 1}}, {max_pool: 2}]}
graph:
  - {id: nothing, graph: [{when: false, relu: }]}
  - {id: stage, graph: [{two: }, {two: }]}
""")
    found = descent(pipeline.elaborate(str(file)), Options(style="levels"))
    assert [one.instance.path for one in found][:2] == ["", "stage"]


# --- geometry -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_dashed_lines_lead_from_the_opened_box_to_its_panel(name: str) -> None:
    picture = drawn(name)
    panels, every = grounds(picture), boxes(picture)
    dashed = [
        i
        for i in picture.items
        if isinstance(i, Line) and i.dashed and len(i.points) == 2 and _between(i, panels)
    ]
    count = len(levels(name))
    assert len(panels) == count and len(dashed) == 2 * (count - 1)
    for number, panel in enumerate(panels[1:]):
        upper, lower = dashed[2 * number : 2 * number + 2]
        (x, top), (x1, low) = upper.points[0], lower.points[0]
        assert x == x1
        assert any(
            abs(box[2] - x) < 2 and abs(box[1] - top) < 2 and abs(box[3] - low) < 2 for box in every
        )
        assert upper.points[1] == pytest.approx((panel[0], panel[1]))
        assert lower.points[1] == pytest.approx((panel[0], panel[3]))
    words = [i.outline for i in picture.items if isinstance(i, Words)]
    assert not [one for line in dashed for one in words if meet(line.points, one)]


def _between(line: Line, panels: list[Rectangle]) -> bool:
    (x0, _), (x1, _) = line.points
    return x0 < x1 and any(abs(panel[0] - x1) < 0.01 for panel in panels)


@pytest.mark.parametrize("name", HERE)
def test_panels_stand_side_by_side_on_one_line(name: str) -> None:
    picture = drawn(name)
    panels = grounds(picture)
    assert crossing(panels) == []
    assert len({round(panel[3], 3) for panel in panels}) == 1
    words = [rectangle(i) for i in picture.items if isinstance(i, Words)]
    assert crossing(words) == []
    for pair in crossing(boxes(picture), words):
        one, other = sorted(pair)  # type: ignore[call-overload]
        assert one[1] <= other[1] and other[2] <= one[2] and other[3] <= one[3], pair
    names = [i.text for i in picture.items if isinstance(i, Words) and i.size == 12]
    assert names[0] == "network" and len(names) == len(panels)


@pytest.mark.parametrize("name", HERE)
def test_words_are_legible(name: str) -> None:
    assert pixels(drawn(name)) >= LEGIBLE


@pytest.mark.parametrize("name", ["densenet_100_12", "densenet_bc_250_24"])
def test_of_many_dense_layers_the_opened_one_has_words(name: str) -> None:
    """No layer is lost, nor its arcs."""
    picture = drawn(name)
    assert pixels(picture) >= LEGIBLE
    (row,) = [one for one in levels(name) if one.shown.length > 30]
    words = [i.text for i in picture.items if isinstance(i, Words) and i.size < 12]
    assert words.count("Dense layer") == 1
    count = sum(not maps.source for maps in row.shown.maps)
    assert len(boxes(picture)) > count
    arcs = [i for i in picture.items if isinstance(i, Line) and len(i.points) > 30]
    assert len(arcs) > count * (count - 1) / 2 - 2 * count


@pytest.mark.sweep
@pytest.mark.parametrize("name", some([e.name for e in zoo.networks()], 40))
def test_every_network_has_levels_or_says_why_not(name: str) -> None:
    graph = network(name)
    try:
        found = levels(name)
    except ArchspecError as error:
        assert "E607" in str(error)
        assert not any(
            isinstance(c, Instance) and c.block and len(list(c.nodes())) > 3
            for c in graph.root.children
        )
        return
    assert 2 <= len(found) <= 4
    assert pixels(drawn(name)) >= SMALLER.get(name, LEGIBLE)


@each_engine
def test_in_all_formats(by: Any, tmp_path: Path) -> None:
    with drawn_by(by):
        for format in ("png", "pdf", "svg"):
            file = tmp_path / f"x.{format}"
            options = Options(style="levels", size="1280x720", annotate=("params",), legend=True)
            pipeline.render(network("resnext50_32x4d"), file, options=options)
            assert file.stat().st_size > 1_000


def test_arcs_within_a_level() -> None:
    picture = drawn("densenet121")
    assert len([i for i in picture.items if isinstance(i, Line) and len(i.points) > 30]) == 21
    assert {"Dense block, 6 layers", "Dense layer", "features"} <= set(picture.words())


def test_a_level_says_what_comes_in_and_what_is_unlike() -> None:
    for name, special in (("resnet50", "1×1 conv on the skip"), ("resnet34", None)):
        stage = levels(name)[1]
        assert stage.shown.maps[0].source and stage.opened is not None
        assert list(stage.unlike.values()) == ([special] if special else [])
        assert stage.opened not in stage.unlike
        said = "\n".join(drawn(name).words())
        assert special is None or special in said


@pytest.mark.parametrize(("name", "least"), [("resnet50", 18), ("resnext50_32x4d", 17)])
def test_levels_fill_the_page_with_large_words(name: str, least: float) -> None:
    picture = drawn(name)
    assert pixels(picture) >= least
    _, _, wide, high = picture.outline()
    assert wide / high > 1.5
    assert "256×56×56" in picture.words()  # between stages
