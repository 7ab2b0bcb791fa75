"""What PyTorch itself keeps and holds: the reference for archspec's memory model.

`saved` asks autograd's own hooks; `Tracker` watches every call that reaches the dispatcher.
Neither knows anything of archspec.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten


def tensors(value: Any) -> list[Tensor]:
    """The tensors in what a module returned."""
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def held(module: nn.Module) -> list[Tensor]:
    """Its parameters and buffers."""
    return [*module.parameters(), *module.buffers()]


def brief(func: Any, args: tuple[Any, ...]) -> Any:
    """What a batch norm in training gives on the meta device, or its backward; else None.

    PyTorch takes it apart there, at most of the time of a network. The sizes are plain, and
    `test_every_op_keeps_what_pytorch_keeps` has them from real ones.
    """
    if func is aten.native_batch_norm.default and args[0].is_meta and args[5]:
        x = args[0]
        statistics = (torch.empty(x.shape[1], device="meta") for _ in range(2))
        return torch.empty_like(x), *statistics
    if func is aten.native_batch_norm_backward.default and args[0].is_meta and args[7]:
        _, x, weight, *_, mask = args
        made = (x, weight, weight)
        return tuple(torch.empty_like(t) if m else None for t, m in zip(made, mask, strict=True))
    return None


class _Brief(TorchDispatchMode):
    """Runs every call, batch norms briefly."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        return brief(func, args) or func(*args, **(kwargs or {}))


def saved(module: nn.Module, *inputs: Tensor) -> tuple[Any, list[Tensor]]:
    """The output, and what autograd keeps of a forward pass: a tensor for each distinct storage.

    Parameters and buffers are left out. Every tensor is kept alive meanwhile, so that no
    address is seen twice.
    """
    own = {t.untyped_storage()._cdata for t in held(module)}
    found: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        key = tensor.untyped_storage()._cdata
        if key not in own:
            found.setdefault(key, tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), _Brief():
        output = module(*inputs)
    return output, list(found.values())


def nbytes(kept: Iterable[Tensor]) -> int:
    """Bytes of their storages."""
    return sum(t.untyped_storage().nbytes() for t in kept)


class Tracker(TorchDispatchMode):
    """Bytes of all storages that are alive, and their peak, seen after every dispatched call."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._known: set[int] = set()

    def own(self, *values: Tensor) -> None:
        """Count tensors that were there before."""
        for value in values:
            storage = value.untyped_storage()
            key = storage._cdata
            if key in self._known:
                continue
            self._known.add(key)
            size = storage.nbytes()
            self.live += size
            weakref.finalize(storage, self._freed, key, size)
        self.peak = max(self.peak, self.live)

    def _freed(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.live -= size

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = brief(func, args) or func(*args, **(kwargs or {}))
        self.own(*tensors(out))
        return out


class Loss(torch.autograd.Function):
    """A loss that keeps nothing, and whose gradient is as large as what it reads."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape, ctx.like = x.shape, x.detach().new_empty(0)
        return x.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> Tensor:
        return ctx.like.new_ones(ctx.shape)  # type: ignore[no-any-return]


OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]] = {
    "sgd": lambda params: torch.optim.SGD(params, lr=0.1),
    "momentum": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


def inference_peak(module: nn.Module, *inputs: Tensor) -> int:
    """Bytes alive at most in a forward pass without gradients."""
    tracker = Tracker()
    tracker.own(*held(module), *inputs)
    with torch.no_grad(), tracker:
        module(*inputs)
    return tracker.peak


def training_peak(
    module: nn.Module, *inputs: Tensor, optimizer: str = "sgd", autocast: bool = False
) -> int:
    """Bytes alive at most in a training step, when there has been one before."""
    update = OPTIMIZERS[optimizer](module.parameters())

    def step(tracker: Tracker) -> None:
        with tracker:
            update.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                output = module(*inputs)
            wanted = [value for value in tensors(output) if value.requires_grad]
            loss = torch.stack([Loss.apply(value) for value in wanted]).sum()  # type: ignore[no-untyped-call]
            loss.backward()
            update.step()

    step(Tracker())
    update.zero_grad()
    tracker = Tracker()
    state = [tensor for entry in update.state.values() for tensor in tensors(entry)]
    tracker.own(*held(module), *inputs, *state)
    step(tracker)
    return tracker.peak
