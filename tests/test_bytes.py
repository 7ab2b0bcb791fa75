"""What layers read and write, against the tensors that PyTorch's kernels are given and give."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archspec.analysis.cost import Layer, Stats, stats
from archspec.elaboration.build import build as elaborated
from archspec.frontend.loading import load
from tests.pieces import graph_of
from tests.test_ops import ROWS, Row, build, called, evaluate, label, operands_of, prepare

BATCH = 2


class _Kernels(TorchDispatchMode):
    """For each call that does more than view: the tensors it is given, and those it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[list[Tensor], list[Tensor]]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        given = [] if func is torch.ops.aten.new_ones.default else _tensors((args, kwargs))
        if not func.is_view:
            self.calls.append((given, _tensors(out)))
        return out


def _tensors(value: Any) -> list[Tensor]:
    """Those of values; a list of channels is an attribute, though PyTorch wants a tensor of it."""
    tensors = [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]
    return [t for t in tensors if t.is_floating_point()]


def _nbytes(tensors: list[Tensor]) -> int:
    """Bytes of distinct tensors."""
    return sum({id(t): t.numel() * t.element_size() for t in tensors}.values())


def _layer(row: Row) -> Layer:
    """The op in a network of its own, whose inputs are its operands."""
    op, shapes, _ = prepare(row)
    names = [f"x{i}" for i in range(len(shapes))]
    given = ", ".join(f"{name}: {list(shape)}" for name, shape in zip(names, shapes, strict=True))
    ends = ", ".join(f"{name}: {name}" for name in [*names, "y"])
    text = f"""
        name: One
        inputs: {{{given}}}
        graph: [{{id: y, from: x0, relu: }}]
        outputs: {{{ends}}}
    """
    graph = graph_of(text)
    node = graph.nodes[-1]
    node.op, node.inputs, node.output = op, tuple(graph.inputs), op.infer(*shapes)
    return stats(graph, batch=BATCH, mode="eval").layers[-1]


@pytest.mark.parametrize("row", ROWS, ids=label)
def test_a_single_kernel_reads_and_writes_that(row: Row) -> None:
    op, shapes, layer = prepare(row)
    operands = operands_of(shapes, "meta")
    with torch.device("meta"):
        module = build(layer).eval() if layer.module else None
    with torch.no_grad(), _Kernels() as kernels:
        called(layer, module, operands) if module else evaluate(layer, operands)
    counted = _layer(row)
    if op.passes_on and not kernels.calls:
        assert counted.read_bytes == counted.written_bytes == 0
    elif len(kernels.calls) == 1 and not op.passes_on:
        ((given, made),) = kernels.calls
        assert counted.read_bytes == _nbytes(given)
        assert counted.written_bytes == made[0].numel() * 4
    else:
        pytest.skip("PyTorch does not run it as one kernel")


def _spec(text: str, **options: Any) -> Stats:
    return stats(graph_of(text), **options)


def test_an_operand_is_read_once_and_shared_weights_at_every_use() -> None:
    counted = _spec(
        """
        name: Twice
        inputs: {x: [8]}
        graph:
          - {id: a, linear: 8}
          - {id: b, share: a}
          - {id: both, add: [b, b]}
        """,
        batch=3,
        dtype="bfloat16",
    )
    a, b, both = counted.layers
    assert a.read_bytes == b.read_bytes == (3 * 8 + 8 * 8 + 8) * 2
    assert (both.read_bytes, both.written_bytes) == (3 * 8 * 2, 3 * 8 * 2)
    assert (b.params, counted.totals.read_bytes) == (0, 2 * a.read_bytes + both.read_bytes)


def test_dropout_moves_values_in_training_only() -> None:
    text = "{name: Drop, inputs: {x: [8]}, graph: [{dropout: 0.5}]}"
    moved = {mode: _spec(text, mode=mode).layers[0] for mode in ("train", "eval")}
    assert (moved["train"].read_bytes, moved["train"].written_bytes) == (32, 32)
    assert (moved["eval"].read_bytes, moved["eval"].written_bytes) == (0, 0)
    assert moved["eval"].intensity == 0


def test_of_an_operand_that_gives_its_size_alone_nothing_is_read() -> None:
    counted = _spec(
        """
        name: Grid
        inputs: {theta: [6], x: [4, 8, 8]}
        graph:
          - {id: grid, from: theta, affine_grid: {like: x}}
          - {id: out, grid_sample: [x, grid]}
        """
    )
    grid, out = counted.layers
    assert (grid.read_bytes, grid.written_bytes) == (6 * 4, 2 * 64 * 4)
    assert out.read_bytes == (4 * 64 + 2 * 64) * 4


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "mobilenetv1_100"])
def test_intensity_is_operations_over_bytes(name: str) -> None:
    """A roofline's x axis: VGG's 3x3 convolutions lie far right of any elementwise layer."""
    counted = stats(elaborated(load(name)))
    for layer in (*counted.layers, counted.totals):
        moved = layer.read_bytes + layer.written_bytes
        work = 2 * layer.macs + layer.elementwise + layer.comparisons
        assert layer.intensity * moved == pytest.approx(work if moved else 0)
    relus = [layer.intensity for layer in counted.layers if layer.op in ("relu", "relu6")]
    assert max(relus) <= 0.25 < counted.totals.intensity
