"""What a network costs: parameters, multiply-accumulates and bytes, layer by layer.

Conventions, which every table repeats in its header: one MAC is one multiply-accumulate of
a convolution, a linear layer or a matrix product, and FLOPs are 2 x MACs; other arithmetic and
comparisons are counted apart, as `archspec.ops.work` says. Parameters are what is trained,
counted once however often they are used; MACs are counted once a use. Nothing that only
training-only outputs need is in the totals: it is counted apart, as `train_only`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from math import prod
from operator import attrgetter
from typing import ClassVar, Literal

from archspec.analysis.memory import Memory
from archspec.analysis.parts import block_name
from archspec.analysis.receptive import Field
from archspec.analysis.receptive import fields as receptive_fields
from archspec.ir.graph import Graph, Instance, Node
from archspec.ops import Shape
from archspec.ops.tape import DTYPES, WIDTHS, Dtype, nbytes, stored
from archspec.ops.work import Work

Mode = Literal["train", "eval"]

_NONE = Work()


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of a layer, and summed over layers.

    Attributes:
        weights, biases: trainable values counted here; 0 where another layer's are used.
        buffers: values that are kept but not trained, such as running means.
        macs: multiply-accumulates of the whole batch.
        elementwise: other arithmetic of the whole batch; `archspec.ops.work` says what is what.
        comparisons: of the whole batch, such as those of a max pooling or a ReLU.
        read_bytes: the operands of the whole batch, and parameters and buffers, each read once
            at every use; a counter of batches is not read.
        written_bytes: the output of the whole batch; a view neither reads nor writes.
        output_bytes: what the value takes for the whole batch, whether it is a view or not.
        saved_bytes: what autograd keeps because of this layer.
    """

    weights: int = 0
    biases: int = 0
    params_bytes: int = 0
    buffers: int = 0
    buffers_bytes: int = 0
    macs: int = 0
    elementwise: int = 0
    comparisons: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    output_bytes: int = 0
    saved_bytes: int = 0

    @property
    def params(self) -> int:
        return self.weights + self.biases

    @property
    def flops(self) -> int:
        return 2 * self.macs

    @property
    def intensity(self) -> float:
        """Operations of any kind for each byte moved; 0 where nothing is moved."""
        moved = self.read_bytes + self.written_bytes
        done = self.flops + self.elementwise + self.comparisons
        return done / moved if moved else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer(Counts):
    """One op applied once: a row of the table.

    Attributes:
        path: the node's path; its parameters are `path.weight` and so on.
        attributes: in few words, as in `7x7, 64, s2, p3`.
        kernel: its size along each axis; () where the op has none.
        inputs: shapes of its operands without the batch axis.
        field: its receptive field in evaluation, of the first input; None where it has none.
        shared: path of the layer whose parameters it uses, or None.
        train_only: True where only training-only outputs depend on it.
    """

    path: str
    op: str
    attributes: str
    kernel: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    field: Field | None = None
    shared: str | None
    train_only: bool


@dataclass(frozen=True, slots=True)
class Totals(Counts):
    """Sums over layers."""

    @property
    def activations_bytes(self) -> int:
        """The outputs of all layers, the network's inputs left out.

        What a forward pass writes if no op works in place and none gives a view: neither its
        peak memory nor what training keeps.
        """
        return self.output_bytes

    @classmethod
    def of(cls, parts: Iterable[Layer | Group]) -> Totals:
        """The sums over layers, and over groups that have summed theirs."""
        counts = (_counts(p.totals if isinstance(p, Group) else p) for p in parts)
        return cls(*map(sum, zip(*counts, strict=True)))


_counts = attrgetter(*(field.name for field in fields(Counts)))


@dataclass(frozen=True, slots=True)
class Group:
    """A block instance, or a group with an id: what the rows are indented by.

    Attributes:
        block: the block's name; None for a group and for the network.
        outputs: the shapes of its values.
        totals: of everything within, whether it runs in evaluation or not.
        shared: True where something within uses the parameters of another layer.
        train_only: True where nothing within runs in evaluation.
        field: the receptive field of its output.
    """

    path: str
    name: str
    block: str | None
    outputs: tuple[Shape, ...]
    children: list[Group | Layer]
    totals: Totals
    shared: bool
    train_only: bool
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """The cost of a network at one batch size and dtype, in one mode.

    Attributes:
        mode: the mode of the module, which changes what dropout and batch norm do.
        inputs, outputs: shapes by name, without the batch axis.
        totals: of everything that runs in evaluation.
        train_only: of what runs in training in addition.
        layers: in execution order.
        tree: the same layers, by block instance.
        unknown: what ops from outside of the package do not say, by the op's name (`Op.unsaid`);
            numbers that follow from it are UNKNOWN.
    """

    name: str
    variant: str | None
    batch: int
    dtype: Dtype
    mode: Mode
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    totals: Totals
    train_only: Totals
    layers: list[Layer]
    tree: Group
    memory: Memory | None = None
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    tabled: ClassVar[Callable[[Stats], str] | None] = None
    """Makes a table for a notebook. What can, says so (archspec.notebook): nothing here does."""

    def _repr_html_(self) -> str | None:
        return None if Stats.tabled is None else Stats.tabled(self)

    def __repr__(self) -> str:
        name = " ".join(filter(None, (self.name, self.variant)))
        return f"<{name}: {self.totals.params:,} parameters, {self.totals.macs:,} MACs>"


def stats(
    graph: Graph,
    *,
    batch: int = 1,
    dtype: Dtype = "float32",
    mode: Mode = "train",
    memory: Memory | None = None,
) -> Stats:
    """Count a network in one pass over its nodes.

    Args:
        batch: how many samples at once; MACs and activations are those of the whole batch.
        dtype: of parameters, floating-point buffers and activations alike; `amp` leaves
            parameters in float32.
        memory: of the same network in the same setting, for what autograd keeps.

    Raises:
        ValueError: for a batch below 1 or a dtype that is not in `DTYPES`.
    """
    if batch < 1 or dtype not in DTYPES:
        raise ValueError(f"cannot count at batch {batch} in {dtype}")
    bearers = _bearers(graph.nodes)
    seen = receptive_fields(graph)
    setting = _Setting(batch, dtype, mode == "train", memory)
    rows = {
        node: _layer(node, bearers[node.owner] is node, setting, seen.get(node))
        for node in graph.nodes
        if not node.op.internal
    }
    layers = list(rows.values())
    return Stats(
        graph.name,
        graph.variant,
        batch,
        dtype,
        mode,
        {n.path: n.output for n in graph.inputs},
        {o.name: o.node.output for o in graph.outputs},
        Totals.of(layer for layer in layers if not layer.train_only),
        Totals.of(layer for layer in layers if layer.train_only),
        layers,
        _group(graph.root, rows),
        memory,
        {node.op.name: unsaid for node in rows if (unsaid := node.op.unsaid())},
    )


@dataclass(frozen=True, slots=True)
class _Setting:
    """What is the same for all layers."""

    batch: int
    dtype: Dtype
    training: bool
    memory: Memory | None

    @property
    def width(self) -> int:
        """Bytes a parameter takes, and a value where `memory` does not say otherwise."""
        return WIDTHS[stored(self.dtype)]

    def size(self, node: Node) -> int:
        """Bytes of a node's value."""
        known = self.memory.outputs.get(node.path) if self.memory is not None else None
        return prod(node.output) * self.batch * self.width if known is None else known

    def saved(self, node: Node) -> int:
        return self.memory.by_node.get(node.path, 0) if self.memory is not None else 0


def _bearers(nodes: list[Node]) -> dict[Node, Node]:
    """For each owner of tensors the node at which they are counted.

    It is the first of its users that runs in evaluation, for shared weights may be owned by
    a training-only head; and the first of all where none does.
    """
    bearers: dict[Node, Node] = {}
    for node in nodes:
        known = bearers.get(node.owner)
        if known is None or (known.train_only and not node.train_only):
            bearers[node.owner] = node
    return bearers


def _layer(node: Node, counted: bool, setting: _Setting, seen: Field | None) -> Layer:
    op, shapes = node.op, node.input_shapes
    batch, width = setting.batch, setting.width
    tensors = op.tensors(*shapes)
    sizes = dict.fromkeys(("weight", "bias", "buffer"), 0)
    kept = 0
    for tensor in tensors if counted else ():
        sizes[tensor.kind] += tensor.count
        if not tensor.trainable:
            kept += nbytes(tensor, setting.dtype)
    work = op.work(shapes, node.output, setting.training)
    output_bytes = setting.size(node)
    read = written = 0
    if not op.passes_on or work != _NONE:
        read = sum(map(setting.size, dict.fromkeys(op.read(node.inputs))))
        read += sum([t.count for t in tensors if t.dtype != "long"]) * width
        written = output_bytes
    return Layer(
        path=node.path,
        op=op.name,
        attributes=node.brief,
        kernel=_kernel(node),
        inputs=shapes,
        output=node.output,
        weights=sizes["weight"],
        biases=sizes["bias"],
        params_bytes=(sizes["weight"] + sizes["bias"]) * width,
        buffers=sizes["buffer"],
        buffers_bytes=kept,
        macs=work.macs * batch,
        elementwise=work.elementwise * batch,
        comparisons=work.comparisons * batch,
        read_bytes=read,
        written_bytes=written,
        output_bytes=output_bytes,
        saved_bytes=setting.saved(node),
        field=seen,
        shared=node.owner.path if node.shared else None,
        train_only=node.train_only,
    )


def _kernel(node: Node) -> tuple[int, ...]:
    return node.op.kernel_sizes(len(node.inputs[0].output) - 1)


def _group(instance: Instance, rows: dict[Node, Layer]) -> Group:
    children = [
        _group(child, rows) if isinstance(child, Instance) else rows[child]
        for child in instance.children
        if isinstance(child, Instance) or child in rows
    ]
    last = rows.get(instance.output[0]) if instance.output else None
    return Group(
        instance.path,
        instance.name,
        block_name(instance),
        tuple(node.output for node in instance.output),
        children,
        Totals.of(children),
        any(child.shared for child in children),
        all(child.train_only for child in children),
        last.field if last is not None else None,
    )
