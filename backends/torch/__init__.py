"""Graph -> Python source -> `nn.Module`. The source is written without importing torch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.backends.torch.source import write
from archspec.backends.torch.target import TORCH
from archspec.diagnostics import Remark
from archspec.ir.graph import Graph

if TYPE_CHECKING:
    from torch import nn

    from archspec.backends.torch.check import Report


class TorchBackend:
    """The torch backend; torch itself is imported when a module is wanted."""

    name = "torch"
    target = TORCH

    def source(self, graph: Graph) -> str:
        """The text of a Python file that defines the network and imports nothing but torch.

        Raises:
            ArchspecError: E602 for an op without a lowering.
        """
        return write(graph)[0]

    def compile(self, graph: Graph, *, device: Any = None, dtype: Any = None) -> nn.Module:
        """The network as a trainable module, freshly initialised; `runtime.construct` says more."""
        from archspec.backends.torch.runtime import construct

        return construct(graph, device=device, dtype=dtype)

    def check(
        self, graph: Graph, *, device: Any = None, dtype: Any = None, batch: int = 2
    ) -> Report:
        """Run it forward and backward and compare; `check.check` says more."""
        from archspec.backends.torch.check import check

        return check(graph, device=device, dtype=dtype, batch=batch)

    def load_weights(
        self, module: nn.Module, file: str | Path, *, strict: bool = True
    ) -> nn.Module:
        """Load a checkpoint, and warn who calls `archspec.load_weights` of what was left.

        `weights.load_weights` says more.
        """
        from archspec.backends.torch.weights import load_weights

        left = load_weights(module, file, strict=strict)
        if left is not None:
            warnings.warn(f"\n{left.render()}", Remark, stacklevel=4)
        return module


backend = TorchBackend()
