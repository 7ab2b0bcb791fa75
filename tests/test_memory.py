"""Memory against PyTorch: what autograd's hooks see, and what is alive after every call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product
from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import archspec
from archspec import pipeline, zoo
from archspec.analysis.cost import Mode, Stats
from archspec.analysis.memory import Fit, Memory, fit
from archspec.analysis.memory import memory as memory_of
from archspec.analysis.parts import named
from archspec.analysis.step import OPTIMIZERS, Peak
from archspec.backends.torch.target import TORCH
from archspec.codegen.schedule import schedule
from archspec.diagnostics import ArchspecError, Source
from archspec.elaboration.build import build
from archspec.frontend.loading import families, load, load_source
from archspec.ir.graph import Graph
from archspec.ops import Shape
from archspec.ops.tape import Tape
from tests import test_ops as ops
from tests import tracker
from tests.figures import figures, usual
from tests.sweeping import some
from tests.tracker import held, inference_peak, nbytes, saved, training_peak

FAMILIES = [path.stem for path in families()]

NO_STATISTICS = "Expected more than 1 value per channel when training"


def _inputs(graph: Graph, batch: int, device: str) -> list[Tensor]:
    torch.manual_seed(0)
    return [torch.randn(batch, *node.output, device=device) for node in graph.inputs]


@cache
def _module(name: str, device: str = "meta") -> tuple[Graph, nn.Module]:
    graph = archspec.load(name)
    return graph, archspec.compile(graph, device=device)


def _memory(graph: Graph, **setting: Any) -> Memory:
    counted = pipeline.stats(graph, **setting)
    assert counted.memory is not None
    return counted.memory


# --- what autograd keeps ---------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("name", some([*figures()], 36, always=frozenset(usual().values())))
def test_what_autograd_keeps_in_training(name: str) -> None:
    """At batch 1 and 2, to the byte; sizes alone matter, so nothing is computed."""
    graph = archspec.load(name)
    module = archspec.compile(graph, device="meta").train()
    order = schedule(graph, TORCH, training=True)
    for batch in (1, 2):
        try:
            _, kept = saved(module, *_inputs(graph, batch, "meta"))
        except ValueError as error:  # PyTorch refuses the statistics of a single value
            assert batch == 1 and NO_STATISTICS in str(error)
            continue
        assert memory_of(graph, order, batch=batch).saved == nbytes(kept), batch


def _smallest(family: str) -> str | None:
    """The form of a family that computes least."""
    forms = (entry for entry in zoo.networks() if entry.family == family)
    return min(forms, key=lambda entry: entry.macs).variant


SMALLER: dict[str, Shape] = {
    **dict.fromkeys(("inception_resnet", "inception_v4", "polynet"), (3, 139, 139)),
    "fcn": (3, 224, 224),
    "fcn_resnet": (3, 64, 64),
    **dict.fromkeys(("efficientnet", "densenet", "dla", "resnext", "xception"), (3, 96, 96)),
    "multi_resnet": (3, 8, 8),
    "unet": (1, 188, 188),
    "voxresnet": (1, 16, 16, 16),
}
"""Sizes at which a real forward pass takes no time to speak of."""


@pytest.mark.parametrize("family", FAMILIES)
def test_what_autograd_keeps_in_evaluation(family: str) -> None:
    """On the CPU, where a batch norm with running statistics keeps none of its own."""
    document = load(family)
    inputs = [(None, SMALLER[family])] if family in SMALLER else []
    graph = pipeline.elaborate(document, _smallest(family), inputs=inputs)
    module = archspec.compile(graph).eval()
    _, kept = saved(module, *_inputs(graph, 1, "cpu"))
    memory = _memory(graph, mode="eval")
    if family == "voxresnet":  # oneDNN allots its deconvolutions more channels than they have
        padded = [t for t in kept if t.shape[1:2] == (4,)]
        assert memory.saved - 4 * 65536 == nbytes(kept) - nbytes(padded)
        return
    assert memory.saved == nbytes(kept)
    assert memory.kinds.get("indices", 0) == nbytes(t for t in kept if t.dtype == torch.int64)


@pytest.mark.parametrize(
    ("name", "whole", "indices"),
    [("vgg16", 73_289_728, 12_242_944), ("densenet121", 130_361_344, 1_605_632)],
)
def test_figures_measured_on_torchvision(name: str, whole: int, indices: int) -> None:
    """Seen by saved_tensors_hooks on torchvision's models, batch 1, evaluation."""
    memory = _memory(archspec.load(name), mode="eval")
    assert (memory.saved, memory.kinds["indices"]) == (whole, indices)
    assert memory.saved == sum(memory.kinds.values()) == sum(memory.by_node.values())


class _Whole(nn.Module):
    """A function of operands, as a module without parameters."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *operands: Tensor) -> Tensor:
        return self.function(*operands)


class _Called(nn.Module):
    """A module that is called with more than its operands."""

    def __init__(self, layer: ops.Layer, module: nn.Module) -> None:
        super().__init__()
        self.layer, self.module = layer, module

    def forward(self, *operands: Tensor) -> Tensor:
        return ops.called(self.layer, self.module, list(operands))


def forms(layer: ops.Layer) -> Iterator[nn.Module]:
    if layer.module is not None:
        module = ops.build(layer)
        yield module if layer.call is None else _Called(layer, module)
    if layer.expr is not None:
        yield _Whole(lambda *operands: ops.evaluate(layer, list(operands)))


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("row", ops.ROWS, ids=ops.label)
def test_every_op_keeps_what_pytorch_keeps(row: ops.Row, training: bool) -> None:
    op, shapes, layer = ops.prepare(row)
    if op.name == "fractal_join" and training:
        pytest.skip("its expression asks its surroundings for the mode; FractalNet has it")
    tape = Tape(training, autograd=True)
    values = [tape.tensor((2, *shape)) for shape in shapes]
    for value in values:
        value.grad = True
    out = op.trace(tape, *values)
    assert out.shape == (2, *op.infer(*shapes))
    storages = {storage for kernel in tape.kernels for storage in kernel.keeps}
    for module in forms(layer):
        operands = [torch.rand(2, *shape, requires_grad=True) * 1 for shape in shapes]
        _, kept = saved(module.train(training), *operands)
        assert sum(s.nbytes for s in storages) == nbytes(kept)
        widths = Counter(t.dtype == torch.int64 for t in kept)
        assert widths[True] == sum(s.kind == "indices" for s in storages)


# --- peaks -----------------------------------------------------------------------------------


def _close(ours: int, measured: int) -> None:
    assert abs(ours - measured) <= 0.003 * measured, f"{ours:,} against {measured:,}"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_peak_of_a_forward_pass(family: str) -> None:
    graph, module = _module(family)
    measured = inference_peak(module.eval(), *_inputs(graph, 2, "meta"))
    _close(_memory(graph, batch=2, mode="eval").peak.bytes, measured)


PLAIN = [(family, "sgd") for family in FAMILIES]


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("family", "optimizer"), some([*product(FAMILIES, ["sgd", "adam"])], 10, always=PLAIN)
)
def test_the_peak_of_a_training_step(family: str, optimizer: Any) -> None:
    graph, module = _module(family)
    inputs = _inputs(graph, 2, "meta")
    measured = training_peak(module.train(), *inputs, optimizer=optimizer)
    _close(_memory(graph, batch=2, optimizer=optimizer).peak.bytes, measured)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer(optimizer: Any) -> None:
    for name in ("vgg11", "resnet20"):
        graph, module = _module(name)
        measured = training_peak(module.train(), *_inputs(graph, 1, "meta"), optimizer=optimizer)
        _close(_memory(graph, optimizer=optimizer).peak.bytes, measured)


def test_meta_tensors_are_as_real_ones() -> None:
    """Where a batch norm's statistics do not tell, a real step peaks where one of sizes does."""
    graph, module = _module("resnet20")
    real = archspec.compile(graph).train()
    sizes = training_peak(module.train(), *_inputs(graph, 2, "meta"), optimizer="adam")
    assert training_peak(real, *_inputs(graph, 2, "cpu"), optimizer="adam") == sizes


# --- precision -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_low_precision(dtype: Any) -> None:
    for name in ("resnet18", "squeezenet"):
        graph, _ = _module(name)
        module = archspec.compile(graph, device="meta", dtype=dtype).train()
        inputs = [x.to(getattr(torch, dtype)) for x in _inputs(graph, 2, "meta")]
        memory = _memory(graph, batch=2, dtype=dtype)
        _close(memory.peak.bytes, training_peak(module, *inputs))
        _close(memory.saved, nbytes(saved(module, *inputs)[1]))


NORMS = """
name: Norms
inputs: {x: [8, 4, 4]}
graph: [batch_norm, {group_norm: 2}, {instance_norm: {affine: true}}, {layer_norm: 1}, layer_norm]
"""


@pytest.mark.parametrize("name", ["resnet20", "resnet18", NORMS])
def test_a_cpu_keeps_statistics_in_low_precision(name: str) -> None:
    """On real tensors, and not on those of sizes: half of what is listed, which is a GPU's."""
    graph = pipeline.elaborate(load_source(Source("norms", name)) if name == NORMS else name)
    module = archspec.compile(graph, device="cpu", dtype="bfloat16").train()
    kept = nbytes(saved(module, *(x.bfloat16() for x in _inputs(graph, 2, "cpu")))[1])
    memory = _memory(graph, batch=2, dtype="bfloat16")
    assert memory.kinds["statistics"] > 0
    assert memory.saved - memory.kinds["statistics"] // 2 == kept


LAYERS = """
name: Layers
inputs: {x: [256]}
graph:
  - repeat: 6
    graph: [{linear: 256}, relu]
"""


@pytest.mark.parametrize(
    ("name", "batch", "foreach", "fused"),
    [(LAYERS, 1, 15, -8), ("lenet5", 1, -10, -24), ("lenet5", 8, 0, 0), ("resnet20", 1, 0, 0)],
)
def test_other_ways_to_update_need_more_or_less(
    name: str, batch: int, foreach: int, fused: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the per cent that docs/numbers.md tells."""
    graph = pipeline.elaborate(load_source(Source("layers", name)) if name == LAYERS else name)
    plain = _memory(graph, batch=batch, optimizer="adam").peak.bytes
    for way, wanted in (("foreach", foreach), ("fused", fused)):
        monkeypatch.setitem(tracker.OPTIMIZERS, "adam", partial(torch.optim.Adam, **{way: True}))
        module = archspec.compile(graph, device="cpu").train()
        measured = training_peak(module, *_inputs(graph, batch, "cpu"), optimizer="adam")
        assert round(100 * (measured / plain - 1)) == wanted, way


NARROWED = "lenet5 lenet5_1998 resnet20 stn_mnist wavenet highway_1 highway_mnist_10"


@pytest.mark.parametrize("name", [*NARROWED.split(), "recurrent_resnet56"])
def test_autocast(name: str) -> None:
    graph, module = _module(name, "cpu")
    inputs = _inputs(graph, 2, "cpu")
    with torch.autocast("cpu", torch.bfloat16):
        _, kept = saved(module.train(), *inputs)
    memory = _memory(graph, batch=2, dtype="amp")
    assert memory.saved == nbytes(kept)
    assert {n.path: memory.outputs[n.path] for n in graph.inputs} == {
        n.path: 2 * 4 * prod(n.output) for n in graph.inputs
    }
    _close(memory.peak.bytes, training_peak(module, *inputs, autocast=True))


# --- checkpoints -----------------------------------------------------------------------------


def _checkpointed(graph: Graph, *names: str) -> nn.Module:
    """The module, with parts of it under `torch.utils.checkpoint`."""
    module = archspec.compile(graph, device="meta").train()
    for instance in named(graph, names):
        part = module.get_submodule(instance.path)
        part.forward = _again(part.forward)
    return module


def _again(forward: Callable[..., Any]) -> Callable[..., Any]:
    def run(*operands: Tensor) -> Any:
        return checkpoint(forward, *operands, use_reentrant=False, preserve_rng_state=False)

    return run


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("resnet20", ["basic_block"]),
        ("resnet20", ["layer1", "layer3"]),
        ("plain20", ["layer2"]),
        ("wrn16_8", ["layer1.0", "layer2"]),
        ("recurrent_resnet56", ["state2.step"]),  # one module, called again and again
    ],
)
def test_checkpoints(name: str, parts: list[str]) -> None:
    graph = archspec.load(name)
    inputs = _inputs(graph, 2, "meta")
    measured = training_peak(_checkpointed(graph, *parts), *inputs)
    ours = _memory(graph, batch=2, checkpoint=parts)
    _close(ours.peak.bytes, measured)
    plain = _memory(graph, batch=2)
    assert ours.saved < plain.saved and ours.peak.bytes <= plain.peak.bytes


def test_checkpoints_by_name() -> None:
    graph = archspec.load("resnet18")
    assert [i.path for i in named(graph, ["layer1.0", "layer1"])] == ["layer1"]
    assert len(named(graph, ["basic_block"])) == 8
    with pytest.raises(ArchspecError) as caught:
        named(graph, ["basic_blok"])
    assert caught.value.diagnostics[0].code == "E108"


# --- the largest batch -----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_the_largest_batch(mode: Mode) -> None:
    graph = archspec.load("resnet20")
    limit = 200_000_000
    found = pipeline.fit(graph, limit, mode=mode)
    assert found.memory is not None and found.memory.peak.bytes <= limit < found.next
    assert found.memory == _memory(graph, batch=found.batch, mode=mode)
    assert found.next == _memory(graph, batch=found.batch + 1, mode=mode).peak.bytes


def test_not_one_sample() -> None:
    found = pipeline.fit(archspec.load("vgg16"), 10**9)
    assert (found.batch, found.memory) == (0, None)
    assert found.next > 10**9


@pytest.mark.parametrize("limit", [99, 100, 101, 5_000, 123_456, 10**9, 10**30])
@pytest.mark.parametrize("bend", [1, 7, 1_000, 50_000])
def test_few_batches_are_tried(limit: int, bend: int) -> None:
    """The peak is the highest of lines in the batch: with a bend, the worst of all, too."""
    tried = []

    def size(batch: int) -> int:
        return max(90 + 10 * batch, 900 * (batch - bend), 70 + 11 * batch)

    def needed(batch: int) -> Memory:
        tried.append(batch)
        return _sized(size(batch))

    found: Fit = fit(needed, limit)
    assert found.batch == 0 or size(found.batch) <= limit
    assert size(found.batch + 1) == found.next > limit
    assert len(tried) <= 40


def _sized(size: int) -> Memory:
    return Memory("sgd", (), 0, 0, 0, 0, {}, {}, {}, 0, 0, Peak(size, "forward", ""))


# --- by itself -------------------------------------------------------------------------------

CHAIN = """
name: Chain
inputs: {image: [3, 8, 8]}
graph:
  - {id: conv, conv: {out_channels: 4, kernel_size: 3, padding: 1}}
  - {id: act, %s}
  - {id: out, conv: {out_channels: 2}}
"""
IMAGE, MAP, OUT = 3 * 64 * 4, 4 * 64 * 4, 2 * 64 * 4
PARAMS = (4 * 3 * 9 + 4 + 4 * 2 + 2) * 4


def _chain(act: str, **setting: Any) -> Stats:
    return pipeline.stats(build(load_source(Source("<spec>", CHAIN % act))), **setting)


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        ("relu: ", IMAGE + MAP),  # its output, which the next convolution keeps, too
        ("relu: {inplace: true}", IMAGE + MAP),
        ("sigmoid: ", IMAGE + MAP),
        ("gelu: ", IMAGE + 2 * MAP),
        ("silu: {inplace: true}", IMAGE + 2 * MAP),  # PyTorch copies its operand first
        ("dropout: 0.5", IMAGE + 2 * MAP),  # a mask as wide as the values, on the CPU
        ("identity: ", IMAGE + MAP),
    ],
)
def test_counted_by_hand(act: str, kept: int) -> None:
    counted = _chain(act)
    assert counted.memory is not None and counted.memory.saved == kept
    assert sum(layer.saved_bytes for layer in counted.layers) == kept
    assert counted.totals.saved_bytes == kept


def test_what_runs_in_place_needs_no_room() -> None:
    plain, in_place = (
        _chain(act, mode="eval").memory for act in ("relu: ", "relu: {inplace: true}")
    )
    assert plain is not None and in_place is not None
    assert plain.peak == Peak(PARAMS + IMAGE + 2 * MAP, "forward", "act")
    assert in_place.peak == Peak(PARAMS + IMAGE + MAP + OUT, "forward", "out")


def test_what_a_training_step_consists_of() -> None:
    memory = _chain("relu: ", optimizer="adam").memory
    assert memory is not None
    assert memory.params == memory.gradients == PARAMS
    assert memory.state == 2 * PARAMS + 4 * 4
    assert (memory.buffers, memory.inputs) == (0, IMAGE)
    assert memory.optimizer == "adam"


def allocated_peak(module: nn.Module, *inputs: Tensor) -> int:
    """The allocator's peak in a forward pass, less what libraries keep of a first one."""
    torch.cuda.empty_cache()
    with torch.no_grad():
        module(*inputs)  # handles and plans of libraries
    base = torch.cuda.memory_allocated() - nbytes([*held(module), *inputs])
    torch.cuda.reset_peak_memory_stats()
    with torch.no_grad():
        module(*inputs)
    return torch.cuda.max_memory_allocated() - base


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["resnet50", "vgg16", "densenet121"])
def test_peaks_on_a_gpu(name: str, device: str) -> None:
    """Within 3% of the allocator's peak, once what it needs for nothing is subtracted."""
    graph = archspec.load(name)
    module = archspec.compile(graph, device=device).eval()
    inputs = _inputs(graph, 16, device)
    measured = (allocated_peak if device == "cuda" else inference_peak)(module, *inputs)
    ours = _memory(graph, batch=16, mode="eval").peak.bytes
    assert ours == pytest.approx(measured, rel=0.03)
