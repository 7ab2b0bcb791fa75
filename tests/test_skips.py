"""Skips are the edges that a longer way goes round, found without a search where that is plain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archspec.figures.folding import Box
from archspec.figures.skips import Passages, Ways, ranks, skips


@st.composite
def ways(draw: st.DrawFn) -> Ways:
    """Boxes that lead to later ones: any, or a chain with more edges."""
    boxes = [Box([]) for _ in range(draw(st.integers(2, 12)))]
    chain = draw(st.booleans())
    after: dict[Box, dict[Box, None]] = {}
    for i, box in enumerate(boxes[:-1]):
        later = boxes[i + 1 :]
        heads = dict.fromkeys(draw(st.lists(st.sampled_from(later), max_size=3)))
        if chain:
            heads[later[0]] = None
        if heads:
            after[box] = heads
    return after


def _reaches(after: Ways, start: Box, end: Box, avoided: Box | None = None) -> bool:
    """Whether a way leads from one to the other, or they are the same, past what is avoided."""
    if start is avoided:
        return False
    return start is end or any(_reaches(after, h, end, avoided) for h in after.get(start, ()))


@given(ways())
def test_a_skip_is_an_edge_beside_a_longer_way(after: Ways) -> None:
    expected = {
        (tail, head)
        for tail, heads in after.items()
        for head in heads
        if any(_reaches(after, other, head) for other in heads if other is not head)
    }
    assert skips(after, ranks(after)) == expected


@given(ways())
def test_what_all_ways_lead_through(after: Ways) -> None:
    boxes = list(dict.fromkeys([*after, *(h for heads in after.values() for h in heads)]))
    before = {b: dict.fromkeys(t for t, heads in after.items() if b in heads) for b in boxes}
    starts = [box for box in boxes if not before[box]]
    order = [*after, *(box for box in boxes if box not in after)]
    passages = Passages(order, before)
    for passage in boxes:
        for box in boxes:
            past = any(_reaches(after, start, box, passage) for start in starts)
            assert passages.holds(passage, box) == (not past)
