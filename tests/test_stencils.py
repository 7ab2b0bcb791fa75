"""What ops read, position by position, against what changes when a position is raised.

Each row of `tests.test_ops.ROWS` is run with what lies at one position of an operand raised; the
positions of the output that change are those that read it. How stencils follow one another and
merge is compared with sets of positions.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from archspec.ops import REGISTRY, Op, OpError, Shape
from archspec.ops.stencil import STILL, Reading, Stencil, adaptive, resized, transposed, window
from tests.test_ops import ROWS, Row, called, evaluate, label, prepare, sliding
from tests.test_ops import build as built

Ends = tuple[int, int] | None


def changes(row: Row, which: int, axis: int) -> torch.Tensor:
    """Which values of the output change with each position of an operand's axis: `[n, *output]`.

    All that lies at the position is raised, or lowered where the least counts, by random amounts.
    """
    op, shapes, layer = prepare(row)
    random = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=random, dtype=torch.double)

    module = built(layer).eval().double() if layer.module else None
    for parameter in module.parameters() if module else ():
        nn.init.uniform_(parameter, 0.5, 1.0, generator=random)
    operands = [drawn(1, *shape) / 10 + 0.2 for shape in shapes]
    size = shapes[which][axis]
    place = torch.eye(size, dtype=torch.double).view(
        size, *(size if a == axis else 1 for a in range(len(shapes[which])))
    )
    sign = -1 if op.name == "minimum" else 1
    raised = operands[which] + sign * place * (1 + drawn(1, *shapes[which]))

    def run(x: torch.Tensor) -> torch.Tensor:
        given = [o.repeat(len(x), *(1 for _ in o.shape[1:])) for o in operands]
        given[which] = x
        with torch.no_grad():
            return called(layer, module, given) if module else evaluate(layer, given)

    # A batch norm without running statistics mixes the samples of a batch, and wants values.
    if getattr(op, "track_running_stats", True):
        after = run(raised)
    else:
        after = torch.cat([run(x[None]) for x in raised])
    return (after - run(operands[which])).abs() > 1e-9


def measured(reads: torch.Tensor) -> Ends:
    """The first and the last of the positions that are True."""
    places = reads.nonzero()
    return (int(places.min()), int(places.max())) if len(places) else None


def within(ends: tuple[Any, Any] | None, step: int, size: int) -> Ends:
    """The first and the last of every step-th position that lie in an axis of that size."""
    taps = [i for i in range(ends[0], ends[1] + 1, step) if 0 <= i < size] if ends else []
    return (taps[0], taps[-1]) if taps else None


LOCAL = {"deform_conv": 1, "grid_sample": 1}
"""Operands before that many are read at points that may move anywhere."""

RANDOM = {"fractional_max_pool"}

MIRRORED = {"reflect", "replicate", "circular"}
"""Paddings that take values from the map, which count as if they lay outside."""


def can_run(row: Row) -> bool:
    """Random windows have a test of their own; one vector has no variance over the batch."""
    name, attributes, shapes = row
    alone = name == "batch_norm" and len(shapes[0]) == 1
    return name not in RANDOM and (attributes.get("track_running_stats", True) or not alone)


@pytest.mark.parametrize("row", [row for row in ROWS if can_run(row)], ids=label)
def test_ops_read_what_they_say(row: Row) -> None:
    op, shapes, _ = prepare(row)
    output = op.infer(*shapes)
    readings = op.stencils(shapes, output)
    for which, shape in enumerate(shapes):
        for axis, size in enumerate(shape):
            if which >= len(readings):
                assert not changes(row, which, axis).any()
                continue
            assert len(readings[which]) == len(shape)
            along = readings[which][axis]
            if along is None:
                if which >= LOCAL.get(op.name, 0) and axis > 0 and size > 1:
                    carried = {a.axis for a in readings[which] if a is not None}
                    assert others(changes(row, which, axis), carried).all()
            else:
                seen = others(changes(row, which, axis), {along.axis})
                if seen.any() or not blank(readings[which], shape, output):
                    compare(op, along.stencil, seen)


def blank(reading: Reading, shape: Shape, output: Shape) -> bool:
    """Whether nothing is read along one of the axes, and so nothing at all."""
    return any(
        all(
            within(along.stencil.at(i), along.stencil.step, size) is None
            for i in range(output[along.axis])
        )
        for along, size in zip(reading, shape, strict=True)
        if along is not None
    )


def others(found: torch.Tensor, axes: set[int]) -> torch.Tensor:
    """Whether anything changed along the axes of the output that are not among `axes`."""
    rest = [a for a in range(1, found.ndim) if a - 1 not in axes]
    return found.any(rest) if rest else found


def compare(op: Op, stencil: Stencil, seen: torch.Tensor) -> None:
    """Each position of the output against the operand's, `[operand, output]`."""
    size, count = seen.shape
    modes = {getattr(op, "padding_mode", "zeros"), getattr(op, "mode", "zeros")}
    holes = isinstance(getattr(op, "kernel_mask", None), tuple)
    for i in range(count):
        ends = stencil.at(i)
        inside = ends is not None and ends[0] >= 0 and ends[1] < size
        if inside or not (modes & MIRRORED or holes):
            assert measured(seen[:, i]) == within(ends, stencil.step, size), i


def test_every_op_says_what_it_reads() -> None:
    """And none without a row above says anything: `tests.test_ops` wants a row of each."""
    silent = [name for name, op in REGISTRY.items() if op.stencils is Op.stencils and not op.local]
    assert silent == []
    assert Op().stencils(((3, 4),), (3, 4)) is None


def test_any_window_reads_what_it_says() -> None:
    """Convolutions and pools as hypothesis draws them, in one, two and three dimensions."""
    for name in ("conv", "conv_transpose", "max_pool", "avg_pool", "lp_pool"):
        run_any(name)


def run_any(name: str) -> None:
    @settings(max_examples=30)
    @given(sliding(name))
    def check(row: Row) -> None:
        op, shapes, _ = prepare(row)
        try:
            op.infer(*shapes)
        except OpError:
            return
        test_ops_read_what_they_say(row)

    check()


@pytest.mark.parametrize("row", [r for r in ROWS if r[0] in RANDOM], ids=label)
def test_windows_at_random_places_stay_within_what_is_said_and_fill_it(row: Row) -> None:
    op, (shape,), layer = prepare(row)
    output = op.infer(shape)
    (reading,) = op.stencils((shape,), output)
    for axis, size in enumerate(shape[1:], 1):
        along = reading[axis]
        assert along is not None and along.axis == axis
        # Values that grow along the axis alone: the largest of a window tells its last position.
        ramp = torch.arange(1.0, size + 1).view(-1, *(1 for _ in shape[axis + 1 :])).expand(shape)
        x = ramp.expand(200, *shape)
        torch.manual_seed(0)
        last = built(layer)(x) - 1
        first = size - built(layer)(size + 1 - x)
        for i in range(output[axis]):
            ends = along.stencil.at(i)
            assert ends == (
                first.select(axis + 1, i).min().item(),
                last.select(axis + 1, i).max().item(),
            )


def test_points_may_move_anywhere() -> None:
    """With the offsets or the grid set so, a corner is read from the opposite corner."""
    image = torch.rand(1, 1, 9, 9, dtype=torch.double, requires_grad=True)
    offset = torch.full((1, 2, 9, 9), 8.0, dtype=torch.double)
    deformed = prepare(("deform_conv", {"out_channels": 1}, ((1, 9, 9), (2, 9, 9))))[2]
    sampled = prepare(("grid_sample", {"align_corners": True}, ((1, 9, 9), (9, 9, 2))))[2]
    for value in (
        built(deformed).double()(image, offset),
        evaluate(sampled, [image, torch.ones(1, 9, 9, 2, dtype=torch.double)]),
    ):
        (gradient,) = torch.autograd.grad(value[0, 0, 0, 0], [image])
        assert gradient[0, 0].nonzero().tolist() == [[8, 8]]


# --- stencils against sets of positions ---------------------------------------------------------

Reads = Callable[[int], set[int]]


@st.composite
def links(draw: st.DrawFn) -> tuple[Stencil, Reads]:
    """A stencil of an op, and what a position reads, from the op's formula."""
    k, s = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    d, p = draw(st.integers(1, 3)), draw(st.integers(-2, 3))
    match draw(st.sampled_from(["window", "transposed", "resized", "adaptive"])):
        case "window":
            return window(s, -p, k, d), lambda i: {s * i - p + d * n for n in range(k)}
        case "transposed":
            return transposed(s, p, k, d), lambda i: {
                (i + p - d * n) // s for n in range(k) if (i + p - d * n) % s == 0
            }
        case "resized":
            half = Fraction(1, 2)
            return resized(s, k, None, "linear"), lambda i: {
                floor((i + half) * s / k - half),
                ceil((i + half) * s / k - half),
            }
    found = adaptive(s + k, k + 1)
    assert found is not None
    return found, lambda i: set(range(i * (s + k) // (k + 1), -(-(i + 1) * (s + k) // (k + 1))))


def through(reads: list[Reads], position: int) -> set[int]:
    places = {position}
    for read in reads:
        places = {j for i in places for j in read(i)}
    return places


def box(places: set[int]) -> Ends:
    return (min(places), max(places)) if places else None


@settings(max_examples=300)
@given(st.lists(links(), min_size=1, max_size=4))
def test_chains_of_stencils(chain: list[tuple[Stencil, Reads]]) -> None:
    stencil = STILL
    for outer, _ in chain:  # from the input to the output
        stencil = outer.after(stencil)
    reads = [read for _, read in reversed(chain)]
    for i in range(-3, 20):
        assert stencil.at(i) == box(through(reads, i))


@settings(max_examples=200)
@given(st.lists(links(), max_size=3), st.lists(links(), max_size=3), st.integers(1, 30))
def test_branches_of_stencils(
    left: list[tuple[Stencil, Reads]], right: list[tuple[Stencil, Reads]], count: int
) -> None:
    both = []
    for branch in (left, right):
        stencil = STILL
        for outer, _ in branch:
            stencil = outer.after(stencil)
        both.append((stencil, [read for _, read in reversed(branch)]))
    (a, to_a), (b, to_b) = both
    union = a.union(b, count)
    for i in range(count):
        assert union.at(i) == box(through(to_a, i) | through(to_b, i))
    assert union.rate >= 0


def test_long_periods_become_bounds() -> None:
    """What would take too long to write out is bounded from outside, by less than 2 pixels."""
    ratio = Fraction(10_007, 30_011)
    bound = resized(10_007, 30_011, None, "linear")
    wide = transposed(5000, 7, 9001, 1)
    assert bound.period == wide.period == 1
    for i in range(0, 60_000, 97):
        place = (i + Fraction(1, 2)) * ratio - Fraction(1, 2)
        first, last = bound.at(i) or (0, -1)
        assert place - 3 < first <= floor(place)
        assert ceil(place) <= last < place + 3
        first, last = wide.at(i) or (0, -1)
        taken = [j for j in range(-2, 14) if 0 <= i + 7 - 5000 * j < 9001]
        assert min(taken) - 2 < first <= min(taken)
        assert max(taken) <= last < max(taken) + 2
    assert bound.after(wide).after(bound).period == 1
    assert window(taps=3).after(bound).rate == ratio
