"""Whose tensors a scope uses, as the owners of its nodes' tensors say."""

from __future__ import annotations

from itertools import islice, takewhile

from archspec.ir.graph import Instance, Node


def lender(instance: Instance) -> Instance | None:
    """The instance of the same block whose tensors this one uses, at least in part.

    None where an instance around it borrows those too, and so says it.
    """
    found = None if instance.block is None else counterpart(instance)
    if found is None:
        return None
    for outer in islice(instance.ancestors(), 1, None):
        other = None if outer.block is None else counterpart(outer)
        if other is not None:
            implied = f"{other.path}.{outer.relative(instance.path)}" == found.path
            return None if implied else found
    return found


def counterpart(instance: Instance) -> Instance | None:
    """The scope that has, by the same names, the tensors which this one uses and does not own.

    None where it uses none, or has them from several.
    """
    found: Instance | None = None
    inside = f"{instance.path}."
    for node in instance.nodes():
        if node.lender is None or node.lender.path.startswith(inside):
            continue
        there = facing(instance, node)
        if there is None or there.block is not instance.block or found not in (None, there):
            return None
        if there.relative(node.lender.path) != instance.relative(node.path):
            return None
        found = there
    return found


def facing(instance: Instance, node: Node) -> Instance | None:
    """The scope that holds a node's lender as deep as an instance holds the node.

    None where the node has its own tensors, or the lender does not stand so deep.
    """
    if node.lender is None:
        return None
    depth = sum(1 for _ in takewhile(lambda one: one is not instance, node.scope.ancestors()))
    return next(islice(node.lender.scope.ancestors(), depth, None), None)
