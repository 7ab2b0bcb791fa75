"""The layout of volumes, on graphs of any form: nothing overlaps, nothing is crossed."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.drawing.bands import Edge, Placed, Slot, columns, lay_out

SIZES = st.floats(4, 60)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Slot], list[Edge]]:
    """Slots of any size, and edges from earlier ones to later ones."""
    count = draw(st.integers(1, 14))
    pairs = list(combinations(range(count), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    slots = []
    for _ in range(count):
        half = draw(SIZES), draw(SIZES)
        words = draw(st.tuples(*[st.floats(0, 30)] * 4))
        left, right = half[0] + words[0], half[0] + words[1]
        up, down = half[1] + words[2], half[1] + words[3]
        above, below = draw(st.booleans()), draw(st.booleans())
        slots.append(Slot(left, right, up, down, half, above, below and not words[3]))
    return slots, edges


def rectangles(slots: list[Slot], placed: Placed) -> list[tuple[float, float, float, float]]:
    """Of slots, words included."""
    return [
        (x - s.left, y - s.up, x + s.right, y + s.down)
        for s, (x, y) in zip(slots, placed.middles, strict=True)
    ]


def solids(slots: list[Slot], placed: Placed) -> list[tuple[float, float, float, float]]:
    """Of slots without words."""
    return [
        (x - s.half[0], y - s.half[1], x + s.half[0], y + s.half[1])
        for s, (x, y) in zip(slots, placed.middles, strict=True)
    ]


def meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] - 1e-6 and b[0] < a[2] - 1e-6 and a[1] < b[3] - 1e-6 and b[1] < a[3] - 1e-6


@settings(max_examples=200, deadline=None)
@given(networks())
def test_slots_are_apart_and_ways_go_round_them(network: tuple[list[Slot], list[Edge]]) -> None:
    slots, edges = network
    placed = lay_out(slots, edges)
    whole, solid = rectangles(slots, placed), solids(slots, placed)
    assert not any(meet(a, b) for a, b in combinations(whole, 2))
    assert set(placed.ways) == set(edges)
    for (tail, head), way in placed.ways.items():
        assert way[0] == (solid[tail][2], placed.middles[tail][1])
        (x0, y0), (x1, y1) = way[-2:]
        assert (x0 == x1 or y0 == y1) and meet((x1 - 1, y1 - 1, x1 + 1, y1 + 1), solid[head])
        for (x0, y0), (x1, y1) in pairwise(way):
            assert x0 == x1 or y0 == y1
            line = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
            for i, box in enumerate(whole):
                assert not meet(line, solid[i] if i in (tail, head) else box)


@given(networks())
def test_columns_are_longest_ways(network: tuple[list[Slot], list[Edge]]) -> None:
    slots, edges = network
    graph: nx.DiGraph = nx.DiGraph(edges)
    graph.add_nodes_from(range(len(slots)))
    found = columns(len(slots), edges)
    for column, generation in enumerate(nx.topological_generations(graph)):
        for node in generation:
            if graph.in_degree(node):
                assert found[node] == column
            elif graph.out_degree(node):
                assert found[node] == min(found[head] for head in graph.successors(node)) - 1
            else:
                assert found[node] == 0


def test_the_longest_way_is_straight() -> None:
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(6)]
    edges = [(0, 1), (1, 2), (2, 5), (0, 3), (3, 5), (0, 4), (4, 5), (0, 5)]
    placed = lay_out(slots, edges)
    ys = [y for _, y in placed.middles]
    assert ys[0] == ys[1] == ys[2] == ys[5] == 0
    assert ys[3] < 0 < ys[4] or ys[4] < 0 < ys[3]
    assert len(placed.ways[1, 2]) == 2 and len(placed.ways[0, 5]) > 2


def test_many_ways_from_afar_share_a_lane() -> None:
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(8)]
    edges = [*pairwise(range(8)), (0, 7), (1, 7), (2, 7)]
    placed = lay_out(slots, edges)
    assert len({min(y for _, y in placed.ways[i, 7]) for i in (0, 1, 2)}) == 1
