"""The paths through a network: against enumeration, closed forms, and specs really cut short."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import comb, sqrt
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, assume, given, settings

import archspec
from archspec.analysis.bypass import END, Edge, Flow, crossings
from archspec.analysis.paths import Lengths, Paths, paths
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError
from archspec.ir.graph import Graph, Node
from archspec.tables import paths as showing
from tests.effort import within
from tests.networks import network
from tests.pieces import graph_of
from tests.strategies import specs

DEEP = [
    "densenet264",
    "fractalnet_deep160",
    "multi_resnet398_k5",
    "polynet",
    "preact_resnet1001",
    "resnet1202",
]


def counted(name: str, **options: Any) -> Paths:
    return paths(network(name), **options)


def bell(number: int, ways: int = 1) -> tuple[int, ...]:
    """(1 + ways x)^number, the lengths of paths through so many blocks."""
    return tuple(comb(number, k) * ways**k for k in range(number + 1))


def times(one: Counter[int], other: Counter[int]) -> Counter[int]:
    """The lengths of what comes one after the other."""
    found: Counter[int] = Counter()
    for a, m in one.items():
        for b, n in other.items():
            found[a + b] += m * n
    return found


def as_counter(lengths: Lengths) -> Counter[int]:
    return Counter({n: count for n, count in enumerate(lengths.counts) if count})


# --- Veit et al. 2016 -----------------------------------------------------------------------


def test_the_residual_network_of_the_paper() -> None:
    """110 layers, that is 54 modules of two: 2^54 paths, whose lengths are binomial."""
    found = counted("resnet110")
    assert found.count == 2**54 == 18_014_398_509_481_984
    assert found.blocks is not None
    assert found.blocks.counts == bell(54)
    assert as_counter(found.layers) == {2 + 2 * k: comb(54, k) for k in range(55)}
    assert (found.blocks.mean, round(found.blocks.deviation, 2)) == (27, 3.67)
    assert round(found.blocks.share(19, 35), 4) == 0.9802  # "more than 95%"
    assert found.blocks.central() == (20, 34)
    assert round(found.blocks.share(20, 34), 4) == 0.9598


def test_deleting_one_block_halves_the_paths_and_so_does_the_next() -> None:
    found = counted("resnet110")
    assert [d.left for d in found.deletions] == [2**53] * 54
    assert {d.path for d in found.deletions} == {
        f"layer{i}.{j}" for i in (1, 2, 3) for j in range(18)
    }
    assert found.left() == [0.5**k for k in range(55)]
    less = counted("resnet110", delete=["layer2.3", "layer3.0"])
    assert (less.whole, less.count, len(less.deletions)) == (2**54, 2**52, 52)
    assert less.blocks is not None
    assert less.blocks.counts == bell(52)


def test_a_network_without_bypasses_has_one_path() -> None:
    for name, depth in (("plain20", 20), ("vgg16", 16), ("alexnet", 8)):
        found = counted(name)
        assert found.layers == Lengths((*[0] * depth, 1))
        assert (found.blocks, found.deletions, found.left()) == (None, (), [])
    assert counted("plain20", delete=["layer1.0"]).count == 0
    assert counted("vgg16", delete=["features"]).layers == Lengths(())


# --- closed forms ---------------------------------------------------------------------------


@pytest.mark.parametrize("columns", range(1, 7))
def test_fractals(columns: int) -> None:
    """f(1) = conv, f(c + 1) = f(c) twice beside conv: Larsson et al. 2016, section 2."""
    one = Counter({1: 1})
    block = one
    for _ in range(columns - 1):
        block = times(block, block) + one
    whole = Counter({1: 1})  # the classifier
    for _ in range(5):
        whole = times(whole, block)
    found = counted(f"fractalnet_deep{5 * 2 ** (columns - 1)}")
    assert as_counter(found.layers) == whole
    assert found.layers.longest == 5 * 2 ** (columns - 1) + 1
    assert found.blocks is None  # "without residuals": every column has its activation


@pytest.mark.parametrize("name", ["densenet121", "densenet161", "densenet169", "densenet264"])
def test_dense_blocks(name: str) -> None:
    """Of two convolutions each, besides the stem, three transitions and the classifier."""
    graph = network(name)
    layers = sum(graph.params["depths"])
    found = paths(graph)
    assert found.blocks is not None
    assert found.blocks.counts == bell(layers)
    assert as_counter(found.layers) == {5 + 2 * k: comb(layers, k) for k in range(layers + 1)}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("resnet50", bell(16)),  # projections are bypasses
        ("preact_resnet200", bell(66)),
        ("recurrent_resnet110", bell(54)),
        ("convnext_tiny", bell(18)),
        ("wide_resnet50_2", bell(16)),
        ("multi_resnet200_k5", bell(66, 5)),
        ("highway_mnist_20", None),
        ("unet", (1, 1, 1, 1, 1)),
        ("unet_padded", (1, 1, 1, 1, 1)),
    ],
)
def test_blocks_that_are_crossed(name: str, counts: tuple[int, ...] | None) -> None:
    found = counted(name)
    assert found.blocks is not None
    if counts is None:  # beside x, each highway layer has h, and the gate with h and with x
        counts = tuple(comb(19, k) * 2**19 for k in range(20))
    assert found.blocks.counts == counts


def test_polynomial_blocks() -> None:
    """Of poly-3 the paths are x, Fx, FFx and FFFx; F is a concat of two branches."""
    left = {d.path: d for d in counted("polynet").deletions}
    assert Fraction(left["stage2.unit2.0"].left, counted("polynet").count) == Fraction(1, 15)
    assert Fraction(left["stage1.unit1.0"].left, counted("polynet").count) == Fraction(1, 7)


def test_inception_modules_have_no_bypass() -> None:
    found = counted("googlenet")
    assert (found.count, found.blocks) == (4**9, None)
    module = Counter({1: 2, 2: 2})  # 1x1, pool and 1x1; 1x1 and 3x3, 1x1 and 5x5
    whole = Counter({4: 1})
    for _ in range(9):
        whole = times(whole, module)
    assert as_counter(found.layers) == whole


def test_blocks_within_blocks_are_blocks_each() -> None:
    """RoR: around each block, each stage of 18, and the three stages."""
    found = counted("ror3_110")
    stage = [1, *bell(18)]  # its shortcut, or across it and k blocks
    inner = [stage[0], *stage[1:]]
    whole: Counter[int] = Counter({0: 1})
    for _ in range(3):
        whole = times(whole, Counter(dict(enumerate(inner))))
    wanted = Counter({n + 1: count for n, count in whole.items()}) + Counter({0: 1})
    assert found.blocks is not None
    assert as_counter(found.blocks) == wanted
    only = counted("ror3_110", block="basic_block")
    assert only.blocks is not None
    assert len(only.deletions) == 54
    assert only.count == found.count


def test_a_skip_of_wavenet_goes_with_its_layer() -> None:
    """It leaves the layer's body elsewhere than the bypass returns."""
    found = counted("wavenet")
    assert found.count == 3**10 - 1
    layers = [d for d in found.deletions if d.block == "layer"]
    assert [d.left for d in layers] == [3**9 - 1] * 9
    assert counted("wavenet", delete=["layer4"]).count == 3**9 - 1


# --- against other ways to count ------------------------------------------------------------


def signals(graph: Graph, mode: str = "eval") -> nx.MultiDiGraph[Any]:
    """The DAG without references, between a source before and a sink after all."""
    dag = graph.dag.copy()
    for node in graph.nodes:
        named = sum(getattr(node.op, key) is not None for key in node.op.references)
        for i in range(len(node.inputs) - named, len(node.inputs)):
            (key,) = (
                k for _, t, k, p in dag.in_edges(node.path, keys=True, data="operand") if p == i
            )
            dag.remove_edge(node.inputs[i].path, node.path, key)
    dag.add_edges_from(("<source>", n.path) for n in graph.inputs)
    ends = {o.node.path for o in graph.outputs if mode == "train" or not o.train_only}
    dag.add_edges_from((end, "<sink>") for end in ends)
    return dag


def heavy(node: Node | None) -> bool:
    return node is not None and node.op.name in {
        *("conv", "conv_transpose", "linear", "masked_conv", "deform_conv"),
    }


def enumerated(graph: Graph) -> Iterator[list[Edge]]:
    """Every path, as operands."""
    dag = signals(graph)
    for route in nx.all_simple_edge_paths(dag, "<source>", "<sink>"):
        yield [
            (graph.by_path[head], dag.edges[tail, head, key]["operand"])
            if head != "<sink>"
            else (graph.by_path[tail], END)
            for tail, head, key in route[1:]
        ]


def by_steps(graph: Graph) -> int:
    """The number of paths, from powers of the adjacency matrix."""
    dag = signals(graph)
    now, total = Counter({"<source>": 1}), 0
    while now:
        after: Counter[Any] = Counter()
        for tail, count in now.items():
            for _, head in dag.out_edges(tail):
                after[head] += count
        total += after.pop("<sink>", 0)
        now = after
    return total


@pytest.mark.parametrize(
    "name",
    ["resnet50", "densenet121", "googlenet", "inception_v4", "dla102", "unet", "fractalnet20",
     "efficientnet_b0", "xception", "highway_2", "spatial_transformer", "fcn_vgg16",
     "squeezenet1_0"],
)  # fmt: skip
def test_counts_equal_powers_of_the_adjacency_matrix(name: str) -> None:
    assert counted(name).count == by_steps(network(name))


def check_against_enumeration(graph: Graph) -> None:
    found = paths(graph)
    routes = list(enumerated(graph))
    assert found.count == len(routes)
    lengths = Counter(
        sum(heavy(node) for node, position in route if position != END) for route in routes
    )
    assert as_counter(found.layers) == lengths
    around = crossings(Flow(graph))
    crossed = [[c.path for c in around if set(c.exits) & set(route)] for route in routes]
    for block in around:
        for route, names in zip(routes, crossed, strict=True):
            assert len(set(block.exits) & set(route)) == (block.path in names)
            if any(node in block.body for node, _ in route):
                assert block.path in names
    names = {c.path for c in around}
    assert len(names) == len(around)
    if found.blocks is not None:
        assert as_counter(found.blocks) == Counter(map(len, crossed))
    left = {d.path: d.left for d in found.deletions}
    for path in names:
        without = sum(path not in names for names in crossed)
        assert left.get(path, found.count) == without
        assert paths(graph, delete=[path]).count == without
        assert without > 0  # the bypass stays
    choices = list(combinations(left, 2))[:50]
    if len(left) == 2:
        pairs = [sum(not set(pair) & set(names) for names in crossed) for pair in choices]
        assert found.left()[2] == pytest.approx(sum(pairs) / len(pairs) / len(routes))


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(specs())
def test_random_networks(text: str) -> None:
    graph = graph_of(text)
    assume(paths(graph).count <= 2000)
    check_against_enumeration(graph)


@pytest.mark.parametrize(
    "name", ["resnet18", "unet", "fcn_vgg16", "spatial_transformer", "resnet18_a"]
)
def test_networks_that_come_along(name: str) -> None:
    check_against_enumeration(network(name))


@pytest.mark.parametrize("name", ["resnet50", "dla102", "ror3_110", "wavenet", "efficientnet_b0"])
def test_bodies_lie_between_a_merge_and_what_dominates_it(name: str) -> None:
    graph = network(name)
    dag = nx.DiGraph(signals(graph))
    above = nx.immediate_dominators(dag, "<source>")
    found = crossings(Flow(graph))
    assert found
    for block in found:
        body = {n.path for n in block.body}
        assert any(
            body <= nx.descendants(dag, above[n.path]) & nx.ancestors(dag, n.path)
            for n in {reader for reader, _ in block.exits} - block.body
        )


# --- what is deleted ------------------------------------------------------------------------

CHAIN = """
name: Chain
inputs: {x: [4, 8, 8]}
params: {without: []}
blocks:
  residual:
    params: {stride: 1}
    graph:
      - add:
          - - {id: a, conv: {out_channels: $(4 * stride), stride: $stride}}
            - relu
            - {id: b, conv: {out_channels: $(4 * stride)}}
          - - {id: project, when: stride > 1, conv: {out_channels: $(4 * stride), stride: $stride}}
      - relu
  dense:
    graph:
      - concat: [[], [relu, {id: c, conv: {out_channels: 4}}]]
graph:
  - {id: stem, conv: {out_channels: 4}}
  - for: {i: range(4)}
    graph:
      - {id: block$i, when: i not in without, residual: }
  - {id: down, residual: {stride: 2}}
  - for: {i: range(4, 7)}
    graph:
      - {id: block$i, when: i not in without, dense: }
  - flatten
  - {id: fc, linear: 2}
"""


@pytest.mark.parametrize("gone", [(0,), (3,), (5,), (1, 2), (0, 4, 6), (0, 1, 2, 3)])
def test_deletion_is_what_a_spec_without_the_block_has(gone: tuple[int, ...]) -> None:
    whole = graph_of(CHAIN)
    cut = graph_of(CHAIN.replace("without: []", f"without: {list(gone)}"))
    deleted = paths(whole, delete=[f"block{i}" for i in gone])
    left = paths(cut)
    assert deleted.whole == paths(whole).count == 2**8
    assert deleted.count == left.count == 2 ** (8 - len(gone))
    assert (deleted.layers, deleted.blocks) == (left.layers, left.blocks)
    assert [d.path for d in deleted.deletions] == [d.path for d in left.deletions]


def test_projections_stay() -> None:
    found = paths(graph_of(CHAIN), delete=["down"])
    assert found.count == 2**7
    assert found.layers.shortest == 3  # the stem, the projection, the classifier


def test_groups_nodes_and_blocks_without_a_bypass() -> None:
    assert counted("resnet110", delete=["layer2"]).count == 2**36
    assert counted("resnet110", delete=["layer2", "layer2.3"]).count == 2**36
    assert counted("resnet50", delete=["layer2"]).layers.shortest == 6  # four projections
    assert counted("resnet110", delete=["layer2.3.conv2"]).count == 2**53
    assert counted("resnet50", delete=["layer2.0.downsample"]).count == 2**15
    assert counted("resnet110", delete=["conv1"]).count == 0
    assert counted("resnet110", delete=["image"]).count == 0
    assert counted("densenet121", delete=["features.denseblock2"]).count == 2 ** (58 - 12)
    assert counted("densenet121", delete=["features.transition1"]).count == 0
    assert counted("googlenet", delete=["inception4a.branch2"]).count == 4**8 * 3


def test_blocks_that_are_named() -> None:
    """Where they have no bypass, everything that comes through crosses them."""
    found = counted("fractalnet20", block="unit")
    assert found.blocks is not None
    assert found.blocks.counts == found.layers.counts[1:]  # all layers but the classifier
    assert len(found.deletions) == 5 * 7
    first = next(d for d in found.deletions if d.path == "block1.strands.unit")
    assert first.left == counted("fractalnet20", delete=["block1.strands.unit"]).count == 4 * 5**4
    squeezing = counted("efficientnet_b0", block="squeeze_excitation")
    assert squeezing.blocks is not None
    outside, inside = 7, bell(9, 2)  # around 9 of the 16 blocks that hold one, a bypass leads
    assert squeezing.blocks == Lengths((*[0] * outside, *(2**outside * n for n in inside)))


OWN = """
name: Own
inputs: {x: [4, 8, 8]}
graph:
"""


@pytest.mark.parametrize(
    ("body", "count", "blocks"),
    [
        # A value that is read twice gives two paths; nothing is bypassed.
        ("  - {id: a, CONV}\n  - add: [a, a]", 2, None),
        # Without weights in it, a branch is nothing to cross.
        ("  - {id: a, CONV}\n  - add: [[], [relu]]", 2, None),
        # Two projections: neither goes around the other.
        ("  - add: [{CONV}, {CONV}]", 2, None),
        # A linear branch beside the identity.
        ("  - add: [[], {CONV}]", 2, 1),
        # One convolution more, but no activation: not a projection around the other.
        (
            "  - concat: [{CONV}, [{CONV}, {CONV}]]",
            2,
            None,
        ),
        # A projection around what has an activation.
        (
            "  - concat: [{CONV}, [{CONV}, relu, {CONV}]]",
            2,
            1,
        ),
        # A gate is a way, and no block.
        ("  - multiply: [[], [{CONV}, sigmoid]]", 2, None),
        # Side by side without ids or blocks: named by their merges.
        (
            "  - add: [[], {CONV}]\n  - relu\n  - add: [[], {CONV}]",
            4,
            2,
        ),
        # What is subtracted from is carried on as well.
        ("  - subtract: [[], [{CONV}, relu]]", 2, 1),
    ],
)
def test_what_counts(body: str, count: int, blocks: int | None) -> None:
    graph = graph_of(OWN + body.replace("CONV", "conv: {out_channels: 4}"))
    found = paths(graph)
    assert found.count == count
    assert (None if found.blocks is None else len(found.deletions)) == blocks
    check_against_enumeration(graph)


def test_outputs_and_inputs() -> None:
    graph = graph_of("""
name: Heads
inputs: {x: [4, 8, 8], y: [4, 8, 8]}
graph:
  - {id: sum, add: [x, y]}
  - {id: early, conv: {out_channels: 2}}
  - {id: late, conv: {out_channels: 2}}
  - {id: aux, from: sum, conv: {out_channels: 3}}
outputs: {early: early, again: early, late: late, aux: {from: aux, train_only: true}}
""")
    assert paths(graph).count == 4
    assert paths(graph, mode="train").count == 6
    assert list(paths(graph, mode="train").outputs) == ["early", "again", "late", "aux"]
    assert paths(graph).layers == Lengths((0, 2, 2))


# --- numbers --------------------------------------------------------------------------------


def test_moments_and_ranges() -> None:
    lengths = Lengths((0, 3, 0, 5, 2))
    drawn = [1] * 3 + [3] * 5 + [4] * 2
    mean = sum(drawn) / 10
    assert (lengths.paths, lengths.shortest, lengths.longest) == (10, 1, 4)
    assert lengths.mean == mean
    assert lengths.deviation == pytest.approx(sqrt(sum((n - mean) ** 2 for n in drawn) / 10))
    assert lengths.share(2, 3) == 0.5
    assert lengths.share(-5, 99) == 1
    assert lengths.share(3, 2) == 0
    assert lengths.central() == (1, 4)
    assert lengths.central(Fraction(1, 2)) == (1, 3)  # 3 of 10 are more than a quarter, 2 are not
    assert lengths.central(Fraction(1, 10)) == (3, 3)
    nothing = Lengths(())
    assert (nothing.mean, nothing.deviation, nothing.share(0, 9), nothing.central()) == (
        0,
        0,
        0,
        (0, 0),
    )


@pytest.mark.parametrize("name", DEEP)
def test_the_deepest_take_a_moment(name: str) -> None:
    graph = network(name)
    with within(5):
        found = paths(graph)
    assert found.layers.paths == found.count > 2**90
    assert found.blocks is None or found.blocks.paths == found.count


def test_too_many_paths_are_refused() -> None:
    with pytest.raises(ArchspecError) as caught:
        paths(graph_of(OWN + "  - repeat: 15000\n    add: [[], []]"))
    assert caught.value.diagnostics[0].code == "E405"


def test_too_long_paths_are_refused() -> None:
    body = "  - repeat: 6000\n    add: [[], {conv: {out_channels: 4, kernel_size: 1}}]"
    with pytest.raises(ArchspecError) as caught:
        paths(graph_of(OWN + body))
    assert caught.value.diagnostics[0].code == "E405"


# --- the command ----------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["paths", *arguments])


def test_the_table() -> None:
    lines = run("resnet110", "--range", "19:35").stdout.splitlines()
    assert lines[0].endswith("18,014,398,509,481,984 (2^54) paths from image to fc")
    rows = [line.split() for line in lines[5 : lines.index("", 5)]]
    assert [row[0] for row in rows] == ["0-13", *map(str, range(14, 41)), "41-54"]
    assert sum(int(row[1].replace(",", "")) for row in rows) == 2**54
    assert rows[14] == ["27", f"{comb(54, 27):,}", "##########", "10.81%"]
    assert "98.02% of the paths cross 19 to 35" in lines[-3]


def test_large_counts_are_rounded_unless_they_are_wanted() -> None:
    assert "4.1495e180 (2^600) paths" in run("resnet1202").stdout
    assert f"{2**600:,} (2^600) paths" in run("resnet1202", "--exact").stdout


def test_json_and_csv_are_exact() -> None:
    data = json.loads(run("resnet1202", "--format", "json").stdout)
    assert data["paths"] == 2**600
    assert [row["paths"] for row in data["blocks"]["lengths"]] == list(bell(600))
    assert data["blocks"]["count"] == len(data["deletions"]) == 600
    assert data["left_after_deleting"][1] == 0.5
    assert data["layers"]["longest"] == 1202
    rows = list(csv.DictReader(io.StringIO(run("resnet110", "--format", "csv").stdout)))
    assert [int(row["paths"]) for row in rows] == list(bell(54))
    rows = list(
        csv.DictReader(io.StringIO(run("unet", "--by", "deletion", "--format", "csv").stdout))
    )
    assert [(row["path"], row["paths"]) for row in rows][:2] == [("top", "1"), ("top.below", "2")]


@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html", "csv", "json"])
@pytest.mark.parametrize("by", ["blocks", "layers", "deletion"])
def test_every_format(format_: str, by: str) -> None:
    result = run("resnet18", "--by", by, "--format", format_)
    assert result.exit_code == 0
    assert "256" in result.stdout or format_ == "csv"


def test_nothing_left() -> None:
    result = run("vgg16", "--delete", "features")
    assert result.exit_code == 0
    assert "without features: 0 of 1 paths (0.00%)" in result.stdout
    assert json.loads(run("vgg16", "--delete", "features", "--format", "json").stdout)["paths"] == 0


def test_mistakes() -> None:
    for arguments, status, words in (
        (["resnet18", "--delete", "layr1"], 2, "did you mean `layer1`"),
        (["resnet18", "--block", "basic"], 2, "did you mean `basic_block`"),
        (["resnet18", "--range", "5"], 2, "not of the form 19:35"),
        (["resnet18", "--range", "5:3"], 2, "not of the form 19:35"),
        (["vgg16", "--by", "blocks"], 2, "no block has a bypass"),
        (["resnet18", "--plot", "x.bmp"], 2, "`.svg`"),
    ):
        result = run(*arguments)
        assert (result.exit_code, words in result.stderr) == (status, True), result.output
        assert not result.stdout


@pytest.mark.parametrize(("name", "axes"), [("resnet110", 3), ("unet", 3), ("vgg16", 1)])
def test_the_chart(name: str, axes: int, tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    assert "wrote" in run(name, "--plot", str(first)).stderr
    run(name, "--plot", str(second))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().count("% of the paths") == axes
    assert "$" not in first.read_text()
    assert run(name, "--plot", str(first)).exit_code == 2
    assert run(name, "--plot", str(first), "--force").exit_code == 0
    assert run(name, "--plot", str(tmp_path / "c.png"), "-q").stderr == ""
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_the_chart_marks_the_range(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    run("resnet110", "--range", "19:35", "--plot", str(path))
    assert ">19 to 35: 98.02%<" in path.read_text()
    run("resnet110", "--range", "2:56", "--by", "layers", "--plot", str(path), "--force")
    assert ">2 to 56: " in path.read_text()
    assert ">20 to 34: 95.98%<" in path.read_text()


def test_from_python() -> None:
    found = archspec.paths("resnet110", delete=["layer1.0"])
    assert found.count == 2**53
    assert showing.table(found, "deletion").lines[0].cells[-1] == "50.00%"
