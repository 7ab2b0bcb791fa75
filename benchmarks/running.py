"""A forward and a training step of ours against torchvision's: same weights, same input."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

import archspec
from benchmarks.measure import Row, compared, in_turn
from tests.reference import import_torchvision

NAMES = {
    "resnet50": "resnet50",
    "densenet121": "densenet121",
    "googlenet": "googlenet@torchvision",
    "vgg11": "vgg11",
}
OPTIONS: dict[str, dict[str, Any]] = {"googlenet": {"aux_logits": True, "init_weights": False}}
SIZES = {"googlenet": 96}
"""Small images: the convolutions are the same on both sides, what is ours lies between them."""
TARGET = 1.02


def run(quick: bool) -> Iterator[Row]:
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        yield from on(device, quick)


def on(device: str, quick: bool) -> Iterator[Row]:
    models = import_torchvision().models
    for name, spec in [*NAMES.items()][: 1 if quick else None]:
        torch.manual_seed(0)
        theirs = getattr(models, name)(weights=None, **OPTIONS.get(name, {})).to(device)
        ours = archspec.compile(spec, device=device)
        # The very same tensors: where a copy happens to lie in memory can cost some percent.
        ours.load_state_dict(theirs.state_dict(), assign=True)
        size = SIZES.get(name, 64)
        image = torch.randn(2 if device == "cpu" else 16, 3, size, size, device=device)
        repetitions = 3 if quick else 60 if device == "cpu" else 200
        for kind, step in (("forward", forward), ("training step", training)):
            deeds = step(ours, image), step(theirs, image)
            samples = in_turn(*deeds, repetitions, warmups=1 if quick else 5)
            yield compared("running", f"{name}, {kind}, {device}", samples, TARGET)
        del ours, theirs


def forward(module: nn.Module, image: Tensor) -> Callable[[], float]:
    def deed() -> float:
        module.eval()
        with torch.no_grad():
            return _clocked(image, lambda: module(image))

    return deed


def training(module: nn.Module, image: Tensor) -> Callable[[], float]:
    """Forward, backward and a step of plain SGD, so small that nothing drifts."""
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-6)

    def step() -> None:
        optimizer.zero_grad()
        outputs = module(image)
        values = outputs.values() if isinstance(outputs, dict) else outputs
        loss = outputs if isinstance(outputs, Tensor) else torch.stack(tuple(values))
        loss.square().mean().backward()
        optimizer.step()

    def deed() -> float:
        module.train()
        return _clocked(image, step)

    return deed


def _clocked(image: Tensor, deed: Callable[[], object]) -> float:
    if image.is_cuda:
        torch.cuda.synchronize()
    start = time.perf_counter()
    deed()
    if image.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start
