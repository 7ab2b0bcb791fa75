"""The library's blocks in `specs/blocks/`: what they count, and their values against PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from archspec.diagnostics import ArchspecError
from archspec.frontend.using import library
from archspec.ir.graph import Graph
from archspec.pipeline import compile_module
from tests.pieces import graph_of

Weights = Mapping[str, Tensor]
Values = Callable[[Tensor, Weights], Tensor]


@dataclass(frozen=True)
class Case:
    """One instance `b` of a block, what it must count, and the same written by hand."""

    file: str
    instance: str
    params: int
    values: Values
    input: tuple[int, ...] = (8, 12, 10)


def graph_with(file: str, instance: str, size: tuple[int, ...] = (8, 12, 10)) -> Graph:
    return graph_of(
        f"name: Net\nuse: [blocks/{file}]\ninputs: {{x: {list(size)}}}\n"
        f"graph: [{{id: b, {instance}}}]\n"
    )


def conv(x: Tensor, w: Weights, name: str, **options: Any) -> Tensor:
    return F.conv2d(x, w[f"b.{name}.weight"], w.get(f"b.{name}.bias"), **options)


def linear(x: Tensor, w: Weights, name: str) -> Tensor:
    return F.linear(x, w[f"b.{name}.weight"], w[f"b.{name}.bias"])


def norm(x: Tensor, w: Weights, name: str) -> Tensor:
    keys = ("running_mean", "running_var", "weight", "bias")
    mean, var, weight, bias = (w[f"b.{name}.{key}"] for key in keys)
    return F.batch_norm(x, mean, var, weight, bias)


def separable(x: Tensor, w: Weights) -> Tensor:
    return conv(conv(x, w, "depthwise", padding=2, dilation=2, groups=8), w, "pointwise")


def separable_with_norm(x: Tensor, w: Weights) -> Tensor:
    x = norm(conv(x, w, "depthwise", stride=2, padding=2, groups=8), w, "bn1")
    return F.relu6(norm(conv(F.relu6(x), w, "pointwise"), w, "bn2"))


def separable_in_space(x: Tensor, w: Weights) -> Tensor:
    return conv(conv(x, w, "vertical", padding=(2, 0)), w, "horizontal", padding=(0, 2))


def squeezed(x: Tensor, w: Weights) -> Tensor:
    means = x.mean((2, 3), keepdim=True)
    return x * torch.sigmoid(conv(F.relu(conv(means, w, "squeeze")), w, "excite"))


def pyramid(x: Tensor, _: Weights) -> Tensor:
    return torch.cat([F.adaptive_max_pool2d(x, n).flatten(1) for n in (3, 2, 1)], 1)


def resized(x: Tensor, w: Weights) -> Tensor:
    larger = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return conv(larger, w, "conv", padding=2)


def highway_of_maps(x: Tensor, w: Weights) -> Tensor:
    t = torch.sigmoid(conv(x, w, "gate", padding=1))
    return F.relu(conv(x, w, "transform", padding=1)) * t + x * (1 - t)


def highway_of_features(x: Tensor, w: Weights) -> Tensor:
    t = torch.sigmoid(linear(x, w, "gate"))
    return torch.tanh(linear(x, w, "transform")) * t + x * (1 - t)


CASES = {
    "separable": Case(
        "separable.yaml", "separable_conv: {out_channels: 6, dilation: 2}", 8 * 9 + 8 * 6, separable
    ),
    "separable_with_norm": Case(
        "separable.yaml",
        "separable_conv: {out_channels: 6, kernel_size: 5, stride: 2, multiplier: 2,"
        " batch_norm: true, activation: relu6}",
        16 * 25 + 2 * 16 + 16 * 6 + 2 * 6,
        separable_with_norm,
    ),
    "separable_in_space": Case(
        "separable.yaml",
        "spatially_separable_conv: {out_channels: 6, kernel_size: 5, hidden: 4}",
        8 * 4 * 5 + 4 + 4 * 6 * 5 + 6,
        separable_in_space,
    ),
    "squeeze_excitation": Case(
        "attention.yaml", "squeeze_excitation: {reduction: 4}", 8 * 2 + 2 + 2 * 8 + 8, squeezed
    ),
    "spatial_pyramid_pool": Case(
        "pool.yaml", "spatial_pyramid_pool: {levels: [3, 2, 1]}", 0, pyramid
    ),
    "resize_conv": Case(
        "resize_conv.yaml",
        "resize_conv: {out_channels: 6, kernel_size: 5}",
        8 * 6 * 25 + 6,
        resized,
    ),
    "highway_conv": Case("gate.yaml", "highway_conv: ", 2 * (9 * 8 * 8 + 8), highway_of_maps),
    "highway_linear": Case(
        "gate.yaml",
        "highway_linear: {activation: tanh}",
        2 * (8 * 8 + 8),
        highway_of_features,
        input=(8,),
    ),
}


def _params(graph: Graph) -> int:
    return sum(t.count for _, tensors in graph.owners() for t in tensors if t.trainable)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_block_counts_and_computes_what_it_says(case: Case) -> None:
    graph = graph_with(case.file, case.instance, case.input)
    assert _params(graph) == case.params
    torch.manual_seed(0)
    module = compile_module(graph).eval()
    for buffer in module.buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
    x = torch.randn(3, *case.input)
    with torch.no_grad():
        got, wanted = module(x.clone()), case.values(x, module.state_dict())
    assert tuple(got.shape[1:]) == graph.outputs[0].node.output
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


def test_a_pyramid_is_as_long_for_every_size() -> None:
    graphs = [
        graph_with("pool.yaml", "spatial_pyramid_pool: ", (256, side, side)) for side in (13, 10)
    ]
    assert [g.outputs[0].node.output for g in graphs] == [(256 * 50,)] * 2


@pytest.mark.parametrize("modulated", [False, True])
def test_a_deformable_convolution_looks_where_its_offsets_say(modulated: bool) -> None:
    instance = f"deformable_conv: {{out_channels: 6, modulated: {str(modulated).lower()}}}"
    graph = graph_with("deformable.yaml", instance)
    offset, mask = 8 * 18 * 9 + 18, 8 * 9 * 9 + 9
    assert _params(graph) == 8 * 6 * 9 + 6 + offset + mask * modulated
    torch.manual_seed(0)
    module = compile_module(graph).eval()
    x = torch.randn(2, 8, 12, 10)
    with torch.no_grad():
        state = module.state_dict()
        for name in ("offset", "mask")[: 1 + modulated]:
            state[f"b.{name}.weight"].zero_()
            state[f"b.{name}.bias"].zero_()
        state["b.offset.bias"][1::2] = 1.0  # each point of the kernel one to the right
        got = module(x)
        # Zeros lie beyond the border, and half of every point counts where the mask says 1/2.
        shifted = F.pad(x, (1, 2, 1, 1))[:, :, :, 1:]
        weight, bias = state["b.conv.weight"], state["b.conv.bias"]
    wanted = F.conv2d(shifted, weight * (0.5 if modulated else 1.0), bias)
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


def test_every_block_of_the_library_says_what_it_is_for() -> None:
    for path in (library() / "blocks").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("description: "), path


@pytest.mark.parametrize(
    ("node", "word"),
    [("squeeze_excitation: {activation: null}", "null"), ("{highway_conv: {activation: no}}", "no"),
     ("squeeze_excitation: {activation: none}", "none")],
)  # fmt: skip
def test_a_block_that_wants_an_activation_says_what_stands_for_none(node: str, word: str) -> None:
    use = "use: [std/attention.yaml, std/gate.yaml, std/conv.yaml]"
    head = f"name: T\ninputs: {{x: [32, 8, 8]}}\n{use}\n"
    with pytest.raises(ArchspecError) as caught:
        graph_of(f"{head}graph: [{node}]\n")
    (found,) = caught.value.diagnostics
    assert found.hint == "`identity` is the op that changes nothing"
    mended = node.replace(f"activation: {word}", "activation: identity")
    assert graph_of(f"{head}graph: [{mended}]\n").nodes


def test_a_block_that_may_have_no_activation_asks_for_null() -> None:
    head = "name: T\ninputs: {x: [32, 8, 8]}\nuse: [std/conv.yaml]\n"
    with pytest.raises(ArchspecError) as caught:
        graph_of(f"{head}graph: [conv_bn: {{out_channels: 32, activation: none}}]\n")
    (found,) = caught.value.diagnostics
    assert found.hint is not None and found.hint.endswith("or give null")
    assert graph_of(f"{head}graph: [conv_bn: {{out_channels: 32, activation: null}}]\n").nodes
