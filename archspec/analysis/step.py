"""Running a recording: a forward pass, the backward pass, an optimiser's update."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from typing import Literal, get_args

from archspec.analysis.recording import Recording, Segment, Tensors
from archspec.ir.graph import Node
from archspec.ops.tape import Kernel, Storage, Value

Optimizer = Literal["sgd", "momentum", "adam", "adamw"]
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
Phase = Literal["forward", "backward", "update"]

_STATES: dict[Optimizer, int] = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 2}
"""Tensors like each parameter that an optimiser keeps."""

_COUNT = 4
"""Bytes of the count of steps that Adam keeps for each parameter."""


def state(tensors: Tensors, optimizer: Optimizer) -> int:
    """Bytes an optimiser keeps between steps."""
    counts = _COUNT * len(tensors.sizes) if optimizer in ("adam", "adamw") else 0
    return _STATES[optimizer] * tensors.params + counts


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest number of bytes alive at once, in which phase, and at which node."""

    bytes: int
    phase: Phase
    path: str


class Step:
    """What is alive while a network runs, and the peak so far.

    `first` is what is kept for the backward pass, by the node that is the first to keep it.

    Args:
        base: bytes that are there throughout, such as parameters.
    """

    def __init__(
        self,
        recording: Recording,
        tensors: Tensors,
        base: int,
        segments: tuple[Segment, ...] = (),
    ) -> None:
        self.recording, self.tensors = recording, tensors
        self.kernels = recording.tape.kernels
        self.starts = {s.start: s for s in segments}
        self.stops = {s.stop: s for s in segments}
        self.first: dict[Node, list[Storage]] = defaultdict(list)
        self.alive = {v.storage for v in recording.inputs}
        self.kept: dict[Storage, int] = defaultdict(int)
        self.live = base + sum(s.nbytes for s in self.alive)
        self.peak = Peak(self.live, "forward", "")
        self.dying: dict[float, list[Storage]] = defaultdict(list)
        for storage, clock in recording.last.items():
            self.dying[clock].append(storage)
        self.twins: dict[Storage, Storage] = {}
        self.gradients: dict[Value, Storage] = {}
        self.references: dict[Storage, int] = defaultdict(int)
        self.trained: set[Node] = set()
        self.graded: set[tuple[str, str]] = set()

    def reach(self, phase: Phase, clock: int, more: int = 0) -> None:
        """Note what is alive now, and so many bytes in passing."""
        if self.live + more > self.peak.bytes:
            self.peak = Peak(self.live + more, phase, self.recording.owners[clock].path)

    def allocate(self, storage: Storage) -> None:
        if storage not in self.alive:
            self.alive.add(storage)
            self.live += storage.nbytes

    def free(self, storage: Storage) -> None:
        """Free a piece of memory, unless it is kept for the backward pass."""
        if storage in self.alive and not self.kept[storage]:
            self.alive.discard(storage)
            self.live -= storage.nbytes

    # --- forward ------------------------------------------------------------------------

    def forward(self) -> None:
        """From the inputs to the outputs."""
        stop = 0
        for clock, kernel in enumerate(self.kernels):
            segment = self.starts.get(clock)
            if segment is not None:
                stop = segment.stop
                for storage in segment.inputs:
                    self.keep(storage, clock)
            self.run(clock, kernel)
            for storage in kernel.keeps if clock >= stop else ():
                self.keep(storage, clock)
            for storage in (*kernel.aside, *self.dying[clock]):
                self.free(storage)

    def run(self, clock: int, kernel: Kernel) -> None:
        for storage in (kernel.out.storage, *kernel.aside):
            self.allocate(storage)
        self.reach("forward", clock)

    def keep(self, storage: Storage, clock: int) -> None:
        if not self.kept[storage]:
            self.first[self.recording.owners[clock]].append(storage)
        self.kept[storage] += 1

    # --- backward -----------------------------------------------------------------------

    def backward(self) -> None:
        """From the outputs to the first parameters, kernel by kernel in reverse."""
        for value in self.recording.outputs:
            if value.grad:
                self.give(value, self.gradient(value.nbytes), len(self.kernels) - 1)
        segment: Segment | None = None
        for clock in reversed(range(len(self.kernels))):
            if clock + 1 in self.stops:
                segment = self.stops[clock + 1]
                self.again(segment)
            kernel = self.kernels[clock]
            arrived = self.gradients.pop(kernel.out, None)
            given: list[tuple[Value, Storage]] = []
            again: list[int] = []
            if arrived is not None:
                given, again = self.differentiate(kernel, clock, arrived)
            for storage in kernel.keeps:
                self.release(self.twins.get(storage, storage))
            if arrived is not None:
                self.drop(arrived)
            for value, gradient in given:
                self.give(value, gradient, clock)
            for size in again:
                self.reach("backward", clock, size)
                self.live -= size
            if segment is not None and clock == segment.start:
                for storage in segment.inputs:
                    self.release(storage)
                self.twins, segment = {}, None

    def release(self, storage: Storage) -> None:
        self.kept[storage] -= 1
        if self.recording.last.get(storage, 0) < inf:
            self.free(storage)

    def again(self, segment: Segment) -> None:
        """Run a part of the forward pass once more, and keep what it did not keep at first."""
        for clock in range(segment.start, segment.restored):
            kernel = self.kernels[clock]
            for storage in (kernel.out.storage, *kernel.aside):
                if storage not in segment.inputs:
                    twin = self.twins.setdefault(storage, Storage(storage.nbytes, storage.kind))
                    self.allocate(twin)
            self.reach("backward", clock)
            for storage in kernel.keeps:
                self.kept[self.twins.get(storage, storage)] += 1
            for storage in (*kernel.aside, *self.dying[clock]):
                if storage in self.twins:
                    self.free(self.twins[storage])
        for twin in self.twins.values():
            self.free(twin)

    def differentiate(
        self, kernel: Kernel, clock: int, arrived: Storage
    ) -> tuple[list[tuple[Value, Storage]], list[int]]:
        """The gradients a kernel's backward gives to what it read, and to its parameters.

        Of the latter the sizes of those that are still to be added to others.
        """
        given, passes = [], set(kernel.passes)
        for value in kernel.reads:
            if value.grad and value in passes:
                self.references[arrived] += 1
                given.append((value, arrived))
            elif value.grad:
                given.append((value, self.gradient(value.nbytes)))
        again = self.train(self.recording.owners[clock]) if kernel.trained else []
        self.reach("backward", clock, kernel.scratch)
        return given, again

    def train(self, node: Node) -> list[int]:
        """Make the gradients of a node's parameters; the sizes of those that others came before.

        The sum of such two is made anew, one parameter after the other.
        """
        if node in self.trained:
            return []
        self.trained.add(node)
        again = []
        for key in self.tensors.trained.get(node, ()):
            self.live += self.tensors.sizes[key]
            if key in self.graded:
                again.append(self.tensors.sizes[key])
            self.graded.add(key)
        return again

    def gradient(self, nbytes: int) -> Storage:
        storage = Storage(nbytes)
        self.references[storage] = 1
        self.live += nbytes
        return storage

    def drop(self, gradient: Storage) -> None:
        self.references[gradient] -= 1
        if not self.references[gradient]:
            self.live -= gradient.nbytes

    def give(self, value: Value, gradient: Storage, clock: int) -> None:
        """Hand a gradient to where a value came from; a second one is added to the first."""
        before = self.gradients.get(value)
        if before is not None:
            total = self.gradient(value.nbytes)
            self.reach("backward", clock)
            self.drop(before)
            self.drop(gradient)
            gradient = total
        self.gradients[value] = gradient

    # --- update -------------------------------------------------------------------------

    def update(self, optimizer: Optimizer) -> None:
        """The optimiser's step, parameter by parameter.

        Adam's quotient takes two tensors like the parameter in passing, a root and itself, while
        a variable still refers to the quotient of the parameter before.
        """
        if optimizer not in ("adam", "adamw"):
            return
        before = 0
        for key, size in self.tensors.sizes.items():
            needed = self.live + before + 2 * size
            if needed > self.peak.bytes:
                self.peak = Peak(needed, "update", key[0])
            before = size
