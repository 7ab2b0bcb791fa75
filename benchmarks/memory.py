"""The peaks that `archspec stats` says, against what a device holds.

On the CPU what is held is what a `TorchDispatchMode` sees alive; on a CUDA device what its
allocator had handed out at most, less what it holds for nobody: handles, plans and workspaces of
libraries, as they are left by a first run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

import archspec
from archspec import pipeline
from archspec.ir.graph import Graph
from benchmarks.measure import Row
from tests.tracker import OPTIMIZERS, Loss, held, inference_peak, nbytes, tensors, training_peak

NAMES = ("vgg16", "resnet50", "densenet121", "googlenet@torchvision", "unet_padded", "wrn40_2")
MB = 10**6


def run(quick: bool) -> Iterator[Row]:
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        yield from on(device, quick)


def on(device: str, quick: bool) -> Iterator[Row]:
    """By the dispatcher, which needs no device, or by the allocator of a CUDA device."""
    for name in NAMES[: 2 if quick else None]:
        yield from (_on_cuda if device == "cuda" else _on_meta)(name, archspec.load(name))


def _row(what: str, ours: int, measured: int, target: float) -> Row:
    ratio = max(ours / measured, measured / ours)
    return Row("memory", what, ours / MB, measured / MB, "MB", ratio, target, 1)


def _peak(graph: Graph, batch: int, optimizer: Any = None) -> int:
    mode: Any = "train" if optimizer else "eval"
    counted = pipeline.stats(graph, batch=batch, mode=mode, optimizer=optimizer or "sgd")
    assert counted.memory is not None
    return counted.memory.peak.bytes


def _on_meta(name: str, graph: Graph, batch: int = 2) -> Iterator[Row]:
    module = archspec.compile(graph, device="meta")
    inputs = [torch.randn(batch, *node.output, device="meta") for node in graph.inputs]
    measured = inference_peak(module.eval(), *inputs)
    yield _row(f"{name}, forward, dispatcher", _peak(graph, batch), measured, 1.01)
    for optimizer in ("sgd", "adam"):
        measured = training_peak(module.train(), *inputs, optimizer=optimizer)
        what = f"{name}, step with {optimizer}, dispatcher"
        yield _row(what, _peak(graph, batch, optimizer), measured, 1.01)


def _on_cuda(name: str, graph: Graph, batch: int = 16) -> Iterator[Row]:
    module = archspec.compile(graph, device="cuda")
    inputs = [torch.randn(batch, *node.output, device="cuda") for node in graph.inputs]

    def forward() -> None:
        with torch.no_grad():
            module.eval()(*inputs)

    fixed = [*held(module), *inputs]
    yield _row(f"{name}, forward, cuda", _peak(graph, batch), _allocated(forward, fixed), 1.03)
    for optimizer in ("sgd", "adam"):
        step, state = _training(module.train(), inputs, optimizer)
        measured = _allocated(step, fixed, state)
        yield _row(
            f"{name}, step with {optimizer}, cuda", _peak(graph, batch, optimizer), measured, 1.03
        )
        module.zero_grad()


def _training(
    module: nn.Module, inputs: list[Tensor], optimizer: str
) -> tuple[Callable[[], None], Callable[[], list[Tensor]]]:
    """A training step that updates parameter by parameter, and the optimiser's tensors."""
    update = OPTIMIZERS[optimizer](module.parameters())
    for group in update.param_groups:
        group["foreach"] = False

    def step() -> None:
        wanted = [value for value in tensors(module(*inputs)) if value.requires_grad]
        torch.stack([Loss.apply(value) for value in wanted]).sum().backward()  # type: ignore[no-untyped-call]
        update.step()
        update.zero_grad()

    def state() -> list[Tensor]:
        return [tensor for entry in update.state.values() for tensor in tensors(entry)]

    return step, state


def _allocated(
    deed: Callable[[], None],
    fixed: list[Tensor],
    state: Callable[[], list[Tensor]] = list,
) -> int:
    """The allocator's peak, less what is left of a first run beside the tensors that are known."""
    deed()
    torch.cuda.synchronize()
    known = nbytes(t for t in [*fixed, *state()] if t.is_cuda)
    constant = torch.cuda.memory_allocated() - known
    torch.cuda.reset_peak_memory_stats()
    deed()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - constant
