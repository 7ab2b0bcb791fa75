"""Memory of random valid specs, and of every op alone, against PyTorch."""

from __future__ import annotations

from collections import defaultdict
from math import inf
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from archspec import pipeline
from archspec.analysis.memory import Memory
from archspec.analysis.recording import Recording, Tensors
from archspec.analysis.step import OPTIMIZERS, Step
from archspec.backends.torch import backend
from archspec.ir.graph import Graph, Node
from archspec.ops import Op, Shape
from archspec.ops.tape import Storage, Tape, Value
from tests import test_ops as ops
from tests.strategies import as_text, graph_of, specs
from tests.sweeping import drawn
from tests.test_memory import forms
from tests.test_properties import feed, one_thread  # noqa: F401
from tests.tracker import Loss, Tracker, held, inference_peak, nbytes, saved, training_peak


def close(ours: int, measured: int) -> None:
    """Within 1%, or what the loss of the measurement and a helper's tiny tensors take."""
    assert abs(ours - measured) <= max(300, 0.01 * measured), f"{ours:,} against {measured:,}"


def memory(graph: Graph, **setting: Any) -> Memory:
    counted = pipeline.stats(graph, batch=2, **setting)
    assert counted.memory is not None
    return counted.memory


def check_training(graph: Graph) -> None:
    module = backend.compile(graph, device="meta").train()
    try:
        _, kept = saved(module, *feed(graph, "meta"))
    except ValueError as error:  # PyTorch refuses the statistics of a single value
        assert "Expected more than 1 value per channel when training" in str(error)
        return
    assert memory(graph).saved == nbytes(kept)
    if ").prod(0)" in backend.source(graph):  # without numbers its gradient goes another way
        return
    for optimizer in OPTIMIZERS[::2]:
        measured = training_peak(module, *feed(graph, "meta"), optimizer=optimizer)
        close(memory(graph, optimizer=optimizer).peak.bytes, measured)


def check_evaluation(graph: Graph, text: str) -> None:
    counted = memory(graph, mode="eval")
    module = backend.compile(graph, device="meta").eval()
    close(counted.peak.bytes, inference_peak(module, *feed(graph, "meta")))
    if "conv_transpose" in text:  # whose output oneDNN allots more channels than it has
        return
    _, kept = saved(backend.compile(graph, device="cpu").eval(), *feed(graph, "cpu"))
    assert counted.saved == nbytes(kept)


@drawn(1_000, sample=25)  # each is a network that is run several times
@given(specs())
def test_memory_of_random_networks(text: str) -> None:
    graph = graph_of(text)
    check_training(graph)
    check_evaluation(graph, text)


CONV = {"conv": {"out_channels": 4, "kernel_size": 3, "padding": 1}}
TWICE = {"id": "both", "each": {"e": "range(2)"}, **CONV}


@pytest.mark.parametrize(
    "graph",
    [
        [CONV, {"maximum": [TWICE]}, CONV],
        [CONV, {"add": [TWICE]}, CONV],
        [CONV, {"mean": [TWICE]}, CONV],
        [CONV, {"id": "a", "relu": None}, {"add": ["a", {**CONV, "from": "a"}]},
         {"add": [TWICE]}],
        [CONV, {"id": "a", "tanh": None}, CONV, {"add": [[], "a"]}, CONV],
        [CONV, {"id": "a", "tanh": None}, CONV, {"multiply": [[], "a"]}, {"scale": 0.5}],
        [CONV, {"permute": [1, 2, 0]}, "flatten", {"linear": 5}],
        [CONV, {"permute": [2, 0, 1]}, {"reshape": [8, -1]}, {"linear": 5}],
        [CONV, {"crop": {"size": 5}}, {"flatten": {"start_axis": 1}}, {"linear": 3}],
        [CONV, {"crop": {"size": [8, 5]}}, {"flatten": {"end_axis": 1}}, {"linear": 3}],
        [CONV, {"crop": {"size": 5}}, CONV],
        [CONV, {"subsample": 2}, "flatten", {"linear": 3}],
        [CONV, {"channel_slice": {"step": 2}}, "flatten", {"linear": 3}],
        [CONV, {"permute": [0, 2, 1]}, {"relu": {"inplace": True}}, CONV],
        [CONV, {"dropout": 0}, CONV, {"dropout": 0.9}, CONV],
        [CONV, {"subtract": [[], [{"dropout": 0}]]}, CONV],
        [CONV, {"multiply": [[], []]}, "identity"],
        ["identity"],
        [{"max_pool": 2}, CONV, {"relu": {"inplace": True}}],
        [{"max_pool": 2}, "relu", "flatten"],
    ],
    ids=str,
)  # fmt: skip
def test_memory_of_small_networks(graph: list[Any]) -> None:
    text = as_text({"name": "Small", "inputs": {"x": [3, 8, 8]}, "graph": graph})
    check_evaluation(graph_of(text), text)
    if any("conv" in str(piece) for piece in graph):
        check_training(graph_of(text))


def test_a_sum_before_several_branches_is_computed_once() -> None:
    graph = [CONV, {"id": "a", **CONV}, {"add": [[], {**CONV, "from": "a"}]}, {"concat": [TWICE]}]
    source = backend.source(graph_of(as_text({"name": "Fan", "inputs": {"x": [3, 8, 8]},
                                              "graph": graph})))  # fmt: skip
    (fan,) = [line for line in source.splitlines() if "for branch in self.both]" in line]
    assert "branch(x)" in fan


# --- every op alone --------------------------------------------------------------------------


class _Source(torch.autograd.Function):
    """A tensor that is no leaf, so that ops may work in place; its gradient ends there."""

    @staticmethod
    def forward(_: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(*_: Any) -> None:
        return None


def measured(module: nn.Module, shapes: tuple[Shape, ...], *, training: bool) -> int:
    """The peak of an op: of a forward pass, or of one and the backward pass."""
    given = [torch.rand(2, *shape, requires_grad=training) for shape in shapes]
    operands: list[Tensor] = [_Source.apply(x) for x in given]  # type: ignore[no-untyped-call]
    tracker = Tracker()
    tracker.own(*held(module), *operands)
    with torch.set_grad_enabled(training), tracker:
        output = module.train(training)(*operands)
        if training and output.requires_grad:
            Loss.apply(output).backward()  # type: ignore[no-untyped-call]
    return tracker.peak


def predicted(op: Op, shapes: tuple[Shape, ...], *, training: bool) -> int | None:
    """The same as the model has it; None for what is handed on as it is."""
    tape = Tape(training, training)
    values = [tape.tensor((2, *shape)) for shape in shapes]
    for value in values:
        value.grad = training
    out = op.trace(tape, *values)
    if not tape.kernels:
        return None
    last: dict[Storage, float] = defaultdict(int)
    for clock, kernel in enumerate(tape.kernels):
        last.update({v.storage: clock for v in (*kernel.reads, kernel.out)})
    for storage, clock in tape.held.items():
        last[storage] = max(last[storage], clock)
    last.update({v.storage: inf for v in (*values, out)})
    return _peak(op, shapes, tape, values, out, last)


def _peak(
    op: Op,
    shapes: tuple[Shape, ...],
    tape: Tape,
    values: list[Value],
    out: Value,
    last: dict[Storage, float],
) -> int:
    text = as_text({"name": "One", "inputs": {"x": [1]}, "graph": ["identity"]})
    node: Node = graph_of(text).nodes[-1]
    tensors = op.tensors(*shapes)
    sizes = {("", t.name): 4 * t.count for t in tensors if t.trainable}
    buffers = sum(t.count * (8 if t.dtype == "long" else 4) for t in tensors if not t.trainable)
    owned = Tensors(sizes, buffers, {node: list(sizes)})
    recording = Recording(tape, [node] * len(tape.kernels), values, [out], last, {}, ())
    step = Step(recording, owned, owned.params + buffers)
    step.forward()
    if tape.autograd:
        step.backward()
    return step.peak.bytes


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", sorted({row[0] for row in ops.ROWS}))
def test_every_op_peaks_as_pytorch_does(name: str, training: bool) -> None:
    for row in ops.ROWS:
        if row[0] != name or (name == "fractal_join" and training):
            continue  # its expression asks its surroundings for the mode
        op, shapes, layer = ops.prepare(row)
        for form in forms(layer):
            ours = predicted(op, shapes, training=training)
            theirs = measured(form, shapes, training=training)
            if ours is not None:
                assert abs(ours - theirs) <= max(300, 0.01 * theirs), (ops.label(row), ours, theirs)
