"""Weight maps in PyTorch: values are NumPy's, composition holds, and networks compute the same."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

import archspec
from archspec.backends.torch import backend
from archspec.backends.torch.noise import draw
from archspec.backends.torch.weightmaps import VALUES, evaluate, new_state
from archspec.diagnostics import Source
from archspec.elaboration.build import build
from archspec.frontend.loading import load_source
from archspec.ir import tensor_moves, tensor_ops
from archspec.ir.graph import Graph
from archspec.ir.tensor_expr import (
    TensorExpr,
    concatenate,
    full,
    noise,
    old_tensor,
    substituted,
)
from archspec.ir.tensor_ops import Arithmetic, Noise, OldTensor, TensorOp
from archspec.ir.weights import WeightMap, old_tensors
from archspec.pipeline import elaborate
from tests.pieces import graph_of
from tests.sweeping import drawn
from tests.tensor_values import Array, Pair, entries, noise_values, rearranged, states

State = dict[str, Tensor]


def _tensors(values: dict[str, Array]) -> State:
    return {key: torch.tensor(one) for key, one in values.items()}


def _map(found: dict[str, Pair]) -> WeightMap:
    return WeightMap({key: expr for key, (expr, _) in found.items()})


def _compare(given: Iterator[tuple[str, Tensor]], wanted: dict[str, Array]) -> None:
    values = dict(given)
    assert list(values) == list(wanted)
    for key, value in values.items():
        assert value.dtype == torch.from_numpy(np.empty(0, wanted[key].dtype)).dtype
        assert tuple(value.shape) == wanted[key].shape
        np.testing.assert_allclose(value.numpy(), wanted[key], rtol=1e-9, atol=1e-9)


# --- random expressions ---------------------------------------------------------------------


@drawn(5_000, sample=100)
@given(st.data())
def test_values_are_those_of_numpy(data: st.DataObject) -> None:
    values = data.draw(states())
    found = data.draw(entries(values))
    wanted = {key: value for key, (_, value) in found.items()}
    weights = _map(found)
    _compare(evaluate(weights, _tensors(values)), wanted)
    simple = substituted(list(weights.values()), TensorExpr)
    _compare(evaluate(WeightMap(dict(zip(weights, simple, strict=True))), _tensors(values)), wanted)


@pytest.mark.parametrize("kind", ["reshape", "permute", "index", "take", "broadcast"])
@drawn(5_000, sample=40)
@given(data=st.data())
def test_moves_in_a_row(kind: str, data: st.DataObject) -> None:
    values, (expr, value) = data.draw(rearranged(kind))
    (simple,) = substituted([expr], TensorExpr)
    _compare(
        evaluate(WeightMap({"a": expr, "b": simple}), _tensors(values)), {"a": value, "b": value}
    )


@drawn(5_000, sample=60)
@given(st.data())
def test_two_maps_are_their_composition(data: st.DataObject) -> None:
    values = data.draw(states())
    first = data.draw(entries(values))
    between = {key: value for key, (_, value) in first.items()}
    second = data.draw(entries(between))
    wanted = {key: value for key, (_, value) in second.items()}
    one, two = _map(first), _map(second)
    state = _tensors(values)
    _compare(evaluate(two, dict(evaluate(one, state))), wanted)
    _compare(evaluate(two.after(one), state), wanted)


def _operations() -> set[type[TensorOp]]:
    """All that are no base of others."""
    named = [*vars(tensor_ops).values(), *vars(tensor_moves).values()]
    found = {one for one in named if isinstance(one, type) and issubclass(one, TensorOp)}
    return {one for one in found if not one.__abstractmethods__}


def test_every_operation_has_a_value() -> None:
    assert VALUES.keys() == _operations() - {OldTensor, Arithmetic}


def test_chains_of_thousands_are_evaluated() -> None:
    a = old_tensor("a", (2,))
    total = WeightMap({"a": a})
    for _ in range(3_000):
        total = WeightMap({"a": a * 0.5 + 1}).after(total)
    (value,) = dict(evaluate(total, {"a": torch.tensor([5.0, -5.0])})).values()
    assert value.tolist() == pytest.approx([2, 2])


def test_a_part_is_computed_once_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of a hundred sums, each read twice and by an output of its own."""
    calls, alive, most = 0, 0, 0

    class Counted(Tensor):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def add(_op: Any, a: Tensor, b: Tensor) -> Tensor:
        nonlocal calls, alive, most
        calls, alive = calls + 1, alive + 1
        most = max(most, alive)
        return (a.as_subclass(Tensor) + b.as_subclass(Tensor)).as_subclass(Counted)

    monkeypatch.setitem(VALUES, tensor_ops.Add, add)
    part: TensorExpr = old_tensor("a", (3,))
    made = {}
    for at in range(100):
        part = part + part
        made[f"new.{at}"] = part
    for at, (_, value) in enumerate(evaluate(WeightMap(made), {"a": torch.ones(3)})):
        assert value.tolist() == [2.0 ** (at + 1)] * 3
        del value
    assert calls == 100
    assert most <= 4
    assert alive == 0


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({}, "the state has no `a.weight`"),
        ({"a.weight": torch.ones(2)}, r"is read as float \[3\], and is float \[2\]"),
        ({"a.weight": torch.ones(3).long()}, r"is read as float \[3\], and is long \[3\]"),
        ({"a.weight": torch.ones(3).bool()}, r"is read as float \[3\], and is torch.bool \[3\]"),
        ({"a.weight": torch.ones(3) * 1j}, r"float \[3\], and is torch.complex64 \[3\]"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(state: State, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dict(evaluate(WeightMap({"b": old_tensor("a.weight", (3,)) * 2}), state))


# --- noise ----------------------------------------------------------------------------------

NORMAL = ["-0x1.e2371499c8648p+1", "0x1.fd82f42d7fd5bp-1", "-0x1.5cef2746764f0p-2"]
UNIFORM = ["-0x1.ffea5ee3d8b56p-1", "0x1.5c546f53a026ep-1", "-0x1.111d26470f954p-2"]
MANY = "e0c4c32ea0177b5946b9e33d20d4fd17d891267ca0fd67419c2c4cb6323df30e"


def _draw(distribution: str, shape: tuple[int, ...], seed: int = 0, scale: float = 1) -> Tensor:
    return draw(Noise(shape, distribution, scale, seed, "fc.weight"))  # type: ignore[arg-type]


def test_uniform_noise_is_what_is_defined() -> None:
    wanted = noise_values("uniform", (7, 11), 0.3, 5, "fc.weight")
    assert _draw("uniform", (7, 11), 5, 0.3).numpy().tobytes() == wanted.tobytes()


def test_normal_noise_is_the_quantile() -> None:
    wanted = noise_values("normal", (20_000,), 1, 5, "fc.weight")
    assert abs(wanted).max() > 3.5
    np.testing.assert_allclose(_draw("normal", (20_000,), 5).numpy(), wanted, rtol=2e-14)


def test_the_far_tails_are_the_quantile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which a random number hardly reaches: u down to 2^-53."""
    small = [2.0**-n for n in range(1, 54)]
    unit = [*small, *(1 - one for one in small)]
    wanted = [NormalDist().inv_cdf(one) for one in unit]
    evenly = torch.tensor(unit, dtype=torch.float64)
    monkeypatch.setattr("archspec.backends.torch.noise._evenly", lambda *_: evenly)
    np.testing.assert_allclose(_draw("normal", (106,)).numpy(), wanted, rtol=2e-14, atol=1e-16)


@pytest.mark.skipif(sys.byteorder != "little", reason="the digest is of bytes as they lie")
def test_noise_is_the_same_everywhere() -> None:
    """Bits that were drawn once; a machine or a release of PyTorch that draws others is wrong."""
    assert [float(one).hex() for one in _draw("normal", (3,))] == NORMAL
    assert [float(one).hex() for one in _draw("uniform", (3,))] == UNIFORM
    assert sha256(_draw("normal", (100_000,)).numpy().tobytes()).hexdigest() == MANY


def test_noise_does_not_depend_on_how_much_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _draw("normal", (50_000,))
    monkeypatch.setattr("archspec.backends.torch.noise.CHUNK", 999)
    assert torch.equal(whole, _draw("normal", (100, 500)).flatten())
    assert torch.equal(whole[:10], _draw("normal", (10,)))
    assert len(whole.unique()) == 50_000


def test_noise_looks_random() -> None:
    """Mean, spread and the correlation of neighbours, each within five standard errors."""
    drawn = _draw("normal", (50_000,))
    error = 5 / math.sqrt(len(drawn))
    assert abs(float(drawn.mean())) < error
    assert abs(float(drawn.var()) - 1) < error * math.sqrt(2)
    assert abs(float((drawn[1:] * drawn[:-1]).mean())) < error


def test_streams_and_seeds_are_apart() -> None:
    found = [
        tuple(draw(Noise((4,), "normal", 1.0, seed, stream)).tolist())
        for seed in (0, 1, -1, 2**70)
        for stream in ("", "a", "b")
    ]
    assert len(set(found)) == len(found)


# --- state dicts ----------------------------------------------------------------------------


def _randomised(module: nn.Module) -> nn.Module:
    """Parameters and buffers as a training might leave them, in float64, in evaluation mode."""
    generator = torch.Generator().manual_seed(1)
    module = module.double().eval()
    for key, tensor in module.state_dict().items():
        if not tensor.is_floating_point():
            tensor.fill_(17)
        elif key.endswith("running_var") or (tensor.ndim == 1 and key.endswith("weight")):
            tensor.uniform_(0.5, 2, generator=generator)
        else:
            fan = max(1, tensor[0].numel()) if tensor.ndim > 1 else 4
            tensor.normal_(0, fan**-0.5, generator=generator)
    return module


def _loaded(weights: WeightMap, old: nn.Module, graph: Graph) -> nn.Module:
    """The new network with the old one's weights by the map, in float64, in evaluation mode."""
    module = backend.compile(graph, dtype="float64").eval()
    result = module.load_state_dict(new_state(weights, old.state_dict(), module), strict=True)
    assert not result.missing_keys and not result.unexpected_keys
    return module


def _agree(one: nn.Module, other: nn.Module, shape: tuple[int, ...]) -> None:
    torch.manual_seed(2)
    x = torch.randn(3, *shape, dtype=torch.float64)
    with torch.no_grad():
        wanted, found = one(x), other(x)
    assert float(wanted.std()) > 1e-3
    torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9 * float(wanted.abs().max()))


TIED = """
name: Net
inputs: {x: [4, 8, 8]}
blocks:
  pick:
    inputs: [x, y]
    params: {src: x}
    graph: [{from: $src, conv: {out_channels: 4}}, batch_norm, {add: [[], y]}]
graph:
  - {id: p, conv: {out_channels: 4}}
  - {id: q, conv: {out_channels: 4}}
  - {id: a, from: [p, p], pick: {src: x}}
  - {id: b, from: [p, q], share: a}
  - {id: c, from: [p, q], share: a, pick: {src: y}}
  - add: [a, b, c]
"""


def test_a_copy_loads_whatever_is_shared(tmp_path: Path) -> None:
    graph = graph_of(TIED)
    old = _randomised(backend.compile(graph))
    keys = old.state_dict().keys()
    assert {"a.0.weight", "c.0.weight"} <= keys  # one tensor under two names
    assert "c.0.weight" not in old_tensors(graph)
    weights = WeightMap.identity(graph)
    new = _loaded(weights, old, graph)
    _agree(old, new, (4, 8, 8))
    state = new_state(weights, old.state_dict(), backend.compile(graph, dtype="float64"))
    assert state.keys() == keys
    save_file(state, tmp_path / "weights.safetensors")  # which refuses what shares memory
    other = backend.compile(graph, dtype="float64").eval()
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    _agree(old, other, (4, 8, 8))
    archspec.load_weights(new, tmp_path / "weights.safetensors")


def test_dtypes_are_the_new_modules_and_whole_numbers_stay_whole() -> None:
    graph = graph_of("name: Net\ninputs: {x: [4, 8, 8]}\ngraph: [{id: bn, batch_norm: }]\n")
    old = _randomised(backend.compile(graph))
    old.state_dict()["bn.num_batches_tracked"].fill_(2**60 + 1)
    module = backend.compile(graph, dtype="bfloat16")
    state = new_state(WeightMap.identity(graph), old.state_dict(), module)
    assert state["bn.weight"].dtype == torch.bfloat16
    assert state["bn.num_batches_tracked"].dtype == torch.int64
    assert int(state["bn.num_batches_tracked"]) == 2**60 + 1
    assert torch.equal(state["bn.weight"], old.state_dict()["bn.weight"].bfloat16())
    fresh = WeightMap({**WeightMap.identity(graph), "bn.num_batches_tracked": full((), 0, "long")})
    assert int(new_state(fresh, old.state_dict(), module)["bn.num_batches_tracked"]) == 0


def test_sums_are_of_float64_however_narrow_the_weights_are() -> None:
    graph = graph_of(
        "name: Net\ninputs: {x: [4]}\ngraph: [{id: fc, linear: {out_features: 4, bias: false}}]\n"
    )
    module = backend.compile(graph, dtype="float32")
    w = old_tensors(graph)["fc.weight"]
    state = {"fc.weight": torch.full((4, 4), 1.0)}
    weights = WeightMap({"fc.weight": (w + 1e-9 - w) * 1e9})
    assert new_state(weights, state, module)["fc.weight"].tolist() == [[pytest.approx(1)] * 4] * 4


def test_nothing_is_shared_with_the_old_state() -> None:
    graph = graph_of("name: Net\ninputs: {x: [4]}\ngraph: [{id: fc, linear: 4}]\n")
    module = backend.compile(graph)
    old = module.state_dict()
    state = new_state(WeightMap.identity(graph), old, module)
    assert not {one.data_ptr() for one in state.values()} & {o.data_ptr() for o in old.values()}
    assert not any(one.requires_grad for one in state.values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fc.bias": None}, "the map gives no `fc.bias`"),
        ({"bn.bias": full((4,), 0)}, "the module has no `bn.bias`"),
        ({"fc.bias": full((5,), 0)}, r"`fc.bias` is \[5\] in the map, and \[4\] in the module"),
    ],
)
def test_a_map_for_another_module_is_refused(
    change: dict[str, TensorExpr | None], message: str
) -> None:
    graph = graph_of("name: Net\ninputs: {x: [4]}\ngraph: [{id: fc, linear: 4}]\n")
    module = backend.compile(graph)
    changed = {**WeightMap.identity(graph), **change}
    weights = WeightMap({key: one for key, one in changed.items() if one is not None})
    with pytest.raises(ValueError, match=message):
        new_state(weights, module.state_dict(), module)


# --- networks -------------------------------------------------------------------------------

FOLDED_RESNET_20 = """
name: ResNet-20 without norms
use: [std/residual.yaml]
params: {shortcut: A}
inputs: {image: [3, 32, 32]}
blocks:
  folded:
    params: {channels: int, stride: 1}
    graph:
      - add:
          - - {id: conv1, conv: {out_channels: $channels, kernel_size: 3, stride: $stride,
                                 padding: 1}}
            - relu
            - {id: conv2, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
          - - id: downsample
              when: stride != 1 or input.channels != channels
              shortcut: {channels: $channels, stride: $stride}
      - relu
graph:
  - {id: conv1, conv: {out_channels: 16, kernel_size: 3, padding: 1}}
  - relu
  - for: {i: range(3), channels: [16, 32, 64]}
    id: layer$(i + 1)
    graph:
      - for: {j: range(3)}
        folded: {channels: $channels, stride: $(2 if i > 0 and j == 0 else 1)}
  - global_avg_pool
  - flatten
  - {id: fc, linear: 10}
"""


def _fold(graph: Graph) -> WeightMap:
    """Every batch norm folded into the convolution that it reads, by hand."""
    old = old_tensors(graph)
    made = dict(old)
    for node in graph.nodes:
        if node.op.name == "batch_norm":
            conv, bn = node.inputs[0].path, node.path
            scale = old[f"{bn}.weight"] / (old[f"{bn}.running_var"] + node.op.eps).sqrt()  # type: ignore[attr-defined]
            made[f"{conv}.weight"] = old[f"{conv}.weight"] * scale[:, None, None, None]
            made[f"{conv}.bias"] = old[f"{bn}.bias"] - old[f"{bn}.running_mean"] * scale
            for tensor in node.tensors():
                del made[f"{bn}.{tensor.name}"]
    return WeightMap(made)


def test_batch_norms_of_a_shipped_network_are_folded() -> None:
    normed = elaborate("resnet20")
    plain = build(load_source(Source("folded.yaml", FOLDED_RESNET_20)))
    weights = _fold(normed)
    weights.verify(normed, plain)
    old = _randomised(backend.compile(normed))
    _agree(old, _loaded(weights, old, plain), (3, 32, 32))


def _heads(width: int) -> Graph:
    return graph_of(
        "name: Net\ninputs: {x: [12]}\n"
        f"graph: [{{id: a, linear: {width}}}, relu, {{id: b, linear: 3}}]\n"
    )


def _widen(graph: Graph, origins: list[int], blur: float = 0) -> WeightMap:
    """Net2Wider: new units are copies of old ones, and what reads them shares the weight out."""
    old = old_tensors(graph)
    counts = concatenate([full((1,), origins.count(at)) for at in origins])
    fuzz = noise("normal", (len(origins), 12), scale=blur, seed=3, stream="a.weight")
    incoming = old["a.weight"].take(0, origins)
    return WeightMap(
        {
            **old,
            "a.weight": incoming + fuzz if blur else incoming,
            "a.bias": old["a.bias"].take(0, origins),
            "b.weight": old["b.weight"].take(1, origins) / counts,
        }
    )


def test_a_layer_is_widened() -> None:
    narrow, wide = _heads(5), _heads(9)
    weights = _widen(narrow, [0, 1, 2, 3, 4, 1, 3, 3, 0])
    weights.verify(narrow, wide)
    old = _randomised(backend.compile(narrow))
    _agree(old, _loaded(weights, old, wide), (12,))


def test_a_layer_is_widened_with_noise() -> None:
    narrow, wide = _heads(5), _heads(9)
    old = _randomised(backend.compile(narrow))
    weights = _widen(narrow, [0, 1, 2, 3, 4, 1, 3, 3, 0], blur=1e-6)
    one, other = _loaded(weights, old, wide), _loaded(weights, old, wide)
    assert all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))
    copied = one.state_dict()["a.weight"]
    assert 1e-8 < float((copied[1] - copied[5]).abs().max()) < 1e-4
    x = torch.randn(4, 12, dtype=torch.float64)
    torch.testing.assert_close(one(x), old(x), rtol=1e-4, atol=1e-4)


def test_two_linear_layers_are_one() -> None:
    deep = graph_of(
        "name: Net\ninputs: {x: [12]}\ngraph: [{id: a, linear: 7}, {id: b, linear: 3}]\n"
    )
    flat = graph_of("name: Net\ninputs: {x: [12]}\ngraph: [{id: ab, linear: 3}]\n")
    old = old_tensors(deep)
    weights = WeightMap(
        {
            "ab.weight": old["b.weight"] @ old["a.weight"],
            "ab.bias": old["b.weight"] @ old["a.bias"] + old["b.bias"],
        }
    )
    weights.verify(deep, flat)
    module = _randomised(backend.compile(deep))
    _agree(module, _loaded(weights, module, flat), (12,))


def test_folding_and_then_widening_is_one_map() -> None:
    """Across three graphs; in between nothing is rounded to what a module holds."""
    text = "name: Net\ninputs: {{x: [3, 8, 8]}}\ngraph:\n{}"
    conv = "  - {{id: {}, conv: {{out_channels: {}, kernel_size: 3, padding: 1{}}}}}\n"
    normed = graph_of(
        text.format(
            conv.format("a", 4, ", bias: false")
            + "  - batch_norm\n  - relu\n"
            + conv.format("b", 3, "")
        )
    )
    plain = graph_of(text.format(conv.format("a", 4, "") + "  - relu\n" + conv.format("b", 3, "")))
    wide = graph_of(text.format(conv.format("a", 6, "") + "  - relu\n" + conv.format("b", 3, "")))
    fold, held = _fold(normed), old_tensors(plain)
    origins = [0, 1, 2, 3, 2, 2]
    counts = concatenate([full((1,), origins.count(at)) for at in origins])
    widen = WeightMap(
        {
            **held,
            "a.weight": held["a.weight"].take(0, origins),
            "a.bias": held["a.bias"].take(0, origins),
            "b.weight": held["b.weight"].take(1, origins) / counts[:, None, None],
        }
    )
    both = widen.after(fold)
    both.verify(normed, wide)
    old = _randomised(backend.compile(normed))
    _agree(old, _loaded(both, old, wide), (3, 8, 8))
