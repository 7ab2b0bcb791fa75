"""Maps that a stride does not divide: where a row is lost, and which sizes of the input fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from archspec.diagnostics import Note
from archspec.ir.graph import Bundle, Node
from archspec.ops import Shape
from archspec.ops.types import show

_AXES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
_MOST = 5_000
"""Among so many nodes the one that loses a row is looked for."""

_FARTHEST = 64
"""How much larger or smaller an input that fits is looked for."""


def _odd_axes(operands: Bundle) -> set[int]:
    """The spatial axes along which a merge's operands differ by less than twice."""
    shapes = [node.output for node in operands]
    if len({len(shape) for shape in shapes}) != 1:
        return set()
    sizes = {axis: {shape[axis] for shape in shapes} for axis in range(1, len(shapes[0]))}
    return {axis for axis, found in sizes.items() if min(found) < max(found) < 2 * min(found)}


def cuts(operands: Bundle, apart: set[Node]) -> list[Note]:
    """Which of the nodes between where operands part and a merge stride over a map unevenly.

    The first three, where the operands differ by as little as that explains.
    """
    axes = _odd_axes(operands)
    if not axes or len(apart) > _MOST:
        return []
    nodes = sorted(apart, key=lambda node: node.path)
    return [note for node in nodes for note in _cut(node, axes)][:3]


def _cut(node: Node, axes: set[int]) -> Iterator[Note]:
    """What a node makes of a map that is not its stride times as large, in one note."""
    readings = node.op.stencils(node.input_shapes, node.output)
    if not readings:  # an input, or an op that reads no values or does not say which
        return
    shape, uneven = node.inputs[0].output, False
    lost, odd = list[str](), list[str]()
    for axis, along in enumerate(readings[0]):
        if axis not in axes or along is None or along.stencil.period != 1:
            continue
        ends, shift, made = along.stencil.ends[0], along.stencil.shift, node.output[along.axis]
        if ends is None or shift <= 1 or shape[axis] == made * shift:
            continue
        uneven = True
        left = shape[axis] - 1 - (ends[1] + (made - 1) * shift)
        name = _AXES[len(shape) - 1][axis - 1]
        if left > 0:
            lost.append(name if left == 1 else f"{left} {name}s")
        elif shape[axis] % shift:
            odd.append(f"{shape[axis]} is no multiple of {shift}")
    if uneven:
        why = f" and leaves out the last {' and '.join(lost)}" if lost else ""
        if odd and not lost:
            why = f", as {' and '.join(dict.fromkeys(odd))}"
        text = f"`{node.path}` ({node.op.name}) makes {show(node.output)} of {show(shape)}{why}"
        yield Note(text, node.span, cause=True)


def fitting(shapes: Sequence[Shape], fits: Callable[[Sequence[Shape]], bool]) -> str | None:
    """Which shapes of the inputs near the present ones fit, in words; None where none is found.

    Args:
        fits: whether the network can be built with inputs of these shapes.
    """

    @cache
    def square(size: int) -> bool:
        return size > 0 and fits([(s[0], *(size for _ in s[1:])) for s in shapes])

    near = {size: _near(size, square) for shape in shapes for size in shape[1:]}
    found = []
    for smaller in (True, False):
        other = [(s[0], *(near[n][not smaller] for n in s[1:])) for s in shapes]
        if all(min(s) > 0 for s in other) and fits(other):
            found.append(", ".join("x".join(map(str, s)) for s in other))
    if not found:
        return None
    said = f"inputs of {' and '.join(dict.fromkeys(found))} fit"
    (below, above), *others = near.values()
    step = above - below
    if not others and below and step and above % step == 0 and square(above + step):
        said += f", as multiples of {step} do"
    return said


def _near(size: int, fits: Callable[[int], bool]) -> tuple[int, int]:
    """The nearest sizes that fit, from below and from above; 0 where there is none near."""
    if fits(size):
        return size, size
    below = above = 0
    for distance in range(1, _FARTHEST + 1):
        if not above and fits(size + distance):
            above = size + distance
        if not below and fits(size - distance):
            below = size - distance
        if below and above:
            break
    return below, above
