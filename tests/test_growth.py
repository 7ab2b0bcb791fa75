"""What is asked of a network costs no more than its nodes, whatever its shape."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import archspec
from archspec import pipeline
from archspec.ir.graph import Graph

HEAD = "name: N\ninputs: {x: [4, 8, 8]}\n"
CONV = "conv: {out_channels: 4}"


def _loop(nodes: int) -> str:
    return f"graph:\n- {{repeat: {nodes}, {CONV}}}\n"


def _text(nodes: int) -> str:
    pair = "- {{id: n{}, conv: {{out_channels: 4}}}}\n- relu\n"
    return "graph:\n" + "".join(pair.format(i) for i in range(nodes // 2))


def _concat(nodes: int) -> str:
    return f"graph:\n- concat: [{{each: {nodes}, {CONV}}}]\n"


def _fan(nodes: int) -> str:
    return f"graph:\n- {{id: a, relu: }}\n- add: [{{each: {nodes}, from: a, {CONV}}}]\n"


def _parallel(nodes: int) -> str:
    return f"graph:\n- parallel: [{{each: {nodes}, relu: }}]\n- add: [[]]\n"


def _outputs(nodes: int) -> str:
    named = ", ".join(f"o{i}: n{i}" for i in range(nodes))
    return f"graph:\n- {{for: {{i: range({nodes})}}, id: n$i, relu: }}\noutputs: {{{named}}}\n"


def _heads(nodes: int) -> str:
    """As many training-only heads as there are nodes on the way to the output."""
    half = nodes // 2
    heads = ", ".join(f"o{i}: {{from: h{i}, train_only: true}}" for i in range(half))
    return (
        f"graph:\n- {{for: {{i: range({half})}}, id: n$i, relu: }}\n"
        f"- {{for: {{i: range({half})}}, id: h$i, from: n$i, {CONV}}}\n"
        f"outputs: {{y: n{half - 1}, {heads}}}\n"
    )


def _group(nodes: int) -> str:
    """A group whose values are read outside of it, so that its statements stand there."""
    inside = f"[{{id: a, concat: [{{each: {nodes}, {CONV}}}]}}, relu]"
    return f"graph:\n- {{id: g, graph: {inside}}}\n- concat: [[], g.a]\n"


def _blocks(nodes: int) -> str:
    """Blocks with a condition of their own each."""
    body = f"[{{when: k > 1, {CONV}}}, {{id: last, {CONV}}}, relu]"
    return (
        f"blocks: {{b: {{params: {{k: int}}, graph: {body}}}}}\n"
        f"graph:\n- {{for: {{i: range({nodes // 3})}}, b: $(i % 3)}}\n"
    )


def _skips(nodes: int) -> str:
    """Values that are read again in the opposite order, as by a U-Net."""
    half = nodes // 2
    add = f"add: [[], 'n$({half} - 1 - i)']"
    return (
        f"graph:\n- {{for: {{i: range({half})}}, id: n$i, {CONV}}}\n"
        f"- {{for: {{i: range({half})}}, {add}}}\n"
    )


def _valleys(nodes: int) -> str:
    """The same, where between any two of them the map is made smaller and larger."""
    fifth = nodes // 5
    down = f"[{{id: n$i, {CONV}}}, {{max_pool: 2}}, {{upsample: 2}}]"
    up = f"[{{concat: [[], 'n$({fifth} - 1 - i)']}}, {{{CONV}}}]"
    return (
        f"graph:\n- {{for: {{i: range({fifth})}}, graph: {down}}}\n"
        f"- {{for: {{i: range({fifth})}}, graph: {up}}}\n"
    )


SHAPES = (
    *(_loop, _text, _concat, _fan, _parallel, _outputs, _heads, _group, _blocks),
    *(_skips, _valleys),
)
DEEDS: tuple[Callable[[Graph], object], ...] = (pipeline.stats, pipeline.source, pipeline.render)
FEW, TIMES = 600, 8
MOST = 1.8 * TIMES
"""Where a cost is the square of the nodes it is 64 times as much, and 16 where that is a tenth."""


def _graph(write: Callable[[int], str], nodes: int, folder: Path) -> Graph:
    file = folder / f"{nodes}.yaml"
    file.write_text(HEAD + write(nodes), encoding="utf-8")
    return archspec.load(file)


def _least(deed: Callable[[Graph], object], made: Callable[[], Graph], times: int) -> float:
    """Seconds of CPU, of several tries the fewest.

    Each try has a graph of its own: what is kept with a graph makes the second deed cheaper.
    """
    found = []
    for _ in range(times):
        graph = made()
        start = time.process_time()
        deed(graph)
        found.append(time.process_time() - start)
    return min(found)


def _assert_grows_with_the_nodes(
    deed: Callable[[Graph], object], made: Callable[[int], Graph], few: int, tries: int
) -> None:
    small = _least(deed, partial(made, few), tries + 1)
    large = _least(deed, partial(made, TIMES * few), tries)
    assert large < MOST * small, f"{large / small:.1f} times as long for {TIMES} times the nodes"


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
@pytest.mark.parametrize("write", SHAPES, ids=lambda write: write.__name__.strip("_"))
def test_costs_grow_with_the_nodes(
    write: Callable[[int], str], deed: Callable[[Graph], object], tmp_path: Path
) -> None:
    _assert_grows_with_the_nodes(deed, lambda n: _graph(write, n, tmp_path), FEW, 2)


@pytest.mark.parametrize(
    ("write", "few", "tries"),
    [(_loop, FEW, 4), (_concat, FEW // 2, 1), (_blocks, FEW, 1)],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_figures_grow_with_the_nodes(
    write: Callable[[int], str], few: int, tries: int, tmp_path: Path
) -> None:
    """Of the figures that are chosen unless told, too, whatever has room on a slide."""

    def draw(graph: Graph) -> None:
        pipeline.render(graph, tmp_path / "x.svg")

    _assert_grows_with_the_nodes(draw, lambda n: _graph(write, n, tmp_path), few, tries)


@pytest.mark.parametrize(("write", "nodes"), [(_loop, 20_000), (_text, 8_000)])
def test_a_node_of_a_chain_takes_less_than_two_kilobytes(
    write: Callable[[int], str], nodes: int, tmp_path: Path
) -> None:
    tracemalloc.start()
    try:
        graph = _graph(write, nodes, tmp_path)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(graph.nodes) == nodes + 1
    assert size < 2048 * nodes


@pytest.mark.slow
def test_a_million_nodes(tmp_path: Path) -> None:
    start = time.process_time()
    graph = _graph(_loop, 999_999, tmp_path)
    assert len(graph.nodes) == 1_000_000
    assert time.process_time() - start < 60
    with pytest.raises(archspec.ArchspecError, match="graph is too large"):
        _graph(_loop, 1_000_000, tmp_path)


@pytest.mark.slow
def test_a_long_chain_is_folded_in_time_that_grows_with_it(tmp_path: Path) -> None:
    _assert_grows_with_the_nodes(pipeline.render, lambda n: _graph(_loop, n, tmp_path), 10_000, 1)


def test_the_paths_of_a_long_chain(tmp_path: Path) -> None:
    """One path of 60,000 layers: its length is a number, and no polynomial of that degree."""
    found = archspec.paths(_graph(_loop, 60_000, tmp_path))
    assert found.count == 1
    assert found.layers.shortest == found.layers.longest == 60_000
    assert found.layers.mean == 60_000 and found.layers.deviation == 0
