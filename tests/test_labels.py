"""What figures call things: labels, blocks without underscores, and no positions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from archspec import pipeline
from archspec.backends.graphviz import style
from archspec.backends.page.data import describe
from archspec.backends.volumes.scene import Scene
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.binding import bind_network
from archspec.elaboration.collect import Reporter
from archspec.figures.called import called, own_name
from archspec.figures.detail import Detail, Level
from archspec.figures.figure import Figure
from archspec.figures.headings import title
from archspec.figures.options import Options
from archspec.figures.opwords import op_words
from archspec.figures.tree import Tree
from archspec.frontend.ast import is_constant
from archspec.frontend.loading import Document, families, load, load_source
from archspec.ir.graph import Graph, Instance, Node
from archspec.tables import costs
from archspec.tables.tables import plain
from tests.pieces import graph_of

SPEC = """
name: Net
label: Net-$(depth)
params: {depth: 3}
inputs: {x: [3, 32, 32]}
variants:
  small: {depth: 1}
  big_one: {depth: 4, label: "BIG, $depth"}
blocks:
  dense_block:
    label: Dense block of $(channels)
    params: {channels: 16}
    graph:
      - conv: {out_channels: $channels, kernel_size: 3, padding: 1}
      - relu
  two_convs:
    graph:
      - repeat: 2
        conv: {out_channels: 16, kernel_size: 3, padding: 1}
graph:
  - {id: stem, label: "Stem, 3×3", conv: {out_channels: 16, kernel_size: 3}}
  - {repeat: 2, dense_block: }
  - {id: narrow, dense_block: {channels: 8}}
  - {for: {i: "range(depth)"}, label: "Stage $(i + 1)", id: stage$i, dense_block: {channels: 16}}
  - {id: two_convs3, two_convs: }
  - relu
  - {id: twins, two_convs: }
  - id: last_group
    label: Last group
    graph:
      - add: [[], [relu]]
      - {label: Sum of all, add: [[], [tanh]]}
"""


def built(text: str = SPEC, variant: str | None = None, **params: object) -> Graph:
    return pipeline.elaborate(load_source(Source("spec.yaml", text)), variant, params)


def words(graph: Graph, level: Level) -> list[tuple[str, ...]]:
    """What stands in the boxes of a figure, from the first to the last."""
    boxes = Figure(graph, Detail(level=level)).folding.boxes
    return [style.of_box(box, (), graph.root).lines for box in boxes]


@pytest.mark.parametrize(
    ("variant", "params", "wanted"),
    [
        (None, {}, "Net-3"),
        ("small", {}, "Net-1"),
        ("small", {"depth": 2}, "Net-2"),
        ("big_one", {}, "BIG, 4"),
    ],
)
def test_a_network_is_called_by_its_label(
    variant: str | None, params: dict[str, int], wanted: str
) -> None:
    assert title(built(SPEC, variant, **params)) == wanted


def test_a_label_without_parameters_leaves_the_variant_to_be_said() -> None:
    text = SPEC.replace("Net-$(depth)", "My net")
    assert title(built(text)) == "My net"
    assert title(built(text, "small")) == "My net · small"
    assert title(built(text, "big_one")) == "BIG, 4"


def test_boxes_have_labels_and_no_positions() -> None:
    found = words(built(), "block")
    assert found == [
        ("Stem, 3×3",),
        ("Dense block of 16, 3×3  × 2", "16×30×30"),
        ("Dense block of 8, 3×3", "narrow", "8×30×30"),
        *((f"Stage {i}", "16×30×30") for i in (1, 2, 3)),
        ("two convs 3", "16×30×30"),
        ("ReLU",),
        ("two convs", "twins", "16×30×30"),
        ("ReLU",),
        ("+",),
        ("tanh",),
        ("Sum of all",),
    ]
    assert words(built(), "stage")[-1] == ("Last group", "16×30×30")


@pytest.mark.parametrize(
    ("block", "label", "ident", "wanted"),
    [
        ("stem", None, "stem", ["stem"]),
        ("stem", "Stem", "stem", ["Stem"]),
        ("inception", None, "inception3a", ["inception 3a"]),
        ("dense_block", "Dense block", "denseblock1", ["Dense block 1"]),
        ("dense_block", None, "dense_block_12", ["dense block 12"]),
        ("block", "Reduction-A", "reduction_a", ["Reduction-A"]),
        ("block", "Reduction", "reduction_a", ["Reduction", "reduction_a"]),
        ("block", None, "blockade", ["block", "blockade"]),
        ("unit", None, None, ["unit"]),
        ("unit", "$(1 + 1)D", "conv1", ["2D", "conv1"]),
    ],
)
def test_what_an_id_adds(block: str, label: str | None, ident: str | None, wanted: str) -> None:
    said = "" if label is None else f"label: {label}, "
    blocks = f"blocks: {{{block}: {{{said}graph: [relu, tanh]}}}}"
    item = f"{{id: {ident}, {block}: }}" if ident else block
    graph = built(f"name: n\ninputs: {{x: [3]}}\n{blocks}\ngraph: [{item}]\n")
    (part,) = (child for child in graph.root.children if isinstance(child, Instance))
    assert called([part], graph.root) == wanted


def test_frames_have_labels() -> None:
    figure = Figure(built(), Detail())
    found = [style.of_cluster(frame, figure.graph.root).lines for frame in figure.folding.frames]
    assert ("Dense block of 16",) in found and ("Stage 2",) in found and ("Last group",) in found
    assert ("narrow", "Dense block of 8") in found and ("two convs 3",) in found


def test_what_is_called_otherwise_is_no_repeat() -> None:
    text = """
    name: n
    inputs: {x: [3, 8, 8]}
    graph:
      - {label: Once, conv: {out_channels: 3}}
      - {label: Twice, conv: {out_channels: 3}}
      - {label: Twice, conv: {out_channels: 3}}
      - {id: a, label: A, graph: [relu, tanh]}
      - {id: b, label: B, graph: [relu, tanh]}
      - {id: c, graph: [relu, tanh]}
      - {id: d, graph: [relu, tanh]}
    """
    for detail in (Detail(level="stage"), Detail()):
        figure = Figure(built(text), detail)
        assert [b.times for b in figure.folding.boxes][:2] == [1, 2]
    assert [f.times for f in figure.folding.frames] == [1, 1, 2]


def test_the_other_figures_have_labels() -> None:
    graph = built(SPEC, "small")
    lines = {line for part in describe(graph, Options())["parts"] for line in part["lines"]}
    said = {"Stem, 3×3", "Dense block of 16, 3×3  × 2", "Stage 1", "Last group", "Sum of all"}
    assert said <= lines
    tree = pipeline.render(graph, options=Options(view="tree")) or ""
    for text in ("Stem, 3×3", "Dense block of 16 × 2", "Dense block of 8 · narrow", "Last group"):
        assert f'label="{text}"' in tree
    maps = set(Scene(graph, Options(style="volumes", level="block")).picture().words())
    assert {"Stem, 3×3", "Stage 1", "Sum of all"} <= maps


def test_names_elsewhere_stay() -> None:
    bare = re.sub(r'(, )?label: ("[^"]*"|[^,}\n"]*)(?(1)|(, )?)', "", SPEC)
    assert "label" not in bare and "Stem" not in bare
    one, other = built(), built(bare)
    assert [n.path for n in one.nodes] == [n.path for n in other.nodes]
    assert plain(costs.table(pipeline.stats(one))) == plain(costs.table(pipeline.stats(other)))
    assert unnamed(pipeline.source(one)) == unnamed(pipeline.source(other))


def unnamed(source: str) -> str:
    """The code of a file whose classes are called by their number in it."""
    for number, name in enumerate(re.findall(r"^class (\w+)", source, re.MULTILINE)):
        source = re.sub(rf"\b{name}\b(?=[(:])", f"Class{number}", source)
    return ast.dump(ast.parse(source))


def test_a_parameter_may_be_called_label() -> None:
    text = "name: n\nparams: {label: 1}\ninputs: {x: [3]}\nvariants: {v: {label: 4}}\ngraph:\n"
    text += "  - linear: $label\n"
    graph = built(text, "v")
    assert graph.outputs[0].node.output == (4,) and title(graph) == "n · v"


@pytest.mark.parametrize("label", ["$(1/0)", "$(nothing)", "$[1]", "$(range(3))", '"\\e[1m"'])
def test_what_is_no_label_is_told_at_its_place(label: str) -> None:
    text = f"name: n\ninputs: {{x: [3]}}\ngraph:\n  - {{relu: , label: {label}}}\n"
    with pytest.raises(ArchspecError) as caught:
        built(text)
    assert all(d.span is not None and d.span.line == 4 for d in caught.value.diagnostics)


def test_a_long_text_that_is_computed_is_cut_in_figures() -> None:
    text = "name: n\ninputs: {x: [3]}\nparams: {w: word}\ngraph:\n  - {relu: , label: $(w)$(w)}\n"
    (node,) = built(text, w="long " * 100).nodes[1:]
    (line,) = op_words(node)
    assert len(line) == 121 and "…" in line


# --- the zoo ------------------------------------------------------------------------------


def name_of(document: Document, variant: str) -> str:
    """What figures call a variant, without elaborating it."""
    spec = document.spec
    params = bind_network(spec.params, spec.variants[variant], {}, document.home, Reporter())
    label = spec.labels.get(variant) or spec.label
    assert label is not None and (variant in spec.labels or not is_constant(label))
    return str(label.evaluate(params))


@pytest.mark.parametrize("path", list(families()), ids=lambda path: path.stem)
def test_every_variant_is_called_as_papers_do(path: Path) -> None:
    """No underscore, no file's name, and no two of a family are called alike."""
    document = load(path)
    names = [name_of(document, variant) for variant in document.spec.variants]
    assert names and len(set(names)) == len(names)
    assert not any("_" in name or name in document.spec.variants for name in names)


@pytest.mark.parametrize("path", list(families()), ids=lambda path: path.stem)
def test_no_underscore_stands_in_a_box(path: Path) -> None:
    document = load(path)
    graph = pipeline.elaborate(document, pipeline.forms(document)[0])
    for twig in Tree(graph, Detail(level="layer")).twigs:
        part = twig.box.part
        if isinstance(part, Instance) and part.block is not None:
            kind, *_ = called([part], part.parent)
            assert "_" not in kind and not re.search(r"(^|\.)\d+$", own_name(part))
        elif isinstance(part, Node):
            assert "_" not in op_words(part)[0]


def test_two_dollars_in_a_label_are_one() -> None:
    graph = graph_of(
        "name: T\ninputs: {x: [4]}\nparams: {n: 5}\n"
        "graph: [{id: q, label: '$$5', relu: }, {id: r, label: '$$ $n', relu: }]\n"
    )
    assert [graph.by_path[name].label for name in "qr"] == ["$5", "$ 5"]
