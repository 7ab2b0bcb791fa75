"""What networks of the zoo do, beyond what figures.yaml counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.elaboration.build import build
from archspec.frontend.loading import load
from tests.parity import seeded


def _seen(module: nn.Module, image: Tensor, value: nn.Module) -> list[int]:
    """Where along a sequence the last output depends on what `value` gives."""
    seen: list[Tensor] = []

    def keep(_module: nn.Module, _args: object, output: Tensor) -> None:
        output.retain_grad()
        seen.append(output)

    handle = value.register_forward_hook(keep)
    module(image)[..., -1].sum().backward()
    handle.remove()
    (gradient,) = [s.grad for s in seen]
    assert gradient is not None
    return gradient.abs().sum((0, 1)).nonzero().flatten().tolist()


@pytest.mark.parametrize(("layers", "repeats"), [(4, 1), (4, 3), (10, 1)])
def test_the_receptive_field_of_wavenet(layers: int, repeats: int) -> None:
    """One value and 2 ** layers - 1 before it in every block: 1024 for ten layers."""
    torch.manual_seed(0)
    field = 1 + repeats * (2**layers - 1)
    length = field + 8
    sizes: dict[str, Any] = {
        "residual": 2,
        "dilation": 2,
        "skip": 16,
        "num_classes": 2,
        "length": length,
    }
    module = archspec.compile("wavenet", layers=layers, repeats=repeats, **sizes).double()
    seen = _seen(module, torch.randn(1, 2, length, dtype=torch.double), module.causal)
    assert (seen[0], seen[-1]) == (length - field, length - 1)


@pytest.mark.parametrize("name", ["fcn32s", "fcn16s", "fcn8s"])
@pytest.mark.parametrize("size", [1, 37, 64, 500])
def test_fcn_scores_every_pixel(name: str, size: int) -> None:
    graph = build(load(name), inputs={"image": (3, size, size)})
    (output,) = graph.outputs
    assert output.node.output == (21, size, size)


@pytest.mark.slow
def test_vgg_made_fully_convolutional() -> None:
    """VGG-16's weights, reshaped, give its scores at 224 pixels."""
    torch.manual_seed(0)
    dense, maps = (archspec.compile(n, device="meta").eval() for n in ("vgg16", "vgg16_fcn"))
    state = seeded(dense.state_dict())
    dense.load_state_dict(state, assign=True)
    pairs = zip(maps.state_dict().items(), state.values(), strict=True)
    maps.load_state_dict({name: w.reshape(own.shape) for (name, own), w in pairs}, assign=True)
    image = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        torch.testing.assert_close(maps(image).flatten(1), dense(image), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "channels"), [("stn_mnist", 1), ("st_addition", 2)])
def test_spatial_transformers_start_as_the_identity(name: str, channels: int) -> None:
    torch.manual_seed(0)
    image = torch.randn(2, channels, 28, 28, dtype=torch.float64)
    for transformer in archspec.compile(name, size=28, dtype=torch.float64).transformers:
        torch.testing.assert_close(transformer(image), image)


def test_global_drop_path_trains_single_columns_of_fractalnet() -> None:
    """Of 7 convolutions in each block a sample meets 1, 2 or 4: one column, the same in all."""
    torch.manual_seed(0)
    quiet: dict[str, Any] = {"dropout": [0.0] * 5, "local_drop": 0.0, "global_drop": 1.0}
    module = archspec.compile("fractalnet20", width=4, **quiet)
    lengths = set()
    for _ in range(12):
        module.zero_grad()
        module(torch.randn(1, 3, 32, 32)).sum().backward()
        met = [
            n for n, p in module.named_parameters() if n.endswith("conv.weight") and p.grad.any()
        ]
        blocks = [name.partition(".")[0] for name in met]
        counts = {blocks.count(f"block{i + 1}") for i in range(5)}
        assert len(counts) == 1
        lengths |= counts
    assert lengths == {1, 2, 4}
