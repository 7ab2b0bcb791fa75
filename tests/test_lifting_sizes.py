"""Lifted files: equal, as short as what a person writes, of one kind; a sample of lifting_sizes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archspec import pipeline
from archspec.ir.graph import Graph
from tests.lifted import (
    HAND,
    again,
    altered,
    bare,
    family_length,
    hidden,
    length,
    lifted,
    lifted_family,
)
from tests.lifted_edits import op_changed, widened
from tests.lifted_kinds import mixed
from tests.lifting_sizes import data_of, nowhere
from tests.pieces import as_text, fits, graph_of
from tests.strategies import shared_specs, sized_specs, specs
from tests.sweeping import drawn, rounds, some

SPECS = Path(__file__).parents[1] / "specs"
WRITTEN = sorted(HAND.glob("*.yaml"))


@pytest.mark.sweep
@pytest.mark.parametrize("path", some(WRITTEN, 2), ids=lambda path: path.stem)
def test_a_lifted_file_is_about_as_long_as_one_written_by_hand(path: Path) -> None:
    for change in (lambda graph: graph, hidden):
        one = lifted(change(bare(pipeline.elaborate(path.stem), plain=True)))
        assert (one.wrong, one.refused, mixed(data_of(one.text))) == (None, None, [])
        measured = length(one.text)
        assert not measured.long
        assert measured.beside(length(path.read_text(encoding="utf-8"))) <= 1.2


@pytest.mark.sweep
def test_a_small_change_of_a_graph_is_a_small_change_of_its_file() -> None:
    for rng in rounds(3, 400):
        name = rng.choice(WRITTEN).stem
        what = rng.choice([op_changed, widened])
        graph = nowhere(name)
        if what(graph, rng, everywhere=rng.random() < 0.5) is not None:
            one = lifted(graph)
            assert (one.wrong, one.refused) == (None, None), name


@drawn(5_000, sample=10)
@given(st.one_of(specs(), shared_specs(), sized_specs()))
def test_a_random_graph_comes_back_equal(text: str) -> None:
    for change in (_remembered, bare, lambda graph: hidden(bare(graph))):
        one = lifted(change(graph_of(text)))
        assert (one.wrong, one.refused) == (None, None)


def _remembered(graph: Graph) -> Graph:
    """A graph of which it is known which spec it came from, and no more; in place."""
    graph.provenance = None
    return graph


@drawn(2_000, sample=5)
@given(st.one_of(specs(), shared_specs(), sized_specs()))
def test_random_variants_come_back_in_one_file(text: str) -> None:
    data = yaml.safe_load(text)
    params = data["params"]
    wide, other = {"width": 12 - params["width"]}, {"flag": not params["flag"], "act": "tanh"}
    rows = {"a": {}, "b": wide, "c": other, "d": {**wide, **other, "classes": 7}}
    data["variants"] = {
        name: row for name, row in rows.items() if fits({**data, "params": {**params, **row}})
    }
    one = lifted_family([bare(again(as_text(data), name)) for name in data["variants"]])
    assert (one.wrong, one.refused) == (None, None)


def test_lengths_count_lines_and_characters_without_comments() -> None:
    text = "name: x   # a remark\n\n# another\nsource: >-\n  a book\ngraph:\n  - relu\n"
    assert (length(text).lines, length(text).characters) == (3, len("name: xgraph:  - relu"))
    vgg = SPECS / "vgg.yaml"
    assert family_length(vgg) == length(vgg.read_text(encoding="utf-8"))
    resnet = SPECS / "resnet.yaml"  # its blocks stand in another file
    assert family_length(resnet).lines > length(resnet.read_text(encoding="utf-8")).lines + 20


def test_numbers_as_ids_are_numbers_from_which_others_follow() -> None:
    names = ("vgg11", "vgg13", "vgg13_bn")
    one = lifted_family([bare(pipeline.elaborate(name)) for name in names])
    assert (one.wrong, one.refused) == (None, None)
    assert re.search(r"id: \$\(\w+.* \+ 1\)", one.text) and '"' not in one.text, one.text


def test_lines_that_change_are_counted_once() -> None:
    assert altered("a\nb\nc", "a\nx\nc") == 1
    assert altered("a\nb\nc", "a\nc") == 1
    assert altered("a\nc", "a\nb\nx\nc") == 2
    assert altered("a\nb", "a\nb") == 0


@pytest.mark.parametrize(
    ("graph", "wrong"),
    [
        ("[conv: {out_channels: $p, kernel_size: $q, padding: $(q // 2)}]", 0),
        ("[conv: {out_channels: $p, kernel_size: $p}]", 1),
        ("[conv: {out_channels: $p, stride: $(p // input.channels)}]", 1),
        ("[unit: {a: $p}, conv: {out_channels: 8, kernel_size: $p}]", 1),
        ("[unit: {a: $p}, {when: p > q, relu: }, max_pool: $q]", 1),
        ("[unit: {a: $p}, {when: p != input.channels, relu: }]", 0),
        ("[{for: {i: range(p)}, conv: {out_channels: $(q * 2 ** i)}}]", 0),
        ("[{for: {i: range(p)}, conv: {out_channels: 8, kernel_size: $i}}]", 1),
    ],
)
def test_kinds_that_are_mixed_are_found(graph: str, wrong: int) -> None:
    text = f"""
name: x
inputs: {{x: [8, 8, 8]}}
params: {{p: 8, q: 2}}
blocks:
  unit: {{params: {{a: int}}, graph: [conv: $a]}}
graph: {graph}
"""
    assert bool(mixed(data_of(text))) is bool(wrong), mixed(data_of(text))


def test_changes_of_graphs_are_what_they_say() -> None:
    graph = nowhere("resnet18")
    ops = [node.op.name for node in graph.nodes]
    assert op_changed(graph, random.Random(1), everywhere=True) is not None
    assert sum(a != b.op.name for a, b in zip(ops, graph.nodes, strict=True)) > 1
    shapes = [node.output for node in graph.nodes]
    assert widened(graph, random.Random(1), everywhere=False) is not None
    assert shapes != [node.output for node in graph.nodes]
