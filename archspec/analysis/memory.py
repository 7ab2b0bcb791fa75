"""Memory in use while a network runs: what autograd keeps, and the peak.

Every op plays itself on a tape (`archspec.ops.tape`), in the order and with the variables of
the compiled module (`Schedule`). A forward pass counts the tensors that are alive after each
kernel, as long as a variable refers to them or autograd keeps them. A training step goes on
backwards over the same kernels, which is the order in which PyTorch's engine takes them, with
a gradient for every value that wants one, and ends with the update.

The step is one of many: its optimiser has its state from the first on, and gradients are freed
before the forward pass (`optimizer.zero_grad()`). Of the loss, its gradient by each output is
counted, and nothing else. What a kernel allocates for itself while it runs is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from archspec.analysis.recording import record, segments, tensors
from archspec.analysis.step import Optimizer, Peak, Step, state
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph, Instance, Node
from archspec.ir.schedule import Schedule
from archspec.ops import Shape
from archspec.ops.tape import WIDTHS, Dtype, StorageKind, Tape
from archspec.ops.unknown import UNKNOWN


@dataclass(frozen=True, slots=True)
class Memory:
    """What a network needs to run, in bytes.

    Attributes:
        optimizer: of the training step; None in evaluation.
        checkpoint: the instances that run again in the backward pass.
        params, buffers, inputs: what is there before anything runs.
        saved: what autograd keeps after a forward pass, parameters and buffers apart; in
            evaluation, what it would keep if gradients were on, as they are for fine-tuning.
        kinds: the same by kind: activations, indices of maxima, masks, statistics, copies of
            weights.
        by_node: the same by the path of the node that is the first to keep it.
        outputs: of the value of each node that runs.
        gradients: of the parameters.
        state: of the optimiser.
        peak: of everything that is alive, parameters and buffers included: of a forward pass
            without gradients in evaluation, of a training step otherwise.

    Where an op does not say what autograd keeps of it, `saved`, its entry in `by_node` and the
    bytes of the peak are UNKNOWN.
    """

    optimizer: Optimizer | None
    checkpoint: tuple[str, ...]
    params: int
    buffers: int
    inputs: int
    saved: int
    kinds: Mapping[StorageKind, int]
    by_node: Mapping[str, int] = field(repr=False)
    outputs: Mapping[str, int] = field(repr=False)
    gradients: int
    state: int
    peak: Peak


def memory(
    graph: Graph,
    schedule: Schedule,
    *,
    batch: int = 1,
    dtype: Dtype = "float32",
    training: bool = True,
    optimizer: Optimizer = "sgd",
    checkpoint: tuple[Instance, ...] = (),
) -> Memory:
    """Run a network, or a training step of it, without a number being computed.

    Args:
        schedule: of the same graph in the same mode.
        dtype: of parameters and activations; `amp` for PyTorch's autocast to bfloat16.
        checkpoint: instances of which only the inputs are kept, and which run again when
            their gradients are wanted (`torch.utils.checkpoint`).
    """
    held = tensors(graph, dtype)
    kept = state(held, optimizer) if training else 0
    base = held.params + held.buffers + kept
    recording = record(graph, schedule, Tape(training, True, dtype), batch)
    apart = tuple(segments(recording, checkpoint))
    step = measured = Step(recording, held, base, apart)
    step.forward()
    if training:
        step.backward()
        step.update(optimizer)
    else:
        without = record(graph, schedule, Tape(training, False, dtype), batch)
        measured = Step(without, held, base)
        measured.forward()
    by_node = {n.path: sum(s.nbytes for s in kept) for n, kept in step.first.items()}
    by_node |= {node.path: UNKNOWN for node in recording.unsaid}
    kinds: dict[StorageKind, int] = {}
    for storage in chain.from_iterable(step.first.values()):
        kinds[storage.kind] = kinds.get(storage.kind, 0) + storage.nbytes
    return Memory(
        optimizer=optimizer if training else None,
        checkpoint=tuple(i.path for i in checkpoint),
        params=held.params,
        buffers=held.buffers,
        inputs=sum(value.nbytes for value in recording.inputs),
        saved=UNKNOWN if recording.unsaid else sum(kinds.values()),
        kinds={} if recording.unsaid else kinds,
        by_node=by_node,
        outputs={node.path: value.nbytes for node, value in recording.values.items()},
        gradients=held.params if training else 0,
        state=kept,
        peak=replace(measured.peak, bytes=UNKNOWN) if recording.unsaid else measured.peak,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A tensor that autograd keeps for the backward pass.

    Attributes:
        maker: the node that made it.
        result: True where it is that node's value, and nothing made on the way or beside it.
        shape: the batch axis first.
        width: bytes of an element.
    """

    maker: Node
    result: bool
    kind: StorageKind
    shape: Shape
    width: int


def kept(
    graph: Graph, schedule: Schedule, *, batch: int = 1, dtype: Dtype = "float32", training: bool
) -> Mapping[Node, list[Kept]]:
    """What autograd keeps, by the node that is the first to keep it; see `Memory.by_node`."""
    recording = record(graph, schedule, Tape(training, True, dtype), batch)
    step = Step(recording, tensors(graph, dtype), 0)
    step.forward()
    makers = {recording.values[node].storage: node for node in graph.inputs}
    for kernel, owner in zip(recording.tape.kernels, recording.owners, strict=True):
        for storage in (kernel.out.storage, *kernel.aside):
            makers.setdefault(storage, owner)
    results = {value.storage for value in recording.values.values()}
    return {
        node: [Kept(makers[s], s in results, s.kind, s.shape, WIDTHS[s.dtype]) for s in storages]
        for node, storages in step.first.items()
    }


@dataclass(frozen=True, slots=True)
class Fit:
    """The largest batch that a limit allows.

    Attributes:
        limit: in bytes.
        batch: 0 where not even one sample fits.
        memory: at that batch; None where it is 0.
        next: bytes that one sample more would need.
    """

    limit: int
    batch: int
    memory: Memory | None
    next: int


def fit(needed: Callable[[int], Memory], limit: int) -> Fit:
    """The largest batch whose peak does not exceed a limit.

    Args:
        needed: the memory of a batch. Every moment needs an amount that grows linearly with
            the batch, and the peak is the highest of them; so a line through two batches leads
            near the batch that is looked for, and a few steps find it. A sample has at least
            a byte.

    Raises:
        ArchspecError: E114 where an op does not say what autograd keeps of it.
    """
    if needed(1).peak.bytes is UNKNOWN:
        raise ArchspecError(
            Diagnostic(
                "E114",
                "how much memory the network needs is unknown, and so is the largest batch",
                expected="ops that say what autograd keeps of them (`trace`)",
            )
        )
    found: dict[int, Memory] = {}
    low, high, guess = 0, limit + 1, 1
    while high - low > 1:
        found[guess] = needed(guess)
        if found[guess].peak.bytes <= limit:
            low = guess
        else:
            high = guess
        guess = _between({n: m.peak.bytes for n, m in found.items()}, limit, low, high)
    over = found.get(high)
    return Fit(limit, low, found.get(low), (over or needed(high)).peak.bytes)


def _between(sizes: Mapping[int, int], limit: int, low: int, high: int) -> int:
    """The next batch to try: where the line through the two nearest ones reaches the limit.

    At every third step it is the middle, lest a bend keep the line from coming near.
    """
    near = sorted(sizes, key=lambda n: abs(sizes[n] - limit))[:2]
    guess = low + 1
    if high in sizes and len(sizes) % 3 == 0:
        guess = (low + high) // 2
    elif len(near) == 2:
        one, other = sorted(near)
        rise = max(sizes[other] - sizes[one], 1)
        guess = one + (limit - sizes[one]) * (other - one) // rise
    return max(low + 1, min(guess, high - 1))
