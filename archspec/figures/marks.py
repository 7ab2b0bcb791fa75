"""What ops have in common in whatever way they are drawn: joints, signs, dashes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from archspec.ir.graph import Instance, Node
from archspec.ops.types import Category, Sign

Stroke = tuple[tuple[float, float], tuple[float, float]]
"""The two ends of a line."""


def joins(node: Node) -> bool:
    """Whether an op is drawn as a joint: it merges and does nothing that a box stands for."""
    return node.op.merges and node.op.category == "merge"


def sign_of(node: Node) -> Sign:
    """What is written in a circle in place of an op's name: the ⊕ and ⊗ of textbooks.

    "" for an op without a sign, and where a label says something else.
    """
    return node.op.sign if node.label is None else ""


def alone(node: Node) -> bool:
    """Whether a merge has one operand, reads nothing else and has no label: it is not drawn."""
    return node.op.merges and len(node.inputs) == 1 and node.label is None


def strokes(sign: Sign, radius: float) -> tuple[Stroke, ...]:
    """The lines of a sign in a circle of that radius around (0, 0), so that it may be of any size.

    "" has none.
    """
    arm, aslant = 0.55 * radius, 0.4 * radius
    level, upright = ((-arm, 0.0), (arm, 0.0)), ((0.0, -arm), (0.0, arm))
    falling, rising = ((-aslant, -aslant), (aslant, aslant)), ((-aslant, aslant), (aslant, -aslant))
    lines = {"": (), "+": (level, upright), "−": (level,), "×": (falling, rising)}
    return lines[sign]


_PASSING: tuple[Category, ...] = ("normalisation", "activation", "noise", "reshaping")


def passes_on(node: Node) -> bool:
    """Whether an op makes no maps that would be drawn."""
    op = node.op
    if op.merges:
        return False
    unchanged = bool(node.inputs) and op.changes_nothing(node.input_shapes, node.output)
    return op.category in _PASSING or unchanged


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
    return node.op.passes_on and node.op.category == "reshaping" and not node.op.adapts


def idles(node: Node) -> bool:
    """Whether a lecturer leaves an op out: it does nothing, or nothing but in training."""
    return node.op.trains_only or node.op.changes_nothing(node.input_shapes, node.output)


def dashed(node: Node) -> bool:
    """Whether an op has a dashed outline: in training only, or noise such as dropout."""
    return node.train_only or node.op.category == "noise"


def note_of(node: Node) -> str | None:
    """The note that a spec has for a value, the outermost of several; None without one."""
    notes = [scope.notes[node] for scope in node.scope.ancestors() if node in scope.notes]
    return notes[-1] if notes else None
