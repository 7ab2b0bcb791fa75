"""A module watched on its way: each value it computes, and draws that do not depend on order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from archspec.backends.torch.grouped import conv2d
from archspec.ops.types import show


class Draws(TorchFunctionMode):
    """Let every call into torch find the random generators in one state.

    So what is drawn depends on the call alone: two programs draw the same for a node, whatever they
    have drawn before, and in which order.

    Attributes:
        drawn: how often numbers were drawn, by function and shape.
        compared: the numbers that tensors were compared with, such as probabilities.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.drawn: Counter[str] = Counter()
        self.compared: Counter[str] = Counter()
        self._generator = torch.default_generator
        if device.type == "cuda":
            self._generator = torch.cuda.default_generators[torch.cuda.device(device).idx]
        self._start = self._generator.manual_seed(SEED).get_state()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        self._generator.manual_seed(SEED)
        func = conv2d if func is torch.conv2d else func
        result = func(*args, **(kwargs or {}))
        if not isinstance(result, Tensor) or result.is_meta:
            return result  # of a module that is being built, too
        name = getattr(func, "__name__", str(func))
        if not torch.equal(self._generator.get_state(), self._start):
            self.drawn[f"{name} {show(result.shape)}"] += 1
        if result.dtype == torch.bool:
            self.compared.update(f"{name} {a}" for a in args if isinstance(a, int | float))
        self.made(result)
        return result

    def made(self, value: Tensor) -> None:
        """Told of each tensor that a call has made."""


SEED = 345
"""Of two numbers that are drawn with it, the first is large, and the second is small.

So where a tenth of the samples are dropped, one of two is, and one alone is not.
"""


class Watcher(Draws):
    """Tell of what a module computes: of each child that is a node, and of each call beside these.

    Attributes:
        first: for the path of each child the first of the paths it has.
        tell: is given the first path of the child, or None for a call, and the value.
    """

    def __init__(
        self,
        module: nn.Module,
        paths: Container[str],
        tell: Callable[[str | None, Tensor], None],
        device: torch.device,
    ) -> None:
        super().__init__(device)
        children: dict[nn.Module, str] = {}
        self.first: dict[str, str] = {}
        for path, child in module.named_modules(remove_duplicate=False):
            if path in paths:
                self.first[path] = children.setdefault(child, path)
        self.children = children
        self.tell = tell
        self._inside = 0

    def made(self, value: Tensor) -> None:
        if not self._inside and value.is_floating_point():
            self.tell(None, value)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what the module does within."""
        handles = []
        for child, path in self.children.items():
            handles.append(child.register_forward_pre_hook(self._enter))
            handles.append(child.register_forward_hook(self._leaver(path)))
        try:
            with self:
                yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, _: nn.Module, __: Any) -> None:
        self._inside += 1

    def _leaver(self, path: str) -> Callable[[nn.Module, Any, Tensor], None]:
        def leave(_: nn.Module, __: Any, value: Tensor) -> None:
            if self._inside == 1:
                self.tell(path, value)
            self._inside -= 1

        return leave
