"""What strips, towers and parts say beside boxes: sizes, names of bars, repeats, titles."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.strips import arcs
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Slide
from archspec.backends.strips.words import inner_blocks
from archspec.figures.geometry import overlap
from archspec.figures.headings import headings, name_of
from archspec.figures.options import Options, panels
from archspec.figures.picture import Line, Polygon, Words, corners
from archspec.figures.slides import LEGIBLE, pixels
from tests import slides
from tests.networks import network
from tests.test_opwords import built


def slide(name: str, **chosen: Any) -> Slide:
    return slides.slide(network(name), **chosen)


def words(name: str, **chosen: Any) -> list[str]:
    return [item.text for item in slide(name, **chosen).picture().items if isinstance(item, Words)]


@pytest.mark.parametrize(
    ("name", "style", "wanted"),
    [
        ("resnet50", "strip", ["layer1", "256×56×56", "layer2", "512×28×28"]),
        ("nin_imagenet", "tower", ["mlpconv1", "96×54×54", "mlpconv2", "256×27×27"]),
    ],
)
def test_stages_say_what_leaves_them(name: str, style: str, wanted: list[str]) -> None:
    one = slide(name, style=style)
    said = [item.text for item in one.picture().items if isinstance(item, Words)]
    assert pixels(one.picture(), one.room) >= LEGIBLE
    start = said.index(wanted[0])
    assert said[start : start + len(wanted)] == wanted


def test_sizes_are_said_of_what_leaves_alone_and_of_maps() -> None:
    plan = Plan(pipeline.elaborate("vgg16"), Options())
    assert [lines for lines, *_ in plan.bracketed(sizes=True)] == [
        ["features", "512×7×7"],
        ["classifier"],
    ]
    assert [lines for lines, *_ in plan.bracketed(sizes=False)] == [["features"], ["classifier"]]
    forked = "id: a\ngraph: [{id: one, relu: }, {conv: {out_channels: 2}}]"
    body = f"{{{', '.join(forked.splitlines())}}}\nconv: {{out_channels: 4}}\nadd: [[], a.one]"
    (lines, *_), *_ = Plan(built(body), Options()).bracketed(sizes=True)
    assert lines == ["a"]  # two values leave it


def test_sizes_fold_nothing() -> None:
    """They are drawn where words stay legible, and change nothing else."""
    for name in ("googlenet", "inception_v4"):
        one = slide(name)
        assert one.form.sized().plan is one.form.plan
        assert pixels(one.picture(), one.room) >= LEGIBLE


def test_a_part_says_what_comes_in_and_what_leaves() -> None:
    said = words("googlenet", only=("inception",))
    assert {"192×28×28", "256×28×28"} <= set(said)
    assert "1000" not in words("lenet5_d2l", style=None)  # a network's last layer says as much


def test_bars_are_named_where_there_is_room() -> None:
    """Above a bar, or beside it where arcs come from above, and once in the key of a U."""
    assert words("googlenet", only=("inception",)).count("concat") == 1
    assert words("densenet_40_12", only=("dense_block",), style="tower").count("concat") == 1
    assert words("inception_v4", only=("inception_v4_stem",)).count("concat") == 3
    assert words("unet").count("concat") == 1
    assert "mean" in words("fractalnet40_32", only=("block1",), style="tower")


@pytest.mark.parametrize(("name", "part"), [("googlenet", None), ("inception_v4", "inception_c")])
def test_words_beside_boxes_lie_on_nothing(name: str, part: str | None) -> None:
    items = slide(name, only=(part,) if part else None).picture().items
    beside = [i for i in items if isinstance(i, Words) and i.text in ("concat", "training only")]
    solid = [i for i in items if isinstance(i, Polygon) and i.fill.role != "ground2"]
    assert beside
    for one in beside:
        others = [i for i in items if isinstance(i, Words) and i is not one]
        assert not any(overlap(corners(one), corners(other)) for other in (*solid, *others))


def test_what_is_for_training_only_is_said_once() -> None:
    said = words("googlenet")
    assert said.count("training only") == 1 and "concat" in said
    assert "training only" not in words("googlenet", only=("inception_aux",))
    assert "training only" not in words("resnet18")


def test_repeats_are_said_in_one_way() -> None:
    assert "× 5" in words("resnet50")
    assert words("nin_imagenet", style="tower").count("× 2") == 3
    graph = pipeline.elaborate("resnet50")
    stage = next(part for part in graph.root.children if part.path == "layer3")
    assert inner_blocks(stage) == ["Bottleneck × 6"]


def test_a_label_of_a_block_says_all_where_it_tells_parts_apart() -> None:
    def titles(*names: str, only: str) -> list[str]:
        graphs = [pipeline.elaborate(name) for name in names]
        figures = [pair for graph in graphs for pair in panels(graph, Options(only=only))]
        return headings(figures)

    assert titles("highway", only="highway_conv") == ["Highway layer"]
    assert titles("resnet50", only="layer1") == ["ResNet-50 · layer1"]
    both = titles("resnet50", "resnext50_32x4d", only="layer1.1")
    assert both[0].startswith("ResNet-50 · ") and both[1].startswith("ResNeXt-50")
    figures = panels(pipeline.elaborate("highway"), Options(only="highway_conv"))
    assert name_of(figures[0][1], figures) == "Highway network · Highway layer"


def test_arcs_are_finer_and_paler_the_more_there_are() -> None:
    def line(count: int) -> Line:
        row = list(range(count))
        over = [(a, b) for a in row for b in row if b - a > 1]
        middles = [(20.0 * n, 0.0) for n in row]
        drawn = arcs.drawn(row, over, middles, [(5.0, 5.0)] * count, 1.0, [0] * count)
        return max((i for i in drawn if isinstance(i, Line)), key=lambda i: len(i.points))

    few, many, most = (line(count) for count in (6, 24, 60))
    assert few.thick == 1.0 and few.thick > many.thick >= most.thick > 0.4
    assert few.line.share < many.line.share < most.line.share < 0.6
