"""PyTorch as a target of code generation."""

from __future__ import annotations

from archspec.backends.torch.helpers import FILES
from archspec.backends.torch.layers import LOWERINGS
from archspec.codegen.forms import Layer
from archspec.codegen.target import Words
from archspec.ops import Op, Shape


class Torch:
    """What code generation asks of PyTorch: `archspec.codegen.target.Target` says more."""

    words = Words(
        containers={
            "module": "nn.Module",
            "chain": "nn.Sequential",
            "list": "nn.ModuleList",
            "dictionary": "nn.ModuleDict",
            "nothing": "nn.Identity",
        },
        names="OrderedDict",
        value="Tensor",
        training="training",
        append="append",
        add="add_module",
        reach="get_submodule",
        put="set_submodule",
        buffers="_buffers",
    )

    @property
    def reserved(self) -> frozenset[str]:
        return frozenset(("torch", "nn", "F", "OrderedDict", "Tensor", *FILES))

    def form(self, op: Op, inputs: tuple[Shape, ...]) -> Layer | None:
        lower = LOWERINGS.find(type(op))
        return None if lower is None else lower(op, inputs)


TORCH = Torch()
