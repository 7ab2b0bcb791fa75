"""Levels of detail: boxes and arrows are the graph's quotient, and ×N multiplies back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import networkx as nx
import pytest

from archspec import pipeline
from archspec.backends.graphviz import backend, style
from archspec.diagnostics import ArchspecError
from archspec.figures.detail import LEVELS, SHAPES, Detail, Shapes
from archspec.figures.figure import Figure
from archspec.figures.folding import Box, Frame
from archspec.figures.marks import alone
from archspec.figures.notes import Notes
from archspec.figures.options import Options
from archspec.figures.repeats import nodes_of
from archspec.frontend.loading import families
from archspec.ir.graph import Instance, Node
from tests.networks import network
from tests.pieces import graph_of

T = TypeVar("T")

FAMILIES = [path.stem for path in families()]
DETAILS = [
    *(Detail(level=level) for level in LEVELS),
    Detail(level="layer", fuse=True),
    Detail(level="layer", repeat="none"),
    Detail(level="block", repeat="alike"),
    Detail(depth=1, repeat="alike", fuse=True),
    Detail(depth=2, fuse=True),
    Detail(level="block", fuse=True, repeat="none"),
    Detail(depth=1),
]


def batched(row: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """In rows of so many; `itertools` has it from Python 3.12 on."""
    for start in range(0, len(row), size):
        yield row[start : start + size]


def shown(name: str, **detail: object) -> Figure:
    return Figure(network(name), Detail(**detail))  # type: ignore[arg-type]


def boxes(figure: Figure) -> dict[str, int]:
    return {box.path: box.times for box in figure.folding.boxes}


def frames(inside: Sequence[Box | Frame]) -> Iterator[Frame]:
    for entry in inside:
        if isinstance(entry, Frame):
            yield entry
            yield from frames(entry.inside)


def implied(figure: Figure) -> set[tuple[str, str]]:
    """The graph's edges from a member of a frame with ×N to the next."""
    found = set()
    for frame in frames(figure.inside):
        for row in batched(frame.members, frame.times):
            for before, after in pairwise(row):
                heads = set(after.nodes())
                found |= {
                    (n.path, r.path)
                    for n in before.nodes()
                    for r in figure.graph.readers.get(n, [])
                    if r in heads
                }
    return found


@pytest.mark.parametrize("detail", DETAILS, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_a_figure_is_the_quotient_of_the_graph(name: str, detail: Detail) -> None:
    """Every layer is in one box, and arrows are the edges between boxes, no more and no less.

    But for what ×N says of a frame: that each member reads the one before; and but for merges of
    one operand, whose readers read that.
    """
    graph = network(name)
    figure = Figure(graph, detail)
    everywhere = [figure.sources, figure.folding.boxes]
    parts = {box: {n.path for n in box.nodes()} for some in everywhere for box in some}
    inside = Counter(path for part in parts.values() for path in part)
    unseen = {n.path: n for n in graph.nodes if alone(n) and n.path not in inside}
    assert inside + Counter(list(unseen)) == Counter(list(graph.dag))
    dag = nx.DiGraph(graph.dag.edges())
    dag.add_nodes_from(graph.dag)
    dag.remove_edges_from(implied(figure))
    box_of = {path: box for box, part in parts.items() for path in part}
    for path, node in unseen.items():
        box_of[path] = box_of[node.inputs[0].path]
    edges = {(box_of[a], box_of[b]) for a, b in dag.edges() if box_of[a] is not box_of[b]}
    assert {(arrow.tail, arrow.head) for arrow in figure.arrows} == edges
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    single = {box for box in parts if box.times == 1 and isinstance(box.part, Node)}
    operands = Counter((a.tail, a.head) for a in figure.arrows)
    for (tail, head), count in operands.items():
        if head in single and len(head.parts) == 1:  # an arrow for each operand, of one member
            read = [source for source in head.part.inputs if box_of[source.path] is tail]
            assert count == len(read)


@pytest.mark.parametrize("detail", DETAILS, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_repeats_multiply_back(name: str, detail: Detail) -> None:
    """What is drawn, times the ×N of the boxes and frames it stands in, is the network."""
    figure = Figure(network(name), detail)
    ops: Counter[str] = Counter()

    def count(inside: Sequence[Box | Frame], times: int) -> None:
        for entry in inside:
            if isinstance(entry, Frame):
                count(entry.inside, times * entry.times)
                assert len(entry.members) == times * entry.times
            else:
                first = Counter(n.op.name for n in nodes_of(entry.parts))
                ops.update({op: n * times * entry.times for op, n in first.items()})
                assert len(entry.members) == times * entry.times

    count(figure.inside, 1)
    within = {n for box in figure.folding.boxes for n in box.nodes()}
    shown = [n for n in network(name).nodes if not n.op.internal]
    shown = [n for n in shown if n in within or not alone(n)]
    assert ops == Counter(n.op.name for n in shown)
    if detail.repeat == "none":
        assert all(box.times == 1 for box in figure.folding.boxes)
        assert all(frame.times == 1 for frame in frames(figure.inside))


def weights(nodes: Iterable[Node]) -> list[int]:
    return [sum(t.count for t in node.tensors()) for node in nodes]


@pytest.mark.parametrize("detail", DETAILS, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_members_are_equal_and_follow_one_another(name: str, detail: Detail) -> None:
    """Each reads the one before alone, and is alone in reading it, training-only heads aside."""
    graph = network(name)
    figure = Figure(graph, detail)
    rows = [list(batched(box.members, box.times)) for box in figure.folding.boxes]
    rows += [
        [tuple((m,) for m in row) for row in batched(frame.members, frame.times)]
        for frame in frames(figure.inside)
    ]
    for before, after in (pair for some in rows for row in some for pair in pairwise(row)):
        one, other = list(nodes_of(before)), list(nodes_of(after))
        assert [n.op.name for n in one] == [n.op.name for n in other]
        assert [len(n.output) for n in one] == [len(n.output) for n in other]
        assert {s for n in other for s in n.inputs} - {*other} <= {*one}
        outside = {n for n in graph.nodes if not {*one}.isdisjoint(n.inputs)} - {*one, *other}
        if detail.repeat == "alike":
            assert [n.output[1:] for n in one] == [n.output[1:] for n in other]
            assert all(n.train_only for n in outside)
        else:
            assert [n.output for n in one] == [n.output for n in other]
            assert weights(one) == weights(other) and not outside


def test_a_first_block_that_differs_stays_apart() -> None:
    found = boxes(shown("resnet@resnet50", level="block"))
    assert found["layer1.0"] == 1 and found["layer1.1"] == 2 and found["layer3.1"] == 5
    assert boxes(shown("resnet_cifar@resnet1202", level="block"))["layer3.1"] == 199


def test_open_equals_are_drawn_once() -> None:
    """Bottlenecks at layer level: 3, 4, 6 and 3, of which each first has a projection."""
    figure = shown("resnet@resnet50", fuse=True)
    found = {frame.instance.path: frame.times for frame in frames(figure.inside)}
    assert [found[f"layer{i}.1"] for i in (1, 2, 3, 4)] == [2, 3, 5, 2]
    assert "layer3.2" not in found and found["layer3.0"] == 1
    by_path = {box.path: box for box in figure.folding.boxes}
    assert len(by_path["layer3.1.conv1"].members) == 5 and by_path["layer3.1.conv1"].times == 1
    (skip,) = [a for a in figure.arrows if a.skip and a.head.path == "layer3.1.8"]
    assert skip.value.path == "layer3.0.10"  # of the member before
    (on,) = [a for a in figure.arrows if a.head.path == "layer4.0.conv1"]
    assert on.value.path == "layer3.5.9" and on.tail.path == "layer3.1.9"  # the last member's
    dot = backend.dot(network("resnet@resnet50"), Options(fuse=True))
    assert dot.count("× 5") == 1 and '"cluster_layer3.1"' in dot and "layer3.2" not in dot


NESTED = """
name: Nested
inputs: {image: [4, 8, 8]}
blocks:
  unit: {graph: [{add: [[], [{conv: {out_channels: 4}}, relu]]}]}
  pair: {graph: [{unit: }, {unit: }, tanh]}
graph: [{repeat: 3, pair: }, {repeat: 2, graph: [{pair: }]}, flatten]
"""


def test_nested_repeats_multiply() -> None:
    figure = Figure(graph_of(NESTED))
    (pair, unit) = frames(figure.inside)
    assert (pair.times, unit.times) == (5, 2)
    assert (len(pair.members), len(unit.members)) == (5, 10)
    assert {len(box.members) for box in figure.folding.boxes} == {1, 5, 10}
    assert len(figure.arrows) == 6  # to conv and ⊕, on to relu, to ⊕, to tanh, to flatten
    flat = Figure(figure.graph, framed=False)
    assert all(frame.times == 1 for frame in frames(flat.inside))


@pytest.mark.parametrize(
    "body",
    [
        "{id: a, from: x, u: }, {id: b, u: }, {add: [a, b, y]}",  # read past the next
        "{id: a, from: x, u: }, {id: b, from: x, u: }, {add: [a, b, y]}",  # side by side
        "{id: a, from: [x, x], v: }, {id: b, from: [a.p, x], v: }, {add: [b.p, b.q, a.q, y]}",
        "{id: a, from: [x, x], v: }, {id: b, from: [a.p, a.q], v: }, {add: [b.p, b.q, y]}",
    ],
)
def test_what_does_not_simply_follow_is_drawn_by_itself(body: str) -> None:
    assert not any(n > 1 for n in times(body))


def test_values_side_by_side_repeat_where_none_are_swapped() -> None:
    run = "{id: a, from: [x, y], v: }, {id: b, from: [a.p, a.q], v: }, {id: c, from: [%s], v: }"
    end = ", {add: [c.p, c.q]}"
    assert times(run % "b.p, b.q" + end) == [3, 3]
    assert times(run % "b.q, b.p" + end) == [2, 1, 2, 1]


def times(body: str) -> list[int]:
    """×N of the blocks, folded and then open, of a network of two inputs."""
    text = f"""
name: n
inputs: {{x: [4, 8, 8], y: [4, 8, 8]}}
blocks:
  u: {{graph: [{{conv: {{out_channels: 4}}}}, relu]}}
  v:
    inputs: [x, y]
    graph: [{{id: p, from: x, relu: }}, {{id: q, from: y, tanh: }}]
    outputs: [p, q]
graph: [{body}]
"""
    graph = graph_of(text)
    folded = Figure(graph, Detail(level="block")).folding.boxes
    found = [box.times for box in folded if isinstance(box.part, Instance)]
    return found + [frame.times for frame in frames(Figure(graph).inside)]


def test_likes_of_other_widths() -> None:
    """The textbooks' GoogLeNet: 2, 5 and 2 Inception blocks, whatever hangs off in training."""
    figure = shown("googlenet", level="block", repeat="alike")
    found = boxes(figure)
    assert [found[f"inception{i}a"] for i in (3, 4, 5)] == [2, 5, 2]
    heads = [a for a in figure.arrows if a.head.path.startswith("aux")]
    assert [a.value.output for a in heads] == [(512, 14, 14), (528, 14, 14)]
    (box,) = [b for b in figure.folding.boxes if b.path == "inception4a"]
    assert style.of_box(box).lines == (
        "Inception 4a … 4e  × 5",
        "512 → 832×14×14",
    )
    assert set(boxes(shown("googlenet", level="block")).values()) == {1}
    dense = boxes(shown("densenet", depth=2, repeat="alike"))
    assert dense["features.denseblock1.denselayer1"] == 6
    assert boxes(shown("resnet@resnet50", level="block", repeat="alike"))["layer1.0"] == 1


def test_levels() -> None:
    assert set(boxes(shown("googlenet", level="network"))) == {""}
    stages = boxes(shown("resnet@resnet18", level="stage"))
    assert set(stages) >= {"conv1", "layer1", "layer4", "fc"} and "layer1.0" not in stages
    assert "inception3a" in boxes(shown("googlenet", level="block"))
    assert "top.encoder" in boxes(shown("unet", level="block"))  # what recurs is open
    assert len(boxes(shown("lenet", level="layer"))) == len(network("lenet").nodes) - 1


def test_parts_are_opened_and_folded_by_name() -> None:
    opened = boxes(shown("googlenet", level="block", expand=("inception4a",)))
    assert "inception4a.branch1.conv" in opened or "inception4a.branch1" in opened
    assert "inception4b" in opened
    folded = boxes(shown("googlenet", collapse=("inception",)))
    assert "inception5b" in folded and "conv1.conv" in folded
    inner = boxes(shown("resnet@resnet18", level="stage", expand=("layer2.1",)))
    assert {"layer2.0", "layer2.1.conv1", "layer1"} <= set(inner)


def test_a_block_by_itself() -> None:
    figure = shown("googlenet", only="inception", fuse=True)
    assert [box.path for box in figure.sources] == ["maxpool2"]
    assert [output.node.path for output in figure.outputs] == ["inception3a.4"]
    assert len(figure.folding.boxes) == 8  # six convolutions, a pooling, the concatenation
    fused = next(box for box in figure.folding.boxes if box.path == "inception3a.branch1.conv")
    assert [n.op.name for n in fused.nodes()] == ["conv", "relu"]


def test_from_here_to_there() -> None:
    figure = shown("resnet@resnet18", start="layer2.0", end="layer2.1", level="block")
    assert list(boxes(figure)) == ["layer2.0", "layer2.1"]
    assert [box.path for box in figure.sources] == ["layer1.1.6"]
    assert [output.node.path for output in figure.outputs] == ["layer2.1.6"]


@pytest.mark.parametrize(
    "detail",
    [
        {"only": "inceptoin"},
        {"expand": ("x",)},
        {"start": "fc", "end": "conv1"},
        {"end": "nowhere"},
    ],
)
def test_what_is_not_there(detail: dict[str, object]) -> None:
    with pytest.raises(ArchspecError) as caught:
        shown("googlenet", **detail)
    assert caught.value.diagnostics[0].code == "E108"


def test_what_is_there_is_said_as_blocks_and_the_nearest_paths() -> None:
    with pytest.raises(ArchspecError) as caught:
        shown("convnext", only="stages1")
    (found,) = caught.value.diagnostics
    assert found.expected is not None and found.hint == "did you mean `stage1`?"
    assert "a block (`channel_layer_norm`, `convnext_block`)" in found.expected
    assert "or a path such as `stage1`, `stage" in found.expected


SHARED = """
name: Shared
inputs: {image: [4, 8, 8]}
blocks: {unit: {graph: [{conv: {out_channels: 4}}, relu]}}
graph:
  - {id: first, unit: }
  - {id: other, unit: }
  - {id: again, share: other}
  - {id: twice, share: other}
"""


def test_what_shares_weights_is_no_repeat_of_what_does_not() -> None:
    figure = Figure(graph_of(SHARED), Detail(level="block"))
    assert [(box.path, box.times) for box in figure.folding.boxes] == [("first", 2), ("again", 2)]
    assert isinstance(figure.folding.boxes[0], Box)


# --- what boxes say ------------------------------------------------------------------------


def test_notes_add_up() -> None:
    graph = network("resnet@resnet18")
    stats = pipeline.stats(graph)
    figure = Figure(graph, Detail(level="block", fuse=True))
    notes = Notes(graph, ("params", "macs", "memory", "rf"))
    said = {box.path: notes.of(box) for box in figure.folding.boxes}
    assert said["layer1.0"] == (
        *("147.97K parameters in all", "462.42M MACs in all", "11.24 MB in all", "sees 43×43"),
    )
    assert said["fc"] == ("513.00K parameters", "512.00K MACs", "4.00 kB")
    layers = {layer.path: layer for layer in stats.layers}
    counted = [layers[n.path] for box in figure.folding.boxes for n in box.nodes()]
    assert sum(layer.params for layer in counted) == stats.totals.params


def test_notes_in_a_frame_with_times_are_of_one_member() -> None:
    graph = network("resnet@resnet50")
    figure = Figure(graph, Detail(fuse=True))
    notes = Notes(graph, ("params", "rf"))
    said = {box.path: notes.of(box) for box in figure.folding.boxes}
    assert said["layer3.1.conv1"] == ("262.66K parameters",)  # 1024 × 256 and 2 × 256
    assert said["layer3.0.conv1"] == ("131.58K parameters", "sees 91×91")


def test_shapes_on_demand() -> None:
    def words(shapes: Shapes, head: str) -> tuple[str, ...]:
        figure = shown("resnet@resnet18", shapes=shapes)
        (arrow,) = [a for a in figure.arrows if a.head.path == head]
        return tuple(style.arrow_words(arrow))

    assert words("change", "bn1") == ("64×112×112",) and words("change", "relu") == ()
    assert words("all", "bn1") == words("all", "relu") == ("64×112×112",)
    assert words("channels", "bn1") == ("64",) and words("channels", "fc") == ()
    assert words("change", "fc") == ("512",)
    assert words("none", "bn1") == ()
    texts = {backend.dot(network("lenet"), Options(shapes=shapes)) for shapes in SHAPES}
    assert len(texts) == len(SHAPES)


def test_shared_weights_look_unlike_repeats() -> None:
    graph = graph_of(SHARED)
    folded = {b.path: style.of_box(b) for b in Figure(graph, Detail(level="block")).folding.boxes}
    assert "weights of other" in folded["again"].lines
    assert "dotted" in folded["again"].attributes["style"]
    assert "peripheries" in folded["first"].attributes
    assert "style" not in folded["first"].attributes
    figure = Figure(graph)
    looks = {frame.instance.path: style.of_cluster(frame) for frame in frames(figure.inside)}
    assert (
        "dotted" in looks["again"].attributes["style"]
        and "weights of other" in looks["again"].lines
    )
    assert "dotted" not in looks["first"].attributes["style"]
    boxes = {box.path: style.of_box(box) for box in figure.folding.boxes}
    assert "dotted" in boxes["again.0"].attributes["style"]
    assert boxes["again.1"].lines == ("ReLU",)  # has no weights to share


LEGEND = {
    "lenet": set(),
    "resnet": {"sum", "× N: repeated N times", "residual: what is added to the skip"},
    "recurrent_resnet": {
        "sum",
        "× N: repeated N times",
        "shares its weights",
        "residual: what is added to the skip",
    },
    "googlenet": {
        "concatenation",
        "in training only",
    },
    "highway": {
        "sum",
        "product",
        "× N: repeated N times",
        "dropout",
    },
}


@pytest.mark.parametrize("name", LEGEND)
def test_a_legend_tells_of_signs_and_outlines(name: str) -> None:
    dot = backend.dot(network(name), Options(legend=True, residuals=True))
    legend = next(line for line in dot.splitlines() if "legend" in line)
    told = {words for some in LEGEND.values() for words in some if f">{words}<" in legend}
    assert told == LEGEND[name]


def test_a_legend_tells_what_is_there() -> None:
    dot = backend.dot(network("googlenet"), Options(level="block", legend=True))
    legend = next(line for line in dot.splitlines() if "legend" in line)
    for words in ("convolution", "pooling", "block, folded", "in training only"):
        assert (words in legend) == (words != "convolution")
    assert "legend" not in backend.dot(network("lenet"))
