"""A network played on a tape, with the variables of the compiled module."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf

from archspec.ir.graph import Graph, Instance, Node
from archspec.ir.schedule import Schedule
from archspec.ops.tape import Dtype, Storage, Tape, Value, nbytes


@dataclass(slots=True)
class Recording:
    """Kernels in the order they run.

    Attributes:
        owners: the node each kernel belongs to.
        last: for a storage the kernel after which no variable refers to it.
        values: of each node that runs.
        unsaid: the nodes whose ops do not say what autograd keeps of them.
    """

    tape: Tape
    owners: list[Node]
    inputs: list[Value]
    outputs: list[Value]
    last: Mapping[Storage, float]
    values: Mapping[Node, Value]
    unsaid: Sequence[Node]


def record(graph: Graph, schedule: Schedule, tape: Tape, batch: int) -> Recording:
    """Play a network on a tape."""
    values = {node: tape.tensor((batch, *node.output)) for node in graph.inputs}
    owners: list[Node] = []
    ends: dict[Node, int] = {}
    for node in schedule.order:
        tape.owner = node.owner.path
        tape.in_list = node in schedule.in_list
        values[node] = node.op.trace(tape, *(values[n] for n in node.inputs))
        owners += [node] * (len(tape.kernels) - len(owners))
        ends[node] = len(tape.kernels) - 1
    done = list(accumulate((ends[node] for node in schedule.order), max))
    last: dict[Storage, float] = defaultdict(int)
    for clock, kernel in enumerate(tape.kernels):
        for value in (*kernel.reads, kernel.out):
            last[value.storage] = clock
    for storage, clock in tape.held.items():
        last[storage] = max(last[storage], clock)
    for node, place in schedule.until.items():
        storage = values[node].storage
        last[storage] = max(last[storage], done[place])
    for copy in tape.copies.values():  # autocast forgets them when its context is left
        last[copy.storage] = len(tape.kernels) - 1
    inputs = [values[node] for node in graph.inputs]
    outputs = [values[o.node] for o in graph.outputs if o.node in values]
    for value in (*inputs, *outputs):  # the caller's variables
        last[value.storage] = inf
    unsaid = [node for node in schedule.order if "memory" in node.op.unsaid()]
    return Recording(tape, owners, inputs, outputs, last, values, unsaid)


@dataclass(frozen=True, slots=True)
class Tensors:
    """Parameters and buffers.

    Attributes:
        sizes: bytes of each parameter, by its owner's path and its name.
        buffers: bytes of all buffers.
        trained: the parameters a node uses.
    """

    sizes: Mapping[tuple[str, str], int]
    buffers: int
    trained: Mapping[Node, list[tuple[str, str]]]

    @property
    def params(self) -> int:
        return sum(self.sizes.values())


def tensors(graph: Graph, dtype: Dtype) -> Tensors:
    """The parameters and buffers of a network, each once however often it is used."""
    sizes: dict[tuple[str, str], int] = {}
    buffers: dict[tuple[str, str], int] = {}
    trained: dict[Node, list[tuple[str, str]]] = {}
    for node in graph.nodes:
        for tensor in node.tensors():
            key = (node.owner.path, tensor.name)
            size = nbytes(tensor, dtype)
            if tensor.trainable:
                sizes[key] = size
                trained.setdefault(node, []).append(key)
            else:
                buffers[key] = size
    return Tensors(sizes, sum(buffers.values()), trained)


@dataclass(frozen=True, slots=True)
class Segment:
    """Kernels from `start` up to `stop` that run again in the backward pass.

    `inputs` is what they read from outside, which is kept; `restored` the end of what has to
    run again, for nothing after it is kept.
    """

    start: int
    stop: int
    restored: int
    inputs: tuple[Storage, ...]


def segments(recording: Recording, instances: Iterable[Instance]) -> Iterator[Segment]:
    """The kernels of each of the given instances, none of which lies within another."""
    places: dict[Node, list[int]] = defaultdict(list)
    for clock, node in enumerate(recording.owners):
        places[node].append(clock)
    for instance in instances:
        clocks = [clock for node in instance.nodes() for clock in places.get(node, ())]
        if not clocks:
            continue
        start, stop = min(clocks), max(clocks) + 1
        inside: set[Storage] = set()
        outside: dict[Storage, None] = {}
        restored = start
        for clock in range(start, stop):
            kernel = recording.tape.kernels[clock]
            for value in kernel.reads:
                if value.storage not in inside:
                    outside[value.storage] = None
            inside.update((kernel.out.storage, *kernel.aside))
            if kernel.keeps:
                restored = clock + 1
        yield Segment(start, stop, restored, tuple(outside))
