"""What a network costs: parameters, multiply-accumulates and bytes, layer by layer.

Conventions, which every table repeats in its header: one MAC is one multiply-accumulate of
a convolution, a linear layer or a matrix product, FLOPs are 2 x MACs, and elementwise work
counts as none. Parameters are what is trained, counted once however often they are used;
MACs are counted once a use. Nothing that only training-only outputs need is in the totals:
it is counted apart, as `train_only`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import Literal

from archspec.graph import Graph, Instance, Node
from archspec.ops import Shape, Tensor

Dtype = Literal["float32", "float16", "bfloat16"]
WIDTHS: dict[Dtype, int] = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes a value takes."""

_LONG = 8


@dataclass(frozen=True, slots=True)
class Layer:
    """One op applied once: a row of the table.

    Attributes:
        path: the node's path; its parameters are `path.weight` and so on.
        attributes: in few words, as in `7x7, 64, s2, p3`.
        inputs: shapes of its operands without the batch axis.
        params: trainable values counted here; 0 where another layer's are used.
        buffers: values that are kept but not trained, such as running means.
        macs: multiply-accumulates of the whole batch.
        output_bytes: what its value takes for the whole batch.
        shared: path of the layer whose parameters it uses, or None.
        train_only: True where only training-only outputs depend on it.
    """

    path: str
    op: str
    attributes: str
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    params_bytes: int
    buffers: int
    buffers_bytes: int
    macs: int
    output_bytes: int
    shared: str | None
    train_only: bool

    @property
    def flops(self) -> int:
        return 2 * self.macs


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over layers.

    `activations_bytes` is the sum of the outputs of all layers, the network's inputs left
    out: what a forward pass writes if no op works in place, and neither its peak memory nor
    what training keeps.
    """

    params: int = 0
    buffers: int = 0
    macs: int = 0
    activations_bytes: int = 0
    params_bytes: int = 0
    buffers_bytes: int = 0

    @property
    def flops(self) -> int:
        return 2 * self.macs

    @classmethod
    def of(cls, parts: Iterable[Layer | Group]) -> Totals:
        """The sums over layers, and over groups that have summed theirs."""
        params = buffers = macs = written = params_bytes = buffers_bytes = 0
        for part in parts:
            one = part.totals if isinstance(part, Group) else part
            params += one.params
            buffers += one.buffers
            macs += one.macs
            written += one.activations_bytes if isinstance(one, Totals) else one.output_bytes
            params_bytes += one.params_bytes
            buffers_bytes += one.buffers_bytes
        return cls(params, buffers, macs, written, params_bytes, buffers_bytes)


@dataclass(frozen=True, slots=True)
class Group:
    """A block instance, or a group with an id: what the rows are indented by.

    Attributes:
        block: the block's name; None for a group and for the network.
        totals: of everything within, whether it runs in evaluation or not.
        shared: True where something within uses the parameters of another layer.
        train_only: True where nothing within runs in evaluation.
    """

    path: str
    name: str
    block: str | None
    output: Shape
    children: list[Group | Layer]
    totals: Totals
    shared: bool
    train_only: bool


@dataclass(frozen=True, slots=True)
class Stats:
    """The cost of a network at one batch size and dtype.

    Attributes:
        inputs, outputs: shapes by name, without the batch axis.
        totals: of everything that runs in evaluation.
        train_only: of what runs in training in addition.
        layers: in execution order.
        tree: the same layers, by block instance.
    """

    name: str
    variant: str | None
    batch: int
    dtype: Dtype
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    totals: Totals
    train_only: Totals
    layers: list[Layer]
    tree: Group


def stats(graph: Graph, *, batch: int = 1, dtype: Dtype = "float32") -> Stats:
    """Count a network in one pass over its nodes.

    Args:
        batch: how many samples at once; MACs and activations are those of the whole batch.
        dtype: of parameters, floating-point buffers and activations alike.

    Raises:
        ValueError: for a batch below 1 or a dtype that is not in `WIDTHS`.
    """
    if batch < 1 or dtype not in WIDTHS:
        raise ValueError(f"cannot count at batch {batch} in {dtype}")
    bearers = _bearers(graph.nodes)
    rows = {
        node: _layer(node, bearers[node.owner] is node, batch, WIDTHS[dtype])
        for node in graph.nodes
        if not node.op.internal
    }
    layers = list(rows.values())
    return Stats(
        graph.name,
        graph.variant,
        batch,
        dtype,
        {n.path: n.output for n in graph.inputs},
        {o.name: o.node.output for o in graph.outputs},
        Totals.of(layer for layer in layers if not layer.train_only),
        Totals.of(layer for layer in layers if layer.train_only),
        layers,
        _group(graph.root, rows),
    )


def _bearers(nodes: list[Node]) -> dict[str, Node]:
    """For each owner of tensors the node at which they are counted.

    It is the first of its users that runs in evaluation, for shared weights may be owned by
    a training-only head; and the first of all where none does.
    """
    bearers: dict[str, Node] = {}
    for node in nodes:
        known = bearers.get(node.owner)
        if known is None or (known.train_only and not node.train_only):
            bearers[node.owner] = node
    return bearers


def _layer(node: Node, counted: bool, batch: int, width: int) -> Layer:
    tensors = node.tensors() if counted else ()
    trained = [t for t in tensors if t.trainable]
    kept = [t for t in tensors if not t.trainable]
    params = sum(t.count for t in trained)
    return Layer(
        node.path,
        node.op.name,
        node.op.brief(max(len(node.output) - 1, 0)),
        node.input_shapes,
        node.output,
        params,
        params * width,
        sum(t.count for t in kept),
        sum(_bytes(t, width) for t in kept),
        node.macs() * batch,
        prod(node.output) * batch * width,
        node.owner if node.shared else None,
        node.train_only,
    )


def _bytes(tensor: Tensor, width: int) -> int:
    return tensor.count * (_LONG if tensor.dtype == "long" else width)


def _group(instance: Instance, rows: dict[Node, Layer]) -> Group:
    children = [
        _group(child, rows) if isinstance(child, Instance) else rows[child]
        for child in instance.children
        if isinstance(child, Instance) or child in rows
    ]
    return Group(
        instance.path,
        instance.name,
        instance.block.name if instance.block is not None else None,
        instance.output[0].output if instance.output else (),
        children,
        Totals.of(children),
        any(child.shared for child in children),
        all(child.train_only for child in children),
    )
