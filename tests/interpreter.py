"""A network run node by node, each op by its own lowering: what the emitted `forward` must equal.

Nothing of the emitter is used but the lowering of single ops; wiring, sharing and order come
from the graph, weights from the compiled module by the paths the graph gives them.
"""

from __future__ import annotations

import ast
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archspec.backends.torch.helpers import source
from archspec.backends.torch.layers import LOWERINGS, Arg, Expr, Layer
from archspec.ir.graph import Graph, Node


def namespace(layer: Layer) -> dict[str, Any]:
    space: dict[str, Any] = {"torch": torch, "F": F, "nn": nn, "Tensor": Tensor}
    space["self"] = nn.Module().eval()
    if layer.helper is not None:
        exec(source(layer.helper), space)
    return space


def built(layer: Layer) -> nn.Module | None:
    """The module an op's lowering describes, with all its arguments."""
    if layer.module is None:
        return None
    head: Any = namespace(layer)
    for part in layer.module.name.split("."):
        head = head[part] if isinstance(head, dict) else getattr(head, part)
    first = [a.value for a in layer.module.args if a.positional]
    named = {a.name: a.value for a in layer.module.args if not a.positional}
    module: nn.Module = head(*first, **named)
    return module


def computed(layer: Layer, expr: Expr, operands: list[Tensor]) -> Tensor:
    """The value of an op's functional expression."""

    def text(arg: Arg) -> str:
        return f", {arg.value!r}" if arg.positional else f", {arg.name}={arg.value!r}"

    names = [f"_{i}" for i in range(len(operands))]
    flowing = len(names) - expr.references
    shown = {"x": expr.joiner.join(names[:flowing]), "ref": ", ".join(names[flowing:])}
    args = "".join(text(a) for a in expr.args if not a.is_default)
    code = expr.template.format(**shown, args=args)
    ast.parse(code, mode="eval")
    value: Tensor = eval(code, namespace(layer), dict(zip(names, operands, strict=True)))
    return value


def applied(node: Node, operands: list[Tensor], state: dict[str, Tensor]) -> Tensor:
    layer = LOWERINGS[type(node.op)](node.op, node.input_shapes)
    module = built(layer)
    if module is None:
        assert layer.expr is not None
        return computed(layer, layer.expr, operands)
    module.to(operands[0].dtype).load_state_dict(
        {t.name: state[f"{node.owner}.{t.name}"] for t in node.tensors()}
    )
    if layer.call is None:
        value: Tensor = module.eval()(*operands)
        return value
    # The arguments are the operand's and, by keyword, what the one that `like` names gives.
    given = layer.call.format(ref="ref")
    return eval(
        f"module(x, {given})", {"module": module.eval(), "x": operands[0], "ref": operands[1]}
    )


def run(graph: Graph, module: nn.Module, inputs: list[Tensor]) -> dict[str, Tensor]:
    """Every node's value by its path, in evaluation mode.

    What only training needs is computed too, with dropout off.
    """
    state = dict(module.named_parameters(remove_duplicate=False))
    state |= dict(module.named_buffers(remove_duplicate=False))
    values = {n.path: v.clone() for n, v in zip(graph.inputs, inputs, strict=True)}
    for node in graph.nodes:
        if node.path not in values:
            operands = [values[n.path] for n in node.inputs]
            values[node.path] = applied(node, operands, state)
            assert tuple(values[node.path].shape[1:]) == node.output, node
    return values


def unsettle(module: nn.Module) -> None:
    """Random numbers in every parameter and buffer, so that no two are alike by chance."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3 + 0.1)
        for name, buffer in module.named_buffers():
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
            elif name.endswith("running_mean"):
                buffer.normal_()
