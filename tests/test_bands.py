"""The layout of volumes, on graphs of any form: nothing overlaps, nothing is crossed."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.figures.bands import Slot
from archspec.figures.columns import Edge, columns, paths
from archspec.figures.lines import Arrows
from archspec.figures.picture import Line
from archspec.figures.ways import Placed, lay_out

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
        above, below, tall = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
        below = below and not words[3]
        apart = draw(st.booleans())
        slots.append(Slot(left, right, up, down, half, above, below, tall=tall, apart=apart))
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


@given(networks())
def test_paths_are_all_there_is(network: tuple[list[Slot], list[Edge]]) -> None:
    slots, edges = network
    column = columns(len(slots), edges)
    found = paths(column, edges, None)
    assert sorted(slot for path in found for slot in path) == list(range(len(slots)))
    assert all(pair in edges for path in found for pair in pairwise(path))
    assert column[found[0][-1]] == max(column)


def test_what_goes_round_others_does_so_on_their_side() -> None:
    """As the columns of a fractal: the shorter the further out."""
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(10)]
    row = [(0, 1), (1, 2), (2, 5), (5, 6), (6, 7), (7, 9)]
    beside = lay_out(slots, [*row, (0, 3), (3, 5), (0, 8), (8, 9)])
    inner, outer = beside.middles[3][1], beside.middles[8][1]
    assert inner * outer > 0 and abs(outer) > abs(inner)


def test_ways_to_what_grows_tall_are_straight() -> None:
    branches = [[1], [2, 3], [4, 5, 6], [7, 8, 9, 10, 11], [12]]
    edges = [edge for branch in branches for edge in pairwise([0, *branch, 13])]
    for tall in (True, False):
        slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(13)]
        slots.append(Slot(10, 10, 10, 10, (10, 10), tall=tall))
        placed = lay_out(slots, sorted(edges))
        ends = [branch[-1] for branch in branches if len(branch) < 3]
        kept = [placed.middles[end][1] in {y for _, y in placed.ways[end, 13]} for end in ends]
        runs = [
            any(a[1] == b[1] == placed.middles[e][1] and b[0] - a[0] > 60 for a, b in pairwise(way))
            for e in ends
            for way in [placed.ways[e, 13]]
        ]
        assert all(kept) and all(runs) is tall


@given(st.permutations([[1], [2, 3], [4, 5], [6, 7, 8]]))
def test_operands_stand_in_their_order(branches: list[list[int]]) -> None:
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(9)]
    slots.append(Slot(10, 10, 10, 10, (10, 10), tall=True, apart=True))
    edges = sorted(edge for branch in branches for edge in pairwise([0, *branch]))
    placed = lay_out(slots, [*edges, *((branch[-1], 9) for branch in branches)])
    heights = [placed.middles[branch[0]][1] for branch in branches]
    assert heights == sorted(heights)


def test_each_operand_has_an_arrowhead_of_its_own() -> None:
    """Of what stands in the column before, too, from which a line would lead to another's."""
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(6)]
    edges = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 4), (3, 5), (4, 5)]
    for apart in (True, False):
        slots[4] = Slot(7, 7, 7, 7, (7, 7), above=True, below=True, apart=apart)
        placed = lay_out(slots, edges)
        assert (placed.ways[1, 4][-1] != placed.ways[2, 4][-1]) is apart


def test_lines_reach_each_other_where_they_fork() -> None:
    straight, bent = [(0.0, 0.0), (30.0, 0.0)], [(0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (30, 20.0)]
    for ways in ([straight, bent], [bent, straight], [bent]):
        arrows = Arrows(4.0)
        arrows.expect(ways)
        items = [item for way in ways for item in arrows.along(way, False)]
        points = {point for item in items if isinstance(item, Line) for point in item.points}
        assert ((10.0, 0.0) in points) is (len(ways) > 1)
        assert (10.0, 20.0) not in points  # a corner, and nothing else


def test_many_ways_from_afar_share_a_lane() -> None:
    slots = [Slot(10, 10, 10, 10, (10, 10)) for _ in range(8)]
    edges = [*pairwise(range(8)), (0, 7), (1, 7), (2, 7)]
    placed = lay_out(slots, edges)
    assert len({min(y for _, y in placed.ways[i, 7]) for i in (0, 1, 2)}) == 1
