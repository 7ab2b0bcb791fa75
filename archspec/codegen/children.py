"""Which nodes are modules of their own, and which are calls in `forward`: their ops say so."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.codegen.forms import Layer
from archspec.ir.graph import Node


def called_in(nodes: Sequence[Node], layers: Sequence[Layer]) -> bool:
    """Whether a node is a call in `forward`, not a module of its own: its op says so.

    A target that has but one of the two writes that.
    """
    op, layer = nodes[0].op, layers[0]
    if layer.module is None or layer.passes or any(n.derived for n in nodes):
        return True
    if any(other.expr is None or other.expr != layer.expr for other in layers):
        return False
    kept = op.child == "named" and any(n.id is not None for n in nodes)
    return not kept and not any(n.tensors() for n in nodes)


def is_link(node: Node, layer: Layer) -> bool:
    """Whether a node can stand in a sequence of modules."""
    return layer.module is not None and (node.op.child != "never" or bool(node.tensors()))
