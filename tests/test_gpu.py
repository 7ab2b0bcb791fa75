"""On a CUDA device: networks of every family run there and agree with what was inferred.

`make gpu DEVICE=cpu` rehearses all this where there is none.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.gpu

NAMES = ["lenet5", "alexnet", "vgg11", "nin_cifar10", "googlenet", "resnet50", "densenet121"]


@pytest.mark.parametrize("name", NAMES)
def test_checks_on_the_gpu(name: str, device: str) -> None:
    import archspec
    from archspec.backends.torch import backend

    report = backend.check(archspec.load(name), device=device, batch=2)
    assert report.device == device
    assert report.nodes > 0


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_compiles_onto_the_gpu(dtype: str, device: str) -> None:
    import torch

    import archspec

    module = archspec.compile("resnet18", device=device, dtype=dtype)
    assert {p.device.type for p in module.parameters()} == {device}
    image = torch.randn(2, 3, 224, 224, device=device, dtype=getattr(torch, dtype))
    assert module(image).shape == (2, 1000)


def test_gpu_and_cpu_agree(device: str) -> None:
    import torch

    import archspec

    module = archspec.compile("resnet18").eval()
    image = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        here = module(image)
        there = module.to(device)(image.to(device)).cpu()
    torch.testing.assert_close(here, there, rtol=1e-3, atol=1e-3)
