"""Networks of the zoo against PyTorch: MACs op for op, parameters and buffers.

The compiled module runs on the meta device, under PyTorch's own FlopCounterMode, which counts two
operations a MAC, and nothing besides convolutions and matrix products. Every family is there in one
form, of the other forms a sample; a sweep takes them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from archspec.analysis.cost import Layer, Stats, stats
from archspec.backends.torch.check import module_paths
from archspec.elaboration.build import build
from archspec.frontend.loading import load
from archspec.ir.graph import Graph
from archspec.pipeline import compile_module
from tests.figures import figures, usual
from tests.pieces import graph_of
from tests.sweeping import some
from tests.tracker import brief

BATCH = 2

Work = dict[str, list[int]]
"""For each module the FLOPs of each of its calls that has any."""


@dataclass(frozen=True)
class Network:
    graph: Graph
    module: nn.Module
    stats: Stats


NETWORKS = some([*figures()], 36, always=frozenset(usual().values()))


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Network:
    return _network(build(load(request.param)))


def _network(graph: Graph) -> Network:
    return Network(graph, compile_module(graph, device="meta"), stats(graph, batch=BATCH))


class _Each(TorchDispatchMode):
    """Notes by how much each call raises a counter, under the module that is running.

    Batch norms go past it: PyTorch would find no matrix product in them, as it does in test_ops.py.
    """

    def __init__(self, counter: FlopCounterMode, running: list[str]) -> None:
        super().__init__()
        self.found: Work = defaultdict(list)
        self._counter, self._running = counter, running

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if known := brief(func, args):
            return known
        before = self._counter.get_total_flops()
        out = func(*args, **(kwargs or {}))
        more = self._counter.get_total_flops() - before
        if more:
            self.found[self._running[-1]].append(more)
        return out


@contextmanager
def _running(module: nn.Module) -> Iterator[list[str]]:
    """The paths of the modules that are being called, the innermost last."""
    stack: list[str] = []
    handles = []
    for path, child in module.named_modules():

        def enter(_: nn.Module, __: Any, path: str = path) -> None:
            stack.append(path)

        def leave(*_: Any) -> None:
            stack.pop()

        handles += [child.register_forward_pre_hook(enter), child.register_forward_hook(leave)]
    try:
        yield stack
    finally:
        for handle in handles:
            handle.remove()


def _counted(network: Network) -> Work:
    """What PyTorch counts of a training forward, in which every layer runs."""
    inputs = [torch.empty(BATCH, *n.output, device="meta") for n in network.graph.inputs]
    counter = FlopCounterMode(display=False)
    with (
        torch.no_grad(),
        _running(network.module.train()) as running,
        counter,
        _Each(counter, running) as each,
    ):
        network.module(*inputs)
    assert sum(map(sum, each.found.values())) == counter.get_total_flops()
    return dict(each.found)


def _inferred(network: Network) -> Work:
    paths = {n.path: p for n, p in module_paths(network.graph, network.module).items()}
    found: Work = defaultdict(list)
    for layer in network.stats.layers:
        if layer.flops:
            found[paths[layer.path]].append(layer.flops)
    return dict(found)


@pytest.mark.sweep
def test_macs_are_torchs_op_for_op(network: Network) -> None:
    assert _counted(network) == _inferred(network)


@pytest.mark.sweep
def test_what_only_trains_is_what_evaluation_leaves_out(network: Network) -> None:
    if not any(layer.train_only for layer in network.stats.layers):
        return
    inputs = [torch.empty(BATCH, *n.output, device="meta") for n in network.graph.inputs]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.module.eval()(*inputs)
    assert counter.get_total_flops() == network.stats.totals.flops


@pytest.mark.sweep
def test_parameters_and_buffers_are_the_modules(network: Network) -> None:
    parameters = dict(network.module.named_parameters())
    biases = sum(p.numel() for n, p in parameters.items() if n.rpartition(".")[2] == "bias")
    buffers = dict(network.module.named_buffers())
    both = (network.stats.totals, network.stats.train_only)
    assert sum(t.biases for t in both) == biases
    assert sum(t.weights for t in both) == sum(p.numel() for p in parameters.values()) - biases
    assert sum(t.params_bytes for t in both) == _nbytes(parameters)
    assert sum(t.buffers for t in both) == sum(b.numel() for b in buffers.values())
    assert sum(t.buffers_bytes for t in both) == _nbytes(buffers)


def _nbytes(tensors: dict[str, Any]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors.values())


def _layers(text: str) -> tuple[Network, dict[str, Layer]]:
    network = _network(graph_of(text))
    return network, {layer.path: layer for layer in network.stats.layers}


def test_shared_weights_count_once_and_macs_once_a_use() -> None:
    network, layers = _layers(
        """
        name: Pyramid
        inputs: {x: [4, 16, 16]}
        graph:
          - {id: head, conv: {out_channels: 4, kernel_size: 3, padding: 1}}
          - {max_pool: 2}
          - {share: head}
          - {share: head, conv: {out_channels: 4, kernel_size: 3, padding: 2, dilation: 2}}
        """
    )
    counted = _counted(network)
    assert counted == _inferred(network)
    flops = [2 * BATCH * 4 * 4 * 9 * side**2 for side in (16, 8, 8)]
    assert [*chain(*counted.values())] == flops
    test_parameters_and_buffers_are_the_modules(network)
    assert [layer.params for layer in layers.values()] == [4 * 4 * 9 + 4, 0, 0, 0]


def test_ops_without_a_module_compute_no_macs() -> None:
    """What is written as an expression runs in the module around it."""
    network, _ = _layers(
        """
        name: Mixed
        inputs: {x: [4, 16, 16]}
        graph:
          - {id: a, conv: {out_channels: 8, kernel_size: 3, padding: 1}}
          - {id: up, conv_transpose: {out_channels: 8, kernel_size: 4, stride: 2, padding: 1}}
          - {from: a, upsample: 2}
          - {add: [up, []]}
          - {id: gate, graph: [global_avg_pool, {id: g, conv: {out_channels: 8}}, sigmoid]}
          - {multiply: {branches: [up, gate], broadcast: true}}
        """
    )
    assert _counted(network) == _inferred(network)
    assert sorted(_counted(network)) == ["a", "gate.g", "up"]
