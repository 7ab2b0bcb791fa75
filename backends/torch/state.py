"""Weights to compare programs with: random, in every parameter and buffer, by the graph's keys.

On fresh weights much cannot be seen: factors of one, shifts of zero, statistics of nothing, a
layer scale of a millionth.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import torch
from torch import Tensor, nn

from archspec.backends.torch.interpreter import build
from archspec.backends.torch.layers import LOWERINGS
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph, Node
from archspec.ops.types import Tensor as Declared

State = dict[str, Tensor]
"""Parameters and buffers by the keys that their owners give them."""


def random_state(
    graph: Graph, seed: int, *, device: str | torch.device = "cpu", dtype: torch.dtype
) -> State:
    """Random parameters and buffers for every key of the graph, the same for the same seed.

    Values stay in a range where gates do not saturate, and grids lie within their images: a weight
    of sums of n products has a standard deviation of sqrt(1 / n), a bias is below 0.5, a vector
    (gamma, layer scale, slopes) lies between 0.5 and 1.5, and a buffer, a mean or a variance,
    between 0.1 and 0.6, so that norms enlarge values. The bias of such a norm is between 0 and 1:
    it puts back what the mean takes away, or else whole layers would have no value above 0.
    What follows from an op's attributes, such as a mask, is what its lowering makes of it.
    """
    random = torch.Generator().manual_seed(seed)
    state: State = {}
    for node, tensors in graph.owners():
        fixed = constants(node)
        least = 0.0 if any(not t.trainable and t.name not in fixed for t in tensors) else -0.5
        for tensor in tensors:
            key = f"{node.path}.{tensor.name}"
            if tensor.name in fixed:
                drawn = fixed[tensor.name].to(device, dtype)
            else:
                drawn = _drawn(tensor, random, dtype, least).to(device)
            state[key] = nn.Parameter(drawn) if tensor.trainable else drawn
    return state


def _drawn(tensor: Declared, random: torch.Generator, dtype: torch.dtype, least: float) -> Tensor:
    """Random values; those of a bias are between `least` and 1 above it."""
    if tensor.dtype == "long":
        return torch.randint(1, 100, tensor.shape, generator=random)
    drawn = torch.empty(tensor.shape, dtype=dtype)
    if tensor.kind == "weight" and len(tensor.shape) > 1:
        bound = (3 / prod(tensor.shape[1:])) ** 0.5
        return drawn.uniform_(-bound, bound, generator=random)
    if tensor.kind == "bias":
        return drawn.uniform_(least, least + 1, generator=random)
    low, high = (0.5, 1.5) if tensor.trainable else (0.1, 0.6)
    return drawn.uniform_(low, high, generator=random)


def constants(node: Node) -> State:
    """A node's buffers that follow from its attributes, by their names in it."""
    fixed = [t.name for t in node.tensors() if t.determined_by is not None]
    if not fixed:
        return {}
    module = build(LOWERINGS[type(node.op)](node.op, node.input_shapes))
    return {name: module.get_buffer(name) for name in fixed}


def adopt(graph: Graph, module: nn.Module, state: State) -> None:
    """Let the module use the tensors of `state` themselves; what it shares stays shared.

    Raises:
        ArchspecError: E606 for a parameter that would not be trained.
    """
    found = _tensors(module)
    _fail(
        (node, f"the parameter `{node.path}.{tensor.name}` would not be trained")
        for node, tensors in graph.owners()
        for tensor in tensors
        if tensor.trainable and not found[f"{node.path}.{tensor.name}"].requires_grad
    )
    given = {id(found[key]): value for key, value in state.items()}
    for child in module.modules():
        for name, tensor in _tensors(child, recurse=False).items():
            setattr(child, name, given.get(id(tensor), tensor))


def check_constants(graph: Graph, module: nn.Module) -> None:
    """Compare the module's buffers that follow from attributes, as it has constructed them.

    Raises:
        ArchspecError: E606 for each that is not what its op's lowering makes of it.
    """
    found = _tensors(module)
    _fail(
        (node, f"the buffer `{node.path}.{name}` does not follow from the spec")
        for node, _ in graph.owners()
        for name, wanted in constants(node).items()
        if not torch.equal(found[f"{node.path}.{name}"].to(wanted), wanted)
    )


def _fail(faults: Iterable[tuple[Node, str]]) -> None:
    wrong = [Diagnostic("E606", text, n.span, chain=n.scope.chain) for n, text in faults]
    if wrong:
        raise ArchspecError(*wrong)


def _tensors(module: nn.Module, *, recurse: bool = True) -> State:
    """Every parameter and buffer by each of the names that it has."""
    return {
        **dict(module.named_parameters(recurse=recurse, remove_duplicate=False)),
        **dict(module.named_buffers(recurse=recurse, remove_duplicate=False)),
    }
