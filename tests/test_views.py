"""Other views than the graph: what is unravelled has the network's paths, a tree its parts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import networkx as nx
import pygraphviz
import pytest
from click.testing import CliRunner

from archspec.analysis.bypass import Flow
from archspec.analysis.paths import paths
from archspec.backends.base import PICTURES
from archspec.backends.graphviz import backend, dot
from archspec.cli.app import main
from archspec.diagnostics import ArchspecError
from archspec.figures.branching import downwards, rightwards
from archspec.figures.geometry import Point
from archspec.figures.options import Options
from archspec.figures.tree import Tree, Twig
from archspec.figures.unravel import MANY, MOST_ARROWS, Term, Unravelled
from archspec.frontend.loading import families, variant_names
from archspec.ir.graph import Graph, Instance, Node
from tests.effort import within
from tests.formats import MAGIC
from tests.networks import network
from tests.pieces import graph_of
from tests.rectangles import Rectangle, crossing, lines
from tests.saved_svg import SVG
from tests.test_render import HEADS, NASTY, renamed

FAMILIES = [f"{path.stem}@{names[0]}" if (names := variant_names(path)) else path.stem
            for path in families()]  # fmt: skip
DETAILS = [{}, {"level": "stage"}, {"depth": 1}, {"level": "layer"}]

TRIPLE = """
name: three blocks
inputs: {image: [4, 8, 8]}
blocks:
  unit:
    graph:
      - add: [[], [{conv: {out_channels: 4, kernel_size: 3, padding: 1}}, relu]]
graph:
  - {id: blocks, graph: [{repeat: 3, unit: }]}
"""


def unravelled(name: str, **options: object) -> Unravelled | None:
    """None where it is refused."""
    try:
        return Unravelled(network(name), Options(view="unravel", **options))  # type: ignore[arg-type]
    except ArchspecError as error:
        assert [d.code for d in error.diagnostics] == ["E405"]
        return None


def drawn(graph: Graph, **options: object) -> tuple[nx.MultiDiGraph, nx.MultiDiGraph]:
    """The network and its unravelled view, as they stand in the DOT text."""
    text = backend.dot(graph, Options(view="unravel", **options))  # type: ignore[arg-type]
    whole = pygraphviz.AGraph(string=text)  # the parts live as long as this
    clusters = {c.name: c for c in whole.subgraphs()}
    parts = clusters["cluster_network"], clusters["cluster_unravelled"]
    return tuple(nx.MultiDiGraph(part.edges(keys=False)) for part in parts)  # type: ignore[return-value]


def ways(graph: nx.MultiDiGraph) -> dict[str, int]:
    """How many paths lead from each node to one without readers."""
    found: dict[str, int] = {}
    for node in reversed(list(nx.topological_sort(graph))):
        found[node] = sum(found[head] for _, head in graph.out_edges(node)) or 1
    return found


def count(graph: nx.MultiDiGraph) -> int:
    return sum(n for node, n in ways(graph).items() if not graph.in_degree(node))


# --- unravelled ---------------------------------------------------------------------------


def test_three_blocks_are_veits_figure() -> None:
    """Figure 1b: f1 four times, f2 twice, f3 once, 2^3 paths; section 3: 2^n for n blocks."""
    for graph, options in [
        (graph_of(TRIPLE), {}),
        (network("resnet20"), {"start": "layer1.0", "end": "layer1.2"}),
        (network("resnet18"), {"start": "layer1.1", "end": "layer2.1"}),
    ]:
        view = Unravelled(graph, Options(view="unravel", **options))  # type: ignore[arg-type]
        bodies = [t for t in view.terms if t.role == "body"]
        assert [view.times[t] for t in bodies] == [4, 2, 1]
        assert [t.number for t in bodies] == [1, 2, 3]
        assert [view.times[t] for t in view.terms if t.role == "joint"] == [4, 2, 1]
        assert view.paths == view.through_layers == 8
        _, tree = drawn(graph, **options)
        (source,) = [n for n in tree if not tree.in_degree(n)]
        (end,) = [n for n in tree if not tree.out_degree(n)]
        found = list(nx.all_simple_edge_paths(tree, source, end))
        assert len(found) == 8
        crossed = Counter(
            sum(tail != source and copied(tail) in {dot.name(t.path) for t in bodies}
                for tail, *_ in path) for path in found
        )  # fmt: skip
        assert crossed == {0: 1, 1: 3, 2: 3, 3: 1}  # binomial


def copied(name: str) -> str:
    """The box of the network that a copy is of."""
    return name.rpartition(" ")[2]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_tree_has_the_paths_of_the_network(name: str) -> None:
    """Of each box as many copies as paths lead on from it, and no more paths than before."""
    shown = 0
    for options in DETAILS:
        view = unravelled(name, **options)
        if view is None:
            continue
        shown += 1
        above, below = drawn(network(name), **options)
        assert count(above) == count(below) == view.paths
        times = Counter(copied(n) for n in below if n.startswith("copy "))
        once = {dot.name(t.path) for t in view.once}
        assert times == {n: 1 if n in once else k for n, k in ways(above).items() if " " not in n}
        for copy in below:  # what a copy reads are copies of what the box reads
            if copy.startswith("copy "):
                reads = sorted(copied(tail) for tail, _ in below.in_edges(copy))
                assert reads == sorted(tail for tail, _ in above.in_edges(copied(copy)))
                heads = [head for _, head in below.out_edges(copy)]
                assert copied(copy) in once or len(heads) == 1
    assert shown or paths(network(name)).count > MOST_ARROWS / 3


@pytest.mark.parametrize("name", FAMILIES)
def test_paths_are_those_that_are_counted(name: str) -> None:
    """`archspec paths` counts them by another program."""
    whole = Unravelled(network(name), Options(view="unravel", level="network"))
    there = paths(network(name)).count
    assert whole.through_layers == min(there, MANY)
    assert whole.paths == len(network(name).inputs) * len(Flow(network(name)).outputs)
    view = unravelled(name, level="layer")
    assert view is None or view.paths == there


@pytest.mark.parametrize("name", FAMILIES)
def test_terms_are_a_quotient_of_the_graph(name: str) -> None:
    """Each node is in one term, which gives one value; arrows are the edges between terms."""
    for options in DETAILS:
        view = unravelled(name, **options)
        if view is None:
            continue
        of = {node: term for term in view.terms for node in term.nodes}
        assert Counter(n for term in view.terms for n in term.nodes) == Counter(view.flow.nodes)
        edges = {(of[o], of[n]) for n in view.nodes for _, o in view.flow.operands[n]}
        assert {(o, t) for t in view.terms for o in t.operands} == {
            (a, b) for a, b in edges if a is not b
        }
        for node in view.nodes:
            for _, operand in view.flow.operands[node]:
                assert of[operand] is of[node] or of[operand].nodes[-1] is operand


def test_ways_through_boxes_make_up_the_difference() -> None:
    """An Inception-ResNet's bodies have three paths within, which one box does not show."""
    graph = network("inception_resnet@inception_resnet_v2")
    within = set()
    for block in sorted({i.block.name for i in walk(graph.root) if i.block}):
        view = Unravelled(graph, Options(view="unravel", only=block))
        total: dict[Term, int] = {}
        for term in view.terms:
            inner = {o: len(ways_within(view, o, term)) for o in term.operands}
            within |= {n // term.operands.count(o) for o, n in inner.items()}
            total[term] = sum(total[o] * n for o, n in inner.items()) or 1
        assert view.through_layers == sum(total[t] for t in view.terms if t.ends)
    assert within >= {1, 2, 3}


def ways_within(view: Unravelled, operand: Term, term: Term) -> list[object]:
    """The ways from what a term reads to its own value."""
    start = operand.nodes[-1]
    dag = nx.MultiDiGraph()
    for node in term.nodes:
        sources = [o for _, o in view.flow.operands[node]]
        dag.add_edges_from((o, node) for o in sources if o is start or o in term.nodes)
    return list(nx.all_simple_edge_paths(dag, start, term.nodes[-1]))


def walk(instance: Instance) -> list[Instance]:
    inner = [c for c in instance.children if isinstance(c, Instance)]
    return [instance, *(i for c in inner for i in walk(c))]


def test_what_has_the_same_weights_has_the_same_name() -> None:
    shared = TRIPLE.replace("{repeat: 3, unit: }", "{id: one, unit: }, {share: one}, {share: one}")
    bodies = [t for t in Unravelled(graph_of(shared), Options(view="unravel")).terms if t.number]
    assert [t.number for t in bodies] == [1, 1, 1]


def test_a_body_is_called_by_the_end_of_its_path_where_that_is_its_own() -> None:
    view = Unravelled(
        network("resnet20"), Options(view="unravel", start="layer1.2", end="layer2.0")
    )
    assert [view.name(t) for t in view.terms if t.role == "body"] == ["layer1.2", "layer2.0"]
    view = Unravelled(network("densenet121"), Options(view="unravel", only="dense_block"))
    names = [view.name(t) for t in view.terms if t.role == "body"]
    assert names == [f"denselayer{i + 1}" for i in range(6)]


def test_a_projection_is_a_box_and_an_identity_none() -> None:
    view = Unravelled(
        network("resnet18"), Options(view="unravel", start="layer1.1", end="layer2.0")
    )
    assert [t.role for t in view.terms] == ["source", "body", "joint", "body", "bypass", "joint"]
    assert [n.op.name for n in view.terms[4].nodes] == ["conv", "batch_norm"]
    first, second = (t for t in view.terms if t.role == "joint")
    assert first.operands == [view.terms[1], view.terms[0]]
    assert second.operands == [view.terms[3], view.terms[4]]


def test_what_is_expanded_is_shown_by_layers() -> None:
    options = Options(view="unravel", start="layer1.0", end="layer1.1", expand=("layer1.1",))
    roles = Counter(t.role for t in Unravelled(network("resnet20"), options).terms)
    assert roles == {"source": 1, "body": 1, "joint": 2, "layers": 6}
    folded = Options(view="unravel", start="layer1.0", end="layer1.1", collapse=("layer1.1",))
    view = Unravelled(network("resnet20"), folded)
    assert [t.instance.path for t in view.terms if t.instance] == ["layer1.1"]
    assert (view.paths, view.through_layers) == (2, 4)


# --- too many -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet1202", "fractalnet", "wide_resnet", "densenet201"])
def test_too_many_paths_are_refused_at_once(name: str) -> None:
    graph = network(name)
    with within(5), pytest.raises(ArchspecError) as error:
        backend.dot(graph, Options(view="unravel", level="layer"))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E405" and "--from" in (diagnostic.hint or "")


def test_seven_blocks_are_drawn_and_eight_are_not() -> None:
    seven = graph_of(TRIPLE.replace("repeat: 3", "repeat: 7"))
    _, below = drawn(seven)
    assert count(below) == 2**7 and below.number_of_edges() == 3 * (2**7 - 1) + 1
    with pytest.raises(ArchspecError):
        drawn(graph_of(TRIPLE.replace("repeat: 3", "repeat: 8")))


def test_doubling_is_refused_in_no_time() -> None:
    doubling = "name: d\ninputs: {x: [4]}\ngraph:\n  - {repeat: 3000, add: [[], []]}\n"
    graph = graph_of(doubling)
    with within(5):
        for level in ("block", "layer"):
            with pytest.raises(ArchspecError):
                backend.dot(graph, Options(view="unravel", level=level))
        assert Unravelled(graph, Options(level="network")).through_layers == MANY


# --- trees --------------------------------------------------------------------------------


def multiplied(twig: Twig) -> int:
    """How many nodes a twig stands for, by what it is made of."""
    if twig.twigs:
        return twig.box.times * sum(multiplied(held) for held in twig.twigs)
    return twig.box.times * sum(
        1 if isinstance(part, Node) else len(list(part.nodes())) for part in twig.box.parts
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_a_tree_multiplies_back(name: str) -> None:
    graph = network(name)
    for options in [*DETAILS, {"level": "network"}, {"level": "layer", "fuse": True}]:
        tree = Tree(graph, Options(view="tree", **options))  # type: ignore[arg-type]
        assert multiplied(tree.root) == len(graph.nodes) - len(graph.inputs)
        for twig in tree.twigs:
            if twig.twigs:
                held = Counter(n.path for t in twig.twigs for n in t.box.nodes())
                assert set(held.values()) == {1}
                assert held.keys() <= {n.path for n in twig.box.nodes()}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_tree_is_the_tree_of_instances(name: str) -> None:
    graph = network(name)
    options = Options(view="tree", level="layer", repeat="none")
    drawing = nx.DiGraph(pygraphviz.AGraph(string=backend.dot(graph, options)).edges())
    expected = nx.DiGraph()
    for instance in walk(graph.root):
        for child in instance.children:
            if isinstance(child, Node) or list(child.nodes()):
                expected.add_edge(dot.name(instance.path) or "network ", dot.name(child.path))
    assert nx.is_arborescence(drawing)
    assert set(drawing.edges()) == set(expected.edges())


def test_equal_siblings_need_not_follow_one_another() -> None:
    wide = """
name: wide
inputs: {x: [4, 8, 8]}
blocks:
  unit: {graph: [{conv: {out_channels: 4, kernel_size: 3, padding: 1}}, relu]}
graph:
  - add: [[unit: ], [unit: ], [unit: ]]
  - {id: a, unit: }
  - {id: b, share: a}
"""
    tree = Tree(graph_of(wide), Options(view="tree"))
    assert [t.box.times for t in tree.root.twigs if isinstance(t.box.part, Instance)] == [3, 1, 1]
    dashed = backend.dot(graph_of(wide), Options(view="tree"))
    assert "weights of a" in dashed and "unit × 3" in dashed


@pytest.mark.parametrize("name", FAMILIES)
def test_nothing_in_a_tree_lies_over_anything(name: str) -> None:
    for options in ({}, {"level": "layer"}):
        tree = Tree(network(name), Options(view="tree", **options))  # type: ignore[arg-type]
        sizes = {t: (30.0 + 7 * (len(t.box.path) % 9), 20.0 + t.box.times % 2) for t in tree.twigs}
        for place in (downwards, rightwards):
            made = place(tree.root, sizes)
            assert made.places.keys() == set(tree.twigs)
            boxes = [flat(*p.corners) for p in made.places.values()]
            assert crossing(boxes) == []
            assert (
                crossing(boxes, {line for way in made.ways.values() for line in lines(way)}) == []
            )


def flat(low: Point, high: Point) -> Rectangle:
    return (*low, *high)


# --- as figures ---------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["unravel", "tree"])
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_every_format_is_written(
    view: str, direction: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = Options(view=view, direction=direction, annotate=("params", "macs"))  # type: ignore[arg-type]
    for graph in (graph_of(HEADS), graph_of(TRIPLE)):
        for format in PICTURES:
            backend.render(graph, tmp_path / f"x.{format}", options=options)
            assert (tmp_path / f"x.{format}").read_bytes().startswith(MAGIC[format])
        assert backend.dot(graph, options) == backend.dot(graph, options)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("view", ["unravel", "tree"])
@pytest.mark.parametrize("name", FAMILIES)
def test_labels_lie_within_the_page(view: str, name: str) -> None:
    level = {"level": "network"} if view == "unravel" and unravelled(name) is None else {}
    options = Options(view=view, **level)  # type: ignore[arg-type]
    root = ET.fromstring(backend.svg(network(name), options))
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    drawn = root.find(f"{SVG}g")
    assert drawn is not None
    shift = [float(n) for n in drawn.attrib["transform"].partition("translate(")[2][:-1].split()]
    for label in root.iter(f"{SVG}text"):
        x, y = float(label.attrib["x"]) + shift[0], float(label.attrib["y"]) + shift[1]
        assert left <= x <= left + width and top <= y <= top + height


@pytest.mark.parametrize("view", ["unravel", "tree"])
@pytest.mark.parametrize("name", NASTY)
def test_special_characters_come_out_right(view: str, name: str) -> None:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    options = Options(view=view, level="layer")  # type: ignore[arg-type]
    root = ET.fromstring(backend.svg(renamed(name), options))
    words = {t.text for t in root.iter(f"{SVG}text")}
    assert f"{shown} · v" in words
    assert any(dot.name(name) in (t.text or "") for t in root.iter(f"{SVG}title"))


def test_the_command_draws_views() -> None:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["render", *arguments])
        return result.exit_code, result.output

    part = ("--from", "layer1.0", "--to", "layer1.2")
    code, out = run("resnet20", "--view", "unravel", *part)
    assert code == 0 and out.count('f₁"') == 4 and "8 paths" in out and "rankdir=LR" in out
    code, out = run("resnet50", "--view", "tree")
    assert code == 0 and "Bottleneck × 5" in out
    code, out = run("resnet110", "--view", "unravel")
    assert code == 1 and "E405" in out
    assert run("resnet20", "--view", "tree", "--direction", "U")[0] == 2
    assert run("resnet20", "--view", "forest")[0] == 2
