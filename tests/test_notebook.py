"""Notebooks: a figure for a network, a table for its costs, a frame for a page."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from IPython.core.formatters import DisplayFormatter

import archspec
from archspec import pipeline
from archspec.diagnostics import ArchspecError
from archspec.figures.headings import title
from archspec.ir.graph import Graph
from archspec.notebook import Drawing, Page
from archspec.tables.costs import table
from tests.saved_svg import SVG


def shown(thing: object) -> dict[str, str]:
    """What a notebook gets to show, by MIME type."""
    data, _ = DisplayFormatter().format(thing)
    return dict(data)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


class Page_(HTMLParser):
    """The elements of a fragment, with their attributes, and the texts of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


# --- figures ------------------------------------------------------------------------------


def test_a_drawing_is_text_and_picture(tmp_path: Path) -> None:
    options = archspec.Options(level="block", theme="dark")
    drawing = archspec.render("resnet18", options=options)
    graph = archspec.load("resnet18")
    assert str(drawing) == drawing.dot == pipeline.render(graph, options=options)
    assert shown(drawing) == {
        "text/plain": "<the figure of ResNet>",
        "image/svg+xml": drawing.svg,
    }
    drawing.save(tmp_path / "x.svg")
    drawing.save(tmp_path / "bare", "dot")
    assert (tmp_path / "x.svg").read_text(encoding="utf-8") == drawing.svg
    assert (tmp_path / "bare").read_text(encoding="utf-8") == drawing.dot
    again = archspec.render("resnet18", tmp_path / "y.svg", options=options)
    assert (tmp_path / "y.svg").read_text(encoding="utf-8") == again.svg == drawing.svg


def test_several_networks_stand_side_by_side() -> None:
    drawing = archspec.render(["lenet", archspec.load("alexnet")])
    assert repr(drawing) == "<the figure of LeNet-5, AlexNet>"
    texts = [t.text for t in ET.fromstring(drawing.svg).iter(f"{SVG}text")]
    assert {title(graph) for graph in drawing.graphs} <= set(texts)
    with pytest.raises(ValueError, match="needs a network"):
        archspec.render([])


def test_a_network_shows_its_figure() -> None:
    graph = archspec.load("googlenet")
    data = shown(graph)
    assert data.keys() == {"text/plain", "image/svg+xml"}
    assert data["text/plain"] == f"<GoogLeNet: {len(graph.nodes)} nodes>"
    assert data["image/svg+xml"] == archspec.render(graph).svg
    assert "7×7 conv, 64, /2" in data["image/svg+xml"]


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_text_is_shown() -> None:
    assert shown(archspec.load("lenet")).keys() == {"text/plain", "image/svg+xml"}
    drawing = archspec.render("lenet", options=archspec.Options(level="layer"))
    assert shown(drawing) == {"text/plain": "<the figure of LeNet-5>"}
    assert drawing.dot.startswith("digraph {")
    with pytest.raises(ArchspecError, match="no engine can draw"):
        _ = drawing.svg


def test_mistakes_are_not_hidden() -> None:
    drawing = archspec.render("lenet", options=archspec.Options(only="nothing"))
    with pytest.raises(ArchspecError) as error:
        drawing._repr_svg_()
    assert [d.code for d in error.value.diagnostics] == ["E108"]


@pytest.mark.usefixtures("no_engine")
def test_nothing_is_drawn_until_it_is_asked_for() -> None:
    graph = archspec.load("lenet")
    assert isinstance(graph, Graph) and isinstance(archspec.render(graph), Drawing)


# --- tables -------------------------------------------------------------------------------


def test_costs_show_their_table() -> None:
    stats = archspec.stats("resnet18", batch=2)
    data = shown(stats)
    assert data.keys() == {"text/plain", "text/html"}
    assert data["text/plain"].startswith("<ResNet resnet18: 11,689,512 parameters, ")
    page, wanted = Page_(data["text/html"]), table(stats)
    tags = {tag for tag, _ in page.elements}
    assert tags == {"div", "strong", "small", "table", "thead", "tbody", "tr", "th", "td"}
    cells = [column.title for column in wanted.columns]
    cells += [cell for line in wanted.lines for cell in line.cells]
    read = [cell.strip() for cell in page.cells]
    assert read[: len(cells) - 1] == cells[:-1]
    for remark in (*wanted.head, *wanted.foot):
        assert remark in page.cells[-1]


def test_a_table_escapes_names(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("name: <script>x</script>\ninputs: {a: [4]}\ngraph:\n  - linear: 2\n")
    data = shown(archspec.stats(path))
    assert "<script>" not in data["text/html"] and "&lt;script&gt;" in data["text/html"]


# --- pages --------------------------------------------------------------------------------

HTML = '<!DOCTYPE html>\n<p title="a &amp; b">R&D \'x\' "y"</p><script>1 < 2 && f()</script>\n'


def test_a_page_is_shown_in_a_frame(tmp_path: Path) -> None:
    page = Page(HTML, 'R&D "net" <b>')
    data = shown(page)
    assert data["text/plain"] == "Page(title='R&D \"net\" <b>')"
    ((tag, attributes),) = Page_(data["text/html"]).elements
    assert tag == "iframe"
    assert attributes["srcdoc"] == HTML and attributes["title"] == 'R&D "net" <b>'
    assert attributes["sandbox"] == "allow-scripts allow-downloads"
    page.save(tmp_path / "x.html")
    assert (tmp_path / "x.html").read_text(encoding="utf-8") == HTML


def test_a_drawing_has_the_page_that_the_command_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def render(graph: object, path: Path, format: str | None, options: object) -> None:
        asked.append((graph, path.suffix, format, options))
        path.write_text(HTML, encoding="utf-8")

    monkeypatch.setattr(pipeline, "render", render)
    options = archspec.Options(depth=1)
    drawing = archspec.render("lenet", options=options)
    assert drawing.page is drawing.page
    assert drawing.page == Page(HTML, "LeNet-5")
    assert asked == [(drawing.graphs, ".html", None, options)]
