"""Networks of the zoo take a training step, and every parameter has its part in it.

Of every family that is one, and a sample of the others; a sweep takes them all.

A step costs what its images cost, so it is taken on small ones where the network has the same
parameters for them: of `SIDES` the smallest that will do, or `train_at` of figures.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import pytest
import torch
from torch import Tensor, nn

from archspec.diagnostics import ArchspecError
from archspec.elaboration.build import build
from archspec.frontend.loading import Document, load
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.pipeline import compile_module
from tests.figures import Figures, figures, usual
from tests.parity import outputs
from tests.sweeping import some

SIDES = (64, 128)
"""Sides to try. Below 64 the last maps are single pixels, and batch norms of two values explode."""

STEPS = 10
"""How often to run a network that drops paths at random, until it has taken them all."""

USUAL = frozenset(usual().values())
ROWS = [figures()[name] for name in some([*figures()], 24, always=USUAL)]


def _tensors(graph: Graph) -> dict[str, Shape]:
    return {f"{n.path}.{t.name}": t.shape for n, tensors in graph.owners() for t in tensors}


def _sides(row: Figures, own: Shape) -> Iterator[int]:
    if row.train_at is not None:
        yield row.train_at
    else:
        yield from (side for side in SIDES if side < min(own[1:], default=0))


def _at(document: Document, graph: Graph, side: int) -> Graph | None:
    """The network for inputs of this side, if its parameters are still the same."""
    shapes = {n.path: (n.output[0], *(side for _ in n.output[1:])) for n in graph.inputs}
    try:
        resized = build(document, inputs=shapes)
    except ArchspecError:  # too small for it, or it knows its input's size by heart
        return None
    return resized if _tensors(resized) == _tensors(graph) else None


def small(row: Figures) -> Graph:
    """The network with all its parameters, for small images where it takes them."""
    document = load(row.name)
    graph = build(document)
    found = (_at(document, graph, side) for side in _sides(row, graph.inputs[0].output))
    resized = next((resized for resized in found if resized is not None), None)
    assert resized is not None or row.train_at is None, "it is another network at that size"
    return resized or graph


@pytest.mark.sweep
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_step(row: Figures) -> None:
    torch.manual_seed(0)
    graph = small(row)
    module: nn.Module = compile_module(graph)
    _leave_zero(module)
    shapes = [(2, *o.node.output) for o in graph.outputs]
    left = dict(module.named_parameters())
    for _ in range(STEPS):
        found = outputs(module(*(torch.randn(2, *n.output) for n in graph.inputs)))
        assert [tuple(value.shape) for value in found] == shapes
        sum((value * torch.randn_like(value)).sum() for value in found).backward()
        left = {name: parameter for name, parameter in left.items() if not _moves(parameter)}
        if not left:
            break
    assert not left, "no gradient, or not a finite one, or zero throughout"


def _leave_zero(module: nn.Module) -> None:
    """Nudge layers that start at zero, and until their first step hide what comes before them."""
    for name, parameter in module.named_parameters():
        if not name.endswith("bias") and not parameter.any():
            nn.init.normal_(parameter, std=0.01)


def _moves(parameter: Tensor) -> bool:
    """Whether there is a gradient, finite, and not zero throughout."""
    if parameter.grad is None:
        return False
    least, most = parameter.grad.aminmax()  # both are NaN if anything is
    return bool(0 < max(-least, most) < inf)
