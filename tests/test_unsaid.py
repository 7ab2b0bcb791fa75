"""What default figures leave out, as lecturers do, and that it is there where every layer is."""

from __future__ import annotations

from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.strips import words
from archspec.backends.strips.arranged import arranged
from archspec.backends.strips.plan import Plan
from archspec.backends.strips.slide import Slide
from archspec.figures.options import Options, Style, panels
from archspec.figures.picture import Words
from archspec.ir.graph import Graph
from tests import slides
from tests.networks import network
from tests.test_opwords import built


def said(graph: Graph, **chosen: Any) -> list[str]:
    """What the boxes of a whole say."""
    plan = Plan(graph, Options(**chosen))
    return [words.along(maps)[0] for maps in plan.whole.maps if not maps.source]


@pytest.mark.parametrize(
    ("graph", "shape", "wanted", "left_out"),
    [
        ("conv: {out_channels: 4}\ndropout: 0.5\nconv: {out_channels: 2}", "[4, 8, 8]",
         ["1×1 conv, 4", "1×1 conv, 2"], ["dropout"]),
        ("conv: {out_channels: 4}\ndrop_path: 0.1\nconv: {out_channels: 2}", "[4, 8, 8]",
         ["1×1 conv, 4", "1×1 conv, 2"], ["drop path"]),
        ("conv: {out_channels: 4}\nadaptive_avg_pool: 8\nidentity:\nflatten:\nlinear: 3",
         "[4, 8, 8]",
         ["1×1 conv, 4", "FC 3"], ["what changes nothing"]),
        ("conv: {out_channels: 4}\nadaptive_avg_pool: 4\nflatten:\nlinear: 3", "[4, 8, 8]",
         ["1×1 conv, 4", "avg pool to 4×4", "FC 3"], []),
        ("pad: 1\nconv: {out_channels: 4, kernel_size: 3}", "[4, 8, 8]", ["3×3 conv, 4"], ["pad"]),
        ("pad: {padding: 1, value: 2}\nconv: {out_channels: 4, kernel_size: 3}", "[4, 8, 8]",
         ["pad 1", "3×3 conv, 4"], []),
        ("pad: 1\nrelu:", "[4, 8, 8]", ["pad 1", "ReLU"], []),
        ("pad: [[2, 0]]\nconv: {out_channels: 4, kernel_size: 3}", "[4, 8]",
         ["causal conv 3, 4"], ["pad"]),
        ("pad: [[4, 0]]\nconv: {out_channels: 4, kernel_size: 3, dilation: 2}", "[4, 8]",
         ["causal conv 3, 4, dilation 2"], ["pad"]),
        ("pad: [[1, 1]]\nconv: {out_channels: 4, kernel_size: 3}", "[4, 8]",
         ["conv 3, 4"], ["pad"]),
        ("pad: [[3, 0]]\nconv: {out_channels: 4, kernel_size: 3}", "[4, 8]",
         ["conv 3, 4"], ["pad"]),
        ("permute: [1, 2, 0]\nlayer_norm: 1\npermute: [2, 0, 1]\nrelu:", "[4, 8, 8]",
         ["layer norm", "ReLU"], ["permute"]),
        ("permute: [1, 2, 0]\nlayer_norm: 1\npermute: [1, 2, 0]\nrelu:", "[4, 8, 8]",
         ["permute (1, 2, 0)", "layer norm", "permute (1, 2, 0)", "ReLU"], []),
        ("permute: [1, 0]\npermute: [1, 0]\npermute: [1, 0]\nrelu:", "[4, 8]",
         ["permute (1, 0)", "permute (1, 0)", "permute (1, 0)", "ReLU"], []),
    ],
)  # fmt: skip
def test_what_is_left_out(graph: str, shape: str, wanted: list[str], left_out: list[str]) -> None:
    """What is given in training only or changes nothing, and no more than that."""
    made = built(graph, shape)
    assert said(made) == wanted
    assert Plan(made, Options()).unsaid == left_out
    everything = Plan(made, Options(level="layer"))
    nodes = [n for maps in everything.whole.maps if not maps.source for n in maps.box.nodes()]
    assert nodes == [node for node in made.nodes if not node.op.internal]
    assert everything.unsaid == []


def test_a_pad_that_others_read_is_there() -> None:
    made = built("{id: wide, pad: 1}\nconv: {out_channels: 4, kernel_size: 1}\nadd: [[], wide]")
    assert "pad 1" in said(made)


def test_a_block_of_a_norm_between_permutations_is_that_norm() -> None:
    """As the papers' ConvNeXt block: d7×7, LN, 1×1, GELU, 1×1 and the sum; it scales its layers."""
    graph = pipeline.elaborate("convnext_tiny")
    plan = Plan(graph, Options(level="block", repeat="alike"))
    assert words.along(plan.whole.maps[2]) == ["layer norm"]
    assert plan.whole.maps[2].kind == "normalisation"
    block, *_ = next(plan.kinds_of_blocks())
    lines = [words.level(maps) for maps in block.maps if not (maps.source or maps.joint)]
    assert lines == [
        ["7×7 depthwise conv, 96"],
        ["layer norm"],
        ["1×1 conv, 384", "GELU"],
        ["1×1 conv, 96"],
        ["layer scale"],
    ]


def test_the_line_says_once_what_is_left_out_of_all() -> None:
    graphs = [pipeline.elaborate(name) for name in ("alexnet", "vgg11")]
    told = arranged([pair for graph in graphs for pair in panels(graph, Options())]).chosen
    assert told.count("left out") == 1 and "; left out: what changes nothing, dropout (" in told


@pytest.mark.parametrize(
    ("graph", "wanted", "silent"),
    [
        ("linear: 8\nrelu:\nlinear: 1\nsigmoid:", ["FC 8", "FC 1, sigmoid"], ["ReLU"]),
        ("linear: 8\ntanh:\nlinear: 6\ntanh:", ["FC 8, tanh", "FC 6, tanh"], []),
        ("linear: 8\nsilu:\nlinear: 8\nrelu:\nlinear: 4\nrelu:",
         ["FC 8, SiLU", "FC 8", "FC 4"], ["ReLU"]),
        ("linear: 8\nleaky_relu: 0.1\nlinear: 3\nsoftmax:", ["FC 8", "FC 3, softmax"],
         ["leaky ReLU"]),
        ("linear: 8\nbatch_norm:\nlinear: 4", ["FC 8", "FC 4"], ["norms"]),
    ],
)  # fmt: skip
def test_only_the_activation_of_most_layers_goes_unsaid(
    graph: str, wanted: list[str], silent: list[str]
) -> None:
    """What gates, what gives the output and what is rare is said in the box of its layer."""
    plan = Plan(built(graph, "[16]"), Options())
    assert [plan.lines(maps)[0] for maps in plan.whole.maps if not maps.source] == wanted
    assert plan.silent == silent


@pytest.mark.parametrize(
    ("specs", "options", "wanted"),
    [
        (["plain20"], {}, "norms and ReLU go unsaid"),
        (["alexnet_one_stream", "vgg11"], {}, "ReLU goes unsaid"),
        (["googlenet"], {"only": "inception"}, "norms and activations go with their layers"),
    ],
)
def test_the_line_says_whether_they_are_written(
    specs: list[str], options: dict[str, Any], wanted: str
) -> None:
    graphs = map(pipeline.elaborate, specs)
    made = [pair for graph in graphs for pair in panels(graph, Options(**options))]
    assert wanted in arranged(made).chosen.replace(" (", "; ").split("; ")


def test_where_activations_differ_all_are_said() -> None:
    """Beside a network of another activation none goes without saying."""
    made = [pair for n in ("lenet", "alexnet") for pair in panels(pipeline.elaborate(n), Options())]
    found = arranged(made)
    assert "unsaid" not in found.chosen
    texts = [
        item.text for each in found.each for item in each.picture().items if isinstance(item, Words)
    ]
    assert "5×5 conv, 6, tanh" in texts and any(line.endswith(", ReLU") for line in texts)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("resnet18", ["Basic block layer1.0, one of 5",
                      "Basic block layer2.0, one of 3"]),
        ("densenet121", ["Dense layer", "Transition 1, one of 3"]),
        ("voxresnet", ["VoxRes", "Classifier c1", "Classifier c2", "Classifier c3",
                       "Classifier c4"]),
    ],
)  # fmt: skip
def test_opened_blocks_of_one_name_are_told_apart(spec: str, wanted: list[str]) -> None:
    """By where they stand; and of which numbers are those of one of several, it is said."""
    assert [kind.name for kind in shown(spec).form.plan.kinds_of_blocks()] == wanted


def shown(spec: str, **asked: Any) -> Slide:
    return slides.slide(network(spec), **asked)


def test_stages_are_boxes_where_that_is_asked_for() -> None:
    """And nothing of them is opened."""
    slide = shown("resnet18", level="stage")
    plan = slide.form.plan
    assert all(plan.tiny(maps) is None for maps in plan.whole.maps)
    assert [text for text, _ in slide.said()][3] == "layer1, Basic block × 2"
    assert not list(plan.kinds_of_blocks()) and "blocks are boxes" in list(slide.chosen())


def test_what_is_to_be_folded_is_a_box() -> None:
    """By its path or by its block, in the line and within small pictures, and opened nowhere."""
    slide = shown("efficientnet_b0", collapse=("stage4",))
    plan = slide.form.plan
    assert "stage4, MBConv6 × 3" in slide.picture().words()
    assert not any("stage4" in kind.name for kind in plan.kinds_of_blocks())
    assert not list(shown("resnet18", collapse=("basic_block",)).form.plan.kinds_of_blocks())


def test_what_repeats_is_drawn_as_often_as_it_comes() -> None:
    assert shown("efficientnet_b0").repeats
    assert not shown("efficientnet_b0", repeat="none").repeats
    assert "what is equal in a row stands once, with ×N" in list(shown("resnet18").chosen())


def test_that_nothing_is_alike_is_told() -> None:
    made = panels(
        built("conv: {out_channels: 4}\nmax_pool: 2\nflatten:\nlinear: 3"), Options(repeat="alike")
    )
    assert "nothing in a row is alike" in arranged(made).chosen


@pytest.mark.parametrize(
    ("graph", "wanted"),
    [
        ("conv: {out_channels: 6}\nmax_pool: 2", ["6×4×4"]),
        ("conv: {out_channels: 6}\nflatten:\nlinear: 3", []),
        ("conv: {out_channels: 6}\nflatten:\n{linear: 3, label: Scores}", ["3"]),
    ],
)
def test_the_size_of_what_a_network_gives_stands_at_its_end(graph: str, wanted: list[str]) -> None:
    """As that of what it takes at its beginning; that of a vector where no layer says it."""
    made = built(graph, "[4, 8, 8]")
    styles: list[Style] = ["strip", "tower"]
    for style in styles:
        said = list(slides.slide(made, style=style).picture().words())
        assert [text for text in said if text in ("6×4×4", "3")] == wanted
