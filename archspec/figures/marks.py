"""What ops have in common in whatever way they are drawn: joints, signs, dashes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from archspec.figures.theme import Kind, kind_of
from archspec.ir.graph import Instance, Node

_JOINTS = ("merge", "drop_path")

SIGNS = {"add": "+", "multiply": "×", "subtract": "−"}
"""Written in a circle: the ⊕ and ⊗ of textbooks, whatever glyphs the font has."""


def fill_of(node: Node) -> Kind:
    """What an op has its colour by: a transposed convolution is none of the convolutions."""
    return "upsampling" if node.op.enlarges else kind_of(node.op.family())


def joins(node: Node) -> bool:
    """Whether an op is drawn as a joint: it merges and computes nothing that had a box."""
    return node.op.merges and node.op.family() in _JOINTS


def alone(node: Node) -> bool:
    """Whether a merge has one operand, reads nothing else and has no label: it is not drawn."""
    return node.op.merges and len(node.inputs) == 1 and node.label is None


def stacks(node: Node) -> bool:
    """Whether an op is a concatenation, whose joint is a bar."""
    return node.op.name == "concat"


_PASSING = ("norm", "activation", "dropout", "drop_path", "shape", "channels")
_PASSING_OPS = ("pad", "crop", "subsample")


def passes_on(node: Node) -> bool:
    """Whether an op makes no maps that would be drawn."""
    op = node.op
    if op.merges:
        return False
    passing = op.family() in _PASSING or op.name in _PASSING_OPS
    return passing or (bool(node.inputs) and op.changes_nothing(node.input_shapes, node.output))


def sole_op(instance: Instance) -> Node | None:
    """The op that makes maps in a part, where there is one and it merges nothing.

    Of a part that makes none, what else than order and shape it changes, as a layer norm does
    between two permutations.
    """
    making = _first_two(node for node in instance.nodes() if not passes_on(node))
    making = making or _first_two(node for node in instance.nodes() if not rearranges(node))
    return making[0] if len(making) == 1 and not making[0].op.merges else None


def _first_two(nodes: Iterator[Node]) -> list[Node]:
    return list(islice(nodes, 2))


def rearranges(node: Node) -> bool:
    """Whether an op gives the same values in another order or shape."""
    return node.op.passes_on and node.op.family() == "shape"


def idles(node: Node) -> bool:
    """Whether a lecturer leaves an op out: it does nothing, or nothing but in training."""
    return node.op.trains_only or node.op.changes_nothing(node.input_shapes, node.output)


def dashed(node: Node) -> bool:
    """Whether an op has a dashed outline: in training only, or noise such as dropout."""
    return node.train_only or (fill_of(node) == "noise" and not joins(node))


def note_of(node: Node) -> str | None:
    """The note that a spec has for a value, the outermost of several; None without one."""
    notes = [scope.notes[node] for scope in node.scope.ancestors() if node in scope.notes]
    return notes[-1] if notes else None
