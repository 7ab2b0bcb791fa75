"""The documentation: what it shows is what happens, and what it generates is fresh.

docs/generate.py says how pages are marked. Every YAML block is elaborated, every Python block
run, every command run again and compared with what the page shows.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from archspec import pipeline
from archspec.backends.torch.lowerings.channels import channel_shuffle
from archspec.diagnostics import ArchspecError, Source
from archspec.frontend.loading import Document, load_source
from archspec.ops import REGISTRY
from archspec.ops.linear import Linear
from docs.generate import DOCS, FIGURES, PAGES, ROOT, Block, blocks, charts, figure, refreshed

WRITTEN = (*PAGES, ROOT / "CHANGELOG.md")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _specs() -> Iterator[Any]:
    for page in PAGES:
        if page.name == "plugins.md":  # its spec wants its plugin: tests/test_plugin.py
            continue
        for block in blocks(_read(page)):
            if block.language == "yaml" and block.kind != "fragment":
                yield pytest.param(block, id=f"{page.name}:{block.line}")


@each_page
def test_what_is_generated_is_fresh(page: Path, tmp_path: Path) -> None:
    text = _read(page)
    assert text == refreshed(text, tmp_path), f"{page.name} is stale: run `make docs`"
    for path, chart in charts(page, tmp_path):
        assert _words(path.read_bytes()) == _words(chart), f"{path.name} is stale: run `make docs`"


def _words(svg: bytes) -> list[str]:
    """What a chart says; where it says it depends on the fonts and on matplotlib."""
    return re.findall(r">([^<>]+)</text>", svg.decode())


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_fresh(name: str) -> None:
    assert _read(DOCS / "images" / name) == figure(name), f"{name} is stale: run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_example_stops_at_the_file_of_another(page: Path) -> None:
    assert "error[E107]" not in _read(page)


def test_no_figure_is_left_over() -> None:
    images = DOCS / "images"
    assert {path.relative_to(images).as_posix() for path in images.rglob("*.svg")} == set(FIGURES)


def _completed(body: str) -> str:
    """A whole spec from an example, which may leave out its name, its input, or be a graph."""
    if body.startswith("- "):
        body = f"graph:\n{indent(body, '  ')}"
    keys = re.findall(r"^(\w+):", body, re.MULTILINE)
    for key, text in (("inputs", "{x: [16, 32, 32]}"), ("name", "Example")):
        if key not in keys:
            body = f"{key}: {text}\n{body}"
    return body


def _elaborate(document: Document) -> None:
    for form in pipeline.forms(document):
        pipeline.check(pipeline.elaborate(document, form))


@pytest.mark.parametrize("block", list(_specs()))
def test_specs_are_right_unless_they_are_called_wrong(block: Block) -> None:
    source = Source(block.what or "example.yaml", _completed(block.body))
    if block.what.startswith("wrong"):
        with pytest.raises(ArchspecError):
            _elaborate(load_source(source))
    else:
        _elaborate(load_source(source))


@each_page
def test_python_runs(page: Path, tmp_path: Path) -> None:
    text = _read(page)
    programs = [b for b in blocks(text) if b.language == "python" and not b.kind]
    if not programs:
        pytest.skip("no Python on this page")
    refreshed(text, tmp_path)
    space: dict[str, Any] = {"__name__": page.stem}
    with chdir(tmp_path):
        for block in programs:
            padding = "\n" * block.line  # so that a traceback shows the page's own lines
            exec(compile(padding + block.body, str(page), "exec"), space)


@each_page
def test_blocks_are_of_a_kind_that_is_tested(page: Path) -> None:
    for block in blocks(_read(page)):
        where = f"{page.name}:{block.line}"
        assert block.language in {"console", "python", "sh", "text", "yaml"}, where
        assert block.kind in {"", "file", "output", "fragment"}, where
        if block.language == "console":
            assert block.body.startswith("$ archspec "), where


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = _read(page)
    targets = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", text)
    for target in (link or image for link, image in targets):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        found = page.parent / name if name else page
        assert found.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(_read(found)), f"{page.name} links to {target}"


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: path.name)
def test_what_is_named_exists(page: Path) -> None:
    text = _read(page)
    made = set(re.findall(r"^([a-z]+):", _read(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=`|\s{2,}#|;| ARGS)", text)) <= made
    for path in re.findall(r"`((?:archspec|backends|tests|specs|docs|examples)/[a-z_./]*)`", text):
        assert (ROOT / path).exists(), f"{page.name} names {path}"


@pytest.mark.parametrize("example", [Linear, channel_shuffle])
def test_examples_for_contributors_are_the_code(example: Any) -> None:
    assert indent(inspect.getsource(example), "   ") in _read(ROOT / "CONTRIBUTING.md")


def test_every_op_is_in_the_reference() -> None:
    named = set(re.findall(r"^#### `(\w+)`$", _read(DOCS / "language.md"), re.MULTILINE))
    assert named == {name for name, op in REGISTRY.items() if not op.internal}


def test_the_changelog_begins_with_the_version() -> None:
    project = tomllib.loads(_read(ROOT / "pyproject.toml"))["project"]
    match = re.search(r"^## \[?([\d.]+)", _read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert match is not None
    assert match[1] == project["version"]
