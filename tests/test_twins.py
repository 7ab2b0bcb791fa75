"""The networks that torchvision has too: same names, same shapes, same costs, same outputs.

test_peers.py has those whose names differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.elaboration.build import build
from archspec.frontend.loading import load
from tests.figures import Figures, Peer, twins
from tests.parity import (
    assert_same_outputs,
    assert_same_statistics,
    names,
    parameters,
    reference,
    share_weights,
    without_dropout,
)

each_twin = pytest.mark.parametrize("row", twins(), ids=lambda row: row.name)

SIZES = {"googlenet@torchvision": 224, "inception_v3": 299}
"""Image sizes for the comparison of outputs, where 64 would not do.

GoogLeNet's heads pool 14x14 to 4x4 with windows that overlap; smaller maps would hide that.
Inception-v3's head needs 17x17.
"""


OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": True, "init_weights": False},
    "inception_v3": {"aux_logits": True, "init_weights": False},
    "fcn_resnet50": {"aux_loss": True, "weights_backbone": None},
    "fcn_resnet101": {"aux_loss": True, "weights_backbone": None},
}
"""What gives torchvision's module the heads that ours has, and nothing that is downloaded."""


def _peer(row: Figures) -> Peer:
    return Peer("torchvision", str(row.twin), OPTIONS.get(str(row.twin), {}))


@each_twin
def test_names_and_shapes(row: Figures) -> None:
    graph = build(load(row.name))
    ours = {f"{n.path}.{t.name}": t.shape for n, tensors in graph.owners() for t in tensors}
    theirs = {name: tuple(t.shape) for name, t in reference(_peer(row)).state_dict().items()}
    assert ours == theirs


@each_twin
def test_counts(row: Figures) -> None:
    """figures.yaml against torchvision's module: nothing of ours takes part."""
    module = reference(_peer(row)).eval()
    macs = 0

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        nonlocal macs
        assert isinstance(layer, nn.Conv2d | nn.Linear)
        macs += output.numel() * prod(layer.weight.shape[1:])

    for name, layer in module.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear) and not name.startswith("aux"):
            layer.register_forward_hook(count)
    module(torch.empty(1, *row.input, device="meta"))
    assert macs == row.macs
    assert parameters(module) == row.params + row.train_only


@each_twin
def test_outputs(row: Figures) -> None:
    torch.manual_seed(0)
    theirs = reference(_peer(row))
    ours = archspec.compile(row.name, device="meta")
    same = {name: name for name in names(theirs)}
    without_dropout(ours, theirs)
    size = SIZES.get(row.name, 64)
    share_weights(ours, theirs, same, (3, size, size))
    image = torch.randn(2, 3, size, size)
    with torch.no_grad():
        for training in (False, True):
            ours.train(training)
            theirs.train(training)
            wanted = _named(theirs(image.clone()))
            got = _named(ours(image.clone()), next(iter(wanted)))
            assert (len(got) > 1) == (training and row.train_only > 0)
            # torchvision's FCN runs its auxiliary head in evaluation, too
            assert got.keys() == wanted.keys() or (not training and got.keys() < wanted.keys())
            assert_same_outputs(got.values(), (wanted[name] for name in got))
    assert_same_statistics(ours, theirs, same)


def _named(output: Any, only: str = "logits") -> dict[str, Tensor]:
    """A network's outputs by the names ours gives them; `only` where there is but one."""
    if isinstance(output, Tensor):
        return {only: output}
    fields = dict(output) if isinstance(output, Mapping) else output._asdict()
    return {name.replace("aux_logits", "aux"): value for name, value in fields.items()}
