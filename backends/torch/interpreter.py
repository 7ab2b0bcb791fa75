"""The reference interpreter: a graph run node by node, each op by its own lowering.

It reads nodes, operands, owners and derived sizes, and nothing else: no syntax, no traces, no
scopes, and of the emitter only how single ops are lowered. So an emitted module can be compared
with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from archspec.backends.torch.helpers import source
from archspec.backends.torch.layers import LOWERINGS, Arg, Expr, Layer
from archspec.diagnostics import ArchspecError, Diagnostic
from archspec.ir.graph import Graph, Node, reach
from archspec.ops.derived import Axis
from archspec.ops.types import Shape

Watch = Callable[[Node, Tensor, Sequence[Tensor]], None]
"""Called with each node that has been computed, its value, and the values of its operands."""


def interpret(
    graph: Graph,
    state: Mapping[str, Tensor],
    inputs: Sequence[Tensor],
    *,
    training: bool = False,
    watch: Watch | None = None,
) -> dict[str, Tensor]:
    """Run the graph and return its outputs by name, those for training only in training alone.

    Only what these outputs need is computed, and a value is let go after its last reader, so that
    without gradients no more is in memory than the widest place of the graph needs.

    Args:
        state: parameters and buffers by the keys that their owners give them, `conv1.weight`.
            Training updates running statistics in place, as the modules of PyTorch do.
        inputs: one for each of the graph's inputs, in their order, batch axis first. Sizes other
            than the graph's are taken where its tensors fit; derived sizes follow.
        watch: told of each node as soon as it is computed; the inputs are not computed.

    Raises:
        ArchspecError: E602 for an op that has no lowering.
        KeyError: for a tensor that `state` has not.
    """
    ends = {o.name: o.node for o in graph.outputs if training or not o.train_only}
    values = dict(zip(graph.inputs, inputs, strict=True))
    shapes = {n: _shape(v) for n, v in values.items()}
    needed = reach(ends.values(), lambda n: (*n.inputs, *n.measured))
    order = [n for n in graph.nodes if n in needed and n not in values]
    last = {operand: n for n in order for operand in n.inputs}
    kept = set(ends.values())
    for node in order:
        operands = [values[n] for n in node.inputs]
        value = apply(node, operands, state, training=training, size=_sizes(shapes))
        values[node], shapes[node] = value, _shape(value)
        if watch is not None:
            watch(node, value, operands)
        for operand in node.inputs:
            if last[operand] is node and operand not in kept:
                values.pop(operand, None)
    return {name: values[node] for name, node in ends.items()}


def apply(
    node: Node,
    operands: Sequence[Tensor],
    state: Mapping[str, Tensor],
    *,
    training: bool,
    size: Callable[[Axis], int],
) -> Tensor:
    """The value of one node, computed from those of its operands; `interpret` says more.

    No operand is changed, also where the op would work in place.

    Args:
        size: the size of an axis that the node's derived attributes read.
    """
    op = node.op_at(size)
    if LOWERINGS.find(type(op)) is None:
        raise ArchspecError(
            Diagnostic("E602", f"PyTorch code cannot be written for `{op.name}`", node.span)
        )
    shapes = tuple(map(_shape, operands))
    layer = LOWERINGS[type(op)](op, shapes)
    if op.in_place:
        operands = [operand.clone() for operand in operands]
    if layer.module is None:
        assert layer.expr is not None, f"`{op.name}` is lowered to nothing"
        return _computed(layer, layer.expr, operands, training)
    tensors = {t.name: state[f"{node.owner.path}.{t.name}"] for t in op.tensors(*shapes)}
    module = build(layer, "meta").train(training)
    if layer.call is None:
        return _called(module, tensors, operands)
    # The arguments are the operand's and, by keyword, what the one that `like` names gives.
    given = eval(f"dict({layer.call.format(ref='ref')})", {"ref": operands[1]})
    return _called(module, tensors, operands[:1], given)


def _called(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    args: Sequence[Tensor],
    given: Mapping[str, Any] | None = None,
) -> Tensor:
    found: Tensor = functional_call(
        module, dict(tensors), tuple(args), dict(given or {}), strict=True
    )
    return found


def build(layer: Layer, device: str | torch.device = "cpu") -> nn.Module:
    """The module that an op's lowering describes, with all its arguments, freshly initialised."""
    assert layer.module is not None
    space = _namespace(layer.helper)
    first, *rest = layer.module.name.split(".")
    head: Any = space[first]
    for part in rest:
        head = getattr(head, part)
    positional = [a.value for a in layer.module.args if a.positional]
    named = {a.name: a.value for a in layer.module.args if not a.positional}
    with torch.device(device):
        module: nn.Module = head(*positional, **named)
    return module


def _computed(layer: Layer, expr: Expr, operands: Sequence[Tensor], training: bool) -> Tensor:
    """The value of an op's functional expression."""

    def text(arg: Arg) -> str:
        return f", {arg.value!r}" if arg.positional else f", {arg.name}={arg.value!r}"

    names = [f"_{i}" for i in range(len(operands))]
    flowing = len(names) - expr.references
    shown = {"x": expr.joiner.join(names[:flowing]), "ref": ", ".join(names[flowing:])}
    args = "".join(text(arg) for arg in expr.args if not arg.is_default)
    code = expr.template.format(**shown, args=args)
    known = {"self": nn.Module().train(training), **dict(zip(names, operands, strict=True))}
    value: Tensor = eval(_compiled(code), _namespace(layer.helper), known)
    return value


@cache
def _namespace(helper: str | None) -> dict[str, Any]:
    """The names that the text of an op may read."""
    space: dict[str, Any] = {"torch": torch, "F": F, "nn": nn, "Tensor": Tensor}
    if helper is not None:
        exec(source(helper), space)
    return space


@cache
def _compiled(code: str) -> Any:
    return compile(code, "<op>", "eval")


def _shape(value: Tensor) -> Shape:
    return tuple(value.shape[1:])


def _sizes(shapes: Mapping[Node, Shape]) -> Callable[[Axis], int]:
    return lambda axis: shapes[axis.value][axis.axis]
