"""Weight maps as data: shapes are checked, equal is what is built alike, nothing recurses."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import given

from archspec.ir.graph import Graph
from archspec.ir.tensor_expr import (
    TensorExpr,
    concatenate,
    eye,
    full,
    noise,
    old_tensor,
    stack,
    topological,
)
from archspec.ir.tensor_moves import Slice
from archspec.ir.weights import WeightMap, old_tensors, state_of
from tests.effort import spent, within
from tests.pieces import graph_of
from tests.sweeping import drawn
from tests.tensor_values import Array, entries, states

W = old_tensor("conv.weight", (8, 3, 5, 5))
B = old_tensor("conv.bias", (8,))
G, V = old_tensor("bn.weight", (8,)), old_tensor("bn.running_var", (8,))
N = old_tensor("bn.num_batches_tracked", (), "long")

NORMED = """
name: Net
inputs: {x: [3, 8, 8]}
graph:
  - {id: conv, conv: {out_channels: 8, kernel_size: 5, bias: false}}
  - {id: bn, batch_norm: }
"""


# --- shapes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: W + B, r"shapes \[8, 3, 5, 5\] and \[8\] do not broadcast"),
        (lambda: W @ W[0, 0, 1:], r"no matrix product of shapes \[8, 3, 5, 5\] and \[4, 5\]"),
        (lambda: W @ full((), 2), r"no matrix product of shapes \[8, 3, 5, 5\] and \[\]"),
        (lambda: W.reshape((8, 76)), r"shape \[8, 3, 5, 5\] cannot be reshaped to \[8, 76\]"),
        (lambda: W.reshape((-1, 7)), r"shape \[8, 3, 5, 5\] cannot be reshaped to \[-1, 7\]"),
        (lambda: W.reshape((-1, -1)), r"shape \[8, 3, 5, 5\] cannot be reshaped to \[-1, -1\]"),
        (lambda: W.permute((0, 1, 2)), r"shape \[8, 3, 5, 5\] has no axes \[0, 1, 2\]"),
        (lambda: W.permute((0, 1, 2, 2)), r"shape \[8, 3, 5, 5\] has no axes \[0, 1, 2, 2\]"),
        (lambda: W.permute((0, 1, 2, 4)), r"shape \[8, 3, 5, 5\] has no axis 4"),
        (lambda: W[::-1], "a slice steps forward, not by -1"),
        (lambda: W.take(1, [3]), r"axis 1 of \[8, 3, 5, 5\] has no index 3"),
        (lambda: W.take(1, [-1]), r"axis 1 of \[8, 3, 5, 5\] has no index -1"),
        (lambda: W.take(4, [0]), r"shape \[8, 3, 5, 5\] has no axis 4"),
        (lambda: W.broadcast((3, 5, 5)), r"\[8, 3, 5, 5\] does not broadcast to \[3, 5, 5\]"),
        (lambda: B.broadcast((8, 3)), r"shapes \[8\] and \[8, 3\] do not broadcast"),
        (
            lambda: B[:1].broadcast((1,)) @ W[0, 0],
            r"no matrix product of shapes \[1\] and \[5, 5\]",
        ),
        (lambda: W.pad([(0, 1)]), r"shape \[8, 3, 5, 5\] cannot have margins \[\(0, 1\)\]"),
        (lambda: B.pad([(-1, 0)]), r"shape \[8\] cannot have margins \[\(-1, 0\)\]"),
        (lambda: W.sum(4), r"shape \[8, 3, 5, 5\] has no axis 4"),
        (lambda: W.sum(0, -4), r"axes \[0, 0\] name one of \[8, 3, 5, 5\] twice"),
        (lambda: concatenate([]), "nothing to concatenate"),
        (lambda: concatenate([W, B]), r"shapes \[8, 3, 5, 5\] and \[8\] do not concatenate"),
        (lambda: concatenate([W, W[:, 1:]], 0), r"\[8, 3, 5, 5\] and \[8, 2, 5, 5\] do not"),
        (lambda: stack([B, B[1:]]), r"shapes \[8\] and \[7\] do not stack"),
        (lambda: full((2, -1), 0), r"\[2, -1\] is no shape"),
        (lambda: full((2,), float("nan")), "nan is no constant of dtype float"),
        (lambda: full((2,), 0.5, "long"), r"a tensor of dtype long cannot hold 0\.5"),
        (lambda: N + 0.5, r"a tensor of dtype long cannot hold 0\.5"),
        (lambda: N + B, "Add needs operands of one dtype, not long and float"),
        (lambda: N / 2, "Divide is for floats, not for long"),
        (N.sqrt, "Power is for floats, not for long"),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[], TensorExpr], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [lambda: B[8], lambda: B[0, 0], lambda: N[0], lambda: B[-9]])
def test_an_index_that_is_not_there(make: Callable[[], TensorExpr]) -> None:
    with pytest.raises(IndexError):
        make()


def test_an_expression_does_not_change() -> None:
    with pytest.raises(AttributeError):
        W.shape = (1,)


# --- simpler forms --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        (W.reshape((8, 3, 5, 5)), W),
        (W.reshape((8, -1)).reshape((600,)).reshape((8, 3, 5, 5)), W),
        (W.permute((1, 0, 2, 3)).permute((1, 0, 2, 3)), W),
        (W.permute((1, 2, 3, 0)).permute((0, 1, 3, 2)), W.permute((1, 2, 0, 3))),
        (W[:, 0:3, ::1], W),
        (W[2:8:2][1:], W[4:7:2]),
        (B[2:][1], B[3]),
        (W.take(0, range(8)), W),
        (B.take(0, [3, 1, 2]).take(0, [2, 2, 0]), B.take(0, [2, 2, 3])),
        (B.broadcast((8,)), B),
        (B[:, None].broadcast((8, 2)).broadcast((3, 8, 2)), B[:, None].broadcast((3, 8, 2))),
        (W.sum(), W),
        (B.pad([(0, 0)]), B),
        (concatenate([W]), W),
        (full((3, 4), 2)[1:].permute((1, 0)).take(0, [1, 1, 1]), full((3, 2), 2)),
        (full((), 2).broadcast((3, 4)).reshape((12,)), full((12,), 2)),
    ],
)
def test_what_moves_nothing_is_left_out(written: TensorExpr, simple: TensorExpr) -> None:
    assert written == simple
    assert hash(written) == hash(simple)
    assert written.shape == simple.shape


def test_slices_of_slices_are_slices() -> None:
    x = old_tensor("x", (9,))
    parts = [
        slice(start, stop, step)
        for start in (None, 0, 1, 4, -2)
        for stop in (None, 1, 5, -1)
        for step in (1, 2, 3)
    ]
    for first, second in product(parts, parts):
        positions = list(range(9))[first][second]
        found = x[first][second]
        ranges = found.op.ranges if isinstance(found.op, Slice) else (range(9),)
        assert [*map(list, ranges)] == [positions]
        assert found.operands in ((), (x,))


def test_arithmetic_is_not_rewritten() -> None:
    assert B + G != G + B
    assert B - 0 != B
    assert (B + G) + V != B + (G + V)
    assert B * 1 != B


def test_what_differs_is_not_equal() -> None:
    given = [
        W,
        B,
        G,
        old_tensor("conv.weight", (8, 3, 5, 4)),
        old_tensor("bn.weight", (8,), "long"),
        *(W.sum(axis) for axis in range(4)),
        *(W.take(axis, [0, 1]) for axis in range(4)),
        W[:2],
        full((8,), 0.0),
        full((8,), -0.0),
        full((8,), 0, "long"),
        full((2, 4), 0.0),
        eye(8),
        eye(8, 7),
        *(noise("normal", (8,), scale=1, seed=seed) for seed in range(3)),
        noise("uniform", (8,), scale=1, seed=0),
        noise("normal", (8,), scale=1, seed=0, stream="a"),
        noise("normal", (8,), scale=2, seed=0),
        B**0.5,
        B**2,
        concatenate([B, G]),
        concatenate([B, G, G]),
    ]
    assert len(set(given)) == len(given)


# --- maps -----------------------------------------------------------------------------------


def _folded() -> WeightMap:
    scale = G / (V + 1e-5).sqrt()
    bias = old_tensor("bn.bias", (8,)) - old_tensor("bn.running_mean", (8,)) * scale
    return WeightMap({"conv.weight": W * scale[:, None, None, None], "conv.bias": bias})


def test_a_dump_reads_like_formulas() -> None:
    assert _folded().dump().splitlines() == [
        "conv.weight = conv.weight * (bn.weight / sqrt(bn.running_var + 1e-05))"
        "[:, None, None, None]",
        "conv.bias = bn.bias - bn.running_mean * (bn.weight / sqrt(bn.running_var + 1e-05))",
    ]


def test_everything_is_written() -> None:
    written = WeightMap(
        {
            "a": -(W.take(0, [0, 1, 2, 5, 7, 6, 6])[::2, 1, None] * 2.0) - (1 - W[3:4, 0]),
            "b": stack([B, G]).permute((1, 0)) @ eye(2, 5),
            "c": noise("normal", (4,), scale=0.1, seed=7, stream="c") + full((4,), 3),
            "d": (B**2 * -1).reshape((2, 4)).sum(1).pad([(0, 1)], 1),
            "e": B[:, None].broadcast((8, 2)).rsqrt() / (B - (G - V))[:, None],
            "f": N + 1,
        }
    ).dump()
    assert written == (
        "a = -(take(conv.weight, 0, [0:3, 5, 7, 6, 6])[0:7:2, 1:2] * 2.0)"
        " - (1.0 - reshape(conv.weight[3:4, 0:1], [1, 5, 5]))\n"
        "b = permute(concatenate([conv.bias[None, :], bn.weight[None, :]], 0), [1, 0])"
        " @ eye([2, 5])\n"
        "c = normal([4], 0.1, seed=7, stream='c') + full([4], 3.0)\n"
        "d = pad(sum(reshape(conv.bias ** 2.0 * -1.0, [2, 4]), [1]), [(0, 1)], 1.0)\n"
        "e = broadcast(conv.bias[:, None], [8, 2]) ** -0.5"
        " / (conv.bias - (bn.weight - bn.running_var))[:, None]\n"
        "f = bn.num_batches_tracked + 1\n"
    )


def test_a_part_that_is_read_often_has_a_line_of_its_own() -> None:
    scale = G / (V + 1e-5).sqrt() + G / (V + 1e-3).sqrt()
    dumped = WeightMap({"a": scale * 2, "b": scale * 3, "c": scale}).dump().splitlines()
    part = "bn.weight / sqrt(bn.running_var + 1e-05) + bn.weight / sqrt(bn.running_var + 0.001)"
    assert dumped == [f"%a.1 = {part}", "a = %a.1 * 2.0", "b = %a.1 * 3.0", "c = %a.1"]


def test_a_change_of_one_tensor_is_a_change_of_its_lines() -> None:
    def dumped(factor: float) -> list[str]:
        made = {}
        for at in range(20):
            part = sum((B * (at + n) for n in range(30)), B * (factor if at == 7 else 1))
            made[f"new.{at}"] = part * part
        return WeightMap(made).dump().splitlines()

    one, other = dumped(1), dumped(2)
    assert len(one) == len(other) > 40
    differ = [a for a, b in zip(one, other, strict=True) if a != b]
    assert differ and all("new.7" in line for line in differ)


@drawn(2_000, sample=40)
@given(states().flatmap(entries))
def test_a_map_is_what_it_was_however_it_is_copied(
    found: dict[str, tuple[TensorExpr, Array]],
) -> None:
    weights = WeightMap({key: expr for key, (expr, _) in found.items()})
    loaded = pickle.loads(pickle.dumps(weights))
    assert weights == loaded and hash(weights) == hash(loaded)
    assert list(weights) == list(loaded)
    assert weights.dump() == loaded.dump() == copy.deepcopy(weights).dump()
    assert [pickle.loads(pickle.dumps(one)) for one in weights.values()] == [*weights.values()]
    nodes = len(set(topological(weights.values())))
    assert len(list(topological(loaded.values()))) == nodes


def test_maps_are_equal_whatever_the_order() -> None:
    one = WeightMap({"a": W, "b": B + G})
    other = WeightMap({"b": B + G, "a": W})
    assert one == other and hash(one) == hash(other)
    assert one != WeightMap({"a": W, "b": G + B})
    assert one != WeightMap({"a": W})


def test_renaming() -> None:
    weights = WeightMap({"a": W, "b": B, "c": G})
    assert dict(weights.renamed({"a": "b", "b": "a"})) == {"b": W, "a": B, "c": G}
    with pytest.raises(ValueError, match="two tensors would have one name"):
        weights.renamed({"a": "b"})
    with pytest.raises(ValueError, match="no `d` to rename"):
        weights.renamed({"d": "e"})


def test_composition_reads_through() -> None:
    first = WeightMap({"a": W.permute((1, 0, 2, 3)), "b": B + G})
    second = WeightMap(
        {"x": old_tensor("a", (3, 8, 5, 5)).permute((1, 0, 2, 3)), "y": -old_tensor("b", (8,))}
    )
    assert second.after(first) == WeightMap({"x": W, "y": -(B + G)})


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (old_tensor("c", (8,)), "the first map has no `c`"),
        (old_tensor("b", (7,)), r"`b` is float \[7\] here, and float \[8\] in the first map"),
        (old_tensor("b", (8,), "long"), r"`b` is long \[8\] here, and float \[8\] in the first"),
    ],
)
def test_composition_is_checked(read: TensorExpr, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WeightMap({"x": read}).after(WeightMap({"b": B}))


def test_composition_keeps_shared_what_is_shared() -> None:
    """Each map doubles what the one before gives: written out, there would be 2^60 additions."""
    total = WeightMap({"a": B})
    a = old_tensor("a", (8,))
    for _ in range(60):
        total = WeightMap({"a": a + a}).after(total)
    assert len(list(topological(total.values()))) == 61
    assert len(total.dump()) < 10_000


def _chain(length: int) -> WeightMap:
    a, b = old_tensor("a", (8,)), old_tensor("b", (8,))
    step = WeightMap({"a": a * 0.5 + b, "b": b - a * 0.25})
    total = WeightMap({"a": B, "b": G})
    for _ in range(length):
        total = step.after(total)
    return total


def test_chains_of_thousands_of_maps() -> None:
    with within(20):
        one, other = _chain(2_000), _chain(2_000)
        assert one == other and hash(one) == hash(other)
        assert one != _chain(1_999)
        assert copy.deepcopy(one) == one
        assert pickle.loads(pickle.dumps(one)) == one
        assert one.renamed({"a": "z"}) != one
        assert max(map(len, one.dump().splitlines())) < 250
        assert repr(one["a"]) and repr(one)


def test_the_cost_of_a_chain_is_linear() -> None:
    def cost(length: int) -> float:
        start = spent()
        _chain(length)
        return spent() - start

    cost(10)
    assert cost(1_000) < 12 * cost(100) + 0.1


# --- between graphs -------------------------------------------------------------------------


@pytest.fixture
def normed() -> Graph:
    return graph_of(NORMED)


@pytest.fixture
def plain() -> Graph:
    return graph_of(NORMED.replace(", bias: false", "").replace("  - {id: bn, batch_norm: }\n", ""))


def test_the_tensors_of_a_graph(normed: Graph) -> None:
    assert {key: one.shape for key, one in old_tensors(normed).items()} == {
        "conv.weight": (8, 3, 5, 5),
        "bn.weight": (8,),
        "bn.bias": (8,),
        "bn.running_mean": (8,),
        "bn.running_var": (8,),
        "bn.num_batches_tracked": (),
    }
    assert old_tensors(normed)["bn.num_batches_tracked"].dtype == "long"


def test_what_is_shared_is_one_tensor() -> None:
    graph = graph_of(
        "name: Net\ninputs: {x: [4, 8, 8]}\n"
        "graph: [{id: a, conv: {out_channels: 4}}, {id: b, share: a}]\n"
    )
    assert list(state_of(graph)) == ["a.weight", "a.bias"]
    WeightMap.identity(graph).verify(graph, graph)


def test_a_map_holds_between_its_graphs(normed: Graph, plain: Graph) -> None:
    _folded().verify(normed, plain)
    WeightMap.identity(normed).verify(normed, normed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv.bias": None}, "`conv.bias` of the new graph is missing"),
        ({"conv.weight": None, "conv.w": W}, "weight` of the new graph is missing.*no `conv.w`"),
        ({"bn.weight": G}, "the new graph has no `bn.weight`"),
        ({"conv.bias": G[:4]}, r"`conv.bias` is float \[4\] here, and float \[8\] in the new"),
        ({"conv.bias": G[:, None]}, r"`conv.bias` is float \[8, 1\] here, and float \[8\] in"),
        ({"conv.bias": full((8,), 0, "long")}, r"long \[8\] here, and float \[8\] in the new"),
        ({"conv.bias": B}, "the old graph has no `conv.bias`"),
        (
            {"conv.bias": old_tensor("bn.bias", (9,))[:8] + G},
            r"`bn.bias` is float \[9\] here, and float \[8\] in the old graph",
        ),
        (
            {"conv.bias": old_tensor("bn.bias", (9,))[:8] + old_tensor("bn.bias", (8,))},
            r"`bn.bias` is read as float \[9\], and as float \[8\]",
        ),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    normed: Graph, plain: Graph, change: dict[str, TensorExpr | None], message: str
) -> None:
    changed = {**_folded(), **change}
    weights = WeightMap({key: one for key, one in changed.items() if one is not None})
    with pytest.raises(ValueError, match=message):
        weights.verify(normed, plain)
