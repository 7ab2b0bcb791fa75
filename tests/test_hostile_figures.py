"""Figures of what nobody draws, on machines that nobody wants."""

from __future__ import annotations

import stat
import sys
import tempfile
import time
from pathlib import Path

import pytest

from archspec import pipeline
from archspec.backends.graphviz import backend, engine
from archspec.backends.graphviz.names import name
from archspec.diagnostics import ArchspecError
from archspec.figures.options import Options
from archspec.figures.words import enumerated, short
from archspec.ir.graph import Graph
from tests.drawn_svg import drawn
from tests.effort import spent, within
from tests.engines import drawn_by, each_engine

pytestmark = pytest.mark.filterwarnings("ignore::archspec.figures.legible.Illegible")

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="scripts are not programs on Windows")


def network(graph: str, folder: Path) -> Graph:
    file = folder / "net.yaml"
    file.write_text(f"name: Net\ninputs: {{x: [8, 16, 16]}}\ngraph:\n{graph}", encoding="utf-8")
    return pipeline.elaborate(file)


def put_dot(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only engine from now on."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    script = folder / "dot"
    script.write_text(f"#!{sys.executable} -I\nimport sys, time\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def layer(number: int) -> str:
    return f"  - {{id: l{number}, conv: {{out_channels: {8 + number % 2}, kernel_size: 1}}}}\n"


# --- what is drawn ------------------------------------------------------------------------


def test_many_long_arrows_are_drawn_in_time(tmp_path: Path) -> None:
    """A value of each of 150 layers in a row is read at the end; Graphviz would take hours."""
    ends = ", ".join(f"l{number}" for number in range(150))
    text = "".join(map(layer, range(150))) + f"  - {{id: all, concat: [{ends}]}}\n"
    graph = network(text, tmp_path)
    with within(30):
        figure = drawn(backend.svg(graph))
    assert figure.boxes.keys() >= {"x", *(f"l{number}" for number in range(150)), "all"}
    assert figure.outside() == [] and figure.overlapping() == []


def test_a_fan_costs_what_its_arrows_do(tmp_path: Path) -> None:
    def seconds(wide: int) -> float:
        branches = "".join(
            f"      - [{{from: a, conv: {{out_channels: {1 + i % 50}, kernel_size: 1}}}}]\n"
            for i in range(wide)
        )
        graph = network(f"  - {{id: a, relu: }}\n  - concat:\n{branches}", tmp_path)
        started = spent()
        backend.dot(graph)
        return spent() - started

    assert seconds(1_600) < 10 * seconds(400) + 0.2


@pytest.mark.parametrize("options", [{}, {"size": "16:9"}, {"view": "tree"}, {"direction": "U"}])
def test_names_of_thousands_of_letters(options: dict[str, str], tmp_path: Path) -> None:
    """A spec cannot have them, and a graph that Python made or changed can."""
    graph = network("  - {id: a, relu: }\n  - {id: c, relu: }\n", tmp_path)
    node = graph.by_path["a"]
    node.path = "A" * 20_000
    graph.name = "B" * 50_000
    figure = drawn(backend.svg(graph, Options(**options)))  # type: ignore[arg-type]
    assert figure.outside() == [] and figure.overlapping() == []
    assert max(len(words.text) for words in figure.words) < 200


def test_long_names_are_short_and_differ() -> None:
    one, other = "x" * 90_000 + "1", "x" * 90_000 + "2"
    assert name(one) == name(one) != name(other)
    assert len(name(one, "output ")) < 16_384
    assert short("a" * 500 + "z").startswith("aaa") and short("a" * 500 + "z").endswith("az")
    assert short("conv") == "conv"


def test_lists_of_ops_are_in_lines() -> None:
    assert enumerated([]) == ()
    assert enumerated(["batch norm", "ReLU"]) == ("batch norm, ReLU",)
    many = enumerated([f"conv {n}" for n in range(1_000)])
    assert len(many) == 8 and max(map(len, many)) < 70
    shown = sum(line.count("conv") for line in many)
    assert many[-1].endswith(f"{1_000 - shown} more")


@pytest.mark.parametrize("direction", ["TB", "LR", "U"])
def test_what_is_told_of_a_sum_stands_in_its_box(direction: str, tmp_path: Path) -> None:
    graph = network("  - {id: a, relu: }\n  - {id: sum, add: [a, x]}\n", tmp_path)
    options = Options(direction=direction, annotate=("memory", "rf"))  # type: ignore[arg-type]
    figure = drawn(backend.svg(graph, options))
    within = [
        w.text for w in figure.words if w.owner is not None and figure.owners[w.owner] == "sum"
    ]
    assert {"+", "sees 1×1"} <= set(within)
    assert figure.too_wide() == [] and figure.overlapping() == []


def test_a_page_is_filled_to_the_point() -> None:
    """Graphviz rounds a scale to hundredths, which of a small one leaves words off the page."""
    for family in ("unet", "dla", "ror"):
        figure = drawn(backend.svg(pipeline.elaborate(family), Options(size="16:9")))
        assert figure.outside() == []


def test_a_picture_is_the_same_a_second_later(tmp_path: Path) -> None:
    graph = network("  - {id: a, relu: }\n", tmp_path)
    written = []
    for _ in range(2):
        backend.render(graph, tmp_path / "x.pdf")
        written.append((tmp_path / "x.pdf").read_bytes())
        time.sleep(1.1)
    assert written[0] == written[1]


# --- the machine --------------------------------------------------------------------------


@POSIX
def test_a_dot_that_never_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = network("  - {id: a, relu: }\n", tmp_path)
    monkeypatch.setattr(engine, "_PATIENCE", 0.3)
    put_dot(tmp_path, "time.sleep(100)", monkeypatch)
    with pytest.raises(ArchspecError) as error:
        backend.svg(graph)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E603" and "--level" in (diagnostic.hint or "")


@POSIX
def test_a_dot_that_writes_anything_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = network("  - {id: a, relu: }\n", tmp_path)
    put_dot(tmp_path, "print('hello' if '-Tjson' in sys.argv else sys.exit(1))", monkeypatch)
    with pytest.raises(ArchspecError) as error:
        backend.svg(graph)
    assert "no JSON" in (error.value.diagnostics[0].found or "")


def test_without_an_engine_volumes_and_pages_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = network("  - {id: a, relu: }\n", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    pipeline.render(graph, tmp_path / "x.html")
    pipeline.render(graph, tmp_path / "x.svg", options=Options(style="volumes"))
    pipeline.render(graph, tmp_path / "x.dot", options=Options(view="tree"))
    assert all((tmp_path / f"x.{ending}").stat().st_size for ending in ("html", "svg", "dot"))


@each_engine
def test_no_folder_for_drafts(
    by: engine.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = network("  - {id: a, relu: }\n", tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with drawn_by(by):
        assert "</svg>" in backend.svg(graph)
