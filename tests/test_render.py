"""Figures: the drawn graph is the graph, in every format, whatever the names."""

from __future__ import annotations

import re
import stat
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path

import networkx as nx
import pygraphviz
import pytest

from archspec.backends.base import PICTURES
from archspec.backends.graphviz import backend, dot, engine, style
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.figures.detail import Detail
from archspec.figures.figure import Figure
from archspec.figures.folding import Box
from archspec.figures.options import Direction, Options
from archspec.figures.theme import LIGHT, ROLES
from archspec.frontend.loading import load, load_source
from archspec.ir.graph import Graph, Instance
from archspec.ops import REGISTRY
from archspec.ops.types import CATEGORIES
from tests.effort import within
from tests.engines import drawn_by, each_engine
from tests.figures import figures
from tests.formats import MAGIC, png_pixels
from tests.pieces import graph_of
from tests.saved_svg import SVG
from tests.sweeping import some

HEADS = """
name: two heads
inputs: {image: [3, 32, 32], gate: [8, 1, 1]}
blocks:
  unit:
    params: {channels: int, stride: 1}
    graph:
      - add:
          - - conv: {out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1}
            - batch_norm
          - - {when: stride != 1, conv: {out_channels: $channels, stride: $stride}}
      - relu
  head:
    graph:
      - global_avg_pool
      - flatten
      - dropout: 0.7
      - linear: 10
graph:
  - id: stem
    from: image
    conv: {out_channels: 8, kernel_size: [3, 5], stride: [1, 2], bias: false}
  - {id: gated, multiply: {branches: [stem, gate], broadcast: true}}
  - id: stage
    graph:
      - {id: first, unit: {channels: 8}}
      - {id: again, share: first}
      - {id: down, unit: {channels: 16, stride: 2}}
  - {id: squared, multiply: [stage, stage]}
  - {id: aux, from: stem, head: }
  - {id: logits, from: squared, head: }
outputs:
  logits: logits
  aux: {from: aux, train_only: true, loss_weight: 0.3}
"""

SPECS = ["lenet", "resnet18", "resnet50", "googlenet", "densenet121", "unet"]


@cache
def network(name: str) -> Graph:
    if name == "heads":
        return graph_of(HEADS)
    return build(load(name))


def drawing(graph: Graph, depth: int | None = None) -> pygraphviz.AGraph:
    options = Options(depth=depth, repeat="none", direction="TB")
    return pygraphviz.AGraph(string=backend.dot(graph, options))


def boxes(figure: pygraphviz.AGraph) -> set[str]:
    """The boxes, without the ends that stand for outputs."""
    return {str(n) for n in figure.nodes() if not str(n).startswith("output ")}


def arrows(figure: pygraphviz.AGraph) -> Counter[tuple[str, str]]:
    pairs = ((str(a), str(b)) for a, b in figure.edges())
    return Counter((a, b) for a, b in pairs if not b.startswith("output "))


def instances(scope: Instance) -> list[Instance]:
    inner = [c for c in scope.children if isinstance(c, Instance) and list(c.nodes())]
    return inner + [i for c in inner for i in instances(c)]


def check_clusters(figure: pygraphviz.AGraph, scope: Instance, folded: set[str]) -> None:
    """The clusters below `figure` are the open instances below `scope`, with what is in them."""
    inner = [c for c in scope.children if isinstance(c, Instance) and list(c.nodes())]
    shown = [c for c in inner if c.path not in folded]
    clusters = {c.name: c for c in figure.subgraphs()}
    assert set(clusters) == {f"cluster_{c.path}" for c in shown}
    for instance in shown:
        cluster = clusters[f"cluster_{instance.path}"]
        within = {n.path for n in instance.nodes()}
        holders = [i for i in instances(instance) if i.path in folded]
        for holder in holders:
            within -= {n.path for n in holder.nodes()}
        outermost = [h for h in holders if h.parent and h.parent.path not in folded]
        assert {str(n) for n in cluster.nodes()} == within | {h.path for h in outermost}
        check_clusters(cluster, instance, folded)


# --- the drawn graph is the graph ---------------------------------------------------------


@pytest.mark.parametrize("name", ["heads", *SPECS])
def test_boxes_and_arrows_are_those_of_the_graph(name: str) -> None:
    graph = network(name)
    figure = drawing(graph)
    assert boxes(figure) == set(graph.dag)
    assert arrows(figure) == Counter(graph.dag.edges())
    ends = {(str(a), str(b)) for a, b in figure.edges() if str(b).startswith("output ")}
    assert ends == {(o.node.path, f"output {o.name}") for o in graph.outputs}


@pytest.mark.parametrize("name", ["heads", *SPECS])
def test_clusters_are_the_instance_tree(name: str) -> None:
    check_clusters(drawing(network(name)), network(name).root, set())


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize("name", ["heads", *SPECS])
def test_a_folded_figure_is_the_quotient(name: str, depth: int) -> None:
    graph = network(name)
    shown = Figure(graph, Detail(depth=depth, repeat="none"))
    parts: dict[str, set[str]] = {}
    for node in graph.nodes:
        parts.setdefault(shown.box_of[node].path, set()).add(node.path)
    folds = shown.selection.folds
    simple = nx.DiGraph(graph.dag)
    quotient = nx.quotient_graph(simple, list(parts.values()))
    named = {frozenset(v): k for k, v in parts.items()}
    figure = drawing(graph, depth)
    assert boxes(figure) == set(parts)
    assert set(arrows(figure)) == {(named[a], named[b]) for a, b in quotient.edges()}
    assert all(i.path not in parts for i in instances(graph.root) if not folds(i))
    check_clusters(figure, graph.root, {i.path for i in instances(graph.root) if folds(i)})


def test_depth_counts_open_levels() -> None:
    assert boxes(drawing(network("resnet18"), 0)) >= {"layer1", "layer4", "conv1"}
    assert boxes(drawing(network("resnet18"), 1)) >= {"layer1.0", "layer4.1"}
    assert backend.dot(network("resnet18"), Options(depth=3)) == backend.dot(network("resnet18"))


def test_a_value_that_one_folded_box_reads_twice_has_one_arrow() -> None:
    figure = drawing(network("heads"), 0)
    assert arrows(figure)["gated", "stage"] == 1
    assert arrows(figure)["stage", "squared"] == 2


# --- what is written ----------------------------------------------------------------------


def words(name: str, path: str) -> tuple[str, ...]:
    box = Box([(network(name).by_path[path],)])
    return (style.of_source if box.path in ("image", "gate") else style.of_box)(box).lines


def test_labels_are_a_lecturers_words() -> None:
    assert words("heads", "stem") == ("3×5 conv, 8", "stride 1×2")
    assert words("resnet18", "conv1") == ("7×7 conv, 64", "stride 2, pad 3")
    assert words("resnet18", "maxpool") == ("3×3 max pool", "stride 2, pad 1")
    assert words("resnet18", "relu") == ("ReLU",)
    assert words("resnet18", "fc") == ("FC 1000",)
    assert words("resnet18", "layer1.0.5") == ("+",)
    assert words("heads", "gated") == ("×",)
    assert words("heads", "aux.2") == ("dropout 0.7",)
    assert words("heads", "image") == ("image", "3×32×32")
    assert words("heads", "stage.again.1") == ("batch norm", "weights of stage.first.1")


def test_operands_that_are_not_alike_are_told_apart() -> None:
    text = "name: n\ninputs: {a: [4], b: [4]}\ngraph:\n  - {id: d, subtract: [a, b]}\n"
    figure = drawing(graph_of(text))
    assert not figure.get_edge("a", "d").attr["label"]
    assert figure.get_edge("b", "d").attr["label"] == " subtracted"
    crop = next(n for n in network("unet").nodes if n.op.name == "crop")
    figure = drawing(network("unet"))
    like = figure.get_edge(crop.inputs[1].path, crop.path)
    assert like.attr["label"].endswith("like") and like.attr["style"] == "dotted"


def test_every_op_has_a_colour_of_its_kind() -> None:
    assert {op.category for op in REGISTRY.values()} == set(CATEGORIES)
    others = {op.family() for op in REGISTRY.values() if op.category == "other"}
    assert others == {"sampling"}


def test_colours_are_the_themes() -> None:
    used = set(re.findall(r"#[0-9a-f]{6}", backend.dot(network("heads"), Options(legend=True))))
    assert used <= {LIGHT.colour(role) for role in (*CATEGORIES, *ROLES)}


def test_a_network_may_be_called_like_an_attribute() -> None:
    named = HEADS.replace("two heads", '"layout=nop2"')
    svg = backend.svg(graph_of(named))
    assert svg.count('class="edge"') > 10 and "layout=nop2" in svg


def test_shapes_stand_where_they_change() -> None:
    figure = drawing(network("resnet18"))

    def label(tail: str, head: str) -> str:
        return (figure.get_edge(tail, head).attr["label"] or "").strip()

    assert label("conv1", "bn1") == "64×112×112"
    assert label("bn1", "relu") == ""
    assert label("maxpool", "layer1.0.conv1") == "64×56×56"
    assert label("fc", "output fc") == ""


def test_a_skip_round_other_shapes_tells_its_own() -> None:
    arrows = Figure(network("resnet50")).arrows
    (skip,) = [a for a in arrows if a.head.path == "layer1.1.8" and a.skip]
    assert skip.shape and skip.value.output == (256, 56, 56)
    assert not any(a.skip for a in Figure(network("googlenet")).arrows)


def test_what_is_for_training_only_is_dashed() -> None:
    figure = drawing(network("heads"))
    assert "dashed" in figure.get_node("aux.3").attr["style"]
    assert "dashed" not in figure.get_node("logits.3").attr["style"]
    assert figure.get_edge("stem", "aux.0").attr["style"] == "dashed"
    assert figure.get_edge("aux.3", "output aux").attr["style"] == "dashed"
    assert "training only, loss × 0.3" in figure.get_node("output aux").attr["label"]
    (cluster,) = [c for c in figure.subgraphs() if c.name == "cluster_aux"]
    assert "dashed" in cluster.graph_attr["style"]


# --- quoting ------------------------------------------------------------------------------

NASTY = [
    "<b>x</b>",
    'say "hi"',
    "back\\slash\\n\\N\\l\\",
    'odd\\"',
    "R&D &lt;x&gt; &amp; &#65;",
    "a:b -> c; {d} [e]",
    "graph",
    "]]> <!-- -- -->",
    "ütf ⊕ 漢字",
    "%41 %",
    "tab\tnew\nline\x00",
]


def renamed(name: str) -> Graph:
    graph = graph_of(HEADS)
    graph.name, graph.variant = name, "v"
    graph.by_path["stem"].path = name
    stage = next(c for c in graph.root.children if isinstance(c, Instance) and c.path == "stage")
    stage.path = name + "!"
    return graph


@pytest.mark.parametrize("name", NASTY)
def test_special_characters_come_out_right(name: str) -> None:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    graph = renamed(name)
    for depth in (None, 0):
        root = ET.fromstring(backend.svg(graph, Options(depth=depth)))
        texts = [t.text for t in root.iter(f"{SVG}text")]
        assert f"{shown} · v" in texts
        assert f"{shown}!" in texts
        titles = Counter(t.text for t in root.iter(f"{SVG}title"))
        assert titles[dot.name(name)] == 1
    figure = drawing(graph)
    assert dot.name(name) in boxes(figure)
    assert arrows(figure) == Counter((dot.name(a), dot.name(b)) for a, b in graph.dag.edges())


def test_different_paths_have_different_names() -> None:
    names = [dot.name(path) for path in [*NASTY, "a.b", "a_b", "a b", "a~20b", "a-b"]]
    assert len(set(names)) == len(names)


# --- files --------------------------------------------------------------------------------


@pytest.mark.parametrize("format", PICTURES)
def test_every_format_is_written(
    format: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("heads", "lenet"):
        backend.render(network(name), tmp_path / f"{name}.{format}", options=Options(depth=0))
        assert (tmp_path / f"{name}.{format}").read_bytes().startswith(MAGIC[format])
        backend.render(
            network(name), tmp_path / "bare", format.upper(), options=Options(direction="LR")
        )
        assert (tmp_path / "bare").read_bytes().startswith(MAGIC[format])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [f"heads.{format}", f"lenet.{format}", "bare"]
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.sweep
@pytest.mark.parametrize(("name", "direction"), some([*product(figures(), ("TB", "LR"))], 36))
def test_every_spec_is_drawn_without_a_warning(
    name: str, direction: Direction, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "</svg>" in backend.svg(network(name), Options(direction=direction, depth=1))
    assert capfd.readouterr() == ("", "")


def test_the_text_is_the_same_every_time() -> None:
    first = backend.dot(network("heads"))
    again = backend.dot(build(load_source(Source("elsewhere.yaml", HEADS))))
    assert first == again
    assert first.count("\n") > 50  # a statement a line, so that a diff says what changed


def test_a_small_change_is_a_small_diff() -> None:
    before = backend.dot(network("heads")).splitlines()
    wider = HEADS.replace("dropout: 0.7", "dropout: 0.6")
    after = backend.dot(graph_of(wider)).splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 2


def test_an_unknown_format_is_told(tmp_path: Path) -> None:
    for path, format, hint in [
        ("x.sgv", None, "did you mean `svg`"),
        ("x.svg", "pgn", "did you mean `png`"),
        ("x", None, "end the name in .svg"),
    ]:
        with pytest.raises(ArchspecError) as error:
            backend.render(network("heads"), tmp_path / path, format)
        (diagnostic,) = error.value.diagnostics
        assert diagnostic.code == "E601"
        assert diagnostic.hint is not None and hint in diagnostic.hint
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchspecError) as error:
        backend.render(network("heads"), tmp_path / "no" / "such.dot")
    assert error.value.diagnostics[0].code == "E101"


def test_a_failure_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x.svg"
    target.write_text("old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archspec.util.files.Path.chmod", full)
    with pytest.raises(ArchspecError):
        backend.render(network("heads"), target)
    assert [p.name for p in tmp_path.iterdir()] == ["x.svg"]
    assert target.read_text() == "old"


# --- engines ------------------------------------------------------------------------------


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty PATH folder, into which a test may put a `dot` of its own, and no pygraphviz."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_dot(folder: Path, body: str) -> None:
    script = folder / "dot"
    script.write_text(f"#!{sys.executable} -I\nimport sys\nsource = sys.stdin.read()\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


def test_no_engine_is_told_and_dot_is_still_written(no_dot: Path, tmp_path: Path) -> None:
    assert list(no_dot.iterdir()) == []
    with pytest.raises(ArchspecError) as error:
        backend.render(network("heads"), tmp_path / "x.pdf")
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E603" and "figure" in diagnostic.message
    assert diagnostic.hint is not None and "pygraphviz" in diagnostic.hint
    assert not (tmp_path / "x.pdf").exists()
    backend.render(network("heads"), tmp_path / "x.dot")
    assert (tmp_path / "x.dot").read_text(encoding="utf-8") == backend.dot(network("heads"))


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are not programs on Windows")
def test_a_dot_on_the_path_is_used(no_dot: Path, tmp_path: Path) -> None:
    box = '{"_gvid": 0, "name": "a", "pos": "0,0", "width": "1", "height": "1"}'
    places = f'{{"objects": [{box}]}}'
    put_dot(no_dot, f"print({places!r} if '-Tjson' in sys.argv else (sys.argv[1:], source))")
    backend.render(network("heads"), tmp_path / "x.svg")
    drawn = (tmp_path / "x.svg").read_text()
    assert drawn.startswith("(['-Tsvg'], 'digraph {") and "pos=" in drawn
    backend.render(network("heads"), tmp_path / "x.png")
    assert (tmp_path / "x.png").read_text().startswith("(['-Tpng', '-Gdpi=144'],")


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are not programs on Windows")
def test_a_dot_that_fails_is_told(no_dot: Path) -> None:
    put_dot(no_dot, "sys.exit('Format: \"svg\" not recognized')")
    with pytest.raises(ArchspecError) as error:
        backend.svg(network("heads"))
    assert "not recognized" in (error.value.diagnostics[0].found or "")


def test_the_engine_that_comes_along_is_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever `dot` a machine has, its figures are those of every other machine."""
    folder = tmp_path / "bin"
    folder.mkdir()
    put_dot(folder, "sys.exit('used')")
    monkeypatch.setenv("PATH", str(folder))
    version = pygraphviz.__graphviz_version__
    assert f"Generated by graphviz version {version} " in backend.svg(network("heads"))


@each_engine
def test_an_engine_that_dies_is_replaced_or_told(
    by: engine.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a C library may: its process ends, ours does not."""

    def dying(_format: str, _resolution: float | None) -> list[str]:
        return [sys.executable, "-c", "import os; os.abort()"]

    with drawn_by(by):
        whole = backend.svg(network("heads"))
    monkeypatch.setattr(engine, "ENGINES", (dying, by))
    assert backend.svg(network("heads")) == whole
    with drawn_by(dying), pytest.raises(ArchspecError) as error:
        backend.svg(network("heads"))
    assert "exit status" in (error.value.diagnostics[0].found or "")


def test_a_long_figure_fits_into_a_png(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with within(10):
        backend.render(network("resnet152"), tmp_path / "x.png", options=Options(repeat="none"))
    width, height = png_pixels((tmp_path / "x.png").read_bytes())
    assert width > 200 and 20_000 < height < 32_767
    assert capfd.readouterr() == ("", "")


# --- nothing is clipped -------------------------------------------------------------------


WIDTHS = {
    **dict.fromkeys("ijl'", 0.222),
    **dict.fromkeys("ft .,:;/[]!|", 0.278),
    **dict.fromkeys("r()-", 0.333),
    **dict.fromkeys("ckszvxyJ", 0.5),
    **dict.fromkeys("ABEKPSVXY", 0.667),
    **dict.fromkeys("CDHNRUw", 0.722),
    **dict.fromkeys("GOQ", 0.778),
    **dict.fromkeys("mM", 0.833),
    "F": 0.611,
    "T": 0.611,
    "Z": 0.611,
    "I": 0.278,
    "W": 0.944,
    "×": 0.584,
    "+": 0.584,
}
"""Of Helvetica, Arial and their like, in ems; what is not here is 0.556 wide, as digits are."""


def extent(text: ET.Element) -> tuple[float, float]:
    """Left and right end of a text."""
    width = sum(WIDTHS.get(letter, 0.556) for letter in text.text or "")
    width *= float(text.attrib["font-size"])
    x = float(text.attrib["x"])
    left = x - {"start": 0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
    return left, left + width


def points(group: ET.Element) -> tuple[list[float], list[float]]:
    """The coordinates of an outline."""
    xs: list[float] = []
    ys: list[float] = []
    for shape in group.iter():
        outline = shape.get("points", shape.get("d", ""))
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", outline)]
        xs, ys = xs + numbers[::2], ys + numbers[1::2]
        if shape.tag == f"{SVG}ellipse":
            cx, cy, rx, ry = (float(shape.attrib[k]) for k in ("cx", "cy", "rx", "ry"))
            xs, ys = [*xs, cx - rx, cx + rx], [*ys, cy - ry, cy + ry]
    return xs, ys


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("name", ["heads", "resnet18", "googlenet", "unet"])
def test_labels_are_within_their_boxes_and_the_page(name: str, direction: str) -> None:
    root = ET.fromstring(backend.svg(network(name), Options(direction=direction)))
    page = root.find(f"{SVG}g")
    assert page is not None
    (ground, *_) = page.findall(f"{SVG}polygon")
    xs, ys = points(ground)
    for text in root.iter(f"{SVG}text"):
        left, right = extent(text)
        assert min(xs) <= left and right <= max(xs), text.text
        assert min(ys) <= float(text.attrib["y"]) <= max(ys), text.text
        assert "sans-serif" in text.attrib["font-family"]
    framed = [g for g in page.iter(f"{SVG}g") if g.get("class") in ("node", "cluster")]
    assert len(framed) > len(network(name).nodes)
    for group in framed:
        xs, ys = points(group)
        if not xs:
            continue  # the title, which has no outline
        for text in group.iter(f"{SVG}text"):
            left, right = extent(text)
            assert min(xs) <= left and right <= max(xs), text.text
            assert min(ys) <= float(text.attrib["y"]) <= max(ys), text.text


def test_an_impossible_direction_is_an_error() -> None:
    with pytest.raises(ValueError, match="TB or LR"):
        Options(direction="BT")  # type: ignore[arg-type]
