"""Which nodes are modules of their own, and which are calls in `forward`: their ops say so."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.codegen.forms import Layer
from archspec.ir.graph import Node
from archspec.ops import Op


def called_in(nodes: Sequence[Node], layers: Sequence[Layer]) -> bool:
    """Whether a node is a call in `forward`, not a module of its own: its op says so.

    A target that has but one of the two writes that.
    """
    op, layer = nodes[0].op, layers[0]
    if layer.module is None or layer.passes or any(n.derived for n in nodes):
        return True
    own = "." not in layer.module.name  # no layer of the target, but a class that the file has
    alike = own and (op.merges or len({_but_for_numbers(n.op) for n in nodes}) == 1)
    if any(other.expr is None or (other.expr != layer.expr and not alike) for other in layers):
        return False
    kept = op.child == "named" and any(n.id is not None for n in nodes)
    return not kept and not any(n.tensors() for n in nodes)


def is_link(node: Node, layer: Layer) -> bool:
    """Whether a node can stand in a sequence of modules."""
    return layer.module is not None and (node.op.child != "never" or bool(node.tensors()))


def _but_for_numbers(op: Op) -> Op:
    """An op without the numbers that a call can be given, whatever says them."""
    given = {key: getattr(op, key) for key in op.sized}
    numbers = {key: 0 for key, value in given.items() if type(value) in (int, float)}
    return op.model_copy(update=numbers)
