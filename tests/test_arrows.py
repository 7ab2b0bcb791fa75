"""Every arrow of every figure joins the boxes that it names, whichever Graphviz draws it."""

from __future__ import annotations

import re
import shlex
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pygraphviz
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archspec.backends.graphviz import backend, engine
from archspec.backends.graphviz.dot import to_dot
from archspec.backends.graphviz.names import name
from archspec.cli.app import main as cli
from archspec.diagnostics import ArchspecError
from archspec.figures.detail import LEVELS, REPEATS, SHAPES
from archspec.figures.direction import chosen_direction
from archspec.figures.figure import Figure
from archspec.figures.legible import Illegible
from archspec.figures.options import DIRECTIONS, Direction, Options, panels
from archspec.frontend.loading import families
from archspec.ir.graph import Graph
from docs.generate import DOCS
from tests.arrows import Arrows
from tests.engines import drawn_by, each_engine
from tests.networks import network
from tests.strategies import graph_of, specs
from tests.sweeping import drawn, some

pytestmark = pytest.mark.filterwarnings("ignore::archspec.figures.legible.Illegible")

FAMILIES = [path.stem for path in families()]
SIZES = (None, "16:9", "4:3", "9:16")
LAYOUTS: Sequence[Mapping[str, Any]] = [
    *({"direction": d, "size": size} for size, d in product(SIZES, DIRECTIONS)),
    *({"size": size} for size in SIZES if size is not None),
    *({"view": view, "size": size} for view in ("tree", "unravel") for size in SIZES[:2]),
]
Case = tuple[str, str, Mapping[str, Any]]
CASES: list[Case] = [*product(FAMILIES, LEVELS, LAYOUTS)]
SMALL = [case for case in CASES if case[1] != "layer"]
LARGE = [case for case in CASES if case[1] == "layer" and case[0] != "polynet"]
HUGE = [case for case in CASES if case[1] == "layer" and case[0] == "polynet"]


def wanted(graphs: Graph | Sequence[Graph], options: Options) -> Iterator[tuple[str, str]]:
    """The names of the boxes at both ends of each arrow that a figure is to have."""
    figures = panels(graphs, options)
    for number, (graph, chosen) in enumerate(figures, 1):
        prefix = f"{number} " if len(figures) > 1 else ""
        for tail, head in _wanted(graph, chosen):
            yield prefix + tail, prefix + head


def _wanted(graph: Graph, options: Options) -> Iterator[tuple[str, str]]:
    if options.view != "graph":
        yield from pygraphviz.AGraph(string=to_dot(graph, options)).edges()
        return
    in_a_u = chosen_direction(graph, options) == "U"
    figure = Figure(graph, options, framed=not in_a_u)
    for arrow in figure.arrows:
        yield name(arrow.tail.path), name(arrow.head.path)
    for output in figure.outputs if not in_a_u else ():
        yield name(figure.box_of[output.node].path), name(output.name, "output ")


@pytest.fixture(autouse=True)
def _laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slides of several shapes begin with one layout, which is most of the work."""
    monkeypatch.setattr(engine, "_run", _run)


_run = lru_cache(maxsize=32)(engine._run)


def problems(graphs: Graph | Sequence[Graph], options: Options) -> list[str]:
    """What is wrong with the arrows; nothing where so many are too many to be drawn."""
    try:
        svg = backend.svg(graphs, options)
    except ArchspecError as error:
        assert [d.code for d in error.diagnostics] == ["E405"] and options.view == "unravel"
        return []
    in_a_u = any(chosen_direction(*figure) == "U" for figure in panels(graphs, options))
    return Arrows(svg).problems(wanted(graphs, options), lanes=in_a_u)


def shown(case: Case) -> str:
    family, level, layout = case
    return f"{family}-{level}-" + "-".join(str(value) for value in layout.values())


@pytest.mark.sweep
@each_engine
@pytest.mark.parametrize("case", [*some(SMALL, 90), *some(LARGE, 10), *some(HUGE, 0)], ids=shown)
def test_arrows_join_their_boxes(case: Case, by: engine.Engine) -> None:
    family, level, layout = case
    with drawn_by(by):
        options = Options(level=level, **layout)  # type: ignore[arg-type]
        assert problems(network(family), options) == []


@each_engine
@pytest.mark.parametrize("size", ["16:9", "9:16"])
@pytest.mark.parametrize("spec", ["resnet50", "zfnet", "voxresnet", "wide_resnet"])
def test_a_cut_may_lie_beyond_the_end_of_a_line(spec: str, size: str, by: engine.Engine) -> None:
    """Where an arrow's head is: an arrow of which the line alone was looked at was not cut."""
    with drawn_by(by):
        assert problems(network(spec), Options(level="stage", size=size)) == []


@st.composite
def options(draw: st.DrawFn) -> Options:
    """Whatever may be asked of a figure in boxes."""
    return Options(
        level=draw(st.sampled_from(LEVELS)),
        direction=draw(st.sampled_from([None, *DIRECTIONS])),
        size=draw(st.sampled_from([*SIZES, "1280x720", "20:1"])),
        fuse=draw(st.booleans()),
        residuals=draw(st.booleans()),
        legend=draw(st.booleans()),
        repeat=draw(st.sampled_from(REPEATS)),
        shapes=draw(st.sampled_from(SHAPES)),
        annotate=draw(st.sampled_from([(), ("params", "rf")])),
    )


@drawn(2_000, sample=60)
@given(specs(), options(), st.sampled_from([1, 1, 2]))
def test_arrows_of_random_figures(text: str, options: Options, beside: int) -> None:
    graph = graph_of(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Illegible)
        assert problems([graph] * beside, options) == []


# --- the figures of the documentation -------------------------------------------------------

COMMANDS = [
    command
    for page in ("gallery.md", "figures.md")
    for command in re.findall(
        r"^\$ archspec (render .*\.svg)$", (DOCS / page).read_text(), re.MULTILINE
    )
    if not re.search(r"--style (volumes|planes)|--theme house|never\.svg", command)
]


@pytest.mark.sweep
@each_engine
@pytest.mark.parametrize("command", some(COMMANDS, 6))
def test_arrows_of_what_lectures_show(command: str, by: engine.Engine, tmp_path: Path) -> None:
    """Parts, networks side by side, and all else that the pages ask for."""
    target = tmp_path / "figure.svg"
    arguments = shlex.split(command)
    arguments[arguments.index("-o") + 1] = str(target)
    with drawn_by(by):
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    arrows = Arrows(target.read_text(encoding="utf-8"))
    assert arrows.problems((arrow.tail, arrow.head) for arrow in arrows.drawn) == []


PICTURES = sorted([*DOCS.glob("gallery/*.svg"), *DOCS.glob("images/**/*.svg")])


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_arrows_of_the_documentation(path: Path) -> None:
    arrows = Arrows(path.read_text(encoding="utf-8"))
    assert arrows.problems((arrow.tail, arrow.head) for arrow in arrows.drawn) == []


def test_the_documentation_is_drawn_by_one_engine() -> None:
    """With the bundled engine: the `dot` of one machine differs from that of the next."""
    found = [re.findall(r"Generated by graphviz version (\d+)", p.read_text()) for p in PICTURES]
    assert len({major for (major,) in filter(None, found)}) == 1
    assert int(next(filter(None, found))[0]) >= 14


# --- the test itself --------------------------------------------------------------------------


def test_a_bad_arrow_is_noticed() -> None:
    text = "{name: n, inputs: {x: [8, 4, 4]}, graph: [{id: a, relu: }, {id: b, tanh: }]}"
    graph, chosen = graph_of(text), Options(direction="LR")
    svg = backend.svg(graph, chosen)
    pairs = [*wanted(graph, chosen)]
    assert Arrows(svg).problems(pairs) == []
    edges = re.findall(r'<g id="edge\d+".*?</g>\n', svg, re.DOTALL)
    assert len(edges) == len(pairs) == 3
    assert Arrows(svg.replace(edges[1], "")).problems(pairs) == ["missing: ('a', 'b')"]
    assert Arrows(svg.replace(edges[1], edges[1] * 2)).problems(pairs) == ["too many: ('a', 'b')"]
    for x, y in ((20, 0), (0, 20)):
        shifted = re.sub(
            r"(-?[\d.]+),(-?[\d.]+)",
            lambda m, x=x, y=y: f"{float(m[1]) + x:.2f},{float(m[2]) + y:.2f}",  # type: ignore[misc]
            edges[1],
        )
        said = Arrows(svg.replace(edges[1], shifted)).problems(pairs)
        assert [line.split()[3] for line in said] == ["begins", "ends"]


FORKED = """
name: n
inputs: {x: [8, 4, 4]}
graph:
  - {id: a, relu: }
  - {id: b, elu: }
  - {id: c, tanh: , from: a}
  - {id: d, add: [b, c]}
"""


def _drawn_so(change: Callable[[str], str]) -> list[str]:
    """What is said of a figure that is changed."""
    graph, chosen = graph_of(FORKED), Options(direction="LR")
    svg = backend.svg(graph, chosen)
    pairs = [*wanted(graph, chosen)]
    assert Arrows(svg).problems(pairs) == []
    changed = change(svg)
    assert changed != svg
    return Arrows(changed).problems(pairs)


def test_a_head_at_a_corner_is_noticed() -> None:
    def change(svg: str) -> str:
        arrows = Arrows(svg)
        (arrow,) = (x for x in arrows.drawn if (x.tail, x.head) == ("a", "b"))
        area = arrows.outlines["b"].area
        return _moved(svg, "a&#45;&gt;b", area.left - arrow.tip[0], area.bottom - arrow.tip[1])

    assert "a -> b ends at a corner of b" in _drawn_so(change)


def _moved(svg: str, title: str, dx: float, dy: float) -> str:
    """An arrow elsewhere."""
    (edge,) = re.findall(rf"<title>{re.escape(title)}</title>.*?</g>\n", svg, re.DOTALL)
    numbers = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
    return svg.replace(
        edge, numbers.sub(lambda m: f"{float(m[1]) + dx:.2f},{float(m[2]) + dy:.2f}", edge)
    )


def test_a_line_that_is_drawn_twice_is_noticed() -> None:
    def change(svg: str) -> str:
        drawn = re.search(r"<title>x&#45;&gt;a</title>\s*(<path[^>]*/>\s*<polygon[^>]*/>)", svg)
        other = re.search(r"<title>a&#45;&gt;b</title>\s*(<path[^>]*/>\s*<polygon[^>]*/>)", svg)
        assert drawn is not None and other is not None
        return svg.replace(other[1], drawn[1])

    assert any(line.endswith("are one line") for line in _drawn_so(change))


def test_a_gap_is_noticed() -> None:
    def change(svg: str) -> str:
        path = re.search(r'<title>x&#45;&gt;a</title>\s*<path[^>]*d="(M[^"]*)"/>', svg)
        assert path is not None
        (x0, y), (x1, _) = (map(float, p.split(",")) for p in re.findall(r"[-\d.,]+", path[1])[::3])
        halves = [(x0, x0 + (x1 - x0) / 3), (x1 - (x1 - x0) / 3, x1)]
        drawn = [f'<path d="M{a},{y}C{a},{y} {b},{y} {b},{y}"/>' for a, b in halves]
        return svg.replace(path[0], "<title>x&#45;&gt;a</title>" + "".join(drawn))

    assert "x -> a has a gap" in _drawn_so(change)


def test_words_under_a_box_are_noticed() -> None:
    def change(svg: str) -> str:
        area = Arrows(svg).outlines["b"].area
        place = f'x="{area.left}" y="{(area.top + area.bottom) / 2}"'
        words = f'<text {place} font-size="10">over</text>'
        return svg.replace("<title>x&#45;&gt;a</title>", f"<title>x&#45;&gt;a</title>{words}")

    assert _drawn_so(change) == ["'over' is under b"]


def test_a_frame_that_goes_on_without_its_name_is_noticed() -> None:
    options = Options(level="block", fuse=True, size="16:9")
    svg = backend.svg(network("densenet121"), options)
    assert problems(network("densenet121"), options) == []
    piece = re.search(r"<title>cluster_features 1</title>.*?</g>", svg, re.DOTALL)
    assert piece is not None and ">features<" in piece[0]
    bare = re.sub(r"<text.*?</text>", "", piece[0])
    pairs = [*wanted(network("densenet121"), options)]
    assert Arrows(svg.replace(piece[0], bare)).problems(pairs) == ["cluster_features 1 has no name"]


@each_engine
@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("spec", ["inception_v4", "resnet50", "googlenet"])
def test_branches_are_columns(spec: str, direction: Direction, by: engine.Engine) -> None:
    """What one box alone gives to another that reads nothing else goes straight on."""
    graph, options = network(spec), Options(fuse=True, direction=direction)
    with drawn_by(by):
        outlines = Arrows(backend.svg(graph, options)).outlines
    alone = [a for a in Figure(graph, options).arrows if a.only and a.alone and not a.skip]
    assert len(alone) > 10
    for arrow in alone:
        tail, head = (outlines[name(box.path)].area for box in (arrow.tail, arrow.head))
        if direction == "TB":
            off = tail.left + tail.right - head.left - head.right
        else:
            off = tail.top + tail.bottom - head.top - head.bottom
        assert abs(off) < 2.0, (arrow.tail.path, arrow.head.path)
