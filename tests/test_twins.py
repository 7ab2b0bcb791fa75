"""The networks that torchvision has too: same names, same shapes, same costs, same outputs.

The reference is built on the meta device and then given seeded weights, which ours shares:
that is far cheaper than torchvision's initialisation, and batch norms get statistics that
differ from their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.build import build
from archspec.loading import load
from tests.figures import Figures, twins

each_twin = pytest.mark.parametrize("row", twins(), ids=lambda row: row.name)

SIZES = {"googlenet@torchvision": 224}
"""Image sizes for the comparison of outputs, where 64 would not do.

GoogLeNet's heads pool 14x14 to 4x4 with windows that overlap; smaller maps would hide that.
"""


def _reference(torchvision: ModuleType, row: Figures) -> nn.Module:
    options: dict[str, Any] = {}
    if row.twin == "googlenet":
        options = {"aux_logits": True, "init_weights": False}
    with torch.device("meta"):
        module: nn.Module = getattr(torchvision.models, str(row.twin))(weights=None, **options)
    return module


@each_twin
def test_names_and_shapes(row: Figures, torchvision: ModuleType) -> None:
    graph = build(load(row.name))
    ours = {f"{n.path}.{t.name}": t.shape for n, tensors in graph.owners() for t in tensors}
    theirs = {name: tuple(t.shape) for name, t in _reference(torchvision, row).state_dict().items()}
    assert ours == theirs


@each_twin
def test_counts(row: Figures, torchvision: ModuleType) -> None:
    """figures.yaml against torchvision's module: nothing of ours takes part."""
    module = _reference(torchvision, row).eval()
    macs = 0

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal macs
        assert isinstance(layer, nn.Conv2d | nn.Linear)
        macs += output.numel() * prod(layer.weight.shape[1:])

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    module(torch.empty(1, *row.input, device="meta"))
    assert macs == row.macs
    assert sum(p.numel() for p in module.parameters()) == row.params + row.train_only


@each_twin
def test_outputs(row: Figures, torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    theirs = _reference(torchvision, row)
    state = _weights(theirs.state_dict())
    theirs.load_state_dict(state, assign=True)
    ours = archspec.compile(row.name, device="meta")
    ours.load_state_dict(_with_own_statistics(state), strict=True, assign=True)
    for module in (*theirs.modules(), *ours.modules()):
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    size = SIZES.get(row.name, 64)
    image = torch.randn(2, 3, size, size)
    with torch.no_grad():
        for training in (False, True):
            ours.train(training)
            theirs.train(training)
            got, wanted = _named(ours(image.clone())), _named(theirs(image.clone()))
            assert got.keys() == wanted.keys()
            assert (len(got) > 1) == (training and row.train_only > 0)
            for name, value in wanted.items():
                assert value.isfinite().all()
                torch.testing.assert_close(got[name], value, rtol=1e-5, atol=1e-5, msg=name)
    _assert_same_statistics(ours, theirs)


def _weights(like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Values under which signals neither die nor explode, and no batch norm is the identity."""
    state: dict[str, Tensor] = {}
    for name, t in like.items():
        last = name.rpartition(".")[2]
        if last == "num_batches_tracked":
            state[name] = torch.zeros((), dtype=torch.long)
        elif last == "running_var" or (last == "weight" and t.dim() == 1):
            state[name] = torch.empty(t.shape).uniform_(0.5, 1.0)
        elif last == "weight":
            bound = sqrt(6 / prod(t.shape[1:]))
            state[name] = torch.empty(t.shape).uniform_(-bound, bound)
        else:
            state[name] = torch.empty(t.shape).uniform_(-0.1, 0.1)
    return state


def _with_own_statistics(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same parameters, but copies of the buffers that a forward in training changes."""
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    return {k: v.clone() if k.endswith(buffers) else v for k, v in state.items()}


def _named(output: Any) -> dict[str, Tensor]:
    """A network's outputs by the names ours gives them."""
    if isinstance(output, Tensor):
        return {"logits": output}
    fields = dict(output) if isinstance(output, Mapping) else output._asdict()
    return {name.replace("aux_logits", "aux"): value for name, value in fields.items()}


def _assert_same_statistics(ours: nn.Module, theirs: nn.Module) -> None:
    """Batch norms have seen the same batch."""
    got = dict(ours.named_buffers())
    for name, value in theirs.named_buffers():
        torch.testing.assert_close(got[name], value, rtol=1e-5, atol=1e-5, msg=name)
